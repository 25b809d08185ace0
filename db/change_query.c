#include "db/change_query.h"

#include "db/conn.h"

bool change_query_of_sync(struct db_reader *r, const char *sync_id, int64_t *count, struct err *e)
{
    return conn_number(reader_conn(r), e, count, 0,
                       "SELECT count(*) FROM changes WHERE sync_id = ?1", "s", sync_id);
}
