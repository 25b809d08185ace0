"""What a sync does while the CRM is ill, limits or refuses: the circuit breaker, Retry-After, the
retry budget, the longest wait, keys that change, rights that are missing, failed items that heal."""
import json
import signal
import sqlite3
import time

import pytest

from compare import differences
from crm import Crm
from product import Product

SPAN = ("--from", "2026-09-01", "--to", "2026-10-31")


@pytest.fixture
def crm():
    with Crm(seed=5, merchants=30, batches_per_month=8, per_batch=2, rate_limit=0,
             today="2026-11-20") as c:
        yield c


@pytest.fixture
def product(tmp_path, crm):
    return Product(tmp_path, crm, api_requests_per_minute=0, api_circuit_reset_seconds=1,
                   sync_history_start="2026-08-01")


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)
    return found


def running(product):
    """The progress of the running job as it is kept; {} when there is none yet."""
    try:
        rows = product.query("SELECT progress FROM sync_jobs WHERE status = 'running'")
    except sqlite3.OperationalError:
        return {}
    return json.loads(rows[0]["progress"] or "{}") if rows else {}


def waits(product, reason):
    return lambda: running(product).get("waitReason") == reason


def state(product, name="breaker"):
    rows = product.query("SELECT value FROM sync_state WHERE name = ?", name)
    return json.loads(rows[0]["value"]) if rows else {}


def change(product, sql, *args):
    db = sqlite3.connect(product.path)
    with db:
        db.execute(sql, args)
    db.close()


def finish(process, expect=0):
    out, err = process.communicate(timeout=120)
    assert process.returncode == expect, (process.returncode, out, err)
    return json.loads(out.splitlines()[-1]), err


def bursts(moments):
    """Of ms: those less than half a second apart together."""
    found = []
    for ms in moments:
        if found and ms - found[-1][-1] < 500:
            found[-1].append(ms)
        else:
            found.append([ms])
    return found


def busy(crm):
    """Merchants with batches in November."""
    return [m["mid"] for m in crm.rows("merchants") if (m["last_batch"] or "") >= "2026-11-01"]


def open_items(product):
    return product.query("SELECT * FROM sync_failed_items WHERE resolved_at IS NULL")


# -- the circuit breaker ----------------------------------------------------------------------------

@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("fault", [dict(status=503), dict(status=200, body="<html>Oops</html>"),
                                   dict(reset=True)])
def test_an_outage_burns_no_item(crm, product, concurrency, fault):
    product.set(api_concurrency=concurrency)
    crm.fault({"path": "/transactions", "after": 4, **fault})
    process = product.start("sync", "initial", "--json")
    wait_for(waits(product, "breaker"))
    assert product.json("status")["breaker"] in ("open", "half-open")
    crm.clear_faults()
    end, err = finish(process)
    assert end["status"] == "completed" and not open_items(product)
    assert product.value("SELECT count(*) FROM sync_failed_items") == 0
    assert 5 <= len(bursts(r["ms"] for r in crm.log() if r["fault"])[0]) <= 5 + 2 * concurrency  # good answers may come in between
    assert differences(product.path, crm, start="2026-08-01") == {}
    assert state(product)["state"] == "closed"
    assert product.json("status")["breaker"] == "closed"


def test_open_it_asks_nothing_and_half_open_a_few(crm, product):
    crm.fault({"path": "/transactions", "status": 500})
    process = product.start("sync", "initial", "--json")
    wait_for(lambda: product.path.exists() and running(product) and
             state(product).get("openings", 0) >= 3)
    crm.clear_faults()
    finish(process)
    asked = bursts(r["ms"] for r in crm.log() if r["status"] == 500)
    pauses = [b[0] - a[-1] for a, b in zip(asked, asked[1:])]
    assert all(len(b) <= 3 for b in asked[1:]), asked
    assert pauses[0] >= 990 and pauses[1] >= 1990, pauses  # longer each time


def test_it_is_kept_over_a_kill_shown_and_reset_by_hand(crm, product):
    product.set(api_circuit_reset_seconds=600)
    crm.fault({"path": "/transactions", "status": 503})
    process = product.start("sync", "initial", "--json")
    wait_for(waits(product, "breaker"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    product.run("status")  # finds it dead
    crm.clear_faults()
    kept = state(product)
    assert kept["state"] == "open" and "5 failures in a row" in kept["reason"]
    text, _ = product.run("breaker")
    assert "open until" in text and "5 failures in a row" in text and "reset" in text
    assert product.json("breaker")["openUntil"] == kept["until"]
    assert "breaker is open" in product.json("status")["healthReason"]

    crm.reset_log()
    process = product.start("sync", "initial")
    wait_for(waits(product, "breaker"))
    assert crm.log() == []
    text, _ = product.run("breaker", "reset")
    assert "closed" in text
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "was left open" in out + err and "closed by hand" in out + err
    assert product.json("breaker")["breaker"] == "closed"
    assert differences(product.path, crm, start="2026-08-01") == {}


def test_another_crm_has_a_breaker_of_its_own(crm, product, tmp_path):
    product.set(api_circuit_reset_seconds=600)
    crm.fault({"path": "/", "status": 503})
    process = product.start("sync", "initial", "--json")
    product.set(IRELANDPAY_MAX_RETRIES=9)
    process.wait()
    process = product.start("sync", "initial", "--json")
    wait_for(waits(product, "breaker"))
    process.send_signal(signal.SIGINT)
    finish(process, 130)
    assert product.json("breaker")["breaker"] == "open"
    with Crm(seed=5, merchants=3, rate_limit=0, today="2026-11-20") as other:
        product.set(IRELANDPAY_CRM_BASE_URL=other.base_url)
        assert product.json("breaker")["breaker"] == "closed"
        assert product.sync("manual", *SPAN)["status"] == "completed"


def test_4xx_do_not_open_it(crm, product):
    for n, status in enumerate((400, 404, 405, 410, 422)):
        crm.fault({"path": "/transactions", "status": status, "after": n * 2, "times": 2})
    crm.fault({"path": "/transactions", "status": 429, "retry_after": "0", "times": 8})
    end = product.sync("initial", expect=1)
    assert end["status"] == "partial"
    assert state(product) == {}


def test_a_few_ill_merchants_do_not_open_it(crm, product):
    """Their pages fail over and over, at last without others between them."""
    mids = busy(crm)[-3:]
    product.set(IRELANDPAY_MAX_RETRIES=4)
    for mid in mids:
        crm.fault({"path": f"/merchants/{mid}/transactions", "status": 500})
    end = product.sync("initial", "--only", "merchants,transactions", expect=1)
    assert end["status"] == "partial"
    assert sorted(i["item_id"] for i in open_items(product)) == sorted(mids)
    assert state(product) == {}
    for mid in mids:
        assert sum(mid in r["path"] for r in crm.log()) == 5


# -- waiting ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("what, fault", [
    ("Retry-After", dict(status=429, retry_after="3600")), ("failures", dict(status=503))])
def test_a_wait_that_becomes_too_long_ends_the_sync(crm, product, what, fault):
    product.set(sync_max_wait_minutes=0, api_circuit_reset_seconds=1000)
    crm.fault({"path": "/transactions", "after": 6, **fault})
    end = product.sync("initial", expect=3)
    assert end["status"] == "failed"
    (job,) = product.query("SELECT * FROM sync_jobs")
    assert "max_wait_minutes" in json.loads(job["error_details"])["message"]
    assert what in json.loads(job["error_details"])["message"]
    assert not open_items(product)
    crm.clear_faults()
    change(product, "DELETE FROM sync_state")
    crm.reset_log()
    end = product.sync("initial")
    assert end["status"] == "completed" and end["results"]["resumed"] >= 6
    assert differences(product.path, crm, start="2026-08-01") == {}


def test_a_retry_after_survives_a_restart(crm, product):
    crm.fault({"path": "/transactions", "status": 429, "retry_after": "3600", "after": 3})
    process = product.start("sync", "initial", "--json")
    wait_for(waits(product, "retry-after"))
    until = running(product)["waitUntil"]
    process.send_signal(signal.SIGKILL)
    process.wait()
    product.run("status")  # finds it dead
    crm.clear_faults()
    crm.reset_log()
    process = product.start("sync", "initial", "--json")
    wait_for(waits(product, "retry-after"))
    assert abs(int(until[14:16]) * 60 + int(until[17:19]) - int(running(product)["waitUntil"][14:16])
               * 60 - int(running(product)["waitUntil"][17:19])) in (0, 1, 3599)
    text, _ = product.run("status")
    assert "429" in text and "until" in text
    assert "429" in product.run("breaker")[0]
    product.run("cancel")
    finish(process, 130)
    assert crm.log() == []
    assert product.value("SELECT status FROM sync_jobs ORDER BY created_at DESC LIMIT 1") == "cancelled"


@pytest.mark.parametrize("status", [408, 503])
def test_a_retry_after_is_kept_whatever_it_comes_with(crm, product, status):
    """A server before the CRM, or the CRM in maintenance, says how long with a 503."""
    crm.fault({"path": "/transactions", "status": status, "retry_after": "2", "after": 4, "times": 1})
    end = product.sync("initial")
    assert end["status"] == "completed" and end["results"]["retries"] == 1  # a failure all the same
    assert "breaker" not in [r["name"] for r in product.query("SELECT name FROM sync_state")]
    log = crm.log()
    (told,) = [r["ms"] for r in log if r["status"] == status]
    assert min(r["ms"] for r in log if r["ms"] > told + 500) >= told + 2000
    assert not any(told + 500 < r["ms"] < told + 2000 for r in log)


def test_a_retry_after_that_says_nothing_leaves_a_503_what_it_is(crm, product):
    for n, text in enumerate(("0", "-5", "soon")):
        crm.fault({"path": "/transactions", "status": 503, "retry_after": text, "after": 2 + 3 * n, "times": 1})
    end = product.sync("initial")
    assert end["status"] == "completed" and end["results"]["retries"] == 3


def test_a_hold_of_a_clock_that_was_wrong_is_no_longer_than_it_was_told(crm, product):
    product.sync("manual", *SPAN)
    change(product, "INSERT INTO sync_state VALUES ('hold', json_object('baseUrl', ?, "
           "'at', '2096-01-01T00:00:00.000Z', 'until', '2096-01-01T00:00:01.500Z'))", crm.base_url)
    assert product.sync("manual", *SPAN)["status"] == "completed"


# -- tries ------------------------------------------------------------------------------------------

def test_a_sick_crm_is_not_asked_twice_as_much(crm, product):
    product.set(IRELANDPAY_MAX_RETRIES=20, api_circuit_max_failures=1000)
    crm.fault({"path": "/transactions", "status": 500})
    end = product.sync("initial", expect=1)
    asked = end["results"]["requests"]
    assert 20 <= end["results"]["retries"] <= 20 + asked // 10
    crm.clear_faults()
    product.run("retry", "--all")
    assert differences(product.path, crm, start="2026-08-01") == {}


# -- rights and keys --------------------------------------------------------------------------------

def test_a_key_may_change_more_than_once(crm, product, tmp_path):
    file = tmp_path / "key"
    del product.env["IRELANDPAY_CRM_API_KEY"]
    product.set(api_key_file=file, api_concurrency=4)

    def rotate(key):
        file.write_text(key + "\n")
        file.chmod(0o600)
        crm.set_key(key)

    rotate("first-key")
    crm.fault({"path": "/", "delay_ms": 40})
    process = product.start("sync", "initial")
    for number, key in enumerate(("second-key", "third-key", "fourth-key")):
        wait_for(lambda: len([r for r in crm.log() if r["status"] == 200]) > 4 * (number + 1))
        rotate(key)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and (out + err).count("read again") == 3
    assert differences(product.path, crm, start="2026-08-01") == {}


def test_a_stream_that_may_not_be_read_is_no_success(crm, product):
    crm.fault({"path": "/transactions", "status": 403})
    end = product.sync("initial", expect=1)
    assert end["status"] == "partial" and end["results"]["failedStreams"] == ["transactions"]
    error = json.loads(product.value("SELECT error_details FROM sync_jobs"))
    assert error["message"] == "the API key may not read transactions"
    assert error["failedStreams"] == ["transactions"]
    assert product.value("SELECT count(*) FROM residuals") > 0
    fresh = [r["stream"] for r in product.query("SELECT stream FROM sync_streams ORDER BY stream")]
    assert fresh == ["merchants", "residuals"]
    crm.clear_faults()
    assert product.sync("initial")["status"] == "completed"
    assert differences(product.path, crm, start="2026-08-01") == {}
    assert not open_items(product)
    assert product.value("SELECT count(*) FROM sync_streams") == 3


def test_one_merchant_that_may_not_be_read_is_one_failed_item(crm, product):
    mid = busy(crm)[0]
    crm.fault({"path": f"/merchants/{mid}/transactions", "status": 403})
    assert product.sync("initial", expect=1)["status"] == "partial"
    (item,) = open_items(product)
    assert item["item_id"] == mid and item["next_retry_at"] is None
    assert json.loads(item["error_details"])["class"] == "permanent"
    assert sum(mid in r["path"] for r in crm.log()) == 1


@pytest.mark.parametrize("way", ["merchant", "retry"])
def test_one_merchant_asked_for_alone_is_no_stream(crm, product, way):
    mid = busy(crm)[0]
    crm.fault({"path": f"/merchants/{mid}/transactions", "status": 403})
    if way == "merchant":
        end = product.sync("manual", *SPAN, "--merchant", mid, expect=1)
        assert end["results"]["failedStreams"] == []
    else:
        product.sync("initial", expect=1)
        product.run("retry", "--all", expect=1)
    error = json.loads(product.value("SELECT error_details FROM sync_jobs ORDER BY created_at DESC LIMIT 1"))
    assert error["failedItems"] == 1 and not error["failedStreams"] and "may not" not in str(error)


# -- failed items heal ------------------------------------------------------------------------------

@pytest.fixture
def hurt(crm, product):
    """A sync has left one merchant's transactions unread; the CRM is well again."""
    mid = busy(crm)[0]
    crm.fault({"path": f"/merchants/{mid}/transactions", "status": 500})
    product.sync("initial", expect=1)
    crm.clear_faults()
    return mid


def make_due(product):
    change(product, "UPDATE sync_failed_items SET next_retry_at = '2026-01-01T00:00:00.000Z'")


ELSEWHERE = ("manual", "--from", "2026-11-18", "--to", "2026-11-20", "--only", "merchants,transactions")


def test_what_is_due_heals_with_any_sync(crm, product, hurt):
    product.sync(*ELSEWHERE)
    assert len(open_items(product)) == 1  # not due yet
    make_due(product)
    assert product.sync(*ELSEWHERE)["status"] == "completed"
    assert not open_items(product)
    assert product.value("SELECT resolution FROM sync_failed_items") == "healed"
    assert differences(product.path, crm, start="2026-08-01") == {}


def test_what_was_put_off_by_a_wrong_clock_is_due(crm, product, hurt):
    change(product, "UPDATE sync_failed_items SET next_retry_at = '2096-01-01T00:00:00.000Z'")
    product.run("retry")
    assert not open_items(product)


def test_the_next_try_is_put_off_further_each_time(crm, product, hurt):
    crm.fault({"path": f"/merchants/{hurt}/transactions", "status": 500})
    waits = []
    for tries in range(4):
        (item,) = product.query("SELECT retry_count, (julianday(next_retry_at) - "
                                "julianday('now')) * 1440 AS minutes FROM sync_failed_items")
        assert item["retry_count"] == tries
        waits.append(item["minutes"])
        make_due(product)
        product.run("retry", expect=1)
    assert waits[3] is None  # three tries more, as max_retries says: permanent until somebody asks
    for n in range(3):
        assert 2.4 * 2 ** n <= waits[n] <= 5 * 2 ** n
    crm.clear_faults()
    product.run("retry", "--all")
    assert not open_items(product)


def test_a_due_item_that_fails_again_leaves_the_rest_as_it_is(crm, product, hurt):
    make_due(product)
    crm.fault({"path": f"/merchants/{hurt}/transactions", "status": 404})
    end = product.sync(*ELSEWHERE, expect=1)
    assert end["status"] == "partial"
    (item,) = open_items(product)
    assert item["retry_count"] == 1 and item["next_retry_at"] is None


def test_a_plan_and_a_narrow_sync_heal_nothing(crm, product, hurt):
    make_due(product)
    other = busy(crm)[1]
    product.run("sync", "initial", "--plan")
    product.sync("manual", *SPAN, "--merchant", other)
    assert len(open_items(product)) == 1
