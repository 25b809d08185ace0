#include "tui/manual_prose.h"

const char manual_description[] =
    "ipsync copies a merchant portfolio from the Ireland Pay CRM into an SQLite database: "
    "merchants, card transactions and residuals. The copy equals the CRM to the row and the "
    "cent. A sync asks for as few pages as the API allows, keeps within its rate limit, and goes "
    "on where it stopped after an interruption.\n"
    "\n"
    "On a terminal, `ipsync` alone opens the dashboard. It shows what runs, what ran, what failed "
    "and what comes next; syncs are started and stopped there. The commands do the same for "
    "scripts, for cron and for people who prefer to type. Results go to standard output, "
    "everything else to standard error.\n";

const char manual_commands[] =
    "`sync initial` reads everything since `history_start`, `sync manual` the days from `--from` "
    "to `--to`, or without them the last `look_back_days`. `sync daily` reads those too. With "
    "`--json` a command prints JSON and nothing else; `sync` and `retry` print one object a line. "
    "`ipsync help COMMAND` tells what is told here about one command.\n"
    "\n"
    "`verify` reads the CRM once more, all since `history_start` or the days from `--from` to "
    "`--to`, "
    "into a database of its own beside the real one, and holds the rows and the money of each "
    "stream and month against what is kept. It prints both figures where they differ and all "
    "months with `--all`, and changes nothing. It takes as many requests as a sync of those days, "
    "and "
    "on the disk as much room as they take in the database, until it ends. No sync can run "
    "meanwhile. What is newer in the CRM than the last sync is a difference, too.\n";

const char manual_options[] =
    "These belong to every command. Options may stand before or after the command. A value "
    "follows as the next word or after an equals sign: `--limit 5`, `--limit=5`. After `--` "
    "nothing is an option.\n";

/* ---- the dashboard ---- */

const char manual_dashboard[] =
    "`ipsync` or `ipsync dashboard` opens it. It needs no more than 60 columns and 16 rows. From "
    "110x30 on all panes stand side by side; on less, tabs name them, and the pane that has the "
    "keys is shown, from 80x24 on beside the active syncs.\n"
    "\n"
    "The first line tells the version, the database, the CRM's host, the health of the data, the "
    "circuit breaker, how many requests are left in this minute, and how old the data is. The last "
    "line shows the keys that matter in this pane; `?` lists all of them with what they do, and "
    "why one cannot be used now. Pressing Enter there does what is chosen.\n"
    "\n"
    "What is shown is the database. Syncs of other processes (cron, a command, another dashboard) "
    "appear as they run, with who started them and on which host.\n";

const struct manual_row manual_panes[] = {
    {"Active syncs",
     "What runs now: each phase with its progress, rows and requests a second, what "
     "is left of the rate limit, the time it will take, retries. Otherwise how "
     "the last sync ended and when the next one is due."},
    {"History", "Past syncs, newest first: type, status, duration, rows, errors, and who ran it."},
    {"Error log",
     "What could not be read: its type and number, the kind of error, how often it was "
     "tried, when it is tried again. From here it is read again or given up."},
    {"Analytics", "Duration, rows, success and errors over 7, 30 or 90 days, and against the "
                  "period before; the age of the data for each stream."},
    {"Schedule", "The runs to come with the time until then, and how each ended last. Nothing "
                 "starts by itself yet: Enter runs one now."},
    {0},
};

const char manual_leaving[] =
    "`q` leaves. While a sync of this dashboard runs it asks first: `s` stays; `x` stops the sync "
    "at its next page, and the next sync goes on from there; `g` lets it go on without a screen, "
    "as the same sync, and the next dashboard shows it. Questions are answered with `y`, or with "
    "`n` or Esc; Enter means no. Ctrl-C asks like `q`, and pressed twice stops the sync.\n"
    "\n"
    "When the terminal goes away (a closed window, an SSH connection that drops) the sync goes on "
    "to its end without a screen. `on_hangup = stop` in the section [sync] makes it stop at its "
    "next page instead. SIGTERM ends the dashboard within a second; what was fetched is kept.\n"
    "\n"
    "`--read-only` changes nothing, whatever is pressed: keys that would are greyed. The same "
    "holds, with the reason, for whoever may read the database but not write it.\n";

const char manual_terminals[] =
    "Any terminal that can move its cursor will do. In a UTF-8 locale lines and charts are drawn "
    "with Unicode; with LANG=C in plain ASCII. With `NO_COLOR` set there is no colour; no state "
    "is ever told by colour alone. The mouse stays the terminal's until it is asked for. Where "
    "standard input or output is no terminal, or TERM is dumb or unset, nothing is drawn: a line "
    "on standard error names the command to use, and the exit status is 2.\n";

const char manual_keys[] =
    "These are the keys as shipped. In parentheses stands the name of the action, which "
    "`[dashboard] keys` gives other keys, and the command that does the same. Esc closes what "
    "lies over the panes; without that it clears the filter, the marks or the zoom. "
    "`ipsync help keys` prints this list.\n";

/* ---- configuration and environment ---- */

const char manual_configuration[] =
    "The configuration is read from `-c FILE`, else from the file that `IPSYNC_CONFIG` names, else "
    "from `~/.config/ipsync/ipsync.conf`, else from `/etc/ipsync/ipsync.conf`: the first that "
    "exists, or none. A file has sections and keys:\n"
    "\n"
    " [sync]\n"
    " look_back_days = 14\n"
    "\n"
    "Lines that begin with # or ; are comments. A value may stand in double quotes; an empty one "
    "means the default. An unknown key or a bad value is an error that names file, line and key. "
    "Environment variables win over the file, options of the command line over both. Key `k` of "
    "section [s] has the variable `IPSYNC_S_K`; where another is named below, that one wins. "
    "`ipsync config` prints what is in force and where it comes from, `ipsync help sample` a file "
    "with every key and its default.\n";

const char manual_theme[] =
    "All themes use the terminal's own 16 colours. Panes are named `active`, `history`, "
    "`errors`, `analytics` and `schedule`; keys and actions as under KEYS.\n";

const char manual_environment[] =
    "Besides the variables of the configuration above, ipsync looks at these.\n";

const struct manual_row manual_variables[] = {
    {"IRELANDPAY_CRM_API_KEY", "The API key of the CRM. It wins over `key_file` and `key_command`, "
                               "and is not handed on to child processes."},
    {"IPSYNC_CONFIG", "The configuration file, unless `-c` names one."},
    {"XDG_CONFIG_HOME, XDG_STATE_HOME", "Used in place of `~/.config` and `~/.local/state`."},
    {"NO_COLOR", "If set and not empty: no colour."},
    {"TERM", "The kind of terminal."},
    {"LC_ALL, LC_CTYPE, LANG", "Whether the terminal shows UTF-8 or ASCII alone."},
    {"TMPDIR", "Where `--plan` keeps a short-lived database; else /tmp."},
    {0},
};

/* ---- the rest ---- */

const struct manual_row manual_exit_codes[] = {
    {"0", "Done; also a dashboard that was told to stop."},
    {"1",
     "Done, but some items failed: `ipsync failed` lists them. Of `verify`: there is a difference, "
     "or not all could be read."},
    {"2", "Wrong usage or configuration."},
    {"3", "The sync failed."},
    {"4", "Another sync is running."},
    {"5", "Not permitted."},
    {"130", "Interrupted or cancelled: what was fetched is kept, the next run goes on from there."},
    {0},
};

const struct manual_row manual_files[] = {
    {"~/.config/ipsync/ipsync.conf", "The configuration."},
    {"/etc/ipsync/ipsync.conf", "The configuration of users who have none of their own."},
    {"~/.local/state/ipsync/ipsync.db",
     "The database, unless `-d`, `IPSYNC_DB` or the key `path` of "
     "the section [database] names another. Anything that reads "
     "SQLite may read it, also while a sync runs."},
    {"ipsync.db-wal, ipsync.db-shm",
     "Belong to the database while it is in use, and hold data: copy "
     "none of the three without the others."},
    {"ipsync.db-sync, ipsync.db-write",
     "Locks: who runs a sync, and who writes. They hold nothing."},
    {"ipsync.db-verify", "The folder in which `verify` works. It is removed at the end; what one "
                         "that was killed left there, by the next."},
    {0},
};

const char manual_security[] =
    "The API key is never taken from the command line, where every user of the machine could read "
    "it. It comes from the environment, from a file that its owner alone can read, or from a "
    "command. It is shown in no output, is sent over verified TLS only (plain HTTP to this machine "
    "alone) and never after a redirect, and goes through a proxy only where one is configured. No "
    "switch turns verification off; `ca_file` names an authority of your own. Once the key is "
    "loaded a crash leaves no core dump.\n"
    "\n"
    "Card numbers are masked to their first six and last four digits before anything is stored. "
    "Folders and files are made for their owner alone. Control characters in what the CRM sends "
    "are shown on a terminal, never sent to it.\n";

const char manual_examples[] = "The first sync, after a look at what it will take:\n"
                               "\n"
                               " export IRELANDPAY_CRM_API_KEY\n"
                               " read -r IRELANDPAY_CRM_API_KEY\n"
                               " ipsync sync initial --plan\n"
                               " ipsync sync initial\n"
                               "\n"
                               "The last days again, from cron; prints errors only:\n"
                               "\n"
                               " 0 11,19 * * * ipsync sync manual --quiet\n"
                               "\n"
                               "One merchant's transactions of May once more:\n"
                               "\n"
                               " ipsync sync manual --from 2024-05-01 --to 2024-05-31 \\\n"
                               "     --only transactions --merchant 0000012345678\n"
                               "\n"
                               "What failed, and another try for what is due:\n"
                               "\n"
                               " ipsync failed\n"
                               " ipsync retry\n"
                               "\n"
                               "A look that cannot change anything:\n"
                               "\n"
                               " ipsync --read-only\n"
                               "\n"
                               "Other keys for two actions of the dashboard:\n"
                               "\n"
                               " [dashboard]\n"
                               " keys = retry=t mark=m,space\n";

const char manual_see_also[] = "`sqlite3`(1), `cron`(8), `locale`(7)\n";
