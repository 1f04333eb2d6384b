"""Mentions, decisions and settled actions as versioned JSON bytes, for logs and topics.

``{"v": 1, "type": "mention", "body": {…}}``. A reader refuses a version or type it does not know:
in a rolling upgrade the readers go first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from engine.decision import (
    Action,
    ActionState,
    CooldownStart,
    Decision,
    HeldBack,
    Match,
    Mode,
    Severity,
    TraceNode,
)
from engine.errors import MentionError, TocsinError
from engine.mention import Mention
from engine.mention_json import read_mention, write_mention
from engine.ports import Settled
from engine.reasons import Reason
from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

VERSION = 1
_LONGEST_SEEN = 40

Coded = Mention | Decision | Settled


class CodecError(TocsinError):
    """Bytes are not what this version writes, or a value does not fit into JSON."""


def encode(value: Coded) -> bytes:
    """Return the value as JSON bytes that `decode` reads back to an equal value.

    Raises:
        CodecError: The value holds what JSON cannot, such as a whole number beyond 64 bits.
    """
    kind, write = _WRITERS[type(value)]
    try:
        return orjson.dumps({"v": VERSION, "type": kind, "body": write(value)})
    except orjson.JSONEncodeError as error:
        message = f"a {kind} does not fit into JSON: {error}"
        raise CodecError(message) from error


def decode(data: bytes) -> Coded:
    """Read what `encode` wrote.

    Raises:
        CodecError: Not JSON, an unknown version or type, or a body without sense.
    """
    envelope = _envelope(data)
    version, kind = envelope.get("v"), envelope.get("type")
    if version != VERSION:
        message = f"version {version!r} of a coded {kind!r} is unknown; this engine reads {VERSION}"
        raise CodecError(message)
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        message = f"coded type {kind!r} is unknown; known are {', '.join(_READERS)}"
        raise CodecError(message)
    try:
        return read(envelope["body"])
    except (KeyError, TypeError, ValueError, AttributeError, MentionError) as error:
        message = f"the body of a coded {kind} has no sense: {type(error).__name__}: {error}"
        raise CodecError(message) from error


def _envelope(data: bytes) -> dict[str, Any]:
    seen = data[:_LONGEST_SEEN]
    try:
        envelope = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        message = f"coded bytes are not JSON ({error}): {seen!r}"
        raise CodecError(message) from error
    if not isinstance(envelope, dict):
        message = f"coded bytes are no object with v, type and body: {seen!r}"
        raise CodecError(message)
    return envelope


def _write_decision(decision: Decision) -> dict[str, Any]:
    return {
        "policy": decision.policy,
        "revision": decision.revision,
        "mention": decision.mention,
        "at": format_instant(decision.at),
        "matches": [_write_match(match) for match in decision.matches],
        "held_back": [
            {"rule": one.rule, "action": one.action, "by": one.by.value, "detail": one.detail}
            for one in decision.held_back
        ],
    }


def _read_decision(body: Mapping[str, Any]) -> Decision:
    return Decision(
        policy=body["policy"],
        revision=body["revision"],
        mention=body["mention"],
        at=parse_instant(body["at"]),
        matches=tuple(_read_match(one) for one in body["matches"]),
        held_back=tuple(
            HeldBack(one["rule"], one["action"], Reason(one["by"]), one["detail"])
            for one in body["held_back"]
        ),
    )


def _write_match(match: Match) -> dict[str, Any]:
    return {
        "rule": match.rule,
        "revision": match.revision,
        "severity": match.severity.value,
        "mode": match.mode.value,
        "actions": [_write_action(action) for action in match.actions],
        "trace": _write_trace(match.trace) if match.trace else None,
        "cooldown": _write_cooldown(match.cooldown) if match.cooldown else None,
    }


def _read_match(body: Mapping[str, Any]) -> Match:
    return Match(
        rule=body["rule"],
        revision=body["revision"],
        severity=Severity(body["severity"]),
        mode=Mode(body["mode"]),
        actions=tuple(_read_action(one) for one in body["actions"]),
        trace=_read_trace(body["trace"]) if body["trace"] else None,
        cooldown=_read_cooldown(body["cooldown"]) if body["cooldown"] else None,
    )


def _write_action(action: Action) -> dict[str, Any]:
    return {
        "id": action.id,
        "kind": action.kind,
        "index": action.index,
        "params": dict(action.params),
        "mode": action.mode.value,
        "state": action.state.value,
        "reason": action.reason,
    }


def _read_action(body: Mapping[str, Any]) -> Action:
    return Action(
        id=body["id"],
        kind=body["kind"],
        index=body["index"],
        params=body["params"],
        mode=Mode(body["mode"]),
        state=ActionState(body["state"]),
        reason=_reason(body["reason"]),
    )


def _write_trace(node: TraceNode) -> dict[str, Any]:
    return {
        "condition": node.condition,
        "held": node.held,
        "value": node.value,
        "wanted": node.wanted,
        "children": [_write_trace(child) for child in node.children],
    }


def _read_trace(body: Mapping[str, Any]) -> TraceNode:
    children = tuple(_read_trace(child) for child in body["children"])
    return TraceNode(body["condition"], body["held"], body["value"], body["wanted"], children)


def _write_cooldown(start: CooldownStart) -> dict[str, Any]:
    return {
        "rule": start.rule,
        "key": start.key,
        "until": format_instant(start.until),
        # Microseconds, a whole number: seconds as a fraction would not come back equal.
        "every_us": start.every // timedelta(microseconds=1),
    }


def _read_cooldown(body: Mapping[str, Any]) -> CooldownStart:
    return CooldownStart(
        rule=body["rule"],
        key=body["key"],
        until=parse_instant(body["until"]),
        every=timedelta(microseconds=body["every_us"]),
    )


def _write_settled(settled: Settled) -> dict[str, Any]:
    return {
        "action_id": settled.action_id,
        "state": settled.state.value,
        "reason": settled.reason,
        "detail": settled.detail,
        "not_before": format_instant(settled.not_before) if settled.not_before else None,
        "receipt": dict(settled.receipt),
    }


def _read_settled(body: Mapping[str, Any]) -> Settled:
    return Settled(
        action_id=body["action_id"],
        state=ActionState(body["state"]),
        reason=_reason(body["reason"]),
        detail=body["detail"],
        not_before=_instant(body["not_before"]),
        receipt=body["receipt"],
    )


def _reason(value: str | None) -> Reason | None:
    return None if value is None else Reason(value)


def _instant(value: str | None) -> datetime | None:
    return None if value is None else parse_instant(value)


_WRITERS: Mapping[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    Mention: ("mention", write_mention),
    Decision: ("decision", _write_decision),
    Settled: ("settled", _write_settled),
}
_READERS: Mapping[str, Callable[[Any], Coded]] = {
    "mention": read_mention,
    "decision": _read_decision,
    "settled": _read_settled,
}
