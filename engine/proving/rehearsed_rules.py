"""What rules would do in a rehearsal, as entries of its timeline."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.decision import ActionState, Phase
from engine.proving.alerts import number
from engine.proving.rehearsal import Change, Entry, Shown
from engine.proving.rehearse_words import describe, key_and_measures, local, waiting, zone_of
from engine.proving.views import planned_actions

if TYPE_CHECKING:
    from datetime import datetime

    from engine.decision import Action, Decision, HeldBack, Match
    from engine.policy import PolicySet

_CHANGING = frozenset({"ads", "publishing"})


@dataclass(slots=True)
class _Single:
    """What a rule of single mentions did in all."""

    first: datetime
    times: int = 0
    planned: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)


class RehearsedRules:
    """Tells what rules come to.

    Args:
        entries: What is told goes here.

    Attributes:
        changes: What rules over time change, and when it is put back.
    """

    def __init__(self, policies: PolicySet, entries: list[Entry]) -> None:
        self._policies = policies
        self._entries = entries
        self._changes: dict[str, Change] = {}
        self._singles: dict[str, _Single] = {}
        self._titles = {
            f"{rule.policy}/{rule.id}": rule.title
            for policy in policies.policies
            for rule in policy.rules
        }

    @property
    def changes(self) -> list[Change]:
        """What rules over time change, in order."""
        return list(self._changes.values())

    @property
    def has_open_changes(self) -> bool:
        """Whether something is still to be put back."""
        return any(one.is_left for one in self._changes.values())

    def see_single(self, decision: Decision) -> None:
        """Count what rules of single mentions do about one of them."""
        for match in decision.matches:
            single = self._single(f"{decision.policy}/{match.rule}", decision.at)
            single.times += 1
            for action in planned_actions(match):
                _count(single.planned, action.kind)
        for held in decision.held_back:
            single = self._single(f"{decision.policy}/{held.rule}", decision.at)
            _count(single.held, f"{held.action or 'all of it'} by {held.by.value}")

    def _single(self, name: str, at: datetime) -> _Single:
        return self._singles.setdefault(name, _Single(at))

    def finish(self) -> None:
        """Tell of each rule of single mentions once, at its first match."""
        for name, one in self._singles.items():
            planned = ", ".join(f"{kind} {times}x" for kind, times in sorted(one.planned.items()))
            held = ", ".join(f"{kind} {times}x" for kind, times in sorted(one.held.items()))
            text = f"{name} matches, {one.times}x in all; would: {planned or 'nothing'}"
            text += f"; held back: {held}" if held else ""
            detail = {"rule": name, "times": one.times, "planned": one.planned, "held": one.held}
            self._entries.append(Entry(one.first, Shown.MATCHED, text, detail))

    def begin(self, decision: Decision) -> None:
        """Tell what entered, or resolved."""
        for match in decision.matches:
            firing, name = match.firing, f"{decision.policy}/{match.rule}"
            if firing is None or firing.phase is Phase.TOLD:
                continue
            detail = {
                "rule": name,
                "key": dict(firing.key),
                "measured": dict(firing.measured),
                "peak": firing.peak,
                "mode": match.mode.value,
                "severity": match.severity.value,
            }
            if firing.phase is Phase.ENTERED:
                text = f"{name} fires for {key_and_measures(firing)} [{match.severity.value}]"
                self._entries.append(Entry(decision.at, Shown.ENTERED, text, detail))
            else:
                at = firing.resolved_at or decision.at
                text = f"{name} resolves, peak {number(firing.peak):g}"
                self._entries.append(Entry(at, Shown.SETTLED, text, detail))

    def act(self, decision: Decision) -> None:
        """Tell what is planned, told, and held back."""
        for match in decision.matches:
            firing = match.firing
            if firing is not None and firing.phase is Phase.TOLD:
                self._told(decision, match)
                continue
            for action in planned_actions(match):
                if action.params.get("do") == "restore":
                    self._restored(decision, match, action)
                elif action.kind != "incident":
                    self._would(decision, match, action)
            for held in decision.held_back:
                if held.rule == match.rule:
                    self._held(decision, held)

    def _would(self, decision: Decision, match: Match, action: Action) -> None:
        name, words = f"{decision.policy}/{match.rule}", describe(action.kind, action.params)
        detail = {"rule": name, "action": action.kind, "id": action.id, "state": action.state.value}
        text = f"would {words}{waiting(action)}"
        self._entries.append(Entry(decision.at, Shown.WOULD, text, detail))
        if action.kind in _CHANGING:
            is_kept = action.params.get("restore") == "never"
            self._changes[action.id] = Change(action.id, decision.at, name, words, is_kept)

    def _restored(self, decision: Decision, match: Match, action: Action) -> None:
        undone = str(action.params["undoes"])
        detail = {
            "rule": f"{decision.policy}/{match.rule}",
            "action": action.kind,
            "id": action.id,
            "undoes": undone,
        }
        text = f"would {describe(action.kind, action.params)} (undoes {undone[:8]})"
        self._entries.append(Entry(decision.at, Shown.RESTORED, text, detail))
        known = self._changes.get(undone)
        if known is not None:
            after = replace(known, restored_at=decision.at, restored_by=action.id)
            self._changes[undone] = after

    def _held(self, decision: Decision, held: HeldBack) -> None:
        what = held.action or "all of it"
        why = f"{held.by.value} ({held.detail})" if held.detail else held.by.value
        detail = {"rule": f"{decision.policy}/{held.rule}", "action": what, "by": held.by.value}
        text = f"{decision.policy}/{held.rule}: {what} held back by {why}"
        self._entries.append(Entry(decision.at, Shown.HELD_BACK, text, detail))

    def _told(self, decision: Decision, match: Match) -> None:
        for action in match.actions:
            if action.state is ActionState.SUPPRESSED:
                continue
            is_step = "chain" in action.params
            make = self._telling if is_step else _telling_again
            self._entries.append(make(decision.at, action))
        for held in decision.held_back:
            text = f"nobody is told: {held.by.value}, {held.detail}"
            detail = {"by": held.by.value, "detail": held.detail}
            self._entries.append(Entry(decision.at, Shown.NOT_TOLD, text, detail))

    def _telling(self, at: datetime, action: Action) -> Entry:
        chain, rota = action.params.get("chain"), action.params.get("rota")
        found = self._policies.rotas.get(str(rota))
        zone = zone_of(
            self._policies.chains.get(str(chain)),
            None if found is None else found.time_zone,
        )
        people = list(action.params.get("people", ()))
        whom = ", ".join(people) or f"channel {action.params.get('channel')}"
        step = action.params.get("step")
        place = f"chain {chain}, step {step}" + (f", rota {rota}" if rota else "")
        text = f"{whom} would be told at {local(at, zone)} ({place}){waiting(action)}"
        detail = {
            "people": people,
            "channel": action.params.get("channel"),
            "chain": chain,
            "step": step,
            "rota": rota,
            "local": local(at, zone),
        }
        return Entry(at, Shown.TOLD, text, detail)


def _telling_again(at: datetime, action: Action) -> Entry:
    channel = action.params.get("channel")
    text = f"channel {channel} would be told again: nobody has acknowledged{waiting(action)}"
    return Entry(at, Shown.TOLD, text, {"channel": channel, "again": True})


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
