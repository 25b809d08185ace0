"""What every case of `make torture` stands on: a small portfolio, a CRM that serves it, one
database a case, what an undisturbed sync makes of it, and what must hold in the end."""

import collections
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from compare import dump  # noqa: E402
from crm import Crm  # noqa: E402
from product import BUILD, IPSYNC, Product  # noqa: E402

SYNC = ("sync", "manual", "--from", "2024-09-01", "--to", "2024-10-31")
SHIM = BUILD / "torture" / "die.so"
TODAY = dict(today="2024-12-20", start="2024-08-01", rate_limit=0)
# A page holds so few rows that each kind of list has several.
PORTFOLIOS = {
    "kills": dict(seed=1, merchants=12, batches_per_month=9, per_batch=2, processors=2,
                  line_items=9, page_max=4, **TODAY),
    "faults": dict(seed=22, merchants=7, batches_per_month=2, per_batch=1, processors=8,
                   line_items=5, page_max=1, **TODAY),
}
SECONDS_MAX = 60
MERCHANTS = "/api/v1/merchants"


class Failed(AssertionError):
    """What did not hold."""


def expect(condition, *words):
    if not condition:
        raise Failed(" ".join(str(w) for w in words))


class Ground:
    """One portfolio with its CRM and a folder for databases; for one case at a time."""

    def __init__(self, name):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ipsync-torture-"))
        self.crm = Crm(**PORTFOLIOS[name])
        self.count = 0
        self.templates = {}
        self.reference = self.product()
        self.run(self.reference, 0)
        self.right = dump(self.reference.path)
        self.pages = pages_asked(self.crm.log())
        expect(all(self.right.values()), "the portfolio lacks something of",
               [t for t, rows in self.right.items() if not rows])

    def close(self):
        self.crm.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def product(self, like=None, **settings):
        """A database of its own: none yet, or a copy of another product's."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        if like:
            shutil.copytree(like.path.parent, folder / "data")
        return Product(folder, self.crm, api_requests_per_minute=0, database_wal_max_mb=1,
                       IRELANDPAY_CIRCUIT_MAX_FAILURES=1000, **settings)

    def drop(self, product):
        shutil.rmtree(product.folder, ignore_errors=True)

    def begin(self):
        """Each case finds the CRM sound and its log empty."""
        self.crm.clear_faults()
        self.crm.reset_log()

    # -- running ----------------------------------------------------------------------------

    def run(self, product, code, *args):
        """Runs a command (the sync) to its end, with that exit code (or one of those)."""
        codes = code if isinstance(code, (tuple, set)) else (code,)
        process = product.start(*(args or SYNC))
        self.finish(process, codes)
        return process.returncode

    def finish(self, process, codes):
        try:
            out, err = process.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failed(f"not done after {SECONDS_MAX} s") from None
        expect(process.returncode in codes, f"exit code {process.returncode}, not one of {codes}:",
               out[-300:], err[-600:])

    def run_until(self, product, code, rule, *args):
        """The same under a rule of the CRM's that ends the program: it gets its process id."""
        held = subprocess.Popen(["sh", "-c", 'read go; exec "$@"', "sh", IPSYNC, *(args or SYNC)],
                                env=product.env, text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.crm.fault({**rule, "kill": held.pid})
        held.stdin.write("\n")
        held.stdin.flush()
        self.finish(held, (code,))
        self.quiet()
        self.crm.clear_faults()

    def quiet(self):
        """Until the CRM is through with what a client that is gone had asked for, so that its log
        tells all. (The one connection that is left asks for this.)"""
        deadline = time.monotonic() + 10
        while self.crm.stats()["connections"] > 1 and time.monotonic() < deadline:
            time.sleep(0.002)

    # -- what must hold ---------------------------------------------------------------------

    def check_equal(self, product, may_remove=False):
        """The database of an undisturbed sync, and nothing left over."""
        now = dump(product.path)
        for table, rows in self.right.items():
            missing = collections.Counter(rows) - collections.Counter(now[table])
            extra = collections.Counter(now[table]) - collections.Counter(rows)
            expect(not missing and not extra, f"{table}: {sum(missing.values())} rows missing,",
                   sum(extra.values()), "too many:", *sorted(missing)[:2], "|", *sorted(extra)[:2])
        if not may_remove:
            self.check_nothing_removed(product)
        for table in ("sync_checkpoints", "sync_walk_pages", "sync_touched"):
            expect(not product.value(f"SELECT count(*) FROM {table}"), table, "is not empty")
        expect(not product.value(
            "SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL"), "open failed items")
        expect(product.value("PRAGMA integrity_check") == "ok", "the database is damaged")

    def check_nothing_removed(self, product):
        for table in self.right:
            if table != "merchant_metrics":
                removed = product.value(f"SELECT count(*) FROM {table} WHERE removed_at NOT NULL")
                expect(not removed, f"{table}: {removed} rows removed")

    def check_jobs(self, product, *states):
        """The states of all jobs; None: a job that was perhaps not even written."""
        found = [j["status"] for j in product.query(
            "SELECT status FROM sync_jobs ORDER BY created_at, rowid")]
        sure = [s for s in states if s]
        maybe = ["interrupted" if s is None else s for s in states]
        expect(found in (sure, maybe), "jobs:", found, "expected:", maybe)


def pages_asked(log):
    """How often each page was asked for: (path, query) to a number, in the order asked."""
    return collections.Counter((line["path"], line["query"]) for line in log)


def check_asked_again(runs, most):
    """Between them the runs asked again for no more pages than `most`. The merchants' list is read
    anew by every sync, for what it shows decides what is still true of the rest."""
    total = collections.Counter()
    for pages in runs:
        total.update({key: n for key, n in pages.items() if key[0] != MERCHANTS})
    again = {key: n - 1 for key, n in total.items() if n > 1}
    expect(sum(again.values()) <= most, f"{sum(again.values())} pages asked for again, at most",
           f"{most} were in flight:", sorted(again))


__all__ = ["BUILD", "Failed", "Ground", "IPSYNC", "MERCHANTS", "SHIM", "SYNC", "check_asked_again",
           "dump", "expect", "pages_asked"]
