"""The other side of the engine that is killed while it sends: a Mastodon server and a mail server.

One process, which lives on while the engine dies: ``python -m tests.crash.sending_servers
--port-file F``. The mail server's port is the answer of the control plane's ``mail_port``; every
mail taken is an effect of kind ``mail``, by its Message-ID, and ``cut_mails`` says after how many
mails each time the connection is cut once a mail was taken.
"""

from __future__ import annotations

import asyncio
from email import message_from_bytes

from aiosmtpd.smtp import SMTP

from engine.testing import ManualClock
from tests.platforms.imitation import main
from tests.platforms.mastodon_server import Mastodon


class Both(Mastodon):
    """Mastodon without its limit of calls, on the engine's own time, and a mail server beside."""

    def __init__(self):
        super().__init__(ManualClock())
        self.mails = 0
        self.cut_every = 0
        self.mail_server = None

    def usual_headers(self):
        return {}

    async def do_mail_port(self):
        if self.mail_server is None:
            loop = asyncio.get_running_loop()
            self.mail_server = await loop.create_server(lambda: SMTP(self), "127.0.0.1", 0)
        return self.mail_server.sockets[0].getsockname()[1]

    def do_cut_mails(self, *, every):
        self.cut_every = every

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.content)
        self.effect("mail", message["Message-ID"])
        self.mails += 1
        if self.cut_every and self.mails % self.cut_every == 0:
            server.transport.abort()
        return "250 OK"


if __name__ == "__main__":
    main(Both())
