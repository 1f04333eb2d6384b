"""Inhibition and mutes: what is held back while another rule fires, or by a calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.decide import decide
from engine.decision import Firing, Phase
from engine.incidents import FiringNow, inhibit, mention_values, mute
from engine.policy import load_text
from engine.testing import NOON, given, mention
from engine.windows import WindowState

POLICY = """
policy: care
rules:
  - {id: recall, severity: critical, window: {over: 5m, by: [brand, sentiment, hashtags], having: {count: {at_least: 5}}}}
  - {id: refund, when: {text: refund}, then: [{tag: [a]}], cooldown: {per: rule, for: 1h}}
  - {id: loud, severity: major, when: {text: refund}, then: [{tag: [b]}]}
  - {id: bare, severity: info, when: {text: refund}}
inhibit: [{source: recall, target: %s, equal: %s}]
mute:
  - {outside: office, target: {severity: [minor, info]}}
  - {during: office, target: {rule: loud}}
---
calendar: office
time_zone: Europe/Paris
hours: {mon-fri: "09:00-18:00"}
"""
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)


def policies(target="{severity: minor}", equal="[brand]"):
    made, problems = load_text(POLICY % (target, equal), now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    return made


def decided(made, at=NOON, **fields):
    said = mention("refund", brand="acme", **fields)
    return decide(made.policies[0], said, (), WindowState(), now=at), said


def held(before, after):
    """What was added to the held back."""
    assert after.held_back[: len(before.held_back)] == before.held_back
    new = after.held_back[len(before.held_back) :]
    return [(one.rule, one.action, one.by.value, one.detail) for one in new]


def inhibited(made, key, **fields):
    before, said = decided(made, **fields)
    after = inhibit.hold_back(
        before,
        made.policies[0].inhibitions,
        [FiringNow("recall", key)],
        values=mention_values(said, given(sentiment="negative")),
    )
    return held(before, after)


def test_matches_of_a_severity_are_held_back_where_values_are_equal():
    assert inhibited(policies(), {"brand": "Acme"}) == [
        ("refund", "tag", "inhibit", "recall (brand=Acme)")
    ]
    assert inhibited(policies(), {"brand": "other"}) == []


def test_an_inhibited_match_begins_no_cooldown():
    before, said = decided(policies())
    after = inhibit.hold_back(
        before,
        policies().policies[0].inhibitions,
        [FiringNow("recall", {"brand": "acme"})],
        values=mention_values(said, ()),
    )

    assert before.matches[0].cooldown is not None
    assert after.matches[0].cooldown is None


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        pytest.param("{rule: [loud, bare]}", ["loud", "bare"], id="rules"),
        pytest.param("{severity: [major, info]}", ["loud", "bare"], id="severities"),
        pytest.param("{severity: major, rule: bare}", ["loud", "bare"], id="either of them"),
        pytest.param("{severity: critical}", [], id="no match"),
    ],
)
def test_targets_are_severities_or_rules(target, rules):
    assert [one[0] for one in inhibited(policies(target), {"brand": "acme"})] == rules


@pytest.mark.parametrize(
    ("equal", "key", "is_held"),
    [
        pytest.param("[]", {}, True, id="nothing need be equal"),
        pytest.param("[sentiment]", {"sentiment": "negative"}, True, id="a label"),
        pytest.param("[sentiment]", {"sentiment": "positive"}, False, id="another label"),
        pytest.param("[hashtags]", {"hashtags": "recall"}, True, id="one of several"),
        pytest.param("[hashtags]", {"hashtags": "sale"}, False, id="none of several"),
        pytest.param("[brand, sentiment]", {"brand": "acme"}, False, id="absent in the source"),
        pytest.param("[brand]", {"brand": None}, False, id="absent in its key"),
    ],
)
def test_values_are_equal_on_both_sides(equal, key, is_held):
    found = inhibited(
        policies(equal=equal),
        key,
        hashtags=("recall", "fire"),
    )

    assert bool(found) is is_held


def firing(phase, key, at=NOON):
    return Firing(key, phase, at, at + timedelta(hours=1) if phase is Phase.RESOLVED else None)


def as_firing(decision, phase, key):
    matches = [replace(one, firing=firing(phase, key)) for one in decision.matches]
    return replace(decision, matches=tuple(matches))


def test_a_firing_is_compared_by_its_own_key():
    made = policies("{severity: [minor, major]}")
    entered = as_firing(decided(made)[0], Phase.ENTERED, {"brand": "other"})

    def never(name):
        raise AssertionError(name)

    def after(key):
        inhibitions = made.policies[0].inhibitions
        return inhibit.hold_back(entered, inhibitions, [FiringNow("recall", key)], values=never)

    assert held(entered, after({"brand": "acme"})) == []
    assert len(held(entered, after({"brand": "other"}))) == 2


def test_a_source_never_holds_itself_back():
    made = policies("{severity: minor}")
    own = decided(made)[0]
    own = replace(own, matches=tuple(replace(one, rule="recall") for one in own.matches))
    found = inhibit.hold_back(
        own,
        made.policies[0].inhibitions,
        [FiringNow("recall", {"brand": "acme"})],
        values={"brand": "acme"}.get,
    )

    assert found == own


def test_the_end_of_a_firing_is_never_held_back():
    made = policies()
    ended = as_firing(decided(made, at=MONDAY)[0], Phase.RESOLVED, {"brand": "acme"})
    policy = made.policies[0]
    firing_now = [FiringNow("recall", {"brand": "acme"})]

    assert inhibit.hold_back(ended, policy.inhibitions, firing_now, values={}.get) == ended
    assert mute.hold_back(ended, policy.mutes, made.calendars) == ended


@pytest.mark.parametrize(
    ("at", "found"),
    [
        pytest.param(MONDAY, [("loud", "tag", "mute", "during office")], id="inside"),
        pytest.param(
            MONDAY + timedelta(hours=9),
            [("refund", "tag", "mute", "outside office"), ("bare", "", "mute", "outside office")],
            id="outside",
        ),
    ],
)
def test_a_calendar_mutes_rules_inside_or_outside_of_it(at, found):
    made = policies()
    before = decided(made, at=at)[0]

    after = mute.hold_back(before, made.policies[0].mutes, made.calendars)

    assert held(before, after) == found
