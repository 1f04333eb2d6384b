"""A loopback receiver that honours webhook ids: keeps what it was sent, each id's effect once."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class WebhookReceiver:
    """Listens until closed.

    Attributes:
        effects: Body by webhook id: what the receiver did, once an id.
        deliveries: How often each id came.
    """

    def __init__(self) -> None:
        self.effects: dict[str, object] = {}
        self.deliveries: dict[str, int] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                key = self.headers["webhook-id"]
                outer.deliveries[key] = outer.deliveries.get(key, 0) + 1
                data = json.loads(body)["data"]
                # When it arrived differs from run to run; all else must not.
                del data["mention"]["observed_at"]
                outer.effects.setdefault(key, data)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
