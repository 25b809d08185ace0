"""`make bench`: ipsync beside the bare pipeline (bare.c) and a Python script (peer.py), in one run.

All three read the same merchants and transactions from one simulated CRM without a rate limit, each
time into a fresh database with ipsync's own tables. The repetitions are interleaved; a ratio is the
median of the ratios within a repetition, so that a slow moment of the machine hits both sides.

Writes build/bench.json: an array of objects with `name`, `unit`, `better` (higher or lower), `ipsync`,
`limit` (what bare reached, null where there is none), `peers` (name to value), `repeats`, `spread` (of
ipsync's values: largest less smallest, over the median).

BENCH_REPEATS (5), BENCH_MERCHANTS (50) and BENCH_SCALE (10) make it shorter or longer.
"""

import datetime
import glob
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("IPSYNC_BUILD", os.path.join(ROOT, "build")))
SCHEMA = sorted(glob.glob(os.path.join(ROOT, "assets", "schema", "*.sql")))
REPEATS = int(os.environ.get("BENCH_REPEATS", "5"))
MERCHANTS = int(os.environ.get("BENCH_MERCHANTS", "50"))
SCALE = int(os.environ.get("BENCH_SCALE", "10"))
START = "2024-04-01"
TODAY = datetime.datetime.now(zoneinfo.ZoneInfo("America/New_York")).date().isoformat()
PEER = "python requests + sqlite3"


class Sim:
    """The simulated CRM, for the length of a with block."""

    def __init__(self, merchants):
        self.command = [
            os.path.join(BUILD, "crm-sim"), "--plain", "--rate-limit", "0",
            "--merchants", str(merchants), "--today", TODAY,
        ]  # fmt: skip

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        url = self.process.stdout.readline().strip()
        if not url:
            raise SystemExit("bench: the simulated CRM did not start")
        return url

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Run:
    """What one process took, and what it left in its database."""

    def __init__(self, command, database, **settings):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("IPSYNC_", "IRELANDPAY_"))}
        env.update(
            IPSYNC_CONFIG="/dev/null",
            IPSYNC_API_REQUESTS_PER_MINUTE="0",
            IRELANDPAY_CRM_API_KEY="demo-key",
            **settings,
        )
        with tempfile.NamedTemporaryFile("r") as out:
            done = subprocess.run(
                [os.path.join(BUILD, "bench", "measure"), out.name, *command],
                env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            )  # fmt: skip
            figures = out.read().split()
        if done.returncode != 0 or not figures or figures[3] != "0":
            print(*command, done.stdout[-1000:], done.stderr[-1000:], sep="\n", file=sys.stderr)
            raise SystemExit("bench: that command failed")
        self.wall, self.cpu, self.rss_mib = float(figures[0]), float(figures[1]), int(figures[2]) / 1024
        self.output = done.stdout
        db = sqlite3.connect(database)
        self.rows = db.execute("SELECT count(*), total(amount_cents) FROM transactions").fetchone()
        db.close()


def run_ipsync(url, database):
    command = [os.path.join(BUILD, "ipsync"), "sync", "initial", "--quiet", "-d", database]
    command += ["--only", "merchants,transactions"]
    return Run(command, database, IRELANDPAY_CRM_BASE_URL=url)


def run_bare(url, database):
    command = [os.path.join(BUILD, "bench", "bare"), "--gzip", url, database, START, TODAY]
    return Run(command + SCHEMA, database)


def run_peer(url, database):
    command = [sys.executable, os.path.join(HERE, "peer.py"), url, database, START, TODAY]
    return Run(command + SCHEMA, database)


SIDES = {"ipsync": run_ipsync, "bare": run_bare, PEER: run_peer}


def remove_database(path):
    for name in glob.glob(glob.escape(path) + "*"):
        os.unlink(name)


def say(text):
    """What is going on, on one line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r{text:<60}\r", end="", file=sys.stderr, flush=True)


def interleave(url, folder):
    """Per side the first and the second sync of every repetition, and the pages that each reads."""
    first, again = {side: [] for side in SIDES}, {side: [] for side in SIDES}
    names, pages = list(SIDES), 0
    for i in range(REPEATS):
        for side in names[i % len(names) :] + names[: i % len(names)]:
            say(f"  repetition {i + 1} of {REPEATS}: {side}")
            database = os.path.join(folder, "bench.db")
            first[side].append(SIDES[side](url, database))
            again[side].append(SIDES[side](url, database))
            remove_database(database)
        pages = int(first["bare"][-1].output.split()[0])
    say("")
    told = {run.rows for side in SIDES for run in first[side] + again[side]}
    if len(told) != 1:
        raise SystemExit(f"bench: the databases differ: (transactions, cents) {sorted(told)}")
    return first, again, pages, told.pop()[0]


class Table:
    """The side-by-side lines, and the same as JSON."""

    def __init__(self):
        self.json = []
        print(f"{'':42}{'ipsync':>10}{'±':>7}{'bare':>10}{'python':>10}{'/ bare':>9}{'/ python':>10}")

    def add(self, name, unit, better, runs, figure):
        values = {side: [figure(run) for run in runs[side]] for side in runs}
        middle = {side: statistics.median(v) for side, v in values.items()}
        own = values["ipsync"]
        spread = (max(own) - min(own)) / middle["ipsync"] if middle["ipsync"] else 0.0
        ratio = {
            side: statistics.median(a / b for a, b in zip(own, values[side]))
            for side in runs
            if side != "ipsync" and all(values[side])
        }
        cells = [f"{middle['ipsync']:10.4g}", f"{spread:7.0%}"]
        cells += [f"{middle[s]:10.4g}" if s in middle else f"{'-':>10}" for s in ("bare", PEER)]
        cells += [f"{ratio[s]:{w}.2f}" if s in ratio else "-".rjust(w) for s, w in (("bare", 9), (PEER, 10))]
        print(f"{name + ', ' + unit:42}" + "".join(cells))
        self.json.append(
            {
                "name": name,
                "unit": unit,
                "better": better,
                "ipsync": round(middle["ipsync"], 4),
                "limit": round(middle["bare"], 4) if "bare" in middle else None,
                "peers": {PEER: round(middle[PEER], 4)} if PEER in middle else {},
                "repeats": len(own),
                "spread": round(spread, 4),
            }
        )
        return ratio


def main():
    with tempfile.TemporaryDirectory(prefix="ipsync-bench.") as folder:
        with Sim(MERCHANTS) as url:
            first, again, pages, rows = interleave(url, folder)
        with Sim(MERCHANTS * SCALE) as url:
            say(f"  {SCALE} times the transactions: ipsync")
            large = run_ipsync(url, os.path.join(folder, "large.db"))
            say("")

    print(f"{MERCHANTS} merchants, {pages} pages, {rows} transactions; medians of {REPEATS} runs each")
    table = Table()
    millions = rows / 1e6
    speed = table.add("initial sync", "pages/s", "higher", first, lambda r: pages / r.wall)
    table.add("its rows", "transactions/s", "higher", first, lambda r: rows / r.wall)
    table.add("its CPU time", "s / 1M transactions", "lower", first, lambda r: r.cpu / millions)
    table.add("its peak RSS", "MiB", "lower", first, lambda r: r.rss_mib)
    table.add("the same sync again", "pages/s", "higher", again, lambda r: pages / r.wall)
    table.add("CPU time of that", "s / 1M transactions", "lower", again, lambda r: r.cpu / millions)
    name = f"peak RSS, {SCALE} times the rows"
    table.add(name, "MiB", "lower", {"ipsync": [large]}, lambda r: r.rss_mib)
    if large.rows[0] < rows * SCALE * 0.9:
        raise SystemExit(f"bench: only {large.rows[0]} transactions at {SCALE} times the merchants")

    goals = [
        ("initial sync, at least 0.7 of bare", speed["bare"] >= 0.7),
        ("initial sync, at least 1.7 times python", speed[PEER] >= 1.7),
        ("peak RSS under 40 MiB at any size", large.rss_mib < 40),
    ]
    for text, met in goals:
        print(f"  {'met ' if met else 'MISSED'}  {text}")
    path = os.path.join(ROOT, "build", "bench.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(table.json, f, indent=2)
        f.write("\n")
    print(f"written: {os.path.relpath(path, ROOT)}")


if __name__ == "__main__":
    main()
