"""What one would write instead of ipsync: requests and sqlite3, a page at a time.

    peer.py BASE_URL DATABASE FROM TO SCHEMA.sql...

It prints "PAGES TRANSACTIONS".
"""

import sqlite3
import sys
from decimal import Decimal

import requests

PUT_BATCH = """
INSERT INTO transaction_batches
    (mid, batch_date, reference_number, terminal_number, amount_cents, transaction_count)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (mid, batch_date, reference_number, terminal_number, ordinal) DO UPDATE
SET amount_cents = excluded.amount_cents, transaction_count = excluded.transaction_count
RETURNING id
"""
COLUMNS = """batch_id transaction_date type amount_cents cardholder auth_code pos_entry_mode
    invoice_number void_reject_chargeback reject_description""".split()
PUT_TRANSACTION = f"""
INSERT INTO transactions (mid, transaction_id, {", ".join(COLUMNS)})
VALUES ({", ".join("?" * (len(COLUMNS) + 2))})
ON CONFLICT (mid, transaction_id) DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in COLUMNS)}
WHERE {" OR ".join(f"{c} IS NOT excluded.{c}" for c in COLUMNS)}
"""


def cents(value):
    return None if value is None else int(Decimal(value) * 100)


def plain_date(value):
    return f"{value[6:]}-{value[:2]}-{value[3:5]}" if value else value


def get_pages(session, url, **params):
    params["page"] = 1
    while True:
        answer = session.get(url, params=params, timeout=30)
        answer.raise_for_status()
        body = answer.json()
        yield body["data"]
        if not body["links"]["next"]:
            return
        params["page"] += 1


def store_page(db, mid, data):
    rows = []
    for b in data:
        key = (mid, plain_date(b["date"]) or "", b["reference_number"] or "", b["terminal_number"] or "")
        (batch_id,) = db.execute(PUT_BATCH, (*key, cents(b["amount"]), int(b["count"]))).fetchone()
        rows += (
            (
                mid, t["id"], batch_id, plain_date(t["date"]), t["type"], cents(t["amount"]),
                t["cardholder"], t["auth_code"], t["pos_entry_mode"], t["invoice_number"],
                t["void_reject_chargeback"], t["reject_description"],
            )
            for t in b["transactions"]
        )
    db.executemany(PUT_TRANSACTION, rows)
    db.commit()
    return len(rows)


def main(base, path, start, end, *schema):
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'transactions'").fetchone():
        for step in schema:
            with open(step, encoding="utf-8") as f:
                db.executescript(f.read())
    session = requests.Session()
    session.trust_env = False
    session.headers["X-API-KEY"] = "demo-key"
    mids = [
        m["mid"]
        for data in get_pages(session, f"{base}/merchants", per_page=1000, sort_by="mid")
        for m in data
    ]
    pages = transactions = 0
    for mid in mids:
        url = f"{base}/merchants/{mid}/transactions"
        for data in get_pages(session, url, start_date=start, end_date=end, per_page=100):
            transactions += store_page(db, mid, data)
            pages += 1
    db.close()
    print(pages, transactions)


if __name__ == "__main__":
    main(*sys.argv[1:])
