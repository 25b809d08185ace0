-- What changed upstream after it had been read: an amount, a count, or whether a transaction was
-- voided, rejected or charged back. Triggers keep what was there, what came instead, and when,
-- whatever writes. New rows and unchanged ones cost nothing.
--
-- Of one sync a column of a row has one line at most, from what stood before it to what stands after
-- it: what a page that shifted brings and a later one mends is no change.

CREATE TABLE changes (
    id          INTEGER PRIMARY KEY,
    at          TEXT NOT NULL,
    sync_id     TEXT,                            -- the sync that ran, NULL = none
    table_name  TEXT NOT NULL,
    mid         TEXT NOT NULL,                   -- '' = of no single merchant
    row_key     TEXT NOT NULL,
    column_name TEXT NOT NULL,
    old_value   ANY,
    new_value   ANY
) STRICT;

CREATE UNIQUE INDEX changes_by_sync ON changes (sync_id, table_name, mid, row_key, column_name);
CREATE INDEX changes_by_merchant ON changes (mid, at);
CREATE INDEX changes_by_time ON changes (at);

-- A procedure: to insert here notes that a value is another one now.
CREATE VIEW note_change (table_name, mid, row_key, column_name, old_value, new_value) AS
    SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER note_change_now INSTEAD OF INSERT ON note_change BEGIN
    INSERT INTO changes (at, sync_id, table_name, mid, row_key, column_name, old_value, new_value)
        VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
            (SELECT id FROM sync_jobs WHERE status = 'running' ORDER BY created_at DESC LIMIT 1),
            NEW.table_name, NEW.mid, NEW.row_key, NEW.column_name, NEW.old_value, NEW.new_value)
        ON CONFLICT (sync_id, table_name, mid, row_key, column_name)
        DO UPDATE SET at = excluded.at, new_value = excluded.new_value;
    DELETE FROM changes WHERE sync_id =
            (SELECT id FROM sync_jobs WHERE status = 'running' ORDER BY created_at DESC LIMIT 1)
        AND table_name = NEW.table_name AND mid = NEW.mid AND row_key = NEW.row_key
        AND column_name = NEW.column_name AND old_value IS new_value;
END;

-- row_key: the transaction's id.
CREATE TRIGGER transactions_changed
    AFTER UPDATE OF amount_cents, void_reject_chargeback, type, reject_description ON
        transactions
    WHEN OLD.amount_cents IS NOT NEW.amount_cents OR
        OLD.void_reject_chargeback IS NOT NEW.void_reject_chargeback OR OLD.type IS NOT NEW.type
        OR OLD.reject_description IS NOT NEW.reject_description
BEGIN
    INSERT INTO note_change
        SELECT 'transactions', NEW.mid, NEW.transaction_id, name, old_value, new_value
        FROM (SELECT 'amount_cents' AS name, OLD.amount_cents AS old_value,
                NEW.amount_cents AS new_value
            UNION ALL SELECT 'void_reject_chargeback', OLD.void_reject_chargeback,
                NEW.void_reject_chargeback
            UNION ALL SELECT 'type', OLD.type, NEW.type
            UNION ALL SELECT 'reject_description', OLD.reject_description, NEW.reject_description)
        WHERE old_value IS NOT new_value;
END;

-- row_key: DATE/REFERENCE/TERMINAL/id. Not the ordinal: twins may change places within a sync.
CREATE TRIGGER transaction_batches_changed
    AFTER UPDATE OF amount_cents, transaction_count ON transaction_batches
    WHEN OLD.amount_cents IS NOT NEW.amount_cents OR
        OLD.transaction_count IS NOT NEW.transaction_count
BEGIN
    INSERT INTO note_change
        SELECT 'transaction_batches', NEW.mid, NEW.batch_date || '/' || NEW.reference_number ||
            '/' || NEW.terminal_number || '/' || NEW.id, name, old_value, new_value
        FROM (SELECT 'amount_cents' AS name, OLD.amount_cents AS old_value,
                NEW.amount_cents AS new_value
            UNION ALL SELECT 'transaction_count', OLD.transaction_count, NEW.transaction_count)
        WHERE old_value IS NOT new_value;
END;

-- row_key: YYYY-MM/PROCESSOR.
CREATE TRIGGER residual_reports_changed
    AFTER UPDATE OF merchants_count, transactions, sales_amount_micros, income_micros,
        expense_micros, net_micros, agent_net_micros ON residual_reports
    WHEN OLD.merchants_count IS NOT NEW.merchants_count OR
        OLD.transactions IS NOT NEW.transactions OR
        OLD.sales_amount_micros IS NOT NEW.sales_amount_micros OR
        OLD.income_micros IS NOT NEW.income_micros OR OLD.expense_micros IS NOT NEW.expense_micros
        OR OLD.net_micros IS NOT NEW.net_micros OR
        OLD.agent_net_micros IS NOT NEW.agent_net_micros
BEGIN
    INSERT INTO note_change
        SELECT 'residual_reports', '', printf('%04d-%02d/%d', NEW.year, NEW.month,
            NEW.processor_id), name, old_value, new_value
        FROM (SELECT 'merchants_count' AS name, OLD.merchants_count AS old_value,
                NEW.merchants_count AS new_value
            UNION ALL SELECT 'transactions', OLD.transactions, NEW.transactions
            UNION ALL SELECT 'sales_amount_micros', OLD.sales_amount_micros, NEW.sales_amount_micros
            UNION ALL SELECT 'income_micros', OLD.income_micros, NEW.income_micros
            UNION ALL SELECT 'expense_micros', OLD.expense_micros, NEW.expense_micros
            UNION ALL SELECT 'net_micros', OLD.net_micros, NEW.net_micros
            UNION ALL SELECT 'agent_net_micros', OLD.agent_net_micros, NEW.agent_net_micros)
        WHERE old_value IS NOT new_value;
END;

-- row_key: YYYY-MM/PROCESSOR/MID.
CREATE TRIGGER residuals_changed
    AFTER UPDATE OF transactions, sales_amount_micros, income_micros, expense_micros,
        net_micros, agent_net_micros, bps_micros, percentage_micros ON residuals
    WHEN OLD.transactions IS NOT NEW.transactions OR
        OLD.sales_amount_micros IS NOT NEW.sales_amount_micros OR
        OLD.income_micros IS NOT NEW.income_micros OR OLD.expense_micros IS NOT NEW.expense_micros
        OR OLD.net_micros IS NOT NEW.net_micros OR
        OLD.agent_net_micros IS NOT NEW.agent_net_micros OR OLD.bps_micros IS NOT NEW.bps_micros
        OR OLD.percentage_micros IS NOT NEW.percentage_micros
BEGIN
    INSERT INTO note_change
        SELECT 'residuals', NEW.mid, printf('%04d-%02d/%d/%s', NEW.year, NEW.month,
            NEW.processor_id, NEW.mid), name, old_value, new_value
        FROM (SELECT 'transactions' AS name, OLD.transactions AS old_value,
                NEW.transactions AS new_value
            UNION ALL SELECT 'sales_amount_micros', OLD.sales_amount_micros, NEW.sales_amount_micros
            UNION ALL SELECT 'income_micros', OLD.income_micros, NEW.income_micros
            UNION ALL SELECT 'expense_micros', OLD.expense_micros, NEW.expense_micros
            UNION ALL SELECT 'net_micros', OLD.net_micros, NEW.net_micros
            UNION ALL SELECT 'agent_net_micros', OLD.agent_net_micros, NEW.agent_net_micros
            UNION ALL SELECT 'bps_micros', OLD.bps_micros, NEW.bps_micros
            UNION ALL SELECT 'percentage_micros', OLD.percentage_micros, NEW.percentage_micros)
        WHERE old_value IS NOT new_value;
END;

-- row_key: YYYY-MM/id.
CREATE TRIGGER residual_line_items_changed
    AFTER UPDATE OF income_micros, expense_micros, agent_net_micros, percentage_micros ON
        residual_line_items
    WHEN OLD.income_micros IS NOT NEW.income_micros OR
        OLD.expense_micros IS NOT NEW.expense_micros OR
        OLD.agent_net_micros IS NOT NEW.agent_net_micros OR
        OLD.percentage_micros IS NOT NEW.percentage_micros
BEGIN
    INSERT INTO note_change
        SELECT 'residual_line_items', ifnull(NEW.mid, ''), printf('%04d-%02d/%d', NEW.year,
            NEW.month, NEW.id), name, old_value, new_value
        FROM (SELECT 'income_micros' AS name, OLD.income_micros AS old_value,
                NEW.income_micros AS new_value
            UNION ALL SELECT 'expense_micros', OLD.expense_micros, NEW.expense_micros
            UNION ALL SELECT 'agent_net_micros', OLD.agent_net_micros, NEW.agent_net_micros
            UNION ALL SELECT 'percentage_micros', OLD.percentage_micros, NEW.percentage_micros)
        WHERE old_value IS NOT new_value;
END;
