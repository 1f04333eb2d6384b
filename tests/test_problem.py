"""How a finding in a file is shown: its place, the line, a caret below the very word."""

import pytest

from engine.problem import Problem, ProblemSeverity, Span, sort_problems


def problem(source="", *, column=1, length=1, line=14, **fields):
    span = Span("crisis.yaml", line, column, length, source)
    fields.setdefault("message", "unknown field 'ovr' in window")
    return Problem("R104", ProblemSeverity.ERROR, span, **fields)


def excerpt(source, *, column, length):
    """Return the shown line and what stands above the carets, the gutter left out."""
    shown, carets = problem(source, column=column, length=length).as_text().splitlines()[1:3]
    assert shown[:8] == "   14 | "
    assert carets[:8] == "      | "
    return shown[8:], carets[8:]


def test_the_text_form_is_the_one_people_know():
    told = problem(
        "      ovr: 15m",
        column=7,
        length=3,
        trail=("in rule 'refund-surge' (line 11)".removeprefix("in "),),
        help="did you mean 'over'?",
    )

    assert told.as_text().splitlines() == [
        "crisis.yaml:14:7: error R104: unknown field 'ovr' in window",
        "   14 |       ovr: 15m",
        "      |       ^^^",
        "   in rule 'refund-surge' (line 11)",
        "   help: did you mean 'over'?",
    ]


def test_without_its_line_there_is_no_caret():
    assert problem().as_text() == "crisis.yaml:14:1: error R104: unknown field 'ovr' in window"


@pytest.mark.parametrize(
    ("source", "column", "length", "carets"),
    [
        pytest.param("ovr: 15m\r\n", 1, 3, "^^^", id="a line break is not shown"),
        pytest.param("\tovr: 1", 2, 3, "    ^^^", id="a tab before takes four columns"),
        pytest.param("a\tovr: 1", 3, 3, "    ^^^", id="a tab goes to the next fourth column"),
        pytest.param("a: b\tc", 4, 3, "   ^^^^^^", id="a tab inside is underlined whole"),
        pytest.param(
            "危機: ovr", 5, 3, "      ^^^", id="a wide character before takes two columns"
        ),
        pytest.param("ovr: 危機", 6, 2, "     ^^^^", id="a wide character inside takes two carets"),
        pytest.param("cafe\u0301: x", 8, 1, "      ^", id="a combining accent takes no column"),
        pytest.param("ovr", 1, 40, "^^^", id="no caret stands beyond the line"),
        pytest.param("ovr:", 5, 1, "    ^", id="something missing is shown after the end"),
        pytest.param("ovr", 1, 0, "^", id="there is always one caret"),
    ],
)
def test_the_caret_stands_below_the_word(source, column, length, carets):
    assert excerpt(source, column=column, length=length)[1] == carets


@pytest.mark.parametrize("column", [1, 90, 5_000, 999_990])
def test_of_a_long_line_only_what_stands_around_the_word_is_shown(column):
    line = "x" * (column - 1) + "WORD" + "y" * (1_000_000 - column)

    shown, carets = excerpt(line, column=column, length=4)

    assert len(shown) <= 202
    assert shown[len(carets) - 4 : len(carets)] == "WORD"
    assert shown.startswith("…") == (column > 81)


def test_the_json_form_is_the_contract_s():
    told = problem(column=7, rule="refund-surge", help="did you mean 'over'?")

    assert told.as_json() == {
        "code": "R104",
        "severity": "error",
        "file": "crisis.yaml",
        "line": 14,
        "column": 7,
        "rule": "refund-surge",
        "message": "unknown field 'ovr' in window",
        "help": "did you mean 'over'?",
    }


def test_problems_are_sorted_by_place_and_each_is_told_once():
    late, early = problem(line=9), problem("the line", line=2, column=5)
    same = problem("another rendering", line=2, column=5)

    assert sort_problems([late, early, same]) == [early, late]
