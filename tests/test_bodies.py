"""Bodies that attack, lists that lie, and what must show nowhere. tests/hostile.py is the server.

Each time: bounded memory, one failed item that says what is wrong, everything else read, nothing
marked as removed, and all well again once the abuse has ended.
"""
import itertools
import json
import pathlib
import re
import resource
import signal
import socket
import sqlite3
import threading

import pytest

from compare import TABLES, dump
from hostile import MANUAL, Hostile, answer, chunked, gzipped
from product import BUILD, Product

MB = 1 << 20
MOST_MB = 6  # max_body_mb here: large bodies are then quick to make
SHOP = "0000000002"
LIST = f"/{SHOP}/transactions"
IS_SANITIZED = BUILD.name.startswith("san-")
ALL_SIZES = {1000: [1000, 500, 100, 50, 25, 10], 100: [100, 50, 25, 10]}

SPACES = b" " * MB
BOMB = gzipped(SPACES for _ in range(20))
BOMB_TWICE = gzipped(BOMB)
NOTHING_TWICE = gzipped(gzipped(b"\0\0\0\xff\xff" * MB for _ in range(200)))  # empty deflate blocks


@pytest.fixture(scope="module")
def crm():
    with Hostile() as crm:
        yield crm


@pytest.fixture(scope="module")
def home(tmp_path_factory, crm):
    """A database with everything in it, and what it holds."""
    product = Product(tmp_path_factory.mktemp("bodies"), crm, api_requests_per_minute=0,
                      api_max_body_mb=MOST_MB)
    product.sync(*MANUAL)
    return product, dump(product.path)


@pytest.fixture
def product(crm, home):
    crm.relent()
    yield home[0]
    crm.relent()


class Measured:
    """One sync with the most memory it ever had."""

    def __init__(self, product, *args, timeout=60):
        process = product.start("sync", *args, "--json")
        done = []
        reader = threading.Thread(target=lambda: done.extend(process.communicate(timeout=timeout)))
        reader.start()
        self.peak_mb = 0
        while reader.is_alive():
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                found = re.search(r"VmHWM:\s+(\d+) kB", status)
                self.peak_mb = max(self.peak_mb, int(found[1]) // 1024 if found else 0)
            except OSError:
                pass
            reader.join(0.005)
        assert done, "it did not end"
        self.out, self.err = done
        self.code = process.returncode
        self.end = json.loads(self.out.splitlines()[-1])

    def is_bounded(self, product):
        most = 2 * int(product.env["IPSYNC_API_MAX_BODY_MB"]) + 100
        return IS_SANITIZED or self.peak_mb <= most


def open_items(product):
    return {row["item_id"]: json.loads(row["error_details"]) for row in product.query(
        "SELECT item_id, error_details FROM sync_failed_items WHERE resolved_at IS NULL")}


def removed(product):
    return sum(product.value(f"SELECT count(*) FROM {table} WHERE removed_at IS NOT NULL")
               for table in TABLES)


def heals(product, crm, whole, how="retry"):
    crm.relent()
    if how == "retry":
        product.run("retry", "--all")
    else:
        product.sync(*MANUAL)
    assert open_items(product) == {}
    assert dump(product.path) == whole


def attack(product, crm, whole, reply, part=LIST):
    """A sync under abuse: one failed item, all the rest as it was. Gives the sync and the item."""
    crm.abuse(part, reply)
    run = Measured(product, *MANUAL)
    assert run.code == 1 and run.end["status"] == "partial"
    items = open_items(product)
    assert len(items) == 1, items
    assert removed(product) == 0 and dump(product.path) == whole
    assert run.is_bounded(product), run.peak_mb
    return run, next(iter(items.values()))


def sizes_asked(crm, part=LIST):
    return [int(re.search(r"per_page=(\d+)", target)[1]) for target in crm.asked(part)]


# ---- too large: smaller pages are asked for ---------------------------------------------------

TOO_LARGE = {
    "gzip bomb": lambda r: answer(BOMB, "Content-Encoding: gzip"),
    "told length": lambda r: [b"HTTP/1.1 200 OK\r\nContent-Length: 314572800\r\n\r\n", SPACES],
    "no length": lambda r: itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(SPACES)),
    "chunked for ever": lambda r: chunked(itertools.repeat(SPACES)),
    "tiny values": lambda r: answer(b'{"data":[' + b"1," * (2 * MB) + b'1],"meta":{"total":1}}'),
    "tiny objects": lambda r: answer(b'{"data":[' + b"{}," * (3 * MB // 2) + b'{}],"meta":{"total":1}}'),
    "deep and wide": lambda r: answer(
        b'{"data":[' + (b"[" * 50 + b"]" * 50 + b",") * 40_000 + b'1],"meta":{"total":1}}'),
    "one name over and over": lambda r: answer(
        b'{"data":[],"meta":{"total":0},' + b'"":1,' * MB + b'"b":1}'),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_large_is_asked_for_in_smaller_pages(product, crm, home, name):
    run, item = attack(product, crm, home[1], TOO_LARGE[name])
    assert (item["code"], item["class"]) == ("too_large", "transient")
    assert "10 rows a page" in item["message"]
    assert sizes_asked(crm) == ALL_SIZES[100]
    assert run.end["results"]["retries"] == 0  # it costs no try
    heals(product, crm, home[1])
    assert sizes_asked(crm) == [100]  # the next one starts with the largest


def larger_than(most):
    """Pages of more than `most` rows are too large."""
    return lambda r: answer(SPACES * (MOST_MB + 1)) if r.per_page > most else None


@pytest.mark.parametrize("part, largest", [
    ("/merchants?", 1000), (LIST, 100), ("/summary/2026/1", 100), ("/summary/rows/", 1000),
    ("/lineitems/", 100)])
@pytest.mark.parametrize("most", [10, 50])
def test_the_first_size_that_fits_is_read_on(tmp_path, crm, home, part, largest, most):
    crm.relent()
    product = Product(tmp_path, crm, api_requests_per_minute=0, api_max_body_mb=MOST_MB)
    crm.abuse(part, larger_than(most))
    end = product.sync(*MANUAL)
    crm.relent()
    assert end["results"]["retries"] == 0
    assert dump(product.path) == home[1]


@pytest.mark.parametrize("smallest", [True, False])
def test_it_goes_on_in_smaller_pages_in_the_middle_of_a_list(tmp_path, smallest):
    """From the third page on they are too large: the list is read anew from its first."""
    with Hostile(merchants=1, batches=130) as crm:
        product = Product(tmp_path, crm, api_requests_per_minute=0, api_max_body_mb=MOST_MB)
        part = "/0000000001/transactions"
        crm.abuse(part, lambda r: answer(SPACES * (MOST_MB + 1))
                  if r.page > 1 and r.per_page > (0 if smallest else 25) else None)
        end = product.sync(*MANUAL, expect=1 if smallest else 0)
        assert sizes_asked(crm, part)[0] == 100 and min(sizes_asked(crm, part)) == (10 if smallest else 25)
        if smallest:
            assert open_items(product)["0000000001"]["code"] == "too_large"
            crm.relent()
            product.run("retry", "--all")
        assert product.value("SELECT count(*) FROM transactions WHERE removed_at IS NULL") == 260
        assert open_items(product) == {} and removed(product) == 0
        assert smallest or end["results"]["transactions"]["new"] == 260


def test_an_interrupted_sync_goes_on_with_the_smaller_size(tmp_path):
    with Hostile(merchants=1, batches=130) as crm:
        product = Product(tmp_path, crm, api_requests_per_minute=0, api_max_body_mb=1,
                          api_concurrency=1)
        part = "/0000000001/transactions"
        crm.abuse(part, lambda r: answer(SPACES * 2) if r.per_page > 50 else None)
        held = threading.Event()

        def hold(request):
            if request.page == 2:
                held.set()
                threading.Event().wait(30)
            return None
        crm.abuse("per_page=50&page=2", hold, times=1)
        process = product.start("sync", *MANUAL, "--quiet")
        assert held.wait(30)
        process.kill()
        process.communicate()
        crm.relent()
        crm.abuse(part, lambda r: answer(SPACES * 2) if r.per_page > 50 else None)
        product.sync(*MANUAL)
        assert [re.search(r"per_page=.*", t)[0] for t in crm.asked(part)] == [
            "per_page=50&page=2", "per_page=50&page=3"]
        assert product.value("SELECT count(*) FROM transactions") == 260


def test_a_single_object_that_is_too_large_fails_at_once(product, crm, home):
    crm.abuse("/merchants/", lambda r: answer(SPACES * (MOST_MB + 1)))
    product.run("sync", *MANUAL, "--merchant", SHOP, "--only", "merchants", expect=1)
    assert len(crm.asked()) == 1
    assert open_items(product)[SHOP]["code"] == "too_large"
    heals(product, crm, home[1])


def test_large_answers_together_are_bounded(tmp_path):
    """Eight at a time, each as large as one may be."""
    most, size = 16, 14
    with Hostile(merchants=12, batches=2) as crm:
        product = Product(tmp_path, crm, api_requests_per_minute=0, api_max_body_mb=most)

        def pad(request):
            body = json.dumps(request.sound()).encode()
            return answer(body + SPACES * size)
        crm.abuse("/transactions", pad)
        run = Measured(product, *MANUAL)
        assert run.code == 0 and run.end["results"]["retries"] == 0
        assert run.is_bounded(product), run.peak_mb
        assert product.value("SELECT count(*) FROM transactions") == 12 * 4
        assert len(crm.asked("/transactions")) < 3 * 12


# ---- no answer at all: tried again, then failed -----------------------------------------------

def of_list(data, **meta):
    meta = {"current_page": 1, "per_page": 100, "total": 1, **meta}
    return answer(b'{"meta":' + json.dumps(meta).encode() + b',"data":' + data + b"}")


HEAD = b"HTTP/1.1 200 OK\r\n"
REFUSED = {
    "gzip, gzip": (lambda r: answer(BOMB_TWICE, "Content-Encoding: gzip, gzip"),
                   "bad_encoding", "compressed more than once"),
    "gzip twice": (lambda r: answer(NOTHING_TWICE, "Content-Encoding: gzip",
                                    "Content-Encoding: gzip"), "bad_encoding", "more than once"),
    "gzip in transfer too": (lambda r: [HEAD + b"Transfer-Encoding: gzip\r\nContent-Encoding: gzip"
                                        b"\r\nConnection: close\r\n\r\n" + BOMB_TWICE],
                             "bad_encoding", "more than once"),
    "two members": (lambda r: answer(gzipped(b"[") + gzipped(b"]"), "Content-Encoding: gzip"),
                    "bad_encoding", "follows the compressed body"),
    "no gzip": (lambda r: answer(b"{}", "Content-Encoding: gzip"), "bad_encoding", ""),
    "headers for ever": (lambda r: itertools.chain([HEAD], (
        b"X-%d: %s\r\n" % (i, b"y" * 8000) for i in itertools.count())), "bad_reply", "headers"),
    "one header for ever": (lambda r: itertools.chain([HEAD, b"X: "], itertools.repeat(b"y" * 65536)),
                            "bad_reply", "headers"),
    "100 for ever": (lambda r: itertools.repeat(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n"),
                     "bad_reply", "headers"),
    "brackets": (lambda r: answer(b"[" * 200_000), "bad_body", "nested more than 64 deep"),
    "closed brackets": (lambda r: answer(b"[" * 200_000 + b"]" * 200_000),
                        "bad_body", "nested more than 64 deep"),
    "NUL bytes": (lambda r: answer(json.dumps(r.sound()).encode().replace(b"SALE", b"S\0LE")),
                  "bad_body", "NUL bytes"),
    "hexadecimal": (lambda r: of_list(b"[0x10]"), "bad_body", "not JSON"),
    "NaN": (lambda r: of_list(b"[NaN]"), "bad_body", "not JSON"),
    "HTML": (lambda r: answer(b"<html>login</html>"), "bad_body", "HTML"),
    "empty": (lambda r: answer(b""), "bad_body", "empty"),
    "null": (lambda r: answer(b"null"), "bad_body", "no list"),
    "an object for a list": (lambda r: of_list(b"{}"), "bad_body", "no list"),
    "another page": (lambda r: of_list(b"[]", current_page=7), "bad_body", "another page"),
    "cut": (lambda r: answer(b'{"data":[{"mid":"1'), "bad_body", "breaks off"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_answer_is_tried_again_and_fails(product, crm, home, name):
    reply, code, words = REFUSED[name]
    run, item = attack(product, crm, home[1], reply)
    assert (item["code"], item["class"]) == (code, "transient")
    assert words in item["message"] and "tried 4 times" in item["message"]
    assert sizes_asked(crm) == [100] * 4 and run.end["results"]["retries"] == 3
    heals(product, crm, home[1], "sync")


# ---- nothing that costs its square ------------------------------------------------------------

def test_long_runs_of_digits_take_no_square_time(product, crm, home):
    """17 bytes a run, in a text: each was looked at from the text's beginning."""
    text = "x" + "1111111111111111e" * 80_000

    def named(request):
        page = request.sound()
        page["more"] = text
        return answer(page)
    crm.abuse(LIST, named)
    product.sync(*MANUAL)
    assert dump(product.path) == home[1]


def batch(**fields):
    return {"date": "01/02/2026", "reference_number": "R", "terminal_number": "T",
            "amount": "1.00", "count": "0", "transactions": [], **fields}


def restored(folder, crm, reply):
    """A database of its own, since what the list says is believed. Gives the first sync's end."""
    product = Product(folder, crm, api_requests_per_minute=0)
    crm.relent()
    crm.abuse(LIST, reply)
    out, _ = product.run("sync", *MANUAL, "--json", expect=None)
    return product, json.loads(out.splitlines()[-1])


def test_20000_alike_batches_on_a_page(tmp_path, crm, home):
    rows = json.dumps([batch()] * 20_000).encode()
    product, end = restored(tmp_path, crm, lambda r: of_list(rows, total=20_000))
    items = open_items(product)
    assert end["status"] == "partial" and end["results"]["batches"]["new"] < 2000
    assert 1000 <= len(items) <= 1001 and f"{SHOP}/more" in items
    assert "alike" in items[f"{SHOP}/batch 2026-01-02 R, page 1 row 1500"]["message"]
    crm.relent()
    product.run("retry", "--all")
    assert open_items(product) == {} and dump(product.path) == home[1]


def test_20000_batches_each_of_which_might_have_a_twin(tmp_path, crm, home):
    def rows(amount):
        return json.dumps([batch(reference_number=f"P{i}", amount=amount)
                           for i in range(20_000)]).encode()
    product, end = restored(tmp_path, crm, lambda r: of_list(rows("1.00"), total=20_000))
    assert end["results"]["batches"]["new"] == 20_000 + 6
    crm.relent()
    crm.abuse(LIST, lambda r: of_list(rows("2.00"), total=20_000))
    assert product.sync(*MANUAL)["results"]["batches"]["updated"] == 20_000
    assert removed(product) == 0


def test_40000_adjustments_on_a_page(tmp_path, crm, home):
    rows = [{"date": "01/02/2026", "type": "Fee", "amount": f"{i // 2}.00"} for i in range(40_000)]
    product, end = restored(tmp_path, crm, lambda r: answer(
        {"data": [], "meta": {"total": 0}, "adjustments": rows}))
    assert end["results"]["adjustments"]["new"] == 40_000 + 2
    assert product.value("SELECT count(*) FROM adjustments WHERE ordinal = 1") == 20_000
    crm.relent()
    assert product.sync(*MANUAL)["results"]["adjustments"]["removed"] == 40_000
    assert dump(product.path) == home[1]


@pytest.mark.parametrize("part, rows, parent", [
    (LIST, b"1", SHOP), (LIST, b"{}", SHOP), ("/summary/rows/", b"{}", "2026-01/7"),
    ("/lineitems/", b"[]", "2026-01/lineitems")])
def test_what_cannot_be_read_does_not_fill_the_disk(tmp_path, crm, home, part, rows, parent):
    product = Product(tmp_path, crm, api_requests_per_minute=0)
    crm.relent()
    crm.abuse(part, lambda r: of_list(b"[" + b",".join([rows] * 20_000) + b"]", total=20_000))
    product.sync(*MANUAL, expect=1)
    items = open_items(product)
    assert len(items) == 1001 and "more than 1000" in items[f"{parent}/more"]["message"]
    crm.relent()
    product.run("retry", "--all")
    assert open_items(product) == {} and dump(product.path) == home[1]


@pytest.mark.long
def test_a_month_has_no_million_of_processors(tmp_path, crm, home):
    """Each would be a list of its own to read."""
    product = Product(tmp_path, crm, api_requests_per_minute=0)
    crm.relent()
    rows = b",".join(b'{"processor_id":%d,"merchants_count":0}' % i for i in range(1, 12_001))
    crm.abuse("/summary/2026/1", lambda r: of_list(b"[" + rows + b"]", total=12_000))
    product.sync(*MANUAL, expect=1)
    items = open_items(product)
    assert "more than 10000" in items["2026-01/summary/page 1 row 10001"]["message"]
    assert "2026-01/summary/more" in items and len(items) == 1001
    assert product.value("SELECT count(*) FROM residual_reports") == 10_000
    crm.relent()
    product.run("retry", "--all")
    assert open_items(product) == {} and dump(product.path)["residuals"] == home[1]["residuals"]


# ---- lists that lie ---------------------------------------------------------------------------

NOT_SAID = [None, "", -1, "many", 1e30, [], True]


@pytest.fixture(scope="module")
def long_crm():
    """A merchant with three pages of batches."""
    with Hostile(merchants=1, batches=250) as crm:
        yield crm


@pytest.fixture(scope="module")
def long_home(tmp_path_factory, long_crm):
    product = Product(tmp_path_factory.mktemp("lists"), long_crm, api_requests_per_minute=0)
    product.sync(*MANUAL)
    return product, dump(product.path)


@pytest.fixture
def lists(long_crm, long_home):
    long_crm.relent()
    yield long_crm, *long_home
    long_crm.relent()


def say(**meta):
    def reply(request):
        page = request.sound()
        page["meta"].update({k: v(request) if callable(v) else v for k, v in meta.items()})
        return answer(page)
    return reply


@pytest.mark.parametrize("meta", [
    *[dict(last_page=v) for v in (0, 1, 10**9, "999999999", *NOT_SAID)],
    *[dict(total=v) for v in NOT_SAID],
    *[dict(total=None, last_page=v) for v in (0, 1, 3, *NOT_SAID)],
    *[dict(per_page=v) for v in (0, 1, -5, 10**9, None)], dict(current_page=None)], ids=str)
def test_what_the_list_says_of_itself_may_be_wrong(lists, meta):
    crm, product, whole = lists
    crm.abuse("/transactions", say(**meta))
    product.sync(*MANUAL)
    assert dump(product.path) == whole and removed(product) == 0
    assert len(crm.asked("/transactions")) <= 13


def repeated(request):
    """The first page, whichever is asked for, and always one more."""
    request.page, page = 1, request.page
    reply = request.sound()
    reply["meta"].update(current_page=page, total=10**9, last_page="1000000000")
    reply["links"]["next"] = "http://127.0.0.1/"
    return answer(reply)


def emptied(request):
    page = request.sound()
    page["data"] = page["data"] if request.page == 1 else []
    return answer(page)


def same_for_each(request):
    request.page, page = 1, request.page
    reply = request.sound()
    reply["meta"]["current_page"] = page
    return answer(reply)


COUNTER = itertools.count(300)
LIES = {
    "total too small": say(total=120), "total of nothing": say(total=0), "total of one": say(total=1),
    "total too big": say(total=10**9), "total a little too big": say(total=251),
    "total that moves": say(total=lambda r: next(COUNTER)),
    "a page repeated for ever": repeated, "it empties in the middle": emptied,
    "the same for each page": same_for_each,
    "total of the first page": lambda r: say(total=100, last_page=1)(r) if r.page < 3 else
    say(total=100)(r),
}


@pytest.mark.parametrize("name", LIES)
def test_a_list_that_does_not_add_up_fails_and_removes_nothing(lists, name):
    crm, product, whole = lists
    crm.abuse("/transactions", LIES[name])
    end = product.sync(*MANUAL, expect=1)
    items = open_items(product)
    assert end["status"] == "partial" and list(items) == ["0000000001"]
    assert items["0000000001"]["code"] == "total_mismatch" and "rows" in items["0000000001"]["message"]
    assert removed(product) == 0 and dump(product.path) == whole
    assert len(crm.asked("/transactions")) <= 60
    crm.relent()
    product.run("retry", "--all")
    assert open_items(product) == {} and dump(product.path) == whole


def test_a_server_that_sends_fewer_rows_than_asked_for(lists):
    crm, product, whole = lists

    def clamped(request):
        request.per_page = 10
        return None
    crm.abuse("/transactions", clamped)
    product.sync(*MANUAL)
    assert dump(product.path) == whole


def test_a_server_that_sends_all_rows_at_once(lists):
    crm, product, whole = lists

    def at_once(request):
        request.per_page, asked = 250, request.per_page
        page = request.sound()
        page["meta"]["per_page"] = asked
        return answer(page)
    crm.abuse("/transactions", at_once)
    product.sync(*MANUAL)
    assert dump(product.path) == whole and len(crm.asked("/transactions")) == 1


def test_a_list_without_an_end(tmp_path):
    """Interrupted on its third page, and continued where almost ten thousand have been read."""
    with Hostile(merchants=2) as crm:
        product = Product(tmp_path, crm, api_requests_per_minute=0, api_concurrency=1)
        product.sync(*MANUAL)
        whole = dump(product.path)
        held = threading.Event()

        def endless(request):
            if request.page == 3:
                held.set()
                threading.Event().wait(30)
            return of_list(b'[{"date":"01/02/2026","reference_number":"%d"}]' % request.page,
                           current_page=request.page, total=10**9)
        crm.abuse(LIST, endless)
        process = product.start("sync", *MANUAL, "--quiet")
        assert held.wait(30)
        process.kill()
        process.communicate()
        with sqlite3.connect(product.path) as db:
            db.execute("UPDATE sync_checkpoints SET pages = 9990, rows_seen = 9990 WHERE walk = ?",
                       (f"transactions/{SHOP}",))
        db.close()
        crm.relent()
        crm.abuse(LIST, endless)
        end = product.sync(*MANUAL, expect=1)
        item = open_items(product)[SHOP]
        assert end["status"] == "partial" and len(crm.asked(LIST)) == 10
        assert (item["code"], item["class"]) == ("endless", "permanent")
        assert "does not end" in item["message"] and "10000 pages" in item["message"]
        assert removed(product) == 0
        crm.relent()
        product.run("retry", "--all")
        assert open_items(product) == {} and dump(product.path) == whole


# ---- other hosts ------------------------------------------------------------------------------

class Ear:
    """A server that only listens."""

    def __enter__(self):
        self.heard = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _listen(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client:
                client.settimeout(2)
                self.heard.append(client.recv(65536))


@pytest.mark.parametrize("scheme", ["http", "https", "file", "//", "gopher"])
def test_links_to_another_host_are_never_followed(lists, scheme):
    crm, product, whole = lists
    with Ear() as ear:
        def linked(request):
            page = request.sound()
            url = f"{scheme if scheme != '//' else ''}://127.0.0.1:{ear.port}/api/v1/steal"
            page["links"] = {k: url if k != "next" or v else None for k, v in page["links"].items()}
            page["meta"]["path"] = url
            return answer(page, f"Link: <{url}>; rel=next", f"Refresh: 0; url={url}",
                          f"Content-Location: {url}", f"Alt-Svc: h2=\":{ear.port}\"",
                          "Set-Cookie: a=b; Domain=127.0.0.1")
        crm.abuse("/", linked)
        product.sync(*MANUAL)
        assert ear.heard == [] and dump(product.path) == whole


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temporary",
                                    "308 Permanent", "300 Choices", "305 Proxy", "401 No"])
def test_no_answer_sends_us_elsewhere(product, crm, home, status):
    with Ear() as ear:
        product.env.update(http_proxy=f"http://127.0.0.1:{ear.port}",
                           ALL_PROXY=f"socks5h://127.0.0.1:{ear.port}")
        crm.abuse(LIST, lambda r: answer(
            {}, f"Location: http://127.0.0.1:{ear.port}/api/v1/merchants",
            "Proxy-Authenticate: Basic", status=status))
        try:
            product.sync(*MANUAL, expect=None)
        finally:
            del product.env["http_proxy"], product.env["ALL_PROXY"]
        assert ear.heard == []
    heals(product, crm, home[1], "sync")


# ---- values -----------------------------------------------------------------------------------

AMOUNTS = {  # as it stands in the JSON: cents, or None: a failed item that shows it
    "-0": 0, "0": 0, "1e2": 10000, "9007199254740993": 900719925474099300, "1.10": 110,
    "90071992547409.93": 9007199254740993, '"1,234.56"': 123456, '" 12.50 "': 1250, '"$5"': 500,
    '"(3.00)"': -300, "1e400": None, "-1e400": None, "1e-400": None, "1e-5": None, '"NaN"': None,
    '"Infinity"': None, '"0x10"': None, "true": None, "false": None, "[1]": None, "{}": None,
    '"1.234,56"': None, '"12.505"': None, "12.505": None, '"1e999999999999"': None, "92233720368547758.08": None,
    "4111111111111111": None, '"4111111111111111.00"': None, "null": 0, '""': 0,
}


def test_amounts_are_exact_or_refused(tmp_path, crm):
    crm.relent()
    rows = ",".join(f'{{"id":{i},"date":"01/02/2026","type":"SALE","amount":{text}}}'
                    for i, text in enumerate(AMOUNTS, 1)).encode()
    reply = of_list(b'[{"date":"01/02/2026","reference_number":"R","transactions":[' + rows + b"]}]")
    product, _ = restored(tmp_path, crm, lambda r: reply)
    crm.relent()
    stored = {r["transaction_id"]: r["amount_cents"] for r in product.query(
        "SELECT transaction_id, amount_cents FROM transactions WHERE mid = ?", SHOP)}
    failed = open_items(product)
    wrong = {}
    for i, (text, cents) in enumerate(AMOUNTS.items(), 1):
        is_failed = f"{SHOP}/{i}" in failed
        if is_failed != (cents is None) or (not is_failed and (stored[i] or 0) != cents):
            wrong[text] = (stored.get(i), is_failed)
    assert wrong == {}
    assert all(item["code"] == "unreadable" and item["message"].startswith("amount")
               for item in failed.values())


TEXTS = {  # in the body: in the database
    rb"a\u0000b": "a\ufffdb", rb"\ud800x": "\ufffdx", rb"\ude00\ud83d": "\ufffd\ufffd",
    rb"\ud83d\ude00": "\U0001f600", b"\xff\xfe": "\ufffd\ufffd", b"\xc0\xaf": "\ufffd\ufffd",
    b"\xed\xa0\x80": "\ufffd\ufffd\ufffd", b"\xef\xbb\xbfx": "\ufeffx", rb"\u001b[31m": "\x1b[31m",
    b"\xc2\x9b2J": "\x9b2J", b"\xe2\x80\xaegnp": "\u202egnp", rb"\\u0000": "\\u0000",
    b"N" * MB: "N" * MB, b"\xf4\x90\x80\x80": "\ufffd\ufffd\ufffd\ufffd", rb"\u0001" + b"12": "\x0112",
}


def test_text_of_any_kind_is_stored_valid_and_shown_harmless(tmp_path, crm):
    crm.relent()
    rows = b",".join(
        b'{"id":%d,"date":"01/02/2026","amount":"1.00","type":"%s","auth_code":"%s",'
        b'"invoice_number":"%s","reject_description":"%s","pos_entry_mode":"%s"}'
        % (i, *[text] * 5) for i, text in enumerate(TEXTS, 1))
    bad = b",".join(b'{"id":%d,"amount":"%s","%s":1}' % (1000 + i, text, text)
                    for i, text in enumerate(TEXTS))
    reply = of_list(b'[{"date":"01/02/2026","reference_number":"' + b"\x7f\xff" + rb"\u001b"
                    b'","transactions":[' + rows + b"," + bad + b"]}]")
    product, end = restored(tmp_path, crm, lambda r: b"".join([reply]))
    assert end["status"] == "partial"
    fields = ("type", "auth_code", "invoice_number", "reject_description", "pos_entry_mode")
    stored = product.query("SELECT * FROM transactions WHERE mid = ? ORDER BY transaction_id", SHOP)
    for row, text in zip(stored, TEXTS.values(), strict=True):
        assert [row[f] for f in fields] == [text] * 5
    assert len(open_items(product)) == len(TEXTS)
    for args in (["failed"], ["failed", "--json"], ["history"], ["status"]):
        out, err = product.run(*args, expect=None)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out + err)
    crm.relent()


def test_of_two_members_of_one_name_the_last_counts(tmp_path, crm):
    row = ('{"id":1,"id":2,"date":"01/03/2026","amount":"1.00","amount":"2.00","type":"A",'
           '"type":"B"}')
    body = ('{"data":[{}],"data":[{"date":"01/02/2026","date":"01/04/2026","transactions":[],'
            '"transactions":[' + row + ']}],"meta":{"total":5},"meta":{"total":7,"total":1},'
            '"adjustments":[1],"adjustments":[]}')
    product, end = restored(tmp_path, crm, lambda r: answer(body.encode()))
    assert end["status"] == "completed"
    found = product.query("SELECT t.*, batch_date FROM transactions t JOIN transaction_batches b "
                          "ON b.id = batch_id WHERE t.mid = ?", SHOP)
    assert [(r["transaction_id"], r["amount_cents"], r["type"], r["batch_date"]) for r in found] == [
        (2, 200, "B", "2026-01-04")]
    crm.relent()


# ---- what shows nowhere -----------------------------------------------------------------------

CARDS = ["4111111111111111", "5500005555555559", "378282246310005", "6011000990139424",
         "4222222222222", "6304000000000000000", "3530111333300000"]
WRITTEN = [*CARDS, "4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005",
           "5500-0055-5555-5559"]
FREE_TEXT = {
    "/merchants?": ["name", "group", "processor", "datasource", "status", "active", "vim"],
    "/transactions": ["type", "auth_code", "pos_entry_mode", "invoice_number", "cardholder",
                      "reject_description"],
    "/summary/2026/1": ["name"], "/summary/rows/": ["merchant"],
    "/lineitems/": ["type", "description"],
}


def spoiled(page, fields, unreadable):
    """Cards in every free field of each record, and in unknown ones; every other one unreadable."""
    rows = page["data"]
    if rows and "transactions" in rows[0] and isinstance(rows[0]["transactions"], list):
        rows = [t for b in rows for t in b["transactions"]]
    for i, row in enumerate(rows):
        for j, field in enumerate(fields):
            row[field] = f"x {WRITTEN[(i + j) % len(WRITTEN)]} y" if (i + j) % 2 else \
                WRITTEN[(i + j) % len(WRITTEN)]
        row["note"] = WRITTEN
        row[f"card {WRITTEN[i % len(WRITTEN)]}"] = int(CARDS[i % len(CARDS)])
        row["nested"] = {"deep": [{"er": " ".join(WRITTEN)}]}
        if unreadable and i % 2:
            key = "amount" if "amount" in row else "income" if "income" in row else "modified"
            row[key] = CARDS[i % len(CARDS)] + ".123456789"
    return page


@pytest.mark.parametrize("unreadable", [False, True])
def test_neither_key_nor_card_reaches_disk_or_terminal(tmp_path, unreadable):
    secret, seen = "sk-Qz7secret-9f3e", []
    child, key = tmp_path / "child", tmp_path.parent / f"key-of-{tmp_path.name}"
    key.write_text(secret)
    with Hostile(key=secret, merchants=6, batches=4) as crm:
        product = Product(tmp_path, crm, api_requests_per_minute=0, IRELANDPAY_MAX_RETRIES=1,
                          api_key_command=f"tr '\\0' '\\n' < /proc/self/environ > {child}; "
                                          f"cat /proc/$PPID/cmdline >> {child}; cat {key}")
        if unreadable:  # the variable wins, and the command is not run
            del product.env["IRELANDPAY_CRM_API_KEY"]
        for part, fields in FREE_TEXT.items():
            crm.abuse(part, lambda r, f=fields: answer(spoiled(r.sound(), f, unreadable)))
        echo = {"message": f"{secret} {' '.join(WRITTEN)}"}
        if unreadable:
            for i, status in enumerate(["403 No", "404 None", "500 Oops", "302 Found"]):
                crm.abuse(f"/000000000{i + 1}/transactions", lambda r, s=status: answer(
                    echo, f"Location: http://127.0.0.1:1/{secret}/{CARDS[0]}",
                    f"Retry-After: {secret}", f"Date: {CARDS[0]}", status=f"{s} {secret} {CARDS[0]}"))
            crm.abuse("/0000000005/transactions", lambda r: [
                f"HTTP/1.1 200 {secret}\r\nContent-Encoding: gzip\r\n\r\n{CARDS[0]}".encode()])
            crm.abuse("/0000000006/transactions", lambda r: answer(" ".join(WRITTEN).encode()))
        held, go_on = threading.Event(), threading.Event()

        def hold(request):
            held.set()
            go_on.wait(30)
            return answer(spoiled(request.sound(), ["name"], unreadable))
        crm.abuse("/summary/2026/1", hold, times=1)
        process = product.start("sync", *MANUAL, "--json")
        assert held.wait(30)
        proc = pathlib.Path(f"/proc/{process.pid}")
        seen += [(proc / "cmdline").read_bytes(), (proc / "environ").read_bytes()]
        go_on.set()
        seen += [text.encode() for text in process.communicate(timeout=60)]
        assert process.returncode == (1 if unreadable else 0), seen
        for args in (["failed"], ["failed", "--json"], ["failed", "--all", "--json"], ["history", "--json"],
                     ["status", "--json"], ["config"]):
            seen += [text.encode() for text in product.run(*args, expect=None)]
        assert bool(open_items(product)) == unreadable
    seen.append("\n".join(
        str(tuple(row.values())) for table in (*TABLES, "sync_failed_items", "sync_jobs")
        for row in product.query(f"SELECT * FROM {table}")).encode())
    files = [f for f in tmp_path.rglob("*") if f.is_file() and f != child]
    assert product.path in files
    seen += [f.read_bytes() for f in files]
    assert {word for word in [secret, *WRITTEN] for text in seen if word.encode() in text} == set()
    if unreadable:
        assert b"PATH=" in child.read_bytes() and secret.encode() not in child.read_bytes()


def test_an_abort_in_mid_run_leaves_no_core(tmp_path):
    """With the largest core allowed and a folder to put it in."""
    secret = "sk-Qz7secret-9f3e"
    held = threading.Event()

    def hold(_):
        held.set()
        threading.Event().wait(10)
        return answer({})
    with Hostile(key=secret) as crm:
        product = Product(tmp_path, crm)
        crm.abuse(LIST, hold)
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        process = product.start("sync", *MANUAL, "--quiet", cwd=tmp_path, preexec_fn=lambda:
                                resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
        assert held.wait(30)
        process.send_signal(signal.SIGABRT)
        out, err = process.communicate(timeout=30)
    assert process.returncode != 0
    seen = [out.encode(), err.encode(), *(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())]
    assert not any(secret.encode() in text for text in seen)
    assert not [f for f in tmp_path.rglob("*core*")]
