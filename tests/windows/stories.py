"""Short stories of mentions for the tests of rules over time: a policy, a timeline, what came of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from engine.classification import Classification
from engine.decision import Phase
from engine.policy import load_text
from engine.ports import LogEntry
from engine.testing import mention
from engine.windows import WindowState, end_of_run
from streams.pipeline import Pipeline

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class NoLanguages:
    """Names no language."""

    def identify(self, texts, declared=None):
        return [None] * len(texts)


def policies_of(text):
    """Return the policies of a text, which must have no error."""
    made, problems = load_text(text, now=START)
    assert made is not None, [str(one) for one in problems]
    return made


def said(seconds, label="negative", **fields):
    """Return a mention of so many seconds after the start."""
    number = fields.pop("number", None) or f"{seconds}-{label}-{len(fields)}"
    fields.setdefault("brand", "acme")
    classified = (Classification("sentiment", label, 0.9, {label: 0.9}, "test", "1"),)
    return mention(
        fields.pop("text", f"said at {seconds}"),
        id=number,
        external_id=number,
        published_at=START + timedelta(seconds=seconds),
        classifications=classified,
        **fields,
    )


class Story:
    """Runs mentions through the stages of one policy, with a state that can be killed and restored."""

    def __init__(self, text, *, forgets=False):
        self.policies = policies_of(text)
        self.pipeline = Pipeline(
            identifier=NoLanguages(),
            classify=lambda mentions: [one.classifications for one in mentions],
            policies=self.policies,
        )
        self.forgets = forgets
        self.windows = WindowState(is_live=forgets)
        self.stored = {}
        self.happened = []
        self.decided = []
        self.faults = []
        self.last = START

    def tell(self, *mentions):
        """Let mentions arrive, in the order given."""
        for one in mentions:
            entry = LogEntry(1, one)
            decided, dead = self.pipeline.decide([entry], [one.classifications], self.windows)
            self.faults += dead
            self.decided += decided
            self.last = max(self.last, one.published_at)
            for each in decided:
                self._note(each.over_time)
            self._store()
        return self

    def wait(self, seconds=None):
        """Let time pass: so many seconds since the start, or as a run on history does."""
        until = (
            end_of_run(self.policies, self.last)
            if seconds is None
            else START + timedelta(seconds=seconds)
        )
        self._note(self.pipeline.advance(until, self.windows))
        self._store()
        return self

    def restart(self):
        """Kill the engine and go on from what it stored."""
        pieces = json.loads(json.dumps(self.stored))
        self.windows = WindowState.restore(pieces, is_live=self.forgets)
        return self

    def _store(self):
        for name, piece in self.windows.changes().items():
            if piece is None:
                self.stored.pop(name, None)
            else:
                self.stored[name] = piece

    def _note(self, decisions):
        for decision in decisions:
            (match,) = decision.matches
            self.happened.append((decision, match))

    def timeline(self):
        """Return what entered and resolved: (rule, phase, seconds since the start, key)."""
        return [
            (
                match.rule,
                match.firing.phase.value,
                (decision.at - START).total_seconds(),
                dict(match.firing.key),
            )
            for decision, match in self.happened
            if match.firing.phase is not Phase.TOLD
        ]

    def firings(self, rule=None):
        """Return every firing as (opened, resolved or None), in seconds, of a rule or of all."""
        spans = {}
        for _, match in self.happened:
            firing = match.firing
            if firing.phase is Phase.TOLD or rule not in (None, match.rule):
                continue
            opened = (firing.opened_at - START).total_seconds()
            ended = firing.resolved_at and (firing.resolved_at - START).total_seconds()
            spans[match.rule, json.dumps(dict(firing.key)), opened] = (opened, ended)
        return list(spans.values())

    def actions(self, kind, *, phase=None):
        """Return the planned actions of a kind."""
        return [
            action
            for _, match in self.happened
            for action in match.actions
            if action.kind == kind
            and action.reason is None
            and (phase is None or match.firing.phase is phase)
        ]

    def edit(self, text):
        """Let a saved edit of the policy take effect."""
        self.policies = policies_of(text)
        self.pipeline = Pipeline(
            identifier=NoLanguages(),
            classify=lambda mentions: [one.classifications for one in mentions],
            policies=self.policies,
        )
        return self
