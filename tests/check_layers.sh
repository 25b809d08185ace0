#!/bin/sh
# Who may include whom (ARCHITECTURE.md): reads every #include line of the product and names each
# that breaks the table below. Headers in <> that belong to no library named there are the system's.
cd "$(dirname "$0")/.." || exit 2

find core db tui -name '*.[ch]' 2>/dev/null | sort | xargs awk '
BEGIN {
    # Libraries by header, so that anything else in <> is libc, POSIX or Linux.
    library["curl/"] = "curl"; library["cjson/"] = "cjson"; library["cJSON"] = "cjson"
    library["sqlite3"] = "sqlite3"; library["openssl/"] = "openssl"
    library["systemd/"] = "systemd"; library["microhttpd"] = "microhttpd"
    library["ncurses"] = library["curses"] = library["panel"] = library["term.h"] = "curses"
    library["menu.h"] = library["form.h"] = library["ncursesw/"] = "curses"
    library["zlib"] = "zlib"; library["termcap"] = "curses"

    ours["core/base"] = "core/base"
    libs["core/base"] = ""
    ours["db"] = "db core/base"
    libs["db"] = "sqlite3"
    ours["core"] = "core core/base db"
    libs["core"] = "curl cjson openssl systemd"
    ours["core/serve"] = "core/serve core core/base db"
    libs["core/serve"] = libs["core"] " microhttpd"
    ours["tui/screen"] = "tui/screen core/base"
    libs["tui/screen"] = "curses"
    ours["tui/dash"] = "tui/dash tui/screen tui core core/base db"
    libs["tui/dash"] = ""
    ours["tui"] = "tui tui/dash tui/screen core core/base db"
    libs["tui"] = ""
    # Of core the screen sees messages, configuration and the engine, not how pages are fetched and read.
    never["tui"] = "core/http.h core/json.h core/map.h core/apply.h core/walk.h"
    never["tui"] = never["tui"] " core/resource.h core/sync.h core/sync_state.h core/outcome.h"
    never["tui/dash"] = never["tui"]
}

function folder(path) {
    return path ~ /\// ? substr(path, 1, match(path, /\/[^\/]*$/) - 1) : "."
}

function has(list, word) {
    return index(" " list " ", " " word " ") > 0
}

function breach(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why
    bad = 1
}

# The library a <header> belongs to, "" for the system.
function library_of(header,   prefix) {
    for (prefix in library) {
        if (index(header, prefix) == 1) {
            return library[prefix]
        }
    }
    return ""
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    here = folder(FILENAME)
    if (!(here in ours)) {
        breach("no row for the folder " here)
        next
    }
    system_header = $0 ~ /include[ \t]*</
    header = $0
    sub(/^[^<"]*[<"]/, "", header)
    sub(/[>"].*$/, "", header)
    if (system_header) {
        lib = library_of(header)
        if (lib != "" && !has(libs[here], lib)) {
            breach(here "/ may not include <" header "> (" lib ")")
        }
    } else if (header ~ /\.\./ || header !~ /\//) {
        breach("\"" header "\" is not a path from the project root")
    } else if (!has(ours[here], folder(header)) || has(never[here], header)) {
        breach(here "/ may not include \"" header "\"")
    }
}
END { exit bad }
'
