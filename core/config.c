#include "core/config.h"

#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/config_file.h"
#include "core/config_internal.h"
#include "core/config_value.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

struct config_slot *config_slot_of(const struct config *c, const struct option *o)
{
    return &c->memory->slots[o - config_options];
}

void *config_member(const struct config *c, const struct option *o)
{
    /* The address is of a member of a config that is still being made, or is only read. */
    return (void *)((uintptr_t)c + o->offset);
}

void config_free(struct config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < config_option_count; i++) {
        free(c->memory->slots[i].text);
        free(c->memory->slots[i].source.variable);
    }
    free(c->memory->file);
    free(c->memory);
    free(c);
}

const char *config_home(void)
{
    const char *folder = getenv("HOME");

    if (folder && folder[0] == '/')
        return folder;
    struct passwd *user = getpwuid(getuid());

    return user && user->pw_dir ? user->pw_dir : "/";
}

/* $`variable`/ipsync/`name`, or ~/`fallback`/ipsync/`name`: XDG has relative values ignored. */
static char *xdg_path(const char *variable, const char *fallback, const char *name)
{
    const char *folder = getenv(variable);

    if (folder && folder[0] == '/')
        return mem_printf("%s/ipsync/%s", folder, name);
    return mem_printf("%s/%s/ipsync/%s", config_home(), fallback, name);
}

static bool read_first_file(struct config *c, struct err *e)
{
    char *own = xdg_path("XDG_CONFIG_HOME", ".config", "ipsync.conf");
    bool read = config_file_read(c, own, e) || e->kind != ERR_NONE ||
                config_file_read(c, "/etc/ipsync/ipsync.conf", e) || e->kind == ERR_NONE;

    free(own);
    return read && e->kind == ERR_NONE;
}

static bool load_file(struct config *c, const char *file, struct err *e)
{
    const char *named = getenv("IPSYNC_CONFIG");

    if (!file && named && *named)
        file = named;
    if (!file)
        return read_first_file(c, e);
    if (config_file_read(c, file, e))
        return true;
    return e->kind != ERR_NONE ? false : err_set(e, ERR_CONFIG, "there is no %s", file);
}

static bool load_option(struct config *c, const struct option *o, struct err *e)
{
    char *by_rule = config_variable_by_rule(o);
    char *own = o->variable ? mem_strdup(o->variable) : NULL;
    const char *value = own ? getenv(own) : NULL;
    bool sound = true;
    struct config_source from = {.kind = FROM_ENVIRONMENT, .variable = own};

    if (!value || !*value) {
        from.variable = by_rule;
        value = getenv(by_rule);
    }
    if (value && !config_value_set(c, o, from, value, e))
        sound = err_wrap(e, "%s", from.variable);
    free(own);
    free(by_rule);
    return sound;
}

static bool load_environment(struct config *c, struct err *e)
{
    for (size_t i = 0; i < config_option_count; i++) {
        if (!load_option(c, &config_options[i], e))
            return false;
    }
    return true;
}

static struct config *config_new(void)
{
    struct config *c = mem_alloc(sizeof *c);

    c->memory = mem_alloc(sizeof *c->memory + config_option_count * sizeof c->memory->slots[0]);
    for (size_t i = 0; i < config_option_count; i++) {
        const struct option *o = &config_options[i];

        if (*o->fallback && o->type != OPTION_ZONE)
            config_value_set(c, o, (struct config_source){0}, o->fallback, NULL);
        else /* a zone is not looked up: the machine may lack it, and another be set */
            config_value_keep(c, o, mem_strdup(o->fallback));
    }
    return c;
}

static bool load_database_path(struct config *c, const char *database, struct err *e)
{
    const struct option *o = config_find_option("database", "path");
    struct config_source from = {.kind = FROM_COMMAND_LINE};

    if (database && !*database)
        return err_set(e, ERR_CONFIG, "-d: the database needs a name");
    if (database && !config_value_set(c, o, from, database, e))
        return err_wrap(e, "-d");
    if (!*c->database.path)
        config_value_keep(c, o, xdg_path("XDG_STATE_HOME", ".local/state", "ipsync.db"));
    return true;
}

/* The default zone last: only now is it known whether it is the one that counts. */
static bool check_zone(const struct config *c, struct err *e)
{
    if (zone_exists(c->schedule.timezone))
        return true;
    return err_set(e, ERR_CONFIG,
                   "timezone in [schedule]: this system does not know %s; install tzdata",
                   c->schedule.timezone);
}

struct config *config_load(const char *file, const char *database, struct err *e)
{
    struct config *c = config_new();
    struct err own = {0};

    if (load_file(c, file, &own) && load_environment(c, &own) &&
        load_database_path(c, database, &own) && check_zone(c, &own))
        return c;
    config_free(c);
    err_set(e, own.kind, "%s", own.message);
    return NULL;
}
