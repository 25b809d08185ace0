"""The commands that look and steer: status, history, failed, resolve, cancel, config, help, and the
command line itself. No server: the databases are made here, row by row, from the schema's own steps.
"""

import contextlib
import datetime
import fcntl
import hashlib
import json
import os
import pty
import re
import sqlite3
import struct
import subprocess
import termios

import pytest
from conftest import BUILD, ROOT

IPSYNC = BUILD / "ipsync"
STEPS = sorted((ROOT / "assets/schema").glob("*.sql"))
APPLICATION_ID = 0x49507379
HOUR = 3600

pytestmark = pytest.mark.skipif(not IPSYNC.exists(), reason="build/ipsync is not built")


def at(seconds_ago):
    """That moment as the database writes it."""
    moment = datetime.datetime.now(datetime.timezone.utc)
    moment -= datetime.timedelta(seconds=seconds_ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def job_id(n):
    return f"{n:08}-0000-4000-8000-000000000000"


def results(new=0, unchanged=0, failed=0, ms=200500, requests=501):
    counts = {"new": new, "updated": 1, "unchanged": unchanged, "failed": 0}
    return {"merchants": counts, "transactions": counts, "residuals": counts, "requests": requests,
            "retries": 2, "bytes": 1000, "durationMs": ms, "failedItems": failed}


class Base:
    """A database under test, and ipsync run on it in an environment of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "ipsync.db"
        self.env = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "GCOV_PREFIX"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def make(self):
        with self.sql() as db:
            for step in STEPS:
                db.executescript(step.read_text())
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {len(STEPS)}")
        self.path.chmod(0o600)
        return self

    @contextlib.contextmanager
    def sql(self):
        db = sqlite3.connect(self.path)
        db.execute("PRAGMA synchronous = OFF")
        with db:
            yield db
        db.close()

    def rows(self, query):
        with self.sql() as db:
            return db.execute(query).fetchall()

    def insert(self, table, **row):
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        with self.sql() as db:
            db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))

    def job(self, n, status, began, ended=None, kind="daily", **row):
        for name in ("results", "error_details", "progress", "settings"):
            if isinstance(row.get(name), dict):
                row[name] = json.dumps(row[name], ensure_ascii=False)
        row = {"triggered_by": "manual", "triggered_by_user": "alice", "pid": 4242, "host": "box",
               **row}
        self.insert("sync_jobs", id=job_id(n), sync_type=kind, status=status, started_at=at(began),
                    created_at=at(began), completed_at=None if ended is None else at(ended), **row)

    def item(self, n, kind="merchant", name=None, due=None, resolution=None, error=None, **row):
        error = {"class": "permanent", "code": "unreadable", "message": "amount is no number",
                 "http_status": 200, "request": "/merchants?page=1", "raw": None, **(error or {})}
        self.insert("sync_failed_items", id=n, sync_id=job_id(1), item_type=kind,
                    item_id=name or f"{n:07}", created_at=at(100), next_retry_at=due,
                    error_details=json.dumps(error, ensure_ascii=False), resolution=resolution,
                    resolved_at=at(50) if resolution else None, **row)

    def run(self, *args, code=0, env=None, database=True, **kwargs):
        """What ipsync printed; both streams are kept in self.out and self.err."""
        command = [IPSYNC, *(["-d", self.path] if database else []), *args]
        done = subprocess.run(command, env={**self.env, **(env or {})}, capture_output=True,
                              timeout=60, stdin=subprocess.DEVNULL, **kwargs)
        self.out, self.err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, self.out + self.err
        return self.out

    def json(self, *args):
        out = self.run(*args, "--json")
        assert out.endswith("\n") and out.count("\n") == 1 and self.err == ""
        return json.loads(out)

    def usage(self, *args):
        """A usage error's message."""
        assert self.run(*args, code=2) == ""
        assert self.err.startswith("ipsync: ") and self.err.count("\n") == 1
        return self.err

    def terminal(self, *args, columns=80):
        """What a terminal of that width is sent, as bytes."""
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        child = subprocess.Popen([IPSYNC, "-d", self.path, *args], env=self.env, stdout=side,
                                 stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.close(side)
        sent = b""
        with contextlib.suppress(OSError):  # EIO: the other side has closed
            while piece := os.read(main, 65536):
                sent += piece
        os.close(main)
        child.communicate(timeout=60)
        assert child.returncode == 0
        return sent

    @contextlib.contextmanager
    def run_lock(self):
        """Somebody runs a sync: the lock that says so."""
        fd = os.open(f"{self.path}-sync", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        yield
        os.close(fd)


@pytest.fixture
def base(tmp_path):
    return Base(tmp_path)


@pytest.fixture
def db(base):
    return base.make()


# ---- the command line -----------------------------------------------------------------------------

@pytest.mark.parametrize("args, words", [
    ([], ["no dashboard here", "ipsync help"]),
    (["statsu"], ["'statsu'", "'status'", "try `ipsync help`"]),
    (["hist"], ["'history'"]),
    (["frobnicate"], ["unknown command 'frobnicate'; try `ipsync help`"]),
    (["status", "--jsn"], ["'--jsn'", "'--json'", "try `ipsync help`"]),
    (["status", "-x"], ["unknown option '-x'", "try `ipsync help`"]),
    (["status", "--from", "2024-01-01"], ["ipsync status", "--from"]),
    (["--reason", "x", "history"], ["ipsync history", "--reason"]),
    (["status", "now"], ["ipsync status", "'now'"]),
    (["resolve"], ["ipsync resolve"]),
    (["cancel", "a", "b"], ["'b'"]),
    (["history", "--limit"], ["--limit", "N"]),
    (["history", "--limit", "0"], ["'0'", "1 to 1000000"]),
    (["history", "--limit", "1000001"], ["1000001"]),
    (["history", "--limit", "9" * 30], ["9999"]),
    (["history", "--limit", "-1"], ["'-1'"]),
    (["history", "--limit", " 5"], ["' 5'"]),
    (["history", "--limit=5x"], ["'5x'"]),
    (["history", "--limit="], ["''"]),
    (["history", "--json=yes"], ["--json takes no value"]),
    (["sync", "manual", "--from", "2024-02-30"], ["--from", "2024-02-30", "YYYY-MM-DD"]),
    (["sync", "manual", "--to", "24-2-3"], ["--to", "24-2-3"]),
    (["sync", "manual", "--from", "2024-04-1"], ["2024-04-1"]),
    (["sync", "manual", "--merchant", ""], ["--merchant"]),
    (["resolve", "1", "--reason", "--json"], ["--reason needs a value"]),
    (["help", "statsu"], ["'status'"]),
    (["history", "--", "--limit"], ["'--limit'"]),
])
def test_a_bad_command_line_is_told(base, args, words):
    message = base.usage(*args)
    for word in words:
        assert word in message
    assert list(base.folder.iterdir()) == []


def test_options_stand_anywhere(db):
    db.job(1, "completed", 100, 50)
    expected = db.json("history", "--limit", "1")
    path = str(db.path)
    for args in (["--limit=1", "history", "--json"], ["--json", "--limit", "1", "history"],
                 ["history", "--json", "--limit", "5", "--limit", "1"],
                 ["--json", "--", "history"]):
        assert json.loads(db.run(*args)) == expected
    for args in (["history", "--json", "-d", path], ["--database=" + path, "history", "--json"],
                 ["-d" + path, "history", "--json"], ["history", "--json", "--database", path]):
        assert json.loads(db.run(*args, database=False)) == expected


def test_a_value_may_look_like_an_option_after_the_equals_sign(db):
    db.item(1)
    db.run("resolve", "1", "--reason=--json")
    assert db.rows("SELECT reason FROM sync_failed_items") == [("--json",)]


def test_a_bad_command_line_cannot_write_to_the_terminal(base):
    assert "\x1b" not in base.usage("sta\x1b[31mtus")
    assert "\x1b" not in base.usage("status", "--\x1b]0;x\x07")


# ---- help -----------------------------------------------------------------------------------------

COMMANDS = ["sync", "retry", "resolve", "cancel", "status", "history", "failed", "config", "help"]


def test_help_lists_the_commands(base):
    text = base.run("help")
    assert base.run("--help") == text == base.run("-h")
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", text, re.M)
    for option in ("--config", "--database", "--help", "--version"):
        assert option in text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(base, command):
    text = base.run("help", command)
    assert text.startswith(f"Usage: ipsync {command}")
    assert base.run(command, "--help") == text == base.run("-h", command)
    assert max(map(len, text.splitlines())) <= 80


def test_version(base):
    assert re.fullmatch(r"ipsync \d+\.\d+\S*\n", base.run("--version"))
    assert base.run("status", "--version") == base.out


def test_help_needs_no_sound_configuration(base):
    assert base.run("-c", "/nonexistent", "help")


# ---- configuration --------------------------------------------------------------------------------

def test_config_prints_what_is_in_force(base):
    file = base.folder / "my.conf"
    file.write_text("[api]\nconcurrency = 3\nkey_command = pass show very-secret\n")
    file.chmod(0o600)
    text = base.run("config", "-c", file, env={"IRELANDPAY_MAX_RETRIES": "7"})
    assert re.search(rf"^concurrency = 3 +# {file}:2$", text, re.M)
    assert re.search(r"^max_retries = 7 +# environment IRELANDPAY_MAX_RETRIES$", text, re.M)
    assert str(base.path) in text
    assert "very-secret" not in text


def test_config_check(base):
    text = base.run("config", "--check")
    assert text == "no configuration file; defaults and environment are sound\n"
    file = base.folder / "my.conf"
    file.write_text("[sync]\nlook_back_days = 9\n")
    file.chmod(0o600)
    assert base.run("config", "--check", "--config", file) == f"{file}: sound\n"
    assert base.run("config", "--check", env={"IPSYNC_CONFIG": str(file)}) == f"{file}: sound\n"


@pytest.mark.parametrize("text, line, key", [
    ("[api]\n\nconcurency = 3\n", 3, "concurency"),
    ("# one\n[api]\nconcurrency = many\n", 3, "concurrency"),
    ("[sync]\nlook_back_days = -1\n", 2, "look_back_days"),
    ("[schedule]\ntimezone = Mars/Olympus\n", 2, "timezone"),
    ("[api]\nbase_url = http://example.com/api\n", 2, "base_url"),
    ("[nonsense]\n", 1, "nonsense"),
])
@pytest.mark.parametrize("command", [["config", "--check"], ["status"]])
def test_a_bad_configuration_names_file_line_and_key(base, text, line, key, command):
    file = base.folder / "my.conf"
    file.write_text(text)
    file.chmod(0o600)
    message = base.usage(*command, "-c", str(file))
    assert f"{file}:{line}" in message and key in message


def test_a_bad_variable_is_named(base):
    base.run("status", code=2, env={"IPSYNC_API_CONCURRENCY": "0"})
    assert "IPSYNC_API_CONCURRENCY" in base.err


def test_a_named_file_that_is_missing(base):
    assert "/nonexistent.conf" in base.usage("status", "-c", "/nonexistent.conf")


# ---- no database yet ------------------------------------------------------------------------------

def empty_file(base):
    base.path.touch(0o600)


@pytest.mark.parametrize("prepare", [lambda base: None, empty_file], ids=["none", "empty"])
def test_before_the_first_sync(base, prepare):
    prepare(base)
    before = sorted(base.folder.iterdir())
    assert "never synced" in base.run("status")
    status = base.json("status")
    assert status["health"] == "critical"
    assert status["lastSync"] is None and status["dataAgeSeconds"] is None
    assert status["active"] == status["nextRuns"] == status["alerts"] == []
    assert status["failedItems"] == {"pending": 0, "permanent": 0}
    assert base.run("history") == "No syncs yet. `ipsync sync initial` starts the first.\n"
    assert base.json("history") == []
    assert base.run("failed") == "No failed items.\n"
    assert base.json("failed") == []
    assert base.json("failed", "--summary") == {"totalFailed": 0, "recovered": 0, "pending": 0,
                                                "permanent": 0, "givenUp": 0, "byType": {},
                                                "healed": 0, "covered": 0, "recoveryRate": None,
                                                "measured": 0, "medianSeconds": None,
                                                "longestSeconds": None, "averageTries": None,
                                                "neverHeals": []}
    assert base.run("cancel") == "No sync is running.\n"
    base.run("cancel", job_id(1), code=2)
    assert sorted(base.folder.iterdir()) == before


def test_giving_up_without_a_database_makes_none(base):
    assert "7" in base.usage("resolve", "7", "--reason", "x")
    assert list(base.folder.iterdir()) == []


# ---- status ---------------------------------------------------------------------------------------

def test_status_after_a_good_sync(db):
    db.job(1, "completed", 3 * HOUR, 3 * HOUR - 201, results=results(new=1000))
    status = db.json("status")
    assert status["health"] == "ok" and status["breaker"] == "closed"
    assert abs(status["dataAgeSeconds"] - (3 * HOUR - 201)) <= 5
    last = status["lastSync"]
    assert (last["syncId"], last["syncType"], last["status"]) == (job_id(1), "daily", "completed")
    assert last["durationMs"] == 200500 and last["error"] is None
    assert last["results"] == results(new=1000)
    assert last["startedAt"] < last["completedAt"]
    text = db.run("status")
    assert "no sync is running" in text and "daily, completed" in text
    assert "3,000 new, 3 updated, 0 unchanged; 501 requests in 3 min 20 s" in text
    assert "2 h 56 min old" in text and re.search(r"^Health +ok$", text, re.M)
    assert max(map(len, text.splitlines())) <= 80


def test_times_are_those_of_the_configured_zone(db):
    db.job(1, "completed", 0, 0)
    with db.sql() as sql:
        sql.execute("UPDATE sync_jobs SET started_at = '2026-07-01T03:30:00.000Z', "
                    "completed_at = '2026-07-01T03:59:59.000Z'")
    assert "2026-06-30 23:59:59" in db.run("status")
    assert "2026-06-30 23:30" in db.run("history")
    assert "2026-07-01 12:30" in db.run("history", env={"IPSYNC_SCHEDULE_TIMEZONE": "Asia/Tokyo"})


@pytest.mark.parametrize("jobs, permanent, health", [
    ([("completed", 2 * HOUR)], 0, "ok"),
    ([("completed", 2 * HOUR)], 1, "warning"),
    ([("completed", 27 * HOUR)], 0, "critical"),
    ([("partial", 2 * HOUR)], 0, "warning"),
    ([("completed", 5 * HOUR), ("interrupted", 2 * HOUR)], 0, "warning"),
    ([("completed", 5 * HOUR), ("cancelled", 2 * HOUR)], 0, "ok"),
    ([("completed", 5 * HOUR), ("failed", 2 * HOUR)], 0, "critical"),
    ([("failed", 5 * HOUR), ("completed", 2 * HOUR)], 0, "ok"),
    ([("interrupted", HOUR)], 0, "critical"),  # no data yet
])
def test_health(db, jobs, permanent, health):
    for n, (status, ago) in enumerate(jobs):
        db.job(n, status, ago + 10, ago)
    for n in range(permanent):
        db.item(n + 1)
    assert db.json("status")["health"] == health


def test_items_that_will_be_tried_again_are_no_worry(db):
    db.job(1, "completed", 100, 50)
    db.item(1, due=at(-60))
    db.item(2, resolution="healed")
    status = db.json("status")
    assert status["health"] == "ok" and status["failedItems"] == {"pending": 1, "permanent": 0}


def running(db, **row):
    db.job(1, "completed", 9 * HOUR, 8 * HOUR, results=results())
    db.job(2, "running", 300, None, kind="initial", results=results(new=5), **row)


PROGRESS = {"phase": "transactions", "percent": 43, "etaSeconds": 725, "waitUntil": None}


def test_status_while_a_sync_runs(db):
    running(db, progress=PROGRESS)
    db.insert("sync_progress", sync_id=job_id(2), phase="transactions", progress=50,
              message="reading 00\x1b[31m123", last_update=at(1))
    with db.run_lock():
        status = db.json("status")
        text = db.run("status")
        shown = db.terminal("status")
    [active] = status["active"]
    assert active["startedAt"] and active["host"] == "box" and active["pid"] == 4242
    assert {k: active[k] for k in ("syncId", "syncType", "phase", "progress", "etaSeconds", "message",
                                   "user")} == {
        "syncId": job_id(2), "syncType": "initial", "phase": "transactions", "progress": 43,
        "etaSeconds": 725, "message": "reading 00\x1b[31m123", "user": "alice"}
    assert status["lastSync"]["syncId"] == job_id(1) and status["health"] == "ok"
    assert "initial sync, 43 %, transactions: reading 00" in text
    assert "about 12 min 5 s left" in text and "alice on box, pid 4242" in text
    assert b"\x1b" not in shown and rb"\x1b[31m123" in shown
    assert db.rows("SELECT status FROM sync_jobs WHERE completed_at IS NULL") == [("running",)]


def test_status_right_after_a_sync_began(db):
    running(db)
    with db.run_lock():
        [active] = db.json("status")["active"]
        assert db.json("history")[0]["status"] == "running"
        assert db.json("history")[0]["durationMs"] is None
        assert "initial sync, 0 %" in db.run("status")
    assert active["phase"] is active["message"] is active["etaSeconds"] is None


@pytest.mark.parametrize("command", ["status", "history"])
def test_a_stale_running_row_is_marked(db, command):
    running(db, progress=PROGRESS)
    db.run(command)
    [(status, ended, error)] = db.rows("SELECT status, completed_at, error_details FROM sync_jobs "
                                       f"WHERE id = '{job_id(2)}'")
    assert status == "interrupted" and ended and json.loads(error)["class"] == "interrupted"
    assert "interrupted" in db.out
    found = db.json("status")
    assert found["active"] == [] and found["health"] == "warning"
    assert found["lastSync"]["syncId"] == job_id(2)


def test_a_stale_running_row_that_cannot_be_marked_is_shown_so(db):
    running(db)
    (db.folder / "ipsync.db-write").mkdir()  # the write lock cannot be had, by root neither
    assert db.json("status")["lastSync"]["status"] == "interrupted"
    assert db.json("status")["active"] == []
    assert [job["status"] for job in db.json("history")] == ["interrupted", "completed"]
    assert db.rows("SELECT count(*) FROM sync_jobs WHERE status = 'running'") == [(1,)]


# ---- history --------------------------------------------------------------------------------------

def test_history(db):
    db.job(1, "completed", 900, 800, kind="initial", results=results(new=400000, unchanged=12))
    db.job(2, "failed", 700, 650, results=results(), settings={"from": "2024-04-01"},
           error_details={"class": "auth", "message": "the CRM rejects the key"})
    db.job(3, "partial", 600, 500, results=results(failed=3), triggered_by_user=None,
           triggered_by="schedule")
    jobs = db.json("history")
    assert [job["syncId"] for job in jobs] == [job_id(3), job_id(2), job_id(1)]
    assert jobs[1]["error"] == {"class": "auth", "message": "the CRM rejects the key"}
    assert jobs[1]["settings"] == {"from": "2024-04-01"}
    assert jobs[0]["triggeredBy"] == "schedule" and jobs[0]["user"] is None
    assert jobs[2]["results"] == results(new=400000, unchanged=12)
    assert set(jobs[0]) >= {"syncType", "status", "startedAt", "completedAt", "durationMs", "host"}
    lines = db.run("history").splitlines()
    assert len(lines) == 4 and max(map(len, lines)) <= 80
    assert lines[1].split()[2:] == ["daily", "partial", "3m20s", "0", "3", "0", "3", "501",
                                    "schedule"]
    assert lines[3].split()[2:] == ["initial", "completed", "3m20s", "1.2M", "3", "36", "0", "501",
                                    "alice"]
    assert len({line.index("501") for line in lines[1:]}) == 1  # numbers end in one column


def test_history_is_limited(db):
    for n in range(250):
        db.job(n, "completed", 10000 - n, 9000 - n)
    assert len(db.json("history")) == 20
    assert len(db.run("history").splitlines()) == 21
    ids = [job["syncId"] for job in db.json("history", "--limit", "1000000")]
    assert ids == [job_id(n) for n in reversed(range(250))]  # more than one page, none twice
    assert len(db.json("history", "--limit", "101")) == 101


def test_jobs_of_the_same_moment_are_all_listed(db):
    for n in range(205):
        db.job(n, "completed", 100, 50)
    with db.sql() as sql:
        sql.execute("UPDATE sync_jobs SET created_at = '2026-01-01T00:00:00.000Z'")
    assert len({job["syncId"] for job in db.json("history", "--limit", "999")}) == 205


def test_json_that_is_not_sound_is_left_out(db):
    db.job(1, "completed", 100, 40, results="{broken", error_details="", settings="no")
    [job] = db.json("history")
    assert job["results"] is job["error"] is job["settings"] is None
    assert abs(job["durationMs"] - 60000) < 1000  # then by its times
    assert "1m00s" in db.run("history") or "59.9s" in db.out
    assert db.run("status")


# ---- failed ---------------------------------------------------------------------------------------

EVIL = "bad \x1b]0;evil\x07 \x9b31m \x7f \u202egnp\r\nnext"


def failures(db):
    db.item(1, "transaction", "0000012345678/99887766", error={"message": EVIL})
    db.item(2, due=at(-800), retry_count=2,
            error={"class": "transient", "code": "timeout", "http_status": None})
    db.item(3, "residual", "2024-05/3", due=at(5), error={"code": "server_error",
                                                          "http_status": 503})
    db.item(4, "residual", "2024-06", resolution="healed")
    db.item(5, "residual", "2024-07", resolution="covered")
    db.item(6, "residual", "2024-08", resolution="given_up", reason="no such month")


def test_failed(db):
    failures(db)
    lines = db.run("failed").split("\n")[:-1]
    assert len(lines) == 4
    assert "0000012345678/99887766" in lines[1] and "never" in lines[1]
    assert re.search(r"timeout +2 +in 14m", lines[2])
    assert "HTTP 503" in lines[3] and " due " in lines[3]
    assert "\x1b]0;evil" in lines[1] and "next" in lines[1]  # a pipe gets it as it is, but one line
    lines = db.run("failed", "--all").split("\n")[:-1]
    assert len(lines) == 7
    for line, word in zip(lines[4:], ("healed", "covered", "given up")):
        assert word in line


def test_failed_json(db):
    failures(db)
    items = db.json("failed")
    assert [item["id"] for item in items] == [1, 2, 3]
    assert items[0]["itemType"] == "transaction" and items[0]["error"]["message"] == EVIL
    assert items[1]["retryCount"] == 2 and items[1]["nextRetryAt"] > at(0)
    assert items[2]["error"]["http_status"] == 503
    items = db.json("failed", "--all")
    assert [item["resolution"] for item in items] == [None] * 3 + ["healed", "covered", "given_up"]
    assert items[5]["reason"] == "no such month"


def test_failed_summary(db):
    failures(db)
    summary = db.json("failed", "--summary")
    kept = ("totalFailed", "recovered", "pending", "permanent", "givenUp", "byType")
    assert {key: summary[key] for key in kept} == {
        "totalFailed": 6, "recovered": 2, "pending": 2, "permanent": 1, "givenUp": 1,
        "byType": {"merchant": 1, "residual": 1, "transaction": 1}}
    text = db.run("failed", "--summary")
    assert re.search(r"^Failed +6 ", text, re.M) and "33.33 %" in text
    assert re.search(r"^  residual +1$", text, re.M)


def test_many_failed_items_come_whole(db):
    with db.sql() as sql:
        sql.executemany("INSERT INTO sync_failed_items (id, sync_id, item_type, item_id, "
                        "error_details, created_at) VALUES (?, 'x', 'merchant', ?, ?, '')",
                        [(n, f"{n:07}", '{"class":"permanent","message":"' + "x" * 500 + '"}')
                         for n in range(1, 1402)])
    assert [item["id"] for item in db.json("failed")] == list(range(1, 1402))
    assert len(db.run("failed").splitlines()) == 1402


@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize("command", [["failed"], ["failed", "--json"], ["history"], ["status"]])
def test_a_terminal_gets_no_control_characters(db, command, columns):
    db.job(1, "completed", 900, 800)
    db.job(2, "failed", 700, 650, error_details={"class": "auth", "message": EVIL},
           triggered_by_user="al\x1b[2Jice")
    failures(db)
    # As failed_put() does: SQLite's json_set writes DEL and C1 out as they are.
    with db.sql() as sql:
        sql.execute("UPDATE sync_failed_items SET error_details = json_set(error_details, "
                    "'$.first', json_extract(error_details, '$.message'))")
    sent = db.terminal(*command, columns=columns).decode()
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", sent)
    if "--json" in command:
        assert json.loads(sent)[0]["error"]["first"] == EVIL
    else:
        assert "\u202e" not in sent
        assert "\\x1b" in sent
    if command == ["failed"] and columns >= 80:
        assert max(map(len, sent.replace("\r", "").splitlines())) <= columns


def test_wide_and_narrow_terminals(db):
    failures(db)
    wide = db.terminal("failed", columns=200).decode().splitlines()
    assert len(wide) == 4 and "MESSAGE" in wide[0] and "amount is no number" in wide[2]
    narrow = db.terminal("failed", columns=80).decode().splitlines()
    assert len(narrow) == 7 and "MESSAGE" not in narrow[0]
    assert narrow[4].startswith("    amount is no number")
    assert not any(line.endswith(" ") for line in narrow + wide)


# ---- resolve --------------------------------------------------------------------------------------

def open_items(db):
    return [n for n, in db.rows("SELECT id FROM sync_failed_items WHERE resolved_at IS NULL "
                                "ORDER BY id")]


def test_resolve(db):
    failures(db)
    assert db.run("resolve", "1", "3", "1", "--reason", "closed long ago") == \
        "2 failed items are given up.\n"
    assert open_items(db) == [2]
    assert db.rows("SELECT resolution, reason, next_retry_at FROM sync_failed_items WHERE id = 3") \
        == [("given_up", "closed long ago", None)]
    assert db.json("resolve", "2", "--reason", "x") == {"resolved": [2]}


@pytest.mark.parametrize("args, word", [
    (["1", "77", "--reason", "x"], "77"),
    (["2", "4", "--reason", "x"], "4"),  # healed already
    (["1", "abc", "--reason", "x"], "abc"),
    (["1", "-0", "--reason", "x"], "-0"),
    (["1", "0", "--reason", "x"], "'0'"),
    (["1", "1" * 30, "--reason", "x"], "11111"),
    (["1"], "--reason"),
    (["1", "--reason", "  "], "--reason"),
])
def test_resolve_is_all_or_nothing(db, args, word):
    failures(db)
    assert word in db.usage("resolve", *args)
    assert open_items(db) == [1, 2, 3]


# ---- cancel ---------------------------------------------------------------------------------------

def cancel_marks(db):
    return dict(db.rows("SELECT id, cancel_requested FROM sync_jobs WHERE cancel_requested <> ''"))


@pytest.mark.parametrize("args", [[], [job_id(2)]])
def test_cancel(db, args):
    running(db)
    with db.run_lock():
        text = db.run("cancel", *args)
        [active] = db.json("status")["active"]
    assert job_id(2) in text and active["cancelRequested"]
    [(sync_id, by)] = cancel_marks(db).items()
    assert sync_id == job_id(2) and re.fullmatch(r".+@.+", by)


def test_cancel_json(db):
    running(db)
    assert db.json("cancel")["requested"] is False
    with db.sql() as sql:
        sql.execute("UPDATE sync_jobs SET status = 'running' WHERE completed_at > ?", [at(60)])
    with db.run_lock():
        answer = db.json("cancel")
    assert answer["requested"] is True and answer["syncId"] == job_id(2)


def test_cancel_another_sync(db):
    running(db)
    with db.run_lock():
        assert job_id(1) in db.usage("cancel", job_id(1))  # has ended
        assert "nonsense" in db.usage("cancel", "nonsense")
    assert cancel_marks(db) == {}


def test_cancel_without_a_running_sync(db):
    db.job(1, "completed", 100, 50)
    assert db.run("cancel") == "No sync is running.\n"


@pytest.mark.parametrize("args, code", [([], 0), ([job_id(2)], 2)])
def test_cancel_of_a_stale_row(db, args, code):
    running(db)
    db.run("cancel", *args, code=code)
    assert "stale" in db.out + db.err
    assert db.rows(f"SELECT status FROM sync_jobs WHERE id = '{job_id(2)}'") == [("interrupted",)]
    assert cancel_marks(db) == {}


# ---- what cannot be used --------------------------------------------------------------------------

@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize("command", [["status"], ["history"], ["failed"], ["cancel"],
                                     ["resolve", "1", "--reason", "x"], ["retry", "--all"]])
def test_a_newer_database_is_left_untouched(db, command, wal):
    db.item(1)
    running(db)
    with db.sql() as sql:
        if wal:
            sql.execute("PRAGMA journal_mode = WAL")
        sql.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    before = hashlib.sha256(db.path.read_bytes()).digest()
    # The key comes first for what fetches: it must not be what is missing.
    db.run(*command, code=2, env={"IRELANDPAY_CRM_API_KEY": "k"})
    assert "newer" in db.err and str(db.path) in db.err
    assert hashlib.sha256(db.path.read_bytes()).digest() == before


@pytest.mark.parametrize("command", [["status"], ["resolve", "1", "--reason", "x"]])
def test_other_files_are_left_untouched(base, command):
    base.path.write_bytes(b"not a database, but somebody's letter\n" * 100)
    base.path.chmod(0o600)
    before = base.path.read_bytes()
    base.usage(*command)
    assert base.path.read_bytes() == before
    base.path.unlink()
    with base.sql() as sql:
        sql.execute("CREATE TABLE recipes (name TEXT)")
    before = base.path.read_bytes()
    assert "another program" in base.usage(*command)
    assert base.path.read_bytes() == before


def test_output_that_cannot_be_written(db):
    db.job(1, "completed", 100, 50)
    with open("/dev/full", "w") as full:
        done = subprocess.run([IPSYNC, "-d", db.path, "history"], env=db.env, stdout=full,
                              stderr=subprocess.PIPE)
    assert done.returncode == 3 and b"No space left" in done.stderr


def test_a_reader_that_goes_away_is_no_error(db):
    for n in range(300):
        db.job(n, "completed", 100, 50, results=results())
    near, far = os.pipe()
    os.close(near)
    done = subprocess.run([IPSYNC, "-d", db.path, "history", "--json", "--limit", "300"], env=db.env,
                          stdout=far, stderr=subprocess.PIPE, timeout=60)
    os.close(far)
    assert done.returncode == 0 and done.stderr == b""
