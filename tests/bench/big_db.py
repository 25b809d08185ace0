"""Fills a database of ipsync with many jobs and failed items by plain SQL, as a foreign program would.

    big_db.py FILE [--jobs N] [--items N] [--open PERCENT] [--merchants N] [--no-003]

For tests/bench/queries.c, which measures the dashboard's queries on it.

Makes FILE from the schema's steps when it is not there (`ipsync` then takes it for its own). Prints
what the inserts took. `--no-003` leaves the dashboard's step out, to see what its triggers cost.
"""
import argparse
import datetime
import itertools
import json
import pathlib
import random
import sqlite3
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STEPS = sorted((ROOT / "assets/schema").glob("*.sql"))
APPLICATION_ID = 0x49507379
NOW = datetime.datetime.now(datetime.timezone.utc)
STREAMS = ["merchants", "transactions", "residuals"]


def at(seconds_ago):
    moment = NOW - datetime.timedelta(seconds=seconds_ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def make(path, steps):
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    for step in steps:
        db.executescript(step.read_text())
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(steps)}")
    db.commit()
    db.close()
    path.chmod(0o600)


def counts(rng):
    return {"new": rng.randrange(100), "updated": rng.randrange(50), "unchanged":
            rng.randrange(10000), "failed": rng.randrange(3), "removed": 0}


def jobs(count, rng):
    for n in range(count):
        began = (count - n) * 3600
        status = rng.choices(["completed", "partial", "failed", "cancelled", "interrupted"],
                             [70, 10, 10, 5, 5])[0]
        results = {name: counts(rng) for name in STREAMS + ["batches", "adjustments", "reports",
                                                            "lineItems"]}
        results |= {"requests": rng.randrange(2000), "retries": rng.randrange(20), "bytes": 12345678,
                    "durationMs": rng.randrange(600000), "failedItems": rng.randrange(9),
                    "resumed": 0, "warnings": []}
        settings = {"from": at(began)[:10], "to": at(began)[:10], "streams": STREAMS,
                    "merchants": [], "fresh": False, "retry": False}
        progress = {"phase": "residuals", "percent": 100, "etaSeconds": 0}
        error = {"class": "transient", "message": "the list of merchants cannot be read: 503"}
        yield (f"{n:08x}-{rng.randrange(65536):04x}-4000-8000-{rng.getrandbits(48):012x}",
               rng.choice(["initial", "daily", "daily", "daily", "manual"]), status, at(began),
               at(began - rng.randrange(600)), "schedule", rng.choice(["alice", "bob", "cron"]),
               json.dumps(progress), json.dumps(results),
               None if status == "completed" else json.dumps(error), at(began),
               json.dumps(settings), 4242, "box")


def items(count, open_percent, rng):
    for n in range(count):
        made = at((count - n) * 9)
        permanent = rng.random() < 0.3
        is_open = rng.random() * 100 < open_percent
        error = {"class": "permanent" if permanent else "transient",
                 "code": "unreadable" if permanent else "http_503",
                 "message": f"record {n}: the amount 12.345 does not fit cents exactly",
                 "http_status": 200 if permanent else rng.choice([500, 502, 503]),
                 "request": f"/merchants/{n % 5000:07}/transactions?start_date=2024-04-01&"
                            f"end_date=2024-05-01&page={n % 9}&per_page=100",
                 "raw": json.dumps({"id": n, "amount": "12.345", "type": "SALE",
                                    "cardholder": "J. DOE", "date": made}), "at": made}
        yield (f"{n % 1000:08x}-0000-4000-8000-000000000000",
               ("merchant", "transaction", "residual")[n % 3], f"{n % 5000:07}/{n}",
               json.dumps(error), n % 4, None if permanent or not is_open else at(-n % 90000), made,
               None if is_open else at(n % 86400),
               None if is_open else rng.choice(["healed", "covered", "given_up"]),
               "2024-04-01", "2024-05-01")


def merchants(count):
    for n in range(count):
        idle = n % 4 == 0
        yield (f"{n:07}", f"Merchant {n}", "2022-01-01", at((400 if idle else n % 3) * 86400)[:10])


def batches(count):
    for n in range(count):
        for day in range(5):
            yield f"{n:07}", at(((400 if n % 4 == 0 else n % 3) + day) * 86400)[:10]


def timed(name, db, sql, rows):
    rows = list(rows)
    began = time.monotonic()
    db.executemany(sql, rows)
    db.commit()
    took = time.monotonic() - began
    if rows:
        print(f"{name}: {len(rows)} rows in {took:.2f} s, {took / len(rows) * 1e6:.2f} us each")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--open", type=float, default=90, help="percent of the items that are open")
    parser.add_argument("--merchants", type=int, default=0)
    parser.add_argument("--no-003", action="store_true")
    args = parser.parse_args()
    steps = [step for step in STEPS if not (args.no_003 and step.name >= "003")]
    if not args.file.exists():
        make(args.file, steps)
    rng = random.Random(1)
    db = sqlite3.connect(args.file)
    timed("sync_jobs", db, "INSERT INTO sync_jobs (id, sync_type, status, started_at, completed_at, "
          "triggered_by, triggered_by_user, progress, results, error_details, created_at, settings, "
          "pid, host) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", jobs(args.jobs, rng))
    rows = items(args.items, args.open, rng)
    while part := list(itertools.islice(rows, 250_000)):
        timed("sync_failed_items", db, "INSERT INTO sync_failed_items (sync_id, item_type, item_id, "
              "error_details, retry_count, next_retry_at, created_at, resolved_at, resolution, "
              "range_from, range_to) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", part)
    timed("merchants", db, "INSERT INTO merchants (mid, name, first_batch, last_batch) "
          "VALUES (?, ?, ?, ?)", merchants(args.merchants))
    timed("transaction_batches", db, "INSERT INTO transaction_batches (mid, batch_date) "
          "VALUES (?, ?)", batches(args.merchants))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


if __name__ == "__main__":
    main()
