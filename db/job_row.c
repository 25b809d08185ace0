#include "db/job_row.h"

struct job_row job_row_of(sqlite3_stmt *s)
{
    return (struct job_row){
        .id = conn_text(s, 1),
        .sync_type = conn_text(s, 2),
        .status = conn_text(s, 3),
        .created_at = conn_text(s, 4),
        .started_at = conn_text_or_null(s, 5),
        .completed_at = conn_text_or_null(s, 6),
        .triggered_by = conn_text(s, 7),
        .user = conn_text_or_null(s, 8),
        .host = conn_text_or_null(s, 9),
        .results = conn_text_or_null(s, 10),
        .error = conn_text_or_null(s, 11),
        .settings = conn_text_or_null(s, 12),
        .error_message = conn_text_or_null(s, 13),
        .pid = sqlite3_column_int64(s, 14),
        .duration_ms = sqlite3_column_int64(s, 15),
        .has_counts = sqlite3_column_int(s, 16) != 0,
        .fresh = sqlite3_column_int64(s, 17),
        .updated = sqlite3_column_int64(s, 18),
        .unchanged = sqlite3_column_int64(s, 19),
        .failed_items = sqlite3_column_int64(s, 20),
        .requests = sqlite3_column_int64(s, 21),
    };
}
