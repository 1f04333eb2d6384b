from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from defects import DEFECTS, MARK
from defects_by_reading import DEFECTS_BY_READING
from defects_over_time import OVER_TIME_DEFECTS
from defects_shared import SHARED_DEFECTS

from engine.policy import load_paths, load_text
from engine.problem import ProblemSeverity

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALL = [*DEFECTS, *OVER_TIME_DEFECTS, *SHARED_DEFECTS, *DEFECTS_BY_READING]
WARNINGS = {
    "R210",
    "R303",
    "R307",
    "R308",
    "R310",
    "R311",
    "R315",
    "R403",
    "R404",
    "R405",
    "R191",
    "R332",
    "R333",
    "R334",
    "R352",
    "R353",
    "R420",
    "R421",
    "R422",
}


def place(marked: str) -> tuple[str, int, int]:
    """The text without its mark, and the line and column of the mark."""
    before = marked[: marked.index(MARK)]
    return marked.replace(MARK, ""), before.count("\n") + 1, len(before) - before.rfind("\n")


def of_interest(problems, code):
    """Templates and macros of a defect may be there for themselves alone."""
    return [one for one in problems if one.code == code or one.code not in {"R210", "R191"}]


@pytest.mark.parametrize(
    ("code", "words", "marked"), [row[1:] for row in ALL], ids=[row[0] for row in ALL]
)
def test_one_defect_is_one_problem_at_its_place(code, words, marked):
    text, line, column = place(marked)

    made, problems = load_text(text, now=NOW, env={"PATH_FOR_TESTS": "x"})

    (problem,) = of_interest(problems, code)
    assert (problem.code, problem.span.line, problem.span.column) == (code, line, column)
    assert words.lower() in f"{problem.message} {problem.help}".lower()
    is_warning = problem.severity is ProblemSeverity.WARNING
    assert is_warning == (code in WARNINGS)
    assert (made is not None) == is_warning


def test_a_problem_of_a_rule_says_which_rule_and_where_it_begins():
    _, problems = load_text(
        "policy: a\nrules:\n  - id: b\n    wehn: {source: x}\n    titel: x\n    when: {source: x}\n",
        now=NOW,
    )

    assert [(one.rule, one.trail) for one in problems] == [("b", ("rule 'b' (line 3)",))] * 2
    assert "   in rule 'b' (line 3)" in problems[0].as_text().split("\n")


TEN_FAULTS = """policy: ten-faults
brands: [acme]
ownr: care-team
defaults: {mode: drft}
lists:
  press: ["@paper"]
templates:
  sorry: {en: "Sorry, {{ autor.name }}"}
rules:
  - id: loud
    severity: sever
    when:
      - author.followers: {atleast: 5000}
      - author.handle: {in_list: press}
    then:
      - reply: {template: sory}
    cooldown: {per: author, for: 24 hours}
  - id: sad
    when: {sentiment: sad}
    window: {over: 15m}
    then: [{tag: [sad]}]
  - id: loud
    when: {text: 'bag OR sac'}
    then: [{tag: [bag]}]
"""


def test_ten_seeded_faults_are_ten_problems_in_their_places():
    made, problems = load_text(TEN_FAULTS, now=NOW)

    assert made is None
    assert [(one.span.line, one.span.column, one.code) for one in problems] == [
        (3, 1, "R104"),
        (4, 18, "R108"),
        (8, 15, "R306"),
        (11, 15, "R108"),
        (13, 28, "R107"),
        (16, 27, "R203"),
        (17, 34, "R108"),
        (19, 23, "R207"),
        (20, 5, "R105"),
        (22, 9, "R208"),
    ]


def test_faults_of_all_files_come_together_sorted_by_file(tmp_path):
    (tmp_path / "b.yaml").write_text("policy: b\nownr: x\n", encoding="utf-8")
    (tmp_path / "a.yml").write_text("policy: a\n---\npolicy: b\nbrnds: x\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("ownr: x", encoding="utf-8")

    _, problems = load_paths([tmp_path], now=NOW)

    assert [(Path(one.span.file).name, one.span.line, one.code) for one in problems] == [
        ("a.yml", 4, "R104"),
        ("b.yaml", 1, "R208"),
        ("b.yaml", 2, "R104"),
    ]
    assert "a.yml:3" in problems[1].message


def test_a_path_that_is_not_there_is_a_problem(tmp_path):
    made, (problem,) = load_paths([tmp_path / "none.yaml"], now=NOW)

    assert made is None
    assert (problem.code, problem.span.file) == ("R100", str(tmp_path / "none.yaml"))


def test_bytes_that_are_not_utf_8_are_a_problem_at_their_place(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_bytes(b"policy: a\nowner: caf\xe9\n")

    _, (problem,) = load_paths([file], now=NOW)

    assert (problem.code, problem.span.line, problem.span.column) == ("R100", 2, 11)
