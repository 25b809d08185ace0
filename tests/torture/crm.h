/* The CRM of the simulation: a small random portfolio in memory, which may change at any moment.
 * Days are day counts (core/base/civil.h), amounts cents or millionths. */
#ifndef TORTURE_CRM_H
#define TORTURE_CRM_H

#include "tests/torture/chance.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;

enum {
    CRM_MERCHANTS = 14,
    CRM_BATCHES = 24,
    CRM_TRANSACTIONS = 5,
    CRM_ADJUSTMENTS = 4,
    CRM_MONTHS = 4,
    CRM_PROCESSORS = 3,
    CRM_ITEMS = 8,
    CRM_VANISH_MOST = 3 /* merchants: more at once are taken for a change of rights */
};

struct crm_transaction {
    int64_t id;
    int day, type;
    int64_t cents;
    bool is_rejected;
};

struct crm_batch {
    int day;
    int reference, terminal; /* 0 = null */
    int64_t cents;
    int count;
    struct crm_transaction transactions[CRM_TRANSACTIONS];
};

struct crm_adjustment {
    int day, type;
    int64_t cents;
};

struct crm_merchant {
    char mid[16];
    bool is_listed;
    int revision;         /* part of its name */
    int64_t modified_day; /* with the revision: its `modified` */
    int batch_count, adjustment_count;
    struct crm_batch batches[CRM_BATCHES]; /* in the order of the list */
    struct crm_adjustment adjustments[CRM_ADJUSTMENTS];
    struct crm_batch gone; /* the last one that went, and may come back */
    bool has_gone;
};

struct crm_row {
    int merchant; /* index */
    int transactions;
    int64_t sales, income, expense, agent_net, bps, percentage;
};

struct crm_report {
    bool is_listed;
    int64_t processor;
    int revision;
    int row_count;
    struct crm_row rows[CRM_MERCHANTS];
};

struct crm_item {
    int64_t id;
    int merchant; /* -1 = none */
    int revision;
    int64_t income, expense, agent_net;
};

struct crm_month {
    int year, month;
    struct crm_report reports[CRM_PROCESSORS];
    int item_count;
    struct crm_item items[CRM_ITEMS];
};

/* What is wrong with the record in hand. */
enum crm_spoilt { SPOILT_NOTHING, SPOILT_VALUES, SPOILT_KEYS, SPOILT_BELOW };

struct crm {
    struct chance chance;
    int first_day, last_day; /* of what is in it */
    int merchant_count;
    struct crm_merchant merchants[CRM_MERCHANTS];
    int month_count;
    struct crm_month months[CRM_MONTHS];
    int64_t next_id;
    int vanished; /* merchants, so far */
    enum crm_spoilt spoilt;
    /* its manners */
    int page_rows;       /* per_page is clamped to this; 0 = as asked */
    bool zeros;          /* merchant numbers begin with zeros and come as numbers in residuals */
    bool numbers;        /* amounts are numbers, not strings */
    bool names_no_total; /* only last_page tells the end */
    bool has_empty;      /* batches without transactions */
    bool has_twins;      /* batches alike in all that names them */
};

enum crm_list { CRM_LIST, CRM_MERCHANT, CRM_BATCH_LIST, CRM_REPORTS, CRM_ROWS, CRM_LINE_ITEMS };

/* What a request asks for. */
struct crm_query {
    enum crm_list list;
    char mid[64];
    int year, month;
    int64_t processor;
    int from, to; /* days */
    int per_page, page;
};

void crm_make(struct crm *c, uint64_t seed, int first_day, int last_day);
/* One random change; returns what it did, for the log. */
const char *crm_change(struct crm *c);
/* The same rows in another order, but for the merchants, whose order is asked for. */
void crm_shuffle(struct crm *c);

int crm_first_batch(const struct crm_merchant *m); /* 0 = none */
int crm_last_batch(const struct crm_merchant *m);
int crm_find(const struct crm *c, const char *mid); /* a listed merchant; -1 = none */
struct crm_month *crm_month(struct crm *c, int year, int month);

/* crm_text.c: how things are written, in answers and in the database alike */
const char *crm_type(int type);
const char *crm_adjustment_type(int type);
void crm_reference(const struct crm_batch *b, char out[24]); /* "" = null */
void crm_terminal(const struct crm_batch *b, char out[24]);
void crm_day(int day, char out[11]); /* YYYY-MM-DD */
void crm_name(const struct crm_merchant *m, char out[48]);
void crm_modified(const struct crm_merchant *m, char out[25]); /* as in the database */
void crm_report_modified(const struct crm_month *m, const struct crm_report *r, char out[25]);
/* What the database must hold, a line a row, into `out`, in no order. */
void crm_lines(const struct crm *c, struct buf *out);

/* crm_pages.c: answers */
enum crm_oddity {
    ODD_NONE,
    ODD_CURRENT_PAGE, /* says it is another page */
    ODD_TOTAL,        /* lies about the total */
    ODD_REPEATED,     /* the page before, under this one's number */
    ODD_EMPTY,        /* no rows, a total of 0 */
    ODD_RECORD        /* a record that cannot be read */
};

/* The status, and the body of a 200 into `out`. */
int crm_answer(struct crm *c, const struct crm_query *q, enum crm_oddity odd, struct buf *out);

/* crm_query.c. False: no such address or parameter. */
bool crm_parse(const char *path, struct crm_query *out);
bool crm_is_page_size(const struct crm_query *q);
bool crm_is_within(const struct crm_query *q, int day);
const struct crm_report *crm_report(struct crm *c, const struct crm_query *q); /* NULL = none */
/* The rows of what `q` asks for, all pages; and how many fit on a page. */
int crm_total(struct crm *c, const struct crm_query *q);
int crm_page_rows(const struct crm *c, const struct crm_query *q);
/* The least requests that reading all of from..to takes. */
int crm_least(struct crm *c, int from, int to);

#endif
