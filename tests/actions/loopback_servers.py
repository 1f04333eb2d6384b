"""The other side, on loopback: a strict consumer of Standard Webhooks, and a mail server."""

from __future__ import annotations

import asyncio
import hmac
import json
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult
from standardwebhooks import Webhook

from engine.units import parse_instant

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CERTIFICATE = Path(__file__).parent / "loopback-certificate.pem"


@dataclass
class Fault:
    """How one request is treated instead of being answered 200.

    ``cut``: ``before`` it is read, ``after`` it took effect without an answer, or in the ``body``
    of a 200. ``stall``: likewise, but the connection stays open.
    """

    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    cut: str = ""
    stall: str = ""


class WebhookConsumer:
    """Takes effect once a webhook-id, and only for what is signed, fresh and JSON."""

    def __init__(self, clock):
        self.clock = clock
        self.faults = []
        self.requests = []
        self.effects = {}
        self.complaints = []

    async def serve(self, reader, writer):
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(self, reader, writer):
        fault = self.faults[0] if self.faults else Fault()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        if self.faults:
            self.faults.pop(0)
        if fault.cut == "before":
            return False
        request, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((request, headers, body))
        status = self.judge(headers, body) if fault.status == 200 else fault.status
        if fault.cut == "after":
            return False
        if fault.stall == "answer":
            await reader.read()
            return False
        return await self._answer(reader, writer, status, fault)

    def judge(self, headers, body):
        stamp = parse_instant("1970-01-01T00:00:00Z").fromtimestamp(
            int(headers["webhook-timestamp"]), self.clock.now().tzinfo
        )
        wanted = Webhook(SECRET).sign(headers["webhook-id"], stamp, body.decode())
        if not hmac.compare_digest(headers["webhook-signature"], wanted):
            self.complaints.append("signature")
        if abs((stamp - self.clock.now()).total_seconds()) > 300:
            self.complaints.append("timestamp")
        if headers["content-type"] != "application/json":
            self.complaints.append("content type")
        if self.complaints:
            return 401
        kept = self.effects.setdefault(headers["webhook-id"], json.loads(body))
        if kept != json.loads(body):
            self.complaints.append("another body under the same id")
            return 409
        return 200

    async def _answer(self, reader, writer, status, fault):
        length = len(fault.body) + (100 if "body" in (fault.cut, fault.stall) else 0)
        lines = [f"HTTP/1.1 {status} X", f"content-length: {length}"]
        lines += [f"{name}: {value}" for name, value in fault.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + fault.body)
        await writer.drain()
        if fault.stall == "body":
            await reader.read()
        return not fault.cut and not fault.stall


class MailBox:
    """An aiosmtpd handler; ``answers`` scripts what a command is answered, once for each."""

    def __init__(self):
        self.mails = []
        self.answers = {}
        self.cut_after_data = False
        self.server = None

    def _scripted(self, command):
        queue = self.answers.get(command, [])
        return queue.pop(0) if queue else None

    async def handle_MAIL(self, *asked):  # noqa: N802 - named by the library
        _, _, envelope, address, _ = asked
        envelope.mail_from = address
        return self._scripted("MAIL") or "250 OK"

    async def handle_RCPT(self, *asked):  # noqa: N802 - likewise
        _, _, envelope, address, _ = asked
        said = self._scripted("RCPT")
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - likewise
        del session
        said = self._scripted("DATA")
        if said is not None:
            return said
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        if self.cut_after_data:
            server.transport.abort()
        return "250 accepted"

    async def listen(self, *, tls="none"):
        loop = asyncio.get_running_loop()
        context = None
        options = {"hostname": "mail.example", "loop": loop, "enable_SMTPUTF8": False}
        if tls != "none":
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(CERTIFICATE)
            options |= {"authenticator": self._log_in, "auth_required": tls == "starttls"}
            options |= {"auth_require_tls": tls == "starttls"}
        if tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        self.server = await loop.create_server(
            lambda: SMTP(self, **options), "127.0.0.1", 0, ssl=context if tls == "tls" else None
        )
        self.port = self.server.sockets[0].getsockname()[1]

    def _log_in(self, *asked):
        given = asked[-1]
        is_known = (given.login, given.password) == (b"tocsin", b"s3cret")
        return AuthResult(success=is_known, handled=False)
