"""Rehearsals: a crisis end to end, the real stages, nothing sent, and nothing left behind."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from engine.policy import load_text
from engine.proving.rehearse import Plan, rehearse
from engine.proving.written_crisis import in_order, rules_with, written_crises
from engine.testing import NOON
from streams.pipeline import Pipeline

SHARED = """channel: room
kind: log
---
rota: nights
time_zone: Asia/Tokyo
shifts: [{who: aki, hours: {mon-sun: "00:00-24:00"}}]
---
rota: bosses
shifts: [{who: marc, hours: {mon-sun: "00:00-24:00"}}]
---
chain: wake
steps: [{notify: {rota: nights}}, {wait: 10m}, {notify: {rota: bosses}}]
---
playbook: fire
levels: [{name: grave, severity: major, chain: wake}]
tasks: [{id: ring, role: lead, do: "Ring the plant.", within: 5m}]
statements: {en: "We are looking into {{ brand }}.", fr: "Nous regardons."}
actions:
  - publishing: {do: suspend, scope: brand}
  - halt: replies
  - ads: {do: budget, by: -30%, select: {tag: x}, restore: never}
stand_down: {after: 20m, actions: [Write the record]}
---
"""
POLICY = """policy: care
brands: [acme]
rules:
  - id: surge
    severity: major
    mode: enforce
    when: {text: fire}
    window: {over: 10m, by: [brand], having: {count: {at_least: 5}}}
    then:
      - incident: {title: "Fire", playbook: fire}
      - ads: {do: pause, select: {tag: brand}, restore: on_resolve}
    examples: {fires: [{text: "fire", language: en}], quiet: [{text: "calm"}]}
  - id: loud
    window: {over: 10m, by: [brand], having: {count: {at_least: 7}}}
    then: [{notify: {channel: room}}]
inhibit: [{source: surge, target: {severity: minor}, equal: [brand]}]
"""


class Nobody:
    def identify(self, texts, declared=None):
        return [None] * len(texts)


def pipeline(policy):
    made, problems = load_text(SHARED + policy, now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    return Pipeline(
        identifier=Nobody(),
        classify=lambda mentions: [one.classifications for one in mentions],
        policies=made,
    )


def played(policy=POLICY, **plan):
    stages = pipeline(policy)
    policies = stages.policies
    plan = Plan(policies.playbooks["fire"], **plan)
    crises = written_crises(policies, rules_with(policies, "fire"))
    return next(one for crisis in crises if (one := rehearse(plan, crisis, stages)).is_begun)


def texts(result, what):
    return [one.text for one in result.entries if one.what == what]


def test_a_crisis_is_played_from_its_first_mention_until_all_is_put_back():
    result = played()

    assert list(dict.fromkeys(one.what.value for one in result.entries)) == [
        "mention",
        "entered",
        "incident",
        "level",
        "would",
        "task",
        "statement",
        "told",
        "held_back",
        "deadline",
        "settled",
        "resolved",
        "restored",
        "stood_down",
        "note",
        "closed",
    ]
    assert [one.at for one in result.entries] == sorted(one.at for one in result.entries)
    assert texts(result, "closed") == [
        "4 changed, 3 restored, 1 kept on purpose, 0 left; nothing was sent"
    ]
    assert texts(result, "statement") == ["statement ready (en): We are looking into acme."]
    assert "loud: notify held back by inhibit" in texts(result, "held_back")[0]


def test_every_restore_names_what_it_undoes_the_latest_first():
    result = played()

    undone = [one.detail["undoes"] for one in result.entries if one.what == "restored"]
    changed = [one.id for one in result.changes if not one.is_kept]
    assert sorted(undone) == sorted(changed)
    (halt, publishing) = undone[-2:]
    texts_by_id = {one.id: one.text for one in result.changes}
    assert texts_by_id[halt] == "halt action:reply"
    assert texts_by_id[publishing] == "suspend publishing (brand)"
    assert result.left == []


def test_stand_down_waits_as_long_as_the_playbook_says():
    result = played()
    at = {one.what.value: one.at for one in result.entries}

    assert at["stood_down"] - at["resolved"] == timedelta(minutes=20)


def test_people_are_told_in_their_own_time_as_if_it_were_then():
    result = played(start=datetime(2026, 3, 1, 3, tzinfo=UTC))

    assert texts(result, "told")[0].startswith("aki would be told at Sunday 12:01 Asia/Tokyo")
    assert "marc would be told" in texts(result, "told")[1]


def test_an_acknowledgement_stops_the_chain():
    result = played(acknowledge_after=timedelta(minutes=4), by="aki")

    assert len(texts(result, "told")) == 1
    assert "aki acknowledges inc-" in texts(result, "acknowledged")[0]
    assert result.left == []


def test_the_same_rehearsal_twice_is_the_same_to_the_byte():
    first, second = (json.dumps(played().as_json()) for _ in range(2))

    assert first == second


def test_what_a_rule_that_never_resolves_has_changed_is_left():
    policy = """policy: care
brands: [acme]
rules:
  - id: silent
    severity: major
    mode: enforce
    absent: {for: 30m, by: [brand]}
    then:
      - incident: {title: "Silent", playbook: fire}
      - ads: {do: pause, select: {tag: brand}}
    examples: {fires: [{text: "hello", language: en}]}
"""
    result = played(policy)

    assert sorted(one.text for one in result.left) == [
        "halt action:reply",
        "pause ads where tag is brand",
        "suspend publishing (brand)",
    ]
    assert "3 left" in texts(result, "closed")[0]


def test_a_test_that_names_the_rule_is_the_crisis_before_any_example():
    tests = """---
tests:
  - name: eight in a row
    given: [{every: 30s, times: 8, mention: {text: "fire {{ i }}", language: fr, brand: acme}}]
    expect: [{at: 4m, firing: [surge]}]
"""
    result = played(POLICY + tests)

    assert result.crisis == "test 'eight in a row'"
    assert texts(result, "statement") == ["statement ready (fr): Nous regardons."]


def test_a_rule_of_single_mentions_may_open_the_incident():
    policy = """policy: care
brands: [acme]
rules:
  - id: injury
    severity: critical
    when: {text: injured}
    then: [{incident: {title: "Injury", playbook: fire}}]
    examples: {fires: [{text: "injured", language: en}]}
"""
    result = played(policy)

    assert result.is_begun
    assert result.left == []
    assert "care/injury matches, 40x in all" in texts(result, "matched")[0]


def test_a_rule_in_draft_lets_outward_deeds_wait_and_makes_the_engine_stricter_at_once():
    result = played(POLICY.replace("mode: enforce", "mode: draft"))
    would = texts(result, "would")

    assert "would suspend publishing (brand) (waits for a person)" in would
    assert "would halt action:reply" in would


def test_a_calm_past_begins_no_playbook():
    stages = pipeline(POLICY)
    crisis = next(iter(written_crises(stages.policies, rules_with(stages.policies, "fire"))))
    calm = in_order("three", crisis.mentions[:3])

    result = rehearse(Plan(stages.policies.playbooks["fire"]), calm, stages)

    assert not result.is_begun
    assert result.changes == []


@pytest.mark.parametrize("playbook", ["fire", "gone"])
def test_rules_are_found_by_the_playbook_they_name(playbook):
    found = rules_with(pipeline(POLICY).policies, playbook)

    assert [one.id for one in found] == (["surge"] if playbook == "fire" else [])
