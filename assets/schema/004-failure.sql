-- The page size in use where the largest made answers that were too large; 0 = the largest.
ALTER TABLE sync_checkpoints ADD COLUMN per_page INTEGER NOT NULL DEFAULT 0;
