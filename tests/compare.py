"""Compares the database with what the simulated CRM says its rows must be, both ways."""
import json
import sqlite3
from collections import Counter

BATCH_KEY = ("mid", "batch_date", "reference_number", "terminal_number", "ordinal")

TABLES = {
    "merchants": "SELECT * FROM merchants WHERE removed_at IS NULL",
    "transaction_batches": "SELECT * FROM transaction_batches WHERE removed_at IS NULL",
    "transactions": """
        SELECT t.*, b.mid AS b_mid, b.batch_date, b.reference_number, b.terminal_number, b.ordinal
        FROM transactions t JOIN transaction_batches b ON b.id = t.batch_id
        WHERE t.removed_at IS NULL""",
    "adjustments": "SELECT * FROM adjustments WHERE removed_at IS NULL",
    "residual_reports": "SELECT * FROM residual_reports WHERE removed_at IS NULL",
    "residuals": "SELECT * FROM residuals WHERE removed_at IS NULL",
    "residual_line_items": "SELECT * FROM residual_line_items WHERE removed_at IS NULL",
}


def connect(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    return db


def stored_rows(db, table):
    for row in db.execute(TABLES[table]):
        values = dict(row)
        if table == "transaction_batches":
            values.pop("id")
        if table == "transactions":
            values.pop("batch_id")
            values["batch"] = [values.pop("b_mid")] + [values.pop(k) for k in BATCH_KEY[1:]]
        yield values


def frozen(row, columns):
    return json.dumps([row[c] for c in columns], sort_keys=True)


def differences(path, crm, tables=tuple(TABLES), start=None, end=None, hide_null=True):
    """Rows that only one side has, a few of each, by table; {} when both are equal."""
    found = {}
    with connect(path) as db:
        for table in tables:
            expected_rows = crm.rows(table, start, end, hide_null)
            rows = list(stored_rows(db, table))
            columns = sorted(expected_rows[0]) if expected_rows else None
            if not columns:
                if rows:
                    found[table] = {"unexpected": len(rows)}
                continue
            expected = Counter(frozen(r, columns) for r in expected_rows)
            stored = Counter(frozen(r, columns) for r in rows)
            missing, extra = expected - stored, stored - expected
            if missing or extra:
                found[table] = {
                    "columns": columns,
                    "missing": (sum(missing.values()), sorted(missing)[:3]),
                    "unexpected": (sum(extra.values()), sorted(extra)[:3]),
                }
    return found


def dump(path):
    """All business rows with all columns, for "the same database"; batch ids replaced by keys."""
    with connect(path) as db:
        result = {t: sorted(json.dumps(r, sort_keys=True) for r in stored_rows(db, t))
                  for t in TABLES}
        result["merchant_metrics"] = sorted(
            json.dumps(dict(r), sort_keys=True) for r in db.execute("SELECT * FROM merchant_metrics"))
        return result
