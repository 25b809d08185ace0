#include "fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "patch.h"
#include "rng.h"

static const char html[] = "<!DOCTYPE html>\n<html><head><title>%d</title></head>"
                           "<body><h1>%s</h1><p>The server is having a rest.</p></body></html>\n";

int64_t fault_delay_ms(const struct rule *rule)
{
    return json_int(rule_action(rule, "delay_ms"), 0);
}

int fault_kills(const struct rule *rule, int *signal, bool *after)
{
    *signal = (int)json_int(rule_action(rule, "signal"), SIGKILL);
    *after = json_bool(rule_action(rule, "kill_after"), false);
    return (int)json_int(rule_action(rule, "kill"), 0);
}

/* True also for values that only need to be there, such as a text. */
static bool is_on(const struct rule *rule, const char *name)
{
    const struct json *value = rule_action(rule, name);

    return value != NULL && (value->type >= JSON_STRING || json_bool(value, false));
}

struct page_twist fault_twist(const struct rule *rule, uint64_t chance)
{
    struct page_twist twist = {0};
    const char *shuffle = json_text(rule_action(rule, "shuffle"), "");

    twist.duplicate = is_on(rule, "duplicate_page");
    if (strcmp(shuffle, "list") == 0) {
        twist.rotate = rng_mix(chance) % 1000;
    }
    return twist;
}

static void html_reply(struct reply *r, int status)
{
    r->status = status;
    r->content_type = "text/html; charset=UTF-8";
    r->body.len = 0;
    out_need(&r->body, 512);
    r->body.len = (size_t)snprintf(r->body.s, 512, html, status,
                                   status == 200 ? "Please sign in" : "Something went wrong");
}

static void raw_body(struct reply *r, const char *s)
{
    r->body.len = 0;
    out_str(&r->body, s);
}

static void status_reply(const struct rule *rule, struct reply *r, int status)
{
    static const struct {
        int status;
        const char *message;
    } known[] = {{400, "Bad request"},
                 {401, "Unauthenticated"},
                 {403, "Access denied"},
                 {404, "Not found"},
                 {422, "The given data was invalid."},
                 {429, "Too Many Attempts."}};
    const struct json *body = rule_action(rule, "body");

    html_reply(r, status);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].status == status) {
            reply_message(r, status, known[i].message);
        }
    }
    if (body != NULL && body->type == JSON_STRING) {
        raw_body(r, body->text);
    } else if (body != NULL) {
        r->content_type = "application/json";
        r->body.len = 0;
        out_bytes(&r->body, body->raw, body->raw_len);
    }
}

/* What concerns the sending, for made pages and others. */
static void set_sending(const struct rule *rule, struct reply *r)
{
    const struct json *headers = rule_action(rule, "headers");
    const char *retry_after = json_text(rule_action(rule, "retry_after"), NULL);

    if (retry_after != NULL) {
        reply_add_header(r, "Retry-After", retry_after);
    }
    for (const struct json *h = headers == NULL ? NULL : headers->child; h != NULL; h = h->next) {
        if (h->name != NULL) {
            reply_add_header(r, h->name, json_text(h, ""));
        }
    }
    r->hides_limits = !json_bool(rule_action(rule, "limit_headers"), true);
    r->is_chunked = is_on(rule, "chunked");
    r->drip_ms = json_int(rule_action(rule, "drip_ms"), 0);
    r->drip_bytes = json_int(rule_action(rule, "drip_bytes"), 1000);
    if (is_on(rule, "cut") || is_on(rule, "stall")) {
        r->way = is_on(rule, "cut") ? REPLY_CUT : REPLY_STALL;
    }
}

static void bad_gzip(struct reply *r)
{
    static const char bytes[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03this is no deflate stream at all";

    r->is_encoded = true;
    r->body.len = 0;
    out_bytes(&r->body, bytes, sizeof(bytes) - 1);
}

bool fault_replaces(const struct rule *rule, struct reply *r)
{
    const struct json *not_list = rule_action(rule, "not_list");
    const char *redirect = json_text(rule_action(rule, "redirect"), NULL);
    int64_t status = json_int(rule_action(rule, "status"), 0);

    r->status = 200;
    r->content_type = "application/json";
    if (is_on(rule, "hang") || is_on(rule, "reset")) {
        r->way = is_on(rule, "hang") ? REPLY_HANG : REPLY_RESET;
        return true;
    }
    if (redirect != NULL) {
        html_reply(r, (int)(status == 0 ? 302 : status));
        reply_add_header(r, "Location", redirect);
    } else if (status != 0) {
        status_reply(rule, r, (int)status);
    } else if (is_on(rule, "html200")) {
        html_reply(r, 200);
    } else if (is_on(rule, "empty")) {
        r->body.len = 0;
    } else if (is_on(rule, "bad_json")) {
        raw_body(r, "{\"data\":[{\"mid\":\"1\",,\"name\":}],\"meta\":");
    } else if (not_list != NULL) {
        r->body.len = 0;
        out_bytes(&r->body, not_list->type == JSON_TRUE ? "null" : not_list->raw,
                  not_list->type == JSON_TRUE ? 4 : not_list->raw_len);
    } else if (is_on(rule, "bad_gzip")) {
        bad_gzip(r);
    } else {
        return false;
    }
    set_sending(rule, r);
    return true;
}

/* Megabytes of blanks before the body: still sound JSON. */
static void pad(struct reply *r, int64_t megabytes)
{
    size_t blanks = megabytes <= 0 || megabytes > 1024 ? 0 : (size_t)megabytes << 20;

    if (blanks > 0) {
        out_need(&r->body, blanks);
        memmove(r->body.s + blanks, r->body.s, r->body.len);
        memset(r->body.s, ' ', blanks);
        r->body.len += blanks;
    }
}

/* Bytes, written as hex digits, behind the body's first: what no JSON text can hold. */
static void insert_bytes(const char *hex, struct reply *r)
{
    size_t n = strlen(hex) / 2;

    if (n == 0 || r->body.len == 0) {
        return;
    }
    out_need(&r->body, n);
    memmove(r->body.s + 1 + n, r->body.s + 1, r->body.len - 1);
    for (size_t i = 0; i < n; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        r->body.s[1 + i] = (char)strtol(digits, NULL, 16);
    }
    r->body.len += n;
}

/* {"set":{field:value},"unset":[field]} on one row of `data`. */
static void spoil_record(const struct json *record, struct reply *r)
{
    const struct json *set = json_get(record, "set"), *unset = json_get(record, "unset");
    char path[256];

    for (const struct json *v = set == NULL ? NULL : set->child; v != NULL; v = v->next) {
        char *raw = json_raw(v);

        snprintf(path, sizeof(path), "data.%lld.%s",
                 (long long)json_int(json_get(record, "index"), 0), v->name);
        patch_set(&r->body, path, raw);
        free(raw);
    }
    for (const struct json *v = unset == NULL ? NULL : unset->child; v != NULL; v = v->next) {
        snprintf(path, sizeof(path), "data.%lld.%s",
                 (long long)json_int(json_get(record, "index"), 0), json_text(v, ""));
        patch_set(&r->body, path, NULL);
    }
}

static void spoil_members(const struct json *values, const char *prefix, struct reply *r)
{
    char path[256];

    for (const struct json *v = values == NULL ? NULL : values->child; v != NULL; v = v->next) {
        char *raw = json_raw(v);

        snprintf(path, sizeof(path), "%s%s", prefix, v->name);
        patch_set(&r->body, path, raw);
        free(raw);
    }
}

void fault_spoil(const struct rule *rule, uint64_t chance, struct reply *r)
{
    const struct json *record = rule_action(rule, "record");

    if (is_on(rule, "shuffle")) {
        patch_shuffle(&r->body, chance);
    }
    spoil_members(rule_action(rule, "meta"), "meta.", r);
    spoil_members(rule_action(rule, "patch"), "", r);
    if (record != NULL && record->type == JSON_ARRAY) {
        for (record = record->child; record != NULL; record = record->next) {
            spoil_record(record, r);
        }
    } else if (record != NULL) {
        spoil_record(record, r);
    }
    if (is_on(rule, "truncated_json")) {
        r->body.len /= 2;
    }
    insert_bytes(json_text(rule_action(rule, "insert"), ""), r);
    pad(r, json_int(rule_action(rule, "huge_mb"), 0));
    set_sending(rule, r);
}
