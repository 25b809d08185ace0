"""`ipsync health`: what a monitoring system runs."""
import re
import sqlite3

import pytest

from crm import Crm
from product import Product

LINE = re.compile(r"IPSYNC (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \|( [a-z_]+=\d+[a-z]*;\d*;\d*;\d*)+)?\n")


@pytest.fixture
def crm():
    with Crm(seed=3, merchants=4, rate_limit=0, today="2026-11-20") as c:
        yield c


@pytest.fixture
def product(tmp_path, crm):
    return Product(tmp_path, crm, sync_history_start="2026-10-01")


def health(product, expect):
    out, err = product.run("health", expect=expect)
    assert LINE.fullmatch(out) and err == "", (out, err)
    return out


def change(product, sql):
    db = sqlite3.connect(product.path)
    with db:
        db.execute(sql)
    db.close()


def test_never_synced_is_critical(product):
    assert "CRITICAL - never synced" in health(product, 2)
    assert not product.path.exists()


def test_it_goes_with_what_happens(product, crm):
    product.sync("initial")
    line = health(product, 0)
    assert line.startswith("IPSYNC OK - data ") and "last sync completed" in line
    assert re.search(r"age=\d+s;;93600;0 failed_pending=0;;;0 failed_permanent=0;0;;0", line)
    crm.fault({"path": "/transactions", "status": 404, "times": 1})
    product.sync("initial", expect=1)
    assert "the last sync was partial" in health(product, 1)
    crm.fault({"path": "/merchants?", "status": 403})
    product.sync("initial", expect=3)
    assert "the last sync failed" in health(product, 2)
    crm.clear_faults()
    product.sync("initial")
    change(product, "UPDATE sync_jobs SET completed_at = '2026-01-01T00:00:00.000Z'")
    change(product, "UPDATE sync_streams SET completed_at = '2026-01-01T00:00:00.000Z'")
    assert "older than 26 h" in health(product, 2)


def test_what_cannot_be_told_is_unknown(product, tmp_path):
    product.set(api_concurrency="many")
    assert "IPSYNC UNKNOWN" in health(product, 3)
    product.set(api_concurrency=4)
    product.path.parent.mkdir()
    product.path.write_bytes(b"no database" * 1000)
    assert "IPSYNC UNKNOWN" in health(product, 3)
