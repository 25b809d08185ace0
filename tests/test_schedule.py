"""`ipsync schedule`: the list, its changes, and the runs to come. No server and no daemon."""

import datetime
import json
import os
import re
import subprocess
import zoneinfo

import pytest
from conftest import BUILD
from test_cli import Base

IPSYNC = BUILD / "ipsync"
ZONE = "America/New_York"
DEFAULTS = [(1, "daily", "0 11 * * *", ZONE, 1), (2, "daily", "0 19 * * *", ZONE, 1)]

pytestmark = pytest.mark.skipif(not IPSYNC.exists(), reason="build/ipsync is not built")


@pytest.fixture
def base(tmp_path):
    return Base(tmp_path)


@pytest.fixture
def db(base):
    return base.make()


def stored(base):
    return base.rows("SELECT id, sync_type, cron_expression, timezone, is_active "
                     "FROM sync_schedules ORDER BY id")


def content(base):
    with base.sql() as sql:
        return list(sql.iterdump())


def preview(base, *args):
    return base.json("schedule", "preview", *args)


def instant(utc):
    return datetime.datetime.fromisoformat(utc.replace("Z", "+00:00"))


def add(base, *args):
    """The new one's number."""
    done = base.json("schedule", "add", *args)
    assert done["result"] == "added"
    return done["id"]


def rid_of_defaults(base):
    for n in (1, 2):
        base.run("schedule", "remove", str(n))


# ---- before anything is stored --------------------------------------------------------------------

@pytest.mark.parametrize("prepare", [lambda base: None, lambda base: base.path.touch(0o600)],
                         ids=["none", "empty"])
def test_without_a_database_the_defaults_are_shown(base, prepare):
    prepare(base)
    before = sorted(base.folder.iterdir())
    rows = base.run("schedule").splitlines()
    assert [row.split()[:3] for row in rows[1:3]] == [["1*", "daily", "on"], ["2*", "daily", "on"]]
    assert "0 11 * * *" in rows[1] and ZONE in rows[2] and "not stored yet" in rows[3]
    listed = base.json("schedule")
    assert [(s["id"], s["syncType"], s["cronExpression"], s["zone"], s["isActive"]) for s in listed] \
        == DEFAULTS
    assert not any(s["stored"] or s["lastRun"] or s["lastStatus"] or s["problem"] for s in listed)
    assert len(preview(base)) == 14 and "not stored yet" in base.run("schedule", "preview")
    assert sorted(base.folder.iterdir()) == before


def test_looking_writes_nothing(db):
    before = content(db)
    assert not db.json("schedule")[0]["stored"] and not preview(db)[0]["stored"]
    assert content(db) == before


def test_the_defaults_follow_the_configured_zone(base):
    env = {"IPSYNC_SCHEDULE_TIMEZONE": "Europe/Dublin"}
    assert "Europe/Dublin" in base.run("schedule", env=env) and ZONE not in base.out
    base.run("schedule", "disable", "2", env=env)
    assert {row[3] for row in stored(base)} == {"Europe/Dublin"}


def test_the_defaults_beside_rows_of_others(db):
    """Somebody wrote one with sqlite3: the numbers shown are those that the defaults then get."""
    db.insert("sync_schedules", id=7, sync_type="manual", cron_expression="5 5 * * *", timezone="UTC")
    shown = [(s["id"], s["stored"], s["cronExpression"]) for s in db.json("schedule")]
    assert shown == [(7, True, "5 5 * * *"), (8, False, "0 11 * * *"), (9, False, "0 19 * * *")]
    db.run("schedule", "disable", "9")
    assert [(s["id"], s["isActive"]) for s in db.json("schedule")] == [(7, 1), (8, 1), (9, 0)]


# ---- changes --------------------------------------------------------------------------------------

@pytest.mark.parametrize("make", [False, True], ids=["no database", "database"])
@pytest.mark.parametrize("command, expected", [
    (["disable", "2"], [DEFAULTS[0], (*DEFAULTS[1][:4], 0)]),
    (["enable", "1"], DEFAULTS),
    (["remove", "1"], [DEFAULTS[1]]),
    (["add", "manual", "@weekly", "UTC"], [*DEFAULTS, (3, "manual", "@weekly", "UTC", 1)]),
    (["add", "initial", "5 5 1 jan *"], [*DEFAULTS, (3, "initial", "5 5 1 jan *", ZONE, 1)]),
])
def test_the_first_change_makes_the_defaults(base, make, command, expected):
    if make:
        base.make()
    assert base.run("schedule", *command).startswith("Schedule ") and base.err == ""
    assert stored(base) == expected
    assert all(s["stored"] for s in base.json("schedule"))


def test_what_is_off_does_not_run(db):
    assert "is disabled" in db.run("schedule", "disable", "1")
    assert {run["scheduleId"] for run in preview(db)} == {2}
    assert db.json("schedule")[0]["nextRun"] is None
    assert re.search(r"^ *1 +daily +off +- ", db.run("schedule"), re.M)
    assert re.search(rf"is enabled; its next run is \d{{4}}-\d\d-\d\d 11:00, {ZONE}\.$",
                     db.run("schedule", "enable", "1"))
    assert {run["scheduleId"] for run in preview(db)} == {1, 2}
    assert db.run("schedule", "enable", "1") == db.run("schedule", "enable", "1")


def test_a_switched_schedule_is_planned_anew(db):
    """What a daemon had planned holds while nothing changes, and not a moment longer."""
    db.run("schedule", "enable", "1")
    with db.sql() as sql:
        sql.execute("UPDATE sync_schedules SET next_run = '2026-01-01T16:00:00.000Z'")
    db.run("schedule", "enable", "1")
    db.run("schedule", "disable", "2")
    assert db.rows("SELECT id, next_run FROM sync_schedules") == [
        (1, "2026-01-01T16:00:00.000Z"), (2, None)]


def test_a_removed_default_does_not_come_back(db):
    assert db.run("schedule", "remove", "1") == "Schedule 1 is removed.\n"
    assert [s["id"] for s in db.json("schedule")] == [2]
    db.run("schedule", "disable", "2")
    assert db.json("schedule", "remove", "2") == {"id": 2, "result": "removed"}
    assert stored(db) == [] and db.json("schedule") == [] and preview(db) == []
    assert db.run("schedule").startswith("No schedules.")
    assert db.run("schedule", "preview") == "Nothing is to run in that time.\n"
    add(db, "daily", "0 5 * * *")
    assert [row[2] for row in stored(db)] == ["0 5 * * *"]


def test_changes_as_json(db):
    assert add(db, "daily", "0 5 * * *", "UTC") == 3
    assert db.json("schedule", "disable", "3") == {"id": 3, "result": "disabled"}
    assert db.json("schedule", "enable", "3") == {"id": 3, "result": "enabled"}


@pytest.mark.parametrize("verb", ["enable", "disable", "remove"])
def test_an_unknown_number(base, verb):
    assert "there is no schedule 9;" in base.usage("schedule", verb, "9")
    assert list(base.folder.iterdir()) == []
    base.make()
    for n in ("9", "0", "9223372036854775807"):
        assert f"no schedule {n};" in base.usage("schedule", verb, n)
    assert stored(base) == DEFAULTS


@pytest.mark.parametrize("args, words", [
    (["enable"], ["something is missing", "enable ID"]),
    (["disable", "1", "2"], ["too many", "disable ID"]),
    (["remove", "one"], ["'one' is not the number"]),
    (["enable", "-1"], ["'-1'"]),
    (["enable", "1x"], ["'1x'"]),
    (["enable", "9" * 30], ["999"]),
    (["enable", ""], ["''"]),
    (["toggle", "1"], ["'toggle'", "ipsync help schedule"]),
    (["preview", "now"], ["too many", "preview"]),
    (["--days", "3"], ["--days", "preview"]),
    (["enable", "1", "--from", "2026-01-01"], ["--from", "preview"]),
    (["preview", "--days", "0"], ["--days", "'0'"]),
    (["preview", "--from", "2026-02-30"], ["2026-02-30"]),
    (["preview", "--from", "1969-12-31"], ["1970 to 9899"]),
    (["preview", "--from", "9999-12-31"], ["1970 to 9899"]),
    (["preview", "--from", "9000-01-01", "--days", "1000000"], ["1970 to 9899"]),
    (["add", "daily"], ["something is missing", "CRON"]),
    (["add", "daily", "0", "11", "*", "*", "*"], ["too many", '"CRON"']),
    (["add", "hourly", "0 * * * *"], ["'hourly'", "initial, daily, manual"]),
    (["add", "daily", "60 * * * *"], ["minute", "'60'"]),
    (["add", "daily", "0 24 * * *"], ["hour", "'24'"]),
    (["add", "daily", "0 11 0 * *"], ["day of month"]),
    (["add", "daily", "0 11 * foo *"], ["month", "'foo'"]),
    (["add", "daily", "0 11 * * 8"], ["day of week"]),
    (["add", "daily", "0 11 * *"], ["day of week is missing"]),
    (["add", "daily", ""], ["minute is missing"]),
    (["add", "daily", "0 11 * * * *"], ["more than five fields"]),
    (["add", "daily", "0 11 * * *\n"], ["day of week"]),
    (["add", "daily", "0 0 30 2 *"], ["never comes"]),
    (["add", "daily", "0 11 * * *", "Mars/Olympus"], ["time zone 'Mars/Olympus'"]),
    (["add", "daily", "0 11 * * *", ""], ["time zone ''"]),
    (["add", "daily", "0 11 * * *", "../../etc/passwd"], ["time zone"]),
    (["add", "dai\x1b[31mly", "0 11 * * *"], ["no type of sync"]),
])
def test_what_is_wrong_is_told(base, args, words):
    message = base.usage("schedule", *args)
    for word in words:
        assert word in message
    assert "\x1b" not in message and list(base.folder.iterdir()) == []


# ---- the list -------------------------------------------------------------------------------------

def test_the_list_shows_the_last_run_and_the_next(db):
    rid_of_defaults(db)
    n = add(db, "daily", "30 6 * * *", "Asia/Tokyo")
    with db.sql() as sql:
        sql.execute("UPDATE sync_schedules SET last_run = '2026-01-01T21:30:00.000Z', "
                    "last_status = 'partial'")
    (s,) = db.json("schedule")
    assert s["lastRun"] == "2026-01-01T21:30:00.000Z" and s["lastStatus"] == "partial"
    local = instant(s["nextRun"]).astimezone(zoneinfo.ZoneInfo("Asia/Tokyo"))
    assert s["nextRunLocal"] == local.strftime("%Y-%m-%d %H:%M:%S") and local.hour == 6
    assert re.split("  +", db.run("schedule").splitlines()[1].strip()) == [
        str(n), "daily", "on", local.strftime("%Y-%m-%d %H:%M"), "2026-01-02 06:30", "partial",
        "30 6 * * *", "Asia/Tokyo"]


def test_the_lists_fit_a_terminal(db):
    with db.sql() as sql:
        sql.execute("INSERT INTO sync_schedules VALUES (12, 'initial', '*/5 8-18 1-15 jan-jun mon-fri',"
                    f" '{ZONE}', 1, NULL, '2026-01-01T21:30:00.000Z', 'interrupted')")
    for args in (["schedule"], ["schedule", "preview"]):
        assert max(map(len, db.terminal(*args).decode().splitlines())) <= 80


def test_one_that_cannot_run_is_told_and_can_be_removed(db):
    db.run("schedule", "enable", "1")
    bad = [("61 * * * *", ZONE, "minute"), ("0 0 30 2 *", ZONE, "never comes"),
           ("0 0 * * *", "Mars/Olympus", "Mars/Olympus")]
    for n, (cron, zone, _) in enumerate(bad, 10):
        db.insert("sync_schedules", id=n, sync_type="daily", cron_expression=cron, timezone=zone)
    lines = db.run("schedule").splitlines()[3:]
    listed = db.json("schedule")[2:]
    for (_, _, word), line, s in zip(bad, lines, listed, strict=True):
        assert " never " in line and word in line and word in s["problem"] and not s["nextRun"]
    runs = json.loads(db.run("schedule", "preview", "--json"))
    assert {run["scheduleId"] for run in runs} == {1, 2}
    assert re.findall(r"schedule (\d+) never runs", db.err) == ["10", "11", "12"]
    for n in (10, 11, 12):
        db.run("schedule", "remove", str(n))
    assert stored(db) == DEFAULTS


def test_hostile_text_is_made_visible(db):
    db.run("schedule", "enable", "1")
    db.insert("sync_schedules", id=9, sync_type="daily", cron_expression="\x1b[2J\x9b31m 0",
              timezone="UTC\u202e\nx", last_run="\x1b]0;x\x07", last_status="\x1b[31m")
    for args in (["schedule"], ["schedule", "preview"]):
        sent = db.terminal(*args)
        assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", sent)
        assert "\u202e".encode() not in sent and b"\xc2\x9b" not in sent
    assert "\x1b" not in db.run("schedule", "--json")
    assert "\x1b" not in db.err


# ---- the runs to come -----------------------------------------------------------------------------

@pytest.mark.parametrize("day", ["2026-03-07", "2026-03-08", "2026-03-09", "2026-10-31", "2026-11-01",
                                 "2026-11-02"])
def test_each_day_has_two_runs_also_when_clocks_change(base, day):
    runs = preview(base, "--from", day, "--days", "1")
    assert [run["local"] for run in runs] == [f"{day} 11:00:00", f"{day} 19:00:00"]
    zone = zoneinfo.ZoneInfo(ZONE)
    for run in runs:
        assert set(run) >= {"at", "local", "zone", "scheduleId", "syncType", "cronExpression"}
        local = instant(run["at"]).astimezone(zone)
        assert local.strftime("%Y-%m-%d %H:%M:%S") == run["local"] and run["zone"] == ZONE


def test_the_utc_times_move_with_the_clocks(base):
    times = [run["at"][5:16] for run in preview(base, "--from", "2026-03-07", "--days", "2")]
    assert times == ["03-07T16:00", "03-08T00:00", "03-08T15:00", "03-08T23:00"]
    rows = base.run("schedule", "preview", "--from", "2026-11-01", "--days", "1").splitlines()
    assert [re.split("  +", row)[:3] for row in rows[1:3]] == [
        ["2026-11-01 11:00", ZONE, "2026-11-01 16:00"], ["2026-11-01 19:00", ZONE, "2026-11-02 00:00"]]


def test_a_year_of_days_in_three_zones(db):
    rid_of_defaults(db)
    zones = ["America/New_York", "Europe/Dublin", "Australia/Lord_Howe"]
    for zone in zones:
        add(db, "daily", "30 2,13 * * *", zone)
    runs = preview(db, "--from", "2026-01-01", "--days", "365")
    assert [run["at"] for run in runs] == sorted(run["at"] for run in runs)
    for n, zone in enumerate(zones, 1):
        days = [run["local"][:10] for run in runs if run["scheduleId"] == n and run["zone"] == zone]
        counts = {day: days.count(day) for day in days[2:-2]}
        assert set(counts.values()) == {2} and len(counts) > 360
    skipped = [run["local"] for run in runs if run["local"] < "2026-03-09" and run["scheduleId"] == 1]
    assert skipped[-2:] == ["2026-03-08 03:00:00", "2026-03-08 13:30:00"]


def test_a_day_begins_and_ends_at_midnight_of_the_configured_zone(db):
    rid_of_defaults(db)
    add(db, "daily", "0,59 0,23 * * *")
    local = [run["local"] for run in preview(db, "--from", "2026-03-08", "--days", "1")]
    assert local == [f"2026-03-08 {time}:00" for time in ("00:00", "00:59", "23:00", "23:59")]


def test_seven_days_from_now_unless_told(base):
    now = datetime.datetime.now(datetime.timezone.utc)
    runs = [instant(run["at"]) for run in preview(base)]
    assert len(runs) == 14 and now < runs[0] < now + datetime.timedelta(hours=18)
    assert runs[-1] < now + datetime.timedelta(days=7, hours=2)
    assert len(preview(base, "--days", "1")) == 2 and len(preview(base, "--days=30")) == 60


def test_those_at_once_come_by_number(db):
    add(db, "manual", "0 16 8 1 *", "UTC")
    assert [run["scheduleId"] for run in preview(db, "--from", "2027-01-08", "--days", "1")] == [1, 3, 2]


def test_a_long_preview_flows(db):
    """It is written as it is found, and ends when nobody reads any more."""
    rid_of_defaults(db)
    add(db, "daily", "* * * * *")
    for args in ([], ["--json"]):
        child = subprocess.Popen([IPSYNC, "-d", db.path, "schedule", "preview", "--days", "1000000",
                                  *args], env=db.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert len(child.stdout.read(100000)) == 100000
        child.stdout.close()
        assert child.wait(timeout=30) == 0 and child.stderr.read() == b""
        child.stderr.close()


# ---- who may --------------------------------------------------------------------------------------

@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
@pytest.mark.parametrize("command", [["enable", "1"], ["disable", "1"], ["remove", "1"],
                                     ["remove", "77"], ["add", "daily", "0 5 * * *"]], ids=" ".join)
def test_who_may_not_write_may_look(db, command):
    db.run("schedule", "enable", "1")
    before = content(db)
    db.run("schedule", "enable", "1")  # sqlite3 has taken the WAL's files away
    for folder in [db.folder, *list(db.folder.parents)[:-2]]:
        folder.chmod(folder.stat().st_mode | 0o055)
    for file in db.folder.iterdir():
        file.chmod(0o644)
    other = {"user": 65534, "group": 65534, "extra_groups": []}
    assert db.run("schedule", *command, code=5, **other) == ""
    assert "who may write" in db.err and str(db.path) in db.err and db.err.count("\n") == 1
    assert "0 11 * * *" in db.run("schedule", **other)
    assert len(json.loads(db.run("schedule", "preview", "--json", **other))) == 14
    assert content(db) == before


@pytest.mark.parametrize("command", [[], ["preview"], ["enable", "1"], ["add", "daily", "0 5 * * *"]])
def test_a_newer_database_is_left_untouched(db, command):
    with db.sql() as sql:
        sql.execute("PRAGMA user_version = 99")
    before = db.path.read_bytes()
    db.run("schedule", *command, code=2)
    assert "newer" in db.err and db.path.read_bytes() == before
