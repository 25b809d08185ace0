#include "db/tables.h"

#include <assert.h>

/* clang-format off */
static const char *const merchant_columns[] = {
    "mid", "name", "opened", "closed", "created", "modified", "first_batch", "last_batch",
    "group_name", "processor", "datasource", "sic_code", "vim", "deactivated", "status", "active",
    "leads",
};

static const char *const transaction_columns[] = {
    "mid", "transaction_id", "batch_id", "transaction_date", "type", "amount_cents", "cardholder",
    "auth_code", "pos_entry_mode", "invoice_number", "void_reject_chargeback", "reject_description",
};

static const char *const adjustment_columns[] = {
    "mid", "adjustment_date", "type", "amount_cents", "ordinal",
};

static const char *const report_columns[] = {
    "year", "month", "processor_id", "name", "modified", "merchants_count", "transactions",
    "sales_amount_micros", "income_micros", "expense_micros", "net_micros", "agent_net_micros",
};

static const char *const residual_columns[] = {
    "year", "month", "processor_id", "mid", "merchant", "transactions", "sales_amount_micros",
    "income_micros", "expense_micros", "net_micros", "agent_net_micros", "bps_micros",
    "percentage_micros",
};

static const char *const line_item_columns[] = {
    "year", "month", "id", "type", "mid", "dba", "user_id", "full_name", "description",
    "income_micros", "expense_micros", "agent_net_micros", "percentage_micros", "is_recurring",
    "created", "modified",
};

/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
static_assert(COUNT(merchant_columns) == MERCHANT_COLUMNS, "merchants");
static_assert(COUNT(transaction_columns) == TRANSACTION_COLUMNS, "transactions");
static_assert(COUNT(adjustment_columns) == ADJUSTMENT_COLUMNS, "adjustments");
static_assert(COUNT(report_columns) == REPORT_COLUMNS, "residual_reports");
static_assert(COUNT(residual_columns) == RESIDUAL_COLUMNS, "residuals");
static_assert(COUNT(line_item_columns) == LINE_ITEM_COLUMNS, "residual_line_items");

const struct table table_merchants = {"merchants", merchant_columns, 1, MERCHANT_COLUMNS, "t"};
const struct table table_transactions = {"transactions", transaction_columns, 2,
                                         TRANSACTION_COLUMNS, "ti"};
const struct table table_adjustments = {"adjustments", adjustment_columns, 5, ADJUSTMENT_COLUMNS,
                                        "tttii"};
const struct table table_reports = {"residual_reports", report_columns, 3, REPORT_COLUMNS, "iii"};
const struct table table_residuals = {"residuals", residual_columns, 4, RESIDUAL_COLUMNS, "iiit"};
const struct table table_line_items = {"residual_line_items", line_item_columns, 3,
                                       LINE_ITEM_COLUMNS, "iii"};
