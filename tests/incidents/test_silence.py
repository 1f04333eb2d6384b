"""Silences: what is planned while one lasts is held back, and matches stay matches."""

from datetime import timedelta

import pytest

from engine.decide import decide
from engine.incidents import Silence, hold_back
from engine.policy import load_text
from engine.testing import NOON, mention
from engine.windows import WindowState

POLICY = """
policy: care
rules:
  - {id: refund, when: {text: refund}, then: [{tag: [a]}, {tag: [b], mode: shadow}], cooldown: {per: rule, for: 1h}}
  - {id: bare, when: {text: refund}}
  - {id: watched, mode: shadow, when: {text: refund}, then: [{tag: [c]}]}
"""
HOUR = timedelta(hours=1)


def decision():
    policies, _ = load_text(POLICY, now=NOON)
    return decide(policies.policies[0], mention("refund"), (), WindowState(), now=NOON)


def silence(rule="refund", since=NOON, until=NOON + HOUR):
    return Silence(rule, since, until, "planned work")


def test_what_a_stored_silence_hides_names_it():
    stored = Silence("refund", NOON, NOON + HOUR, "planned work", "zoe", "sil-0123456789")

    after = hold_back(decision(), [stored])

    assert {
        one.detail for one in after.held_back if one.rule == "refund" and one.by == "silence"
    } == {"sil-0123456789: planned work"}


def held(found):
    return [(one.rule, one.action, one.by, one.detail) for one in found.held_back]


def test_a_silenced_rule_plans_nothing_and_starts_no_cooldown():
    before = decision()

    after = hold_back(before, [silence()])

    assert [match.rule for match in after.matches] == ["refund", "bare", "watched"]
    refund = after.matches[0]
    assert [(action.state, action.reason) for action in refund.actions] == [
        ("suppressed", "silence")
    ]
    assert refund.cooldown is None
    assert held(after) == [*held(before), ("refund", "tag", "silence", "planned work")]
    assert after.matches[1:] == before.matches[1:]


def test_a_match_without_actions_is_held_back_whole():
    assert ("bare", "", "silence", "planned work") in held(hold_back(decision(), [silence("bare")]))


def test_what_was_held_back_already_keeps_its_reason():
    assert held(hold_back(decision(), [silence("watched")])) == held(decision())


@pytest.mark.parametrize(
    ("one", "is_silent"),
    [
        pytest.param(silence("care/refund"), True, id="named with its policy"),
        pytest.param(silence("other/refund"), False, id="another policy"),
        pytest.param(silence("other"), False, id="another rule"),
        pytest.param(silence(since=NOON + HOUR), False, id="not begun"),
        pytest.param(silence(since=NOON - HOUR, until=NOON), False, id="just over"),
    ],
)
def test_it_covers_its_rule_from_its_beginning_to_its_end(one, is_silent):
    assert (hold_back(decision(), [one]) != decision()) is is_silent
