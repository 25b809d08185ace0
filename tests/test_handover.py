"""The hand-over: a sync whose screen closes goes on in a process of its own, as the same job. Real
HTTP, real processes; tests/unit/test_handover.c stands in for the dashboard."""
import contextlib
import fcntl
import json
import os
import pathlib
import signal
import struct
import subprocess
import threading
import time

import pytest

from compare import differences, dump
from conftest import BUILD
from crm import Crm
from product import IPSYNC
from test_manners import IS_SANITIZED, RECENT, product_of, wait_for

DRIVER = str(BUILD / "unit" / "test_handover")
CONCURRENCY = 4
F_OFD_GETLK = 36
COUNTED = ("merchants", "transactions", "residuals", "batches", "adjustments", "reports",
           "lineItems")


def crm_of(**options):
    return Crm(**{"seed": 11, "merchants": 40, "per_batch": 4, "line_items": 120, "rate_limit": 0,
                  "latency_ms": 25, **options})


def make(folder, crm, **settings):
    return product_of(folder, crm, **{"api_concurrency": CONCURRENCY, **settings})


def lock_is_held(product):
    """Asks as ipsync does, without ever taking it."""
    with open(f"{product.path}-sync", "rb") as file:
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
        return struct.unpack("hhqqi4x", fcntl.fcntl(file, F_OFD_GETLK, asked))[0] != fcntl.F_UNLCK


def jobs(product):
    return product.query("SELECT * FROM sync_jobs ORDER BY rowid")


class Watcher(threading.Thread):
    """Looks all the time: is a job without a holder ever seen, does its percent ever go back?"""

    def __init__(self, product):
        super().__init__()
        self.product, self.wrong, self.looks, self.percent = product, [], 0, 0
        self.ends = threading.Event()

    def look(self):
        held_before = jobs(self.product)
        if not held_before or held_before[-1]["status"] != "running":
            return
        held = lock_is_held(self.product)
        after = jobs(self.product)[-1]
        if not held and after["status"] == "running":
            self.wrong.append("nobody holds the lock")
        percent = json.loads(after["progress"] or '{"percent":0}')["percent"]
        if percent < self.percent:
            self.wrong.append(f"{self.percent} % became {percent}")
        self.percent = percent
        self.looks += 1

    def run(self):
        while not self.ends.is_set():
            if self.product.path.exists():
                with contextlib.suppress(Exception):  # the file is just being made
                    self.look()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.join()


class Screen:
    """The driver: a process with a sync, and letters for it."""

    def __init__(self, product, *args, program=IPSYNC):
        self.lines = []
        self.process = subprocess.Popen(
            [DRIVER, "drive", program, "sync", *args], env=product.env, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, word):
        """Reads on to the line with this word; its rest."""
        for line in self.process.stdout:
            self.lines.append(line)
            if line.split()[0] == word:
                return line.split(maxsplit=1)[1].strip()
        raise AssertionError(f"no {word}: {self.lines}")

    def press(self, letter):
        self.process.stdin.write(letter + "\n")
        self.process.stdin.flush()

    def hand_over(self):
        """Presses g; the successor's pid, 0 = there was nothing to hand over."""
        self.press("g")
        self.status = self.read("finished")
        pid = int(self.read("pid"))
        assert self.process.wait(10) in (0, 1)
        return pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def ended(product):
    return jobs(product)[-1]["status"] not in ("pending", "running")


def wait_for_end(product, seconds=60):
    wait_for(lambda: ended(product), seconds)
    wait_for(lambda: not lock_is_held(product))


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def results(product):
    return json.loads(jobs(product)[-1]["results"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What an uninterrupted sync finds: its rows, results and requests."""
    folder = tmp_path_factory.mktemp("whole")
    with crm_of(latency_ms=0) as crm:
        product = make(folder, crm)
        product.sync("initial")
        return {"rows": dump(product.path), "results": results(product),
                "requests": crm.stats()["requests"]}


def requests_of(crm):
    return crm.stats()["requests"]


def assert_one_whole_job(product, crm, whole):
    (job,) = jobs(product)
    assert job["status"] == "completed"
    assert differences(product.path, crm, start=RECENT) == {}
    assert dump(product.path) == whole["rows"]
    found, wanted = results(product), whole["results"]
    for name in COUNTED:
        assert found[name] == wanted[name], name
    assert found["failedItems"] == 0 and found["resumed"] == 0
    phases = product.query("SELECT * FROM sync_progress")
    assert {p["phase"]: p["progress"] for p in phases} == dict.fromkeys(
        ("merchants", "transactions", "residuals", "metrics"), 100)
    return job, found


@pytest.mark.parametrize("after", [0, 1, 2, "15%", "30%", "50%", "70%", "85%", "97%"])
def test_it_goes_on_as_the_same_job(tmp_path, whole, after):
    """Handed over after so many requests: in each stage once."""
    if isinstance(after, str):
        after = whole["requests"] * int(after[:-1]) // 100
    with crm_of() as crm, contextlib.ExitStack() as stack:
        product = make(tmp_path, crm)
        watcher = stack.enter_context(Watcher(product))
        screen = stack.enter_context(Screen(product, "initial"))
        sync_id = screen.read("started")
        wait_for(lambda: requests_of(crm) >= after)
        before = jobs(product)[0]
        pid = screen.hand_over()
        assert screen.status == "handed over" and pid
        stack.callback(kill, pid)
        wait_for_end(product)
        job, found = assert_one_whole_job(product, crm, whole)
        assert not watcher.wrong and watcher.looks > 3
        assert job["id"] == sync_id == before["id"]
        assert job["started_at"] == before["started_at"] and job["pid"] == pid
        assert job["settings"] == before["settings"]
        # What was in flight is asked for again, and the merchants' list if it had begun.
        assert whole["requests"] <= found["requests"] == requests_of(crm)
        assert found["requests"] <= whole["requests"] + CONCURRENCY + 2


def test_again_and_again(tmp_path, whole):
    """Each moment of a sync may be the one; also the successor's results and time count on."""
    with crm_of(latency_ms=10) as crm:
        for after in range(3, whole["requests"], 6):
            product = make(tmp_path / str(after), crm)
            crm.reset_log()
            with Screen(product, "initial") as screen:
                screen.read("started")
                wait_for(lambda: len(crm.log()) >= after or screen.process.poll() is not None)
                screen.hand_over()
                wait_for_end(product)
                assert_one_whole_job(product, crm, whole)


def test_a_key_of_the_environment_shows_nowhere(tmp_path, whole):
    with crm_of(latency_ms=100) as crm:
        product = make(tmp_path, crm)
        with Screen(product, "initial") as screen:
            screen.read("started")
            wait_for(lambda: requests_of(crm) >= 3)
            pid = screen.hand_over()
            seen = b"".join(pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
                            for name in ("cmdline", "environ"))
            assert b"--continue" in seen and crm.key.encode() not in seen
            wait_for_end(product)
            assert_one_whole_job(product, crm, whole)


@pytest.mark.parametrize("source", ["key_file", "key_command"])
def test_other_keys_are_read_again(tmp_path, whole, source):
    with crm_of() as crm:
        product = make(tmp_path, crm)
        del product.env["IRELANDPAY_CRM_API_KEY"]
        key = tmp_path / "key"
        key.write_text(crm.key)
        key.chmod(0o600)
        product.set(**{f"api_{source}": key if source == "key_file" else f"cat {key}"})
        with Screen(product, "initial") as screen:
            screen.read("started")
            wait_for(lambda: requests_of(crm) >= 5)
            assert screen.hand_over()
            wait_for_end(product)
            assert_one_whole_job(product, crm, whole)


def test_before_a_slow_key_has_been_read(tmp_path, whole):
    """The job begins all the same, and its successor waits for the key."""
    with crm_of() as crm:
        product = make(tmp_path, crm)
        del product.env["IRELANDPAY_CRM_API_KEY"]
        product.set(api_key_command=f"sleep 1; echo {crm.key}")
        with Screen(product, "initial") as screen:
            time.sleep(0.5)
            assert screen.hand_over()
            wait_for_end(product)
            assert_one_whole_job(product, crm, whole)


def test_without_a_key_nothing_begins(tmp_path):
    with crm_of() as crm:
        product = make(tmp_path, crm)
        del product.env["IRELANDPAY_CRM_API_KEY"]
        with Screen(product, "initial") as screen:
            assert screen.read("finished") == "failed"
            assert screen.read("pid") == "0"
            assert screen.process.wait(10) == 2
        assert not product.path.exists() or product.path.stat().st_size == 0


@pytest.mark.parametrize("letter,status,code", [("i", "interrupted", 130), ("x", "cancelled", 130)])
def test_a_slow_key_can_be_left(tmp_path, letter, status, code):
    with crm_of() as crm:
        product = make(tmp_path, crm)
        del product.env["IRELANDPAY_CRM_API_KEY"]
        product.set(api_key_command="sleep 20")
        with Screen(product, "initial") as screen:
            time.sleep(0.3)
            began = time.monotonic()
            screen.press(letter)
            assert screen.read("finished") == status
            assert screen.process.wait(10) == code
            assert time.monotonic() - began < 1


def test_it_has_a_session_of_its_own(tmp_path, whole):
    """No terminal, no hang-up; told to stop it stops, as the same job."""
    with crm_of(latency_ms=150) as crm:
        product = make(tmp_path, crm)
        with Screen(product, "initial") as screen:
            screen.read("started")
            wait_for(lambda: requests_of(crm) >= 4)
            pid = screen.hand_over()
        assert os.getsid(pid) == pid != os.getsid(0)
        fds = [os.readlink(f"/proc/{pid}/fd/{n}") for n in range(3)]
        assert fds == ["/dev/null"] * 3
        os.kill(pid, signal.SIGHUP)
        time.sleep(0.3)
        assert jobs(product)[0]["status"] == "running"
        os.kill(pid, signal.SIGTERM)
        wait_for_end(product)
        assert [j["status"] for j in jobs(product)] == ["interrupted"]
        product.sync("initial")
        assert differences(product.path, crm, start=RECENT) == {}


def test_it_can_be_cancelled(tmp_path):
    with crm_of(latency_ms=150) as crm:
        product = make(tmp_path, crm)
        with Screen(product, "initial") as screen:
            screen.read("started")
            wait_for(lambda: requests_of(crm) >= 4)
            screen.hand_over()
        product.run("cancel")
        wait_for_end(product)
        assert [j["status"] for j in jobs(product)] == ["cancelled"]


def test_what_was_fresh_stays_read(tmp_path, whole):
    """--fresh ignores the checkpoints of others, not those of its own first part."""
    with crm_of() as crm:
        product = make(tmp_path, crm)
        with Screen(product, "initial") as first:
            wait_for(lambda: requests_of(crm) >= 12)
            first.press("i")
            first.read("finished")
        crm.reset_log()
        with Screen(product, "initial", "--fresh") as screen:
            screen.read("started")
            wait_for(lambda: len(crm.log()) >= 15)
            assert screen.hand_over()
        wait_for_end(product)
        assert dump(product.path) == whole["rows"]
        assert jobs(product)[-1]["status"] == "completed" and len(jobs(product)) == 2
        assert whole["requests"] <= len(crm.log()) <= whole["requests"] + CONCURRENCY + 2


def test_single_merchants(tmp_path):
    with crm_of() as crm:
        mids = sorted({r["mid"] for r in crm.rows("transaction_batches", start=RECENT)})[:6]
        product = make(tmp_path, crm)
        options = [part for mid in mids for part in ("--merchant", mid)]
        with Screen(product, "manual", *options) as screen:
            screen.read("started")
            wait_for(lambda: requests_of(crm) >= 8)
            screen.hand_over()
        wait_for_end(product)
        assert jobs(product)[0]["status"] == "completed"
        asked = {row["mid"] for row in crm.rows("transactions", start=RECENT)
                 if row["mid"] in mids}
        assert {r["mid"] for r in product.query("SELECT DISTINCT mid FROM transactions")} == asked
        assert product.value("SELECT count(*) FROM merchants") == len(mids)


def test_failures_of_both_parts_count(tmp_path):
    with crm_of() as crm:
        product = make(tmp_path, crm)
        mids = sorted({r["mid"] for r in crm.rows("transaction_batches", start=RECENT)})
        for mid in (mids[0], mids[-1]):
            crm.fault({"path": f"/merchants/{mid}/transactions", "status": 404})
        with Screen(product, "initial") as screen:
            screen.read("started")
            wait_for(lambda: product.value("SELECT count(*) FROM sync_failed_items") == 1)
            assert screen.hand_over()
        wait_for_end(product)
        (job,) = jobs(product)
        assert job["status"] == "partial"
        assert results(product)["failedItems"] == 2
        assert product.value("SELECT count(*) FROM sync_failed_items WHERE sync_id = ?",
                             job["id"]) == 2


def test_a_retry(tmp_path):
    """Each item is tried once, whichever process does it; the next try counts from there."""
    with crm_of(latency_ms=0) as crm:
        product = make(tmp_path, crm, api_concurrency=1, api_max_retries=0,
                       api_circuit_max_failures=1000)
        crm.fault({"path": "/transactions", "status": 500})
        product.sync("initial", expect=1)
        failed = product.value("SELECT count(*) FROM sync_failed_items")
        crm.clear_faults()
        mids = [r["item_id"] for r in product.query("SELECT * FROM sync_failed_items ORDER BY id")]
        for mid in mids[::3]:
            crm.fault({"path": f"/merchants/{mid}/transactions", "status": 500})
        crm.fault({"path": "/transactions", "delay_ms": 60})
        crm.reset_log()
        with Screen(product, "retry") as screen:
            screen.read("started")
            wait_for(lambda: len(crm.log()) >= len(mids) // 2)
            assert screen.hand_over()
        wait_for_end(product)
        job = jobs(product)[-1]
        assert job["status"] == "partial"
        assert results(product)["failedItems"] == len(mids[::3])
        assert len(crm.log()) <= failed + 1
        counts = product.query("SELECT retry_count AS n FROM sync_failed_items "
                               "WHERE resolved_at IS NULL")
        assert [c["n"] for c in counts] == [1] * len(mids[::3])
        assert json.loads(job["settings"])["retryAll"] is True


def test_a_wait_the_crm_asked_for_is_kept(tmp_path, whole):
    with crm_of() as crm:
        product = make(tmp_path, crm)
        with Screen(product, "initial") as screen:
            screen.read("started")
            wait_for(lambda: requests_of(crm) >= 6)
            crm.fault({"path": "/", "status": 429, "retry_after": "3", "times": CONCURRENCY})
            wait_for(lambda: "waitUntil\":\"" in (jobs(product)[0]["progress"] or ""))
            pid = screen.hand_over()
            asked = requests_of(crm)
            time.sleep(1)
            assert requests_of(crm) == asked
            assert pid
        wait_for_end(product)
        assert_one_whole_job(product, crm, whole)


@pytest.mark.parametrize("program", ["/nonexistent", "/bin/false"])
def test_a_successor_that_cannot_start(tmp_path, program):
    """The job ends as interrupted; the next sync goes on from there."""
    with crm_of() as crm:
        product = make(tmp_path, crm)
        with Screen(product, "initial", program=program) as screen:
            screen.read("started")
            wait_for(lambda: requests_of(crm) >= 8)
            screen.press("g")
            screen.read("failed")
            screen.process.wait(10)
        assert [j["status"] for j in jobs(product)] == ["interrupted"]
        assert not lock_is_held(product)
        product.sync("initial")
        assert differences(product.path, crm, start=RECENT) == {}


def test_when_it_has_just_ended(tmp_path, whole):
    """The question was open for long: there is nothing to hand over."""
    with crm_of(latency_ms=0) as crm:
        product = make(tmp_path, crm)
        with Screen(product, "initial") as screen:
            screen.read("started")
            wait_for(lambda: requests_of(crm) >= whole["requests"])
            pid = screen.hand_over()
            assert screen.status == ("handed over" if pid else "completed")
            wait_for_end(product)
            assert_one_whole_job(product, crm, whole)


def test_nobody_else_can_continue_a_job(tmp_path):
    with crm_of(latency_ms=100) as crm:
        product = make(tmp_path, crm)
        with Screen(product, "initial") as screen:
            sync_id = screen.read("started")
            _, said = product.run("sync", "initial", "--continue", sync_id, expect=2)
            assert "--continue" in said
            screen.press("i")
            screen.read("finished")
        help_text, _ = product.run("help", "sync")
        assert "--continue" not in help_text
