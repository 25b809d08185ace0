"""The machine under ipsync fails: its disk, its file system, its clock, its limits, and whoever
handles the database's files. Each time the message names what, where and what to do, nothing that was
committed is lost, and once the fault is gone the next sync goes on."""
import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import sqlite3
import struct
import subprocess
import time

import pytest

from compare import differences
from crm import Crm
from dashboard import Dashboard
from product import IPSYNC, Product

NOBODY = 65534
IS_SANITIZED = any(word in pathlib.Path(IPSYNC).read_bytes() for word in (b"__asan_init", b"__tsan_init"))
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root (mounts, another user)")
not_sanitized = pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer needs files, memory and its own libraries")
TODAY = datetime.date.today()
START = str((TODAY.replace(day=1) - datetime.timedelta(days=70)).replace(day=1))
READERS = (["status"], ["history"], ["failed"], ["schedule"])
WRITERS = (["sync", "daily"], ["sync", "daily", "--json"], ["resolve", "1", "--reason", "x"])
WAY_BACK = ("left as it is", "ipsync backup", ".recover", "ipsync sync initial")


@pytest.fixture(scope="module")
def crm():
    with Crm(seed=11, merchants=12, per_batch=4, line_items=10, rate_limit=0) as c:
        yield c


def product_of(folder, crm, **settings):
    return Product(folder, crm, api_requests_per_minute=0, sync_history_start=START, **settings)


@pytest.fixture(scope="module")
def filled(tmp_path_factory, crm):
    """The folder of a database with everything in it, its log copied back and cut."""
    folder = tmp_path_factory.mktemp("filled")
    product = product_of(folder, crm)
    product.sync("initial")
    return product.path.parent


@pytest.fixture
def product(tmp_path, crm, filled):
    shutil.copytree(filled, tmp_path / "data")
    yield product_of(tmp_path, crm)
    crm.clear_faults()


def wal(product):
    return pathlib.Path(f"{product.path}-wal")


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def wait_for(condition, seconds=15):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def garbage(path, at, count):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(bytes((i * 151 + 17) % 255 + 1 for i in range(count)))


def commit_to_log(product):
    """Something that stands in the log alone; what else SQLite would do on closing is left out."""
    with open(wal(product), "ab"):
        pass
    db = sqlite3.connect(product.path)
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("UPDATE sync_jobs SET triggered_by_user = 'log'")
    db.commit()
    copies = {f: f.read_bytes() for f in (product.path, wal(product))}
    db.close()
    for file, content in copies.items():
        file.write_bytes(content)
    pathlib.Path(f"{product.path}-shm").unlink(missing_ok=True)


def assert_sound(product, crm):
    """The fault is gone: the next sync goes on, and nothing is missing."""
    crm.clear_faults()
    assert product.sync("initial")["status"] == "completed"
    assert product.value("PRAGMA integrity_check") == "ok"
    assert differences(product.path, crm, start=START) == {}


def refused(product, code, *words, commands=READERS + WRITERS):
    for args in commands:
        out, err = product.run(*args, expect=code)
        assert str(product.path) in err and err.count("\n") == 1, (args, err)
        assert all(word in err for word in words), (args, err)
        assert err.count(str(product.path)) == 1, err
        for line in out.splitlines():
            json.loads(line)


# -- damaged when it is opened ---------------------------------------------------------------------

SIZE = 4096
DAMAGE = {
    "a letter": lambda p: p.write_text("Dear aunt, " * 500),
    "header": lambda p: garbage(p, 0, 16),
    "first page": lambda p: garbage(p, 100, 3000),
    "cut in the header": lambda p: os.truncate(p, 50),
    "cut after a page": lambda p: os.truncate(p, SIZE),
    "cut in half": lambda p: os.truncate(p, p.stat().st_size // 2 // SIZE * SIZE),
    "end cut": lambda p: os.truncate(p, p.stat().st_size - 100),
    "all but the first page": lambda p: garbage(p, SIZE, p.stat().st_size - SIZE),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_database_is_named_and_left_alone(product, crm, kind):
    DAMAGE[kind](product.path)
    before = digest(product.path)
    asked = crm.stats()["requests"]
    refused(product, 2, *WAY_BACK)
    assert digest(product.path) == before and crm.stats()["requests"] == asked


def test_a_log_that_is_none_is_left_alone(product, crm):
    commit_to_log(product)
    garbage(wal(product), 0, wal(product).stat().st_size)
    before = digest(wal(product)), digest(product.path)
    refused(product, 2, "-wal", "left as it is")
    assert (digest(wal(product)), digest(product.path)) == before
    wal(product).rename(f"{wal(product)}.bad")
    assert_sound(product, crm)


def test_an_emptied_file_beside_its_log_is_left_alone(product):
    """SQLite would delete the log."""
    commit_to_log(product)
    os.truncate(product.path, 0)
    before = digest(wal(product))
    refused(product, 2, "empty", *WAY_BACK)
    assert digest(wal(product)) == before and product.path.stat().st_size == 0


def test_a_log_of_zeros_is_none(product, crm):
    """As a power cut can leave it."""
    wal(product).write_bytes(bytes(8192))
    assert_sound(product, crm)


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), os.mkfifo, lambda p: p.symlink_to("/dev/null")])
def test_what_is_no_file(product, make):
    product.path.unlink()
    make(product.path)
    refused(product, 2, "not a regular file")


def test_the_way_back_is_one(product, crm):
    garbage(product.path, SIZE, SIZE * 20)
    old = product.path.parent / "old"
    old.mkdir()
    for file in (product.path, wal(product), f"{product.path}-shm"):
        os.rename(file, old / pathlib.Path(file).name)
    assert_sound(product, crm)


# -- damaged, replaced or gone while it is used ------------------------------------------------------


@contextlib.contextmanager
def in_the_middle(product, crm, *args, path="/transactions"):
    """A sync that has committed something and waits for the CRM; it goes on after the block."""
    crm.fault(path=path, after=2, delay_ms=700)
    seen = crm.stats()["requests"]
    with product.start("sync", "initial", "--json", "--fresh", *args) as process:
        try:
            wait_for(lambda: crm.stats()["requests"] >= seen + 8 or process.poll() is not None)
            yield process
            process.out, process.err = process.communicate(timeout=20)
        finally:
            process.kill()


def failed_words(process):
    """It failed as a sync fails, with one line that says why."""
    assert process.returncode == 3, (process.returncode, process.err)
    assert json.loads(process.out.splitlines()[-1])["status"] == "failed"
    assert process.err.count("\n") == 1
    return process.err


def replace(product):
    other = product.path.parent.parent / "other.db"
    shutil.copyfile(product.path, other)
    os.rename(other, product.path)


GONE = {
    "removed": lambda p: p.path.unlink(),
    "all removed": lambda p: [f.unlink() for f in p.path.parent.iterdir()],
    "folder removed": lambda p: shutil.rmtree(p.path.parent),
    "replaced": replace,
    "log removed": lambda p: wal(p).unlink(),
    "lock removed": lambda p: os.unlink(f"{p.path}-write"),
}


@pytest.mark.parametrize("kind", GONE)
def test_files_that_go_during_a_sync(product, crm, kind):
    with in_the_middle(product, crm) as process:
        GONE[kind](product)
    words = failed_words(process)
    assert str(product.path) in words and "while in use" in words and "next sync" in words
    assert_sound(product, crm)


def test_a_folder_that_is_moved_away_and_back(product, crm):
    folder, away = product.path.parent, product.path.parent.parent / "away"
    with in_the_middle(product, crm) as process:
        folder.rename(away)
    assert "while in use" in failed_words(process)
    away.rename(folder)
    assert product.value("PRAGMA integrity_check") == "ok"
    seen = crm.stats()["requests"]
    assert_sound(product, crm)
    assert crm.stats()["requests"] - seen < crm.least(start=START)["least"], "checkpoints are kept"


def test_the_log_of_a_file_that_has_gone_is_kept_aside(product, crm):
    commit_to_log(product)
    log = wal(product).read_bytes()
    product.path.unlink()
    assert_sound(product, crm)
    (aside,) = product.path.parent.glob("ipsync.db-wal.*")
    assert aside.read_bytes() == log


@pytest.mark.parametrize("change", [lambda w: os.truncate(w, 0), lambda w: garbage(w, 0, 5000)])
def test_a_log_that_is_overwritten_is_not_copied_into_the_file(product, crm, change):
    with in_the_middle(product, crm) as process:
        change(wal(product))
    assert re.search("-wal.* overwritten while in use", failed_words(process))
    if wal(product).exists() and wal(product).read_bytes()[:4] != bytes(4):
        wal(product).unlink()
    assert product.value("PRAGMA integrity_check") == "ok"
    assert_sound(product, crm)


def test_damage_that_a_sync_meets(product, crm):
    """The job's row still says what happened; the next one meets it too, and ends."""
    with in_the_middle(product, crm) as process:
        os.truncate(product.path, product.path.stat().st_size // 3 // SIZE * SIZE)
    words = failed_words(process)
    assert str(product.path) in words and all(w in words for w in WAY_BACK)
    job = product.query("SELECT status, error_details FROM sync_jobs ORDER BY rowid DESC LIMIT 1")[0]
    assert job["status"] == "failed" and json.loads(job["error_details"])["class"] == "database"
    crm.clear_faults()
    _, err = product.run("sync", "initial", "--quiet", expect=None, timeout=20)
    assert product.code in (2, 3) and all(w in err for w in WAY_BACK)


def test_an_error_while_the_next_list_is_chosen_ends_the_sync(product, crm):
    crm.fault(path="/summary/", delay_ms=600)
    seen = crm.stats()["requests"]
    with product.start("sync", "initial", "--json", "--fresh") as process:
        wait_for(lambda: crm.stats()["requests"] >= seen + 3)
        with contextlib.closing(sqlite3.connect(product.path, timeout=10)) as db:
            db.execute("PRAGMA wal_autocheckpoint = 0")
            db.execute("ALTER TABLE merchants RENAME COLUMN last_batch TO gone")
            db.commit()
        try:
            process.out, process.err = process.communicate(timeout=15)
        finally:
            process.kill()
    assert "last_batch" in failed_words(process)


# -- permissions and read-only disks -------------------------------------------------------------------


def as_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def run_as_nobody(product, *args):
    process = product.start(*args, preexec_fn=as_nobody)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.fixture
def reachable(product, tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder) not in ("/", "/tmp"):
            folder.chmod(0o755)
    product.path.parent.chmod(0o755)
    return product


@needs_root
@pytest.mark.parametrize("kind", ["folder", "file", "log", "new folder"])
def test_what_one_may_not_use_is_exit_code_5(reachable, kind):
    product, commands = reachable, READERS + WRITERS
    if kind == "folder":
        product.path.parent.chmod(0o600)
    elif kind == "log":
        for file in product.path.parent.iterdir():
            os.chown(file, NOBODY, NOBODY)
        os.chown(wal(product), 0, 0)
    elif kind == "new folder":
        product.set(IPSYNC_DB=product.path.parent / "sub" / "deep" / "ipsync.db")
        commands = WRITERS[:2]
    for args in commands:
        code, _, err = run_as_nobody(product, *args)
        assert code == 5 and "ermission denied" in err and str(product.path.parent) in err, (args, err)


@needs_root
def test_who_may_only_read_is_told_how_to(reachable):
    """The files beside the database have gone, and one may not make them."""
    for file in reachable.path.parent.iterdir():
        file.chmod(0o644)
    for name in ("-wal", "-shm"):
        os.unlink(f"{reachable.path}{name}")
    code, _, err = run_as_nobody(reachable, "status")
    assert code == 5 and "`ipsync status` once" in err and str(reachable.path) in err
    reachable.run("status")
    for file in reachable.path.parent.iterdir():
        file.chmod(0o644)
    assert run_as_nobody(reachable, "status")[0] == 0


@pytest.mark.parametrize("path", ["/proc/nowhere/ipsync.db", "{data}/ipsync.db/below/ipsync.db"])
def test_a_path_that_cannot_be(product, path):
    product.set(IPSYNC_DB=path.format(data=product.path.parent))
    _, err = product.run("sync", "daily", expect=2)
    assert "cannot make the folder" in err


@contextlib.contextmanager
def read_only_disk(product, *keep):
    """The database's folder is one, with these files on it."""
    folder = product.path.parent
    files = {f.name: f.read_bytes() for f in folder.iterdir() if f.name in keep}
    shutil.rmtree(folder)
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no tmpfs to be had")
    try:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@needs_root
@pytest.mark.parametrize("keep", [("ipsync.db",), ("ipsync.db", "ipsync.db-wal", "ipsync.db-shm")])
def test_a_database_on_a_read_only_disk_is_read(product, keep):
    with read_only_disk(product, *keep):
        for args in (*READERS, ["cancel"], ["history", "--json"]):
            assert product.run(*args)[1] == ""
        refused(product, 2, "Read-only file system", commands=WRITERS)
        with Dashboard(product, rows=30, cols=120) as d:
            d.wait_for("READ-ONLY")
            d.see("completed", where="History")
            d.quit()


@needs_root
def test_a_log_on_a_read_only_disk_is_not_passed_over(product):
    commit_to_log(product)
    with read_only_disk(product, "ipsync.db", "ipsync.db-wal"):
        refused(product, 2, "-wal", "copy both", commands=READERS)


# -- limits ----------------------------------------------------------------------------------------


def limited(product, what, bound, *args):
    process = product.start(*args, preexec_fn=lambda: resource.setrlimit(what, (bound, bound)))
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@not_sanitized
@pytest.mark.parametrize("files", [5, 8, 10, 16, 20])
def test_too_few_files(product, crm, files):
    jobs = product.value("SELECT count(*) FROM sync_jobs")
    code, out, err = limited(product, resource.RLIMIT_NOFILE, files, "sync", "initial", "--fresh", "--json")
    assert code == 3 and "ulimit -n" in err and out == "", (code, out, err)
    assert product.value("SELECT count(*) FROM sync_jobs") == jobs
    code, _, err = limited(product, resource.RLIMIT_NOFILE, files, "status")
    assert code == 0 or (code == 3 and "ulimit -n" in err and str(product.path) in err)
    assert_sound(product, crm)


@not_sanitized
def test_enough_files(product):
    assert limited(product, resource.RLIMIT_NOFILE, 32, "sync", "initial", "--fresh", "--quiet") == (0, "", "")
    product.set(api_concurrency=1)
    assert limited(product, resource.RLIMIT_NOFILE, 22, "sync", "initial", "--fresh", "--quiet") == (0, "", "")


@not_sanitized
@pytest.mark.parametrize("mb", [16, 24, 32, 36, 40, 44, 48, 56])
def test_too_little_memory(product, crm, mb):
    code, _, err = limited(product, resource.RLIMIT_AS, mb << 20, "sync", "initial", "--fresh", "--quiet")
    assert code in (0, 3, 127) and (code == 0 or (err.count("\n") == 1 and len(err) > 20)), (code, err)
    assert product.value("PRAGMA integrity_check") == "ok"
    assert_sound(product, crm)


@pytest.mark.parametrize("kb", [pytest.param(0, marks=not_sanitized), 64, 200])
def test_a_bound_for_the_size_of_files(product, crm, kb):
    """SIGXFSZ would end it without a word."""
    product.set(IPSYNC_DB=product.path.parent.parent / "new" / "ipsync.db")
    product.path = product.path.parent.parent / "new" / "ipsync.db"
    code, _, err = limited(product, resource.RLIMIT_FSIZE, kb << 10, "sync", "initial", "--quiet")
    assert code == 3 and "File too large" in err and "ulimit -f" in err and err.count("\n") == 1, err
    assert limited(product, resource.RLIMIT_FSIZE, kb << 10, "status")[0] in (0, 3)
    assert_sound(product, crm)


@pytest.mark.parametrize("command", ["history", "history --json", "status", "failed", "sync daily --json",
                                     "sync daily", "help manual"])
def test_a_reader_that_leaves_early(product, command):
    jobs = product.value("SELECT count(*) FROM sync_jobs")
    script = f"{IPSYNC} {command} 2>err | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], env=product.env, cwd=product.folder, text=True,
                          capture_output=True, timeout=30)
    assert done.stdout == "0\n"
    assert "ipsync:" not in (product.folder / "err").read_text()
    if command.startswith("sync"):
        ends = [r["status"] for r in product.query("SELECT status FROM sync_jobs")]
        assert len(ends) == jobs + 1 and set(ends) == {"completed"}


# -- the dashboard -----------------------------------------------------------------------------------


def wakeups(d):
    status = pathlib.Path(f"/proc/{d.pid}/status").read_text()
    return sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", status))


def assert_at_rest(d):
    """Nothing happens, so it does nothing; the minute may change once."""
    d.drain(0.3)
    before = wakeups(d)
    d.drain(0.7)
    assert wakeups(d) - before < 20


@pytest.mark.parametrize("kind", ["removed", "all removed", "folder removed"])
def test_a_dashboard_sees_its_database_go_and_come_back(product, kind):
    with Dashboard(product, rows=30, cols=120) as d:
        d.see("completed", where="History")
        GONE[kind](product)
        d.see("never synced")
        assert "completed" not in d.shown("History")
        assert_at_rest(d)
        product.sync("daily")
        d.see("daily", where="History")
        d.gone("never synced")
        d.quit()


def test_a_dashboard_shows_what_stands_at_the_name(product):
    other = product.path.parent.parent / "other.db"
    shutil.copyfile(product.path, other)
    with contextlib.closing(sqlite3.connect(other)) as db, db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("UPDATE sync_jobs SET sync_type = 'manual'")
        db.execute("PRAGMA journal_mode = WAL")
    with Dashboard(product, rows=30, cols=120) as d:
        d.see("initial", where="History")
        for name in ("-wal", "-shm"):
            os.unlink(f"{product.path}{name}")
        os.rename(other, product.path)
        d.see("manual", where="History")
        assert_at_rest(d)
        d.quit()


@pytest.mark.parametrize("kind", ["header", "cut in half", "end cut"])
def test_a_dashboard_on_a_damaged_database(product, kind):
    DAMAGE[kind](product.path)
    before = digest(product.path)
    with Dashboard(product, rows=30, cols=200) as d:
        d.see("not a usable SQLite database")
        assert_at_rest(d)
        d.quit()
    assert digest(product.path) == before


def test_a_dashboard_s_sync_that_meets_damage(product, crm):
    crm.fault(path="/transactions", after=2, delay_ms=500)
    seen = crm.stats()["requests"]
    with Dashboard(product, "--start", "initial", rows=30, cols=200, wait=False) as d:
        d.wait_for(lambda t: crm.stats()["requests"] >= seen + 6)
        os.truncate(product.path, 8 * SIZE)
        d.see("sync failed.*not a usable SQLite database")
        d.drain(0.5)
        assert_at_rest(d)
        d.quit()


# -- the log -------------------------------------------------------------------------------------------


def test_the_log_comes_back_when_a_long_reader_ends(tmp_path):
    """Also on disk, while the sync still runs."""
    with Crm(seed=3, merchants=40, per_batch=10, line_items=10, rate_limit=0) as crm:
        product = Product(tmp_path, crm, api_requests_per_minute=0, database_wal_max_mb=1,
                          sync_history_start=str(TODAY - datetime.timedelta(days=300)))
        product.sync("manual", "--only", "merchants")
        reader = sqlite3.connect(f"file:{product.path}?mode=ro", uri=True, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM merchants").fetchone()
        crm.fault(path="/transactions", after=60, delay_ms=40)
        with product.start("sync", "initial", "--quiet") as process:
            try:
                wait_for(lambda: wal(product).stat().st_size > 3_000_000)
                reader.execute("COMMIT")
                wait_for(lambda: wal(product).stat().st_size < 1_100_000)
                assert wal(product).stat().st_size > 0, "not only at its end"
                assert process.wait(30) == 0
            finally:
                process.kill()
        reader.close()
        assert wal(product).stat().st_size == 0
        assert product.value("PRAGMA integrity_check") == "ok"


# -- clocks --------------------------------------------------------------------------------------------

HOUR, DAY, NOW = 3600, 86400, int(time.time())
JUMPS = {"an hour on": HOUR, "an hour back": -HOUR, "a day on": DAY, "a day back": -DAY,
         "to 1970": 1000 - NOW, "to 2040": 2_209_000_000 - NOW}


class Clock:
    def __init__(self, folder):
        self.file, library = folder / "shift", folder / "clock_shift.so"
        self.set(0)
        source = pathlib.Path(__file__).with_name("clock_shift.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        self.environment = {"LD_PRELOAD": library, "CLOCK_SHIFT_FILE": self.file}

    def set(self, seconds, slept=0):
        with open(self.file, "r+b" if self.file.exists() else "w+b") as f:
            f.write(struct.pack("qq", seconds, slept))


@pytest.fixture
def clock(tmp_path):
    if not shutil.which("cc"):
        pytest.skip("no compiler")
    return Clock(tmp_path)


def assert_sane(product):
    for args in (["status"], ["history"], ["failed"]):
        out, _ = product.run(*args)
        assert not re.search(r"(^|[^\d-])-\d+(\.\d+)? ?(ms|s|min|h|d|days)\b", out), out
    for job in product.query("SELECT results FROM sync_jobs"):
        assert 0 <= json.loads(job["results"])["durationMs"] < 60_000


@not_sanitized
@pytest.mark.parametrize("jump", JUMPS)
def test_the_clock_jumps_during_a_sync(product, crm, clock, jump):
    product.set(**clock.environment)
    with in_the_middle(product, crm) as process:
        clock.set(JUMPS[jump])
    assert process.returncode == 0, process.err
    assert_sane(product)
    clock.set(0)
    assert_sane(product)
    assert_sound(product, crm)


@not_sanitized
def test_what_was_lost_while_the_machine_slept_costs_nothing(product, crm, clock):
    """It wakes with requests that have timed out long ago."""
    product.set(**clock.environment, IRELANDPAY_MAX_RETRIES=0, api_circuit_max_failures=1)
    crm.fault(path="/transactions", after=4, times=4, hang=True)
    with product.start("sync", "initial", "--json") as process:
        wait_for(lambda: crm.faults()[-1]["hits"] == 4)
        clock.set(HOUR, slept=HOUR)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out, err)
    assert not product.query("SELECT * FROM sync_state WHERE name = 'breaker'")
    assert_sound(product, crm)


@not_sanitized
@pytest.mark.parametrize("jump", JUMPS)
def test_the_clock_jumps_between_two_syncs(product, crm, clock, jump):
    """The first was killed. What it read within a day counts; what the clock has put further
    away does not, so that it cannot count for years."""
    span = ("--from", START, "--to", str(TODAY - datetime.timedelta(days=3)))
    product.set(**clock.environment)
    clock.set(JUMPS[jump])
    crm.fault(path="/transactions", after=6, hang=True)
    with product.start("sync", "manual", *span, "--fresh") as process:
        wait_for(lambda: product.value("SELECT count(*) FROM sync_checkpoints") > 3 or
                 process.poll() is not None)  # in 1970 these days lie in the future
        process.kill()
    crm.clear_faults()
    clock.set(0)
    seen = crm.stats()["requests"]
    assert product.sync("manual", *span)["status"] == "completed"
    least = crm.least(start=span[1], end=span[3])["least"]
    counts = -DAY < JUMPS[jump] <= DAY
    assert (crm.stats()["requests"] - seen < least) == counts
    assert_sane(product)
    assert_sound(product, crm)


@not_sanitized
@pytest.mark.parametrize("jump", JUMPS)
def test_the_clock_jumps_under_a_dashboard(product, clock, jump):
    product.set(**clock.environment)
    with Dashboard(product, rows=30, cols=120) as d:
        d.see("completed", where="History")
        clock.set(JUMPS[jump])
        d.press("2", "3", "4", "5", "1")
        assert_at_rest(d)
        assert not re.search(r"[ (]-\d+ ?(s|min|h|d)\b", str(d)), str(d)
        clock.set(0)
        d.press("2")
        assert_at_rest(d)
        d.quit()
