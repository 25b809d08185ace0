"""The terminal itself (tui/screen/term.h), by the small program `test_term demo` on a pty."""

import os
import re
import select
import shutil
import signal
import termios
import time

import pytest

from conftest import BUILD
from terminal import Terminal

DEMO = [BUILD / "unit" / "test_term", "demo"]
IS_SANITIZED = "san-" in BUILD.name
COLOUR = re.compile(rb"\x1b\[(?:[\d;]*;)?(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:;[\d;]*)?m")
CLEAR = b"\x1b[2J"
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


def demo(*args, **options):
    return Terminal([*DEMO, *args], **options)


def started(*args, **options):
    t = demo(*args, **options)
    return t.wait_for("count")


def count_is(number):
    return re.compile(rf"count +{number}\b").search


def shows(pattern):
    return lambda t: re.search(pattern, str(t))


def assert_given_back(t):
    assert t.modes() == t.before
    for on, off in [(ENTER, LEAVE), (b"\x1b[?2004h", b"\x1b[?2004l"), (b"\x1b[22;0;0t", b"\x1b[23;0;0t")]:
        assert t.raw.count(on) == t.raw.count(off) and t.raw.rindex(on) < t.raw.rindex(off), on
    assert t.raw.rindex(b"\x1b[?25h") > t.raw.rfind(b"\x1b[?25l")
    assert t.raw.rindex(b"\x1b[?1000l") > t.raw.rfind(b"\x1b[?1000h")


# ---- endings ----------------------------------------------------------------------------------


def test_quit():
    with started() as t:
        t.keys("+m").wait_for(shows(r"count +1"))
        assert b"\x1b[?1000h\x1b[?1006h" in t.raw
        t.keys("q")
        assert t.wait_exit() == 0
        assert_given_back(t)
        assert b"count 1\r\n" in t.raw[t.raw.rindex(LEAVE):]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_of_the_loop(number):
    with started() as t:
        t.kill(number)
        assert t.wait_exit() == 128 + number
        assert_given_back(t)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT])
def test_fatal_signals(number):
    with started() as t:
        t.kill(number)
        status = t.wait_exit()
        assert status == -number or (IS_SANITIZED and status > 0)
        assert_given_back(t)
        assert f"ended by {number.name}; what was synced is safe".encode() in t.raw[t.raw.rindex(LEAVE):]


@pytest.mark.parametrize("key, number", [("!", signal.SIGSEGV), ("^", signal.SIGSEGV), ("@", signal.SIGABRT)])
def test_crashes(key, number):
    with started() as t:
        t.keys("m" + key)
        status = t.wait_exit()
        assert status == -number or (IS_SANITIZED and status > 0)
        assert_given_back(t)


def test_hang_up():
    with started() as t:
        before = time.monotonic()
        t.close()
        assert t.wait_exit(5) == 1
        assert time.monotonic() - before < 1


def test_answer_does_not_reach_the_shell():
    """The answer to the last frame comes while the program ends, and is not left to be read."""
    with started() as t:
        t.idle()
        t.answer_dsr = False
        t.keys("q").wait_for(lambda t: LEAVE in t.raw)
        os.write(t.master, b"\x1b[0n")
        assert t.wait_exit() == 0
        assert not select.select([t.slave], [], [], 0)[0]


def test_answer_that_never_comes():
    with started(answer_dsr=False) as t:
        t.keys("+").wait_for(shows(r"count +1"))
        t.keys("+").wait_for(shows(r"count +2"))
        before = time.monotonic()
        t.keys("q")
        assert t.wait_exit() == 0
        assert time.monotonic() - before < 1


# ---- a terminal that is not read ---------------------------------------------------------------


def stall(t, typed=b"", times=40):
    """Lets it run for a while without reading, typing now and then."""
    t.wait_for(shows(r"count +[1-9]\d"))
    t.stop_reading()
    for _ in range(times):
        os.write(t.master, typed)
        select.select([], [], [], 0.02)


def test_stalled():
    with started(rows=60, cols=200) as t:
        t.keys("%")
        stall(t, b"\x0c")  # each a frame of some kB: more than a pty holds
        before = time.monotonic()
        os.write(t.master, b"q")
        assert t.wait_exit(5) == 0
        assert time.monotonic() - before < 1
        assert t.modes() == t.before


def test_stalled_for_a_while():
    """Nothing waits for the reader, and all comes out in the end."""
    with started(rows=60, cols=200) as t:
        t.keys("%")
        stall(t, b"\x0c")
        t.resume_reading()
        os.write(t.master, b"q")
        assert t.wait_exit() == 0
        assert_given_back(t)
        slowest = float(re.search(rb"the slowest took ([\d.]+) ms", t.raw)[1])
        assert slowest < 100


def test_stalled_with_answers():
    """A terminal that answers gets one frame, not all that happened while nobody looked."""
    with started() as t:
        t.keys("%")
        stall(t)
        mark = t.mark()
        t.resume_reading()
        t._read()
        assert len(t.raw_since(mark)) < 100
        t.wait_for(lambda t: t.raw_since(mark).count(b"\x1b[5n") > 5)
        os.write(t.master, b"q")
        assert t.wait_exit() == 0


def test_mute_terminal_gets_frames():
    with started(answer_dsr=False) as t:
        t.keys("%").wait_for(shows(r"count +\d\d\d"))


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("setpriv"), reason="needs another user")
def test_terminal_of_another_user():
    """After su the terminal cannot be opened again; still nothing waits for it."""
    nobody = [shutil.which("setpriv"), "--reuid", "65534", "--clear-groups", *DEMO]
    with Terminal(nobody, rows=60, cols=200) as t:
        t.keys("%")
        stall(t, b"\x0c")
        before = time.monotonic()
        os.write(t.master, b"q")
        assert t.wait_exit(5) == 0
        assert time.monotonic() - before < 1
        assert t.modes() == t.before


# ---- stopping and going on ---------------------------------------------------------------------


@pytest.mark.parametrize("how", ["key", "signal"])
def test_stop_and_go_on(how):
    with started() as t:
        t.idle()
        if how == "key":
            t.keys("\x1a")
        else:
            t.kill(signal.SIGTSTP)
        t.wait_stopped()
        while LEAVE not in t.raw:
            t._read()
        assert_given_back(t)
        t.resize(30, 100)
        mark = t.mark()
        os.kill(t.pid, signal.SIGCONT)
        t.wait_for("size 30x100")
        since = t.raw_since(mark)
        assert since.index(ENTER) < since.index(CLEAR)
        assert t.modes() != t.before
        t.keys("+").wait_for(shows(r"count +1"))
        t.keys("q")
        assert t.wait_exit() == 0
        assert_given_back(t)


def test_stopped_without_a_warning():
    with started() as t:
        t.kill(signal.SIGSTOP).wait_stopped()
        termios.tcsetattr(t.slave, termios.TCSANOW, t.before)  # as a shell does
        mark = t.mark()
        os.kill(t.pid, signal.SIGCONT)
        t.wait_for(lambda t: CLEAR in t.raw_since(mark)).idle()
        t.keys("q")
        assert t.wait_exit() == 0
        assert t.modes() == t.before


# ---- keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent, shown",
    [
        ("aZ é€\t\r\x7f", "a Z space é € tab enter backspace"),
        ("\x1b[A\x1bOB\x1b[1;5C\x1b[D", "up down right left"),
        ("\x1b[H\x1b[4~\x1b[5~\x1b[6~\x1b[3~\x1b[Z", "home end pgup pgdn delete shift-tab"),
        ("\x03\x13\x11\x1c", r"ctrl-c ctrl-s ctrl-q \?"),
        ("\x1b", "esc"),
        ("\x1b[0n\x1b[?2026;2$y\x1b[1;1R\x1b]11;rgb:0/0/0\x1b\\x", "x"),
        ("\x1b[200~ql+\x1b[201~b", "paste 'q' 'l' '\\+' b"),
        ("\x1b[<0;5;4M\x1b[<64;1;1M", "click wheel-up"),
    ],
)
def test_keys(sent, shown):
    shown = shown.replace(r" \?", "")  # ctrl-\ is no key, and does not end the program either
    with started() as t:
        t.keys(sent).wait_for(shows(rf"keys {shown} \."))
        t.keys("q")
        assert t.wait_exit() == 0


def test_every_key_byte_by_byte():
    with started() as t:
        for byte in b"\x1b[1;5A\xe2\x82\xac":
            os.write(t.master, bytes([byte]))
        t.wait_for(shows(r"keys up € \."))


# ---- what is sent --------------------------------------------------------------------------------


def test_costs():
    with started() as t:
        t.idle()
        assert len(t.raw) < 4000 and t.raw.count(CLEAR) == 1
        mark = t.mark()
        t.kill(signal.SIGWINCH).idle()  # the same size: it may have been smaller, and have cut its rows
        assert t.raw_since(mark).count(CLEAR) == 1
        for number in range(1, 6):
            mark = t.mark()
            t.keys("+").wait_for(shows(rf"count +{number}")).idle()
            assert len(t.raw_since(mark)) < 80  # the number, the name of the key, the question
            assert CLEAR not in t.raw_since(mark)
        mark = t.mark()
        t.keys("\x0c").wait_for(lambda t: CLEAR in t.raw_since(mark))


def test_title_and_copy():
    with started() as t:
        assert b"\x1b]2;ipsync\x1b\\" in t.raw
        t.keys("y").wait_for(lambda t: b"\x1b]52;c;aGVsbG8=\x07" in t.raw)


def test_light_background():
    with started() as t:
        t.idle()
        assert b"\x1b]11;?\x1b\\" in t.raw
        mark = t.mark()
        t.keys("\x1b]11;rgb:ffff/ffff/ffff\x1b\\").wait_for(lambda t: b"\x1b[35m" in t.raw_since(mark))
    with started("colour-blind") as t:
        assert b"\x1b]11" not in t.raw


def test_resize_storm():
    sizes = [(300, 100), (24, 80), (15, 60), (10, 40), (5, 20), (1, 1), (1, 200), (2, 3), (24, 80)]
    with started() as t:
        for rows, cols in sizes * 4:
            t.resize(rows, cols)
        t.wait_for("size 24x80")
        for rows, cols in sizes:
            t.resize(rows, cols).idle()
            text = t.text()
            assert text[-1].endswith("#") and len(text) == rows
            assert cols < 20 or rows < 4 or f"size {rows}x{cols}" in text[2]
        t.keys("q")
        assert t.wait_exit() == 0
        assert_given_back(t)


@pytest.mark.parametrize("term", ["xterm-256color", "xterm", "tmux-256color", "screen", "linux", "vt100", "rxvt", "ansi"])
def test_kinds(term):
    with started(term=term) as t:
        t.keys("+").wait_for(shows(r"count +1"))
        assert "demo" in t.text()[0] and t.text()[-1].endswith("#")
        is_window = not term.startswith(("linux", "vt", "ansi"))
        assert (b"\x1b]" in t.raw) == is_window
        assert bool(COLOUR.search(t.raw)) == (term != "vt100")
        t.keys("q")
        assert t.wait_exit() == 0
        assert t.modes() == t.before


@pytest.mark.parametrize("term", ["dumb", "", None, "unknown", "no-such-terminal", "hardcopy"])
def test_unfit(term):
    with demo(term=term) as t:
        assert t.wait_exit() == 2
        assert b"\x1b" not in t.raw and len(t.raw.splitlines()) == 1
        assert t.modes() == t.before


def test_no_colour():
    for options in [{"env": {"NO_COLOR": "1"}}, {"term": "vt100"}, {"term": "xterm-mono"}]:
        with started(**options) as t:
            t.keys("+").wait_for(shows(r"count +1"))
            t.keys("q").wait_exit()
            assert not COLOUR.search(t.raw)
            assert b"\x1b[39" not in t.raw
    with started(env={"NO_COLOR": ""}) as t:
        assert COLOUR.search(t.raw)
    with started("mono") as t:
        assert not COLOUR.search(t.raw)


@pytest.mark.parametrize(
    "env, is_utf8",
    [
        ({"LANG": "C"}, False),
        ({"LANG": None}, False),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "tlh_QO.UTF-8"}, True),  # installed nowhere
        ({"LANG": "C", "LC_CTYPE": "xx_XX.utf8"}, True),
    ],
)
def test_locales(env, is_utf8):
    with started(env=env) as t:
        t.keys("é").wait_for(shows(r"keys (é|\?) \."))
        assert t.raw.isascii() != is_utf8
        assert ("中é" in t.text()[0]) == is_utf8
        assert t.text()[0].endswith("┐" if is_utf8 else "+")
