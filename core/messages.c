#include "core/messages.h"

const char *phase_name(enum sync_phase phase)
{
    static const char *const names[PHASE_COUNT] = {"merchants", "transactions", "residuals",
                                                   "metrics"};
    return names[phase];
}

const char *wait_reason_name(enum wait_reason reason)
{
    static const char *const names[] = {
        [WAIT_NONE] = "", [WAIT_RETRY_AFTER] = "retry-after", [WAIT_BREAKER] = "breaker"};
    return names[reason];
}

const char *sync_status_name(enum sync_status status)
{
    static const char *const names[] = {"completed", "partial",     "failed",
                                        "cancelled", "interrupted", "handed over"};
    return names[status];
}
