"""A Mastodon server as our account sees it: one bot of ours, people who write, and its rules.

Replies are effects of kind ``reply``, keyed by the idempotency key; deletions of kind ``delete``.
Steered besides by ``add_status`` (a post by somebody), ``edit_status``, ``delete_status``,
``expire_token`` and ``post_by_hand`` (our people, in the web interface).

Source: docs.joinmastodon.org, methods/{statuses,accounts,instance} and api/rate-limits.
"""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import ClassVar

from tests.platforms.imitation import (
    COMMON_FAULTS,
    Fault,
    Imitation,
    RefusedError,
    Response,
    complain,
    main,
    only,
)

TOKEN = "mastodon-t0ken"
KEY_LASTS = timedelta(hours=1)
LONGEST = 500
_WINDOW = timedelta(minutes=5)
_CALLS = 300
_ROUTES = (
    ("GET", r"/api/v2/instance", "instance"),
    ("GET", r"/api/v1/accounts/verify_credentials", "me"),
    ("GET", r"/api/v1/accounts/(\d+)/statuses", "statuses_of"),
    ("GET", r"/api/v1/statuses/(\d+)", "show"),
    ("GET", r"/api/v1/statuses/(\d+)/context", "context"),
    ("GET", r"/api/v1/statuses/(\d+)/source", "source"),
    ("POST", r"/api/v1/statuses", "post"),
    ("DELETE", r"/api/v1/statuses/(\d+)", "delete"),
)


def _throttled(server):
    return Fault(
        429,
        server.usual_headers() | {"X-RateLimit-Remaining": "0"},
        b'{"error":"Too many requests"}',
    )


class Mastodon(Imitation):
    faults: ClassVar = {
        **COMMON_FAULTS,
        "throttled": _throttled,
        "expired_token": Fault(401, body=b'{"error":"The access token is invalid"}'),
        "forbidden": Fault(403, body=b'{"error":"This action is outside the authorized scopes"}'),
        "invalid": Fault(422, body=b'{"error":"Validation failed: Text is too long"}'),
    }

    def __init__(self, clock=None, *, is_bot=True):
        super().__init__(clock)
        self.is_valid = True
        self.me = {"id": "1", "username": "acme", "acct": "acme", "bot": is_bot}
        self.people = {}
        self.statuses = {}
        self.keys = {}
        self._last = 100
        self._calls = 0

    def usual_headers(self):
        since = self.now().timestamp() % _WINDOW.total_seconds()
        reset = self.now() + _WINDOW - timedelta(seconds=since)
        return {
            "X-RateLimit-Limit": str(_CALLS),
            "X-RateLimit-Remaining": str(max(_CALLS - self._calls, 0)),
            "X-RateLimit-Reset": reset.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }

    def answer(self, request):
        self._calls += 1
        for method, path, name in _ROUTES:
            found = re.fullmatch(path, request.path)
            if found and method == request.method:
                self._admit(request)
                return getattr(self, f"_{name}")(request, *found.groups())
        return complain("no such path")

    # --- steered ----------------------------------------------------------------------------

    def do_add_status(
        self, *, by="bob", text="@acme hello", visibility="public", spoiler_text="", named=None
    ):
        author = self.people.setdefault(
            by,
            {
                "id": str(len(self.people) + 2),
                "username": by.partition("@")[0],
                "acct": by,
                "bot": False,
            },
        )
        return self._add(
            author, text, visibility=visibility, spoiler_text=spoiler_text, named=named
        )["id"]

    def do_post_by_hand(self, *, in_reply_to, text):
        return self._add(self.me, text, in_reply_to_id=in_reply_to)["id"]

    def do_delete_status(self, *, named):
        del self.statuses[named]

    def do_edit_status(self, *, named, text):
        self.statuses[named] |= {"text": text, "edited_at": self.now().isoformat()}

    def do_expire_token(self):
        self.is_valid = False

    # --- the API ----------------------------------------------------------------------------

    def _admit(self, request):
        if request.path == "/api/v2/instance":
            return
        if not self.is_valid or request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise RefusedError(Response.of({"error": "The access token is invalid"}, status=401))

    def _instance(self, request):
        only(request.query)
        limits = {"max_characters": LONGEST, "characters_reserved_per_url": 23}
        return Response.of({"version": "4.5.2", "configuration": {"statuses": limits}})

    def _me(self, request):
        only(request.query)
        return Response.of(self.me | {"source": {"privacy": "public"}})

    def _show(self, request, named):
        only(request.query)
        return Response.of(self._shown(self._found(named)))

    def _context(self, request, named):
        only(request.query)
        below, found = {self._found(named)["id"]}, []
        for status in self.statuses.values():
            if status["in_reply_to_id"] in below:
                below.add(status["id"])
                found.append(self._shown(status))
        return Response.of({"ancestors": [], "descendants": found})

    def _source(self, request, named):
        only(request.query)
        status = self._found(named)
        if status["account"] is not self.me:
            raise RefusedError(Response.of({"error": "This action is not allowed"}, status=403))
        return Response.of(
            {"id": named, "text": status["text"], "spoiler_text": status["spoiler_text"]}
        )

    def _statuses_of(self, request, account):
        query = only(request.query, optional=("limit", "exclude_reblogs", "min_id"))
        since = int(query.get("min_id", "0"))
        found = [
            self._shown(one)
            for one in self.statuses.values()
            if one["account"]["id"] == account and int(one["id"]) > since
        ]
        return Response.of(found[: int(query.get("limit", "20"))][::-1])

    def _post(self, request):
        given = only(
            request.form(),
            required=("status", "in_reply_to_id", "visibility"),
            optional=("language", "spoiler_text", "sensitive"),
        )
        key = request.headers.get("idempotency-key")
        if not key:
            complain("a post without a key may stand there twice")
        kept = self._kept(key, given)
        if kept is not None:
            self.repeated("reply", key)
            return Response.of(self._shown(kept))
        self._require_valid(given)
        status = self._add(
            self.me, given["status"], **{k: v for k, v in given.items() if k != "status"}
        )
        self.keys[key] = (status["id"], given, self.now())
        self.effect("reply", key, text=given["status"], id=status["id"], to=given["in_reply_to_id"])
        return Response.of(self._shown(status))

    def _kept(self, key, given):
        """Return what was made under a key within the hour, as long as it still stands there."""
        named, before, at = self.keys.get(key, (None, None, None))
        if named is None or self.now() - at >= KEY_LASTS:
            return None
        if before != given:
            complain(f"another post under the same key: {before} then {given}")
        return self.statuses.get(named)

    def _require_valid(self, given):
        if given["visibility"] not in {"public", "unlisted", "private", "direct"}:
            complain(f"visibility {given['visibility']!r}")
        if not re.fullmatch(r"[a-z]{2,3}", given.get("language", "en")):
            complain(f"language {given['language']!r}")
        answered = self.statuses.get(given["in_reply_to_id"])
        if answered is None:
            said = "The post you are trying to reply to does not appear to exist."
            raise RefusedError(Response.of({"error": said}, status=404))
        if answered["account"]["acct"] not in given["status"].lower():
            complain("an answer that does not name whom it answers is seen by nobody")
        if self._length(given["status"]) + len(given.get("spoiler_text", "")) > LONGEST:
            said = f"Validation failed: Text character limit of {LONGEST} exceeded"
            raise RefusedError(Response.of({"error": said}, status=422))

    @staticmethod
    def _length(text):
        text = re.sub(r"https?://\S+", "x" * 23, text)
        return len(re.sub(r"(@\w+)@[\w.-]+\w", r"\1", text))

    def _delete(self, request, named):
        only(request.query)
        status = self._found(named)
        if status["account"] is not self.me:
            complain("a post that is not ours")
        del self.statuses[named]
        self.effect("delete", named)
        return Response.of(self._shown(status) | {"text": status["text"]})

    def _found(self, named):
        if named not in self.statuses:
            raise RefusedError(Response.of({"error": "Record not found"}, status=404))
        return self.statuses[named]

    def _add(
        self,
        account,
        text,
        *,
        named=None,
        visibility="public",
        in_reply_to_id=None,
        spoiler_text="",
        language=None,
    ):
        self._last += 1
        status = {
            "id": named or str(self._last),
            "created_at": self.now().isoformat(),
            "edited_at": None,
            "in_reply_to_id": in_reply_to_id,
            "visibility": visibility,
            "spoiler_text": spoiler_text,
            "language": language,
            "account": account,
            "text": text,
        }
        self.statuses[status["id"]] = status
        return status

    def _shown(self, status):
        shown = {name: value for name, value in status.items() if name != "text"}
        url = f"{self.url}/@{status['account']['acct']}/{status['id']}"
        return shown | {"url": url, "uri": url, "content": f"<p>{html.escape(status['text'])}</p>"}


if __name__ == "__main__":
    main(Mastodon())
