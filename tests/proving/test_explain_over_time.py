"""Explanations of rules over time: what the window measured after a mention, and what fires."""

from __future__ import annotations

from datetime import timedelta

from engine.policy import Facts, load_text
from engine.proving.explain import Search, chosen_rules, explain, only
from engine.proving.explain_text import explanation_lines
from engine.simulate import Arrivals, Side, Simulation
from engine.testing import NOON, mention

SURGE = """
policy: care
brands: [acme]
rules:
  - id: surge
    when: {text: refund}
    window:
      over: 10m
      by: [brand]
      having: {count: {at_least: 3}, distinct: {field: author.id, at_least: 2}}
    then: [{tag: [surge]}]
"""


class Nobody:
    def identify(self, texts, declared=None):
        return [None] * len(texts)


def as_given(mentions):
    return [one.classifications for one in mentions]


def policy_of(text):
    made, problems = load_text(text, now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    return made


def explained(*mentions, of, text=SURGE):
    """Explain the only rule for one of the mentions, as the moment after it was."""
    made = policy_of(text)
    ((policy, rule),) = chosen_rules(made, "surge")
    simulation = Simulation([Side(only(made, [(policy, rule)]), as_given)], identifier=Nobody())
    decided = Search(of, has_past=True).decided(simulation, [Arrivals(mentions)])
    facts = Facts(decided.mention, decided.classifications)
    (state,) = simulation.states
    views = state.over_time.look(policy.id, rule.id, facts)
    return explain(policy, rule, decided, revision="r", views=views)


def minute(number, text="refund", **fields):
    at = NOON + number * timedelta(minutes=1)
    return mention(text, id=f"m{number}", published_at=at, language="en", **fields)


CROWD = [minute(n, author_id=str(n)) for n in range(4)]


def test_a_window_shows_what_it_measured_right_after_the_mention():
    found = explained(*CROWD, of="m1")

    assert (found.fired, found.counts, found.suppressed_by) == (False, True, None)
    assert found.rows[:2] == [
        {
            "condition": "count at_least 3",
            "value": 2,
            "wanted": {"at_least": 3},
            "held": False,
            "part": "window",
            "path": [0],
            "changes": None,
        },
        {
            "condition": "distinct author.id at_least 2",
            "value": 2,
            "wanted": {"at_least": 2},
            "held": True,
            "part": "window",
            "path": [1],
            "changes": None,
        },
    ]
    assert explanation_lines(found)[0] == (
        "care/surge: judges mentions over time and does not fire; this mention counts"
    )
    assert "  ✗ window: count at_least 3  (saw 2)" in explanation_lines(found)


def test_a_rule_over_time_that_fires_says_for_what_and_since_when():
    found = explained(*CROWD, of="m3")

    assert (found.fired, found.as_json()["firing"]) == (
        True,
        [{"key": {"brand": "acme"}, "opened_at": "2026-03-02T12:02:00Z"}],
    )
    assert explanation_lines(found)[0] == (
        "care/surge: fires brand=acme since 2026-03-02T12:02:00Z; this mention counts"
    )


def test_a_mention_that_does_not_count_says_why_before_what_the_window_measured():
    found = explained(*CROWD[:3], minute(5, "hello"), of="m5")

    assert (found.fired, found.counts) == (True, False)
    assert found.rows[0]["condition"] == "text: refund"
    assert explanation_lines(found)[0] == (
        "care/surge: fires brand=acme since 2026-03-02T12:02:00Z; "
        "this mention does not count: one answer would change that (marked <-)"
    )


def test_a_rule_in_shadow_fires_and_says_what_held_it_back():
    found = explained(
        *CROWD, of="m2", text=SURGE.replace("id: surge", "id: surge\n    mode: shadow")
    )

    assert (found.fired, found.suppressed_by) == (True, "shadow")


def test_rules_that_others_hold_back_or_wait_for_are_not_run_alone():
    inhibited = policy_of(
        SURGE + "  - {id: other, when: {text: x}, then: [{tag: [x]}]}\n"
        "inhibit: [{source: surge, target: {severity: [minor]}}]\n"
    )
    waiting = policy_of(
        "policy: care\nrules:\n  - {id: slow, unanswered: {for: 2h}}\n"
        "  - {id: given, when: {text: x}, then: [{tag: [x]}]}\n"
    )

    assert only(inhibited, chosen_rules(inhibited, "other")).rules == 2
    assert only(waiting, chosen_rules(waiting, "slow")).rules == 2
    assert only(waiting, chosen_rules(waiting, "given")).rules == 1
