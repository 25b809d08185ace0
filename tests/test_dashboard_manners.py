"""The dashboard's manners as a terminal program: how it ends, stops, is resized, what it writes
and how often it wakes. Bounds of time guard against hanging only; what is asserted closely is
counted: bytes, frames, wake-ups."""
import contextlib
import os
import pathlib
import re
import select
import shutil
import signal
import statistics
import subprocess
import termios
import time

import pytest

from crm import Crm
from product import IPSYNC, Product
from terminal import DSR, Terminal

GUARD = 5  # seconds; what is measured is printed and is far less
CLEAR = b"\x1b[2J"
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
IS_SANITIZED = b"__asan_init" in pathlib.Path(IPSYNC).read_bytes() or \
    b"__tsan_init" in pathlib.Path(IPSYNC).read_bytes()
FATAL = [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE]
SLOW = {"merchants": 1500, "latency_ms": 150}  # a sync that is still at it when the test is over
BRIEF = {"merchants": 40, "latency_ms": 150}   # one of about two seconds
BUSY = {"merchants": 30000, "latency_ms": 5, "batches_per_month": 2}


def crm_of(**options):
    return Crm(**{"seed": 11, "per_batch": 4, "line_items": 10, "rate_limit": 0, **options})


def product_of(folder, crm=None, **settings):
    return Product(folder, crm, **{"api_requests_per_minute": 0,
                                   "sync_history_start": time.strftime("%Y-%m-01"), **settings})


def dashboard(product, *args, rows=40, cols=120, **options):
    return Terminal([IPSYNC, *args], env=product.env, rows=rows, cols=cols, **options)


def jobs(product):
    return [r["status"] for r in product.query("SELECT status FROM sync_jobs ORDER BY created_at")]


def committed(product):
    if not product.path.exists():
        return 0
    tables = ("merchants", "transactions", "residuals")
    return sum(product.value(f"SELECT count(*) FROM {t}") for t in tables)


def wait_until(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def start_sync(t, crm):
    """With the keys; until the CRM has been asked for something."""
    asked = crm.stats()["requests"]
    t.keys("s").wait_for("Start a sync").keys("i").wait_for("running")
    wait_until(lambda: crm.stats()["requests"] > asked + 3)


def watch(t, seconds):
    """Reads for this long; gives [(seconds, bytes)] of each read."""
    began, came = time.monotonic(), []
    while (left := began + seconds - time.monotonic()) > 0:
        if select.select([t.master], [], [], left)[0]:
            mark = t.mark()
            t._read()
            came.append((time.monotonic() - began, len(t.raw_since(mark))))
    return came


def busiest(came, span):
    """The most bytes within any span of this length."""
    return max((sum(n for u, n in came if at <= u < at + span) for at, _ in came), default=0)


def threads(t):
    return pathlib.Path(f"/proc/{t.pid}/task").iterdir()


def wakeups(t):
    """How often a thread of it went to sleep by itself."""
    texts = [(task / "status").read_text() for task in threads(t)]
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)[1]) for text in texts)


def cpu_ticks(t):
    fields = pathlib.Path(f"/proc/{t.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def picture(t):
    """What is shown, with its looks."""
    return [[t.screen.buffer[row][col] for col in range(t.cols)] for row in range(t.rows)]


def assert_right(t):
    """What is on the screen is what the program would paint anew. For a program at rest."""
    minute = None
    while minute != time.time() // 60:  # else its tick may come in between
        minute = time.time() // 60
        before, words = picture(t), t.text()
        t.keys(b"\x0c").idle()
    assert t.text() == words, "the picture was wrong until ctrl-l:\n" + "\n".join(words)
    assert picture(t) == before, "looks were wrong until ctrl-l"


def assert_given_back(t):
    assert t.modes() == t.before, "the terminal's modes are not as they were"
    assert t.raw.count(ENTER) >= 1 and t.raw.rindex(LEAVE) > t.raw.rindex(ENTER)
    for mode in (1000, 1002, 1003, 1006, 2004, 2026):
        on, off = b"\x1b[?%dh" % mode, b"\x1b[?%dl" % mode
        assert on not in t.raw or t.raw.rfind(off) > t.raw.rfind(on), mode
    assert t.raw.rindex(b"\x1b[?25h") > t.raw.rfind(b"\x1b[?25l")
    if b"\x1b[22;0;0t" in t.raw:
        assert t.raw.rindex(b"\x1b[23;0;0t") > t.raw.rindex(b"\x1b[22;0;0t")


def ended(t, what):
    """The exit status; how long it took is printed."""
    began = time.monotonic()
    status = t.wait_exit(GUARD)
    print(f"{what}: gone after {(time.monotonic() - began) * 1000:.0f} ms, status {status}")
    return status


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "Z" in pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def assert_cut_well(product):
    """What a sync leaves that was told to stop, or whose process is gone."""
    (status,) = jobs(product)
    assert status in ("interrupted", "running")
    assert product.json("status")["active"] == [], "somebody still holds it"
    assert product.value("PRAGMA quick_check") == "ok"


# -- endings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mouse", [False, True])
@pytest.mark.parametrize("key", ["q", "\x03"])
def test_a_key_ends_it(tmp_path, key, mouse):
    with dashboard(product_of(tmp_path)) as t:
        t.idle()
        if mouse:
            t.keys("M").idle()
            assert b"\x1b[?1000h" in t.raw or b"\x1b[?1002h" in t.raw
        t.keys(key)
        assert ended(t, repr(key)) == 0
        assert_given_back(t)


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, *FATAL]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
def test_a_signal_ends_it(tmp_path, number):
    with dashboard(product_of(tmp_path)) as t:
        t.idle().keys("M").idle().kill(number)
        status = ended(t, number.name)
        assert_given_back(t)
        if number in FATAL:
            assert status == -number or (IS_SANITIZED and status > 0)
            assert number.name.encode() in t.raw[t.raw.rindex(LEAVE):], "not a word why"
        elif number == signal.SIGQUIT:
            assert status in (0, 131, -number)
        elif number == signal.SIGINT:
            assert status in (0, 130)
        else:
            assert status == 0


@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
def test_a_signal_ends_it_in_a_dialog(tmp_path, number):
    """While a question, the help and the palette are open."""
    with dashboard(product_of(tmp_path)) as t:
        t.idle().keys("?").idle().keys("\x1b").idle().keys(":sta").idle().kill(number)
        status = ended(t, number.name)
        assert status == -number if number in FATAL and not IS_SANITIZED else status is not None
        assert_given_back(t)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
def test_a_signal_while_a_sync_runs(tmp_path, number):
    with crm_of(**(BRIEF if number == signal.SIGHUP else SLOW)) as crm:
        product = product_of(tmp_path, crm)
        with dashboard(product) as t:
            t.idle()
            start_sync(t, crm)
            t.kill(number)
            if number == signal.SIGHUP:  # the sync goes on, the same job, and then all is over
                wait_until(lambda: jobs(product) == ["completed"], 60)
                assert ended(t, "hung up, after the sync's end") == 0
                assert jobs(product) == ["completed"]
                assert product.value("SELECT pid FROM sync_jobs") == t.pid
            else:
                status = ended(t, number.name)
                assert_cut_well(product)
                if number in FATAL:
                    assert status == -number or (IS_SANITIZED and status > 0)
                elif number == signal.SIGINT:
                    assert status == 130
                elif number == signal.SIGTERM:
                    assert status == 0
            assert_given_back(t)


def test_hang_up_gives_the_terminal_back_at_once(tmp_path):
    """The sync goes on for long, the shell behind must not wait for its terminal."""
    with crm_of(**SLOW) as crm, dashboard(product_of(tmp_path, crm)) as t:
        t.idle()
        start_sync(t, crm)
        t.kill(signal.SIGHUP)
        t.wait_for(lambda t: LEAVE in t.raw, GUARD)
        watch(t, 0.3)
        assert_given_back(t)
        assert not is_gone(t.pid)
        t.kill(signal.SIGTERM)
        assert ended(t, "TERM without a screen") in (0, 143)


@pytest.mark.parametrize("keys, status, job", [("qx", 0, "interrupted"), ("\x03x", 0, "interrupted"),
                                               ("\x03\x03", 0, "interrupted")])
def test_a_key_ends_it_while_a_sync_runs(tmp_path, keys, status, job):
    with crm_of(**SLOW) as crm:
        product = product_of(tmp_path, crm)
        with dashboard(product) as t:
            t.idle()
            start_sync(t, crm)
            for key in keys:
                t.keys(key)
            got = ended(t, repr(keys))
            assert got == status or (keys == "\x03\x03" and got == 130)
            assert_given_back(t)
            assert jobs(product) == [job]
            assert product.json("status")["active"] == []


def test_it_stays_when_told_so(tmp_path):
    with crm_of(**SLOW) as crm, dashboard(product_of(tmp_path, crm)) as t:
        t.idle()
        start_sync(t, crm)
        t.keys("q").wait_for("stay").keys("s").wait_for(lambda t: "stay" not in str(t))
        asked = crm.stats()["requests"]
        t.wait_for(lambda t: crm.stats()["requests"] > asked + 5)
        t.kill(signal.SIGTERM)
        assert ended(t, "TERM") == 0


@pytest.mark.parametrize("is_told", [False, True], ids=["silent", "with SIGHUP"])
def test_a_lost_terminal_ends_it(tmp_path, is_told):
    with dashboard(product_of(tmp_path)) as t:
        t.idle()
        t.close()
        if is_told:
            with contextlib.suppress(ProcessLookupError):
                os.kill(t.pid, signal.SIGHUP)
        assert ended(t, "hang-up") == 0


@pytest.mark.parametrize("is_told", [False, True], ids=["silent", "with SIGHUP"])
def test_a_lost_terminal_does_not_end_the_sync(tmp_path, is_told):
    with crm_of(**BRIEF) as crm:
        product = product_of(tmp_path, crm)
        with dashboard(product) as t:
            t.idle()
            start_sync(t, crm)
            t.close()
            if is_told:
                os.kill(t.pid, signal.SIGHUP)
            wait_until(lambda: jobs(product) == ["completed"], 60)
            assert ended(t, "hung up, after the sync's end") == 0
        assert jobs(product) == ["completed"]
        assert product.value("SELECT pid FROM sync_jobs") == t.pid


def test_a_lost_terminal_stops_the_sync_where_the_configuration_says_so(tmp_path):
    with crm_of(**SLOW) as crm:
        product = product_of(tmp_path, crm, sync_on_hangup="stop")
        with dashboard(product) as t:
            t.idle()
            start_sync(t, crm)
            t.close()
            assert ended(t, "on_hangup = stop") is not None
        assert jobs(product) == ["interrupted"]


def test_a_sync_without_a_screen_does_not_spin(tmp_path):
    with crm_of(**SLOW) as crm, dashboard(product_of(tmp_path, crm)) as t:
        t.idle()
        start_sync(t, crm)
        t.close()
        time.sleep(0.3)
        main = pathlib.Path(f"/proc/{t.pid}/task/{t.pid}/stat")

        def ticks():
            return sum(map(int, main.read_text().rpartition(")")[2].split()[11:13]))

        before = ticks()
        time.sleep(2)
        assert ticks() - before < 40, "of 200"
        os.kill(t.pid, signal.SIGTERM)
        assert ended(t, "TERM") in (0, 143)


# -- a terminal that is not read ---------------------------------------------------------------------


@pytest.mark.parametrize("stalled", [0.5, pytest.param(6, marks=pytest.mark.long)])
@pytest.mark.parametrize("answers", [True, False], ids=["answers", "mute"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSEGV],
                         ids=lambda n: n.name)
def test_a_signal_while_the_terminal_is_not_read(tmp_path, number, answers, stalled):
    with crm_of(**SLOW) as crm:
        product = product_of(tmp_path, crm)
        with dashboard(product, answer_dsr=answers) as t:
            t.idle()
            start_sync(t, crm)
            t.stop_reading()
            os.write(t.master, b"\x0c" * 40)  # fills what the kernel keeps
            time.sleep(stalled)
            os.kill(t.pid, number)
            if number == signal.SIGHUP:
                wait_until(lambda: t.modes() == t.before, GUARD)
                os.kill(t.pid, signal.SIGTERM)
                number = signal.SIGTERM
            assert ended(t, f"{number.name} unread") is not None
            assert t.modes() == t.before
        assert_cut_well(product)


def test_a_signal_while_idle_and_not_read(tmp_path):
    with dashboard(product_of(tmp_path)) as t:
        t.idle()
        t.stop_reading()
        os.write(t.master, b"\x0c" * 60)
        time.sleep(1)
        os.kill(t.pid, signal.SIGTERM)
        assert ended(t, "SIGTERM unread, idle") == 0
        assert t.modes() == t.before


def pace(product, crm, seconds):
    """Requests and rows in this time."""
    before = crm.stats()["requests"], committed(product)
    time.sleep(seconds)
    after = crm.stats()["requests"], committed(product)
    return [b - a for a, b in zip(before, after)]


@pytest.mark.long
@pytest.mark.parametrize("answers", [True, False], ids=["answers", "mute"])
def test_the_sync_goes_on_while_the_terminal_is_not_read(tmp_path, answers):
    with crm_of(merchants=2000, latency_ms=100) as crm:
        product = product_of(tmp_path, crm)
        with dashboard(product, answer_dsr=answers) as t:
            t.idle()
            start_sync(t, crm)
            before = crm.stats()["requests"]
            watch(t, 4)
            read = crm.stats()["requests"] - before
            unread, rows = pace(product, crm, 12)
            assert rows > 0
            assert unread / 12 > 0.5 * read / 4, f"{read} requests in 4 s, then {unread} in 12 s"
            mark = t.mark()
            while select.select([t.master], [], [], 0)[0]:
                t._read()
            backlog = t.raw_since(mark)
            print(f"backlog {len(backlog)} bytes, {backlog.count(DSR)} frames")
            assert len(backlog) <= 15_000
            if answers:
                assert backlog.count(DSR) <= 2 and len(backlog) <= 6000
            assert CLEAR not in backlog
            watch(t, 1)
            t.kill(signal.SIGTERM)
            assert ended(t, "TERM") == 0


@pytest.mark.long
def test_the_picture_is_right_after_a_stall(tmp_path):
    with crm_of(merchants=200, latency_ms=100) as crm:
        product = product_of(tmp_path, crm)
        with dashboard(product, answer_dsr=False) as t:
            t.idle()
            start_sync(t, crm)
            for _ in range(60):
                os.write(t.master, b"?\x1b")
                time.sleep(0.04)
            wait_until(lambda: "completed" in jobs(product), 60)
            t.wait_for(lambda t: "No sync is running" in str(t))
            watch(t, 9)  # the last word goes
            assert_right(t)


# -- stopped, and resized ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["key", "TSTP", "STOP"])
def test_stopped_and_continued(tmp_path, way):
    with dashboard(product_of(tmp_path)) as t:
        t.idle().keys("M").idle()
        raw = t.modes()
        if way == "key":
            t.keys("\x1a")
        else:
            t.kill(signal.SIGTSTP if way == "TSTP" else signal.SIGSTOP)
        t.wait_stopped()
        watch(t, 0.1)
        if way == "STOP":  # it could not know; a shell sets its own modes
            termios.tcsetattr(t.slave, termios.TCSANOW, t.before)
        else:
            assert_given_back(t)
        t.rows, t.cols = 24, 80
        t._set_size(24, 80)
        t.screen.resize(24, 80)
        t.screen.reset()
        mark = t.mark()
        began = time.monotonic()
        os.kill(t.pid, signal.SIGCONT)
        t.wait_for("q quit")
        print(f"first bytes to full frame after fg: {(time.monotonic() - began) * 1000:.0f} ms")
        watch(t, 0.3)
        assert t.modes() == raw, "the keys would go to the shell's line"
        assert max(map(len, t.text())) == 80 and "Schedule" in str(t)
        if way != "STOP":
            assert ENTER in t.raw_since(mark)
        t.keys("1").idle()  # a word of before at the foot of the screen goes
        assert_right(t)
        t.keys("q")
        assert ended(t, "q") == 0
        assert_given_back(t)


def test_stopped_many_times(tmp_path):
    with dashboard(product_of(tmp_path)) as t:
        t.idle()
        for _ in range(10):
            t.keys("\x1a").wait_stopped()
            os.kill(t.pid, signal.SIGCONT)
            t.wait_for("q quit")
        watch(t, 0.3)
        assert_right(t)
        assert t.raw.count(b"\x1b[22;0;0t") == t.raw.count(b"\x1b[23;0;0t") + 1
        t.keys("q")
        assert ended(t, "q") == 0
        assert_given_back(t)


@pytest.mark.parametrize("way", ["key", "TSTP"])
def test_it_asks_before_it_stops_with_a_sync(tmp_path, way):
    with crm_of(**SLOW) as crm, dashboard(product_of(tmp_path, crm)) as t:
        t.idle()
        start_sync(t, crm)
        if way == "key":
            t.keys("\x1a")
        else:
            t.kill(signal.SIGTSTP)
        t.wait_for(lambda t: re.search("go on|stay", str(t)), GUARD)
        state = pathlib.Path(f"/proc/{t.pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert state != "T"
        t.kill(signal.SIGTERM)
        assert ended(t, "TERM") == 0


SIZES = [(100, 300), (1, 1), (24, 80), (10, 40), (5, 20), (60, 200), (2, 300), (100, 2), (15, 60),
         (40, 120)]


def burst(t, count, seconds):
    """So many resizes, reading all the while; gives the frames drawn (answered ones)."""
    mark = t.mark()
    began = time.monotonic()
    for i in range(count - 1):
        t._set_size(*SIZES[i % len(SIZES)])
        until = began + seconds * (i + 1) / count
        while (left := until - time.monotonic()) > 0 and select.select([t.master], [], [], left)[0]:
            raw = os.read(t.master, 65536)
            t.raw += raw
            if DSR in raw and t.answer_dsr:
                os.write(t.master, b"\x1b[0n" * raw.count(DSR))
    came = t.raw_since(mark)
    t.rows, t.cols = 39, 119
    t.screen.resize(39, 119)
    t.screen.reset()
    t._set_size(39, 119)  # the last one: what it brings is looked at
    return came


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "mute"])
def test_a_storm_of_resizes(tmp_path, answers):
    with dashboard(product_of(tmp_path), answer_dsr=answers) as t:
        t.idle()
        came = burst(t, 50, 0.5)
        frames = came.count(CLEAR) + came.count(b"\x1b[H\x1b[J")
        print(f"50 resizes: {frames} full frames, {came.count(DSR)} asked, {len(came)} bytes")
        assert frames <= 15 and came.count(DSR) <= 15 and len(came) < 120_000
        t.wait_for("q quit")
        watch(t, 1.2)
        assert_right(t)
        t.keys("q")
        assert ended(t, "q") == 0
        assert_given_back(t)


@pytest.mark.parametrize("small", [(1, 1), (20, 60)])
def test_smaller_and_back_at_once(tmp_path, small):
    """The terminal has lost what did not fit, although its size is the old one when it is asked."""
    with dashboard(product_of(tmp_path)) as t:
        t.idle()
        t.resize(39, 119).idle()  # a full frame, which the next has to keep its distance from
        for rows, cols in (small, (39, 119)):
            t._set_size(rows, cols)
            t.screen.resize(rows, cols)
            time.sleep(0.02)
        watch(t, 1.5)
        assert_right(t)


def test_a_storm_of_resizes_while_a_sync_runs(tmp_path):
    with crm_of(**SLOW) as crm, dashboard(product_of(tmp_path, crm)) as t:
        t.idle()
        start_sync(t, crm)
        came = burst(t, 50, 0.5)
        print(f"50 resizes: {came.count(CLEAR)} full frames, {came.count(DSR)} asked, {len(came)} B")
        assert came.count(CLEAR) <= 15 and came.count(DSR) <= 15
        t.wait_for("Active syncs").wait_for("running")
        t.kill(signal.SIGTERM)
        assert ended(t, "TERM") == 0
        assert_given_back(t)


@pytest.mark.parametrize("rows, cols", sorted(set(SIZES)))
def test_each_size_and_back(tmp_path, rows, cols):
    with dashboard(product_of(tmp_path)) as t:
        t.idle()
        if (rows, cols) != (40, 120):  # else nothing tells it anything
            t.resize(rows, cols).idle()
        if rows >= 2 and cols >= 2:
            assert_right(t)
        if (rows, cols) in ((10, 40), (5, 20)):
            assert re.search(rf"{cols}\D+{rows}|{rows}\D+{cols}", " ".join(t.text())), str(t)
        t.resize(39, 119).idle()
        t.wait_for("q quit")
        assert_right(t)


# -- what it writes -----------------------------------------------------------------------------------


def test_nothing_is_painted_in_full_but_for_a_reason(tmp_path):
    with crm_of(**BRIEF) as crm:
        product = product_of(tmp_path, crm)
        with dashboard(product) as t:
            t.idle()
            first = t.raw.count(CLEAR)
            assert first <= 1
            start_sync(t, crm)
            t.wait_for("completed", 60)
            t.idle()
            for key in "12345z\tzjkGgo?\x1b@\x1b:\x1b/x\x1bppsM":
                t.keys(key).idle()
            t.keys("\x1b").idle()
            assert t.raw.count(CLEAR) == first
            t.keys("\x0c").idle()
            assert t.raw.count(CLEAR) == first + 1


def test_keys_that_change_nothing_cost_nothing(tmp_path):
    with dashboard(product_of(tmp_path)) as t:
        t.idle().keys("1").idle()
        mark = t.mark()
        t.keys("1").idle().keys("1").idle()
        assert len(t.raw_since(mark)) <= 40


@pytest.mark.long
@pytest.mark.parametrize("has_data", [False, True], ids=["no database", "a database"])
def test_idle(tmp_path, has_data):
    with crm_of(**BRIEF) as crm:
        product = product_of(tmp_path, crm)
        if has_data:
            product.sync("initial")
        with dashboard(product) as t:
            t.idle()
            watch(t, 1)
            mark, slept, ticks = t.mark(), wakeups(t), cpu_ticks(t)
            watch(t, 65)
            came, slept, ticks = len(t.raw_since(mark)), wakeups(t) - slept, cpu_ticks(t) - ticks
            print(f"idle for 65 s: {came} bytes, {slept} wake-ups, {ticks} ticks of CPU")
            # A minute's tick, twice at most in 65 s; each answered frame wakes it once more.
            assert came <= 400 and slept <= 4 and ticks <= 2
            assert came <= 220 or slept > 2


@pytest.mark.long
@pytest.mark.parametrize("pace", ["flood", "paced"])
@pytest.mark.parametrize("answers", [True, False], ids=["answers", "mute"])
def test_live_frames_and_bytes(tmp_path, pace, answers):
    limit = 0 if pace == "flood" else 500
    with crm_of(**{**(BUSY if pace == "flood" else SLOW), "rate_limit": limit}) as crm:
        product = product_of(tmp_path, crm, api_requests_per_minute=limit)
        with dashboard(product, answer_dsr=answers) as t:
            t.idle()
            start_sync(t, crm)
            watch(t, 2)
            mark = t.mark()
            came = watch(t, 12)
            asked = crm.stats()["requests"]
            most, frames = busiest(came, 5) / 5, t.raw_since(mark).count(DSR)
            print(f"{pace}: {most:.0f} B/s at most in 5 s, {len(t.raw_since(mark)) / 12:.0f} B/s, "
                  f"{len(came) / 12:.1f} reads/s, {frames} asked, {asked} requests")
            assert jobs(product) == ["running"], "over too soon to tell"
            assert len(came) > 6, "nothing moves"
            assert most <= 1300
            assert frames <= 62 and len(came) <= 66
            assert CLEAR not in t.raw_since(mark)
            assert statistics.median(n for _, n in came) <= 300
            t.kill(signal.SIGTERM)
            assert ended(t, "TERM") == 0


@pytest.mark.long
def test_another_process_s_sync_costs_as_little(tmp_path):
    with crm_of(**SLOW) as crm:
        product = product_of(tmp_path, crm)
        process = product.start("sync", "initial", "--quiet")
        try:
            with dashboard(product) as t:
                t.wait_for("running")
                watch(t, 2)
                mark = t.mark()
                came = watch(t, 10)
                frames = t.raw_since(mark).count(DSR)
                print(f"{busiest(came, 5) / 5:.0f} B/s, {frames} frames in 10 s")
                assert frames > 5, "it does not follow"
                assert busiest(came, 5) <= 5 * 1300 and frames <= 52
                t.keys("q")
                assert ended(t, "q") == 0
        finally:
            process.kill()
            process.communicate()


def test_a_key_paints_while_events_flood(tmp_path):
    with crm_of(**BUSY) as crm:
        product = product_of(tmp_path, crm)
        with dashboard(product) as t:
            t.idle()
            start_sync(t, crm)
            t.keys("3")
            watch(t, 1)
            took = []
            for i in range(50):
                while select.select([t.master], [], [], 0)[0]:
                    t._read()
                began = time.monotonic()
                os.write(t.master, b"25"[i % 2:i % 2 + 1])  # the focus moves: always seen
                assert select.select([t.master], [], [], GUARD)[0]
                took.append((time.monotonic() - began) * 1000)
                watch(t, 0.03)
            took.sort()
            print(f"key to output: median {statistics.median(took):.1f} ms, p95 {took[47]:.1f}, "
                  f"most {took[-1]:.1f}")
            assert statistics.median(took) < 250
            t.kill(signal.SIGTERM)
            assert ended(t, "TERM") == 0


# -- how often it wakes -----------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["ours", "another's"])
def test_frozen_it_sleeps(tmp_path, whose):
    """Whatever happens to the database while the screen is held still."""
    with crm_of(**(BRIEF if whose == "ours" else SLOW)) as crm:
        product = product_of(tmp_path, crm)
        process = None if whose == "ours" else product.start("sync", "initial", "--quiet")
        try:
            with dashboard(product) as t:
                if whose == "ours":
                    t.idle()
                    start_sync(t, crm)
                    t.keys("p")
                    wait_until(lambda: jobs(product) == ["completed"], 60)
                    watch(t, 0.5)
                else:
                    t.wait_for("running").keys("p")
                    watch(t, 2.5)
                before = cpu_ticks(t)
                watch(t, 1)
                assert cpu_ticks(t) - before < 20, "it spins"
                t.keys("q")
                ended(t, "q")
        finally:
            if process:
                process.kill()
                process.communicate()


def system_calls(t, name, seconds):
    """The lines of strace for it, all its threads."""
    if not shutil.which("strace"):
        pytest.skip("no strace")
    trace = subprocess.Popen(["strace", "-f", "-qq", "-e", f"trace={name}", "-p", str(t.pid)],
                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    watch(t, seconds)
    trace.terminate()
    lines = trace.communicate()[1]
    if "Operation not permitted" in lines:
        pytest.skip("may not trace")
    return lines.splitlines()


@pytest.mark.long
def test_one_wake_up_write_a_sleeping_period(tmp_path):
    """The engine writes to its eventfd only when the screen sleeps: not once an event."""
    with crm_of(**BUSY) as crm:
        with dashboard(product_of(tmp_path, crm)) as t:
            t.idle()
            start_sync(t, crm)
            watch(t, 1)
            before = crm.stats()["requests"]
            lines = system_calls(t, "write", 5)
            asked = crm.stats()["requests"] - before
            wakes = [line for line in lines if re.search(r'write\(\d+, "\\1\\0\\0\\0\\0\\0\\0\\0", 8',
                                                         line)]
            print(f"{len(wakes)} eventfd writes for {asked} requests in 5 s")
            assert asked > 50
            assert len(wakes) <= 60
            t.kill(signal.SIGTERM)
            ended(t, "TERM")


@pytest.mark.long
def test_an_idle_dashboard_calls_nothing(tmp_path):
    with crm_of(**BRIEF) as crm:
        product = product_of(tmp_path, crm)
        product.sync("initial")
        with dashboard(product) as t:
            t.idle()
            watch(t, 1)
            lines = system_calls(t, "all", 10)
            calls = [line for line in lines if "(" in line and "<unfinished" not in line]
            print(len(calls), calls[:20])
            assert len(calls) < 250, "more than a minute's tick"
