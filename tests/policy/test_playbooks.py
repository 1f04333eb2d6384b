"""Playbooks as authors write them: what is read of each form, and what is wrong at which line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.policy import load_text
from engine.testing import NOON

HOUSE = """channel: room
kind: log
---
rota: nights
time_zone: Europe/Paris
shifts: [{who: lea, hours: {mon-sun: "00:00-24:00"}}]
---
chain: wake
steps: [{notify: {rota: nights}}]
---
policy: care
rules: [{id: refund, when: {text: refund}, then: [{tag: [t]}]}]
---
"""


def loaded(text):
    made, problems = load_text(HOUSE + text, now=NOON)
    return made, [one for one in problems if one.code != "R191"]


def read(text):
    made, problems = loaded(text)
    assert [one.as_text() for one in problems] == []
    return made.playbooks["p"]


@pytest.mark.parametrize(
    ("levels", "names"),
    [
        ("[watch, grave]", ["watch", "grave"]),
        ("[{name: watch, when: few}, {name: grave, severity: critical}]", ["watch", "grave"]),
        ("[{watch: few}, {grave: many}]", ["watch", "grave"]),
        ("{watch: {severity: minor, roles: [lead]}, grave: {chain: wake}}", ["watch", "grave"]),
        ('{1: "Care handles it", 2: "The board"}', ["1", "2"]),
    ],
    ids=["names", "mappings with a name", "mappings of one key", "a mapping", "numbers"],
)
def test_levels_may_be_written_in_any_form(levels, names):
    found = read(f"playbook: p\nlevels: {levels}\n")

    assert [one.name for one in found.levels] == names
    assert found.levels[-1].severity == "critical"


def test_a_level_knows_its_chain_and_a_role_its_people():
    found = read(
        "playbook: p\nlevels: {grave: {chain: wake}}\n"
        "roles: {lead: {rota: nights}, legal: nights, care: [ann, bob], other: zoe}\n"
    )

    assert found.levels[0].chain.id == "wake"
    assert {name: role.who(NOON) for name, role in found.roles.items()} == {
        "lead": ("lea",),
        "legal": ("lea",),
        "care": ("ann", "bob"),
        "other": ("zoe",),
    }


@pytest.mark.parametrize(
    "actions",
    [
        "[{publishing: {do: suspend}}, {rules: {do: draft, of: [care/refund]}}, {halt: replies}]",
        "{publishing: {do: suspend}, rules: draft, halt: {scope: replies}}",
        "[{publishing: {do: suspend}}, {rules: {mode: draft, of: care}}, {halt: action:reply}]",
    ],
    ids=["a list", "a mapping", "other words"],
)
def test_actions_are_a_rules_and_two_of_its_own(actions):
    found = read(f"playbook: p\nactions: {actions}\n")

    assert [one.action.kind for one in found.actions] == ["publishing", "rules", "halt"]
    assert found.actions[2].action.params["scope"] == "action:reply"
    assert all(one.is_restorable for one in found.actions)


def test_actions_may_stand_by_level_and_words_are_for_people():
    found = read(
        "playbook: p\nlevels: [watch, grave]\n"
        "actions: {watch: [Ring the plant], grave: [{notify: {channel: room}}]}\n"
    )

    assert [(one.action.kind, one.level) for one in found.actions] == [
        ("note", "watch"),
        ("notify", "grave"),
    ]


@pytest.mark.parametrize(
    ("written", "after", "notes"),
    [
        ("restore", 0, ()),
        ("{restore: all}", 0, ()),
        ("{after: 6h, who: lea}", 6, ()),
        ("[Tell the team, {publishing: {do: resume}}]", 0, ("Tell the team",)),
        ("{after: 1h, actions: [Tell the team]}", 1, ("Tell the team",)),
    ],
    ids=["a word", "restore all", "after", "a list", "after with actions"],
)
def test_stand_down_puts_back_what_was_changed_whatever_it_says_beside(written, after, notes):
    found = read(f"playbook: p\nstand_down: {written}\n").stand_down

    assert (found.after, found.notes, found.actions) == (timedelta(hours=after), notes, ())


@pytest.mark.parametrize(
    "statements",
    [
        "{en: Hello, fr: Bonjour}",
        "{press: {en: Hello, fr: Bonjour}}",
        "[{language: en, text: Hello}, {language: fr, text: Bonjour, channel: press}]",
    ],
    ids=["by language", "by channel and language", "a list"],
)
def test_statements_are_by_language_or_by_channel_and_language(statements):
    found = read(f"playbook: p\nstatements: {statements}\n")

    assert [(one.language, one.text.source) for one in found.statements] == [
        ("en", "Hello"),
        ("fr", "Bonjour"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("actions: [{notify: {channel: gone}}]", "R204", "gone"),
        ("actions: [{escalate: {chain: wak}}]", "R211", "wake"),
        ("actions: [{ads: {do: paus, select: {tag: x}}}]", "R108", "pause"),
        ("actions: [{rules: {do: draft, of: [refnd]}}]", "R212", "refund"),
        ("actions: [{rules: enforce}]", "R108", "draft"),
        ("actions: [{halt: everything}]", "R108", "brand:x"),
        ("actions: [{notify: {channel: room}, halt: replies}]", "R111", "one action"),
        ("actions: [{haltt: replies}]", "R104", "halt"),
        ("levels: [watch]\nactions: [{halt: replies, level: wach}]", "R108", "watch"),
        ("levels: {grave: {severity: terrible}}", "R108", "severity"),
        ("levels: {grave: {chain: gone}}", "R211", "gone"),
        ("levels: [watch]\ntasks: [{id: t, do: x, level: wach}]", "R108", "watch"),
        ("tasks: [{id: t, do: x, within: 0s}]", "R304", "no time"),
        ("roles: {lead: {rota: night}}", "R211", "nights"),
        ("stand_down: {after: soon}", "R108", "after"),
        ('statements: {en: "{{ nobody.knows }}", fr: x}', "R306", "nobody"),
        ("actions: [{reply: {template: x}}]", "R359", "one mention"),
        ("actions: [{fax: board}]", "R359", "fax"),
        ("roles: {lead: lea}\ntasks: [{id: t, do: x}]", "R358", "role"),
        ("statements: {en: Hello}", "R357", "fr"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(text, code, words):
    _, problems = loaded(f"playbook: p\n{text}\n")

    assert [one.code for one in problems] == [code]
    assert words in f"{problems[0].message} {problems[0].help}"
    assert problems[0].span.line > HOUSE.count("\n")
