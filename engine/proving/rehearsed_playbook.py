"""What a playbook would do in a rehearsal, as entries of its timeline."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.incidents import ChainRun
from engine.incidents.playbook import PlaybookRun
from engine.policy.playbook import NOTE
from engine.policy.templates import RenderError, template_values
from engine.proving.rehearsal import Change, Entry, Shown
from engine.proving.rehearse_words import WAITS, describe, local, zone_of
from engine.units import format_duration, format_instant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from engine.decision import Mode
    from engine.incidents import Incident, Telling
    from engine.incidents.playbook import Deed
    from engine.mention import Mention
    from engine.policy import PolicySet
    from engine.policy.playbook import Playbook, Statement
    from engine.policy.shared_documents import Chain


class RehearsedPlaybook:
    """Tells what a playbook comes to.

    Args:
        entries: What is told goes here.

    Attributes:
        ends_at: When it stands down; None before the incident has resolved, and afterwards.
    """

    def __init__(self, playbook: Playbook, policies: PolicySet, entries: list[Entry]) -> None:
        self._playbook = playbook
        self._policies = policies
        self._entries = entries
        self._changes: dict[str, Change] = {}
        self._run: PlaybookRun | None = None
        self._chains: list[ChainRun] = []
        self._level = ""
        self._given: set[str] = set()
        self.ends_at: datetime | None = None

    @property
    def _zone(self) -> str:
        """The time zone of people whose own is not known: of the first rota that has a role."""
        rotas = (one.rota for one in self._playbook.roles.values())
        return next((one.time_zone for one in rotas if one is not None), "UTC")

    @property
    def changes(self) -> list[Change]:
        """What it changes, and when that is put back."""
        return list(self._changes.values())

    def begin(
        self,
        incident: Incident,
        at: datetime,
        *,
        mode: Mode,
        mention: Mention,
        languages: tuple[str, ...],
    ) -> None:
        """Begin with the incident, and hold ready what may be said.

        Args:
            mode: How far the rule that opened it may go.
            mention: The latest.
            languages: Of the incident's cause.
        """
        self._run, deeds = PlaybookRun.begin(
            self._playbook, incident.id, at, severity=incident.severity, mode=mode
        )
        self._show_level(at)
        self._show(deeds, at)
        values = _values(incident, mention)
        for one in self._playbook.statements_in(languages):
            self._statement(one, values, at)

    def rise(self, incident: Incident, at: datetime) -> None:
        """Follow the incident, which may have become graver."""
        if self._run is not None:
            deeds = self._run.rise(incident.severity, at)
            self._show_level(at)
            self._show(deeds, at)

    def again(self, incident: Incident, at: datetime) -> None:
        """Follow the incident, which was reopened."""
        self.ends_at = None
        if self._run is None:
            return
        if self._run.stood_down is not None:
            self._level, self._given = "", set()
        deeds = self._run.again(incident.severity, at)
        self._show_level(at)
        self._show(deeds, at)

    def resolve(self, at: datetime) -> None:
        """Let the incident be over: nobody is told any more, and stand-down follows."""
        self._advance_chains(at)
        self._chains = []
        self.ends_at = at + self._playbook.stand_down.after
        self.reach(at)

    def acknowledge(self, at: datetime) -> None:
        """Let somebody have taken it on: its chains stop."""
        self._advance_chains(at)
        for one in self._chains:
            one.acknowledge(at)

    def reach(self, until: datetime) -> None:
        """Let time reach an instant: people are told, deadlines pass, it stands down."""
        self._advance_chains(until)
        if self._run is None:
            return
        ends = self.ends_at
        is_over = ends is not None and ends <= until
        for task in self._run.advance(ends if is_over and ends is not None else until):
            text = f"deadline of task {task.id}"
            detail = {"task": task.id}
            self._entries.append(Entry(task.due or until, Shown.DEADLINE, text, detail))
        if is_over and ends is not None:
            self.ends_at = None
            self._stand_down(self._run, ends)

    def _stand_down(self, run: PlaybookRun, at: datetime) -> None:
        ending = self._playbook.stand_down
        deeds = run.stand_down(at)
        undone = sum(bool(one.undoes) for one in deeds)
        by = f", called by {ending.who}" if ending.who else ""
        text = f"playbook {self._playbook.id} stands down{by}: {undone} to put back"
        self._entries.append(Entry(at, Shown.STOOD_DOWN, text, {"playbook": self._playbook.id}))
        self._show(deeds, at)
        for words in ending.notes:
            self._entries.append(Entry(at, Shown.NOTE, f"people: {words}", {"do": words}))

    # --- entries ------------------------------------------------------------------------------

    def _show_level(self, at: datetime) -> None:
        level = None if self._run is None else self._run.level
        if level is None or level.name == self._level:
            return
        self._level = level.name
        when = f": {level.when}" if level.when else ""
        roles = f"; wanted: {', '.join(level.roles)}" if level.roles else ""
        text = f"playbook {self._playbook.id} is at level {level.name}{when}{roles}"
        detail = {"playbook": self._playbook.id, "level": level.name}
        self._entries.append(Entry(at, Shown.LEVEL, text, detail))
        if level.chain is not None:
            self._start(level.chain, at)

    def _show(self, deeds: Iterable[Deed], at: datetime) -> None:
        for one in deeds:
            self._deed(one)
        for task in self._playbook.tasks:
            self._task(task.id, at)

    def _deed(self, one: Deed) -> None:
        words = describe(one.kind, one.params)
        detail = {"playbook": self._playbook.id, "action": one.kind, "id": one.id}
        if one.kind == NOTE:
            words = str(one.params["text"])
            self._entries.append(Entry(one.at, Shown.NOTE, f"people: {words}", {"do": words}))
            return
        if one.undoes:
            known = self._changes[one.undoes]
            self._changes[one.undoes] = _restored(known, one)
            text = f"would {words} (undoes {one.undoes[:8]})"
            self._entries.append(
                Entry(one.at, Shown.RESTORED, text, {**detail, "undoes": one.undoes})
            )
            return
        text = f"would {words}{WAITS if one.needs_person else ''}"
        self._entries.append(Entry(one.at, Shown.WOULD, text, {**detail, "mode": one.mode.value}))
        if self._run is not None and one.id in self._run.changed:
            self._changes[one.id] = Change(one.id, one.at, self._playbook.id, words)
        elif one.params.get("restore") == "never":
            self._changes[one.id] = Change(one.id, one.at, self._playbook.id, words, is_kept=True)
        chain = self._policies.chains.get(str(one.params.get("chain")))
        if one.kind == "escalate" and chain is not None:
            self._start(chain, one.at)

    def _task(self, name: str, at: datetime) -> None:
        owed = None if self._run is None else self._run.tasks.get(name)
        if owed is None or name in self._given:
            return
        self._given.add(name)
        task = next(one for one in self._playbook.tasks if one.id == name)
        role = self._playbook.roles.get(task.role)
        people = () if role is None else role.who(at)
        zone = role.rota.time_zone if role is not None and role.rota else self._zone
        whose = f"{task.role or 'nobody'}" + (f" ({', '.join(people)})" if people else "")
        due = ""
        if owed.due is not None and task.within is not None:
            due = f" [within {format_duration(task.within)}: by {local(owed.due, zone)}]"
        detail = {
            "task": name,
            "role": task.role,
            "people": list(people),
            "due": None if owed.due is None else format_instant(owed.due),
        }
        text = f"task {name} for {whose}: {task.do}{due}"
        self._entries.append(Entry(at, Shown.TASK, text, detail))

    def _statement(self, one: Statement, values: dict[str, Any], at: datetime) -> None:
        try:
            said = one.text.render(values)
        except RenderError:
            said = one.text.source
        where = f", {one.channel}" if one.channel else ""
        text = f"statement ready ({one.language}{where}): {said}"
        detail = {"language": one.language, "channel": one.channel, "statement": said}
        self._entries.append(Entry(at, Shown.STATEMENT, text, detail))

    # --- chains -------------------------------------------------------------------------------

    def _start(self, chain: Chain, at: datetime) -> None:
        self._chains.append(ChainRun.begin(chain, at))

    def _advance_chains(self, until: datetime) -> None:
        for run in self._chains:
            # A playbook's chain is for one incident: every `only_if` counts as met.
            for told in run.advance(until, lambda _at, _within: math.inf):
                self._entries.append(_told(run.chain, told, self._policies))


def _told(chain: Chain, told: Telling, policies: PolicySet) -> Entry:
    rota = policies.rotas.get(told.rota or "")
    zone = zone_of(chain, None if rota is None else rota.time_zone)
    place = f"chain {chain.id}, step {told.step}" + (f", rota {told.rota}" if told.rota else "")
    detail = {"chain": chain.id, "step": told.step, "rota": told.rota, "channel": told.channel}
    if told.why_not is not None:
        text = f"nobody is told at {local(told.at, zone)}: {told.why_not.value} ({place})"
        return Entry(told.at, Shown.NOT_TOLD, text, {**detail, "by": told.why_not.value})
    whom = ", ".join(told.people) or f"channel {told.channel}"
    text = f"{whom} would be told at {local(told.at, zone)} ({place})"
    more = {"people": list(told.people), "local": local(told.at, zone)}
    return Entry(told.at, Shown.TOLD, text, {**detail, **more})


def _restored(known: Change, deed: Deed) -> Change:
    return Change(
        known.id,
        known.at,
        known.by,
        known.text,
        restored_at=deed.at,
        restored_by=deed.id,
    )


def _values(incident: Incident, mention: Mention) -> dict[str, Any]:
    rule = {"id": incident.rule, "policy": incident.policy, "severity": incident.severity.value}
    shown = {
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity.value,
        "state": incident.state.value,
        "rule": incident.rule,
        "policy": incident.policy,
        "brand": incident.brand or "",
        "opened_at": format_instant(incident.opened_at),
    }
    return {**template_values(mention, rule), "key": dict(incident.key), "incident": shown}
