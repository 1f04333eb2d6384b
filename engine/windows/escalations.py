"""The chains that are running: whom rules have set out to tell, until somebody acknowledges."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.incidents.escalation import ChainRun
from engine.units import format_instant, parse_instant
from engine.windows.restorable import firing_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from engine.incidents.escalation import Telling
    from engine.policy import PolicySet

_ALERTS = "alerts:"
_RUN = "run:"
_MOST_ALERTS = 1_000


@dataclass(frozen=True, slots=True)
class Cause:
    """What a chain was started for.

    Attributes:
        key: Of the firing; for a rule of single mentions, the mention's id under ``mention``.
        opened_at: When the rule entered, or matched.
        index: The place of the ``escalate`` action in the rule's ``then``.
        mention: The id of the latest that counted.
    """

    policy: str
    rule: str
    key: Mapping[str, Any]
    opened_at: datetime
    index: int
    mention: str

    @property
    def name(self) -> str:
        """What tells it from all others."""
        return f"{firing_name(self.policy, self.rule, self.key, self.opened_at)}{self.index}"


class Escalations:
    """Runs of chains, each from the instant its rule fired until it is answered or resolved."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[Cause, ChainRun]] = {}
        self._alerts: dict[str, deque[datetime]] = {}
        self._changed: dict[str, None] = {}
        self._waiting: dict[str, Mapping[str, Any]] = {}

    def begin(self, cause: Cause, chain: str, policies: PolicySet, at: datetime) -> None:
        """Start a chain for a cause; one that runs for it already goes on."""
        found = policies.chains.get(chain)
        if found is None:
            return
        alerts = self._alerts.setdefault(chain, deque(maxlen=_MOST_ALERTS))
        alerts.append(at)
        self._changed[_ALERTS + chain] = None
        if cause.name not in self._runs:
            self._runs[cause.name] = (cause, ChainRun.begin(found, at))
            self._changed[_RUN + cause.name] = None

    def use(self, policies: PolicySet) -> None:
        """Go on with the chains as they are now; a run whose chain is gone ends."""
        for name, (cause, run) in list(self._runs.items()):
            self._resume(name, cause, run.snapshot(), policies)
        for name, piece in self._waiting.items():
            self._resume(name, _cause(piece), piece["run"], policies)
        self._waiting = {}

    def _resume(
        self, name: str, cause: Cause, snapshot: Mapping[str, Any], policies: PolicySet
    ) -> None:
        chain = policies.chains.get(snapshot["chain"])
        if chain is None:
            self._runs.pop(name, None)
            self._changed[_RUN + name] = None
        else:
            self._runs[name] = (cause, ChainRun.resume(chain, snapshot))

    def next_due(self) -> datetime | None:
        """Return when a chain has somebody to tell next; None where none has."""
        due = (run.next_due() for _, run in self._runs.values())
        return min((one for one in due if one is not None), default=None)

    def advance(self, until: datetime) -> list[tuple[Cause, str, Telling]]:
        """Do what is due until an instant, inclusive: causes with chain and telling, by time."""
        found = []
        for name, (cause, run) in list(self._runs.items()):
            due = run.next_due()
            if due is None or due > until:
                continue
            counted = _Counted(self._alerts.get(run.chain.id, deque()))
            found += [(cause, run.chain.id, told) for told in run.advance(until, counted)]
            self._changed[_RUN + name] = None
            if run.is_over:
                del self._runs[name]
        found.sort(key=lambda one: one[2].at)
        return found

    def end(self, policy: str, rule: str, key: Mapping[str, Any], opened_at: datetime) -> None:
        """End the runs of a firing: it has resolved, or somebody has taken it in hand."""
        start = firing_name(policy, rule, key, opened_at)
        for name in [one for one in self._runs if one.startswith(start)]:
            del self._runs[name]
            self._changed[_RUN + name] = None

    def end_of_incident(self, policy: str, rule: str, incident: str) -> None:
        """End the runs that a playbook has begun for an incident."""
        key = {"incident": incident}
        for cause, _ in list(self._runs.values()):
            if (cause.policy, cause.rule, dict(cause.key)) == (policy, rule, key):
                self.end(policy, rule, key, cause.opened_at)

    def changes(self) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        """Yield what changed since last asked, by name; None stands for one to delete."""
        for name in self._changed:
            if name.startswith(_ALERTS):
                times = self._alerts[name.removeprefix(_ALERTS)]
                yield name, {"at": [format_instant(one) for one in times]}
                continue
            found = self._runs.get(name.removeprefix(_RUN))
            yield name, None if found is None else _snapshot(*found)
        self._changed = {}

    def resume(self, name: str, piece: Mapping[str, Any]) -> None:
        """Take up what `changes` described; runs go on once `use` says which chains there are."""
        if name.startswith(_ALERTS):
            times = (parse_instant(one) for one in piece["at"])
            self._alerts[name.removeprefix(_ALERTS)] = deque(times, maxlen=_MOST_ALERTS)
        else:
            self._waiting[name.removeprefix(_RUN)] = piece


class _Counted:
    """Counts the starts of a chain in a time before an instant."""

    def __init__(self, times: deque[datetime]) -> None:
        self._times = times

    def __call__(self, at: datetime, within: timedelta) -> float:
        return float(sum(timedelta() <= at - one < within for one in self._times))


def _snapshot(cause: Cause, run: ChainRun) -> dict[str, Any]:
    return {
        "policy": cause.policy,
        "rule": cause.rule,
        "key": dict(cause.key),
        "opened_at": format_instant(cause.opened_at),
        "index": cause.index,
        "mention": cause.mention,
        "run": run.snapshot(),
    }


def _cause(piece: Mapping[str, Any]) -> Cause:
    return Cause(
        piece["policy"],
        piece["rule"],
        piece["key"],
        parse_instant(piece["opened_at"]),
        int(piece["index"]),
        piece["mention"],
    )
