from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lint_cases import FOUND, LEFT, PACKS, rules
from loading import NOW
from small_worlds import CONDITIONS, load_rules, worlds
from test_defects import place

from engine.policy import load_text
from engine.policy.lint import ALLOWABLE, LINTS
from engine.policy.lint.base import Lint
from engine.problem import ProblemSeverity
from engine.problem_codes import CODES


def lint(text):
    """All problems of a text but for what is not used: heads define more than a case needs."""
    _, problems = load_text(text, now=NOW, platforms=PACKS)
    return [one for one in problems if one.code not in {"R191", "R210"}]


@pytest.mark.parametrize(
    ("code", "words", "marked"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND]
)
def test_a_lint_finds_it_at_its_place(code, words, marked):
    text, line, column = place(marked)

    (problem,) = lint(text)

    assert (problem.code, problem.span.line, problem.span.column) == (code, line, column)
    assert words.lower() in f"{problem.message} {problem.help}".lower()
    assert problem.severity is (
        ProblemSeverity.ERROR if code == "R250" else ProblemSeverity.WARNING
    )


@pytest.mark.parametrize(("code", "text"), [row[1:] for row in LEFT], ids=[row[0] for row in LEFT])
def test_a_lint_leaves_what_is_sound(code, text):
    problems = lint(text)

    assert code not in {one.code for one in problems}
    assert not [one.as_text() for one in problems if one.severity is ProblemSeverity.ERROR]


class TestEveryLint:
    @pytest.fixture(params=LINTS, ids=lambda lint: lint.__name__)
    def kind(self, request):
        return request.param

    def test_says_what_it_is_and_what_it_may_find(self, kind):
        assert issubclass(kind, Lint)
        assert kind.__doc__
        assert kind.codes
        assert set(kind.codes) <= set(CODES)

    def test_looks_at_rules_or_at_all_of_them(self, kind):
        assert kind.validate is not Lint.validate or kind.finalize is not Lint.finalize

    def test_is_alone_with_its_codes(self, kind):
        others = {code for one in LINTS if one is not kind for code in one.codes}
        assert others.isdisjoint(kind.codes)

    def test_stands_in_a_module_of_its_own(self, kind):
        assert [one for one in LINTS if one.__module__ == kind.__module__] == [kind]

    def test_has_nothing_to_say_of_no_policy(self, kind):
        assert list(kind().finalize([])) == []

    def test_has_a_case_that_it_finds_and_one_that_it_leaves(self, kind, request):
        elsewhere = {"R210", "R308", "R404", "R405"}  # in tests/policy/defects.py
        found = {row[1] for row in FOUND} | elsewhere
        left = {row[1] for row in LEFT} | elsewhere
        assert set(kind.codes) <= found
        assert set(kind.codes) <= left


@pytest.mark.parametrize(
    "rule",
    [
        "when: {text: {exists: true}}, then: [{tag: [t]}], allow: [{lint: R340, reason: a log}]",
        "when: {text: 'fire and smoke'}, then: [{tag: [t]}], allow: [{lint: R310, reason: the word is meant}]",
        "when: {language: english}, then: [{tag: [t]}], allow: [{lint: R315, reason: our import says so}]",
        "when: {source: x}, mode: enforce, then: [{tag: [t]}], allow: [{lint: R405, reason: tested elsewhere}]",
        "when: {source: x}, then: [{reply: {template: sorry}}], allow: [{lint: R404, reason: one a thread}]",
    ],
)
def test_what_a_rule_allows_is_not_said(rule):
    assert lint(rules(f"id: b, {rule}")) == []


def test_what_one_rule_allows_is_said_of_another():
    first = "id: b, when: {text: {exists: true}}, allow: [{lint: R340, reason: a log}]"
    second = "id: c, when: {brand: acme}"

    assert [(one.code, one.rule) for one in lint(rules(first, second))] == [("R340", "c")]


@pytest.mark.parametrize(
    ("allow", "code"),
    [
        ("[{lint: R340}]", "R105"),
        ("[{reason: so}]", "R105"),
        ("[{lint: everything, reason: so}]", "R108"),
        ("R340", "R106"),
    ],
)
def test_what_is_allowed_needs_a_code_and_a_reason(allow, code):
    problems = lint(rules(f"id: b, when: {{text: {{exists: true}}}}, allow: {allow}"))

    assert {one.code for one in problems} == {code, "R340"}


def test_only_warnings_about_rules_can_be_allowed():
    assert set(CODES) >= ALLOWABLE
    assert {"R101", "R104", "R210", "R250", "R251", "R301"}.isdisjoint(ALLOWABLE)


def test_a_rule_with_a_window_may_count_every_mention():
    problems = lint(rules("id: b, when: {text: {exists: true}}, window: {over: 1h}"))

    assert "R340" not in {one.code for one in problems}


def test_a_contradiction_is_told_once_however_often_its_macro_is_used():
    text = "policy: a\nmacros: {m: [{source: x}, {source: y}]}\nrules:\n" + "".join(
        f"  - {{id: r{n}, when: [{{macro: m}}, {{sentiment: negative}}, {{source: s{n}}}]}}\n"
        for n in range(3)
    )

    assert [(one.code, one.span.line) for one in lint(text)] == [("R303", 2)]


def _said(problems, code, rule):
    return any(one.code == code and one.rule == rule for one in problems)


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, CONDITIONS, st.integers(0, 10**6), st.booleans())
def test_what_lints_say_of_rules_is_so(first, second, seed, has_brand):
    brands = ["acme"] if has_brand else []
    then = [{"tag": ["t"]}]
    made, problems = load_rules(
        {"when": first, "then": then}, {"when": second, "then": then}, brands=brands
    )
    if made is None:
        return
    earlier, later = (rule.condition for rule in made)
    mine = [one for one in worlds(seed) if not has_brand or one.mention.brand == "acme"]
    answers = [(earlier.evaluate(one) is True, later.evaluate(one) is True) for one in mine]

    at = {"r0": 0, "r1": 1}
    for rule, other in itertools.product(at, at):
        held = [pair[at[rule]] for pair in answers]
        of_other = [pair[at[other]] for pair in answers]
        if _said(problems, "R340", rule):
            assert all(held)
        if rule == "r1" and other == "r0" and _said(problems, "R341", rule):
            assert held == of_other
        if rule == "r1" and other == "r0" and _said(problems, "R342", rule):
            assert all(also for one, also in zip(held, of_other, strict=True) if one)
    for one in problems:
        if one.code == "R303" and one.help.startswith("the rule cannot match"):
            assert not any(pair[at[one.rule]] for pair in answers), json.dumps([first, second])


def test_a_contradiction_is_shown_at_both_of_its_parts_where_they_stand_apart():
    text = (
        "policy: a\nrules:\n  - id: r\n    when:\n      - sentiment: negative\n      - source: x\n"
        "      - language: fr\n      - sentiment: positive\n    then: [{tag: [t]}]\n"
    )

    _, problems = load_text(text, now=NOW)

    assert [(one.code, one.span.line, one.message) for one in problems] == [
        ("R303", 5, "this and line 8 can never both hold: a contradiction"),
        ("R303", 8, "'sentiment' can never be both negative and positive: a contradiction"),
    ]
