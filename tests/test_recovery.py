"""Recovery statistics: `ipsync failed --summary` tells how many failed items healed, how long it took,
and what never does. No server: the databases are made here."""
import datetime
import json
import time

import pytest

from test_cli import IPSYNC, Base

pytestmark = pytest.mark.skipif(not IPSYNC.exists(), reason="build/ipsync is not built")

NOON = datetime.datetime(2026, 10, 1, 12)


@pytest.fixture
def db(tmp_path):
    return Base(tmp_path).make()


def when(seconds):
    return (NOON + datetime.timedelta(seconds=seconds)).isoformat(timespec="milliseconds") + "Z"


def put(db, *items):
    """Items as (error, created, resolved, resolution, tries, due), seconds from noon."""
    with db.sql() as sql:
        first = sql.execute("SELECT count(*) FROM sync_failed_items").fetchone()[0] + 1
        sql.executemany(
            "INSERT INTO sync_failed_items (sync_id, item_type, item_id, error_details, created_at, "
            "resolved_at, resolution, retry_count, next_retry_at) VALUES "
            "('s', 'merchant', ?, ?, ?, ?, ?, ?, ?)",
            [(str(first + n), e if isinstance(e, str) else json.dumps(e), when(c),
              None if r is None else when(r), how, tries, due)
             for n, (e, c, r, how, tries, due) in enumerate(items)])


BAD = {"code": "unreadable", "http_status": 200}
GONE = {"code": "refused", "http_status": 404}


def test_what_healed_and_what_never_does(db):
    put(db, (GONE, 0, 60, "healed", 1, None), (GONE, 0, 120.5, "healed", 2, None),
        (GONE, 0, 7200, "covered", 0, None), (BAD, 10, 99999, "given_up", 9, None),
        (GONE, 30, None, None, 3, None), (GONE, 20, None, None, 3, None),
        ("no JSON", 5, None, None, 3, None), (BAD, 5, None, None, 3, when(9)))
    summary = db.json("failed", "--summary")
    assert summary == {
        "totalFailed": 8, "recovered": 3, "pending": 1, "permanent": 3, "givenUp": 1,
        "byType": {"merchant": 4}, "healed": 2, "covered": 1, "recoveryRate": 37.5, "measured": 3,
        "medianSeconds": 120.5, "longestSeconds": 7200, "averageTries": 1,
        "neverHeals": [
            {"code": "HTTP 404", "permanent": 2, "oldest": when(20), "givenUp": 0},
            {"code": "unknown", "permanent": 1, "oldest": when(5), "givenUp": 0},
            {"code": "unreadable", "permanent": 0, "oldest": None, "givenUp": 1}]}
    text = db.run("failed", "--summary", env={"IPSYNC_SCHEDULE_TIMEZONE": "UTC"})
    assert text == """\
Failed               8  ever recorded
Recovered            3  37.50 % of all
  healed             2  by a retry
  covered            1  by a later sync
  took                  2 min 0 s as a rule, 2 h 0 min at most
  tries            1.0  retries on average
Pending              1  tried again when due
Permanent            3  `ipsync retry --all` tries these too
Given up             1  

Open, by type
  merchant           4

What does not heal                  open  given up  oldest open
  HTTP 404                             2         0  2026-10-01 12:00:20
  unknown                              1         0  2026-10-01 12:00:05
  unreadable                           0         1  -
""".replace("1  \n\nOpen", "1\n\nOpen")
    assert max(map(len, text.splitlines())) < 80


@pytest.mark.parametrize("resolved, median, longest", [
    ([5], 5, 5), ([1, 2], 1.5, 2), ([3, 1, 2], 2, 3), ([-4], 0, 0), ([4, 1, 3, 1000000], 3.5, 1000000)])
def test_the_median(db, resolved, median, longest):
    """A clock that was set back gives no negative times."""
    put(db, *[(BAD, 0, r, "healed", 1, None) for r in resolved])
    summary = db.json("failed", "--summary")
    assert (summary["medianSeconds"], summary["longestSeconds"]) == (median, longest)


def test_times_that_are_none(db):
    put(db, (BAD, 0, 5, "healed", 1, None))
    with db.sql() as sql:
        sql.execute("UPDATE sync_failed_items SET created_at = 'once'")
    summary = db.json("failed", "--summary")
    assert summary["healed"] == 1 and summary["measured"] == 0 and summary["medianSeconds"] is None
    assert "took" not in db.run("failed", "--summary")


def test_only_given_up(db):
    put(db, (BAD, 0, 9, "given_up", 1, None))
    summary = db.json("failed", "--summary")
    assert summary["recoveryRate"] == 0 and summary["measured"] == 0
    assert "healed" not in db.run("failed", "--summary")


def test_times_are_those_of_the_newest(db):
    put(db, *[(BAD, 0, 50000 - n, "healed", 0, None) for n in range(1000)],
        *[(BAD, 0, 7, "healed", 5, None)] * 500)
    summary = db.json("failed", "--summary")
    assert summary["healed"] == 1500 and summary["measured"] == 1000
    assert summary["averageTries"] == 0 and summary["medianSeconds"] == 49500.5
    assert "(of the last 1000)" in db.run("failed", "--summary")


def test_a_code_that_a_terminal_would_obey(db):
    put(db, ({"code": "\x1b[2Jno"}, 0, None, None, 1, None))
    assert "\\x1b[2Jno" in db.run("failed", "--summary")
