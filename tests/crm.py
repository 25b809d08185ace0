"""The simulated CRM (tests/sim) as a Python object: starts build/crm-sim on a free port.

    with Crm(merchants=200, today="2026-11-20", rate_limit=0) as crm:
        crm.fault({"path": "/merchants?", "status": 503, "times": 2})
        run(["build/ipsync", "sync", "initial"], env={"IRELANDPAY_CRM_BASE_URL": crm.base_url, ...})
        assert rows_of_database == crm.rows("transactions")

Keyword arguments are the options of `build/crm-sim --help` (`_` for `-`, True for a bare flag).
Only the standard library is used.
"""

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = os.path.join(os.environ.get("IPSYNC_BUILD", os.path.join(ROOT, "build")), "crm-sim")

# Loopback only: a proxy in the environment must not come between.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Crm:
    def __init__(self, key="demo-key", **options):
        self.key = key
        args = [BINARY, "--exit-on-eof", "--key", key]
        for name, value in options.items():
            if value is None or value is False:
                continue
            args.append("--" + name.replace("_", "-"))
            if value is not True:
                args.append(str(value))
        # The leak check now and then spins for ever in a process that ends with busy threads.
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=env)
        self.base_url = self.process.stdout.readline().strip()
        if not self.base_url.startswith("http://127.0.0.1:"):
            self.stop()
            raise RuntimeError("crm-sim did not start: " + " ".join(args))
        self.origin = self.base_url[: -len("/api/v1")]
        self.port = int(self.origin.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the simulator; gives its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.returncode

    # -- steering ---------------------------------------------------------------------------

    def control(self, call, body=None, method=None, **query):
        """One call under /_sim; the answer as bytes. ValueError with the reason for a 4xx."""
        url = f"{self.origin}/_sim/{call}"
        query = {k: v for k, v in query.items() if v is not None}
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None if body is None else json.dumps(body).encode()
        method = method or ("GET" if body is None else "POST")
        request = urllib.request.Request(url, data=data, method=method)
        try:
            with _opener.open(request, timeout=600) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"{call}: {error.read().decode()}") from None

    def fault(self, *rules, append=True, **rule):
        """Adds fault rules (objects, or one as keywords); append=False replaces those in force."""
        rules = list(rules) + ([rule] if rule else [])
        self.control("faults", rules, append=1 if append else 0)

    def clear_faults(self):
        self.control("faults", method="DELETE")

    def faults(self):
        """The rules in force: [{"seen", "hits", "rule"}]."""
        return json.loads(self.control("faults"))

    def mutate(self, *changes, **change):
        """Changes the portfolio: objects with `op`, or one as keywords: mutate(op="vanish")."""
        self.control("mutate", list(changes) + ([change] if change else []))

    def limit(self, **settings):
        """limit=N, headers=bool, restart=True (a new window), eat=N (another client's use)."""
        self.control("limit", settings)

    def set_key(self, key):
        """From now on only this X-API-KEY is right. `self.key` follows."""
        self.control("key", {"key": key})
        self.key = key

    # -- asking -----------------------------------------------------------------------------

    def log(self):
        """The requests so far, each a dict: ms, method, path, query, status (0: no answer was
        sent), key, fault, in_flight, bytes."""
        return [json.loads(line) for line in self.control("log").splitlines()]

    def reset_log(self):
        self.control("reset_log", method="POST")

    def stats(self):
        """requests, refused (429 by the limit), in_flight, max_in_flight, changes_waiting,
        connections (this one included)."""
        return json.loads(self.control("stats"))

    def rows(self, table, start=None, end=None, hide_null=True):
        """What a right database holds of a table after a sync of start..end (2024-04-01..today):
        a list of dicts with the table's columns (see `iter_rows` for large ones)."""
        return list(self.iter_rows(table, start, end, hide_null))

    def iter_rows(self, table, start=None, end=None, hide_null=True):
        query = {"from": start, "to": end, "hide_null": 1 if hide_null else 0}
        query = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        url = f"{self.origin}/_sim/rows/{table}?{query}"
        try:
            with _opener.open(url, timeout=600) as answer:
                for line in answer:
                    yield json.loads(line)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"{table}: {error.read().decode()}") from None

    def least(self, start=None, end=None, hide_null=True):
        """The least requests a full sync of start..end needs: least, merchants, transactions,
        residuals; `empty_ranges` more for merchants whose first..last batch meets the range
        without a batch in it, which no client can know beforehand."""
        query = {"from": start, "to": end, "hide_null": 1 if hide_null else 0}
        return json.loads(self.control("least", **query))

    def get(self, path, key=None, headers=None, timeout=30, **query):
        """One request as a client makes it: (status, headers, body bytes)."""
        url = self.base_url + path
        if query:
            url += "?" + urllib.parse.urlencode(query)
        key = self.key if key is None else key
        request = urllib.request.Request(url, headers={"X-API-KEY": key, **(headers or {})})
        try:
            with _opener.open(request, timeout=timeout) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()
