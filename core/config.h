/* The configuration in force: one table of options that the parser, `ipsync config`, the
 * environment and the sample file all follow. Immutable once loaded, so any thread may read it.
 *
 * Order, the later wins: default, file, environment, command line. A key k of section [s] has the
 * variable IPSYNC_S_K; the document's own variable (IRELANDPAY_…) wins over that. An empty value
 * counts as none. Texts are never NULL: what is unset is "". */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct config_memory;
struct err;

struct config {
    struct {
        const char *base_url, *key_file, *key_command, *ca_file, *proxy;
        int64_t timeout_seconds, max_retries, backoff_base_ms, circuit_max_failures;
        int64_t circuit_reset_seconds, requests_per_minute, concurrency, max_body_mb;
        bool hide_null_merchants;
    } api;
    struct {
        const char *history_start;
        int64_t look_back_days, residual_months, checkpoint_hours, max_wait_minutes;
        const char *on_hangup;
    } sync;
    struct {
        const char *path;
        int64_t wal_max_mb;
    } database;
    struct {
        const char *timezone;
        bool in_dashboard;
    } schedule;
    struct {
        const char *listen, *admin_token_file, *allowed_base_urls;
    } http;
    struct {
        const char *admin_group;
    } access;
    struct {
        const char *command, *webhook, *heartbeat_url;
    } alerts;
    struct {
        const char *file, *level;
    } log;
    struct {
        const char *theme, *panes, *keys;
        int64_t fps;
        bool mouse;
    } dashboard;
    struct {
        int64_t days;
    } retention;
    const char *file;             /* the file that was read, NULL = none */
    struct config_memory *memory; /* config.c's own */
};

/* `file` is -c FILE or NULL (then $IPSYNC_CONFIG, $XDG_CONFIG_HOME/ipsync/ipsync.conf, /etc/ipsync/
 * ipsync.conf, the first that exists); `database` is -d FILE or NULL. A named file that cannot be
 * read is an error. NULL with ERR_CONFIG naming file, line and key (or the variable). */
struct config *config_load(const char *file, const char *database, struct err *e);
void config_free(struct config *c);

/* Appends "[section]" headings and "key = value" lines in force with where each comes from. */
void config_print(struct buf *b, const struct config *c);
/* Appends the sample file, generated from the table (ipsync.conf.sample is kept equal by a test).
 */
void config_print_sample(struct buf *b);

#endif
