from __future__ import annotations

import pytest
from loading import NOW, policy_of

from engine.decision import Mode
from engine.policy import load_paths, load_text
from engine.policy.fields import fold

BASE = """policy: base
abstract: true
owner: group
brands: [acme]
defaults: {mode: shadow, severity: major}
lists: {press: ["@paper", "@radio"]}
macros: {angry: {sentiment: negative}}
templates: {sorry: {en: Sorry, fr: Pardon}}
rules:
  - id: first
    when: [{macro: angry}]
    then: [{tag: [t]}]
  - id: second
    when: {author.handle: {in_list: press}}
    cooldown: {per: author, for: 1h}
    then: [{tag: [press]}]
"""


def child(text: str, base: str = BASE):
    made, problems = load_text(f"{base}---\npolicy: child\nextends: base\n{text}", now=NOW)
    assert made is not None, problems
    return {policy.id: policy for policy in made.policies}


def test_a_child_has_the_parts_of_its_base_and_its_own():
    policies = child("brands: [borealis]\nrules: [{id: third, when: {macro: angry}}]\n")

    made = policies["child"]
    assert [rule.id for rule in made.rules] == ["first", "second", "third"]
    assert (made.brands, made.owner) == ({"acme", "borealis"}, "group")
    assert {rule.mode for rule in made.rules} == {Mode.SHADOW}


def test_an_abstract_base_does_not_run_and_another_does():
    assert child("").keys() == {"child"}
    assert child("", BASE.replace("abstract: true\n", "")).keys() == {"base", "child"}


def test_defaults_of_the_child_come_before_those_of_the_base():
    rule = child("defaults: {mode: draft}\n")["child"].rules[0]

    assert (rule.mode, rule.severity) == (Mode.DRAFT, "major")


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("{rules: {first: {mode: draft}}}", lambda rules: rules[0].mode is Mode.DRAFT),
        ("{rules: {second: {cooldown: {per: rule, for: 2h}}}}", lambda rules: rules[1].cooldown.per == "rule"),
        ("{rules: {first: {then: {append: [{tag: [more]}]}}}}", lambda rules: len(rules[0].actions) == 2),
        ("{rules: {first: {then: {replace: [{tag: [more]}]}}}}", lambda rules: rules[0].actions[0].tags == ("more",)),
        ("{rules: {first: {when: {append: [{source: x}]}}}}", lambda rules: len(rules[0].condition.parts) == 2),
        ("{rules: {first: {when: {sentiment: positive}}}}", lambda rules: rules[0].condition.subject == "sentiment"),
        ("{lists: {press: {append: ['@tv']}}}", lambda rules: rules[1].condition.tests[0]("@tv")),
        ("{lists: {press: {replace: ['@tv']}}}", lambda rules: not rules[1].condition.tests[0](fold("@paper"))),
        ("{macros: {angry: {sentiment: positive}}}", lambda rules: rules[0].revision),
        ("{brands: {replace: [nord]}}", lambda rules: rules[0].brands == {"nord"}),
        ("{defaults: {mode: off}}", lambda rules: rules[0].mode is Mode.OFF),
    ],
)  # fmt: skip
def test_an_override_changes_what_was_brought(change, seen):
    assert seen(child(f"override: {change}\n")["child"].rules)


def test_an_override_leaves_the_base_as_it_is():
    policies = child(
        "override: {rules: {first: {mode: draft}}}\n", BASE.replace("abstract: true\n", "")
    )

    assert policies["base"].rules[0].mode is Mode.SHADOW


def test_extension_goes_on_over_several_policies_whatever_their_order():
    text = "policy: c\nextends: b\n---\npolicy: b\nextends: base\nabstract: true\n---\n" + BASE

    made, _ = load_text(text, now=NOW)

    assert [(one.id, len(one.rules)) for one in made.policies] == [("c", 2)]


def test_a_fault_of_the_base_is_told_once_where_it_stands():
    text = BASE.replace("macro: angry}]", "macro: angyr}]")

    _, problems = load_text(f"{text}---\npolicy: child\nextends: base\n", now=NOW)

    assert [(one.code, one.span.line) for one in problems if one.code != "R210"] == [("R202", 11)]


def test_what_a_base_defines_for_others_is_not_unused():
    made, problems = load_text(
        "policy: base\nabstract: true\nlists: {press: [x]}\n---\npolicy: a\nextends: base\n",
        now=NOW,
    )

    assert made is not None
    assert problems == []


def test_a_rule_changes_its_revision_with_what_its_base_brings():
    before = child("")["child"].rules
    after = child("override: {lists: {press: {append: ['@tv']}}}\n")["child"].rules

    assert before[0].revision == after[0].revision
    assert before[1].revision != after[1].revision


def test_a_list_may_stand_in_a_file_of_its_own(tmp_path):
    (tmp_path / "press.txt").write_text('# the press\n@paper\n\n  "@local tv"\n#summer\n', "utf-8")
    (tmp_path / "a.yaml").write_text(
        "policy: a\nlists: {press: {file: press.txt}}\n"
        "rules: [{id: b, when: {author.handle: {in_list: press}}}]\n",
        "utf-8",
    )

    made, problems = load_paths([tmp_path], now=NOW)

    assert problems == []
    holds = made.policies[0].rules[0].condition.tests[0]
    assert [holds(one) for one in ("@paper", "@local tv", "#summer", "# the press")] == [
        True,
        True,
        True,
        False,
    ]


def test_an_entry_at_fault_is_told_in_the_lists_own_file(tmp_path):
    (tmp_path / "long.txt").write_text("x\n" + "y" * 2000 + "\n", "utf-8")
    (tmp_path / "a.yaml").write_text("policy: a\nlists: {l: {file: long.txt}}\n", "utf-8")

    _, problems = load_paths([tmp_path / "a.yaml"], now=NOW)

    fault = next(one for one in problems if one.code == "R108")
    assert (fault.span.file, fault.span.line) == (str(tmp_path / "long.txt"), 2)


def test_a_list_s_file_that_cannot_be_read_as_text_is_not_called_empty_too(tmp_path):
    (tmp_path / "l.txt").write_bytes(b"caf\xe9\n")
    (tmp_path / "a.yaml").write_text(
        "policy: a\nlists: {l: {file: l.txt}}\n"
        "rules: [{id: b, when: {author.handle: {in_list: l}}}]\n",
        "utf-8",
    )

    _, problems = load_paths([tmp_path / "a.yaml"], now=NOW)

    assert [(one.code, one.span.file) for one in problems] == [("R100", str(tmp_path / "l.txt"))]


def test_a_list_that_names_no_file_is_refused():
    made, problems = load_text("policy: a\nlists: {l: {file: [x]}}\n", now=NOW)

    assert made is None
    assert [one.code for one in problems if one.code != "R210"] == ["R106"]


def test_policies_without_extension_are_as_before():
    assert policy_of("policy: a\nrules: [{id: b, when: {source: x}}]\n").rules[0].id == "b"


def test_a_circle_is_reported_at_each_policy_of_it():
    _, problems = load_text(
        "policy: a\nextends: b\n---\npolicy: b\nextends: c\n---\npolicy: c\nextends: a\n", now=NOW
    )

    assert [(one.code, one.span.line, one.message) for one in problems] == [
        ("R215", 2, "policy 'a' extends itself: a -> b -> c -> a"),
        ("R215", 5, "policy 'b' extends itself: b -> c -> a -> b"),
        ("R215", 8, "policy 'c' extends itself: c -> a -> b -> c"),
    ]
