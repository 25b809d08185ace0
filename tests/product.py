"""ipsync as a Python object: runs the program under test against a CRM and a database of its own."""
import json
import os
import pathlib
import sqlite3
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("IPSYNC_BUILD", ROOT / "build")).resolve()
IPSYNC = str(BUILD / "ipsync")


class Product:
    """One database below `folder`; the environment holds nothing of the caller's configuration."""

    def __init__(self, folder, crm=None, **settings):
        self.folder = pathlib.Path(folder)
        self.path = self.folder / "data" / "ipsync.db"
        keep = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
        self.env = {k: os.environ[k] for k in keep if k in os.environ}
        self.env.update(HOME=str(self.folder), IPSYNC_DB=str(self.path), LANG="C.UTF-8",
                        IRELANDPAY_BACKOFF_BASE_MS="1")
        if crm:
            self.env.update(IRELANDPAY_CRM_BASE_URL=crm.base_url, IRELANDPAY_CRM_API_KEY=crm.key)
        self.set(**settings)

    def set(self, **settings):
        """api_concurrency=2 sets IPSYNC_API_CONCURRENCY; names in capitals are taken as they are."""
        for name, value in settings.items():
            key = name if name.isupper() else "IPSYNC_" + name.upper()
            self.env[key] = str(value)

    def start(self, *args, **options):
        pipes = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return subprocess.Popen([IPSYNC, *map(str, args)], env=self.env, text=True,
                                **{**pipes, **options})

    def run(self, *args, expect=0, timeout=120):
        """Runs to the end; gives (stdout, stderr). `expect` is the exit code, None = any."""
        process = self.start(*args)
        out, err = process.communicate(timeout=timeout)
        assert expect is None or process.returncode == expect, (process.returncode, out, err)
        self.code = process.returncode
        return out, err

    def json(self, *args, expect=0, timeout=120):
        return json.loads(self.run(*args, "--json", expect=expect, timeout=timeout)[0])

    def sync(self, *args, expect=0, timeout=120):
        """A sync with --json: gives the `finished` object."""
        out, _ = self.run("sync", *args, "--json", expect=expect, timeout=timeout)
        return json.loads(out.splitlines()[-1])

    def query(self, sql, *args):
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            db.row_factory = sqlite3.Row
            return [dict(r) for r in db.execute(sql, args)]
        finally:
            db.close()

    def value(self, sql, *args):
        (row,) = self.query(sql, *args)
        return next(iter(row.values()))
