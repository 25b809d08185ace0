"""What changed upstream is not lost: the table `changes` after syncs of changed and unchanged data."""
import pytest

from crm import Crm
from product import Product
from test_data import CARDS, MANUAL, SPAN, Paper, batch, merchant, residual, transaction


@pytest.fixture
def paper():
    with Paper([merchant("1")]) as crm:
        yield crm


@pytest.fixture
def client(tmp_path, paper):
    return Product(tmp_path, paper, api_requests_per_minute=0)


def changes(product):
    return [tuple(r.values()) for r in product.query(
        "SELECT table_name, mid, row_key, column_name, old_value, new_value FROM changes "
        "ORDER BY table_name, mid, row_key, column_name")]


def test_a_chargeback_weeks_later_and_a_mended_amount(paper, client):
    paper.batches["1"] = [batch(ids=[1, 2])]
    client.sync(*MANUAL, *CARDS)
    assert changes(client) == []
    paper.batches["1"] = [batch(ids=[transaction(1, void_reject_chargeback=True,
                                                 reject_description="Chargeback"),
                                     transaction(2, amount="9.99")])]
    end = client.sync(*MANUAL, *CARDS)
    assert changes(client) == [
        ("transactions", "1", "1", "reject_description", None, "Chargeback"),
        ("transactions", "1", "1", "void_reject_chargeback", 0, 1),
        ("transactions", "1", "2", "amount_cents", 1000, 999)]
    assert end["results"]["changes"] == 3
    assert client.query("SELECT DISTINCT sync_id FROM changes") == [{"sync_id": end["syncId"]}]
    paper.batches["1"] = [batch(ids=[1, 2])]
    out, _ = client.run("sync", *MANUAL, *CARDS)
    assert "3 amounts or rejects changed upstream (table changes)\n" in out
    out, _ = client.run("sync", *MANUAL, *CARDS)
    assert "changed upstream" not in out
    assert len(changes(client)) == 6


def test_everything_of_the_simulator(tmp_path):
    with Crm(seed=7, merchants=8, batches_per_month=16, per_batch=4, rate_limit=0) as crm:
        product = Product(tmp_path, crm, api_requests_per_minute=0)
        assert product.sync(*MANUAL)["results"]["changes"] == 0
        assert any(b["ordinal"] for b in crm.rows("transaction_batches", **SPAN))
        crm.fault(shuffle=True)  # twins, and rows in another order at each request
        assert product.sync(*MANUAL)["results"]["changes"] == 0
        crm.clear_faults()
        t = next(t for t in crm.rows("transactions", **SPAN) if not t["void_reject_chargeback"])
        r = crm.rows("residuals", **SPAN)[0]
        i = crm.rows("residual_line_items", **SPAN)[0]
        crm.mutate(op="set_transaction", mid=t["mid"], id=t["transaction_id"], void_reject_chargeback=True)
        crm.mutate(op="set_residual", mid=r["mid"], year=r["year"], month=r["month"],
                   income_micros=r["income_micros"] + 1)
        crm.mutate(op="set_line_item", id=i["id"], year=i["year"], month=i["month"],
                   income_micros=77)
        end = product.sync(*MANUAL)
        told = {(c[0], c[3]): c[4:] for c in changes(product)}
        assert told["transactions", "void_reject_chargeback"] == (0, 1)
        assert told["residuals", "income_micros"] == (r["income_micros"], r["income_micros"] + 1)
        assert told["residual_line_items", "income_micros"] == (i["income_micros"], 77)
        assert ("residual_reports", "income_micros") in told
        assert end["results"]["changes"] == len(changes(product))


def test_pages_that_shift_make_no_noise(paper, client):
    rows = paper.batches["1"] = [batch(day=f"2024-09-{1 + i % 28:02}", ref=str(i % 7), ids=[i])
                                 for i in range(250)]
    client.sync(*MANUAL, *CARDS)
    for change in (lambda: rows.insert(0, rows.pop()), rows.reverse,
                   lambda: rows.insert(0, batch(ref="3", ids=[999], amount="5.00"))):
        paper.on("/transactions", change, page=2)
        client.sync(*MANUAL, *CARDS)
        assert changes(client) == []


def test_twins_without_transactions_make_no_noise(paper, client):
    rows = paper.batches["1"] = [batch(amount=f"{i}.00", count=0) for i in range(1, 5)]
    client.sync(*MANUAL, *CARDS)
    rows.reverse()
    client.sync(*MANUAL, *CARDS)
    assert changes(client) == []


def test_a_wrong_row_that_the_same_sync_mends_is_no_change(paper, client):
    paper.rows[2024, 9, 5] = [residual("1"), residual("2")]
    client.sync(*MANUAL)
    wrong = paper.listing([residual("1", net="99"), residual("2")], {"per_page": 1000}, 1)
    paper.on("/summary/rows/", lambda: (200, wrong))
    assert client.sync(*MANUAL)["results"]["changes"] == 0
    assert changes(client) == []
