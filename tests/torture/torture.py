#!/usr/bin/env python3
"""Proof by sweep: ends ipsync at every request and every write in turn, gives it every bad answer
at every place, and looks whether the database is right in the end.

    tests/torture/torture.py                    everything, some ten minutes
    tests/torture/torture.py --sample           a little of each
    tests/torture/torture.py --list [PART]      the cases, those with PART in their name
    tests/torture/torture.py PART...            the cases with one of these in their name
    tests/torture/torture.py =NAME              that case alone

`make torture` builds what it needs and runs it."""

import argparse
import os
import queue
import shlex
import subprocess
import sys
import threading
import time
import traceback

import faults
import kills
from ground import BUILD, Failed, Ground

GROUPS = {"kills": kills, "faults": faults}
SIMULATE = BUILD / "torture" / "simulate"
SECONDS_A_LINE = 5


class Simulation:
    """The engine under a simulated clock and network: a program of its own."""

    portfolio = None
    id = "simulate"

    def run(self, _ground):
        done = subprocess.run([SIMULATE, "--seconds", "60"], capture_output=True, text=True)
        if done.returncode:
            raise Failed((done.stdout + done.stderr)[-3000:])


def all_cases(part):
    """`part`: "cases" or "sample"."""
    found = []
    if part == "cases" and SIMULATE.exists():
        found.append(Simulation())
    for name, group in GROUPS.items():
        ground = Ground(name)
        try:
            found += getattr(group, part)(ground)
        finally:
            ground.close()
    return found


def selected(cases, wanted):
    if not wanted:
        return cases
    return [c for c in cases if any(c.id == w[1:] if w.startswith("=") else w in c.id
                                    for w in wanted)]


class Run:
    """Some cases, worked through by several workers, each on a ground of its own."""

    def __init__(self, cases):
        self.todo = queue.SimpleQueue()
        for case in cases:
            self.todo.put(case)
        self.total, self.passed, self.failed = len(cases), 0, []
        self.lock = threading.Lock()
        self.began = self.said = time.monotonic()

    def work(self):
        grounds = {}
        try:
            while True:
                try:
                    case = self.todo.get_nowait()
                except queue.Empty:
                    return
                if case.portfolio and case.portfolio not in grounds:
                    grounds[case.portfolio] = Ground(case.portfolio)
                self.note(case, self.reason(case, grounds.get(case.portfolio)))
        finally:
            for ground in grounds.values():
                ground.close()

    def reason(self, case, ground):
        """Why it failed; None: it did not."""
        try:
            case.run(ground)
        except Failed as failed:
            return str(failed)
        except Exception:  # of ours, or of a database that cannot be read: it fails this case alone
            return traceback.format_exc(limit=-3)
        return None

    def note(self, case, reason):
        with self.lock:
            if reason is None:
                self.passed += 1
            else:
                self.failed.append(case.id)
                print(f"FAILED {case.id}\n  {reason}\n  again: {again(case.id)}", flush=True)
            now = time.monotonic()
            if now - self.said >= SECONDS_A_LINE:
                self.said = now
                print(f"{self.passed + len(self.failed)} of {self.total}, {len(self.failed)} failed, "
                      f"{now - self.began:.0f} s; at {case.id}", flush=True)

    def go(self, jobs):
        workers = [threading.Thread(target=self.work) for _ in range(min(jobs, self.total))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        undone = self.total - self.passed - len(self.failed)
        for case in self.failed:
            print("again:", again(case))
        print(f"{self.passed} passed, {len(self.failed) + undone} failed")
        return not self.failed and not undone


def again(name):
    """The command line that runs one case once more."""
    return f"IPSYNC_BUILD={shlex.quote(str(BUILD))} {sys.executable} {__file__} '={name}'"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wanted", nargs="*", metavar="PART")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 2),
                        help="cases at the same time; most of them wait most of the time")
    options = parser.parse_args()
    cases = selected(all_cases("sample" if options.sample else "cases"), options.wanted)
    if options.list:
        print(*(case.id for case in cases), sep="\n")
        return 0
    if not cases:
        parser.error("no such case")
    return 0 if Run(cases).go(options.jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
