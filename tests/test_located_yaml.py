from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.located_yaml import DEEPEST, Node, decode, load

# Texts that look like YAML more often than chance would have it.
YAML_LIKE = st.lists(
    st.sampled_from(
        [
            "a",
            "b: ",
            "- ",
            "\n",
            "  ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "'",
            '"',
            "&x ",
            "*x",
            "!t ",
            "<<: ",
            "#",
            "|",
            ">",
            "\t",
            "---\n",
            "? ",
            "é",
            "\u2028",
            "1.5",
            "%",
            "\r\n",
        ]
    ),
    max_size=40,
).map("".join)


def only(text: str) -> Node:
    (node,), problems = load(text, "f.yaml")
    assert problems == []
    return node


@settings(deadline=None)
@given(st.text() | YAML_LIKE)
def test_no_text_makes_the_loader_raise(text):
    nodes, problems = load(text, "f.yaml")

    for problem in problems:
        assert problem.span.line >= 1
        assert problem.span.column >= 1
        assert problem.as_text()
    for node in nodes:
        node.plain()


@settings(deadline=None)
@given(st.binary())
def test_no_bytes_make_decoding_raise(data):
    text, problems = decode(data, "f.yaml")

    assert bool(problems) == (data != text.encode())


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"), ("on", "on"), ("off", "off"), ("1:30", "1:30"), ("0777", "0777"), ("1_000", "1_000"),
        ("2026-01-01", "2026-01-01"), ("1e3", "1e3"), (".5", ".5"), ("1.0e999", "1.0e999"), ("0x1F", "0x1F"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("12", 12), ("-3", -3), ("0.40", 0.4), ("'12'", "12"), ("y", "y"),
    ],
)  # fmt: skip
def test_only_plain_numbers_and_booleans_are_more_than_text(written, value):
    node = only(f"a: {written}").value["a"]

    assert node.value == value
    assert type(node.value) is type(value)


def test_every_key_and_value_knows_its_line_and_column():
    node = only("a: 1\nb:\n  - é: [x, 'yy']\n")

    inner = node.value["b"].value[0]
    assert (node.keys["b"].line, node.keys["b"].column) == (2, 1)
    assert (inner.keys["é"].line, inner.keys["é"].column) == (3, 5)
    quoted = inner.value["é"].value[1]
    assert (quoted.span.line, quoted.span.column, quoted.span.length) == (3, 12, 4)
    assert quoted.span.source == "  - é: [x, 'yy']"


def test_lines_are_counted_as_editors_count_them():
    node = only("a: 'x\u2028y'\nb: 1\r\nc: 2\n")

    assert [span.line for span in node.keys.values()] == [1, 2, 3]


def test_a_byte_order_mark_counts_for_nothing():
    assert only("\ufeffa: 1").keys["a"].column == 1


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "R102", 3, 1),
        ("a: !secret x\n", "R103", 1, 4),
        ("b: {<<: {c: 1}}\n", "R103", 1, 5),
        ("a: &a [*a]\n", "R103", 1, 4),
        ("a:\n\tb: 1\n", "R101", 2, 1),
        ("a: [1, 2\n", "R101", 1, 4),
        ("a: 'open\n", "R101", 1, 4),
        ("? [a]\n: b\n", "R101", 1, 3),
        ("a: \x07\n", "R101", 1, 4),
        ("- " * (DEEPEST + 1), "R101", 1, 2 * DEEPEST + 1),
        ("[" * 50_000, "R101", 1, DEEPEST + 1),
    ],
    ids=["repeated key", "tag", "merge key", "alias in itself", "tab", "open list", "open quote", "list as key", "control character", "deep list", "very deep list"],
)  # fmt: skip
def test_a_fault_has_its_code_and_place(text, code, line, column):
    _, problems = load(text, "f.yaml")

    assert [(one.code, one.span.line, one.span.column) for one in problems] == [
        (code, line, column)
    ]


def test_aliases_that_grow_by_powers_are_cut_off():
    rows = ["a0: &a0 [x, x, x, x]"] + [
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30)
    ]

    nodes, problems = load("\n".join(rows), "f.yaml")

    assert [one.code for one in problems] == ["R103"]
    assert len(str(nodes[0].plain())) < 20_000_000


def test_documents_before_a_fault_are_kept():
    nodes, problems = load("a: 1\n---\n[\n", "f.yaml")

    assert [node.plain() for node in nodes] == [{"a": 1}]
    assert [one.code for one in problems] == ["R101"]


def test_codes_belong_to_the_family_asked_for():
    _, problems = load("a: 1\na: 2", "settings.yaml", family="C")

    assert [one.code for one in problems] == ["C102"]
