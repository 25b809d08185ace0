-- What ipsync knows of its own work.

CREATE TABLE sync_jobs (
    id                TEXT NOT NULL PRIMARY KEY,
    sync_type         TEXT NOT NULL CHECK (sync_type IN ('initial', 'daily', 'manual')),
    status            TEXT NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'partial',
                                                      'failed', 'cancelled', 'interrupted')),
    started_at        TEXT,
    completed_at      TEXT,
    triggered_by      TEXT NOT NULL CHECK (triggered_by IN ('manual', 'schedule', 'api')),
    triggered_by_user TEXT,
    progress          TEXT,
    results           TEXT,
    error_details     TEXT,
    created_at        TEXT NOT NULL,
    settings          TEXT,                      -- JSON: range, streams, merchants
    pid               INTEGER,
    host              TEXT,
    cancel_requested  TEXT                       -- who asked, NULL = nobody
) STRICT;

CREATE INDEX sync_jobs_by_time ON sync_jobs (created_at);
CREATE INDEX sync_jobs_open ON sync_jobs (status) WHERE status IN ('pending', 'running');

CREATE TABLE sync_progress (
    sync_id     TEXT NOT NULL,
    phase       TEXT NOT NULL,
    progress    INTEGER NOT NULL CHECK (progress BETWEEN 0 AND 100),
    message     TEXT,
    details     TEXT,
    last_update TEXT NOT NULL,
    PRIMARY KEY (sync_id, phase)
) STRICT, WITHOUT ROWID;

-- item_id: merchant = MID; transaction = MID, or MID/ID for one record; residual = YYYY-MM, and below
-- it YYYY-MM/PROCESSOR, YYYY-MM/PROCESSOR/MID, YYYY-MM/lineitems, YYYY-MM/lineitems/ID.
CREATE TABLE sync_failed_items (
    id            INTEGER PRIMARY KEY,
    sync_id       TEXT NOT NULL,
    item_type     TEXT NOT NULL CHECK (item_type IN ('merchant', 'transaction', 'residual')),
    item_id       TEXT NOT NULL,
    error_details TEXT NOT NULL,
    retry_count   INTEGER NOT NULL DEFAULT 0,
    last_retry_at TEXT,
    next_retry_at TEXT,                          -- NULL = permanent, or resolved
    resolved_at   TEXT,
    resolution    TEXT CHECK (resolution IN ('healed', 'covered', 'given_up')),
    created_at    TEXT NOT NULL,
    range_from    TEXT,                          -- the days that must be read again to heal it
    range_to      TEXT,
    reason        TEXT                           -- why it was given up
) STRICT;

CREATE UNIQUE INDEX sync_failed_items_open ON sync_failed_items (item_type, item_id)
    WHERE resolved_at IS NULL;

-- Where an unfinished sync stands: a walk is one list read page by page to its end.
CREATE TABLE sync_checkpoints (
    sync_type  TEXT NOT NULL,
    walk       TEXT NOT NULL,                    -- e.g. transactions/MID, rows/2024-05/3
    scope      TEXT NOT NULL,                    -- range and settings; counts only while they are the same
    version    TEXT NOT NULL DEFAULT '',         -- last_batch and modified of the merchant when it was read
    pages      INTEGER NOT NULL,                 -- pages 1..pages are in the database
    total      INTEGER NOT NULL,                 -- meta.total of this reading, -1 = not named
    rows_seen  INTEGER NOT NULL,
    whole      INTEGER NOT NULL,                 -- 0: an unreadable record; nothing may be removed
    complete   INTEGER NOT NULL,
    started_at TEXT NOT NULL,                    -- when this reading began
    updated_at TEXT NOT NULL,
    PRIMARY KEY (sync_type, walk)
) STRICT, WITHOUT ROWID;

-- Keys seen on the pages of a walk of several pages, to find rows that repeat or have gone.
CREATE TABLE sync_walk_pages (
    sync_type TEXT NOT NULL,
    walk      TEXT NOT NULL,
    page      INTEGER NOT NULL,
    keys      BLOB NOT NULL,                     -- 64-bit hashes, native order
    PRIMARY KEY (sync_type, walk, page)
) STRICT, WITHOUT ROWID;

-- Merchant months whose metrics are to be calculated at the end of the sync.
CREATE TABLE sync_touched (
    mid   TEXT NOT NULL,
    year  INTEGER NOT NULL,
    month INTEGER NOT NULL,
    PRIMARY KEY (mid, year, month)
) STRICT, WITHOUT ROWID;
