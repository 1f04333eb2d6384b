"""Incidents that a rule of single mentions opens: they last while it goes on matching.

Such a rule does not fire for a time, so its incident has to be told how long: until a day has
passed without a further match of the rule for the brand, unless a person resolves it before. What
its matches changed until then, and were told to restore, is put back as it ends.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.decision import (
    Action,
    ActionState,
    Decision,
    Firing,
    Match,
    Mode,
    Phase,
    Severity,
)
from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

LASTS = timedelta(days=1)
_RESTORABLE = frozenset({"ads", "publishing"})


@dataclass(frozen=True, slots=True)
class _Lone:
    """One rule's matches for a brand, as the firing that they stand for.

    Attributes:
        changed: What its matches did that is to be put back, in order of doing.
    """

    decision: Decision
    until: datetime
    changed: tuple[Action, ...] = ()


class LoneMatches:
    """Makes of the matches of rules of single mentions what opens an incident, and ends it."""

    def __init__(self) -> None:
        self._open: dict[str, _Lone] = {}
        self._changed: dict[str, None] = {}
        self._undoings: list[Decision] = []

    def note(self, decision: Decision, match: Match, brand: str | None) -> Decision | None:
        """Return what a match of a rule with an incident action reports; None if it goes on."""
        acts = [one for one in match.actions if one.kind == "incident"]
        if not acts or acts[0].state is ActionState.SUPPRESSED:
            return None
        name = json.dumps([decision.policy, match.rule, brand], ensure_ascii=False)
        before = self._open.get(name)
        self._changed[name] = None
        until, changed = decision.at + LASTS, _restorable(match)
        if before is not None:
            changed = (*before.changed, *changed)
            self._open[name] = replace(before, until=max(until, before.until), changed=changed)
            return None
        key = {} if brand is None else {"brand": brand}
        firing = Firing(key, Phase.ENTERED, decision.at)
        said = replace(match, actions=(acts[0],), trace=None, cooldown=None, firing=firing)
        reported = replace(decision, matches=(said,), held_back=())
        self._open[name] = _Lone(reported, until, changed)
        return reported

    def next_due(self) -> datetime | None:
        """Return when the next of them is over; None where none is open."""
        return min((one.until for one in self._open.values()), default=None)

    def ended(self, until: datetime) -> list[Decision]:
        """Return what says that those are over whose time has passed, in order of time."""
        found = []
        for name, one in sorted(self._open.items(), key=lambda item: (item[1].until, item[0])):
            if one.until <= until:
                del self._open[name]
                self._changed[name] = None
                (match,) = one.decision.matches
                if match.firing is not None:
                    over = replace(match.firing, phase=Phase.RESOLVED, resolved_at=one.until)
                    said = replace(match, firing=over)
                    found.append(replace(one.decision, at=one.until, matches=(said,)))
                    self._undo(one, said)
        return found

    def undoings(self) -> list[Decision]:
        """Return what puts back what was changed, of those that ended since last asked."""
        found, self._undoings = self._undoings, []
        return found

    def _undo(self, one: _Lone, said: Match) -> None:
        if one.changed:
            actions = tuple(_undoing(action) for action in reversed(one.changed))
            match = replace(said, actions=actions)
            self._undoings.append(replace(one.decision, at=one.until, matches=(match,)))

    def changes(self) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        """Yield what changed since last asked, by name; None stands for one to delete."""
        for name in self._changed:
            one = self._open.get(name)
            yield name, None if one is None else _snapshot(one)
        self._changed = {}

    def resume(self, name: str, piece: Mapping[str, Any]) -> None:
        """Take up what `changes` described."""
        opened = parse_instant(piece["opened_at"])
        mode, params = Mode(piece["mode"]), piece["params"]
        action = Action("", "incident", 0, params, mode, ActionState.PLANNED)
        match = Match(
            rule=json.loads(name)[1],
            revision="",
            severity=Severity(piece["severity"]),
            mode=mode,
            actions=(action,),
            firing=Firing(piece["key"], Phase.ENTERED, opened),
        )
        decision = Decision(json.loads(name)[0], "", piece["mention"], opened, (match,))
        changed = tuple(_read_action(one) for one in piece.get("changed", ()))
        self._open[name] = _Lone(decision, parse_instant(piece["until"]), changed)


def _restorable(match: Match) -> tuple[Action, ...]:
    return tuple(
        one
        for one in match.actions
        if one.kind in _RESTORABLE
        and one.params.get("restore") == "on_resolve"
        and one.state is not ActionState.SUPPRESSED
    )


def _undoing(one: Action) -> Action:
    is_free = one.mode is Mode.ENFORCE
    return replace(
        one,
        id=hashlib.sha256(f"{one.id}\x1frestore".encode()).hexdigest(),
        params={**one.params, "do": "restore", "undoes": one.id, "was": one.params.get("do")},
        state=ActionState.PLANNED if is_free else ActionState.AWAITING_APPROVAL,
    )


def _write_action(one: Action) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "index": one.index,
        "params": dict(one.params),
        "mode": one.mode.value,
    }


def _read_action(piece: Mapping[str, Any]) -> Action:
    return Action(
        piece["id"],
        piece["kind"],
        piece["index"],
        piece["params"],
        Mode(piece["mode"]),
        ActionState.PLANNED,
    )


def _snapshot(one: _Lone) -> dict[str, Any]:
    (match,) = one.decision.matches
    key = {} if match.firing is None else dict(match.firing.key)
    return {
        "key": key,
        "opened_at": format_instant(one.decision.at),
        "until": format_instant(one.until),
        "mention": one.decision.mention,
        "mode": match.mode.value,
        "severity": match.severity.value,
        "params": dict(match.actions[0].params),
        "changed": [_write_action(action) for action in one.changed],
    }
