"""A Slack workspace with one app, one channel and one incoming webhook.

Messages are effects of kind ``message``, keyed by the action in their metadata (by their text where
an incoming webhook brought them); edits are of kind ``update``, answers to a click ``response``.
Steered besides by ``click`` (a person presses a button: signed, and sent as often as asked for),
``post_by_hand``, ``archive`` and ``expire_token``.

Source: docs.slack.dev, reference/methods, reference/block-kit, authentication and
messaging/sending-messages-using-incoming-webhooks.
"""

from __future__ import annotations

import hmac
import json
import re
from hashlib import sha256
from typing import ClassVar
from urllib.parse import urlencode

import httpx

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

TOKEN = "xoxb-t0ken"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHANNEL = "C0123ABCD"
HOOK = "/services/T0000/B0000/XXXX"
_PING = re.compile(r"<[!@#]")
_METHODS = ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies")


def _error(name, status=200, **more):
    return Fault(status, body=json.dumps({"ok": False, "error": name, **more}).encode())


class Slack(Imitation):
    faults: ClassVar = {
        **COMMON_FAULTS,
        "throttled": Fault(429, {"Retry-After": "30"}, b'{"ok":false,"error":"ratelimited"}'),
        "error_in_200": _error("msg_too_long"),
        "doubt_in_200": _error("fatal_error"),
        "later_in_200": _error("service_unavailable"),
        "neither_in_200": Fault(200, body=b'{"warning":"missing_charset"}'),
        "expired_token": _error("token_expired"),
        "missing_scope": _error("missing_scope", needed="chat:write", provided="channels:history"),
        "hook_gone": Fault(404, {"content-type": "text/html"}, b"no_service"),
        "hook_invalid": Fault(400, {"content-type": "text/html"}, b"invalid_payload"),
        "hook_odd": Fault(200, {"content-type": "text/html"}, b"<html>maintenance</html>"),
    }

    def __init__(self, clock=None):
        super().__init__(clock)
        self.is_valid = True
        self.is_archived = False
        self.messages = []

    @property
    def api_url(self):
        return f"{self.url}/api"

    @property
    def hook_url(self):
        return f"{self.url}{HOOK}"

    def answer(self, request):
        if request.path == HOOK:
            return self._hook(request)
        if request.path.startswith("/actions/"):
            return self._response(request)
        method = request.path.removeprefix("/api/")
        if method not in _METHODS:
            complain("no such method")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            _refuse("invalid_auth")
        if not self.is_valid:
            _refuse("token_expired")
        given = self._given(request, method)
        return Response.of({"ok": True, **getattr(self, "_" + method.replace(".", "_"))(given)})

    # --- steered ----------------------------------------------------------------------------

    def do_expire_token(self):
        self.is_valid = False

    def do_archive(self):
        self.is_archived = True

    def do_post_by_hand(self, *, text, thread_ts=None):
        return self._add({"text": text, "thread_ts": thread_ts}, user="U0MARA")["ts"]

    async def do_click(
        self, *, url, action_id, value, user="U0MARA", times=1, skew=0, secret=SIGNING_SECRET
    ):
        """Send a click on a button as Slack does, again where it saw no answer; return the statuses."""
        headers, body = self.click(action_id, value, user=user, skew=skew, secret=secret)
        async with httpx.AsyncClient() as client:
            return [
                (await client.post(url, content=body, headers=headers)).status_code
                for _ in range(times)
            ]

    def click(self, action_id, value, *, user="U0MARA", skew=0, secret=SIGNING_SECRET):
        """Return the signed headers and the body of a click on a button of the latest card."""
        at = int(self.now().timestamp()) + skew
        card = next((one for one in reversed(self.messages) if value in json.dumps(one)), {})
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower(), "team_id": "T0000"},
            "api_app_id": "A0000",
            "token": "deprecated",
            "container": {"type": "message", "message_ts": card.get("ts"), "channel_id": CHANNEL},
            "trigger_id": "1.2.3",
            "team": {"id": "T0000", "domain": "acme"},
            "channel": {"id": CHANNEL, "name": "care"},
            "message": card,
            "response_url": f"{self.url}/actions/T0000/1/x",
            "actions": [
                {
                    "type": "button",
                    "action_id": action_id,
                    "block_id": f"tocsin:{value}",
                    "value": value,
                    "action_ts": f"{at}.000001",
                }
            ],
        }
        return self.signed(payload, skew=skew, secret=secret)

    def signed(self, payload, *, skew=0, secret=SIGNING_SECRET):
        """Return the signed headers and the body of any payload."""
        at = int(self.now().timestamp()) + skew
        body = urlencode({"payload": json.dumps(payload)}).encode()
        signed = hmac.new(secret.encode(), b"v0:%d:%s" % (at, body), sha256).hexdigest()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": str(at),
            "x-slack-signature": f"v0={signed}",
        }
        return headers, body

    # --- the API ----------------------------------------------------------------------------

    def _given(self, request, method):
        if method.startswith("chat."):
            if request.method != "POST":
                complain("a message is posted")
            if "charset=utf-8" not in request.headers.get("content-type", ""):
                complain("missing_charset")
            return request.json()
        if request.method != "GET":
            complain("messages are got")
        return request.query

    def _chat_postMessage(self, given):  # noqa: N802 - as Slack calls it
        only(
            given,
            required=("channel", "text", "blocks", "metadata", "unfurl_links", "unfurl_media"),
            optional=("thread_ts",),
        )
        self._require_channel(given)
        self._require_shown(given)
        only(given["metadata"], required=("event_type", "event_payload"))
        parent = given.get("thread_ts")
        if parent is not None and parent not in {one["ts"] for one in self.messages}:
            _refuse("thread_not_found")
        message = self._add(given)
        action = given["metadata"]["event_payload"]["action"]
        self.effect("message", action, ts=message["ts"], thread_ts=parent, text=given["text"])
        return {"channel": CHANNEL, "ts": message["ts"], "message": _public(message)}

    def _chat_update(self, given):
        only(given, required=("channel", "ts", "text", "blocks"))
        self._require_channel(given)
        self._require_shown(given)
        found = next((one for one in self.messages if one["ts"] == given["ts"]), None)
        if found is None:
            _refuse("message_not_found")
        found |= {"text": given["text"], "blocks": given["blocks"]}
        self.effect("update", given["ts"], text=given["text"])
        return {"channel": CHANNEL, "ts": given["ts"], "text": given["text"]}

    def _conversations_history(self, given):
        optional = ("oldest", "limit", "cursor", "include_all_metadata")
        only(given, required=("channel",), optional=optional)
        self._require_channel(given)
        since = float(given.get("oldest", "0"))
        found = [
            one
            for one in reversed(self.messages)
            if float(one["ts"]) > since and not one.get("thread_ts")
        ]
        return self._page(found, given)

    def _conversations_replies(self, given):
        optional = ("oldest", "limit", "cursor", "include_all_metadata")
        only(given, required=("channel", "ts"), optional=optional)
        self._require_channel(given)
        found = [one for one in self.messages if given["ts"] in {one["ts"], one.get("thread_ts")}]
        if not found:
            _refuse("thread_not_found")
        return self._page(found, given)

    @staticmethod
    def _page(found, given):
        at, size = int(given.get("cursor") or "0"), int(given.get("limit", "100"))
        following = str(at + size) if at + size < len(found) else ""
        is_whole = given.get("include_all_metadata") == "true"
        return {
            "messages": [one if is_whole else _public(one) for one in found[at : at + size]],
            "has_more": bool(following),
            "response_metadata": {"next_cursor": following},
        }

    def _hook(self, request):
        given = only(request.json(), required=("text",))
        if self.is_archived:
            raise RefusedError(Response(410, b"channel_is_archived"))
        if not given["text"]:
            raise RefusedError(Response(400, b"no_text"))
        _require_quiet(given["text"])
        self.effect("message", given["text"])
        return Response(200, b"ok", {"content-type": "text/html"})

    def _response(self, request):
        given = only(
            request.json(),
            optional=("replace_original", "delete_original", "response_type", "text", "blocks"),
        )
        self.effect("response", request.path, text=given.get("text"))
        return Response(200, b"ok", {"content-type": "text/html"})

    def _require_channel(self, given):
        if given["channel"] != CHANNEL:
            _refuse("channel_not_found")
        if self.is_archived:
            _refuse("is_archived")

    def _require_shown(self, given):
        if not given["text"]:
            complain("nothing to read where blocks are not shown")
        if len(given["text"]) > 4000 or len(given["blocks"]) > 50:
            _refuse("msg_too_long")
        _require_quiet(given["text"])
        for block in given["blocks"]:
            _require_block(block)

    def _add(self, given, *, user="U0TOCSIN"):
        at = f"{int(self.now().timestamp())}.{len(self.messages) + 1:06d}"
        message = {"type": "message", "user": user, "ts": at, **given}
        self.messages.append(message)
        return message


def _public(message):
    return {name: value for name, value in message.items() if name != "metadata"}


def _refuse(error):
    raise RefusedError(Response.of({"ok": False, "error": error}))


def _require_quiet(text):
    if _PING.search(text):
        complain(f"somebody is called by what others wrote: {text!r}")


def _require_text(found, *, kind, most):
    optional = ("verbatim",) if kind == "mrkdwn" else ("emoji",)
    only(found, required=("type", "text"), optional=optional)
    if found["type"] != kind or not 1 <= len(found["text"]) <= most:
        complain(f"invalid_blocks: {found}")
    if kind == "mrkdwn":
        _require_quiet(found["text"])


def _require_block(block):
    kind = block.get("type")
    if kind == "header":
        only(block, required=("type", "text"))
        _require_text(block["text"], kind="plain_text", most=150)
    elif kind == "section":
        only(block, required=("type", "text"))
        _require_text(block["text"], kind="mrkdwn", most=3000)
    elif kind == "context":
        only(block, required=("type", "elements"))
        for one in block["elements"]:
            _require_text(one, kind="mrkdwn", most=3000)
    elif kind == "actions":
        only(block, required=("type", "block_id", "elements"))
        if len(block["block_id"]) > 255:
            complain("invalid_blocks: block_id")
        for one in block["elements"]:
            only(one, required=("type", "action_id", "text", "value"), optional=("style",))
            _require_text(one["text"], kind="plain_text", most=75)
            if one["type"] != "button" or len(one["value"]) > 2000:
                complain(f"invalid_blocks: {one}")
    else:
        complain(f"invalid_blocks: {kind}")


if __name__ == "__main__":
    main(Slack())
