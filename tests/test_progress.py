"""What a running sync saves of itself, for the screens of other processes."""
import contextlib
import json
import sqlite3
import time

import pytest

from compare import differences
from test_manners import RECENT, crm_of, job, product_of, started, wait_for

PHASES = ["merchants", "transactions", "residuals", "metrics"]


def progress(product):
    return json.loads(job(product)["progress"])


def phases(product):
    return {r["phase"]: r for r in product.query("SELECT * FROM sync_progress")}


def running(product):
    with contextlib.suppress(sqlite3.OperationalError):  # the file is just being made
        return product.query("SELECT * FROM sync_jobs WHERE status = 'running' "
                             "AND progress IS NOT NULL")
    return []


@contextlib.contextmanager
def commits(product):
    """Gives a function: has anyone committed since it was last asked?"""
    db = sqlite3.connect(f"file:{product.path}?mode=ro", uri=True)
    seen = [0]

    def changed():
        (now,) = db.execute("PRAGMA data_version").fetchone()
        before, seen[0] = seen[0], now
        return now != before

    changed()
    yield changed
    db.close()


def test_every_phase_shows_from_the_start(tmp_path):
    with crm_of(latency_ms=500) as crm:
        product = product_of(tmp_path, crm)
        with started(product, "sync", "initial"):
            wait_for(lambda: running(product))
            found = phases(product)
            assert sorted(found) == sorted(PHASES)
            assert {r["progress"] for r in found.values()} == {0}
            assert progress(product)["phasePercent"] == dict.fromkeys(PHASES, 0)


def test_only_the_phases_of_this_sync(tmp_path):
    with crm_of(latency_ms=0) as crm:
        product = product_of(tmp_path, crm)
        product.sync("manual", "--only", "transactions")
        assert sorted(phases(product)) == ["merchants", "metrics", "transactions"]
        assert progress(product)["phasePercent"] == {"merchants": 100, "transactions": 100,
                                                     "metrics": 100}


def test_what_is_saved_is_all_that_is_known(tmp_path):
    with crm_of(latency_ms=40, merchants=30) as crm:
        product = product_of(tmp_path, crm, api_concurrency=2)
        with started(product, "sync", "initial") as process:
            wait_for(lambda: running(product))
            seen = []
            while process.poll() is None:
                seen.append(progress(product))
                time.sleep(0.1)
        assert {"phase", "percent", "phasePercent", "requests", "least", "most", "rows", "failed",
                "retries", "rateLeft", "rateLimit", "rowsPerSecond", "requestsPerSecond",
                "etaSeconds", "inHand", "waitUntil", "waitReason", "at"} == set(seen[0])
        for before, after in zip(seen, seen[1:]):
            assert before["percent"] <= after["percent"] and before["at"] <= after["at"]
            assert before["requests"] <= after["requests"]
            for phase in PHASES:
                assert before["phasePercent"][phase] <= after["phasePercent"][phase]
        assert max(s["rowsPerSecond"] for s in seen) > 0
        assert 10 < max(s["requestsPerSecond"] for s in seen) < 60
        last = progress(product)
        assert last["percent"] == 100 and set(last["phasePercent"].values()) == {100}
        details = {p: json.loads(r["details"]) for p, r in phases(product).items()
                   if r["details"]}
        assert details["transactions"]["phase"] == "transactions"


def test_a_change_is_saved_within_half_a_second(tmp_path):
    """Each answer takes a second: what the page before it brought must not wait for the next."""
    with crm_of(latency_ms=1000, merchants=5) as crm:
        product = product_of(tmp_path, crm, api_concurrency=1)
        with started(product, "sync", "initial"):
            wait_for(lambda: running(product))
            for asked in (2, 3, 4):
                wait_for(lambda: crm.stats()["requests"] >= asked)
                time.sleep(0.5)
                assert progress(product)["requests"] == asked


@pytest.mark.long
def test_a_long_wait_writes_hardly_ever(tmp_path):
    with crm_of() as crm:
        product = product_of(tmp_path, crm)
        crm.fault({"path": "/transactions", "status": 429, "retry_after": "20"})
        with started(product, "sync", "initial"):
            wait_for(lambda: running(product) and progress(product)["waitUntil"])
            time.sleep(1)
            before = progress(product)
            assert before["requestsPerSecond"] == before["rowsPerSecond"] == 0
            assert 15 <= before["etaSeconds"] <= 120
            with commits(product) as changed:
                writes = 0
                for _ in range(80):
                    time.sleep(0.1)
                    writes += changed()
            assert writes <= 1
            assert progress(product)["waitUntil"] == before["waitUntil"]


def test_the_last_progress_is_whole_however_it_ends(tmp_path):
    with crm_of(latency_ms=50) as crm:
        product = product_of(tmp_path, crm, api_concurrency=1)
        with started(product, "sync", "initial") as process:
            wait_for(lambda: crm.stats()["requests"] >= 5)
            process.terminate()
            process.wait(5)
        assert job(product)["status"] == "interrupted"
        assert progress(product)["requests"] == json.loads(job(product)["results"])["requests"]
        product.sync("initial")
        assert differences(product.path, crm, start=RECENT) == {}
