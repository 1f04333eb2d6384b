from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.located_yaml import load
from engine.yaml_faults import Fault, explain

MARK = "»"
# id, words of the message, words of the help, the text with a mark where it must be reported
SLIPS = [
    ("colon in a value", "holds ': '", "title: 'Cold drink: latte'", "a: 1\ntitle: Cold drink»: latte\n"),
    ("colon in an item's value", "holds ': '", "title: 'It''s: so'", "- title: It's»: so\n"),
    ("@ in a list", "begins with '@'", "'@lemondecafe'", "press: [»@lemondecafe, b]\n"),
    ("@ in a value", "begins with '@'", "'@lumiere OR x'", "- text: »@lumiere OR x # why\n"),
    ("back tick", "begins with '`'", "'`x`'", "text: »`x`\n"),
    ("per cent", "begins with '%'", "'%x'", "text: »%x\n"),
    ("star", "begins with '*'", "'*fire AND b'", "text: »*fire AND b\n"),
    ("star alone", "begins with '*'", "'*'", "text: »*\n"),
    ("ampersand apart", "begins with '&'", "'& co'", "text: »& co\n"),
    ("ampersand of nothing", "begins with '&'", "'&fire'", "text: »&fire\n"),
    ("ampersand that takes a word", "begins with '&'", "'&fire OR b'", "text: »&fire OR b\n"),
    ("lists in a query", "braces", "'{cold} NEAR/4 {drinks}'", "text: {cold} »NEAR/4 {drinks}\n"),
    ("lists in braces", "braces", "'{cold} NEAR/4 {drinks}'", "a: {text: {cold} »NEAR/4 {drinks}}\n"),
    ("a template in braces", "braces", "'LOUD {{ author.handle }}'", "a: {b: c, text: LOUD »{{ author.handle }}}\n"),
    ("a template first", "braces", "'{{ author.handle }} hi'", "en: {{ author.handle }} »hi\n"),
    ("a template alone", "braces", "'{{ author.handle }}'", "en: »{{ author.handle }}\n"),
    ("text after a quote", "after its closing quote", "single quotes: '\"a\" OR b'", 'text: "a" »OR b\n'),
    ("text after a quote in braces", "after its closing quote", "'\"a\" OR b'", 'a: {text: "a" »OR b}\n'),
    ("apostrophe", "apostrophe", "double quotes", "title: 'it'»s here'\n"),
    ("quote of an earlier line", "earlier line", "above", "a: 'x\nb: '»y'\nc: d\n"),
    ("not without a colon", "colon is missing after 'not'", "'not: '", "- »not {text: a}\n"),
    ("not without a colon in a list", "colon is missing after 'not'", "'not: '", "when: [not »{text: a}]\n"),
    ("no space before braces", "space is missing", "'when: '", "»when:{a: b}\n"),
    ("no space before a word", "space is missing", "title: x", "title:»x\nb: c\n"),
    ("a word alone", "neither", "in quotes", "a: b\n»foo\nc: d\n"),
    ("key too deep", "at column 4", "column 3 (line 2)", "a:\n  b: {c: d}\n   »e: f\n"),
    ("key too deep below a word", "at column 4", "column 3 (line 2)", "a:\n  b: c\n   »e: f\n"),
    ("key not deep enough", "at column 4", "column 5 (line 3)", "a:\n  - b: 1\n    c: 2\n   »d: 3\n"),
    ("item too deep", "item is indented", "column 3 (line 2)", "a:\n  - b: c\n   »- d: e\n"),
    ("item not deep enough", "item is indented", "column 3 (line 2)", "a:\n  - b: c\n »- d: e\n"),
    ("first line indented", "at column 1", "column 2 (line 1)", " a: b\n»c: d\n"),
    ("item among keys", "among keys", "apart", "a:\n  b: 1\n  »- x\n"),
    ("bracket left open before a key", "'[' is never closed", "add ']'", "a: »[{b: c}\nd: e\n"),
    ("brace left open at the end", "'{' is never closed", "add '}'", "a: »{b: 1"),
    ("bracket open and empty at the end", "'[' is never closed", "add ']'", "a: »[\n"),
    ("brace left open before a value", "'{' is never closed", "add '}'", "a: »{b: \n"),
    ("bracket left open behind a comma", "'[' is never closed", "add ']'", "a: »[\n  {b: ']'}, # [\n"),
    ("comma missing between lines", "comma is missing", "line 1", "a: [\n  {b: c}\n  »{d: e}\n]\n"),
    ("comma missing between texts", "comma is missing", "commas", "a: ['x' »'y']\n"),
    ("comma missing between fields", "comma is missing", "commas", "a: {b: 'x' »c: y}\n"),
    ("bracket too many", "'}' closes nothing", "remove", "a: {b: c}»}\n"),
    ("quote left open", "never closed", 'add "', 'a: »"b\nc: d\n'),
    ("backslash in double quotes", "'\\d'", "single quotes", 'a: "»\\d+"\n'),
    ("no space, then a key", "space is missing", "title: x", "- title:»x\n  b: c\n"),
    ("tab in the middle", "tab", "spaces", "a:\n  b: c\n»\td: e\n"),
    ("tab behind spaces", "tab", "spaces", "a:\n  b: word\n  »\td: e\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "advice", "marked"), [row[1:] for row in SLIPS], ids=[row[0] for row in SLIPS]
)
def test_a_slip_is_told_in_plain_words_at_its_place(words, advice, marked):
    before = marked[: marked.index(MARK)]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))

    _, problems = load(marked.replace(MARK, ""), "f.yaml")

    assert [(one.code, one.span.line, one.span.column) for one in problems] == [("R101", *place)]
    assert words in problems[0].message
    assert advice in problems[0].help


@pytest.mark.parametrize(
    "text",
    ["a: &x b\nc: *x\n", "a: &x [b]\n", "a: '&x b'\n", "a: b {c}\n", "a: b c:d\n", "'not {x': y\n"],
    ids=["a name used", "a list's name", "quoted", "braces inside", "colon inside", "quoted key"],
)
def test_what_means_what_it_says_is_no_slip(text):
    assert load(text, "f.yaml")[1] == []


def test_words_nobody_knows_are_passed_on():
    advice = explain(Fault(0, 0, "while reading", "found something odd"), ["a"])

    assert advice.message == "not valid YAML: while reading found something odd"


CONTEXTS = ["while scanning an alias", "while parsing a flow mapping", "a quoted scalar", ""]
PROBLEMS = [
    "mapping values are not allowed",
    "did not find expected key",
    "could not find expected ':'",
    "found character that cannot start any token",
    "found unexpected end of stream",
]
numbers = st.integers(0, 12)
faults = st.builds(
    Fault,
    numbers,
    numbers,
    st.sampled_from(CONTEXTS),
    st.sampled_from(PROBLEMS),
    st.none() | st.tuples(numbers, numbers),
)


@settings(deadline=None)
@given(st.lists(st.text("ab:-{}[]'\"*&@ \t#,", max_size=12), max_size=5), faults)
def test_no_place_in_no_lines_makes_it_raise(lines, fault):
    advice = explain(fault, lines)

    assert advice.message
    assert advice.line >= 0
    assert advice.column >= 0
