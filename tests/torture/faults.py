"""The fault matrix: each way an answer can be bad, at the first, a middle and the last page of a list
of every kind, once, thrice and always; on an empty database and on one that is complete."""

import collections
import json
import time

from ground import MERCHANTS, SHIM, Failed, dump, expect

RETRIES = 3  # IRELANDPAY_MAX_RETRIES by default
HIDDEN = 5   # libcurl asks again by itself where a kept connection has died
TIMES = {"once": 1, "thrice": 3, "always": 0}

# What becomes of it, by kind:
#   transient  tried again, RETRIES times; then a failed item of that class
#   permanent  never tried again: a failed item at once
#   throttled  tried again for ever, at no cost
#   harmless   an answer like any other
#   any        either of them: what counts is that nothing is lost, and that it heals
Fault = collections.namedtuple("Fault", "kind codes action settings hidden")


def fault(kind, code, hidden=0, settings=None, **action):
    codes = code if isinstance(code, tuple) else (code,)
    return Fault(kind, codes, action, settings or {}, hidden)


def status(n, kind="transient", code=None, **more):
    return fault(kind, code or f"http_{n}", status=n, **more)


def bad(**action):
    return fault("transient", "bad_body", **action)


def hexed(text):
    return text.encode("latin-1").hex()


IMPATIENT = dict(IRELANDPAY_TIMEOUT_SECONDS=1)
META = {"current_page": 1, "per_page": 1, "last_page": "1", "total": 1}

FAULTS = {
    "reset": fault("transient", "reset", hidden=HIDDEN, reset=True),
    "cut": fault("transient", "cut_body", cut=True),
    "cut_chunked": fault("transient", ("cut_body", "reset"), cut=True, chunked=True),
    "silence": fault("transient", "timeout", settings=IMPATIENT, hang=True),
    "stall": fault("transient", "timeout", settings=IMPATIENT, stall=True),
    **{str(n): status(n) for n in (408, 425, 500, 502, 503, 504, 204)},
    "507": status(507, code="http_5xx"),
    "206": status(206, code="http_2xx"),
    "html": bad(html200=True), "empty": bad(empty=True), "not_json": bad(bad_json=True),
    "truncated": bad(truncated_json=True), "null": bad(not_list=True), "array": bad(not_list=[]),
    "number": bad(not_list=5), "text": bad(not_list="data"),
    "message": bad(not_list={"message": "Server Error"}), "no_meta": bad(not_list={"data": []}),
    "no_data": bad(not_list={"meta": META}), "data_null": bad(not_list={"data": None, "meta": META}),
    "data_object": bad(not_list={"data": {"0": {}}, "meta": META}),
    "data_text": bad(not_list={"data": "none", "meta": META}),
    "another_page": bad(meta={"current_page": 77}),
    "bad_gzip": fault("transient", "bad_encoding", bad_gzip=True),
    "nul": bad(insert="00"), "not_utf8": bad(insert="fffe"),
    "nul_in_text": fault("any", "", insert=hexed('"x":"a\0b",')),
    "not_utf8_in_text": fault("harmless", "", insert=hexed('"x":"a\xff\xfeb",')),
    "nested": bad(status=200, body="[" * 200000 + "]" * 200000),
    "bomb": fault("any", "", settings=dict(IPSYNC_API_MAX_BODY_MB=1), huge_mb=3),
    "twice_data": fault("any", "", insert=hexed('"data":[],')),
    "page_before": fault("any", "", duplicate_page=True),
    "another_host": fault("harmless", "", patch={"links.next": "http://192.0.2.1/api/v1/x?page=2"}),
    "last_page_0": fault("any", "", meta={"last_page": 0}),
    "last_page_null": fault("any", "", meta={"last_page": None}),
    "last_page_huge": fault("any", "", meta={"last_page": 1000000000}),
    "total_0": fault("any", "", meta={"total": 0}),
    "total_null": fault("any", "", meta={"total": None}),
    "total_huge": fault("any", "", meta={"total": 1000000000}),
    **{str(n): status(n, "permanent", "redirect") for n in (300, 304)},
    **{str(n): fault("permanent", "redirect", status=n, redirect="http://127.0.0.1:9/elsewhere")
       for n in (301, 302, 303, 307, 308)},
    **{str(n): status(n, "permanent") for n in (400, 403, 404, 405, 410, 422)},
    "418": status(418, "permanent", "http_4xx"),
    "429_zero": status(429, "throttled", retry_after="0"),
    "429_second": status(429, "throttled", retry_after="1"),
    "429_part": status(429, "throttled", retry_after="0.2"),
    "429_untold": status(429, "throttled"),
    "429_garbage": status(429, "throttled", retry_after="soon"),
    "429_below_zero": status(429, "throttled", retry_after="-1"),
    "429_past": status(429, "throttled", retry_after="Sat, 01 Jan 2000 00:00:00 GMT"),
}
SLOW = {"429_untold", "429_garbage", "429_below_zero", "429_second", "silence", "stall"}

STREAMS = ("merchants", "transactions", "summaries", "rows", "lineitems")
LISTS = {"merchants": MERCHANTS, "transactions": "/transactions", "summaries": "/reports/summary/2",
         "rows": "/summary/rows/", "lineitems": "/lineitems/"}
TYPES = {"merchants": "merchant", "transactions": "transaction"}
PLACES = ("first", "middle", "last")
TABLES = {"transactions": {"transaction_batches", "transactions", "adjustments"},
          "summaries": {"residual_reports", "residuals"}, "rows": {"residuals"},
          "lineitems": {"residual_line_items"}}


class Target:
    """One page of one list: of its kind the list with the most pages, the first of them."""

    def __init__(self, ground, stream, place):
        part = LISTS[stream]
        lists = collections.Counter(path for path, _ in ground.pages
                                    if (path == part if stream == "merchants" else part in path))
        self.stream, self.place = stream, place
        self.path, self.pages = max(sorted(lists.items()), key=lambda item: item[1])
        expect(self.pages >= 3, f"no list of {stream} has three pages:", lists)
        self.page = {"first": 1, "middle": (self.pages + 1) // 2, "last": self.pages}[place]
        self.pieces = self.path.split("/")

    def rule(self, action, times):
        return {"path": self.path + "?", "page": self.page, "times": times, **action}

    def requests(self, log):
        pages = [f"page={self.page}"]
        return sum(line["path"] == self.path and line["query"].split("&")[-1:] == pages
                   for line in log)

    def may_miss(self, table, row):
        """Whether a row cannot be there when this list could not be read."""
        if table == "merchant_metrics":
            return self.is_mine(row) if self.stream == "transactions" else self.is_my_month(row)
        return table in TABLES.get(self.stream, ()) and self.is_mine(row)

    def is_my_month(self, row):
        return [str(row["year"]), str(row["month"])] == self.pieces[-2:]

    def is_mine(self, row):
        if self.stream == "transactions":
            return row["mid"] == self.pieces[-2]
        return self.is_my_month(row) and (self.stream != "rows" or
                                          str(row["processor_id"]) == self.pieces[-3])


class Bad:
    """One case of the matrix."""

    portfolio = "faults"

    def __init__(self, name, stream, place, times, is_known):
        self.name, self.stream, self.place = name, stream, place
        self.times, self.is_known = times, is_known
        self.fault = FAULTS[name]
        # Then numbers of merchants cannot be told: a residual row may stand under another until the
        # next sync, and a retry brings the new merchants' transactions of all times.
        self.lies_of_merchants = stream == "merchants" and self.fault.kind == "any"
        self.id = "/".join(["fault", "known" if is_known else "new", name, stream, place, times])

    def run(self, ground):
        target = Target(ground, self.stream, self.place)
        product = ground.product(like=ground.reference if self.is_known else None,
                                 api_concurrency=2, **self.fault.settings)
        ground.begin()
        ground.crm.fault(target.rule(self.fault.action, TIMES[self.times]))
        if self.fault.kind == "throttled" and self.times == "always":
            self.stop_waiting(ground, product)
        else:
            self.check(ground, product, target, ground.run(product, self.codes()))
        self.heal(ground, product)
        ground.drop(product)

    def heals_by_itself(self):
        kind = self.fault.kind
        return kind in ("harmless", "throttled") or (kind == "transient" and self.times != "always")

    def codes(self):
        """The exit codes that are right."""
        if self.fault.kind == "any":
            return 0, 1, 3
        if self.heals_by_itself():
            return 0,
        return (3,) if self.stream == "merchants" else (1,)

    def check(self, ground, product, target, code):
        job = product.query("SELECT * FROM sync_jobs ORDER BY created_at DESC, rowid DESC LIMIT 1")[0]
        expect(job["status"] == {0: "completed", 1: "partial", 3: "failed"}[code],
               "exit code", code, "status", job["status"])
        ground.check_nothing_removed(product)
        self.check_requests(target.requests(ground.crm.log()))
        if code == 0:
            ground.check_equal(product)
            expect(not product.value("SELECT count(*) FROM sync_failed_items") or
                   self.fault.kind == "any", "a failed item of a sync that completed")
        else:
            self.check_rest(ground, product, target)
            self.check_failure(product, target, code, job)

    def check_requests(self, made):
        if self.fault.kind == "any":
            return
        hits = TIMES[self.times]
        least = 1
        if self.fault.kind == "transient":
            least = 1 + (min(hits, RETRIES) if hits else RETRIES)
        elif self.fault.kind == "throttled":
            least = 1 + hits
        most = least + self.fault.hidden * (1 + RETRIES)
        low = 2 if self.fault.hidden and hits else least  # some of the hits were libcurl's
        expect(min(low, least) <= made <= most, f"{made} requests of the page, not {least}..{most}")

    def check_rest(self, ground, product, target):
        """Everything but the list that failed is complete, and nothing is there that is not true."""
        now = dump(product.path)
        for table, right in ground.right.items():
            missing = collections.Counter(right) - collections.Counter(now[table])
            extra = collections.Counter(now[table]) - collections.Counter(right)
            if self.is_known:
                expect(not missing and not extra, table, "has changed:", *sorted(missing)[:2], "|",
                       *sorted(extra)[:2])
            for row in missing if self.stream != "merchants" else ():
                expect(target.may_miss(table, json.loads(row)), table, "lacks", row)
            for row in extra if not self.lies_of_merchants else ():
                expect(table == "merchant_metrics", table, "has what it should not", row)

    def check_failure(self, product, target, code, job):
        if self.stream == "merchants" and code == 3:
            error = json.loads(job["error_details"])
        else:
            items = product.query("SELECT * FROM sync_failed_items WHERE resolved_at IS NULL")
            expect(len(items) == 1 or (items and self.fault.kind == "any"), "failed items:",
                   [(i["item_type"], i["item_id"]) for i in items])
            expect(items[0]["item_type"] == TYPES.get(self.stream, "residual"), items[0]["item_type"])
            error = json.loads(items[0]["error_details"])
            if self.fault.kind != "any":
                expect(error["code"] in self.fault.codes, "code", error["code"])
                expect(target.path.removeprefix("/api/v1") in error["request"], error["request"])
                expect((items[0]["next_retry_at"] is None) == (self.fault.kind == "permanent"),
                       "next_retry_at", items[0]["next_retry_at"])
        if self.fault.kind != "any":
            expect(error["class"] == self.fault.kind, "class", error["class"])
        expect(error["message"], "no message")

    def stop_waiting(self, ground, product):
        """A limit that never ends: the wait can be ended, and leaves nothing behind."""
        process = product.start("sync", "manual", "--from", "2024-09-01", "--to", "2024-10-31")
        deadline = time.monotonic() + 20
        while ground.crm.faults()[0]["hits"] < 1:
            if time.monotonic() > deadline or process.poll() is not None:
                process.kill()
                raise Failed("the page was never asked for")
            time.sleep(0.01)
        process.terminate()
        ground.finish(process, (130,))
        ground.quiet()
        ground.check_nothing_removed(product)

    def heal(self, ground, product):
        """When the CRM is sound again: by a retry what was new, else by the next sync."""
        left = product.value("SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL")
        ground.begin()
        product.set(IRELANDPAY_TIMEOUT_SECONDS=30)
        by_retry = left and not self.is_known and not self.lies_of_merchants
        ground.run(product, 0, *(("retry", "--all") if by_retry else ()))
        ground.check_equal(product, may_remove=self.lies_of_merchants)
        wrong = product.query("SELECT item_id, resolution FROM sync_failed_items WHERE resolution "
                              "IS NOT ?", "healed" if by_retry else "covered")
        expect(not wrong, wrong)


class Refused:
    """No connection comes about: the one at hand is reset, and those that follow are refused."""

    portfolio = "faults"

    def __init__(self, stream, place, times):
        self.stream, self.place, self.times = stream, place, times
        self.id = "/".join(["fault", "new", "refused", stream, place, times])

    def run(self, ground):
        target = Target(ground, self.stream, self.place)
        product = ground.product(api_concurrency=1)
        ground.begin()
        ground.crm.fault(target.rule(dict(reset=True), 1))
        refused = {"once": 1, "thrice": RETRIES - 1, "always": 1000000}[self.times]
        product.set(LD_PRELOAD=SHIM, DIE_REFUSE=f"2,{refused}")
        code = ground.run(product, (1, 3) if self.times == "always" else (0,))
        del product.env["LD_PRELOAD"]
        ground.check_nothing_removed(product)
        if code == 0:
            ground.check_equal(product)
            return
        ground.begin()
        ground.run(product, 0)
        ground.check_equal(product)
        ground.drop(product)


def cases(_ground=None):
    for name in FAULTS:
        for stream in STREAMS:
            for place in PLACES:
                if not (name in SLOW and place != "middle"):
                    yield Bad(name, stream, place, "thrice", False)
                yield Bad(name, stream, place, "once", False)
                yield Bad(name, stream, place, "always", False)
                yield Bad(name, stream, place, "always", True)
    if SHIM.exists():
        for stream in STREAMS:
            for place in PLACES:
                for times in TIMES:
                    yield Refused(stream, place, times)


def sample(_ground=None):
    """Each fault once, each time elsewhere, always the same."""
    for i, name in enumerate(FAULTS):
        times = ("always", "once", "always", "thrice")[i % 4]
        if name not in SLOW or times == "once":
            yield Bad(name, STREAMS[i % 5], PLACES[i // 2 % 3], times, i % 4 == 0)
