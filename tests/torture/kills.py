"""The sweep of ends: ipsync is killed, told to stop or cancelled at every request, and killed at
every write to the database's files. Then the same command runs to its end, as if nothing had been."""

import signal
import time

from ground import (SHIM, SYNC, Failed, check_asked_again, expect, pages_asked)

KILLED = -signal.SIGKILL
RETRY = ("retry", "--all")
# For `retry`: one list of each kind fails, some of several pages.
BROKEN = ["*/transactions?*page=2", "*/summary/rows/1001/*", "*/lineitems/2024/10?*",
          "*/summary/2024/9?*"]


class Kill:
    """One case: how often, where and how the program ends before it runs to the end."""

    portfolio = "kills"

    def __init__(self, ends, concurrency, command=SYNC):
        self.ends = ends
        self.concurrency = concurrency
        self.command = command

    @property
    def id(self):
        kind = "retry" if self.command is RETRY else "sync"
        return "/".join([f"kill-{kind}", f"c{self.concurrency}", *(e.id for e in self.ends)])

    def run(self, ground):
        is_retry = self.command is RETRY
        product = ground.product(like=half_done(ground) if is_retry else None,
                                 api_concurrency=self.concurrency)
        before = [j["status"] for j in product.query("SELECT status FROM sync_jobs")] \
            if is_retry else []
        states, runs = [], []
        for end in self.ends:
            ground.begin()
            states.append(end.make(ground, product, self.command))
            runs.append(pages_asked(ground.crm.log()))
        ground.begin()
        ground.run(product, 0, *self.command)
        runs.append(pages_asked(ground.crm.log()))
        ground.check_equal(product)
        is_done = states[-1] == "completed"  # it was killed behind its end
        ground.check_jobs(product, *before, *states,
                          *(() if is_retry and is_done else ("completed",)))
        if not is_retry and not is_done:
            check_asked_again(runs, len(self.ends) * self.concurrency)
        twice = [key for key, n in runs[-1].items() if n > 1 and not (is_retry and is_summary(key))]
        expect(not twice, "the last run asked twice for", twice)
        ground.drop(product)


def is_summary(key):
    """A retry reads a month's summary before the rows of each report in it, for its totals."""
    return "/reports/summary/2" in key[0]


class AtRequest:
    """SIGKILL at the n-th request: before it is answered, or when the answer is sent."""

    def __init__(self, n, is_after):
        self.n, self.is_after = n, is_after
        self.id = f"request-{'after' if is_after else 'before'}-{n}"

    def make(self, ground, product, command):
        ground.run_until(product, KILLED, dict(after=self.n - 1, times=1, signal=9,
                                               kill_after=self.is_after, hang=not self.is_after),
                         *command)
        return None if self.n == 1 else "interrupted"


class AtWrite:
    """SIGKILL at the n-th call that changes one of the database's files: before, or when half of
    its bytes are written."""

    def __init__(self, n, how):
        self.n, self.how = n, how
        self.id = f"write-{how}-{n}"

    def make(self, ground, product, command):
        product.set(LD_PRELOAD=SHIM, DIE_FILE=product.path, DIE_AT=self.n, DIE_HOW=self.how)
        code = ground.run(product, (KILLED, 0), *command)
        for name in ("LD_PRELOAD", "DIE_FILE", "DIE_AT", "DIE_HOW"):
            del product.env[name]
        ground.quiet()
        if code == 0:  # fewer writes than when they were counted
            return "completed"
        return "completed" if finished(product) else None


def finished(product):
    """Whether the newest job had come to its end before the program was killed."""
    try:
        rows = product.query("SELECT status FROM sync_jobs ORDER BY created_at DESC, rowid DESC LIMIT 1")
    except Exception:  # no database yet, or half a one
        return False
    return bool(rows) and rows[0]["status"] == "completed"


class AtTerm:
    """SIGTERM at the n-th request, which is then not answered."""

    def __init__(self, n):
        self.n = n
        self.id = f"term-{n}"

    def make(self, ground, product, command):
        ground.run_until(product, 130, dict(after=self.n - 1, times=1, signal=15, hang=True),
                         *command)
        return "interrupted"


class AtCancel:
    """`ipsync cancel` while the n-th request is not answered."""

    def __init__(self, n):
        self.n = n
        self.id = f"cancel-{n}"

    def make(self, ground, product, command):
        ground.crm.fault(after=self.n - 1, times=1, hang=True)
        process = product.start(*command)
        deadline = time.monotonic() + 20
        while not ground.crm.faults()[0]["hits"]:
            if time.monotonic() > deadline or process.poll() is not None:
                process.kill()
                raise Failed(f"request {self.n} was never made")
            time.sleep(0.005)
        ground.run(product, 0, "cancel")
        ground.finish(process, (130,))
        ground.quiet()
        return "cancelled"


def half_done(ground):
    """A database after a sync in which some lists failed; made once."""
    if "half done" not in ground.templates:
        ground.begin()
        for path in BROKEN:
            ground.crm.fault(path=path, status=503)
        product = ground.templates["half done"] = ground.product(IRELANDPAY_MAX_RETRIES=0)
        ground.run(product, 1)
        product.set(IRELANDPAY_MAX_RETRIES=3)
        ground.quiet()
    return ground.templates["half done"]


def count_writes(ground, concurrency, command):
    """How many calls change the database's files in an undisturbed run."""
    log = ground.folder / "writes"
    log.unlink(missing_ok=True)
    product = ground.product(like=half_done(ground) if command is RETRY else None,
                             api_concurrency=concurrency)
    ground.begin()
    product.set(LD_PRELOAD=SHIM, DIE_FILE=product.path, DIE_LOG=log)
    ground.run(product, 0, *command)
    ground.drop(product)
    return len(log.read_text().splitlines())


def count_requests(ground, command):
    product = ground.product(like=half_done(ground) if command is RETRY else None)
    ground.begin()
    ground.run(product, 0, *command)
    ground.drop(product)
    return sum(pages_asked(ground.crm.log()).values())


def requests_of(ground, command, concurrency, step, first=1):
    for n in range(first, count_requests(ground, command) + 1, step):
        for is_after in (False, True):
            yield Kill([AtRequest(n, is_after)], concurrency, command)


def writes_of(ground, command, step, first=1):
    if SHIM.exists():
        for n in range(first, count_writes(ground, 1, command) + 1, step):
            for how in ("before", "half"):
                yield Kill([AtWrite(n, how)], 1, command)


def twice_of(ground, step, second=(1, 4, 9)):
    for n in range(1, count_requests(ground, SYNC) - 9, step):
        for m in second:
            yield Kill([AtRequest(n, False), AtRequest(m, m % 2 == 0)], 1 + n % 8)


def ends_of(ground, kind, concurrency, step, first=1):
    for n in range(first, count_requests(ground, SYNC) + 1, step):
        yield Kill([kind(n)], concurrency)


def cases(ground):
    """Everything."""
    for concurrency in (1, 8):
        yield from requests_of(ground, SYNC, concurrency, 1)
        yield from requests_of(ground, RETRY, concurrency, 1)
        yield from ends_of(ground, AtTerm, concurrency, 1)
    yield from ends_of(ground, AtCancel, 4, 3)
    yield from twice_of(ground, 1)
    yield from writes_of(ground, SYNC, 1)
    yield from writes_of(ground, RETRY, 1)


def killed_at_requests(ground):
    yield from requests_of(ground, SYNC, 1, 15)
    yield from requests_of(ground, SYNC, 8, 13, 2)
    yield from twice_of(ground, 17, (4,))


def killed_at_writes(ground):
    yield from writes_of(ground, SYNC, 97, 20)


def killed_in_a_retry(ground):
    yield from requests_of(ground, RETRY, 8, 9, 3)
    yield from writes_of(ground, RETRY, 97, 40)


def stopped(ground):
    yield from ends_of(ground, AtTerm, 8, 21, 5)
    yield from ends_of(ground, AtCancel, 4, 30, 10)


SAMPLES = (killed_at_requests, killed_at_writes, killed_in_a_retry, stopped)


def sample(ground):
    """A little of each, always the same."""
    for some in SAMPLES:
        yield from some(ground)
