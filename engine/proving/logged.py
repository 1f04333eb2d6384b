"""What the log of decisions says of a mention: as it was decided then, by the revision of then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from engine.decision import ActionState, TraceNode
from engine.proving.explain import Explanation, trace_row
from engine.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def logged_explanations(url: str, mention: str) -> list[Explanation] | None:
    """Return what each rule that matched, or that an exception held back, made of a mention.

    The log keeps the traces of matches alone, and no order of nearness: a match missed nothing.

    Returns:
        None where the mention is not stored.

    Raises:
        ConfigError: The URL names no database.
        StoreError: The database cannot be used.
    """
    stored = asyncio.run(_stored(url, mention))
    if stored is None:
        return None
    matched = [_of_decision(mention, one, stored["held_back"]) for one in stored["decisions"]]
    known = {(one.policy, one.rule) for one in matched}
    held = [
        Explanation(
            mention=mention,
            policy=one["policy"],
            rule=one["rule"],
            fired=False,
            suppressed_by=one["reason"],
            revision="",
            rows=(),
            held_back=[_held_json(one)],
        )
        for one in stored["held_back"]
        if (one["policy"], one["rule"]) not in known
    ]
    return [*matched, *held]


async def _stored(url: str, mention: str) -> dict[str, Any] | None:
    store = await Store.open(url, upgrade=False)
    try:
        return await store.queries.mention(mention)
    finally:
        await store.close()


def _of_decision(
    mention: str, decision: Mapping[str, Any], held_back: Sequence[Mapping[str, Any]]
) -> Explanation:
    held = [
        one
        for one in held_back
        if (one["policy"], one["rule"]) == (decision["policy"], decision["rule"])
    ]
    acts = any(action["state"] != ActionState.SUPPRESSED for action in decision["actions"])
    trace = None if decision["trace"] is None else read_trace(decision["trace"])
    return Explanation(
        mention=mention,
        policy=decision["policy"],
        rule=decision["rule"],
        fired=True,
        suppressed_by=held[0]["reason"] if held and not acts else None,
        revision=decision["policy_revision"],
        rows=[] if trace is None else list(_rows(trace)),
        held_back=[_held_json(one) for one in held],
    )


def _held_json(held: Mapping[str, Any]) -> dict[str, Any]:
    return {"action": held["action"], "by": held["reason"], "detail": held["detail"]}


def read_trace(stored: Mapping[str, Any]) -> TraceNode:
    """Return a trace as the store keeps it."""
    return TraceNode(
        condition=stored["condition"],
        held=stored["held"],
        value=stored["value"],
        wanted=stored["wanted"],
        children=tuple(read_trace(child) for child in stored.get("children", ())),
    )


def _rows(node: TraceNode, path: tuple[int, ...] = ()) -> Iterator[dict[str, Any]]:
    yield trace_row(node, "when", path, None)
    for at, child in enumerate(node.children):
        yield from _rows(child, (*path, at))
