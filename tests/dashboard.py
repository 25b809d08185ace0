"""The dashboard of the program under test on a pty: Terminal with what a person finds on its screen.

    with Dashboard(product) as d:
        d.press("3")                          # types, and waits until it has nothing left to do
        assert d.pane("Error log") == [...]   # rows within the pane's border
        d.quit()
"""
import re
import time

import pyte

from product import IPSYNC
from terminal import Terminal

PANES = ("Active syncs", "History", "Error log", "Analytics", "Schedule")
SHORT = {"Active": "Active syncs", "Errors": "Error log"}  # as a narrow screen names them
ESC, ENTER, TAB, SHIFT_TAB = "\x1b", "\r", "\t", "\x1b[Z"
UP, DOWN, LEFT, RIGHT = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
HOME, END, PGUP, PGDN = "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~"
CTRL_C, CTRL_Z, CTRL_L, CTRL_U = "\x03", "\x1a", "\x0c", "\x15"
TOP_LEFT, BOTTOM_LEFT, SIDE, LINE = "┌+", "└+", "│|", "─-"
SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:")


def _scroll(screen, first, step, count):
    """SU and SD, which pyte 0.8.0 does not know: rows within the margins move, blank ones come."""
    top, bottom = screen.margins or (0, screen.lines - 1)
    rows = {y: screen.buffer.pop(y) for y in range(top, bottom + 1) if y in screen.buffer}
    for y, row in rows.items():
        if top <= y + step * count <= bottom:
            screen.buffer[y + step * count] = row
    screen.dirty.update(range(screen.lines))


pyte.Screen.scroll_up = lambda self, count=None: _scroll(self, 0, -1, count or 1)
pyte.Screen.scroll_down = lambda self, count=None: _scroll(self, 0, 1, count or 1)
pyte.Stream.csi = {**pyte.Stream.csi, "S": "scroll_up", "T": "scroll_down"}
pyte.Stream.events = pyte.Stream.events | {"scroll_up", "scroll_down"}


class Dashboard(Terminal):
    def __init__(self, product, *args, env=None, wait=True, **options):
        self.product, self._awaits_idle = product, True
        super().__init__([IPSYNC, *args], env={**product.env, **(env or {})}, **options)
        if wait:
            self.idle()

    def __exit__(self, *exc):
        super().__exit__(*exc)
        if exc[0] is None:
            assert not any(word.encode() in self.raw for word in SANITIZER), self.raw[-8000:].decode()

    # -- typing -------------------------------------------------------------------------------

    def keys(self, text):
        self._awaits_idle = True
        return super().keys(text)

    def resize(self, rows, cols):
        self._awaits_idle = True
        return super().resize(rows, cols)

    def idle(self, seconds=15):
        """Until it says that it has nothing left to do; where it has said so already, until it sleeps."""
        if self._awaits_idle:
            super().idle(seconds)
        else:
            self._settle()
        self._awaits_idle = False
        return self

    def press(self, *texts):
        """Types one after the other, and waits after each until there is nothing left to do."""
        for text in texts:
            self.keys(text).idle()
        return self

    def quit(self, seconds=15):
        """q, and all that a good ending is."""
        self.keys("q")
        assert self.wait_exit(seconds) == 0, str(self)
        self.assert_given_back()

    def assert_given_back(self):
        """The terminal is as it was."""
        assert self.modes() == self.before
        on, off = b"\x1b[?1049h", b"\x1b[?1049l"
        assert self.raw.count(on) == self.raw.count(off)
        assert self.raw.rfind(b"\x1b[?25h") >= self.raw.rfind(b"\x1b[?25l")

    # -- seeing -------------------------------------------------------------------------------

    def header(self):
        return self.text()[0]

    def footer(self):
        return self.text()[-1]

    def _box(self, row, col):
        """What is within the box whose upper left corner is there, or None."""
        lines = [r.ljust(self.cols) for r in self.lines()]
        edge = lines[row]
        end = next((c for c in range(col + 1, self.cols) if edge[c] in "┐+"), None)
        if end is None:
            return None
        inside = []
        for line in lines[row + 1:]:
            if line[col] in BOTTOM_LEFT and line[col] not in SIDE:
                return inside
            inside.append(line[col + 1:end].rstrip())
        return None

    def lines(self):
        """The screen's rows, one character a column (a wide one is followed by a NUL)."""
        return ["".join((self.screen.buffer[y][x].data or "\0")[0] for x in range(self.cols))
                for y in range(self.rows)]

    def boxes(self):
        """{title with what stands behind it: (row, col)} of all borders on the screen."""
        found = {}
        for y, line in enumerate(self.lines()):
            for m in re.finditer(r"[┌+]([^┌┐+│|]*)[┐+]", line):
                found.setdefault(m[1].strip("─- "), (y, m.start()))
        return found

    def _named(self, name):
        short = [s for s, long in SHORT.items() if long == name]
        for title, place in self.boxes().items():
            if any(re.match(rf"(\d )?{re.escape(n)}\b", title) for n in (name, *short)):
                return title, place
        return None, None

    def title(self, name):
        """What stands in a box's border: "3 Error log  3/1204 …"; None = it is not there."""
        return self._named(name)[0]

    def box(self, name):
        """The rows within a box; None = it is not on the screen."""
        _, place = self._named(name)
        return self._box(*place) if place else None

    def pane(self, name):
        rows = self.box(name)
        assert rows is not None, f"no pane {name}\n{self}"
        return rows

    def shown(self, name):
        return "\n".join(self.pane(name))

    def cursor_row(self):
        """The text of the row in which the cursor stands."""
        return self.text()[self.screen.cursor.y].strip("│| ")

    def dialog(self, name):
        """The text of a window, its rows joined by blanks; "" = it is not open."""
        rows = self.box(name)
        return "" if rows is None else re.sub(r"\s+", " ", " ".join(rows)).strip()

    # -- waiting ------------------------------------------------------------------------------

    def see(self, pattern, seconds=15, where=None):
        """Until a regular expression is found on the screen, or in a box."""
        def holds(t):
            text = "\n".join(t.text() if where is None else t.box(where) or [])
            return re.search(pattern, text)
        try:
            return self.wait_for(holds, seconds)
        except AssertionError as e:
            raise AssertionError(f"{pattern!r} in {where or 'the screen'}: {e}") from None

    def gone(self, pattern, seconds=15):
        return self.wait_for(lambda t: not re.search(pattern, str(t)), seconds)

    def drain(self, seconds=0.0):
        """Reads what there is, for so long at least; for what is not to happen."""
        import select
        end = time.monotonic() + seconds
        while select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
            self._read()
        return self
