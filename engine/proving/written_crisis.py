"""Crises to rehearse where no past one is given: made of what the policies themselves say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine.errors import MentionError
from engine.policy.over_time import Sequence as Steps
from engine.policy.over_time import Window
from engine.policy.read_tests import read_test_mention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.mention import Mention
    from engine.policy import PolicySet, Rule
    from engine.policy.policy_test import PolicyTest

_START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_CROWDS = (40, 400, 2_000)
_USUAL = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Crisis:
    """Mentions in order of time, and where they are taken from, in words."""

    name: str
    mentions: tuple[Mention, ...]


def rules_with(policies: PolicySet, playbook: str) -> list[Rule]:
    """Return the rules whose incidents have a playbook, in order."""
    return [
        rule
        for policy in policies.policies
        for rule in policy.rules
        for action in rule.actions
        if action.kind == "incident" and action.params.get("playbook") == playbook
    ]


def written_crises(policies: PolicySet, rules: Sequence[Rule]) -> Iterator[Crisis]:
    """Yield what may make one of some rules fire, the likeliest first.

    First the mentions of `tests` that name such a rule, then those of the other tests, then an
    example of the rule in the words of more and more authors. Tests with silences are passed over.
    """
    names = {one.id for one in rules} | {f"{one.policy}/{one.id}" for one in rules}
    loud = [one for one in policies.tests if not one.silences]
    for test in sorted(loud, key=lambda one: not _is_about(one, names)):
        mentions = _given(test)
        if mentions:
            yield Crisis(f"test '{test.name}'", mentions)
    for rule in rules:
        fires = [one.mention for one in rule.examples if one.fires][:1]
        for mention in fires:
            for size in _CROWDS:
                name = f"an example of {rule.id}, in the mouths of {size}"
                yield Crisis(name, _crowd(rule, mention, size))


def moved(crisis: Crisis, start: datetime) -> Crisis:
    """Return the crisis with its first mention at an instant."""
    by = start - crisis.mentions[0].published_at
    mentions = (replace(one, published_at=one.published_at + by) for one in crisis.mentions)
    return replace(crisis, mentions=tuple(mentions))


def in_order(name: str, mentions: Sequence[Mention]) -> Crisis:
    """Return mentions as a crisis, by time, each identity once."""
    once = {(one.source, one.external_id): one for one in reversed(mentions)}
    found = sorted(once.values(), key=lambda one: (one.published_at, one.id))
    return Crisis(name, tuple(found))


def _is_about(test: PolicyTest, names: set[str]) -> bool:
    """Say whether a test expects one of some rules to fire, or an incident."""
    return any(
        one.kind in ("firing", "rule", "incident") and names & {*one.names, one.rule or ""}
        for one in test.expectations
    )


def _given(test: PolicyTest) -> tuple[Mention, ...]:
    try:
        found = [
            read_test_mention(given, number, test.clock)
            for given in test.given
            for number in range(given.times)
        ]
    except MentionError:
        return ()
    return in_order(test.name, found).mentions


def _crowd(rule: Rule, mention: Mention, size: int) -> tuple[Mention, ...]:
    """Return one mention in the mouths of many, over the rule's window and as long as it asks."""
    what, span = rule.over_time, _USUAL
    if isinstance(what, Window):
        span = what.over + what.lasting
    elif isinstance(what, Steps):
        span = what.within
    return tuple(
        replace(
            mention,
            id=f"rehearsal-{number}",
            external_id=f"rehearsal-{number}",
            published_at=_START + number * span / size,
            author=replace(mention.author, id=f"rehearsal-{number}", handle=f"@rehearsal_{number}"),
        )
        for number in range(size)
    )
