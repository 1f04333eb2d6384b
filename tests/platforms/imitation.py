"""What every imitation of a platform shares: a strict server on loopback, and its control plane.

An imitation is strict: a request that the platform would not know (another path, an unknown
parameter, a wrong content type, no proof of who asks) is answered as the platform would and kept
among the `complaints`, which a test ends by finding empty. What a request brought about is kept
among the effects, each with how often it happened.

It listens in the test's own loop (`async with Mastodon(clock).listening()`), or as a process of its
own that outlives the engine under test (`with running("mastodon_server") as remote`, or
``python -m tests.platforms.mastodon_server --port-file F``).

Either way ``/__ctl`` steers it; `Remote` speaks to that from another process::

    GET    /__ctl/seen          [{"kind", "key", "count", "deliveries", …}]
    GET    /__ctl/complaints    [text]
    GET    /__ctl/requests      [{"method", "path", "query", "headers", "body"}]
    POST   /__ctl/faults        [{"name": "throttled", "at": "POST /api/v1/statuses"}, {"cut": "after"}]
    DELETE /__ctl/faults
    POST   /__ctl/clock         {"advance": seconds}
    POST   /__ctl/do            {"name": "expire_token", …}: a method ``do_NAME`` of the imitation
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import inspect
import json
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from engine.clock import SystemClock

CONTROL = "/__ctl/"
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Fault:
    """How one request is treated in place of the platform's usual way.

    ``status``: answered in place of the platform; nothing takes effect. ``headers`` and ``body`` go
    with it. ``cut``: the connection is cut ``before`` the request is looked at, ``after`` it took
    effect and before a byte of the answer, or in the ``body`` of the platform's own answer.
    ``stall``: likewise, but the connection stays open.
    ``at``: only requests that begin so, ``POST /api/v1/statuses``. ``times``: that many requests.
    """

    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    cut: str = ""
    stall: str = ""
    at: str = ""
    times: int = 1

    def fits(self, request):
        return f"{request.method} {request.path}".startswith(self.at)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict
    body: bytes
    raw_query: str = ""

    @property
    def query(self):
        return once(parse_qsl(self.raw_query, keep_blank_values=True))

    def form(self):
        if self.headers.get("content-type") != "application/x-www-form-urlencoded":
            complain(f"a form of content type {self.headers.get('content-type')!r}")
        return once(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))

    def json(self):
        if self.headers.get("content-type", "").partition(";")[0] != "application/json":
            complain(f"JSON of content type {self.headers.get('content-type')!r}")
        try:
            return json.loads(self.body)
        except ValueError:
            return complain("a body that is no JSON")


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)

    @classmethod
    def of(cls, data, status=200, **headers):
        kind = {"content-type": "application/json; charset=utf-8"}
        return cls(status, json.dumps(data).encode(), kind | headers)


class UnexpectedError(Exception):
    """A request that the platform would not know, or that we should never make."""


def complain(said):
    raise UnexpectedError(said)


class RefusedError(Exception):
    """A request the platform refuses by its own rules: no complaint, the engine has to cope."""

    def __init__(self, response):
        super().__init__(response.body.decode())
        self.response = response


# What any platform may do to a request, whoever it is; a subclass adds its own.
COMMON_FAULTS = {
    "server_error": Fault(500, body=b"<html>Internal Server Error</html>"),
    "bad_gateway": Fault(502, body=b"<html>Bad Gateway</html>"),
    "unavailable": Fault(503, {"retry-after": "20"}, b"<html>Service Unavailable</html>"),
    "cut_before": Fault(cut="before"),
    "cut_after": Fault(cut="after"),
    "cut_body": Fault(cut="body"),
    "stalled": Fault(stall="answer"),
    "slow_body": Fault(stall="body"),
}


class Imitation:
    """A platform on loopback; a subclass gives `answer`, `faults` and ``do_…`` methods.

    Everything that is asked for in `answer` is looked at before it takes effect, and every effect
    goes through `effect`.
    """

    # By name, with what the platform really sends: {"throttled": Fault(429, {...})} or a callable
    # of the imitation, for what follows from its clock.
    faults: ClassVar = dict(COMMON_FAULTS)

    def __init__(self, clock=None):
        self.clock = clock or SystemClock()
        self.skew = timedelta()
        self.url = ""
        self.complaints = []
        self.requests = []
        self._faults = []
        self._effects = {}
        self._open = {}

    # --- for subclasses ---------------------------------------------------------------------

    def answer(self, request):
        raise NotImplementedError

    def refused_as_unexpected(self, said):
        """Return how the platform answers a request it does not know."""
        return Response.of({"error": said}, status=400)

    def greets(self, request):
        """Say whether a request names us, as every platform wants of a program."""
        return request.headers.get("user-agent", "").startswith("tocsin/")

    def usual_headers(self):
        """Return what stands in every answer, such as what is left of a limit."""
        return {}

    def now(self):
        return self.clock.now() + self.skew

    def effect(self, kind, key, **detail):
        """Note that something happened; more than once for one key is what must not be."""
        seen = self._effects.setdefault((kind, key), {"count": 0, "deliveries": 0})
        seen["count"] += 1
        seen["deliveries"] += 1
        seen |= detail

    def repeated(self, kind, key):
        """Note that a request came again and was answered without a second effect."""
        self._effects[kind, key]["deliveries"] += 1

    # --- for tests --------------------------------------------------------------------------

    def fault(self, name="", **fields):
        """Script what befalls the next fitting request: a fault of `faults` by name, or a new one."""
        found = self.faults[name] if name else Fault()
        found = found(self) if callable(found) else found
        if isinstance(fields.get("body"), str):
            fields["body"] = fields["body"].encode()
        self._faults.append(replace(found, **fields))

    def seen(self, kind=None):
        """Return the effects in the order they first happened."""
        return [
            {"kind": one, "key": key, **detail}
            for (one, key), detail in self._effects.items()
            if kind in (None, one)
        ]

    @asynccontextmanager
    async def listening(self, port=0):
        server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for writer in self._open.values():
                writer.transport.abort()
            await asyncio.gather(*self._open)

    # --- the wire ---------------------------------------------------------------------------

    async def _serve(self, reader, writer):
        self._open[asyncio.current_task()] = writer
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()
            del self._open[asyncio.current_task()]

    async def _one(self, reader, writer):
        request = await read_request(reader)
        if request.path.startswith(CONTROL):
            await write(writer, await self._control(request))
            return True
        fault = self._next_fault(request)
        if fault.cut == "before":
            return False
        self.requests.append(request)
        response = self._judged(request, fault)
        if fault.cut == "after":
            return False
        if fault.stall == "answer":
            await reader.read()
            return False
        is_cut = "body" in (fault.cut, fault.stall)
        await write(writer, response, is_cut=is_cut)
        if fault.stall == "body":
            await reader.read()
        return not is_cut

    def _next_fault(self, request):
        for at, fault in enumerate(self._faults):
            if fault.fits(request):
                left = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                self._faults[at : at + 1] = left
                return fault
        return Fault()

    def _judged(self, request, fault):
        if fault.status:
            kind = {} if not fault.body else {"content-type": "application/json; charset=utf-8"}
            return Response(fault.status, fault.body, kind | fault.headers)
        try:
            if not self.greets(request):
                complain("a request that does not say who asks")
            response = self.answer(request)
        except UnexpectedError as error:
            self.complaints.append(f"{request.method} {request.path}: {error}")
            response = self.refused_as_unexpected(str(error))
        except RefusedError as error:
            response = error.response
        except Exception as error:
            self.complaints.append(f"{request.method} {request.path}: {error!r}")
            raise
        return replace(response, headers=self.usual_headers() | response.headers)

    async def _control(self, request):
        asked = request.method, request.path.removeprefix(CONTROL)
        data = json.loads(request.body) if request.body else None
        told = {
            ("GET", "seen"): self.seen,
            ("GET", "complaints"): lambda: self.complaints,
            ("GET", "requests"): lambda: [_shown(one) for one in self.requests],
            ("POST", "faults"): lambda: [self.fault(**one) for one in data],
            ("DELETE", "faults"): self._faults.clear,
            ("POST", "clock"): lambda: self.advance(**data),
            ("POST", "do"): lambda: getattr(self, f"do_{data.pop('name')}")(**data),
        }
        done = told[asked]()
        return Response.of(await done if inspect.isawaitable(done) else done)

    def advance(self, advance):
        self.skew += timedelta(seconds=advance)


class Remote:
    """The control plane of an imitation that runs in a process of its own.

    Args:
        port: As its port file says.
    """

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def seen(self, kind=None):
        return [one for one in self._ask("GET", "seen") if kind in (None, one["kind"])]

    def complaints(self):
        return self._ask("GET", "complaints")

    def requests(self):
        return self._ask("GET", "requests")

    def fault(self, name="", **fields):
        self._ask("POST", "faults", [{"name": name, **fields}])

    def clear_faults(self):
        self._ask("DELETE", "faults")

    def advance(self, seconds):
        self._ask("POST", "clock", {"advance": seconds})

    def do(self, name, **fields):
        return self._ask("POST", "do", {"name": name, **fields})

    def _ask(self, method, path, data=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            body = None if data is None else json.dumps(data)
            connection.request(
                method, CONTROL + path, body, {"content-length": str(len(body or ""))}
            )
            response = connection.getresponse()
            found = json.loads(response.read())
            if response.status != 200:
                raise AssertionError(found)
            return found
        finally:
            connection.close()


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.strip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Request(method, parts.path, headers, body, parts.query)


async def write(writer, response, *, is_cut=False):
    """Write a response; cut short it announces more than it holds."""
    body = response.body[: len(response.body) // 2] if is_cut else response.body
    lines = [f"HTTP/1.1 {response.status} X", f"content-length: {len(response.body) + is_cut}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    await writer.drain()


def once(pairs):
    """Return pairs as a mapping; a name that comes twice would be read by one half of the world."""
    found = dict(pairs)
    if len(found) != len(pairs):
        complain(f"a parameter twice: {pairs}")
    return found


def only(given, *, required=(), optional=()):
    """Complain of parameters the platform does not know, and of those it misses."""
    unknown = set(given) - set(required) - set(optional)
    if unknown:
        complain(f"unknown parameters {sorted(unknown)}")
    missing = set(required) - set(given)
    if missing:
        complain(f"missing parameters {sorted(missing)}")
    return given


def _shown(request):
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    return {
        "method": request.method,
        "path": request.path,
        "query": parse_qsl(request.raw_query),
        "headers": headers,
        "body": request.body.decode("utf-8", "replace"),
    }


@contextmanager
def running(module):
    """Run an imitation in a process of its own while the block lasts: ``mastodon_server``."""
    command = [sys.executable, "-m", f"tests.platforms.{module}"]
    child = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield Remote(int(child.stdout.readline()))
    finally:
        child.kill()
        child.communicate()


def main(imitation, arguments=None):
    """Listen until killed; the port is printed, and written to a file, once connections are taken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", type=Path)
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args(arguments)
    asyncio.run(_listen(imitation, chosen.port_file, chosen.port))


async def _listen(imitation, port_file, port):
    async with imitation.listening(port):
        port = imitation.url.rpartition(":")[2]
        if port_file is not None:
            written = port_file.with_suffix(".part")
            written.write_text(port, "utf-8")
            written.replace(port_file)
        print(port, flush=True)  # noqa: T201 - for who began us
        await asyncio.Event().wait()
