"""`ipsync verify`: rows and money by stream and month, here and in the CRM; a real database against the
simulated CRM, changed on one side or the other."""
import os
import re
import signal
import sqlite3
import stat
import time

import pytest

from crm import Crm
from product import Product
from test_data import CARDS, Paper, batch, merchant, residual

FROM, TO = "2026-08-01", "2026-10-31"
RANGE = ("--from", FROM, "--to", TO)
SPAN = dict(start=FROM, end=TO)


@pytest.fixture
def crm():
    with Crm(seed=7, merchants=8, batches_per_month=12, per_batch=3, rate_limit=0) as c:
        yield c


@pytest.fixture
def product(tmp_path, crm):
    p = Product(tmp_path, crm, api_requests_per_minute=0)
    p.sync("manual", *RANGE)
    return p


@pytest.fixture
def paper():
    with Paper([merchant(m, last_batch="10/30/2026") for m in "12"]) as c:
        yield c


@pytest.fixture
def client(tmp_path, paper):
    return Product(tmp_path, paper, api_requests_per_minute=0)


def execute(product, sql, *args):
    with sqlite3.connect(product.path) as db:
        changed = db.execute(sql, args).rowcount
    db.close()
    return changed


def differing(product, expect=1, args=RANGE):
    found = product.json("verify", *args, expect=expect)
    assert found["equal"] == (not any(not line["equal"] for line in found["lines"]))
    return {(line["stream"], line["month"]): line for line in found["lines"] if not line["equal"]}


def leftovers(product):
    return [f for f in os.listdir(product.path.parent) if "verify" in f]


def test_equal(product, crm):
    jobs = product.value("SELECT count(*) FROM sync_jobs")
    before = product.value("SELECT max(rowid) FROM sync_jobs"), os.stat(product.path).st_mtime_ns
    out, err = product.run("verify", *RANGE)
    assert f"{FROM} to {TO}: equal\n" in out and "*" not in out
    assert f"reading {FROM} to {TO} from the CRM\n" in err and "Sync " not in out + err
    assert max(map(len, out.splitlines())) <= 80
    assert product.value("SELECT count(*) FROM sync_jobs") == jobs and leftovers(product) == []
    assert before == (product.value("SELECT max(rowid) FROM sync_jobs"),
                      os.stat(product.path).st_mtime_ns)
    found = product.json("verify", *RANGE)
    assert found["equal"] and found["notRead"] == []
    # Some batches of the simulator come without their transactions.
    assert {(c["stream"], c["rowsHeld"]) for c in found["controlTotals"]} == {("batches", 0)}
    lines = {(x["stream"], x["month"]): x for x in found["lines"]}
    rows = [t for t in crm.rows("transactions", **SPAN) if t["batch"][1][:7] == "2026-09"]
    assert lines["transactions", "2026-09"] == {
        "stream": "transactions", "month": "2026-09", "equal": True,
        "rows": {"here": len(rows), "crm": len(rows)},
        "amountCents": dict.fromkeys(("here", "crm"), sum(t["amount_cents"] for t in rows))}
    totals = {x["stream"]: x for x in found["totals"]}
    assert totals["merchants"]["rows"] == {"here": 8, "crm": 8}
    net = sum(r["net_micros"] for r in crm.rows("residuals", **SPAN))
    assert totals["residuals"]["netMicros"] == {"here": net, "crm": net}
    assert list(totals) == ["merchants", "batches", "transactions", "rejects", "adjustments",
                            "reports", "residuals", "lineItems"]


def test_a_row_that_is_gone_here(product, crm):
    t = next(t for t in crm.rows("transactions", **SPAN) if t["batch"][1][:7] == "2026-09"
             and not t["void_reject_chargeback"] and t["amount_cents"] > 0)
    assert execute(product, "DELETE FROM transactions WHERE mid = ? AND transaction_id = ?",
                   t["mid"], t["transaction_id"]) == 1
    found = differing(product)
    assert list(found) == [("transactions", "2026-09")]
    line = found["transactions", "2026-09"]
    assert line["rows"]["crm"] - line["rows"]["here"] == 1
    assert line["amountCents"]["crm"] - line["amountCents"]["here"] == t["amount_cents"]
    out, _ = product.run("verify", *RANGE, expect=1)
    (shown,) = re.findall(r"^\* transactions +2026-09 +([\d,]+) +([\d,]+) ", out, re.M)
    assert [int(n.replace(",", "")) for n in shown] == [line["rows"]["here"], line["rows"]["crm"]]
    assert re.search(r"^\* transactions +all ", out, re.M)
    assert re.search(r"^  batches +all ", out, re.M) and "2026-08" not in out.split("\n\n")[0]
    assert "ipsync sync manual --from 2026-09-01 --to 2026-09-30 --fresh\n" in out
    assert "2026-08" in product.run("verify", *RANGE, "--all", expect=1)[0]
    assert max(map(len, out.splitlines())) <= 80
    product.sync("manual", "--from", "2026-09-01", "--to", "2026-09-30", "--fresh")
    product.run("verify", *RANGE)


def test_changed_upstream(product, crm):
    t = next(t for t in crm.rows("transactions", **SPAN) if not t["void_reject_chargeback"])
    r = crm.rows("residuals", **SPAN)[0]
    i = crm.rows("residual_line_items", **SPAN)[0]
    crm.mutate(op="set_transaction", mid=t["mid"], id=t["transaction_id"],
               void_reject_chargeback=True)
    crm.mutate(op="set_residual", mid=r["mid"], year=r["year"], month=r["month"],
               expense_micros=r["expense_micros"] + 7)
    crm.mutate(op="drop_line_item", id=i["id"], year=i["year"], month=i["month"])
    found = differing(product)
    month = f"{r['year']}-{r['month']:02}"
    assert set(found) == {("rejects", t["batch"][1][:7]), ("reports", month), ("residuals", month),
                          ("lineItems", f"{i['year']}-{i['month']:02}")}
    expense = found["residuals", month]["expenseMicros"]
    assert expense["crm"] - expense["here"] == 7
    out, _ = product.run("verify", *RANGE, expect=1)
    assert re.search(rf"^\* residuals expense +{month} +- ", out, re.M)


def test_a_merchant_that_is_missing(product, crm):
    mid = crm.rows("transaction_batches", **SPAN)[0]["mid"]
    execute(product, "UPDATE merchants SET removed_at = '2026-11-01T00:00:00.000Z' WHERE mid = ?",
            mid)
    found = differing(product)
    assert found["merchants", None]["rows"] == {"here": 7, "crm": 8}
    assert any(stream == "transactions" for stream, _ in found)
    crm.mutate(op="vanish", mid=mid)  # then it is right that it counts no more
    assert not any(stream in ("merchants", "batches", "transactions", "rejects", "adjustments")
                   for stream, _ in differing(product, expect=None))


def test_amounts_that_take_each_other_away(paper, client):
    paper.batches["1"] = [batch(day="2026-08-10", ids=[1]), batch(day="2026-09-10", ids=[2])]
    client.sync("manual", *RANGE)
    execute(client, "UPDATE transactions SET amount_cents = amount_cents + 5 WHERE transaction_id = 1")
    execute(client, "UPDATE transactions SET amount_cents = amount_cents - 5 WHERE transaction_id = 2")
    out, _ = client.run("verify", *RANGE, expect=1)
    assert len(re.findall(r"^\* transactions +2026-0[89] ", out, re.M)) == 2
    assert re.search(r"^\* transactions +all +2 +2 +20.00 +20.00$", out, re.M)


def test_what_the_crm_contradicts_itself_in(paper, client):
    paper.batches["1"] = [batch(day="2026-08-10", ids=[1, 2], amount="21.00"),
                          batch(day="2026-08-11", ids=[3]), batch(day="2026-09-11", ids=[4], count=2)]
    paper.rows[2026, 9, 5] = [residual("1"), residual("2")]
    paper.reports[2026, 9, 5] = {"sum_net": "9"}
    client.sync("manual", *RANGE, expect=1)
    found = client.json("verify", *RANGE)
    assert found["controlTotals"] == [
        {"stream": "batches", "month": "2026-08", "count": 1, "rowsSaid": 2, "rowsHeld": 2,
         "amountSaidCents": 2100, "amountHeldCents": 2000},
        {"stream": "batches", "month": "2026-09", "count": 1, "rowsSaid": 2, "rowsHeld": 1,
         "amountSaidCents": 1000, "amountHeldCents": 1000},
        {"stream": "reports", "month": "2026-09", "count": 1, "rowsSaid": 2, "rowsHeld": 2,
         "netSaidMicros": 9000000, "netHeldMicros": 7000002}]
    out, _ = client.run("verify", *RANGE)
    assert re.search(r"^  batches +all +2 +4 +3 +31.00 +30.00$", out, re.M)
    out, _ = client.run("verify", *RANGE, "--all")
    assert re.search(r"^  batches +2026-08 +1 +2 +2 +21.00 +20.00$", out, re.M)
    assert re.search(r"^  reports +2026-09 +1 +2 +2 +9.000000 +7.000002$", out, re.M)


def test_a_sum_that_the_crm_states_in_cents_is_none_of_these(paper, client):
    paper.rows[2026, 9, 5] = [residual("1"), residual("2")]
    paper.reports[2026, 9, 5] = {"sum_net": "7.00", "sum_agent_net": "3.5"}
    client.sync("manual", *RANGE)
    assert client.json("verify", *RANGE)["controlTotals"] == []


def test_what_cannot_be_read_is_left_out_and_named(paper, client):
    paper.batches["1"] = [batch(day="2026-08-10", ids=[1])]
    paper.batches["2"] = [batch(day="2026-08-10", ids=[1])]
    paper.rows[2026, 8, 5] = [residual("1")]
    paper.rows[2026, 9, 5] = [residual("1")]
    client.sync("manual", *RANGE)
    paper.on("^/merchants/2/transactions", lambda: (404, "{}"), times=9)
    paper.on("/summary/rows/5/2026/9", lambda: (403, "{}"), times=9)
    found = client.json("verify", *RANGE, expect=1)
    assert found["equal"]
    assert [(i["itemType"], i["itemId"]) for i in found["notRead"]] == [
        ("transaction", "2"), ("residual", "2026-09/5")]
    totals = {x["stream"]: x["rows"] for x in found["totals"]}
    assert totals["transactions"] == {"here": 1, "crm": 1} == totals["residuals"]
    out, _ = client.run("verify", *RANGE, expect=1)
    assert re.search(r"^  transaction 2: .*404", out, re.M) and "what could be read is equal" in out
    paper.on("^/merchants$", lambda: (403, "{}"), times=9)
    out, err = client.run("verify", *RANGE, expect=3)
    assert out == "" and "nothing was compared" in err and leftovers(client) == []


def test_checkpoints_do_not_count(paper, client):
    """An interrupted sync has read this merchant; the comparison must read it all the same."""
    paper.batches["1"] = [batch(day="2026-08-10", ids=[1])]
    paper.batches["2"] = [batch(day="2026-08-10", ids=[1])]
    client.sync("manual", *RANGE)
    execute(client, """INSERT INTO sync_checkpoints (sync_type, walk, scope, version, pages, total,
        rows_seen, whole, complete, started_at, updated_at)
        SELECT 'manual', 'transactions/' || mid, ?, '', 1, 1, 1, 1, 1, ?, ? FROM merchants""",
            f"{FROM}..{TO} hide=1", "2099-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z")
    client.run("verify", *RANGE)
    assert client.value("SELECT count(*) FROM sync_checkpoints") == 2


def test_sums_beyond_a_number(paper, client):
    paper.batches["1"] = [batch(day="2026-08-10", ids=[])]
    client.sync("manual", *RANGE, *CARDS)
    execute(client, "INSERT INTO transactions (mid, transaction_id, batch_id, amount_cents) "
            "SELECT '1', 7 + value, 1, 9223372036854775807 FROM "
            "json_each('[1,2,3]')")
    line = differing(client)["transactions", "2026-08"]
    assert line["amountCents"] == {"here": 9223372036854775807, "crm": 0}


def test_a_batch_without_a_date(paper, client):
    paper.batches["1"] = [batch(day=None, ids=[1]), batch(day="2026-08-10", ids=[2])]
    client.set(sync_history_start=FROM)
    client.sync("initial")
    client.run("verify")
    out, _ = client.run("verify", "--all")
    assert re.search(r"^  transactions +none +1 +1 ", out, re.M)
    execute(client, "DELETE FROM transactions WHERE transaction_id = 1")
    assert ("transactions", None) in differing(client, args=())


# -- the way it runs --------------------------------------------------------------------------------


def test_without_a_database_none_is_made(tmp_path, crm):
    product = Product(tmp_path, crm)
    out, err = product.run("verify", expect=2)
    assert out == "" and "sync initial" in err and not product.path.exists()
    assert crm.stats()["requests"] == 0


@pytest.mark.parametrize("args", [("--from", "2026-09-02", "--to", "2026-09-01"),
                                  ("--to", "2099-01-01"), ("--fresh",), ("x",)])
def test_usage(product, args):
    product.run("verify", *args, expect=2)


def wait_until(what):
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


def begin(product, crm):
    """A reading that does not get to its end."""
    crm.fault(path="/transactions?", delay_ms=60000)
    crm.reset_log()
    process = product.start("verify", *RANGE)
    wait_until(lambda: crm.stats()["in_flight"] > 0)
    return process


def test_while_it_runs(product, crm):
    process = begin(product, crm)
    folder = product.path.parent / "ipsync.db-verify"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in folder.iterdir()} == {0o600}
    _, err = product.run("sync", "manual", expect=4)
    assert "another sync is running: `ipsync verify`" in err
    product.run("verify", expect=4)
    assert folder.exists()
    product.run("status", expect=None)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and out == "" and "nothing was compared" in err
    assert leftovers(product) == []
    crm.clear_faults()
    product.sync("manual", *RANGE)


def test_two_signals_leave_nothing(product, crm):
    process = begin(product, crm)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130 and leftovers(product) == []


def test_what_a_killed_one_left_is_removed_by_the_next(product, crm):
    process = begin(product, crm)
    process.kill()
    process.communicate(timeout=30)
    assert leftovers(product) == ["ipsync.db-verify"]
    crm.clear_faults()
    product.run("verify", *RANGE)
    assert leftovers(product) == []


def test_a_link_in_its_place_is_not_followed(product, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "scratch.db").write_text("precious")
    os.symlink(tmp_path / "mine", str(product.path) + "-verify")
    _, err = product.run("verify", *RANGE, expect=3)
    assert "ipsync.db-verify" in err
    assert (tmp_path / "mine" / "scratch.db").read_text() == "precious"


def test_while_a_sync_runs(product, crm):
    crm.fault(path="/transactions?", delay_ms=60000)
    crm.reset_log()
    process = product.start("sync", "manual", *RANGE)
    wait_until(lambda: crm.stats()["in_flight"] > 0)
    _, err = product.run("verify", *RANGE, expect=4)
    assert "manual sync" in err and leftovers(product) == []
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
