from __future__ import annotations

from datetime import timedelta

import pytest
from loading import NOW, policy_of

from engine.decide import decide
from engine.decision import ActionState, Severity
from engine.policy import load_text
from engine.policy.over_time import Absent, Having, Sequence, Unanswered, Window
from engine.testing import mention
from engine.windows import WindowState

CONTRACT = """policy: crisis
brands: [acme]
lists: {press: ["@bigpaper"]}
rules:
  - id: negative-surge
    severity: major
    when: {sentiment: negative}
    window:
      over: 15m
      by: [brand]
      having:
        count: {at_least: 30}
        distinct: {field: author.id, at_least: 20}
        share: {at_least: 40%, of: all, min_total: 50}
        sum: {field: metrics.reach, at_least: 100000}
    for: 2m
    resolve: {below: 60%, for: 30m}
    then:
      - incident: {title: "Negative surge about {{ key.brand }}", playbook: product-safety}
      - escalate: {chain: crisis-on-call}
      - ads: {do: pause, select: {tag: brand}, restore: on_resolve}
      - publishing: {do: suspend, scope: brand, restore: on_resolve}
  - id: unusual-volume
    window: {over: 10m, by: [brand], having: {spike: {sensitivity: medium, at_least: 20}}}
  - id: threat-then-press
    sequence: {steps: [{when: {emotion: anger}}, {when: {author.handle: {in_list: press}}}], within: 6h, by: [brand]}
  - id: source-silent
    absent: {for: 45m, by: [source]}
  - id: waiting-customer
    unanswered: {for: 2h, calendar: office, queue: care}
  - id: new-theme
    window: {over: 1h, by: [brand], having: {emerging: {field: terms, at_least: 15}}}
inhibit: [{source: negative-surge, target: {severity: [minor, major]}, equal: [brand]}]
---
queue: care
members: [zoe, tom]
sla: {first-reply: {within: 1h, calendar: office}, resolution: {within: 24h, calendar: office}}
---
calendar: office
time_zone: Europe/Paris
hours: {mon-fri: ["09:00-12:30", "13:30-18:00"], sat: ["09:00-12:00"]}
holidays: {country: FR, dates: [2026-12-26]}
---
channel: on-call-room
kind: slack
url: ${SLACK_URL}
---
rota: nights
time_zone: Europe/Paris
shifts: [{who: lea, hours: {mon-sun: ["00:00-24:00"]}}]
---
chain: crisis-on-call
steps:
  - notify: {channel: on-call-room}
  - wait: 10m
  - notify: {rota: nights}
    only_if: {more_than: 3, in: 10m}
    calendar: office
  - repeat: 3
---
playbook: product-safety
levels: [watch, alert, crisis]
tasks: [{id: call-lawyer, role: legal, do: Call the lawyer, within: 30m}]
statements: {en: We are looking into it., fr: Nous regardons cela.}
actions: [{publishing: {do: suspend}}]
stand_down: {after: 2h}
---
platform: x
last_reviewed: 2026-11-01
longest: 280
"""


@pytest.fixture
def rules():
    return {rule.id: rule for rule in policy_of(CONTRACT, env={"SLACK_URL": "x"}).rules}


def test_the_examples_of_the_language_load_without_an_error():
    made, problems = load_text(CONTRACT, now=NOW, env={"SLACK_URL": "x"})

    assert made is not None
    assert {one.code for one in problems} == {"R440", "R442"}


def test_a_window_is_what_was_written(rules):
    window = rules["negative-surge"].over_time

    assert isinstance(window, Window)
    assert (window.over, window.by) == (timedelta(minutes=15), ("brand",))
    assert (window.lasting, window.below, window.resolve_for) == (
        timedelta(minutes=2),
        0.6,
        timedelta(minutes=30),
    )
    assert [(one.kind, dict(one.limits), one.subject) for one in window.having.measures()] == [
        ("count", {"at_least": 30}, None),
        ("distinct", {"at_least": 20}, "author.id"),
        ("share", {"at_least": 0.4}, None),
        ("sum", {"at_least": 100000}, "metrics.reach"),
    ]


def test_other_kinds_of_rules_over_time_are_what_was_written(rules):
    sequence, absent = rules["threat-then-press"].over_time, rules["source-silent"].over_time

    assert isinstance(sequence, Sequence)
    assert (len(sequence.steps), sequence.within, sequence.by) == (
        2,
        timedelta(hours=6),
        ("brand",),
    )
    assert absent == Absent(timedelta(minutes=45), ("source",))
    assert rules["waiting-customer"].over_time == Unanswered(timedelta(hours=2), "office", "care")
    assert rules["threat-then-press"].tasks == {"emotion"}


def test_measures_combine():
    policy = policy_of(
        "policy: a\nrules:\n  - id: b\n    window:\n      over: 1h\n      having:\n"
        "        any: [{count: {at_least: 9}}, {not: {share: {less_than: 10%, bound: lower}}}]\n"
    )

    having = policy.rules[0].over_time.having
    assert (having.combiner, having.parts[1].combiner) == ("any", "not")
    assert isinstance(having, Having)


def test_a_rule_over_time_is_no_match_of_a_single_mention():
    policy = policy_of(CONTRACT, env={"SLACK_URL": "x"})
    one = mention("awful", brand="acme")

    assert decide(policy, one, (), WindowState(), now=NOW).matches == ()


def test_an_inhibition_is_what_was_written():
    (inhibition,) = policy_of(CONTRACT, env={"SLACK_URL": "x"}).inhibitions

    assert (inhibition.source, inhibition.equal) == ("negative-surge", ("brand",))
    assert inhibition.severities == {Severity.MINOR, Severity.MAJOR}


ACTIONS = """policy: a
rules:
  - id: b
    title: Fire
    when: {source: x}
    then:
      - hide: {}
      - assign: {queue: care, sla: first}
      - incident: {title: "About {{ brand }}", severity: critical}
      - ads: {do: budget, select: {tag: [brand, summer]}, by: -30%}
      - publishing: {do: suspend}
---
queue: care
sla: {first: {within: 1h}}
"""


def test_actions_of_a_match_carry_what_they_need():
    decision = decide(
        policy_of(ACTIONS), mention("x", brand="acme", source="x"), (), WindowState(), now=NOW
    )

    assert [(one.kind, one.state, dict(one.params)) for one in decision.matches[0].actions] == [
        ("hide", ActionState.AWAITING_APPROVAL, {}),
        ("assign", ActionState.PLANNED, {"queue": "care", "sla": "first"}),
        ("incident", ActionState.PLANNED, {"title": "About acme", "severity": "critical"}),
        (
            "ads",
            ActionState.AWAITING_APPROVAL,
            {
                "do": "budget",
                "select": {"tag": ["brand", "summer"]},
                "by": -0.3,
                "restore": "never",
            },
        ),
        (
            "publishing",
            ActionState.AWAITING_APPROVAL,
            {"do": "suspend", "scope": "brand", "restore": "never"},
        ),
    ]


def test_an_incident_whose_title_cannot_be_made_has_the_title_of_its_rule():
    policy = policy_of(ACTIONS.replace("{{ brand }}", "{{ mention.url|truncate(mention.text) }}"))

    decision = decide(
        policy, mention("x", source="x", url="https://acme.example/a"), (), WindowState(), now=NOW
    )

    assert decision.matches[0].actions[2].params["title"] == "Fire"


def test_an_incident_that_says_no_severity_has_its_rules():
    policy = policy_of(ACTIONS.replace(", severity: critical", ""))

    decision = decide(policy, mention("x", source="x"), (), WindowState(), now=NOW)

    assert decision.matches[0].actions[2].params["severity"] == "minor"
