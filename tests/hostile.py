"""A CRM that attacks: a small sound portfolio, and any bytes at all in place of any answer.

    with Hostile() as crm:
        crm.abuse("/0000000002/transactions", lambda r: answer(b"[" * 200_000))
        product.sync("manual", "--from", FROM, "--to", TO, expect=1)

Plain sockets and threads, so that what is sent need not be HTTP. A reply is bytes, or chunks of
bytes (sent until the other side has enough), or None: the sound answer. Nothing of tests/sim.
"""
import json
import socket
import threading
import zlib
from urllib.parse import parse_qsl, urlsplit

PREFIX = "/api/v1"
FROM, TO = "2026-01-01", "2026-01-31"
YEAR, MONTH, PROCESSOR = 2026, 1, 7
MANUAL = ("manual", "--from", FROM, "--to", TO)


def answer(body, *headers, status="200 OK", length=True):
    """A whole answer; an object becomes JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(chunks, *headers):
    """An answer in chunks, for as long as there are some."""
    yield "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *headers, "", ""]).encode()
    for chunk in chunks:
        yield b"%x\r\n%s\r\n" % (len(chunk), chunk)
    yield b"0\r\n\r\n"


def gzipped(data, level=6):
    """`data` as one gzip member; it may be chunks."""
    z = zlib.compressobj(level, zlib.DEFLATED, 31)
    chunks = [data] if isinstance(data, bytes) else data
    return b"".join(z.compress(c) for c in chunks) + z.flush()


class Request:
    def __init__(self, crm, head):
        self.crm, self.head = crm, head
        self.target = head.split(b" ", 2)[1].decode("latin-1")
        parts = urlsplit(self.target)
        self.path = parts.path.removeprefix(PREFIX)
        self.params = dict(parse_qsl(parts.query))
        self.page = int(self.params.get("page", 1))
        self.per_page = int(self.params.get("per_page", 1))

    def sound(self):
        """What a sound CRM says, as an object to spoil."""
        return self.crm.sound(self)


class Hostile:
    def __init__(self, key="demo-key", merchants=3, batches=3):
        self.key = key
        self.merchants = [self._merchant(i) for i in range(1, merchants + 1)]
        self.batches = {m["mid"]: [self._batch(i, b) for b in range(batches)]
                        for i, m in enumerate(self.merchants, 1)}
        self.requests, self.rules, self.lock = [], [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}{PREFIX}"
        self.closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing = True
        self.listener.close()

    # -- steering -----------------------------------------------------------------------------

    def abuse(self, part, reply, times=None):
        """From now on `reply(request)` answers requests with `part` in their target."""
        with self.lock:
            self.rules.insert(0, [part, reply, times])

    def relent(self):
        """No more abuse; the requests so far are forgotten."""
        with self.lock:
            self.rules.clear()
            self.requests.clear()

    def asked(self, part=""):
        """The targets of the requests so far."""
        with self.lock:
            return [r.target for r in self.requests if part in r.target]

    # -- the portfolio ------------------------------------------------------------------------

    @staticmethod
    def _merchant(i):
        return {"mid": f"{i:010d}", "name": f"Shop {i}", "opened": "01/02/2020", "closed": None,
                "deactivated": None, "first_batch": "01/01/2026", "last_batch": "01/31/2026",
                "created": "2020-01-02T10:00:00+00:00", "modified": "2026-01-31T10:00:00+00:00",
                "group": "Main", "processor": "First", "datasource": "feed", "sic_code": "5812",
                "vim": "0", "status": "Open", "active": "1", "leads": [i, 100 + i]}

    @staticmethod
    def _batch(i, b):
        sales = [{"id": i * 100_000 + b * 10 + t, "date": f"01/{b % 28 + 1:02d}/2026", "type": "SALE",
                  "amount": f"{i}.{t}5", "cardholder": "3712*******1234", "auth_code": f"A{b}{t}",
                  "pos_entry_mode": "05", "invoice_number": f"INV-{b}",
                  "void_reject_chargeback": False, "reject_description": None} for t in range(2)]
        return {"date": f"01/{b % 28 + 1:02d}/2026", "reference_number": f"R{b:05d}",
                "amount": f"{2 * i}.20", "count": "2", "terminal_number": "T1",
                "transactions": sales}

    def lists(self, path):
        """The rows of a list; None = no such thing."""
        parts = path.strip("/").split("/")
        if parts == ["merchants"]:
            return self.merchants
        if parts[0] == "merchants" and parts[2:] == ["transactions"]:
            return self.batches.get(parts[1])
        if parts[:2] == ["residuals", "lineitems"]:
            return [{"id": n, "type": "merchant", "item_id": n, "description": f"Fee {n}",
                     "user": {"user_id": n, "full_name": f"Agent {n}"}, "income": "1.50",
                     "merchant": {"mid": self.merchants[0]["mid"], "dba": "Shop"},
                     "expense": "0.50", "agent_net": "0.25", "percentage": 50, "is_recurring": False,
                     "created": "2026-01-05T00:00:00+00:00",
                     "modified": "2026-01-05T00:00:00+00:00"} for n in range(1, 5)]
        count = len(self.merchants)
        if parts[:3] == ["residuals", "reports", "summary"] and len(parts) == 5:
            return [{"processor_id": PROCESSOR, "name": "First", "merchants_count": count,
                     "modified": "2026-02-15T00:00:00+00:00", "sum_transactions": 6 * count,
                     "sum_sales_amount": 100 * count, "sum_income": f"{10 * count}.50",
                     "sum_expense": f"{4 * count}", "sum_net": 6 * count, "sum_agent_net": 3 * count}]
        if parts[:4] == ["residuals", "reports", "summary", "rows"]:
            return [{"mid": m["mid"], "merchant": m["name"], "transactions": 6, "sales_amount": 100,
                     "income": "10.50" if i == 0 else 10, "expense": 4, "net": 6, "bps": 0.29,
                     "percentage": 50, "agent_net": 3, "users": False}
                    for i, m in enumerate(self.merchants)]
        return None

    def sound(self, request):
        if request.path.startswith("/merchants/") and request.path.count("/") == 2:
            found = [m for m in self.merchants if m["mid"] == request.path[11:]]
            return {"general": found[0], "account_information": {}, "leads": []} if found else None
        rows = self.lists(request.path)
        if rows is None:
            return None
        reply = self.page(request, rows)
        if request.path.endswith("/transactions"):
            reply["adjustments"] = [{"date": "01/09/2026", "type": "Fee", "amount": "-1.00"}]
        return reply

    def page(self, request, rows):
        """One page of `rows` as this request asks for it."""
        first = (request.page - 1) * request.per_page
        last = max(1, -(-len(rows) // request.per_page))
        url = f"{self.base_url}{request.path}?page="
        follows = request.page < last
        return {"data": rows[first:first + request.per_page],
                "links": {"first": url + "1", "last": f"{url}{last}", "prev": None,
                          "next": f"{url}{request.page + 1}" if follows else None},
                "meta": {"current_page": request.page, "last_page": str(last), "path": url,
                         "per_page": request.per_page, "total": len(rows)}}

    # -- the wire -----------------------------------------------------------------------------

    def _accept(self):
        while not self.closing:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pending = b""
        with client:
            try:
                while not self.closing:
                    while b"\r\n\r\n" not in pending:
                        more = client.recv(65536)
                        if not more:
                            return
                        pending += more
                    head, pending = pending.split(b"\r\n\r\n", 1)
                    if not self._reply(client, Request(self, head)):
                        return
            except OSError:
                pass

    def _rule(self, request):
        with self.lock:
            self.requests.append(request)
            for rule in self.rules:
                if rule[0] in request.target and rule[2] != 0:
                    rule[2] = rule[2] and rule[2] - 1
                    return rule[1]
        return None

    def _reply(self, client, request):
        """False: the connection is to be closed."""
        rule = self._rule(request)
        if rule is None and f"X-API-KEY: {self.key}".encode() not in request.head:
            reply = answer({"message": "Unauthenticated"}, status="401 Unauthorized")
        else:
            reply = rule(request) if rule else None
            if reply is None:
                sound = self.sound(request)
                reply = answer(sound) if sound else answer({"message": "Not found"},
                                                           status="404 Not Found")
        if isinstance(reply, bytes):
            client.sendall(reply)
            return b"Content-Length:" in reply[:4096]
        for chunk in reply:
            client.sendall(chunk)
        return False
