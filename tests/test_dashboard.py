"""The dashboard as its operator sees it: the real program on a pty, real HTTP, a real database, and
what it does when keys, processes, terminals and data are not as one would wish."""
import contextlib
import datetime
import fcntl
import hashlib
import json
import os
import pathlib
import random
import re
import signal
import sqlite3
import struct
import subprocess
import time

import pytest

from compare import differences
from crm import Crm
from dashboard import (BOTTOM_LEFT, CTRL_C, CTRL_L, CTRL_U, CTRL_Z, DOWN, END, ENTER, ESC, HOME,
                       LEFT, PANES, PGDN, PGUP, RIGHT, SANITIZER, SHIFT_TAB, SIDE, TAB, UP,
                       Dashboard)
from product import IPSYNC, Product
from test_manners import IS_ROOT, RECENT, started, wait_for

IS_SANITIZED = b"__asan_init" in pathlib.Path(IPSYNC).read_bytes()
F_OFD_GETLK = 36
NOW = datetime.datetime.now(datetime.timezone.utc)


def crm_of(**options):
    return Crm(**{"seed": 11, "merchants": 12, "per_batch": 4, "line_items": 10, "rate_limit": 0,
                  **options})


def product_of(folder, crm, **settings):
    return Product(folder, crm, **{"api_requests_per_minute": 0, "sync_history_start": RECENT,
                                   **settings})


@pytest.fixture
def crm():
    with crm_of() as c:
        yield c


@pytest.fixture
def slow_crm():
    """One whose syncs take about three seconds."""
    with crm_of(merchants=60, latency_ms=80) as c:
        yield c


@pytest.fixture
def product(tmp_path, crm):
    return product_of(tmp_path, crm)


@pytest.fixture
def slow(tmp_path, slow_crm):
    """With a sync that takes its time."""
    return product_of(tmp_path, slow_crm, api_concurrency=2)


@pytest.fixture
def synced(product):
    """With an initial sync behind it."""
    product.sync("initial")
    return product


def assert_equal(product, crm):
    assert differences(product.path, crm, start=RECENT) == {}


def jobs(product):
    return product.query("SELECT * FROM sync_jobs ORDER BY created_at, rowid")


def stamp(minutes=0.0):
    """So long ago, as the database writes it."""
    at = NOW - datetime.timedelta(minutes=minutes)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def execute(product, *statements):
    """By another process's hand: each is SQL, or SQL with its values; one transaction."""
    db = sqlite3.connect(product.path, timeout=15)
    with contextlib.closing(db), db:
        for s in statements:
            db.execute(*((s,) if isinstance(s, str) else s))


def failed_item(number, item_id, minutes=5.0, **more):
    details = {"class": "transient", "code": "HTTP_500", "message": "the CRM answered 500",
               "http_status": 500, "request": f"GET /merchants/{item_id}/transactions", "raw": "",
               **more}
    return ("INSERT INTO sync_failed_items (id, sync_id, item_type, item_id, error_details,"
            " retry_count, next_retry_at, created_at, range_from, range_to) VALUES"
            " (?, 'none', 'transaction', ?, ?, 2, ?, ?, ?, ?)",
            (number, item_id, json.dumps(details), stamp(-60), stamp(minutes), RECENT, RECENT))


def past_job(name, minutes, status="completed", sync_type="manual", user="eve", error=None):
    zero = {"new": 1, "updated": 0, "unchanged": 0, "failed": 0}
    results = {"merchants": zero, "transactions": zero, "residuals": zero, "requests": 3,
               "retries": 0, "bytes": 10, "durationMs": 60000}
    return ("INSERT INTO sync_jobs (id, sync_type, status, started_at, completed_at, triggered_by,"
            " triggered_by_user, results, error_details, created_at)"
            " VALUES (?, ?, ?, ?, ?, 'manual', ?, ?, ?, ?)",
            (name, sync_type, status, stamp(minutes), stamp(minutes - 1), user,
             json.dumps(results), error, stamp(minutes)))


def lock_is_held(product):
    """Asks as ipsync does, without ever taking it."""
    with open(f"{product.path}-sync", "rb") as file:
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
        return struct.unpack("hhqqi4x", fcntl.fcntl(file, F_OFD_GETLK, asked))[0] != fcntl.F_UNLCK


def lives(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for_end(product, seconds=60):
    """Until the last job is no longer running; gives it."""
    wait_for(lambda: jobs(product)[-1]["status"] != "running", seconds)
    return jobs(product)[-1]


def start_initial(d):
    """From the start menu, until it runs and has read some."""
    d.press("s")
    d.keys("i").see(r"initial sync +\d+ %").see(r"requests +[1-9]")


# -- 1: the screen ------------------------------------------------------------------------------


@pytest.mark.parametrize("rows, cols", [(24, 80), (40, 120), (60, 200)])
def test_all_five_titles_are_there(synced, rows, cols):
    with Dashboard(synced, rows=rows, cols=cols) as d:
        for title in PANES:
            assert any(title in row for row in d.text()), title
        for number, title in enumerate(PANES, 1):
            d.press(str(number))
            assert d.title(title).startswith(f"{number} {title}")
        header = " ".join(d.text()[:2])
        for word in ("ipsync 0.", "ipsync.db", "127.0.0.1", "ok", "breaker closed", "left", "old"):
            assert word in header, word
        d.quit()


def test_it_is_useful_at_60x16_and_says_what_it_needs_below(synced):
    with Dashboard(synced, rows=16, cols=60) as d:
        tabs = "\n".join(d.text()[:3])
        for number, word in enumerate(("Active", "History", "Err", "Analytics", "Schedule"), 1):
            assert f"{number} {word}" in tabs
        d.press("2")
        assert "initial" in d.shown("History") and "completed" in d.shown("History")
        for rows, cols in ((15, 60), (16, 59), (3, 20), (1, 200)):
            d.resize(rows, cols).idle()
            text = [row for row in d.text() if row]
            assert len(text) == 1 and "60x16" in text[0][:cols] + " 60x16" * (cols < 30)
            assert f"{cols}x{rows}" in text[0] or cols < 40
        d.resize(24, 80).idle()
        assert "initial" in d.shown("History")
        d.quit()


def test_pane_keys_tab_and_zoom(synced):
    with Dashboard(synced, rows=40, cols=120) as d:
        seen = []
        for _ in PANES:
            d.press(TAB)
            seen.append(d.footer())
        d.press("2", "z")
        assert d.box("Active syncs") is None and len(d.pane("History")) > 30
        d.press("z")
        assert d.box("Active syncs") is not None
        d.press("2", SHIFT_TAB, "z")
        assert d.title("Active syncs") and not d.title("History")
        d.quit()


def test_the_footer_shows_the_keys_of_the_focused_pane(synced):
    with Dashboard(synced, cols=140, rows=40) as d:
        for key, words in {"1": ["start", "cancel"], "2": ["enter details", "/ filter", "o sort"],
                           "3": ["r retry", "space mark", "d give up"], "4": ["[ shorter", "] longer"],
                           "5": ["enter run now", "space on/off"]}.items():
            d.press(key)
            for word in [*words, "? help", "q quit"]:
                assert word in d.footer(), (key, word, d.footer())
        d.quit()


# -- 2: starting --------------------------------------------------------------------------------


def test_the_first_sync_is_started_watched_and_done(slow, slow_crm):
    with Dashboard(slow, rows=40, cols=120) as d:
        assert "There is no database yet" in d.shown("Active syncs")
        d.press("s")
        menu = d.dialog("Start a sync")
        assert "initial" in menu and "daily" in menu and "manual" in menu
        d.keys("i")
        for phase in ("merchants", "transactions", "residuals"):
            d.see(rf"{phase} +\d+ % *\[", where="Active syncs")
        d.see("initial +completed", 60).idle()
        d.press("2")
        d.see("initial +completed", where="History")
        d.quit()
    assert jobs(slow)[-1]["status"] == "completed"
    assert_equal(slow, slow_crm)


def test_the_start_menu_says_what_to_expect_and_asks_nobody(synced, crm):
    seen = len(crm.log())
    with Dashboard(synced) as d:
        d.press("s")
        menu = d.dialog("Start a sync")
        assert re.search(r"\d+ to \d+ requests", menu), menu
        assert "last: completed" in menu
        d.press(ESC)
        assert d.dialog("Start a sync") == ""
        d.quit()
    assert len(crm.log()) == seen and len(jobs(synced)) == 1


def test_d_starts_a_daily_sync_or_says_why_not(synced):
    with Dashboard(synced) as d:
        d.press("s")
        menu = d.dialog("Start a sync")
        d.keys("d")
        if "daily syncs are not there yet" in menu:
            d.see("daily syncs are not there yet.*", where=None).idle()
        else:
            d.see("daily +completed").idle()
        d.press(ESC, ESC)
        d.quit()


def fill(d, text):
    """What the field holds goes, the text comes."""
    return d.press(CTRL_U, text) if text else d.press(CTRL_U)


def test_the_manual_form_tells_what_is_wrong(synced):
    with Dashboard(synced, rows=30, cols=100) as d:
        d.press("s", "m")
        assert "Merchants" in d.dialog("Manual sync")
        fill(d, "2026-02-30")
        d.press(TAB)
        assert "not a date" in d.dialog("Manual sync")
        d.press(SHIFT_TAB)
        fill(d, "2026-11-20")
        d.press(TAB)
        fill(d, "2026-11-01")
        d.press(TAB)
        assert re.search("--from|before|after", d.dialog("Manual sync")), str(d)
        d.press(SHIFT_TAB)
        fill(d, "2026-11-22")
        d.press(TAB, " ", TAB, " ", TAB, " ")
        assert "choose at least one" in d.dialog("Manual sync")
        d.press(" ", TAB, "9999999999999")
        d.press(TAB, ENTER)
        assert len(jobs(synced)) == 1
        d.press(ESC, ESC)
        d.quit()


def test_the_manual_form_starts_what_it_shows(synced, crm):
    mid = crm.rows("merchants")[0]["mid"]
    with Dashboard(synced, rows=30, cols=100) as d:
        d.press("s", "m")
        fill(d, "2026-11-01")
        d.press(TAB)
        fill(d, "2026-11-10")
        d.press(TAB, TAB, TAB, TAB, mid, TAB)
        assert "residual reports cannot be asked for by merchant" in d.dialog("Manual sync")
        d.press(SHIFT_TAB, SHIFT_TAB, " ", TAB, TAB)
        form = d.dialog("Manual sync")
        assert f"ipsync sync manual --from 2026-11-01 --to 2026-11-10 --merchant {mid}" in form, form
        d.keys(ENTER).see("manual +completed|manual sync completed").idle()
        d.press("@")
        assert f"ipsync sync manual --from 2026-11-01 --to 2026-11-10 --merchant {mid}" in \
            d.dialog("Commands")
        d.press(ESC)
        d.quit()
    last = jobs(synced)[-1]
    settings = json.loads(last["settings"])
    assert last["sync_type"] == "manual" and last["status"] == "completed"
    assert "2026-11-01" in json.dumps(settings) and mid in json.dumps(settings)


def test_a_second_sync_is_not_started(slow):
    with Dashboard(slow) as d:
        start_initial(d)
        d.keys("s").see("s start|running here already|Start a sync")
        d.keys("i").see("running here already")
        d.keys(ESC)
        d.keys("x").see("Cancel the running")
        d.keys("y").see("initial +cancelled").idle()
        d.quit()
    assert len(jobs(slow)) == 1


def test_start_initial_on_the_command_line(product, crm):
    with Dashboard(product, "--start", "initial", wait=False) as d:
        d.see("initial +completed").idle()
        d.quit()
    assert_equal(product, crm)


@pytest.mark.parametrize("key, words", [(None, "key"), ("wrong-key", "authenti|refused|401|key")])
def test_without_the_right_key_it_says_so(tmp_path, crm, key, words):
    product = product_of(tmp_path, crm)
    if key:
        product.set(IRELANDPAY_CRM_API_KEY=key)
    else:
        del product.env["IRELANDPAY_CRM_API_KEY"]
    with Dashboard(product, cols=120, rows=40) as d:
        d.press("s")
        d.keys("i")
        d.see(words + "(?s:.*)").wait_for(lambda t: re.search(words, t.footer()))
        if key:
            d.press("1")
            d.see("failed", where="Active syncs")
        d.quit()


# -- 3: cancelling ------------------------------------------------------------------------------


def test_x_asks_and_only_y_cancels(slow, slow_crm):
    with Dashboard(slow) as d:
        start_initial(d)
        for no in ("n", ESC, ENTER):
            d.keys("x").see("Cancel the running initial sync", where=None)
            d.keys(no).gone("Cancel the running")
        assert jobs(slow)[-1]["status"] == "running"
        d.keys("x").see("Cancel the running initial sync")
        d.keys("y").see("initial +cancelled").idle()
        assert [j["status"] for j in jobs(slow)] == ["cancelled"]
        assert slow.value("SELECT count(*) FROM sync_checkpoints") > 0
        before = slow_crm.stats()["requests"]
        d.press("s")
        d.keys("i").see("initial +completed", 60).idle()
        d.quit()
    assert slow_crm.stats()["requests"] - before < slow_crm.least(start=RECENT)["least"]
    assert_equal(slow, slow_crm)


# -- 4: leaving ---------------------------------------------------------------------------------


def test_q_without_a_sync_leaves_at_once(synced):
    with Dashboard(synced) as d:
        d.quit()


def test_who_asked_to_leave_leaves_when_the_sync_ends(synced):
    with Dashboard(synced) as d:
        d.keys("s").see("Start a sync").keys("iq")
        assert d.wait_exit() == 0
        d.assert_given_back()
    assert jobs(synced)[-1]["status"] == "completed"


def test_q_asks_and_s_stays(slow):
    with Dashboard(slow) as d:
        start_initial(d)
        for stay in ("s", ESC, ENTER, "n"):
            d.keys("q").see("Leave")
            d.keys(stay).gone("┌ Leave")
        assert d.status is None and jobs(slow)[-1]["status"] == "running"
        d.keys("q").see("Leave")
        d.keys("x")
        assert d.wait_exit() == 0
        d.assert_given_back()
    assert jobs(slow)[-1]["status"] == "interrupted"


@pytest.mark.parametrize("key", ["q", CTRL_C])
def test_g_goes_on_as_the_same_job_elsewhere(slow, slow_crm, key):
    with Dashboard(slow) as d:
        start_initial(d)
        (job,) = jobs(slow)
        d.keys(key).see("Leave")
        d.keys("g")
        assert d.wait_exit() == 0
        d.assert_given_back()
        assert b"goes on without a screen" in d.raw[d.raw.rindex(b"\x1b[?1049l"):]
        (now,) = jobs(slow)
        assert now["id"] == job["id"] and now["status"] == "running" and lock_is_held(slow)
        successor = now["pid"]
        assert successor != d.pid and lives(successor)
        assert os.getsid(successor) == successor
    assert wait_for_end(slow)["status"] == "completed"
    assert [j["id"] for j in jobs(slow)] == [job["id"]]
    assert_equal(slow, slow_crm)


def test_ctrl_c_twice_stops(slow):
    with Dashboard(slow) as d:
        start_initial(d)
        d.keys(CTRL_C).see("Leave")
        d.keys(CTRL_C)
        assert d.wait_exit() in (0, 130)
        d.assert_given_back()
    assert jobs(slow)[-1]["status"] == "interrupted"


def test_ctrl_z_suspends_and_fg_repaints_at_the_size_of_then(synced):
    with Dashboard(synced) as d:
        d.keys(CTRL_Z).wait_stopped()
        d.drain()
        assert d.modes() == d.before
        d.resize(40, 120)
        mark = d.mark()
        os.kill(d.pid, signal.SIGCONT)
        d.wait_for(lambda t: "? help" in t.footer() and b"\x1b[2J" in t.raw_since(mark)).idle()
        assert len(d.footer()) > 100 and d.box("Schedule") is not None
        d.press("2")
        d.quit()


@pytest.mark.parametrize("answer", ["s", "g", "x"])
def test_ctrl_z_with_a_sync_asks_first(slow, slow_crm, answer):
    with Dashboard(slow) as d:
        start_initial(d)
        job = jobs(slow)[-1]["id"]
        d.keys(CTRL_Z).see("Leave")
        d.keys(answer)
        if answer == "s":
            d.gone("┌ Leave").see("initial +completed", 60).idle()
        else:
            d.wait_stopped()
            d.drain()
            assert d.modes() == d.before
            wait_for_end(slow)
            os.kill(d.pid, signal.SIGCONT)
            d.see(r"\? help").see("initial +(completed|interrupted)").idle()
        d.quit()
    assert [j["id"] for j in jobs(slow)] == [job]
    assert jobs(slow)[-1]["status"] == ("interrupted" if answer == "x" else "completed")
    if answer != "x":
        assert_equal(slow, slow_crm)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_signals_with_a_sync_end_it_within_a_second(slow, number):
    with Dashboard(slow) as d:
        start_initial(d)
        began = time.monotonic()
        os.kill(d.pid, number)
        status = d.wait_exit()
        took = time.monotonic() - began
        d.assert_given_back()
        assert status == (130 if number == signal.SIGINT else 0)
        assert took < (5 if IS_SANITIZED else 1.5), took
    assert jobs(slow)[-1]["status"] in ("interrupted", "running")
    assert slow.json("status")["active"] == []
    assert jobs(slow)[-1]["status"] == "interrupted" or not lock_is_held(slow)


# -- 5: the connection drops --------------------------------------------------------------------


@pytest.mark.parametrize("how", ["SIGHUP", "closed"])
def test_a_lost_terminal_lets_the_sync_go_on_in_place(slow, slow_crm, how):
    with Dashboard(slow) as d:
        start_initial(d)
        job = jobs(slow)[-1]
        if how == "closed":
            d.close()
        else:
            os.kill(d.pid, signal.SIGHUP)
        with Dashboard(slow, wait=False) as other:  # the next one shows it
            other.see(r"initial sync +\d+ %", where="Active syncs")
            assert job["pid"] == d.pid and str(d.pid) in other.shown("Active syncs")
            other.see("initial +completed", 60)
            other.quit()
        assert d.wait_exit(10) in (0, 1)
    (ended,) = jobs(slow)
    assert ended["id"] == job["id"] and ended["status"] == "completed" and ended["pid"] == d.pid
    assert_equal(slow, slow_crm)


def test_on_hangup_stop(slow):
    slow.set(sync_on_hangup="stop")
    with Dashboard(slow) as d:
        start_initial(d)
        d.close()
        d.wait_exit(10)
    assert jobs(slow)[-1]["status"] == "interrupted"


@pytest.mark.parametrize("how", ["SIGHUP", "closed"])
def test_a_lost_terminal_without_a_sync_ends_it_at_once(synced, how):
    with Dashboard(synced) as d:
        began = time.monotonic()
        if how == "closed":
            d.close()
        else:
            os.kill(d.pid, signal.SIGHUP)
        d.wait_exit()
        assert time.monotonic() - began < 2


# -- 6: others' syncs ---------------------------------------------------------------------------


def test_a_sync_of_another_process_shows_with_who_where_and_how_far(slow, slow_crm):
    with Dashboard(slow, rows=40, cols=120) as d:
        with started(slow, "sync", "initial", "--quiet", stdout=subprocess.DEVNULL) as process:
            d.see(r"initial sync +\d+ %", where="Active syncs").see(r"transactions +[1-9]\d* %")
            pane = d.shown("Active syncs")
            assert str(process.pid) in pane and os.uname().nodename in pane and "root" in pane
            d.see("initial +completed", 60)
            process.wait()
        d.see("No sync is running", where="Active syncs").see("completed", where="History")
        last = [row for row in d.pane("History") if "initial" in row][0]
        results = json.loads(jobs(slow)[-1]["results"])
        assert "completed" in last and results["requests"] > 0
        d.quit()
    assert_equal(slow, slow_crm)


def test_a_killed_sync_of_another_process_is_shown_interrupted(slow):
    with Dashboard(slow, rows=40, cols=120) as d:
        with started(slow, "sync", "initial", "--quiet") as process:
            d.see(r"initial sync +\d+ %", where="Active syncs")
            process.kill()
            process.wait()
            d.see("No sync is running", where="Active syncs")
        d.idle()
        d.see("initial +interrupted", where="History")
        d.press("s")
        d.keys("i").see("initial +completed", 60).idle()
        d.quit()


def test_a_sync_of_another_process_is_cancelled_from_here(slow):
    with Dashboard(slow) as d:
        with started(slow, "sync", "initial", "--quiet") as process:
            d.see(r"initial sync +\d+ %", where="Active syncs").see("requests +[1-9]")
            d.keys("x").see("Cancel the running initial sync of root")
            d.keys("y").see("initial +cancelled")
            assert process.wait(10) == 130
        d.idle().quit()
    assert jobs(slow)[-1]["status"] == "cancelled"


def test_ten_dashboards_show_the_same_sync(slow, slow_crm):
    with contextlib.ExitStack() as stack:
        ten = [stack.enter_context(Dashboard(slow)) for _ in range(10)]
        start_initial(ten[0])
        for d in ten[1:]:
            d.see(r"initial sync +\d+ %", where="Active syncs")
        for d in ten:
            d.see("initial +completed", 60).idle()
        for d in ten:
            d.quit()
    assert len(jobs(slow)) == 1
    assert_equal(slow, slow_crm)


# -- 7: history and the error log ---------------------------------------------------------------


def times_of(rows):
    return [m[0] for m in (re.match(r"\d\d-\d\d \d\d:\d\d", row) for row in rows) if m]


def test_history_shows_rows_their_order_and_their_story(synced):
    execute(synced, past_job("a", 120, user="ada"), past_job("b", 60, "cancelled", user="bob"),
            past_job("c", 240, "failed", "initial", user="cyd", error=json.dumps(
                {"code": "AUTH", "message": "the key was refused", "class": "permanent"})))
    with Dashboard(synced, rows=40, cols=120) as d:
        d.press("2")
        rows = [r for r in d.pane("History") if re.match(r"\d\d-\d\d", r)]
        assert [re.search("root|ada|bob|cyd", r)[0] for r in rows] == ["root", "bob", "ada", "cyd"]
        assert times_of(rows) == sorted(times_of(rows), reverse=True) or NOW.hour < 10
        d.press(END, ENTER)
        text = str(d)
        for word in ("cyd", "failed", "the key was refused", "initial"):
            assert word in text, word
        d.press(ESC, HOME, ENTER)
        for word in ("merchants", "transactions", "residuals", "requests", RECENT):
            assert word in str(d), word
        d.press(ESC, "/", "bob", ENTER)
        assert "1/4" in d.title("History") and "ada" not in d.shown("History")
        d.press(ESC)
        assert "ada" in d.shown("History")
        orders = set()
        for _ in range(4):
            d.press("o")
            assert "sorted by" in d.footer()
            orders.add(tuple(re.search("root|ada|bob|cyd", r)[0]
                             for r in d.pane("History") if re.match(r"\d\d-\d\d", r)))
        assert len(orders) > 1
        d.quit()


FAULTS = {"404": (dict(status=404), r"permanent +HTTP 404"),
          "500": (dict(status=500), r"transient +HTTP 500"),
          "bad_json": (dict(bad_json=True), r"transient +bad_body"),
          "html": (dict(html200=True), r"transient +\S+")}


@pytest.fixture
def failing(tmp_path, crm):
    """A database in which four merchants could not be read, one for each reason."""
    mids = sorted({r["mid"] for r in crm.rows("transaction_batches", start=RECENT)})[:4]
    for mid, (rule, _) in zip(mids, FAULTS.values()):
        crm.fault(path=f"/merchants/{mid}/transactions", **rule)
    product = product_of(tmp_path, crm, api_circuit_max_failures=1000)
    product.sync("initial", expect=1)
    product.mids = dict(zip(FAULTS, mids))
    return product


def test_the_error_log_shows_what_failed_and_the_whole_story(failing):
    with Dashboard(failing, rows=40, cols=140) as d:
        d.press("3", "z")
        assert "(4)" in d.title("Error log")
        for name, (_, words) in FAULTS.items():
            (row,) = [r for r in d.pane("Error log") if failing.mids[name] in r]
            assert re.search(words, row), row
        d.press("/", failing.mids["404"], ENTER, ENTER)
        story = str(d)
        for word in ("permanent", "404", f"/merchants/{failing.mids['404']}/transactions",
                     "first failed", "retried"):
            assert word in story, word
        d.press(ESC, ESC)
        d.quit()


def test_a_retry_heals_the_row_before_the_eyes(failing, crm):
    crm.clear_faults()
    with Dashboard(failing, rows=40, cols=140) as d:
        d.press("3", "z", "/", failing.mids["500"], ENTER, "r")
        assert re.search("Retry 1 of 4 failed items?.*number", d.dialog("Retry"))
        d.press(ESC)
        assert len(jobs(failing)) == 1
        d.press("r")
        d.keys("y").see("healed", where="Error log").see("manual sync completed").idle()
        d.press(ESC)
        assert "(3)" in d.title("Error log")
        d.press("R")
        assert re.search("Retry 3 of [34] failed items?", d.dialog("Retry"))
        d.keys("y").wait_for(lambda t: len(re.findall("healed", t.shown("Error log"))) == 4)
        d.see("manual sync completed").idle()
        d.press("@")
        assert len(re.findall(r"ipsync retry( \d+)+", str(d))) == 2
        d.press(ESC)
        d.quit()
    assert failing.value("SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL") == 0
    assert_equal(failing, crm)


def test_marks_and_the_exact_scope(synced):
    execute(synced, *[failed_item(n, f"70000{n:03d}", n) for n in range(1, 31)])
    with Dashboard(synced, rows=40, cols=120) as d:
        d.press("3", " ", " ", DOWN, " ")
        assert "3 marked" in d.title("Error log")
        assert [r[0] for r in d.pane("Error log")[1:6]] == ["*", "*", " ", "*", " "]
        d.press("r")
        assert "Retry 3 of 30 failed items" in d.dialog("Retry")
        d.press("n", "*")
        assert "marked" not in d.title("Error log")
        d.press("/", "7000001", ENTER, "*")
        assert "10 marked" in d.title("Error log") and "10/30" in d.title("Error log")
        d.press("d", "closed by\r")
        assert 'Give up 10 of 30 failed items (filter "7000001")' in d.dialog("Give up"), str(d)
        execute(synced, failed_item(99, "7000001999", 0))  # a later one, which matches too
        d.press("y")
        d.see("given up", where="Error log").idle()
        d.press(ESC)
        d.quit()
    done = synced.query("SELECT id, reason FROM sync_failed_items WHERE resolution = 'given_up'")
    assert sorted(r["id"] for r in done) == list(range(10, 20))
    assert {r["reason"] for r in done} == {"closed by"}


def test_giving_up_needs_a_reason_and_a_yes(synced):
    execute(synced, failed_item(1, "7000001"), failed_item(2, "7000002", 6))
    still_open = "SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL"
    with Dashboard(synced) as d:
        d.press("3", "d", ENTER)
        assert "must not be empty" in d.dialog("Give up")
        d.press("   ", ENTER)
        assert "must not be empty" in d.dialog("Give up")
        d.press(ESC)
        for no in ("n", ESC, ENTER):
            d.press("d", "why not", ENTER, no)
            assert d.dialog("Give up") == "" and synced.value(still_open) == 2
        d.press("d", "it's \"over\" $HOME `x`", ENTER, "y")
        d.see("given up", where="Error log").idle()
        assert synced.value(still_open) == 1
        d.press("a", "a")
        d.quit()


def test_a_shows_what_was_resolved(synced):
    execute(synced, failed_item(1, "7000001"), failed_item(2, "7000002", 9),
            f"UPDATE sync_failed_items SET resolved_at = '{stamp(3)}', resolution = 'healed',"
            " next_retry_at = NULL WHERE id = 2")
    with Dashboard(synced) as d:
        d.press("3")
        assert "7000001" in d.shown("Error log") and "7000002" not in d.shown("Error log")
        d.press("a")
        d.see("7000002.*healed", where="Error log").idle()
        d.press("a")
        d.wait_for(lambda t: "7000002" not in t.shown("Error log")).idle()
        d.quit()


@pytest.mark.parametrize("keys", [["r"], ["d"], ["d", "because" + ENTER]])
def test_a_row_that_heals_closes_the_question_about_it(synced, keys):
    execute(synced, failed_item(1, "7000001"), failed_item(2, "7000002", 9))
    with Dashboard(synced) as d:
        d.press("3", *keys)
        assert d.box("Retry") or d.box("Give up")
        execute(synced, f"UPDATE sync_failed_items SET resolved_at = '{stamp()}', resolution ="
                " 'healed', next_retry_at = NULL WHERE id = 1")
        d.wait_for(lambda t: not t.box("Retry") and not t.box("Give up"), 5)
        assert "no longer open" in d.footer()
        d.idle().quit()


# -- 8: everywhere ------------------------------------------------------------------------------


@pytest.fixture
def many(synced):
    execute(synced, *[failed_item(n, f"{6000000 + n}", n, message="odd" if n % 2 else "even")
                      for n in range(1, 301)])
    return synced


def test_the_filter_works_as_one_types(many):
    with Dashboard(many, rows=40, cols=120) as d:
        d.press("3", "/")
        for typed, count in [("6", 300), ("0001", 100), ("2", 10), ("7", 1)]:
            d.press(typed)
            d.see(rf"\b{count}/300", where=None)
        d.press(CTRL_U, "!odd")
        d.see("150/300")
        assert "odd" not in d.shown("Error log")
        d.press(CTRL_U, "%_'\"")
        d.see(r"\b0/300")
        d.press(ESC)
        assert "/300" not in d.title("Error log")
        d.press("/", "qxz")
        assert d.status is None
        d.press(ENTER, ESC)
        d.quit()


def test_moving_about(many):
    with Dashboard(many, rows=30, cols=100) as d:
        d.press("3", "G")
        assert "6000300" in d.cursor_row()
        d.press("g")
        assert "6000001" in d.cursor_row()
        d.press("j", "j", DOWN, "k")
        assert "6000003" in d.cursor_row()
        d.press(PGDN)
        after = d.cursor_row()
        assert "6000003" not in after
        d.press(PGUP)
        assert "6000003" in d.cursor_row()
        for _ in range(3):
            d.press(PGUP)
        assert "6000001" in d.cursor_row()
        d.press(END, UP)
        assert "6000299" in d.cursor_row()
        d.quit()


def test_new_rows_never_move_the_selection(many):
    with Dashboard(many, rows=30, cols=100) as d:
        d.press("3", PGDN, "j", "j")
        before = re.search(r"6000\d+", d.cursor_row())[0]
        for n in range(400, 420):
            execute(many, failed_item(n, f"{6000000 + n}", 0.0))
            d.drain(0.01)
        d.see(r"\(320\)").idle()
        assert before in d.cursor_row()
        execute(many, f"UPDATE sync_failed_items SET resolved_at = '{stamp()}', resolution ="
                " 'healed', next_retry_at = NULL WHERE item_id > '6000400'")
        d.see(r"\(301\)").idle()
        assert before in d.cursor_row()
        d.press("r")
        assert re.search(f"number {int(before) - 6000000}\\b", str(d)), str(d)
        d.press(ESC)
        d.quit()


def test_p_freezes_the_screen(synced):
    with Dashboard(synced, cols=120, rows=40) as d:
        d.press("3", "p")
        assert "PAUSED" in d.text()[0]
        execute(synced, failed_item(1, "7000001"))
        d.drain(0.7)
        assert "7000001" not in str(d)
        d.press("j")
        assert "7000001" not in str(d)
        d.press("p")
        d.see("7000001")
        assert "PAUSED" not in str(d)
        d.quit()


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_frozen_it_sleeps(synced):
    with Dashboard(synced) as d:
        d.press("4", "p")
        d.keys("[").drain(0.3)
        before = cpu_ticks(d.pid)
        d.drain(0.5)
        assert cpu_ticks(d.pid) - before < 10
        d.keys("p").idle().quit()


def test_frozen_with_a_sync_counts_what_is_held_back(slow):
    with Dashboard(slow, cols=120, rows=40) as d:
        start_initial(d)
        d.keys("p").see("PAUSED")
        rows = d.pane("Active syncs")[1:5]
        wait_for(lambda: (json.loads(jobs(slow)[-1]["progress"] or "{}").get("percent") or 0) > 30)
        d.see(r"PAUSED, \d*[1-9]\d* held back")
        assert d.pane("Active syncs")[1:4] == rows[:3]
        d.keys("p").gone("PAUSED").see("initial +completed", 60).idle()
        d.quit()


def test_y_copies_the_row(synced):
    import base64
    execute(synced, failed_item(1, "7000001"))
    with Dashboard(synced) as d:
        d.press("3")
        mark = d.mark()
        d.press("y")
        (sent,) = re.findall(rb"\x1b\]52;[cps]*;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)", d.raw_since(mark))
        text = base64.b64decode(sent).decode()
        assert "7000001" in text and "the CRM answered 500" in text and "\x1b" not in text
        d.quit()


def logged_commands(d):
    """What @ shows, without the times."""
    d.press("@")
    box = d.pane("Commands")
    text = re.sub(r"\s+", " ", " ".join(box))
    d.press(ESC)
    return [c.strip() for c in re.split(r"\d\d:\d\d:\d\d ", text) if c.strip()]


def test_the_commands_of_the_log_exist_and_do_the_same(synced):
    """Each can be given to a shell as it stands there."""
    execute(synced, *[failed_item(n, f"70000{n:03d}", n) for n in range(1, 31)])
    with Dashboard(synced, rows=40, cols=180) as d:
        d.press("3", "d", "it's over", ENTER, "y")
        d.see("given up").idle()
        commands = logged_commands(d)
        d.quit()
    (command,) = commands
    execute(synced, "UPDATE sync_failed_items SET resolved_at = NULL, resolution = NULL,"
            f" reason = NULL, next_retry_at = '{stamp(-60)}' WHERE id = 1")
    done = subprocess.run(["sh", "-c", command.replace("ipsync", IPSYNC, 1)], env=synced.env,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (command, done.stderr)
    assert synced.value("SELECT reason FROM sync_failed_items WHERE id = 1") == "it's over"


def test_the_command_log_names_every_item(synced):
    execute(synced, *[failed_item(n, f"70000{n:03d}", n) for n in range(1, 31)])
    with Dashboard(synced, rows=40, cols=180) as d:
        d.press("3", "*", "d", "over", ENTER, "y")
        d.see("given up").idle()
        (command,) = logged_commands(d)
        d.quit()
    assert re.findall(r"\d+", command) == [str(n) for n in range(1, 31)], command


def test_the_log_of_the_schedule_names_a_command_that_exists(synced):
    with Dashboard(synced, rows=40, cols=120) as d:
        d.press("5", " ")
        commands = logged_commands(d)
        d.quit()
    for command in commands:
        synced.run("help", command.split()[1])


def test_help_lists_every_key_and_runs_the_chosen_one(synced):
    text, _ = synced.run("help", "keys")
    with Dashboard(synced, rows=60, cols=140) as d:
        d.press("3", "?")
        box = d.shown("Keys of Error log")
        for words in ("start a sync", "mark the failed item", "retry all failed items",
                      "type a command", "put the row on the clipboard"):
            assert words in box and words in text, words
        d.press("g")
        for _ in range(40):
            if "go to History" in d.cursor_row():
                break
            d.press(DOWN)
        d.press(ENTER)
        assert d.box("Keys of Error log") is None and "o sort" in d.footer()
        d.press("?", "5")
        assert "on/off" in d.footer()
        d.quit()


def test_the_palette_completes_runs_and_refuses(synced):
    with Dashboard(synced, rows=40, cols=120) as d:
        d.press(":", "hist", TAB)
        assert ":history" in d.dialog("Command")
        d.press("--limit 1")
        d.keys(ENTER).see("initial").see("done").idle()
        assert "completed" in str(d)
        d.press(ESC, ":", "status", ENTER)
        d.see("Last sync").see("done").idle()
        d.press(ESC)
        for nonsense in ("nonsense", "history --limit -3", "sync sometimes", "daemon", "; id", "$(id)",
                         "retry 12345", "'", "history \"", "resolve 1"):
            d.press(":", CTRL_U, nonsense)
            d.keys(ENTER)
            d.drain(0.05)
            d.press(ESC, ESC)
        assert len(jobs(synced)) == 1
        d.press(":", "q")
        d.keys(ENTER)
        assert d.wait_exit() == 0
        d.assert_given_back()


def test_the_palette_starts_syncs_in_this_dashboard(synced):
    with Dashboard(synced, rows=40, cols=120) as d:
        d.press(":", "sync manual")
        d.keys(ENTER).see("manual sync completed").idle()
        assert jobs(synced)[-1]["pid"] == d.pid
        d.quit()


# -- 9: read-only -------------------------------------------------------------------------------


def content(product):
    db = sqlite3.connect(f"file:{product.path}?mode=ro", uri=True)
    with contextlib.closing(db):
        return hashlib.sha256("\n".join(db.iterdump()).encode()).hexdigest()


def test_read_only_changes_nothing_whatever_is_pressed(synced):
    execute(synced, *[failed_item(n, f"70000{n:03d}", n) for n in range(1, 6)])
    before = content(synced)
    with Dashboard(synced, "--read-only", rows=40, cols=120) as d:
        assert "READ-ONLY" in d.text()[0]
        for pane, keys in {"1": "sx", "2": "sx\r", "3": "srRd *", "5": " \r"}.items():
            d.press(pane)
            for key in keys:
                d.press(key, "y", ESC, ESC)
        for line in ("sync initial", "retry 1", "resolve 1 --reason x", "cancel", "retry --all"):
            d.press(":", CTRL_U, line)
            d.keys(ENTER).drain(0.05)
            d.press(ESC, ESC)
        d.press("3", "r")
        assert "read-only" in d.footer()
        d.press("?")
        assert re.search(r"retry the marked.*read-only", d.shown("Keys of Error log"))
        d.press(ESC)
        d.quit()
    assert content(synced) == before


def test_read_only_shows_others_syncs_and_keeps_its_hands_off(slow):
    with Dashboard(slow, "--read-only", rows=40, cols=120) as d:
        assert "READ-ONLY" in d.text()[0]
        with started(slow, "sync", "initial", "--quiet") as process:
            d.see(r"initial sync +\d+ %", where="Active syncs").see("requests +[1-9]")
            d.keys("x").see("read-only", where=None)
            assert not d.box("Cancel")
            d.see("initial +completed", 60)
            assert process.wait() == 0
        d.quit()


@pytest.mark.skipif(not IS_ROOT, reason="needs another user")
def test_who_cannot_write_gets_the_same_dashboard(synced):
    """Another user, who may only read."""
    setpriv = subprocess.run(["sh", "-c", "command -v setpriv"], capture_output=True, text=True)
    if setpriv.returncode:
        pytest.skip("needs setpriv")
    execute(synced, failed_item(1, "7000001"))
    before = content(synced)
    for folder in [synced.path.parent, *synced.path.parents[:6]]:
        with contextlib.suppress(OSError):
            if str(folder) not in ("/", "/tmp"):
                os.chmod(folder, 0o755)
    for file in synced.path.parent.iterdir():
        os.chmod(file, 0o644)
    from terminal import Terminal
    command = [setpriv.stdout.strip(), "--reuid", "65534", "--clear-groups", IPSYNC]
    env = {**synced.env, "HOME": "/nonexistent"}
    with Terminal(command, env=env, rows=40, cols=120) as t:
        t.idle()
        t.keys("3").idle()
        assert "7000001" in str(t) and "READ-ONLY" in str(t), str(t)
        t.keys("d").idle()
        assert re.search("permission|read-only|not permitted|may not|cannot", t.text()[-1]), str(t)
        t.keys("q")
        assert t.wait_exit() == 0
    assert content(synced) == before


# -- 10: hostile data ---------------------------------------------------------------------------

HOSTILE = ["\x1b]0;pwned\x07", "\x1b[2J\x1b[H", "\x9b31m", "\u202egnp.exe", "tab\there", "new\nline",
           "\x1bP+q\x1b\\", "漢字かな交じり文", "e\u0301\u0301\u0301a\u0308", "👩‍👩‍👧‍👦🏳️‍🌈", "\u200bzero\u2060",
           "\x85\x8d\x90", "\u2066iso\u2069", "\x7f\x08\x08", "שלום עולם", "\ufeff\ufffe", "x" * 3000,
           "\U000e0001\U000e0041", "\x0e\x0f", "\r over"]
INJECTED = [b"\x1b]0;pwned", b"pwned\x07", b"\xc2\x9b", b"\x9b31m", "\u202e".encode(), b"\x1bP+q",
            "\u2066".encode(), b"\xc2\x85", b"\xc2\x90", b"\x7f", b"\x0e", "\u200b".encode()]


def assert_straight(d):
    """The right border stays in its column in every row of every box without a window above it."""
    for y, line in enumerate(d.lines()):
        if line[0] in SIDE and line[0] != " ":
            assert line[d.cols - 1] in SIDE + "┘┐+", (y, line)


@pytest.fixture
def hostile(synced):
    statements = []
    for n, text in enumerate(HOSTILE):
        statements.append(failed_item(n + 1, f"M{text}{n}", n, message=f"bad {text} end",
                                      request=f"GET /{text}", raw=json.dumps({"name": text}),
                                      code=f"E{text}"))
        statements.append(past_job(f"job{n}-{text[:9]}", n + 10, "failed" if n % 2 else "completed",
                                   user=f"u{text}", error=json.dumps(
                                       {"code": text, "message": f"oh {text}", "class": text})))
    execute(synced, *statements)
    return synced


@pytest.mark.parametrize("lang, rows, cols", [("C.UTF-8", 40, 120), ("C.UTF-8", 24, 80),
                                              ("C", 40, 120), ("C.UTF-8", 16, 60)])
def test_hostile_data_is_shown_never_sent(hostile, lang, rows, cols):
    with Dashboard(hostile, rows=rows, cols=cols, env={"LANG": lang}) as d:
        for pane in "12345":
            d.press(pane)
            assert_straight(d)
        for pane in "23":
            d.press(pane, "z")
            assert_straight(d)
            for _ in HOSTILE:
                d.press(ENTER, DOWN, END, ESC, "j")
            assert_straight(d)
            d.press("z")
        for line in ("failed", "history --limit 50", "failed --json", "status"):
            d.press(":", CTRL_U, line)
            d.keys(ENTER).see("done|exit|ended").idle()
            d.press(END, ESC)
        for bad in INJECTED:
            assert bad not in d.raw, bad
        if lang == "C":
            assert not re.search(rb"[\x80-\xff]", d.raw)
        d.quit()


def test_hostile_data_is_not_sent_by_copying(hostile):
    import base64
    with Dashboard(hostile, cols=120, rows=40) as d:
        for pane in "23":
            d.press(pane)
            for _ in HOSTILE:
                d.press("y", "j")
        for sent in re.findall(rb"\x1b\]52;[cps]*;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)", d.raw):
            assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", base64.b64decode(sent).decode())
        d.quit()


# -- 11: terminals ------------------------------------------------------------------------------

COLOUR = re.compile(rb"\x1b\[(?:[\d;]*;)?(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:;[\d;]*)?m")


def test_ascii_where_the_locale_has_no_more(synced):
    with Dashboard(synced, env={"LANG": "C"}) as d:
        for key in "12345?":
            d.press(key)
        d.press(ESC, "s", ESC, "@", ESC)
        assert not re.search(rb"[\x80-\xff]", d.raw)
        for bad in (b"\x1b(0", b"\x0e"):
            assert bad not in d.raw, bad
        d.quit()


@pytest.mark.parametrize("env, coloured", [({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True),
                                           ({}, True)])
def test_no_color(synced, env, coloured):
    with Dashboard(synced, env=env) as d:
        d.press("2", "3", "4", "5", "?")
        assert bool(COLOUR.search(d.raw)) == coloured
        d.press(ESC)
        d.quit()


@pytest.mark.parametrize("term", ["linux", "tmux-256color", "vt100", "xterm", "screen", "xterm-mono",
                                  "rxvt-unicode-256color"])
def test_terminals(synced, term):
    if subprocess.run(["infocmp", term], capture_output=True, check=False).returncode:
        pytest.skip(f"no terminfo of {term}")
    with Dashboard(synced, term=term) as d:
        d.press("2")
        assert "completed" in d.shown("History")
        assert_straight(d)
        d.press("3", "4", "5", "1", "s", ESC)
        d.quit()


@pytest.mark.parametrize("term", ["dumb", None, "", "no-such-terminal"])
def test_no_terminal_to_draw_on(synced, term):
    with Dashboard(synced, term=term, wait=False) as d:
        assert d.wait_exit() == 2
        lines = d.raw.decode().strip().splitlines()
        assert len(lines) == 1 and "ipsync status" in lines[0], lines
        assert b"\x1b" not in d.raw
        assert d.modes() == d.before


@pytest.mark.parametrize("which", ["stdin", "stdout", "both"])
def test_a_pipe_is_no_terminal(synced, which):
    master, slave = os.openpty()
    try:
        process = subprocess.run(
            [IPSYNC], env={**synced.env, "TERM": "xterm-256color"}, timeout=15,
            stdin=subprocess.DEVNULL if which != "stdout" else slave,
            stdout=subprocess.PIPE if which != "stdin" else slave, stderr=subprocess.PIPE)
        assert process.returncode == 2
        assert len(process.stderr.splitlines()) == 1 and b"ipsync status" in process.stderr
        assert b"\x1b" not in process.stderr + (process.stdout or b"")
        os.set_blocking(master, False)
        with contextlib.suppress(BlockingIOError):
            assert b"\x1b" not in os.read(master, 4096)
    finally:
        os.close(master)
        os.close(slave)


# -- 12: configuration --------------------------------------------------------------------------


def test_keys_panes_and_theme_from_the_configuration(synced):
    synced.set(dashboard_keys="retry=t mark=m,space quit=Q", dashboard_panes="errors history",
               dashboard_theme="mono", dashboard_fps="1", dashboard_mouse="true")
    execute(synced, failed_item(1, "7000001"))
    with Dashboard(synced, rows=40, cols=120) as d:
        assert d.title("Error log") and d.title("History") and not d.title("Schedule")
        assert "t retry" in d.footer() and "Q quit" in d.footer()
        assert b"\x1b[?1000h" in d.raw
        assert not COLOUR.search(d.raw)
        d.press("m")
        assert "1 marked" in d.title("Error log")
        d.press("t")
        assert "Retry 1 of 1" in str(d)
        d.press(ESC, "q")
        assert d.status is None and "does nothing here" in d.footer()
        d.press("5")
        assert "leaves Schedule out" in d.footer()
        d.keys("Q")
        assert d.wait_exit() == 0
        d.assert_given_back()


@pytest.mark.parametrize("setting", [
    dict(dashboard_keys="retry"), dict(dashboard_keys="nothing=x"), dict(dashboard_keys="retry=d"),
    dict(dashboard_keys="retry=nokey"), dict(dashboard_keys="retry="), dict(dashboard_panes="kitchen"),
    dict(dashboard_panes="errors errors"), dict(dashboard_theme="pink"), dict(dashboard_fps="0"),
    dict(dashboard_fps="x"), dict(dashboard_mouse="maybe"), dict(dashboard_keys="x=" * 2000)])
def test_bad_configuration_is_told(synced, setting):
    synced.set(**setting)
    (key,) = setting
    with Dashboard(synced, wait=False) as d:
        assert d.wait_exit() == 2
        assert b"\x1b" not in d.raw
        assert key.split("_")[1] in d.raw.decode().lower(), d.raw


# -- 13: a database in trouble ------------------------------------------------------------------


def stays_up(d, words):
    """It says so, goes on taking keys, and ends well."""
    d.see(words)
    for key in "12345":
        d.press(key)
    d.press("s", ESC, "3", "r", "d", ESC, "a", "*", "R", "2", ENTER, ESC, "5", " ", ESC)
    assert d.status is None
    d.see(words)
    d.quit()


def test_a_database_of_a_newer_ipsync(synced):
    execute(synced, "PRAGMA user_version = 9999")
    with Dashboard(synced, rows=40, cols=120) as d:
        stays_up(d, "newer")


def test_what_is_no_database(product):
    product.path.parent.mkdir(parents=True)
    product.path.write_bytes(b"this is a letter to my aunt\n" * 1000)
    with Dashboard(product, rows=40, cols=200) as d:
        stays_up(d, "not a usable SQLite database")
    assert product.path.read_bytes().startswith(b"this is a letter")


def test_a_foreign_database(product):
    product.path.parent.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(product.path)) as db, db:
        db.execute("CREATE TABLE recipes (name)")
    with Dashboard(product, rows=40, cols=120) as d:
        stays_up(d, "not|other|foreign")
    with contextlib.closing(sqlite3.connect(product.path)) as db:
        assert [r[0] for r in db.execute("SELECT name FROM sqlite_schema")] == ["recipes"]


def test_a_folder_that_cannot_be_made(product):
    blocked = product.folder / "file"
    blocked.write_text("")
    product.set(IPSYNC_DB=blocked / "ipsync.db")
    with Dashboard(product, rows=40, cols=120) as d:
        d.press("s")
        d.keys("i").see("Not a directory|cannot|folder|File exists")
        d.press(ESC, ESC)
        d.quit()


def test_a_database_that_disappears(synced):
    with Dashboard(synced, rows=40, cols=120) as d:
        for file in list(synced.path.parent.iterdir()):
            file.unlink()
        d.press("2", "1")
        for _ in range(3):
            d.press("j", "3", "r", "2", ENTER, ESC, "5", " ")
        assert d.status is None
        d.quit()


def test_a_database_that_appears(product, crm):
    with Dashboard(product, rows=40, cols=120) as d:
        assert "There is no database yet" in str(d)
        product.sync("initial")
        d.see("initial +completed", where="Active syncs")
        d.see("initial +completed", where="History")
        d.idle().quit()


def test_a_writer_who_holds_the_database(synced):
    """Nothing waits for it: reading goes on, a change is refused in words."""
    execute(synced, failed_item(1, "7000001"))
    with Dashboard(synced, rows=40, cols=120) as d:
        with contextlib.closing(sqlite3.connect(synced.path, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            d.press("3", "d", "why", ENTER)
            began = time.monotonic()
            d.press("y")
            assert time.monotonic() - began < 5
            assert re.search("busy|locked|another|nothing was given up", d.footer()), d.footer()
            db.execute("ROLLBACK")
        d.press("d", "why", ENTER, "y")
        d.see("given up", where="Error log").idle().quit()


def deleted_files(pid):
    """What it has open that is no longer in its folder."""
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return [f for f in found if f.endswith(" (deleted)") and "ipsync.db" in f]


@pytest.mark.parametrize("deed", ["sync", "give_up", "schedule"])
def test_others_come_and_go_while_it_writes(slow, slow_crm, deed):
    """SQLite's locks of the database stay ours: else another's close takes the WAL away from us."""
    slow.sync("initial")
    execute(slow, failed_item(1, "7000001"))

    def look_in():
        with contextlib.closing(sqlite3.connect(slow.path)) as db:
            db.execute("SELECT count(*) FROM sync_jobs").fetchone()

    with Dashboard(slow) as d:
        if deed == "sync":
            start_initial(d)
        elif deed == "give_up":
            d.press("3", "d", "why", ENTER, "y")
        else:
            d.press("5", " ")
        look_in()
        assert deleted_files(d.pid) == []
        if deed == "sync":
            d.see("initial sync completed|initial +partial", 60)
        d.idle().quit()
    assert slow.query("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert_equal(slow, slow_crm)


# -- 15: the schedule ---------------------------------------------------------------------------


def test_the_schedule_shows_two_runs_in_the_configured_zone(synced):
    with Dashboard(synced, rows=40, cols=120) as d:
        d.press("5")
        rows = d.pane("Schedule")
        runs = [r for r in rows if "daily" in r]
        assert len(runs) == 2 and "America/New_York" in d.shown("Schedule")
        assert sorted(re.search(r"(11|19):00", r)[0] for r in runs) == ["11:00", "19:00"]
        assert all(re.search(r"\d+ ?(h|m)|due", r) for r in runs)
        assert "nothing starts by itself" in d.shown("Schedule")
        chosen = re.search(r"(11|19):00", d.cursor_row())[0]
        d.press(" ")
        d.see("off").idle()
        (off,) = synced.query("SELECT * FROM sync_schedules WHERE is_active = 0")
        assert off["cron_expression"].split()[1] == chosen[:2]
        d.quit()
    with Dashboard(synced, rows=40, cols=120) as d:
        d.press("5", "g")
        assert len([r for r in d.pane("Schedule") if re.search(r"\boff\b", r)]) == 1
        d.press("G", " ")
        assert synced.value("SELECT min(is_active) FROM sync_schedules") == 1
        d.press(ENTER)
        assert "Run the daily sync" in str(d)
        d.press("n")
        assert len(jobs(synced)) == 1
        d.quit()


# -- random keys --------------------------------------------------------------------------------

LETTERS = [*"sxrRd*a[]/okjgGlh12345zpy@:M?qnyim! ", UP, DOWN, LEFT, RIGHT, PGUP, PGDN, HOME, END, TAB,
           SHIFT_TAB, ENTER, ESC, ESC, ENTER, CTRL_L, CTRL_C, "\x02", "\x06", "\x7f", "é", "漢",
           "\x1b[200~pasted q\n\x1b[201~", "\x1b[<0;5;4M", "\x1b[<64;9;9M", "status\r", "help\r", "\x00",
           "\x1b[1;5A", "\x1bx", "\xff", "502"]
SIZES = [(24, 80), (40, 120), (60, 200), (16, 60), (1, 1), (5, 30), (100, 40), (2, 300)]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(int(os.environ.get("IPSYNC_TEST_SEEDS", "6"))))
def test_random_keys(tmp_path, seed):
    """With a sync now and then, faults, rows that come, and sizes that change."""
    rng = random.Random(seed)
    with crm_of(merchants=30, latency_ms=10) as crm:
        product = product_of(tmp_path, crm, api_concurrency=2, api_circuit_max_failures=1000)
        crm.fault(path="*transactions*", after=3, times=4, status=500)
        crm.fault(path="/rows/", times=2, bad_json=True)
        if seed % 2:
            product.sync("initial", expect=None)
        with Dashboard(product) as d:
            sent = []
            for step in range(300):
                if rng.random() < 0.06:
                    size = rng.choice(SIZES)
                    sent.append(size)
                    with contextlib.suppress(OSError):
                        d.resize(*size)
                elif rng.random() < 0.02 and product.path.exists():
                    with contextlib.suppress(sqlite3.Error):
                        execute(product, failed_item(1000 + step, f"8{step:06d}", 0))
                else:
                    key = rng.choice(LETTERS)
                    if key in ("q", CTRL_C) and (d.dialog("Leave") or rng.random() < 0.7):
                        continue
                    sent.append(key)
                    os.write(d.master, key.encode("latin-1" if key == "\xff" else "utf-8"))
                d.drain(0.003)
                if not lives(d.pid):
                    break
            d.drain()
            if lives(d.pid):
                end = time.monotonic() + 60
                with contextlib.suppress(OSError):  # it may be leaving already
                    d.resize(24, 80)
                while lives(d.pid) and time.monotonic() < end:
                    for key in (ESC, ESC, ESC, "q"):
                        if lives(d.pid):
                            with contextlib.suppress(OSError):
                                os.write(d.master, key.encode())
                            d.drain(0.05)
                    if lives(d.pid) and d.dialog("Leave"):
                        os.write(d.master, b"x")
                        d.drain(0.3)
            assert d.wait_exit(20) in (0, 130), (d.status, sent)
            d.assert_given_back()
        if product.path.exists():
            wait_for(lambda: not lock_is_held(product), 60)
            for row in product.query("PRAGMA integrity_check"):
                assert row == {"integrity_check": "ok"}
