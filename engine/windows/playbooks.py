"""The playbooks of a running engine's incidents: begun, followed as they rise, and stood down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.decision import Mode
from engine.incidents import IncidentState
from engine.incidents.incident import read_incident, write_incident
from engine.incidents.playbook import PlaybookRun
from engine.units import format_instant, later, parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from engine.incidents import Incident, IncidentChange
    from engine.incidents.playbook import Deed
    from engine.policy import PolicySet


@dataclass(frozen=True, slots=True)
class Call:
    """What a playbook has the engine do at an instant.

    Attributes:
        policy, rule: Whose firing opened the incident.
        begun: When the playbook began; with incident and instant it makes the decision's id.
        mention: Id of the mention that the incident is about by now.
        chain: Of the level that was reached, to be started; None for none.
    """

    policy: str
    rule: str
    incident: Incident
    playbook: str
    begun: datetime
    at: datetime
    mention: str
    deeds: tuple[Deed, ...]
    chain: str | None = None


@dataclass(slots=True)
class _Live:
    """One run with what it needs to go on.

    Attributes:
        ends_at: When it stands down; None while its incident is not over, and afterwards.
    """

    run: PlaybookRun
    incident: Incident
    mention: str
    level: str = ""
    ends_at: datetime | None = None


@dataclass(slots=True)
class Playbooks:
    """Runs by incident. Pure, like the incidents they follow."""

    _runs: dict[str, _Live] = field(default_factory=dict)
    _changed: dict[str, None] = field(default_factory=dict)
    _waiting: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def follow(
        self, changes: Sequence[IncidentChange], policies: PolicySet, *, mention: str, at: datetime
    ) -> Iterator[Call]:
        """Yield what the playbooks of incidents that changed have the engine do.

        Args:
            mention: Id of the mention at hand.
        """
        for change in changes:
            incident = change.incident
            live = self._runs.get(incident.id)
            if live is None:
                live, deeds = self._begun(incident, policies, mention, at)
            else:
                deeds = _followed(live, change, at)
            if live is None:
                continue
            live.incident, live.mention = incident, mention or live.mention
            self._changed[incident.id] = None
            call = self._call(live, deeds, at)
            if call is not None:
                yield call

    def _begun(
        self, incident: Incident, policies: PolicySet, mention: str, at: datetime
    ) -> tuple[_Live | None, list[Deed]]:
        playbook = policies.playbooks.get(incident.playbook or "")
        if playbook is None or incident.state is IncidentState.RESOLVED or not mention:
            return None, []
        mode = next(
            (
                rule.mode
                for policy in policies.policies
                for rule in policy.rules
                if (policy.id, rule.id) == (incident.policy, incident.rule)
            ),
            Mode.DRAFT,
        )
        run, deeds = PlaybookRun.begin(
            playbook, incident.id, at, severity=incident.severity, mode=mode
        )
        live = self._runs[incident.id] = _Live(run, incident, mention)
        return live, deeds

    def _call(self, live: _Live, deeds: Sequence[Deed], at: datetime) -> Call | None:
        level, chain = live.run.level, None
        if level is not None and level.name != live.level:
            live.level = level.name
            chain = None if level.chain is None else level.chain.id
        if not deeds and chain is None:
            return None
        incident, run = live.incident, live.run
        return Call(
            incident.policy,
            incident.rule,
            incident,
            run.playbook.id,
            run.begun,
            at,
            live.mention,
            tuple(deeds),
            chain,
        )

    def next_due(self) -> datetime | None:
        """Return when the next of them stands down; None where none is about to."""
        return min((one.ends_at for one in self._runs.values() if one.ends_at), default=None)

    def due(self, until: datetime) -> Iterator[Call]:
        """Yield what puts back all that was changed, of those that stand down by an instant."""
        ending = [one for one in self._runs.values() if one.ends_at and one.ends_at <= until]
        for live in sorted(ending, key=lambda one: (one.ends_at, one.incident.id)):
            at, live.ends_at = live.ends_at or until, None
            self._changed[live.incident.id] = None
            call = self._call(live, live.run.stand_down(at), at)
            if call is not None:
                yield call

    def use(self, policies: PolicySet) -> None:
        """Go on with the playbooks as they are now, and those that were stored."""
        for name, piece in self._waiting.items():
            playbook = policies.playbooks.get(piece["run"]["playbook"])
            if playbook is not None:
                self._runs[name] = _restored(playbook, piece)
        self._waiting = {}

    def forget(self, may_change: Callable[[str], bool]) -> None:
        """Forget the runs that are over, of incidents that can no longer be reopened."""
        for name in [one for one in self._runs if not may_change(one)]:
            if self._runs[name].ends_at is None and not self._runs[name].run.changed:
                del self._runs[name]
                self._changed[name] = None

    def changes(self) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        """Yield what changed since last asked, by incident; None stands for one to delete."""
        for name in self._changed:
            live = self._runs.get(name)
            yield name, None if live is None else _snapshot(live)
        self._changed = {}

    def resume(self, name: str, piece: Mapping[str, Any]) -> None:
        """Take up what `changes` described; `use` says which playbooks there are."""
        self._waiting[name] = piece


def _followed(live: _Live, change: IncidentChange, at: datetime) -> list[Deed]:
    incident, run = change.incident, live.run
    if incident.state is IncidentState.RESOLVED:
        if run.stood_down is None and live.ends_at is None:
            live.ends_at = later(at, run.playbook.stand_down.after)
        return []
    live.ends_at = None
    if change.before is IncidentState.RESOLVED:
        if run.stood_down is not None:
            live.level = ""
        return run.again(incident.severity, at)
    return run.rise(incident.severity, at)


def _snapshot(live: _Live) -> dict[str, Any]:
    return {
        "run": live.run.snapshot(),
        "incident": write_incident(live.incident),
        "mention": live.mention,
        "level": live.level,
        "ends_at": None if live.ends_at is None else format_instant(live.ends_at),
    }


def _restored(playbook: Any, piece: Mapping[str, Any]) -> _Live:
    ends = piece["ends_at"]
    return _Live(
        PlaybookRun.resume(playbook, piece["run"]),
        read_incident(piece["incident"]),
        piece["mention"],
        piece["level"],
        None if ends is None else parse_instant(ends),
    )
