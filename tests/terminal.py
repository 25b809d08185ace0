"""A terminal for tests: runs a program on a pty and reads its screen as a person would.

    with Terminal([program, "demo"], rows=24, cols=80) as t:
        t.wait_for("count")            # anywhere on the screen; or a predicate of the Terminal
        t.keys("q")
        assert t.wait_exit() == 0

Nothing here sleeps: every wait is a poll of the pty with an end. The program is a child of a session
leader of its own, which has the pty as its controlling terminal, as under a shell: with less,
SIGTSTP would be ignored (an orphaned process group). Statuses are as subprocess has them: -n = died
by signal n.
"""

import fcntl
import os
import re
import select
import signal
import struct
import termios
import time

import pyte

DSR = b"\x1b[5n"
# What pyte 0.8.0 raises on or prints as text: strings it does not know, private parameters in CSI.
CHOKES = re.compile(
    rb"\x1b[P_^X].*?\x1b\\|\x1b\].*?(?:\x07|\x1b\\)|\x1b\[[<=>][\d;]*[a-zA-Z]"
    rb"|\x1b\[[?\d;]*\$[a-z]|\x1b\[[\d;]*t|\x1b\[\?1m|\x1b\\",
    re.DOTALL,
)
REPEAT = re.compile(rb"(.)\x1b\[(\d+)b", re.DOTALL)
TAIL = re.compile(rb"\x1b(?:\[[^@-~]*|[\]P_^X](?:(?!\x1b\\)[^\x07])*)?$")  # a sequence that has not ended
CLEAN_ENV = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/nonexistent"}


class Terminal:
    def __init__(self, args, env=None, rows=24, cols=80, term="xterm-256color", answer_dsr=True):
        """`env` is added to a clean environment; None as a value removes. `term` None: TERM unset."""
        self.rows, self.cols, self.answer_dsr, self.reading = rows, cols, answer_dsr, True
        self.raw = b""  # all that the program wrote and the test has read
        self.status = None
        self.screen = pyte.Screen(cols, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.master, slave = os.openpty()
        self._set_size(rows, cols)
        self.before = termios.tcgetattr(slave)
        self._idle, idle = os.pipe()
        self._status, status = os.pipe()
        environment = {**CLEAN_ENV, "TERM": term, "IPSYNC_TEST_FD": str(idle), **(env or {})}
        environment = {name: value for name, value in environment.items() if value is not None}
        self._tail = b""
        self._leader = os.fork()
        if self._leader == 0:
            self._lead(slave, idle, status, [os.fspath(a) for a in args], environment)
        os.close(idle)
        os.close(status)
        self.slave = slave  # kept: the modes and the screen stay when the program has gone
        self.pid = int(self._next_report())

    def _lead(self, slave, idle, status, args, environment):
        """In the child: the session leader, which starts the program and reports how it fares."""
        try:
            os.close(self.master)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for number in (signal.SIGHUP, signal.SIGTTOU, signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_IGN)
            pid = os.fork()
            if pid == 0:
                os.setpgid(0, 0)
                os.tcsetpgrp(slave, os.getpid())
                for number in (signal.SIGHUP, signal.SIGTTOU, signal.SIGINT, signal.SIGQUIT):
                    signal.signal(number, signal.SIG_DFL)
                for fd in (0, 1, 2):
                    os.dup2(slave, fd)
                os.set_inheritable(idle, True)
                os.execve(args[0], args, environment)
            os.write(status, b"%d\n" % pid)
            os.close(slave)  # a hang-up is for the program, not for us
            os.close(idle)
            while True:
                _, state = os.waitpid(pid, os.WUNTRACED | os.WCONTINUED)
                if os.WIFSTOPPED(state):
                    os.write(status, b"stopped\n")
                elif os.WIFCONTINUED(state):
                    os.write(status, b"continued\n")
                else:
                    os.write(status, b"%d\n" % os.waitstatus_to_exitcode(state))
                    break
        finally:
            os._exit(127)

    def _next_report(self, seconds=15):
        """The next line of the session leader: a number, "stopped", "continued"."""
        line = b""
        end = time.monotonic() + seconds
        while not line.endswith(b"\n"):
            fds = [self._status] + ([self.master] if self.reading and self.master >= 0 else [])
            ready = select.select(fds, [], [], max(0, end - time.monotonic()))[0]
            assert ready, f"no news of the program in {seconds} s\n{self}"
            if self.master in ready:
                self._read()
            if self._status in ready:
                byte = os.read(self._status, 1)
                assert byte, "the session leader is gone"
                line += byte
        return line.decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
        self.close()
        os.waitpid(self._leader, 0)
        for fd in (self.slave, self._idle, self._status):
            os.close(fd)

    def __str__(self):
        return "\n".join(self.text())

    def _set_size(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def _read(self):
        """What the program wrote by now, onto the screen. Only called when select() said so."""
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: nobody has the terminal open
            return
        self.raw += data
        if self.answer_dsr and DSR in self._tail + data:
            os.write(self.master, b"\x1b[0n" * (self._tail + data).count(DSR))
        data = self._tail + data
        cut = TAIL.search(data)
        self._tail = data[cut.start():] if cut and len(data) - cut.start() < 4096 else b""
        data = CHOKES.sub(b"", data[: len(data) - len(self._tail)].replace(DSR, b""))
        self.stream.feed(REPEAT.sub(lambda m: m[1] * (int(m[2]) + 1), data))

    def text(self):
        """The screen's rows, without blanks at their ends."""
        return [row.rstrip() for row in self.screen.display]

    def mark(self):
        """A place in `raw`, for raw_since()."""
        return len(self.raw)

    def raw_since(self, mark):
        return self.raw[mark:]

    def wait_for(self, what, seconds=15):
        """Until a text is on the screen or a predicate holds; fails with the screen shown."""
        holds = what if callable(what) else lambda t: any(what in row for row in t.text())
        end = time.monotonic() + seconds
        while not holds(self):
            ready = select.select([self.master], [], [], max(0, end - time.monotonic()))[0]
            assert ready, f"waited {seconds} s for {what!r}\n{self}"
            self._read()
        return self

    def idle(self, seconds=15):
        """Until the program says, after what it was sent before, that it has nothing left to do."""
        end = time.monotonic() + seconds
        while True:
            ready = select.select([self.master, self._idle], [], [], max(0, end - time.monotonic()))[0]
            assert ready, f"not idle after {seconds} s\n{self}"
            if self.master in ready:
                self._read()
            elif os.read(self._idle, 65536):
                return self
            else:
                raise AssertionError(f"the program has gone\n{self}")

    def _settle(self, seconds=2):
        """Until the program sleeps and has read all, so that no word of idleness from before comes
        after this. One that never sleeps is not waited for any longer."""
        quiet, end = 0, time.monotonic() + seconds
        while quiet < 2 and self.reading and time.monotonic() < end:
            if select.select([self.master], [], [], 0.002)[0]:
                self._read()
                quiet = 0
                continue
            unread = struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, bytes(4)))[0]
            with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
                sleeps = stat.read().rpartition(")")[2].split()[0] in "STZ"
            quiet = quiet + 1 if sleeps and unread == 0 else 0
        while select.select([self._idle], [], [], 0)[0] and os.read(self._idle, 65536):
            pass

    def keys(self, text):
        """Types; a str is sent as UTF-8."""
        self._settle()
        os.write(self.master, text.encode() if isinstance(text, str) else text)
        return self

    def resize(self, rows, cols):
        self._settle()
        self.rows, self.cols = rows, cols
        self._set_size(rows, cols)
        self.screen.resize(rows, cols)
        return self

    def kill(self, number):
        self._settle()
        os.kill(self.pid, number)
        return self

    def modes(self):
        """The termios of the terminal now; equal to `before` when it was given back."""
        return termios.tcgetattr(self.slave)

    def stop_reading(self):
        """From now on only wait_exit() and wait_stopped() wait, and nothing is read."""
        self.reading = False

    def resume_reading(self):
        self.reading = True

    def close(self):
        """Hangs up."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def wait_stopped(self, seconds=15):
        while self._next_report(seconds) != "stopped":
            pass
        return self

    def wait_exit(self, seconds=15):
        """The exit status; what was written until then is on the screen."""
        while self.status is None:
            report = self._next_report(seconds)
            self.status = int(report) if report.lstrip("-").isdigit() else None
        while self.reading and self.master >= 0 and select.select([self.master], [], [], 0)[0]:
            self._read()
        return self.status
