-- What the dashboard shows at any moment, kept by triggers so that asking costs the same whatever the
-- tables hold. Programs of others may write sync_jobs and sync_failed_items: the figures follow.

CREATE TABLE sync_schedules (
    id              INTEGER PRIMARY KEY,
    sync_type       TEXT NOT NULL CHECK (sync_type IN ('initial', 'daily', 'manual')),
    cron_expression TEXT NOT NULL,
    timezone        TEXT NOT NULL CHECK (timezone <> ''),
    is_active       INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    next_run        TEXT,
    last_run        TEXT,
    last_status     TEXT
) STRICT;

-- Small facts that outlive the process.
CREATE TABLE sync_state (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ---- orders of the lists ----

DROP INDEX sync_jobs_open;                       -- "status = 'running'" never used it
CREATE INDEX sync_jobs_by_type ON sync_jobs (sync_type, created_at);
CREATE INDEX sync_jobs_by_status ON sync_jobs (status, created_at);
CREATE INDEX sync_jobs_ended ON sync_jobs (ifnull(completed_at, created_at))
    WHERE status NOT IN ('pending', 'running');
-- Completed and partial ones, so put that SQLite does not prefer the index by status.
CREATE INDEX sync_jobs_fresh ON sync_jobs (completed_at)
    WHERE status NOT IN ('pending', 'running', 'failed', 'cancelled', 'interrupted');

-- An item is in the first two while open, in the others once resolved.
CREATE INDEX sync_failed_open_by_time ON sync_failed_items (created_at) WHERE resolved_at IS NULL;
CREATE INDEX sync_failed_open_by_try ON sync_failed_items (ifnull(next_retry_at, '~'))
    WHERE resolved_at IS NULL;
CREATE INDEX sync_failed_done_by_time ON sync_failed_items (created_at)
    WHERE resolved_at IS NOT NULL;
CREATE INDEX sync_failed_done_by_end ON sync_failed_items (resolved_at, created_at)
    WHERE resolved_at IS NOT NULL;
CREATE INDEX sync_failed_done_by_item ON sync_failed_items (item_type, item_id)
    WHERE resolved_at IS NOT NULL;

-- ---- jobs that ended ----

-- What a job that ended counted, taken from its JSON once. Rows: of the three streams together.
CREATE TABLE sync_job_figures (
    sync_id        TEXT NOT NULL PRIMARY KEY,
    day            TEXT NOT NULL,                -- UTC day on which it started
    sync_type      TEXT NOT NULL,
    status         TEXT NOT NULL,
    duration_ms    INTEGER,                      -- NULL = not known
    has_counts     INTEGER NOT NULL,             -- 0: its results are missing or no JSON
    new_rows       INTEGER NOT NULL,
    updated_rows   INTEGER NOT NULL,
    unchanged_rows INTEGER NOT NULL,
    requests       INTEGER NOT NULL,
    retries        INTEGER NOT NULL,
    failed_items   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_job_totals (
    status TEXT NOT NULL PRIMARY KEY,
    jobs   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_days (
    day            TEXT NOT NULL,
    sync_type      TEXT NOT NULL,
    total          INTEGER NOT NULL,
    completed      INTEGER NOT NULL,
    partial        INTEGER NOT NULL,
    failed         INTEGER NOT NULL,
    cancelled      INTEGER NOT NULL,
    interrupted    INTEGER NOT NULL,
    duration_ms    INTEGER NOT NULL,             -- of the completed
    durations      INTEGER NOT NULL,             -- how many of them are known
    new_rows       INTEGER NOT NULL,
    updated_rows   INTEGER NOT NULL,
    unchanged_rows INTEGER NOT NULL,
    requests       INTEGER NOT NULL,
    retries        INTEGER NOT NULL,
    failed_items   INTEGER NOT NULL,
    PRIMARY KEY (day, sync_type)
) STRICT, WITHOUT ROWID;

-- When a sync last covered a stream. Stays when the job's row is dropped: the data does not age.
CREATE TABLE sync_streams (
    stream       TEXT NOT NULL PRIMARY KEY,
    completed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers in JSON may be anything: a sum of them must neither overflow nor make a sync's INSERT fail.
CREATE VIEW sync_job_measured AS
    WITH sound AS (
        SELECT id, sync_type, status, started_at, completed_at, created_at,
               iif(json_valid(results), results, NULL) AS r
        FROM sync_jobs WHERE status NOT IN ('pending', 'running')
    ), counted AS (
        SELECT *,
            ifnull(json_extract(r, '$.durationMs'),
                   (julianday(completed_at) - julianday(started_at)) * 86400000) + 0.0 AS ms,
            ifnull(json_extract(r, '$.merchants.new'), 0)
                + ifnull(json_extract(r, '$.transactions.new'), 0)
                + ifnull(json_extract(r, '$.residuals.new'), 0) AS fresh,
            ifnull(json_extract(r, '$.merchants.updated'), 0)
                + ifnull(json_extract(r, '$.transactions.updated'), 0)
                + ifnull(json_extract(r, '$.residuals.updated'), 0) AS updated,
            ifnull(json_extract(r, '$.merchants.unchanged'), 0)
                + ifnull(json_extract(r, '$.transactions.unchanged'), 0)
                + ifnull(json_extract(r, '$.residuals.unchanged'), 0) AS unchanged,
            ifnull(json_extract(r, '$.requests'), 0) + 0 AS requests,
            ifnull(json_extract(r, '$.retries'), 0) + 0 AS retries,
            ifnull(json_extract(r, '$.failedItems'),
                ifnull(json_extract(r, '$.merchants.failed'), 0)
                + ifnull(json_extract(r, '$.transactions.failed'), 0)
                + ifnull(json_extract(r, '$.residuals.failed'), 0)) + 0 AS failed
        FROM sound
    )
    SELECT id, substr(ifnull(started_at, created_at), 1, 10), sync_type, status,
        iif(ms >= 0, CAST(round(min(ms, 1000000000000)) AS INTEGER), NULL), r IS NOT NULL,
        CAST(max(0, min(fresh, 1000000000000)) AS INTEGER),
        CAST(max(0, min(updated, 1000000000000)) AS INTEGER),
        CAST(max(0, min(unchanged, 1000000000000)) AS INTEGER),
        CAST(max(0, min(requests, 1000000000000)) AS INTEGER),
        CAST(max(0, min(retries, 1000000000000)) AS INTEGER),
        CAST(max(0, min(failed, 1000000000000)) AS INTEGER)
    FROM counted;

-- A stream is covered by a sync of all merchants up to the day on which it ran. A retry, a few
-- merchants or a range of the past leave the rest as old as it was; what names nothing covers all.
CREATE VIEW sync_job_streams AS
    WITH done AS (
        SELECT id, completed_at, date(substr(ifnull(started_at, created_at), 1, 10), '-1 day') AS eve,
               iif(json_valid(settings), settings, '{}') AS s
        FROM sync_jobs
        WHERE status IN ('completed', 'partial') AND completed_at GLOB '[0-9][0-9][0-9][0-9]-*'
    )
    SELECT id AS sync_id, column1 AS stream, completed_at
    FROM done, (VALUES ('merchants'), ('transactions'), ('residuals'))
    WHERE json_extract(s, '$.retry') IS NOT 1
        AND ifnull(json_array_length(s, '$.merchants'), 0) = 0
        AND (json_type(s, '$.streams') IS NULL
             OR column1 IN (SELECT value FROM json_each(s, '$.streams')))
        AND (column1 = 'merchants' OR ifnull(json_extract(s, '$.to') >= eve, 1));

CREATE TRIGGER sync_job_figures_added AFTER INSERT ON sync_job_figures BEGIN
    INSERT INTO sync_job_totals VALUES (NEW.status, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    INSERT INTO sync_days VALUES (NEW.day, NEW.sync_type, 1, NEW.status = 'completed',
            NEW.status = 'partial', NEW.status = 'failed', NEW.status = 'cancelled',
            NEW.status = 'interrupted', iif(NEW.status = 'completed', ifnull(NEW.duration_ms, 0), 0),
            NEW.status = 'completed' AND NEW.duration_ms IS NOT NULL, NEW.new_rows,
            NEW.updated_rows, NEW.unchanged_rows, NEW.requests, NEW.retries, NEW.failed_items)
        ON CONFLICT DO UPDATE SET total = total + 1, completed = completed + excluded.completed,
            partial = partial + excluded.partial, failed = failed + excluded.failed,
            cancelled = cancelled + excluded.cancelled,
            interrupted = interrupted + excluded.interrupted,
            duration_ms = duration_ms + excluded.duration_ms,
            durations = durations + excluded.durations, new_rows = new_rows + excluded.new_rows,
            updated_rows = updated_rows + excluded.updated_rows,
            unchanged_rows = unchanged_rows + excluded.unchanged_rows,
            requests = requests + excluded.requests, retries = retries + excluded.retries,
            failed_items = failed_items + excluded.failed_items;
END;

CREATE TRIGGER sync_job_figures_dropped AFTER DELETE ON sync_job_figures BEGIN
    UPDATE sync_job_totals SET jobs = jobs - 1 WHERE status = OLD.status;
    UPDATE sync_days SET total = total - 1, completed = completed - (OLD.status = 'completed'),
            partial = partial - (OLD.status = 'partial'), failed = failed - (OLD.status = 'failed'),
            cancelled = cancelled - (OLD.status = 'cancelled'),
            interrupted = interrupted - (OLD.status = 'interrupted'),
            duration_ms = duration_ms
                - iif(OLD.status = 'completed', ifnull(OLD.duration_ms, 0), 0),
            durations = durations - (OLD.status = 'completed' AND OLD.duration_ms IS NOT NULL),
            new_rows = new_rows - OLD.new_rows, updated_rows = updated_rows - OLD.updated_rows,
            unchanged_rows = unchanged_rows - OLD.unchanged_rows,
            requests = requests - OLD.requests, retries = retries - OLD.retries,
            failed_items = failed_items - OLD.failed_items
        WHERE day = OLD.day AND sync_type = OLD.sync_type;
    DELETE FROM sync_days WHERE day = OLD.day AND sync_type = OLD.sync_type AND total <= 0;
END;

-- Dropped first: INSERT OR REPLACE fires no DELETE trigger.
CREATE TRIGGER sync_jobs_added AFTER INSERT ON sync_jobs BEGIN
    DELETE FROM sync_job_figures WHERE sync_id = NEW.id;
    INSERT INTO sync_job_figures SELECT * FROM sync_job_measured WHERE id = NEW.id;
    INSERT INTO sync_streams SELECT stream, completed_at FROM sync_job_streams WHERE sync_id = NEW.id
        ON CONFLICT DO UPDATE SET completed_at = max(completed_at, excluded.completed_at);
END;

-- Not while it runs: its results are saved with every page.
CREATE TRIGGER sync_jobs_changed
    AFTER UPDATE OF id, sync_type, status, started_at, completed_at, created_at, results, settings
    ON sync_jobs
    WHEN OLD.status NOT IN ('pending', 'running') OR NEW.status NOT IN ('pending', 'running')
BEGIN
    DELETE FROM sync_job_figures WHERE sync_id IN (OLD.id, NEW.id);
    INSERT INTO sync_job_figures SELECT * FROM sync_job_measured WHERE id = NEW.id;
    INSERT INTO sync_streams SELECT stream, completed_at FROM sync_job_streams WHERE sync_id = NEW.id
        ON CONFLICT DO UPDATE SET completed_at = max(completed_at, excluded.completed_at);
END;

CREATE TRIGGER sync_jobs_dropped AFTER DELETE ON sync_jobs BEGIN
    DELETE FROM sync_job_figures WHERE sync_id = OLD.id;
END;

-- ---- failed items ----

CREATE TABLE sync_failed_totals (
    item_type TEXT NOT NULL,
    state     TEXT NOT NULL,                     -- pending, permanent, healed, covered, given_up
    items     INTEGER NOT NULL,
    PRIMARY KEY (item_type, state)
) STRICT, WITHOUT ROWID;

-- Failed items by the UTC day on which they were recorded. A day has at most 32 kinds; what would be
-- one more is of class and kind 'other'.
CREATE TABLE sync_error_days (
    day   TEXT NOT NULL,
    class TEXT NOT NULL,
    kind  TEXT NOT NULL,                         -- 'HTTP 500', else the code
    items INTEGER NOT NULL,
    PRIMARY KEY (day, class, kind)
) STRICT, WITHOUT ROWID;

-- A procedure: to insert here counts an error `n` times more (1 or -1).
CREATE VIEW sync_count_error (created_at, error_details, n) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER sync_count_error_now INSTEAD OF INSERT ON sync_count_error BEGIN
    INSERT INTO sync_error_days
        SELECT day, iif(fits, class, 'other'), iif(fits, kind, 'other'), NEW.n
        FROM (SELECT *, EXISTS (SELECT 1 FROM sync_error_days AS d WHERE d.day = named.day
                        AND d.class = named.class AND d.kind = named.kind)
                OR (NEW.n > 0
                    AND (SELECT count(*) FROM sync_error_days AS d WHERE d.day = named.day) < 32)
                AS fits
            FROM (SELECT day, substr(ifnull(json_extract(e, '$.class'), 'unknown'), 1, 15) AS class,
                    CASE WHEN json_extract(e, '$.http_status') BETWEEN 400 AND 599
                         THEN 'HTTP ' || CAST(json_extract(e, '$.http_status') AS INTEGER)
                         ELSE substr(ifnull(json_extract(e, '$.code'), 'unknown'), 1, 31) END AS kind
                FROM (SELECT substr(NEW.created_at, 1, 10) AS day,
                        iif(json_valid(NEW.error_details), NEW.error_details, '{}') AS e) LIMIT 1) AS named)
        WHERE 1
        ON CONFLICT DO UPDATE SET items = items + excluded.items;
    DELETE FROM sync_error_days
        WHERE NEW.n < 0 AND day = substr(NEW.created_at, 1, 10) AND items <= 0;
END;

-- Their states are counted without a procedure: that would cost 4 of the 9 us of an INSERT.
CREATE TRIGGER sync_failed_items_added AFTER INSERT ON sync_failed_items BEGIN
    INSERT INTO sync_failed_totals VALUES (NEW.item_type,
            CASE WHEN NEW.resolved_at IS NOT NULL THEN ifnull(NEW.resolution, 'healed')
                 WHEN NEW.next_retry_at IS NULL THEN 'permanent' ELSE 'pending' END, 1)
        ON CONFLICT DO UPDATE SET items = items + excluded.items;
    INSERT INTO sync_count_error VALUES (NEW.created_at, NEW.error_details, 1);
END;

CREATE TRIGGER sync_failed_items_dropped AFTER DELETE ON sync_failed_items BEGIN
    INSERT INTO sync_failed_totals VALUES (OLD.item_type,
            CASE WHEN OLD.resolved_at IS NOT NULL THEN ifnull(OLD.resolution, 'healed')
                 WHEN OLD.next_retry_at IS NULL THEN 'permanent' ELSE 'pending' END, -1)
        ON CONFLICT DO UPDATE SET items = items + excluded.items;
    INSERT INTO sync_count_error VALUES (OLD.created_at, OLD.error_details, -1);
END;

CREATE TRIGGER sync_failed_items_moved
    AFTER UPDATE OF item_type, next_retry_at, resolved_at, resolution ON sync_failed_items
    WHEN (OLD.next_retry_at IS NULL) <> (NEW.next_retry_at IS NULL)
        OR (OLD.resolved_at IS NULL) <> (NEW.resolved_at IS NULL)
        OR OLD.resolution IS NOT NEW.resolution OR OLD.item_type <> NEW.item_type
BEGIN
    INSERT INTO sync_failed_totals VALUES (OLD.item_type,
            CASE WHEN OLD.resolved_at IS NOT NULL THEN ifnull(OLD.resolution, 'healed')
                 WHEN OLD.next_retry_at IS NULL THEN 'permanent' ELSE 'pending' END, -1)
        ON CONFLICT DO UPDATE SET items = items + excluded.items;
    INSERT INTO sync_failed_totals VALUES (NEW.item_type,
            CASE WHEN NEW.resolved_at IS NOT NULL THEN ifnull(NEW.resolution, 'healed')
                 WHEN NEW.next_retry_at IS NULL THEN 'permanent' ELSE 'pending' END, 1)
        ON CONFLICT DO UPDATE SET items = items + excluded.items;
END;

CREATE TRIGGER sync_failed_items_changed
    AFTER UPDATE OF created_at, error_details ON sync_failed_items
    WHEN OLD.error_details <> NEW.error_details OR OLD.created_at <> NEW.created_at
BEGIN
    INSERT INTO sync_count_error VALUES (OLD.created_at, OLD.error_details, -1);
    INSERT INTO sync_count_error VALUES (NEW.created_at, NEW.error_details, 1);
END;

-- ---- what is there already ----

INSERT INTO sync_job_figures SELECT * FROM sync_job_measured;
INSERT INTO sync_streams SELECT stream, max(completed_at) FROM sync_job_streams GROUP BY stream;
INSERT INTO sync_failed_totals
    SELECT f.item_type, CASE WHEN f.resolved_at IS NOT NULL THEN ifnull(f.resolution, 'healed')
            WHEN f.next_retry_at IS NULL THEN 'permanent' ELSE 'pending' END AS state, count(*)
    FROM sync_failed_items AS f GROUP BY 1, 2;
INSERT INTO sync_count_error SELECT created_at, error_details, 1 FROM sync_failed_items;
