"""The main job on real HTTP and a real database: `ipsync sync initial` against the simulated CRM."""
import json
import math
import signal
import time

import pytest

from compare import differences, dump
from crm import Crm
from product import Product

FAST = dict(rate_limit=0)


def slack(least):
    return least + math.ceil(least / 100) + 3


def assert_equal(product, crm, **range_):
    assert differences(product.path, crm, **range_) == {}


@pytest.fixture
def crm():
    with Crm(seed=7, merchants=14, batches_per_month=14, per_batch=3, **FAST) as c:
        yield c


@pytest.fixture
def product(tmp_path, crm):
    return Product(tmp_path, crm, api_requests_per_minute=0)


def test_initial_sync_equals_the_crm_in_the_fewest_requests(product, crm):
    end = product.sync("initial")
    assert end["status"] == "completed" and end["syncId"]
    assert_equal(product, crm)
    least = crm.least()["least"]
    assert least <= end["results"]["requests"] <= slack(least)
    assert len(crm.log()) == end["results"]["requests"]
    assert end["results"]["transactions"]["new"] == product.value("SELECT count(*) FROM transactions")


def test_progress_ends_at_a_hundred_and_never_runs_backwards(product):
    out, _ = product.run("sync", "initial", "--json")
    events = [json.loads(line) for line in out.splitlines()]
    assert [e["event"] for e in events[:1] + events[-1:]] == ["started", "finished"]
    seen = {}
    for event in events:
        if event["event"] == "progress":
            assert event["progress"] >= seen.get(event["phase"], 0)
            assert event["overall"] >= seen.get("overall", 0)
            seen[event["phase"]], seen["overall"] = event["progress"], event["overall"]
    rows = product.query("SELECT phase, progress, message FROM sync_progress ORDER BY phase")
    assert [(r["phase"], r["progress"], r["message"]) for r in rows] == [
        (phase, 100, "done") for phase in ("merchants", "metrics", "residuals", "transactions")]
    assert json.loads(product.value("SELECT progress FROM sync_jobs"))["percent"] == 100


def test_second_run_changes_nothing(product, crm):
    product.sync("initial")
    before = dump(product.path)
    end = product.sync("initial")
    for table, counts in end["results"].items():
        if isinstance(counts, dict):
            assert counts["new"] == counts["updated"] == counts["removed"] == 0, table
    assert dump(product.path) == before
    assert product.value("SELECT count(*) FROM sync_touched") == 0


def test_metrics_follow_from_the_rows(product):
    product.sync("initial")
    assert product.query("""
        SELECT mid, year, month, sum(batches), sum(transactions), sum(volume), sum(refunds),
               sum(rejects), sum(net) FROM (
            SELECT b.mid, CAST(substr(batch_date, 1, 4) AS INTEGER) AS year,
                   CAST(substr(batch_date, 6, 2) AS INTEGER) AS month, 1 AS batches,
                   0 AS transactions, 0 AS volume, 0 AS refunds, 0 AS rejects, 0 AS net
            FROM transaction_batches b WHERE removed_at IS NULL
            UNION ALL
            SELECT t.mid, CAST(substr(batch_date, 1, 4) AS INTEGER),
                   CAST(substr(batch_date, 6, 2) AS INTEGER), 0, 1,
                   iif(type = 'SALE' AND NOT void_reject_chargeback, t.amount_cents, 0),
                   iif(type = 'REFUND' AND NOT void_reject_chargeback, abs(t.amount_cents), 0),
                   void_reject_chargeback, 0
            FROM transactions t JOIN transaction_batches b ON b.id = t.batch_id
            WHERE t.removed_at IS NULL
            UNION ALL
            SELECT mid, year, month, 0, 0, 0, 0, 0, net_micros FROM residuals
            WHERE removed_at IS NULL)
        GROUP BY 1, 2, 3
        EXCEPT SELECT * FROM merchant_metrics""") == []
    assert product.value("SELECT count(*) FROM merchant_metrics") > 0


def test_plan_holds_what_the_sync_then_takes(product, crm):
    plan = product.json("sync", "initial", "--plan")
    lists = len(crm.log())
    assert not product.path.exists()
    end = product.sync("initial")
    assert plan["least"] <= end["results"]["requests"] - lists <= plan["most"]


@pytest.mark.long
def test_killed_at_any_moment_it_goes_on_to_the_same_database(tmp_path, crm):
    reference = Product(tmp_path / "reference", crm, api_requests_per_minute=0)
    reference.sync("initial")
    total = len(crm.log())
    crm.reset_log()
    victim = Product(tmp_path / "victim", crm, api_requests_per_minute=0)
    kills = 0
    while kills < 40:
        seen = len(crm.log())
        process = victim.start("sync", "initial")
        while process.poll() is None and len(crm.log()) < seen + 4 + kills:
            pass
        if process.poll() is not None:
            break  # too quick for us: it is done
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert kills >= 8
    if process.returncode:
        victim.sync("initial")
    assert dump(victim.path) == dump(reference.path)
    list_again, in_flight = 1, 8
    assert len(crm.log()) <= total + kills * (list_again + in_flight)
    states = [r["status"] for r in victim.query("SELECT status FROM sync_jobs ORDER BY created_at")]
    assert states[-1] == "completed" and set(states[:-1]) <= {"interrupted"}


def test_interrupted_by_a_signal_within_two_seconds(product, crm):
    crm.fault(path="*transactions*", after=5, hang=True)
    process = product.start("sync", "initial")
    while crm.stats()["in_flight"] < 8:
        time.sleep(0.02)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 130 and time.monotonic() - began < 2
    assert product.value("SELECT status FROM sync_jobs") == "interrupted"
    crm.clear_faults()
    product.sync("initial")
    assert_equal(product, crm)


def test_a_second_sync_is_refused_and_says_who_runs(product, crm):
    crm.fault(path="*merchants*", hang=True)
    first = product.start("sync", "initial")
    while not crm.stats()["in_flight"]:
        time.sleep(0.02)
    _, err = product.run("sync", "initial", expect=4)
    assert str(first.pid) in err
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=10)
    assert first.returncode == 130
