-- What the CRM holds: one row a thing, absent values NULL ('' or 0 in key columns).
-- Amounts: _cents INTEGER cents, _micros INTEGER millionths of a dollar. Timestamps: UTC text.
-- removed_at: when a complete reading no longer showed the row; cleared when it comes back.

CREATE TABLE merchants (
    mid         TEXT NOT NULL PRIMARY KEY,
    name        TEXT,
    opened      TEXT,
    closed      TEXT,
    created     TEXT,
    modified    TEXT,
    first_batch TEXT,
    last_batch  TEXT,
    group_name  TEXT,
    processor   TEXT,
    datasource  TEXT,
    sic_code    TEXT,
    vim         ANY,
    deactivated TEXT,
    status      TEXT,
    active      ANY,
    leads       TEXT,
    removed_at  TEXT
) STRICT, WITHOUT ROWID;

-- A merchant number that arrives as a number has lost its leading zeros.
CREATE INDEX merchants_by_number ON merchants (ltrim(mid, '0'));

CREATE TABLE transaction_batches (
    id                INTEGER PRIMARY KEY,
    mid               TEXT NOT NULL,
    batch_date        TEXT NOT NULL DEFAULT '',
    reference_number  TEXT NOT NULL DEFAULT '',
    terminal_number   TEXT NOT NULL DEFAULT '',
    ordinal           INTEGER NOT NULL DEFAULT 0,
    amount_cents      INTEGER,
    transaction_count INTEGER,
    removed_at        TEXT,
    UNIQUE (mid, batch_date, reference_number, terminal_number, ordinal)
) STRICT;

-- Clustered by merchant: a page of one merchant touches few leaves.
CREATE TABLE transactions (
    mid                    TEXT NOT NULL,
    transaction_id         INTEGER NOT NULL,
    batch_id               INTEGER NOT NULL,
    transaction_date       TEXT,
    type                   TEXT,
    amount_cents           INTEGER,
    cardholder             TEXT,
    auth_code              TEXT,
    pos_entry_mode         TEXT,
    invoice_number         TEXT,
    void_reject_chargeback INTEGER,
    reject_description     TEXT,
    removed_at             TEXT,
    PRIMARY KEY (mid, transaction_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE adjustments (
    mid             TEXT NOT NULL,
    adjustment_date TEXT NOT NULL DEFAULT '',
    type            TEXT NOT NULL DEFAULT '',
    amount_cents    INTEGER NOT NULL DEFAULT 0,
    ordinal         INTEGER NOT NULL DEFAULT 0,
    removed_at      TEXT,
    PRIMARY KEY (mid, adjustment_date, type, amount_cents, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE residual_reports (
    year                INTEGER NOT NULL,
    month               INTEGER NOT NULL,
    processor_id        INTEGER NOT NULL,
    name                TEXT,
    modified            TEXT,
    merchants_count     INTEGER,
    transactions        INTEGER,
    sales_amount_micros INTEGER,
    income_micros       INTEGER,
    expense_micros      INTEGER,
    net_micros          INTEGER,
    agent_net_micros    INTEGER,
    removed_at          TEXT,
    PRIMARY KEY (year, month, processor_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE residuals (
    year                INTEGER NOT NULL,
    month               INTEGER NOT NULL,
    processor_id        INTEGER NOT NULL,
    mid                 TEXT NOT NULL,
    merchant            TEXT,
    transactions        INTEGER,
    sales_amount_micros INTEGER,
    income_micros       INTEGER,
    expense_micros      INTEGER,
    net_micros          INTEGER,
    agent_net_micros    INTEGER,
    bps_micros          INTEGER,
    percentage_micros   INTEGER,
    removed_at          TEXT,
    PRIMARY KEY (year, month, processor_id, mid)
) STRICT, WITHOUT ROWID;

CREATE TABLE residual_line_items (
    year              INTEGER NOT NULL,
    month             INTEGER NOT NULL,
    id                INTEGER NOT NULL,
    type              TEXT,
    mid               TEXT,
    dba               TEXT,
    user_id           INTEGER,
    full_name         TEXT,
    description       TEXT,
    income_micros     INTEGER,
    expense_micros    INTEGER,
    agent_net_micros  INTEGER,
    percentage_micros INTEGER,
    is_recurring      INTEGER,
    created           TEXT,
    modified          TEXT,
    removed_at        TEXT,
    PRIMARY KEY (year, month, id)
) STRICT, WITHOUT ROWID;

-- Calculated from the live rows above. What was voided, rejected or charged back moved no money:
-- it counts as a transaction and as a reject, not in volume or refunds.
CREATE TABLE merchant_metrics (
    mid                 TEXT NOT NULL,
    year                INTEGER NOT NULL,
    month               INTEGER NOT NULL,
    batches             INTEGER NOT NULL,
    transactions        INTEGER NOT NULL,
    volume_cents        INTEGER NOT NULL,
    refunds_cents       INTEGER NOT NULL,
    rejects             INTEGER NOT NULL,
    net_residual_micros INTEGER NOT NULL,
    PRIMARY KEY (mid, year, month)
) STRICT, WITHOUT ROWID;
