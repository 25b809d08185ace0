"""The dashboard's speed, side by side with small terminal programs, and with a large database.

    screen.py [--big FILE] [--idle SECONDS] [--starts N] [--only LIST] [--sync]

Prints tables: starting and idling of ipsync and of nnn, htop, btop, tig and less (those that are
installed; their starts are interleaved), keys on a large database (FILE as big_db.py makes it) next
to an empty one, and with --sync what ten dashboards cost a running sync. Nothing is asserted.
"""
import argparse
import contextlib
import os
import pathlib
import re
import select
import shutil
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from crm import Crm  # noqa: E402
from product import IPSYNC, Product  # noqa: E402
from terminal import Terminal  # noqa: E402

ROWS, COLS = 40, 120
QUIET = 0.15  # seconds without a byte: what was drawn is a whole frame
KEYS = {"ipsync": "2324", "nnn": "jkjk", "htop": "\x1b[B\x1b[A", "btop": "jk", "tig": "jkjk",
        "less": "jkjk"}


class Raw(Terminal):
    """Reads as fast as bytes come: the picture is made afterwards, if at all."""

    def _read(self):
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return
        self.raw += data
        if self.answer_dsr and data.count(b"\x1b[5n"):
            os.write(self.master, b"\x1b[0n" * data.count(b"\x1b[5n"))

    def wait_bytes(self, seconds):
        """Whether something came; it is read."""
        ready = select.select([self.master], [], [], seconds)[0]
        if ready:
            self._read()
        return bool(ready)

    def settle(self, seconds=QUIET, most=5):
        """Until nothing came for so long; when the last byte came."""
        last, end = time.monotonic(), time.monotonic() + most
        while time.monotonic() < end and self.wait_bytes(seconds):
            last = time.monotonic()
        return last

    def drain_idle(self):
        while select.select([self._idle], [], [], 0)[0]:
            if not os.read(self._idle, 65536):
                return

    def wakeups(self):
        total = 0
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            text = (task / "status").read_text()
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)[1])
        return total

    def ticks(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def rss(self):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def median(values):
    return statistics.median(values) if values else float("nan")


def programs(folder, only):
    """name -> (args, environment). What is not installed is left out."""
    text = folder / "text"
    text.write_text("".join(f"line {n} of a file to look at\n" for n in range(20000)))
    product = Product(folder)
    home = {"HOME": str(folder), "LANG": "C.UTF-8"}
    found = {"ipsync": ([IPSYNC], product.env)}
    args = {"nnn": [str(ROOT)], "htop": [], "btop": [], "tig": [], "less": [str(text)]}
    for name, rest in args.items():
        path = shutil.which(name)
        if path:
            env = {**home, "GIT_DIR": str(ROOT / ".git")} if name == "tig" else home
            found[name] = ([path, *rest], env)
    return {n: p for n, p in found.items() if not only or n in only}


def start(args, env):
    began = time.monotonic()
    return Raw(args, env=env, rows=ROWS, cols=COLS), began


def one_start(args, env):
    """exec to first byte, to the last byte of the first frame, its bytes, to all at rest."""
    t, began = start(args, env)
    with t:
        assert t.wait_bytes(10), args
        first = time.monotonic()
        # A frame: until 4 ms bring nothing. What comes after is a second one.
        frame = t.settle(0.004, 3)
        size = len(t.raw)
        last = t.settle()
        return [1000 * (x - began) for x in (first, frame, last)] + [size]


def key_times(t, keys, rounds):
    took = []
    for i in range(rounds):
        t.settle(0.05, 1)
        key = keys if keys.startswith("\x1b") and len(keys) == 3 else keys[i % len(keys)]
        if keys.startswith("\x1b"):
            key = (keys[:3], keys[3:])[i % 2]
        began = time.monotonic()
        os.write(t.master, key.encode())
        if t.wait_bytes(2):
            took.append(1000 * (time.monotonic() - began))
    return median(took)


def compare(folder, options):
    found = programs(folder, options.only)
    starts = {name: [] for name in found}
    for _ in range(options.starts):
        for name, (args, env) in found.items():
            with contextlib.suppress(AssertionError):
                starts[name].append(one_start(args, env))
    print(f"{COLS}x{ROWS}, medians of {options.starts} interleaved starts, idle over "
          f"{options.idle} s; times in ms from fork")
    print(f"{'':8}{'1st byte':>9}{'1st frame':>10}{'at rest':>9}{'frame B':>9}{'idle B/s':>9}"
          f"{'wakes/s':>9}{'cpu %':>7}{'RSS MB':>8}{'key ms':>8}")
    for name, (args, env) in found.items():
        t, _ = start(args, env)
        with t:
            t.settle(0.5)
            mark, wakes, ticks, began = t.mark(), t.wakeups(), t.ticks(), time.monotonic()
            while (left := began + options.idle - time.monotonic()) > 0:
                t.wait_bytes(left)
            rate = len(t.raw_since(mark)) / options.idle
            wakes = (t.wakeups() - wakes) / options.idle
            cpu = (t.ticks() - ticks) / options.idle
            rss = t.rss()
            key = key_times(t, KEYS[name], 20)
        first, frame, last, size = (median([s[i] for s in starts[name]]) for i in range(4))
        print(f"{name:8}{first:9.1f}{frame:10.1f}{last:9.1f}{size:9.0f}{rate:9.0f}{wakes:9.2f}"
              f"{cpu:7.2f}{rss:8.1f}{key:8.2f}", flush=True)


# -- a large database --------------------------------------------------------------------------------

SCRIPT = [("G", "G"), ("g", "g"), ("\x1b[6~", "PgDn"), ("j", "j"), ("G", "G again"), ("g", "g again"),
          ("/", "/"), ("9", "/9"), ("9", "/99"), ("8", "/998"), ("7", "/9987"), ("\r", "enter"),
          ("\x1b", "esc"), ("/", "/"), ("z", "/z: nothing"), ("q", "/zq: nothing"), ("\x1b", "esc"),
          ("o", "sort"), ("G", "G"), ("g", "g"), ("o", "sort"), ("o", "sort")]
ONLY_ERRORS = [("*", "*"), ("*", "* again"), ("a", "a"), ("a", "a again")]


def press(t, key):
    """ms to the first byte and to rest, and bytes; None where the key changed nothing."""
    t.drain_idle()
    mark, began = t.mark(), time.monotonic()
    os.write(t.master, key.encode())
    first, idle = None, None
    while idle is None or first is None:
        ready = select.select([t.master, t._idle], [], [], 0.3 if idle else 120)[0]
        if not ready:
            break
        if t.master in ready:
            t._read()
            first = first or time.monotonic()
        if t._idle in ready and os.read(t._idle, 65536):
            idle = time.monotonic()
    return (1000 * (first - began) if first else None, 1000 * ((idle or began) - began),
            len(t.raw_since(mark)))


def keys_on(path, starts):
    env = {**Product(path.parent).env, "IPSYNC_DB": str(path)}
    figures = {}
    firsts, rests = [], []
    for _ in range(starts):
        t, began = start([IPSYNC], env)
        with t:
            t.wait_bytes(10)
            firsts.append(1000 * (t.settle(0.004, 3) - began))
            t.idle(60)
            rests.append(1000 * (time.monotonic() - began))
    figures["start", "start"] = median(firsts), median(rests), 0
    t, began = start([IPSYNC], env)
    with t:
        t.idle(60)
        for pane in "23":
            t.settle(0.1)
            figures[pane, "focus"] = press(t, pane)
            for n, (key, label) in enumerate(SCRIPT + (ONLY_ERRORS if pane == "3" else [])):
                figures[pane, f"{label} #{n}"] = press(t, key)
        figures["rss", "rss"] = (t.rss(), 0, 0)
    return figures


def large(big, folder, starts):
    empty = folder / "empty" / "ipsync.db"
    empty.parent.mkdir()
    with Crm(merchants=1, rate_limit=0) as crm:
        product = Product(folder / "e", crm)
        product.env["IPSYNC_DB"] = str(empty)
        product.path = empty
        product.run("sync", "manual", "--only", "merchants", expect=None)
    small, much = keys_on(empty, starts), keys_on(big, starts)
    print(f"\nkey -> first byte, -> at rest (ms), bytes: hardly any rows | {big}")
    for where, label in much:
        cells = [f"{'-' if f[0] is None else f'{f[0]:.1f}':>8}{f[1]:10.1f}{f[2]:7}"
                 for f in (small[where, label], much[where, label])]
        print(f"{where:>6} {label:18}{cells[0]} |{cells[1]}")


# -- ten dashboards -----------------------------------------------------------------------------------


def sync_with(folder, count, seconds):
    """Requests a second and ms of CPU a second of a sync that so many dashboards look at."""
    with Crm(seed=11, merchants=4000, latency_ms=20, rate_limit=0, per_batch=4) as crm:
        product = Product(folder, crm, api_requests_per_minute=0)
        process = product.start("sync", "initial", "--quiet", stdout=None, stderr=None)
        try:
            with contextlib.ExitStack() as stack:
                screens = [stack.enter_context(Raw([IPSYNC], env=product.env, rows=ROWS, cols=COLS))
                           for _ in range(count)]

                def look(seconds):
                    end = time.monotonic() + seconds
                    while (left := end - time.monotonic()) > 0:
                        ready = select.select([s.master for s in screens], [], [], left)[0]
                        for s in screens:
                            if s.master in ready:
                                s._read()

                def cpu(pid):
                    text = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                    return 10 * (int(text[11]) + int(text[12]))

                look(3)
                asked, engine = crm.stats()["requests"], cpu(process.pid)
                eyes = sum(cpu(s.pid) for s in screens)
                look(seconds)
                asked, engine = crm.stats()["requests"] - asked, cpu(process.pid) - engine
                eyes = sum(cpu(s.pid) for s in screens) - eyes
                return asked / seconds, engine / seconds, eyes / seconds, engine / max(asked, 1)
        finally:
            process.kill()
            process.communicate()


def ten(folder):
    print(f"\n{'dashboards':>10}{'requests/s':>12}{'engine ms/s':>12}{'screens ms/s':>13}"
          f"{'engine ms/request':>18}")
    for n in range(2):
        for count in (0, 10):
            got = sync_with(folder / f"ten{n}-{count}", count, 8)
            print(f"{count:10}{got[0]:12.1f}{got[1]:12.1f}{got[2]:13.1f}{got[3]:18.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--big", type=pathlib.Path)
    parser.add_argument("--idle", type=float, default=20)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--sync", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        compare(folder, options)
        if options.big:
            large(options.big, folder, options.starts)
        if options.sync:
            ten(folder)


if __name__ == "__main__":
    main()
