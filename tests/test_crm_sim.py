"""Proves that the simulated CRM keeps the contract (crm-api.md), so that a test of ipsync which
fails against it speaks of ipsync. What the API answers is walked page by page, converted here once
more, and compared with the rows that the simulator says are right."""

import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from crm import BINARY, Crm

TODAY = "2026-11-20"
START = "2024-04-01"
pytestmark = pytest.mark.skipif(not os.path.exists(BINARY), reason="build/crm-sim is not built")


def parse(body):
    return json.loads(body, parse_float=Decimal)


def get(crm, path, **query):
    status, _, body = crm.get(path, **query)
    assert status == 200, (status, body)
    return parse(body)


def walk(crm, path, per_page, **query):
    """All rows of a listing, with its paging checked on the way."""
    rows, page, last = [], 1, None
    while last is None or page <= last:
        answer = get(crm, path, page=page, per_page=per_page, **query)
        meta, links, data = answer["meta"], answer["links"], answer["data"]
        last = int(meta["last_page"])
        assert isinstance(meta["last_page"], str) and meta["current_page"] == page
        assert meta["per_page"] == per_page
        assert len(data) == min(per_page, meta["total"] - len(rows))
        if data:
            assert (meta["from"], meta["to"]) == (len(rows) + 1, len(rows) + len(data))
        assert (links["next"] is None) == (page == last)
        assert (links["prev"] is None) == (page == 1)
        rows += data
        page += 1
    assert len(rows) == meta["total"]
    return rows, answer


# -- the conversion, a second time ------------------------------------------------------------


def cents(value):
    number = Decimal(str(value)) * 100
    assert number == int(number)
    return int(number)


def micros(value):
    number = Decimal(str(value)) * 1000000
    assert number == int(number)
    return int(number)


def date(value):
    return datetime.strptime(value, "%m/%d/%Y").strftime("%Y-%m-%d") if value else None


def instant(value):
    if not value:
        return None
    utc = datetime.fromisoformat(value).astimezone(timezone.utc)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def is_card(digits):
    total = 0
    for i, c in enumerate(reversed(digits)):
        d = int(c) * (1 + i % 2)
        total += d - 9 if d > 9 else d
    return total % 10 == 0 and re.match(r"4|5[1-5]|3[47]|6011|65", digits)


def mask(match):
    s = match.group()
    return s[:6] + "*" * (len(s) - 10) + s[-4:] if is_card(s) else s


def text(value):
    if value is None or value == "":
        return None
    return re.sub(r"(?<!\d)\d{13,19}(?!\d)", mask, str(value))


def key_text(value):
    return "" if value is None else str(value)


def merchant_row(m):
    row = {k: date(m[k]) for k in ("opened", "closed", "first_batch", "last_batch", "deactivated")}
    row |= {k: instant(m[k]) for k in ("created", "modified")}
    row |= {k: text(m[k]) for k in ("name", "processor", "datasource", "sic_code", "vim", "status")}
    assert m["active"] in (True, False)
    return row | {"mid": m["mid"], "group_name": text(m["group"]), "active": int(m["active"]),
                  "leads": json.dumps(m["leads"], separators=(",", ":")), "removed_at": None}


def batch_rows(mid, batches):
    """The rows of transaction_batches and transactions."""
    seen, heads, bodies = {}, [], []
    for b in batches:
        key = (mid, date(b["date"]), key_text(b["reference_number"]),
               key_text(b["terminal_number"]))
        ordinal = seen.get(key, 0)
        seen[key] = ordinal + 1
        heads.append(dict(zip(("mid", "batch_date", "reference_number", "terminal_number"), key),
                          ordinal=ordinal, amount_cents=cents(b["amount"]),
                          transaction_count=int(b["count"]), removed_at=None))
        for t in b["transactions"]:
            assert t["void_reject_chargeback"] in (True, False)
            bodies.append({
                "mid": mid, "transaction_id": int(t["id"]), "batch": [*key, ordinal],
                "transaction_date": date(t["date"]), "type": t["type"],
                "amount_cents": cents(t["amount"]), "cardholder": text(t["cardholder"]),
                "auth_code": text(t["auth_code"]), "pos_entry_mode": text(t["pos_entry_mode"]),
                "invoice_number": text(t["invoice_number"]),
                "void_reject_chargeback": int(t["void_reject_chargeback"]),
                "reject_description": text(t["reject_description"]), "removed_at": None})
    return heads, bodies


def adjustment_rows(mid, adjustments):
    seen, rows = {}, []
    for a in adjustments:
        key = (mid, date(a["date"]), key_text(a["type"]), cents(a["amount"]))
        rows.append(dict(zip(("mid", "adjustment_date", "type", "amount_cents"), key),
                         ordinal=seen.get(key, 0), removed_at=None))
        seen[key] = seen.get(key, 0) + 1
    return rows


AMOUNTS = ("sales_amount", "income", "expense", "net", "agent_net")


def report_row(year, month, r):
    row = {f"{a}_micros": micros(r[f"sum_{a}"]) for a in AMOUNTS}
    return row | {"year": year, "month": month, "processor_id": int(r["processor_id"]),
                  "name": text(r["name"]), "modified": instant(r["modified"]),
                  "merchants_count": int(r["merchants_count"]),
                  "transactions": int(r["sum_transactions"]), "removed_at": None}


def residual_row(year, month, processor, r, mids):
    row = {f"{a}_micros": micros(r[a]) for a in (*AMOUNTS, "bps", "percentage")}
    return row | {"year": year, "month": month, "processor_id": processor,
                  "mid": mids[int(r["mid"])], "merchant": text(r["merchant"]),
                  "transactions": int(r["transactions"]), "removed_at": None}


def line_item_row(year, month, i, mids):
    merchant, user = i["merchant"] or {}, i["user"] or {}
    row = {f"{a}_micros": micros(i[a]) for a in ("income", "expense", "agent_net", "percentage")}
    return row | {"year": year, "month": month, "id": int(i["id"]), "type": i["type"],
                  "mid": mids[int(merchant["mid"])] if merchant else None,
                  "dba": text(merchant.get("dba")), "user_id": user.get("user_id"),
                  "full_name": text(user.get("full_name")), "description": text(i["description"]),
                  "is_recurring": int(i["is_recurring"]), "created": instant(i["created"]),
                  "modified": instant(i["modified"]), "removed_at": None}


def months(start, end):
    y, m = int(start[:4]), int(start[5:7])
    while f"{y}-{m:02}" <= end[:7]:
        yield y, m
        y, m = (y + 1, 1) if m == 12 else (y, m + 1)


def sync(crm, start=START, end=TODAY, hide_null=True):
    """Reads everything as a client that makes no request too many; the rows by table."""
    merchants, _ = walk(crm, "/merchants", 1000, sort_by="mid")
    assert [m["mid"] for m in merchants] == sorted(m["mid"] for m in merchants)
    mids = {int(m["mid"]): m["mid"] for m in merchants}
    assert len(mids) == len(merchants)
    db = {"merchants": [merchant_row(m) for m in merchants]}
    for table in ("transaction_batches", "transactions", "adjustments", "residual_reports",
                  "residuals", "residual_line_items"):
        db[table] = []
    for m in db["merchants"]:
        if not m["first_batch"] or m["first_batch"] > end or m["last_batch"] < start:
            continue
        batches, answer = walk(crm, f"/merchants/{m['mid']}/transactions", 100,
                               start_date=start, end_date=end)
        heads, bodies = batch_rows(m["mid"], batches)
        db["transaction_batches"] += heads
        db["transactions"] += bodies
        db["adjustments"] += adjustment_rows(m["mid"], answer["adjustments"])
    hide = "true" if hide_null else "false"
    for y, mo in months(start, end):
        reports, _ = walk(crm, f"/residuals/reports/summary/{y}/{mo}", 100,
                          hide_null_merchants=hide)
        for r in reports:
            row = report_row(y, mo, r)
            db["residual_reports"].append(row)
            rows, _ = walk(crm, f"/residuals/reports/summary/rows/{row['processor_id']}/{y}/{mo}",
                           1000, template="false", hide_null_merchants=hide)
            rows = [residual_row(y, mo, row["processor_id"], x, mids) for x in rows]
            assert row["merchants_count"] == len(rows)
            for a in ("transactions", *(f"{a}_micros" for a in AMOUNTS)):
                assert row[a] == sum(x[a] for x in rows), a
            db["residuals"] += rows
        items, _ = walk(crm, f"/residuals/lineitems/{y}/{mo}", 100, hide_null_merchants=hide)
        db["residual_line_items"] += [line_item_row(y, mo, i, mids) for i in items]
    return db


def ordered(rows):
    return sorted(json.dumps(r, sort_keys=True) for r in rows)


def check_against_oracle(crm, db, **query):
    for table, rows in db.items():
        assert ordered(rows) == ordered(crm.rows(table, **query)), table


@pytest.fixture(scope="module")
def crm():
    with Crm(merchants=75, batches_per_month=8, per_batch=4, line_items=40, rate_limit=0,
             today=TODAY, seed=7) as c:
        yield c


@pytest.fixture
def fresh():
    with Crm(merchants=30, batches_per_month=12, per_batch=3, rate_limit=0, today=TODAY) as c:
        yield c


def merchant_with_batches(crm, n=120):
    for m in crm.rows("merchants"):
        if m["last_batch"] and m["last_batch"] >= "2026-11-01":
            total = get(crm, f"/merchants/{m['mid']}/transactions")["meta"]["total"]
            if total >= n:
                return m["mid"]
    raise AssertionError("no busy merchant")


# -- what it serves ---------------------------------------------------------------------------


def test_all_rows_are_those_of_the_oracle_and_the_requests_the_least(crm):
    crm.reset_log()
    db = sync(crm)
    requests = len(crm.log())
    check_against_oracle(crm, db)
    least = crm.least()
    assert requests == least["least"] + least["empty_ranges"]
    assert least["least"] == sum(least[k] for k in ("merchants", "transactions", "residuals"))


def test_a_short_range_and_inactive_merchants(crm):
    db = sync(crm, "2026-08-10", "2026-10-05", hide_null=False)
    check_against_oracle(crm, db, start="2026-08-10", end="2026-10-05", hide_null=False)
    assert len(db["residuals"]) > len(crm.rows("residuals", "2026-08-10", "2026-10-05"))


def test_the_data_holds_what_a_client_must_cope_with(crm):
    merchants = crm.rows("merchants")
    assert any(m["first_batch"] is None for m in merchants)
    assert any(m["last_batch"] and m["last_batch"] < START for m in merchants)
    assert any(m["closed"] for m in merchants) and any(m["name"] is None for m in merchants)
    assert any(m["mid"].startswith("0") for m in merchants)
    names = "".join(m["name"] or "" for m in merchants)
    assert any(ord(c) > 0x3000 for c in names) and any(ord(c) < 32 for c in names)
    batches = crm.rows("transaction_batches")
    assert any(b["ordinal"] == 1 for b in batches)
    assert any(b["reference_number"] == "" for b in batches)
    assert any(b["transaction_count"] == 0 for b in batches)
    transactions = crm.rows("transactions")
    assert any(t["transaction_id"] > 2**31 for t in transactions)
    assert any(t["amount_cents"] < 0 for t in transactions)
    assert any(t["void_reject_chargeback"] and t["reject_description"] for t in transactions)
    assert any(t["invoice_number"] and "*" in t["invoice_number"] for t in transactions)
    ids = {(t["mid"], t["transaction_id"]) for t in transactions}
    assert len(ids) == len(transactions)
    assert any(a["ordinal"] == 1 for a in crm.rows("adjustments"))
    assert any(r["income_micros"] % 10000 for r in crm.rows("residuals"))
    rows = get(crm, "/residuals/reports/summary/rows/1001/2026/9", per_page=1000)["data"]
    assert {type(r["mid"]) for r in rows} == {int, str}


def test_unpublished_months_are_empty(crm):
    for path in ("/residuals/reports/summary/2026/11", "/residuals/lineitems/2026/11",
                 "/residuals/reports/summary/rows/1001/2026/11"):
        answer = get(crm, path)
        assert answer["data"] == [] and answer["meta"]["from"] is None
    assert get(crm, "/residuals/reports/summary/2026/10")["data"]
    with Crm(today="2026-11-14") as early:
        assert get(early, "/residuals/reports/summary/2026/10")["data"] == []
        assert get(early, "/residuals/reports/summary/2026/9")["data"]


def test_template_changes_the_rows(crm):
    path = "/residuals/reports/summary/rows/1001/2026/9"
    plain = get(crm, path, template="false", per_page=1000)["data"]
    dressed = get(crm, path, per_page=1000)["data"]
    assert get(crm, path, template="true", per_page=1000)["data"] == dressed
    differing = [a["mid"] for a, b in zip(plain, dressed) if a["net"] != b["net"]]
    assert len(differing) > len(plain) // 2
    assert sum(micros(r["net"]) for r in plain) != sum(micros(r["net"]) for r in dressed)


def test_one_merchant(crm):
    m = get(crm, "/merchants", per_page=10)["data"][3]
    one = get(crm, f"/merchants/{m['mid']}")
    assert one["general"] == m and "account_information" in one and "leads" in one


def test_past_the_last_page(crm):
    answer = get(crm, "/merchants", page=999, per_page=1000)
    assert answer["data"] == [] and answer["meta"]["from"] is answer["meta"]["to"] is None
    assert answer["links"]["next"] is None and answer["meta"]["total"] == 75
    assert get(crm, "/merchants", page=10**17)["data"] == []


def test_adjustments_come_again_on_every_page(crm):
    mid = merchant_with_batches(crm)
    first = get(crm, f"/merchants/{mid}/transactions", per_page=10)
    assert first["adjustments"] and int(first["meta"]["last_page"]) > 2
    for page in (2, 3):
        again = get(crm, f"/merchants/{mid}/transactions", per_page=10, page=page)
        assert again["adjustments"] == first["adjustments"]


@pytest.mark.parametrize("path, query, status", [
    ("/merchants", {"per_page": 20}, 422),
    ("/merchants", {"per_page": "x"}, 422),
    ("/merchants", {"page": 0}, 422),
    ("/merchants", {"page": -1}, 422),
    ("/merchants", {"sort_by": "id"}, 422),
    ("/merchants", {"sort_dir": "up"}, 422),
    ("/merchants", {"status": "open"}, 422),
    ("/merchants", {"active": "yes"}, 422),
    ("/merchants", {"date_filter": "modified"}, 422),
    ("/merchants", {"date_filter": "modified", "start_date": "2026-01-01T00:00:00+00:00"}, 422),
    ("/merchants", {"date_filter": "modified", "start_date": "2026-01-01",
                    "end_date": "2026-02-01"}, 422),
    ("/merchants", {"date_filter": "modified", "start_date": "2026-01-01T00:00:00Z",
                    "end_date": "2026-02-01T00:00:00Z"}, 422),
    ("/merchants", {"date_filter": "modified", "start_date": "2026-01-01T00:00:00.000+00:00",
                    "end_date": "2026-02-01T00:00:00+00:00"}, 422),
    ("/merchants", {"date_filter": "last_batch", "start_date": "2026-02-30",
                    "end_date": "2026-03-01"}, 422),
    ("/merchants", {"date_filter": "updated", "start_date": "2026-02-01",
                    "end_date": "2026-03-01"}, 422),
    ("/merchants/0/transactions", {}, 404),
    ("/merchants/999999999999999", {}, 404),
    ("/nothing", {}, 404),
    ("/residuals/reports/summary/2026/13", {}, 422),
    ("/residuals/reports/summary/rows/5/2026/9", {}, 404),
    ("/residuals/reports/summary/2026/9", {"per_page": 1000}, 422),
    ("/residuals/lineitems/2026/9", {"per_page": 500}, 422),
])
def test_bad_requests(crm, path, query, status):
    answer = crm.get(path, **query)
    assert answer[0] == status and parse(answer[2])["message"]


def test_transactions_refuse_bad_parameters(crm):
    path = f"/merchants/{merchant_with_batches(crm)}/transactions"
    for query in ({"per_page": 1000}, {"start_date": "01/02/2026"}, {"end_date": "2026-02-30"},
                  {"start_date": "2026-02-02", "end_date": "2026-02-01"}):
        assert crm.get(path, **query)[0] == 422


def test_a_plus_that_is_not_escaped_is_a_space(crm):
    bounds = "start_date=2020-01-01T00:00:00{0}00:00&end_date=2027-01-01T00:00:00{0}00:00"
    path = "/merchants?date_filter=created&"
    assert crm.get(path + bounds.format("+"))[0] == 422
    assert crm.get(path + bounds.format("%2B"))[0] == 200


def test_authentication(crm):
    assert crm.get("/merchants", key="wrong")[::2] == (401, b'{"message":"Unauthenticated"}')
    assert crm.get("/merchants", key="")[0] == 401
    assert crm.get("/merchants", key="no-permission")[::2] == (403, b'{"message":"Access denied"}')
    assert [line["key"] for line in crm.log()[-3:]] == [False, False, False]


# -- filters and orders -----------------------------------------------------------------------


def test_filters(crm):
    everyone = {m["mid"]: m for m in crm.rows("merchants")}

    def mids(**query):
        return {m["mid"] for m in walk(crm, "/merchants", 100, **query)[0]}

    def expected(test):
        return {mid for mid, m in everyone.items() if test(m)}

    assert mids(date_filter="last_batch", start_date="2026-11-01", end_date="2026-11-18") == \
        expected(lambda m: m["last_batch"] and "2026-11-01" <= m["last_batch"] <= "2026-11-18")
    assert mids(date_filter="modified", start_date="2025-06-01T00:00:00+00:00",
                end_date="2026-06-01T00:00:00+00:00") == \
        expected(lambda m: "2025-06-01" <= m["modified"] <= "2026-06-01T00:00:00.000Z")
    assert mids(active="true") == expected(lambda m: m["active"])
    assert mids(status="Closed") == expected(lambda m: m["status"] == "Closed")
    assert mids(group="East") == expected(lambda m: m["group_name"] == "East")
    assert mids(vim="Yes") == expected(lambda m: m["vim"] == "Yes")
    assert mids(processor="TSYS") == expected(lambda m: m["processor"] == "TSYS")
    assert mids(mid="88") == expected(lambda m: "88" in m["mid"])
    assert mids(name="shop") == expected(lambda m: m["name"] and "shop" in m["name"].lower())
    one = next(iter(everyone.values()))
    at = one["modified"].replace(".000Z", "+00:00")
    assert one["mid"] in mids(date_filter="modified", start_date=at, end_date=at)


@pytest.mark.parametrize("key", ["mid", "modified", "created", "last_batch", "opened", "name",
                                 "status", "active", "group"])
def test_orders(crm, key):
    up = [m["mid"] for m in walk(crm, "/merchants", 25, sort_by=key)[0]]
    down = [m["mid"] for m in walk(crm, "/merchants", 25, sort_by=key, sort_dir="desc")[0]]
    assert up == down[::-1] and len(set(up)) == 75
    column = {"group": "group_name"}.get(key, key)
    by_mid = {m["mid"]: m[column] for m in crm.rows("merchants")}
    if key in ("mid", "modified", "created", "last_batch", "opened"):
        assert [by_mid[mid] or "" for mid in up] == sorted(v or "" for v in by_mid.values())


def test_the_default_order_is_stable_and_not_that_of_mid(crm):
    one = [m["mid"] for m in walk(crm, "/merchants", 50)[0]]
    assert one == [m["mid"] for m in walk(crm, "/merchants", 10)[0]] and one != sorted(one)


def test_the_portfolio_depends_on_the_seed_alone():
    def answers(**options):
        with Crm(today=TODAY, rate_limit=0, **options) as c:
            body = c.get("/merchants", per_page=100)[2].replace(c.origin.encode(), b"")
            return body, c.control("rows/residuals", **{"from": "2026-09-01"})

    assert answers(seed=3) == answers(seed=3, threads=1)
    assert answers(seed=3)[0] != answers(seed=4)[0]


# -- transport --------------------------------------------------------------------------------


def test_gzip_when_asked(crm):
    plain = crm.get("/merchants", per_page=100)
    packed = crm.get("/merchants", per_page=100, headers={"Accept-Encoding": "deflate, gzip"})
    assert packed[1]["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain[1]
    assert gzip.decompress(packed[2]) == plain[2] and len(packed[2]) < len(plain[2])
    with Crm(no_gzip=True) as c:
        assert "Content-Encoding" not in c.get("/merchants", headers={"Accept-Encoding": "gzip"})[1]


def test_connections_are_kept(crm):
    connection = http.client.HTTPConnection("127.0.0.1", crm.port)
    for _ in range(3):
        connection.request("GET", "/api/v1/merchants", headers={"X-API-KEY": crm.key})
        answer = connection.getresponse()
        assert answer.status == 200 and json.loads(answer.read())
    connection.close()


def test_rate_limit():
    with Crm(rate_limit=5, window=2, merchants=10) as c:
        begin = time.monotonic()
        for left in (4, 3, 2, 1, 0):
            status, headers, _ = c.get("/merchants")
            assert status == 200
            assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == \
                ("5", str(left))
        for _ in range(3):
            status, headers, body = c.get("/merchants")
            assert status == 429 and parse(body)["message"]
            assert headers["Retry-After"] in ("1", "2") and headers["X-RateLimit-Remaining"] == "0"
        c.control("stats")
        time.sleep(max(0, begin + 2.05 - time.monotonic()))
        assert c.get("/merchants")[1]["X-RateLimit-Remaining"] == "4"
        assert c.stats()["refused"] == 3 and c.stats()["requests"] == 9
        c.limit(eat=2)
        assert c.get("/merchants")[1]["X-RateLimit-Remaining"] == "1"
        c.limit(limit=50)
        assert c.get("/merchants")[1]["X-RateLimit-Limit"] == "50"
        c.limit(headers=False)
        assert "X-RateLimit-Limit" not in c.get("/merchants")[1]
    with Crm(rate_limit=0) as c:
        assert "X-RateLimit-Limit" not in c.get("/merchants")[1]
    with Crm(rate_limit=1, no_limit_headers=True) as c:
        assert "X-RateLimit-Limit" not in c.get("/merchants")[1]
        status, headers, _ = c.get("/merchants")
        assert status == 429 and headers["Retry-After"] and "X-RateLimit-Limit" not in headers


def test_latency_does_not_block_others():
    with Crm(latency_ms=300, rate_limit=0, merchants=10) as c:
        begin = time.monotonic()
        threads = [threading.Thread(target=c.get, args=("/merchants",)) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert 0.3 <= time.monotonic() - begin < 1.2
        assert 2 <= c.stats()["max_in_flight"] <= 8


def test_log_and_script(tmp_path):
    script, log = tmp_path / "script", tmp_path / "log"
    script.write_text('# first request only\n{"match":{"times":1},"action":{"status":500}}\n\n')
    with Crm(script=str(script), log=str(log)) as c:
        assert c.get("/merchants", page=2, per_page=10)[0] == 500
        assert c.get("/merchants")[0] == 200
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert lines == c.log() and [line["status"] for line in lines] == [500, 200]
        assert lines[0]["path"] == "/api/v1/merchants"
        assert lines[0]["query"] == "page=2&per_page=10"
        assert lines[0]["fault"] and not lines[1]["fault"]
        c.reset_log()
        assert c.log() == []


def test_it_ends_cleanly():
    for stop in (signal.SIGTERM, signal.SIGINT):
        c = Crm()
        c.fault(hang=True)
        hanging = socket.create_connection(("127.0.0.1", c.port))
        hanging.sendall(b"GET /api/v1/merchants HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.2)
        c.process.send_signal(stop)
        assert c.process.wait(5) == 0
        hanging.close()
        c.stop()
    c = Crm()
    c.process.stdin.close()
    assert c.process.wait(5) == 0
    c.process.stdout.close()
    assert subprocess.run([BINARY, "--nonsense"], capture_output=True).returncode == 2


# -- faults -----------------------------------------------------------------------------------


def test_status_faults(fresh):
    fresh.fault(path="/merchants?", status=503, times=2)
    fresh.fault({"match": {"path": "*/residuals/*"},
                 "action": {"status": 429, "retry_after": "soon", "body": "slow down",
                            "headers": {"X-Extra": "1"}}})
    assert [fresh.get("/merchants", page=1)[0] for _ in range(3)] == [503, 503, 200]
    status, headers, body = fresh.get("/residuals/lineitems/2026/9")
    assert (status, headers["Retry-After"], headers["X-Extra"], body) == \
        (429, "soon", "1", b"slow down")
    assert [f["hits"] for f in fresh.faults()] == [2, 1]
    fresh.clear_faults()
    assert fresh.get("/residuals/lineitems/2026/9")[0] == 200 and fresh.faults() == []


def test_page_after_and_times(fresh):
    fresh.fault(path="/merchants", page=2, after=1, times=1, status=500)
    pages = [1, 2, 2, 2, 1]
    assert [fresh.get("/merchants", page=p)[0] for p in pages] == [200, 200, 500, 200, 200]


def test_bodies_that_are_no_list(fresh):
    def once(**action):
        fresh.fault(append=False, **action)
        return fresh.get("/merchants", per_page=100)

    assert once(html200=True)[1]["Content-Type"].startswith("text/html")
    assert once(empty=True)[::2] == (200, b"")
    for value in (None, [], {"message": "x"}, 5):
        assert parse(once(not_list=value)[2]) == value
    for action in ({"bad_json": True}, {"truncated_json": True}):
        status, headers, body = once(**action)
        assert status == 200 and int(headers["Content-Length"]) == len(body)
        with pytest.raises(ValueError):
            json.loads(body)
    status, headers, body = once(bad_gzip=True)
    assert headers["Content-Encoding"] == "gzip"
    with pytest.raises(Exception):
        gzip.decompress(body)


def raw_get(crm, timeout=5):
    connection = http.client.HTTPConnection("127.0.0.1", crm.port, timeout=timeout)
    try:
        connection.request("GET", "/api/v1/merchants?per_page=100",
                           headers={"X-API-KEY": crm.key})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.read()
    finally:
        connection.close()


def test_broken_connections(fresh):
    fresh.fault(reset=True, times=1)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        raw_get(fresh)
    fresh.fault(append=False, cut=True)
    with pytest.raises(http.client.IncompleteRead):
        raw_get(fresh)
    fresh.fault(append=False, redirect="http://127.0.0.1:9/elsewhere")
    assert raw_get(fresh)[:2] == (302, "http://127.0.0.1:9/elsewhere")
    fresh.fault(append=False, hang=True)
    with pytest.raises(TimeoutError):
        raw_get(fresh, timeout=0.5)
    fresh.fault(append=False, delay_ms=400)
    begin = time.monotonic()
    assert raw_get(fresh)[0] == 200 and time.monotonic() - begin >= 0.4
    assert [line["status"] for line in fresh.log()] == [0, 200, 302, 0, 200]


def test_bodies_that_come_slowly_or_not_at_all(fresh):
    true = raw_get(fresh)[2]
    fresh.fault(append=False, drip_ms=30, drip_bytes=len(true) // 8)
    begin = time.monotonic()
    assert raw_get(fresh)[2] == true and time.monotonic() - begin >= 0.2
    fresh.fault(append=False, chunked=True)
    assert raw_get(fresh)[2] == true
    fresh.fault(append=False, chunked=True, cut=True)
    with pytest.raises(http.client.IncompleteRead):
        raw_get(fresh)
    fresh.fault(append=False, stall=True)
    with pytest.raises(TimeoutError):
        raw_get(fresh, timeout=0.5)
    fresh.fault(append=False, huge_mb=3)
    huge = raw_get(fresh)[2]
    assert huge.strip() == true and len(huge) == len(true) + (3 << 20)
    fresh.fault(append=False, status=200, body='{"data":[]}', cut=True)
    with pytest.raises(http.client.IncompleteRead):
        raw_get(fresh)


def test_a_hang_holds_up_nobody(fresh):
    fresh.fault(page=2, hang=True)
    with socket.create_connection(("127.0.0.1", fresh.port)) as hanging:
        hanging.sendall(b"GET /api/v1/merchants?page=2 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        assert fresh.get("/merchants", timeout=2)[0] == 200
        assert fresh.stats()["in_flight"] == 1
    deadline = time.monotonic() + 5
    while fresh.stats()["in_flight"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert fresh.stats()["in_flight"] == 0


def test_spoiled_records_and_meta(fresh):
    true = get(fresh, "/merchants", per_page=100)
    fresh.fault(record={"index": 2, "set": {"opened": "02/30/2024", "mid": 5, "new": [1]},
                        "unset": ["name"]}, meta={"total": 7, "last_page": None},
                patch={"links.next": "http://example.com/"})
    bent = get(fresh, "/merchants", per_page=100)
    row = bent["data"][2]
    assert (row["opened"], row["mid"], row["new"]) == ("02/30/2024", 5, [1]) and "name" not in row
    assert bent["data"][:2] == true["data"][:2] and bent["data"][3:] == true["data"][3:]
    assert bent["meta"] == true["meta"] | {"total": 7, "last_page": None}
    assert bent["links"]["next"] == "http://example.com/"


def test_nested_record(fresh):
    mid = merchant_with_batches(fresh)
    fresh.fault(path="/transactions", record={"index": 0, "set": {"transactions": [{"id": None}]}})
    fresh.fault(path="/lineitems", record={"index": 0, "set": {"merchant": {"mid": "x"}}})
    data = get(fresh, f"/merchants/{mid}/transactions")["data"]
    assert data[0]["transactions"] == [{"id": None}]
    assert get(fresh, "/residuals/lineitems/2026/9")["data"][0]["merchant"] == {"mid": "x"}


def test_pages_that_repeat_or_shuffle(fresh):
    one, two = (get(fresh, "/merchants", page=p) for p in (1, 2))
    fresh.fault(path="/merchants", page=2, duplicate_page=True)
    again = get(fresh, "/merchants", page=2)
    assert again["data"] == one["data"] and again["meta"]["current_page"] == 2
    fresh.fault(append=False, shuffle=True)
    orders = [[m["mid"] for m in get(fresh, "/merchants", page=2)["data"]] for _ in range(6)]
    assert len({tuple(o) for o in orders}) > 1
    assert all(sorted(o) == sorted(m["mid"] for m in two["data"]) for o in orders)
    fresh.fault(append=False, shuffle="list")
    seen = [tuple(sorted(m["mid"] for m in get(fresh, "/merchants")["data"])) for _ in range(6)]
    assert len(set(seen)) > 1
    mid = merchant_with_batches(fresh)
    assert len(get(fresh, f"/merchants/{mid}/transactions", per_page=100)["data"]) == 100


def test_a_page_holds_no_more_than_the_most_whatever_is_asked_for():
    with Crm(merchants=11, today="2026-11-20", rate_limit=0, page_max=4) as c:
        pages = [get(c, "/merchants", per_page=100, page=p) for p in (1, 2, 3, 4)]
        assert [len(p["data"]) for p in pages] == [4, 4, 3, 0]
        assert all(p["meta"]["per_page"] == 4 and p["meta"]["total"] == 11 for p in pages)
        assert pages[0]["meta"]["last_page"] == "3" and pages[2]["links"]["next"] is None
        assert len(get(c, "/residuals/lineitems/2026/9", per_page=100)["data"]) == 4


def test_bytes_that_no_json_can_hold(fresh):
    true = fresh.get("/merchants")[2]
    fresh.fault(insert="00ff")
    assert fresh.get("/merchants")[2] == true[:1] + b"\x00\xff" + true[1:]


@pytest.mark.parametrize("after", [False, True])
def test_a_client_that_is_killed_at_a_request(fresh, after):
    """It asks again and again, until the third request is its end, unanswered or just answered."""
    client = subprocess.Popen([sys.executable, "-c", f"""
import sys, urllib.request
sys.stdin.readline()
while True:
    urllib.request.urlopen("{fresh.origin}/api/v1/merchants?n=1").read()
"""], stdin=subprocess.PIPE, text=True)
    fresh.fault(after=2, kill=client.pid, kill_after=after, hang=not after, status=503 * after)
    fresh.fault(status=204)
    client.communicate("go\n", timeout=20)
    assert client.returncode == -signal.SIGKILL
    assert [line["status"] for line in fresh.log()] == [204, 204, 503 if after else 0]


# -- changes ----------------------------------------------------------------------------------


def test_merchants_vanish_and_come_back(fresh):
    mids = sorted(m["mid"] for m in fresh.rows("merchants"))
    fresh.mutate(op="vanish", first=5)
    fresh.mutate(op="vanish", mids=mids[8:10])
    left = mids[5:8] + mids[10:]
    assert sorted(m["mid"] for m in get(fresh, "/merchants", per_page=100)["data"]) == left
    assert fresh.get(f"/merchants/{mids[0]}")[0] == 404
    assert fresh.get(f"/merchants/{mids[0]}/transactions")[0] == 404
    assert [m["mid"] for m in fresh.rows("merchants")] == left
    fresh.mutate(op="restore", mid=mids[0])
    assert fresh.get(f"/merchants/{mids[0]}")[0] == 200
    fresh.mutate(op="restore")
    check_against_oracle(fresh, sync(fresh))


def test_changes_show_everywhere(fresh):
    mid = merchant_with_batches(fresh, 100)
    mine = [t for t in fresh.rows("transactions") if t["mid"] == mid]
    batch = next(b for b in fresh.rows("transaction_batches") if b["mid"] == mid)
    residual = fresh.rows("residuals", "2026-09-01", "2026-09-30")[0]
    items = fresh.rows("residual_line_items", "2026-09-01", "2026-09-30")
    before = {m["mid"]: m for m in fresh.rows("merchants")}[mid]
    reports = fresh.rows("residual_reports", "2026-09-01", "2026-09-30")
    sep = {"year": 2026, "month": 9}
    fresh.mutate(
        {"op": "set_transaction", "mid": mid, "id": mine[5]["transaction_id"], "amount_cents": 1},
        {"op": "set_transaction", "mid": mid, "id": mine[9]["transaction_id"],
         "void_reject_chargeback": True, "reject_description": "late"},
        {"op": "drop_transaction", "mid": mid, "id": mine[7]["transaction_id"]},
        {"op": "drop_batch", "mid": mid, "date": batch["batch_date"]},
        {"op": "add_batch", "mid": mid, "date": TODAY, "transactions": 4},
        {"op": "add_batch", "mid": mid, "date": TODAY, "reference_number": None,
         "terminal_number": None},
        {"op": "add_batch", "mid": mid, "date": "2026-10-01", "transactions": 0},
        {"op": "rename", "mid": mid, "name": "Новое имя"},
        {"op": "set_residual", "mid": residual["mid"], "income_micros": 123456, **sep},
        {"op": "drop_line_item", "id": items[0]["id"], **sep},
        {"op": "set_line_item", "id": items[1]["id"], "description": "changed", **sep},
        {"op": "add_line_item", "mid": mid, **sep})
    db = sync(fresh)
    check_against_oracle(fresh, db)
    after = next(m for m in db["merchants"] if m["mid"] == mid)
    assert after["name"] == "Новое имя" and after["last_batch"] == TODAY
    assert after["modified"] > before["modified"]
    changed = {t["transaction_id"]: t for t in db["transactions"] if t["mid"] == mid}
    assert changed[mine[5]["transaction_id"]]["amount_cents"] == 1
    assert changed[mine[9]["transaction_id"]]["reject_description"] == "late"
    assert mine[7]["transaction_id"] not in changed
    now = fresh.rows("residual_reports", "2026-09-01", "2026-09-30")
    moved = [b for a, b in zip(reports, now) if a["modified"] != b["modified"]]
    assert [r["processor_id"] for r in moved] == [residual["processor_id"]]
    fresh.mutate(op="drop_residual", mid=residual["mid"], **sep)
    check_against_oracle(fresh, sync(fresh))
    fresh.mutate(op="reset")
    assert {m["mid"]: m for m in fresh.rows("merchants")}[mid] == before


def test_rows_shift_between_pages(fresh):
    mid = merchant_with_batches(fresh)
    path = f"/merchants/{mid}/transactions"
    fresh.mutate(op="add_batch", mid=mid, date=TODAY, after=1, path=path)
    assert get(fresh, "/merchants")["meta"] and fresh.stats()["changes_waiting"] == 1
    one = get(fresh, path, per_page=100)
    assert fresh.stats()["changes_waiting"] == 0
    two = get(fresh, path, per_page=100, page=2)
    assert two["meta"]["total"] == one["meta"]["total"] + 1
    assert two["data"][0] == one["data"][-1]
    new = get(fresh, path, per_page=100)["data"]
    assert new[1:] == one["data"][:-1] and date(new[0]["date"]) == TODAY


def test_the_day_moves_on(fresh):
    before = fresh.rows("transactions")
    fresh.mutate(op="today", date="2026-12-16")
    after = fresh.rows("transactions")
    assert ordered(t for t in after if t["batch"][1] <= "2026-11-17") == \
        ordered(t for t in before if t["batch"][1] <= "2026-11-17")
    assert len(after) > len(before)
    check_against_oracle(fresh, sync(fresh, end="2026-12-16"))


def test_refused_changes(fresh):
    for change in ({"op": "fly"}, {"op": "rename", "mid": "1", "name": "x"}, {},
                   {"op": "add_batch", "mid": fresh.rows("merchants")[0]["mid"]},
                   {"op": "set_residual", "mid": fresh.rows("merchants")[0]["mid"],
                    "year": 2026, "month": 11}):
        with pytest.raises(ValueError):
            fresh.mutate(change)
    with pytest.raises(ValueError):
        fresh.control("faults", 5)
    with pytest.raises(ValueError):
        fresh.rows("nothing")


# -- options ----------------------------------------------------------------------------------


def test_big_ids_and_raw_cards():
    with Crm(merchants=20, big_ids=True, raw_pan=True, rate_limit=0, today=TODAY) as c:
        db = sync(c, "2026-08-01", TODAY)
        check_against_oracle(c, db, start="2026-08-01")
        assert any(t["transaction_id"] > 2**53 for t in db["transactions"])
        mid = merchant_with_batches(c)
        body = c.get(f"/merchants/{mid}/transactions", per_page=100)[2].decode()
        assert re.search(r'"cardholder":"\d{13,16}"', body)
        cards = [t["cardholder"] or "" for t in db["transactions"]]
        assert not any(re.fullmatch(r"\d{13,19}", card) for card in cards)


def test_plain_pages_are_of_the_promised_size():
    with Crm(plain=True, merchants=5, batches_per_month=60, rate_limit=0, today=TODAY) as c:
        db = sync(c, "2026-08-01", TODAY)
        check_against_oracle(c, db, start="2026-08-01")
        body = c.get(f"/merchants/{db['merchants'][0]['mid']}/transactions", per_page=100)[2]
        assert 200_000 < len(body) < 290_000 and body.isascii()
        assert sum(len(b["transactions"]) for b in parse(body)["data"]) == 1000


def test_many_processors_and_long_reports():
    with Crm(merchants=1501, processors=3, batches_per_month=1, rate_limit=0, today=TODAY) as c:
        counts = [int(r["merchants_count"])
                  for r in get(c, "/residuals/reports/summary/2026/9")["data"]]
        assert len(counts) == 3 and counts[0] > 1000
        assert len(walk(c, "/residuals/reports/summary/rows/1001/2026/9", 1000)[0]) == counts[0]
    with Crm(merchants=3000, processors=150, batches_per_month=1, rate_limit=0, today=TODAY) as c:
        assert len(walk(c, "/residuals/reports/summary/2026/9", 100)[0]) > 100
        assert c.least("2026-09-01", "2026-09-30")["merchants"] == 3


def test_no_merchants_at_all():
    with Crm(merchants=0, rate_limit=0, today=TODAY) as c:
        db = sync(c)
        check_against_oracle(c, db)
        assert db["merchants"] == [] and c.least()["merchants"] == 1


def test_many_clients_at_once(fresh):
    mids = [m["mid"] for m in fresh.rows("merchants")]
    wrong = []

    def work(n):
        for i in range(30):
            status, _, body = fresh.get(f"/merchants/{mids[(n + i) % len(mids)]}/transactions",
                                        per_page=100)
            if status != 200 or "data" not in json.loads(body):
                wrong.append(status)
            if n == 0:
                fresh.mutate(op="add_batch", mid=mids[i % len(mids)], date=TODAY)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong and len(fresh.log()) == 240
    assert fresh.stats()["max_in_flight"] <= 8
    check_against_oracle(fresh, sync(fresh))
