"""A strict feed server on a loopback port: what it does not expect, it refuses.

Pages are scripted by path; requests are recorded. Conditional requests are answered as RFC 9110
says: `If-None-Match` wins over `If-Modified-Since`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DATE = "Mon, 02 Mar 2026 09:00:00 GMT"


@dataclass
class Page:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    modified: str | None = None
    endless: bool = False


class FeedServer:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.pages: dict[str, Page] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.sent = 0

    def url(self, path):
        return self.base + path

    def paths(self):
        return [path for path, _ in self.requests]


class _Handler(BaseHTTPRequestHandler):
    server_version = "feeds"

    def do_GET(self):
        feeds = self.server.feeds
        headers = {name.lower(): value for name, value in self.headers.items()}
        feeds.requests.append((self.path, headers))
        page = feeds.pages.get(self.path)
        if page is None or "application/rss+xml" not in headers.get("accept", ""):
            self._answer(Page(status=404 if page is None else 406))
        elif page.status == 200 and self._is_known(page, headers):
            self._answer(Page(status=304, etag=page.etag, modified=page.modified))
        else:
            self._answer(page)

    def _is_known(self, page, headers):
        if "if-none-match" in headers:
            return page.etag is not None and headers["if-none-match"] == page.etag
        return page.modified is not None and headers.get("if-modified-since") == page.modified

    def _answer(self, page):
        self.send_response_only(page.status)
        headers = {"Date": DATE, "Connection": "close", **page.headers}
        if page.etag:
            headers["ETag"] = page.etag
        if page.modified:
            headers["Last-Modified"] = page.modified
        if not page.endless:
            headers["Content-Length"] = str(len(page.body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if page.endless:
            self._stream(page.body)
        elif page.status != 304:
            self.wfile.write(page.body)

    def _stream(self, body):
        try:
            while self.server.feeds.sent < 1 << 28:
                self.wfile.write(body)
                self.server.feeds.sent += len(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_args):
        """Keep the test's output quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args):
        """A reader that hangs up early is what some tests do."""


@contextmanager
def serve_feeds():
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.feeds = FeedServer(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.feeds
        finally:
            server.shutdown()
            thread.join()


def rss(*items, head="", encoding="utf-8"):
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel>'
        f"<title>Feed</title><link>https://f.test/</link>{head}{''.join(items)}</channel></rss>"
    )
    return text.encode(encoding)


def item(title="hello", *, guid="1", date=DATE, more=""):
    stamp = f"<pubDate>{date}</pubDate>" if date else ""
    mark = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return f"<item><title>{title}</title>{mark}{stamp}{more}</item>"
