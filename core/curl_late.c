#include "core/curl_late.h"

#include "core/base/err.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

/* What curl.h puts in front of the functions to check the types of their arguments. */
#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt

#define LIBRARY "libcurl.so.4"
#define PACKAGE "libcurl4"

#define FUNCTIONS(X)                                                                               \
    X(curl_easy_cleanup)                                                                           \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_init)                                                                              \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_strerror)                                                                          \
    X(curl_getdate)                                                                                \
    X(curl_global_init)                                                                            \
    X(curl_multi_add_handle)                                                                       \
    X(curl_multi_cleanup)                                                                          \
    X(curl_multi_info_read)                                                                        \
    X(curl_multi_init)                                                                             \
    X(curl_multi_perform)                                                                          \
    X(curl_multi_poll)                                                                             \
    X(curl_multi_remove_handle)                                                                    \
    X(curl_multi_setopt)                                                                           \
    X(curl_slist_append)                                                                           \
    X(curl_slist_free_all)

#define POINTER(name) __typeof__(&(name)) name;
#define PLACE(name) {#name, offsetof(struct library, name)},

struct library {
    FUNCTIONS(POINTER)
};

static const struct place {
    const char *name;
    size_t offset;
} places[] = {FUNCTIONS(PLACE)};

static struct library lib; /* all of it or nothing; unchanged once loaded */
static bool is_loaded;

bool curl_late_load(struct err *e)
{
    if (is_loaded)
        return true;

    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool is_whole = handle != NULL;
    struct library found = {0};

    for (size_t i = 0; is_whole && i < sizeof places / sizeof places[0]; i++) {
        void *function = dlsym(handle, places[i].name);

        memcpy((char *)&found + places[i].offset, &function, sizeof function);
        is_whole = function != NULL;
    }
    if (!is_whole) {
        const char *why = dlerror();

        err_set(e, ERR_IO, "cannot load libcurl (Debian package " PACKAGE "): %s",
                why ? why : LIBRARY);
        if (handle)
            dlclose(handle);
        return false;
    }
    lib = found;
    is_loaded = true;
    return true;
}

/* Versions of curl.h name their parameters differently. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

/* ---- where a use of libcurl begins ---- */

CURLcode curl_global_init(long flags)
{
    return curl_late_load(NULL) ? lib.curl_global_init(flags) : CURLE_FAILED_INIT;
}

CURL *curl_easy_init(void)
{
    return curl_late_load(NULL) ? lib.curl_easy_init() : NULL;
}

CURLM *curl_multi_init(void)
{
    return curl_late_load(NULL) ? lib.curl_multi_init() : NULL;
}

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text)
{
    return curl_late_load(NULL) ? lib.curl_slist_append(list, text) : NULL;
}

time_t curl_getdate(const char *text, const time_t *unused)
{
    return curl_late_load(NULL) ? lib.curl_getdate(text, unused) : -1;
}

/* ---- with what the above gave: libcurl is loaded, unless that was NULL ---- */

void curl_slist_free_all(struct curl_slist *list)
{
    if (list)
        lib.curl_slist_free_all(list);
}

void curl_easy_cleanup(CURL *easy)
{
    if (easy)
        lib.curl_easy_cleanup(easy);
}

CURLMcode curl_multi_cleanup(CURLM *multi)
{
    return multi ? lib.curl_multi_cleanup(multi) : CURLM_BAD_HANDLE;
}

const char *curl_easy_strerror(CURLcode code)
{
    return lib.curl_easy_strerror(code);
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    return lib.curl_multi_add_handle(multi, easy);
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy)
{
    return lib.curl_multi_remove_handle(multi, easy);
}

CURLMcode curl_multi_perform(CURLM *multi, int *running)
{
    return lib.curl_multi_perform(multi, running);
}

CURLMcode curl_multi_poll(CURLM *multi, struct curl_waitfd *fds, unsigned count, int timeout_ms,
                          int *ready)
{
    return lib.curl_multi_poll(multi, fds, count, timeout_ms, ready);
}

CURLMsg *curl_multi_info_read(CURLM *multi, int *left)
{
    return lib.curl_multi_info_read(multi, left);
}

/* ---- one argument, of the type that the option's number tells ---- */

typedef void any_function(void);

/* `set` is curl_easy_setopt or curl_multi_setopt, which number their options alike. */
#define PASS_ON(set, handle, option, args)                                                         \
    ((option) >= CURLOPTTYPE_BLOB    ? (set)((handle), (option), va_arg(args, void *))             \
     : (option) >= CURLOPTTYPE_OFF_T ? (set)((handle), (option), va_arg(args, curl_off_t))         \
     : (option) >= CURLOPTTYPE_FUNCTIONPOINT                                                       \
         ? (set)((handle), (option), va_arg(args, any_function *))                                 \
     : (option) >= CURLOPTTYPE_OBJECTPOINT ? (set)((handle), (option), va_arg(args, void *))       \
                                           : (set)((handle), (option), va_arg(args, long)))

CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    va_list args;

    va_start(args, option);
    /* NOLINTNEXTLINE(bugprone-branch-clone): it does not see the types */
    CURLcode code = PASS_ON(lib.curl_easy_setopt, easy, option, args);
    va_end(args);
    return code;
}

CURLMcode curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
    va_list args;

    va_start(args, option);
    /* NOLINTNEXTLINE(bugprone-branch-clone): it does not see the types */
    CURLMcode code = PASS_ON(lib.curl_multi_setopt, multi, option, args);
    va_end(args);
    return code;
}

/* All that can be asked for is written to where a pointer points. */
CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
    va_list args;

    va_start(args, info);
    CURLcode code = lib.curl_easy_getinfo(easy, info, va_arg(args, void *));
    va_end(args);
    return code;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
