-- The page size in use where the largest made answers that were too large; 0 = the largest.
ALTER TABLE sync_checkpoints ADD COLUMN per_page INTEGER NOT NULL DEFAULT 0;

-- As before, but for streams of which nothing could be read.
DROP VIEW sync_job_streams;
CREATE VIEW sync_job_streams AS
    WITH done AS (
        SELECT id, completed_at, date(substr(ifnull(started_at, created_at), 1, 10), '-1 day') AS eve,
               iif(json_valid(settings), settings, '{}') AS s,
               iif(json_valid(results), results, '{}') AS r
        FROM sync_jobs
        WHERE status IN ('completed', 'partial') AND completed_at GLOB '[0-9][0-9][0-9][0-9]-*'
    )
    SELECT id AS sync_id, column1 AS stream, completed_at
    FROM done, (VALUES ('merchants'), ('transactions'), ('residuals'))
    WHERE json_extract(s, '$.retry') IS NOT 1
        AND ifnull(json_array_length(s, '$.merchants'), 0) = 0
        AND (json_type(s, '$.streams') IS NULL
             OR column1 IN (SELECT value FROM json_each(s, '$.streams')))
        AND (column1 = 'merchants' OR ifnull(json_extract(s, '$.to') >= eve, 1))
        AND column1 NOT IN (SELECT value FROM json_each(r, '$.failedStreams'));
