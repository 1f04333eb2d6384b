from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from engine.decide import decide
from engine.decision import ActionState, HeldBack
from engine.mention import Author
from engine.policy import load_text
from engine.reasons import Reason
from engine.testing import NOON, given, mention
from engine.windows import WindowState

HEAD = """policy: care
brands: [acme]
templates:
  sorry: {en: "Sorry, {{ author.handle }}.", fr: "Désolés, {{ author.handle }}."}
rules:
"""
CHANNELS = """---
channel: desk
kind: log
---
channel: hook
kind: webhook
url: https://example.org/in
secret: ${HOOK_SECRET}
"""


def policy_of(*rules, head=HEAD):
    made, problems = load_text(
        head + "".join(f"  - {rule}\n" for rule in rules) + CHANNELS,
        now=NOON,
        env={"HOOK_SECRET": "c2VjcmV0"},
    )
    assert made is not None, [one.as_text() for one in problems]
    return made.policies[0]


def ask(policy, *, windows=None, at=NOON, classified=(), **fields):
    return decide(
        policy, mention(published_at=at, **fields), classified, windows or WindowState(), now=at
    )


def rule(rest, name="r"):
    return f"{{id: {name}, title: A title, when: {{source: import}}, {rest}}}"


ALL_KINDS = "then: [{tag: [a, b]}, {notify: {channel: desk}}, {reply: {template: sorry}}, {webhook: {channel: hook}}]"


@pytest.mark.parametrize(
    ("mode", "states"),
    [
        ("draft", ["planned", "planned", "awaiting_approval", "awaiting_approval"]),
        ("enforce", ["planned", "planned", "awaiting_approval", "planned"]),
    ],
)
def test_the_mode_says_what_waits_for_a_person(mode, states):
    decision = ask(policy_of(rule(f"mode: {mode}, {ALL_KINDS}")))

    (match,) = decision.matches
    assert [action.kind for action in match.actions] == ["tag", "notify", "reply", "webhook"]
    assert [action.state for action in match.actions] == states
    assert [action.index for action in match.actions] == [0, 1, 2, 3]
    assert decision.held_back == ()


def test_a_shadow_rule_matches_and_plans_nothing():
    decision = ask(policy_of(rule(f"mode: shadow, cooldown: {{per: rule, for: 1h}}, {ALL_KINDS}")))

    (match,) = decision.matches
    assert (match.actions, match.cooldown, match.mode) == ((), None, "shadow")
    assert decision.held_back == tuple(
        HeldBack("r", kind, Reason.SHADOW) for kind in ("tag", "notify", "reply", "webhook")
    )


def test_a_rule_that_is_off_is_not_evaluated():
    assert ask(policy_of(rule("mode: off, then: [{tag: [a]}]"))).matches == ()


def test_an_action_may_be_stricter_than_its_rule():
    decision = ask(
        policy_of(
            rule(
                "mode: enforce, then: [{webhook: {channel: hook}, mode: draft}, {tag: [a], mode: shadow}, {tag: [b], mode: off}, {tag: [c]}]"
            )
        )
    )

    (match,) = decision.matches
    assert [(action.index, action.state) for action in match.actions] == [
        (0, "awaiting_approval"),
        (3, "planned"),
    ]
    assert decision.held_back == (HeldBack("r", "tag", Reason.SHADOW),)


def test_params_are_rendered_plain_json():
    (match,) = ask(policy_of(rule(f"severity: major, {ALL_KINDS}")), language="fr").matches

    params = [dict(action.params) for action in match.actions]
    assert json.loads(json.dumps(params)) == params
    assert params[:3] == [
        {"tags": ["a", "b"]},
        {
            "channel": "desk",
            "text": "[major] A title: hello acme",
            "severity": "major",
            "title": "A title",
        },
        {
            "text": "Désolés, @zoe.",
            "language": "fr",
            "template": "sorry",
            "approval": "required",
            "channel": "import",
        },
    ]
    body = params[3]["body"]
    assert (body["policy"], body["rule"], body["severity"], body["mention"]["text"]) == (
        "care",
        "r",
        "major",
        "hello acme",
    )


def test_a_notice_says_what_its_author_wrote():
    (match,) = ask(
        policy_of(
            rule(
                "then: [{notify: {channel: desk, text: 'Look: {{ mention.text }} ({{ rule.id }})'}}]"
            )
        )
    ).matches

    assert match.actions[0].params["text"] == "Look: hello acme (r)"


def test_a_reply_without_a_text_for_the_language_is_held_back():
    head = HEAD.replace('en: "Sorry, {{ author.handle }}.", ', "")

    decision = ask(
        policy_of(
            rule("cooldown: {per: rule, for: 1h}, then: [{reply: {template: sorry}}]"), head=head
        ),
        language="de",
    )

    (match,) = decision.matches
    assert (match.actions[0].state, match.actions[0].reason, match.cooldown) == (
        ActionState.SUPPRESSED,
        Reason.NO_TEMPLATE,
        None,
    )
    assert decision.held_back == (HeldBack("r", "reply", Reason.NO_TEMPLATE, "de"),)


COOLING = rule("cooldown: {per: author, for: 1h}, then: [{tag: [a]}, {notify: {channel: desk}}]")


def test_within_a_cooldown_a_match_keeps_its_actions_suppressed():
    #   12:00 acts ── 12:30 held ── 13:00 acts again
    policy, windows = policy_of(COOLING), WindowState()
    windows.apply(ask(policy, windows=windows))

    held = ask(policy, windows=windows, at=NOON + timedelta(minutes=30))
    again = ask(policy, windows=windows, at=NOON + timedelta(hours=1))

    (match,) = held.matches
    assert [(action.state, action.reason) for action in match.actions] == [
        (ActionState.SUPPRESSED, Reason.COOLDOWN)
    ] * 2
    assert match.cooldown is None
    assert [(one.action, one.by, one.detail) for one in held.held_back] == [
        (kind, Reason.COOLDOWN, "author=import:77") for kind in ("tag", "notify")
    ]
    assert [action.state for action in again.matches[0].actions] == [ActionState.PLANNED] * 2


@pytest.mark.parametrize(
    ("per", "first", "second", "is_held"),
    [
        ("author", {}, {"text": "other"}, True),
        ("author", {}, {"author_id": "78"}, False),
        ("author", {"author_id": None}, {"author_id": None, "handle": "@ZOE"}, True),
        ("author", {"author": Author()}, {"author": Author()}, False),
        ("brand", {}, {"author_id": "78"}, True),
        ("rule", {}, {"author_id": "78"}, True),
        ("thread", {"in_reply_to": "9"}, {"in_reply_to": "9"}, True),
        ("thread", {"id": "m1"}, {"id": "m2"}, False),
        ("author.name", {"author": Author(name="Z")}, {"author": Author(name="Z")}, True),
        ("language", {}, {}, False),
    ],
    ids=["the same author", "another author", "an author known by handle", "unknown authors", "one brand", "one rule", "one thread", "two threads", "a field", "an absent field"],
)  # fmt: skip
def test_a_cooldown_counts_by_its_key(per, first, second, is_held):
    policy, windows = (
        policy_of(rule(f"cooldown: {{per: {per}, for: 1h}}, then: [{{tag: [a]}}]")),
        WindowState(),
    )
    windows.apply(ask(policy, windows=windows, **first))

    (match,) = ask(policy, windows=windows, at=NOON + timedelta(minutes=1), **second).matches

    assert (match.actions[0].reason is Reason.COOLDOWN) == is_held


def test_an_exception_undoes_the_match_and_is_named():
    policy = policy_of(
        rule(
            "except: [{name: own, when: {author.handle: '@zoe'}, expires: 2026-03-03}], then: [{tag: [a]}]"
        )
    )

    decision = ask(policy)
    late = ask(policy, at=datetime(2026, 3, 3, tzinfo=UTC))

    assert (decision.matches, decision.held_back) == (
        (),
        (HeldBack("r", "", Reason.EXCEPT, "own"),),
    )
    assert [match.rule for match in late.matches] == ["r"]


def test_a_rule_is_off_from_the_day_it_expires():
    policy = policy_of(rule("expires: 2026-03-03, then: [{tag: [a]}]"))
    last = datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)

    assert [match.rule for match in ask(policy, at=last).matches] == ["r"]
    assert ask(policy, at=last + timedelta(seconds=1)).matches == ()


def test_an_undecided_condition_is_no_match_and_an_undecided_exception_no_exception():
    policy = policy_of(
        "{id: a, when: {language: fr}, then: []}",
        rule("except: [{name: own, when: {language: fr}}], then: [{tag: [a]}]"),
    )

    assert [match.rule for match in ask(policy).matches] == ["r"]


@pytest.mark.parametrize(
    ("brand", "applies"), [("acme", True), ("ACME", True), ("other", False), (None, False)]
)
def test_a_policy_looks_at_its_own_brands_only(brand, applies):
    assert bool(ask(policy_of(rule("then: [{tag: [a]}]")), brand=brand).matches) == applies


def test_matches_keep_the_order_of_the_rules_and_carry_their_trace():
    policy = policy_of(
        rule("then: []", "z"),
        "{id: y, when: {sentiment: negative}, then: []}",
        rule("then: []", "x"),
    )

    decision = ask(policy, classified=given(sentiment="negative"))

    assert [match.rule for match in decision.matches] == ["z", "y", "x"]
    assert all(match.trace is not None and match.trace.held for match in decision.matches)


def test_equal_arguments_give_equal_decisions_and_distinct_actions():
    policy = policy_of(rule(ALL_KINDS), rule(ALL_KINDS, "s"))

    first, second = ask(policy), ask(policy)

    ids = [action.id for match in first.matches for action in match.actions]
    assert first == second
    assert len(set(ids)) == 8
    assert ids[0] != ask(policy, id="another").matches[0].actions[0].id
