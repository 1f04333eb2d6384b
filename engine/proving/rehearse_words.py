"""What a rehearsal says of actions, people and hours, in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from engine.decision import ActionState
from engine.proving.alerts import number
from engine.proving.views import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from engine.decision import Action, Firing
    from engine.policy.shared_documents import Chain


WAITS = " (waits for a person)"


def describe(kind: str, params: Mapping[str, Any]) -> str:
    """Return what an action does: ``pause ads where tag is brand``."""
    is_undoing = params.get("do") == "restore"
    made = _WORDS.get(kind)
    words = kind if made is None else made({**params, "do": params.get("was", params.get("do"))})
    return f"put back: {words}" if is_undoing else words


def _ads(params: Mapping[str, Any]) -> str:
    chosen = " and ".join(
        f"{name} is {_listed(value)}" for name, value in params.get("select", {}).items()
    )
    order = params.get("do")
    if order == "budget":
        return f"change the budget of ads by {params.get('by', 0):+.0%} where {chosen}"
    if order == "exclude_terms":
        return f"exclude {_listed(params.get('terms'))} from ads where {chosen}"
    return f"{order} ads where {chosen}"


def _publishing(params: Mapping[str, Any]) -> str:
    return f"{params.get('do')} publishing ({params.get('scope')})"


def _rules(params: Mapping[str, Any]) -> str:
    return f"switch to draft: {_listed(params.get('of')) or 'all rules'}"


def _halt(params: Mapping[str, Any]) -> str:
    return f"halt {params.get('scope')}"


def _notify(params: Mapping[str, Any]) -> str:
    said = params.get("text")
    return f"tell channel {params.get('channel')}" + (f": {shorten(said)}" if said else "")


def _escalate(params: Mapping[str, Any]) -> str:
    return f"start chain {params.get('chain')}"


def _reply(params: Mapping[str, Any]) -> str:
    return f"reply by template {params.get('template')}"


def _tag(params: Mapping[str, Any]) -> str:
    return f"tag {_listed(params.get('tags'))}"


def _assign(params: Mapping[str, Any]) -> str:
    return f"assign to {params.get('queue') or params.get('person')}"


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "ads": _ads,
    "publishing": _publishing,
    "rules": _rules,
    "halt": _halt,
    "notify": _notify,
    "escalate": _escalate,
    "reply": _reply,
    "tag": _tag,
    "assign": _assign,
}


def _listed(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def waiting(action: Action) -> str:
    """Return that an action waits for a person, where it does."""
    return WAITS if action.state is ActionState.AWAITING_APPROVAL else ""


def key_and_measures(firing: Firing) -> str:
    """Return what a rule fires for, and what was measured: ``brand=acme: count 30``."""
    key = ", ".join(f"{name}={value}" for name, value in firing.key.items()) or "all mentions"
    measured = ", ".join(
        f"{name} {number(value):g}" for name, value in firing.measured.items() if value is not None
    )
    return f"{key}: {measured}" if measured else key


def zone_of(chain: Chain | None, rota_zone: str | None = None) -> str:
    """Return the time zone that a step of a chain is told in: its rota's, else the chain's."""
    if rota_zone is not None:
        return rota_zone
    steps = () if chain is None else chain.steps
    places: Iterable[Any] = (one.rota or one.calendar for one in steps)
    return next((str(one.time_zone) for one in places if one is not None), "UTC")


def local(at: datetime, zone: str) -> str:
    """Return an instant as people there say it: ``Sunday 03:00 Europe/Paris``."""
    return f"{at.astimezone(ZoneInfo(zone)):%A %H:%M} {zone}"
