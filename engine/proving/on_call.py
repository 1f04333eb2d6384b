"""Whom chains tell: in a test that plays, and at an instant at which nothing has happened."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from engine.incidents.escalation import telling_now
from engine.proving.views import planned_actions
from engine.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from engine.decision import Action
    from engine.policy import PolicySet
    from engine.proving.played import Played

_NEAR = timedelta(minutes=1)


def who_is_told(played: Played, at: timedelta, chain: str | None) -> set[str]:
    """Return the people told within a minute of an instant, else the channels.

    Args:
        chain: The chain, or the rota, by which; None for any.
    """
    return {
        name
        for when, action in _tellings(played)
        if abs(when - at) <= _NEAR and _is_by(action, chain)
        for name in _names(action.params.get("people"), action.params.get("channel"))
    }


def told_lines(played: Played) -> list[str]:
    """Return a line for each time somebody was told."""
    return [
        f"  at {format_duration(when)}: {', '.join(names)}{_by(action)}"
        for when, action in _tellings(played)
        if (names := _names(action.params.get("people"), action.params.get("channel")))
    ]


def who_would_be_told(policies: PolicySet, name: str | None, at: datetime) -> set[str]:
    """Return whom a chain would tell first if it began at an instant; people before channels.

    Args:
        name: Of the chain, or of a rota: who is on call then; None for every chain.
    """
    if name is not None and name in policies.rotas and name not in policies.chains:
        return set(policies.rotas[name].on_call(at))
    asked = [chain for key, chain in policies.chains.items() if name in (None, key)]
    found = [told for chain in asked if (told := telling_now(chain, at)) is not None]
    return {one for told in found for one in _names(told.people, told.channel)}


def _tellings(played: Played) -> Iterator[tuple[timedelta, Action]]:
    for when, _, match in played.told():
        for action in planned_actions(match):
            yield when, action


def _is_by(action: Action, chain: str | None) -> bool:
    return chain in (None, action.params.get("chain"), action.params.get("rota"))


def _by(action: Action) -> str:
    chain = action.params.get("chain")
    return f" by {chain}" if chain else ""


def _names(people: Iterable[str] | None, channel: str | None) -> list[str]:
    return list(people) if people else [channel] if channel else []
