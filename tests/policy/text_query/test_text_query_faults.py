"""What queries are told: errors with their place, warnings, the caret."""

from __future__ import annotations

import pytest

from engine.policy.text_query import QuerySyntaxError, caret, parse

LISTS = {"press": ["@bigpaper"], "odd": [":)", "refund"]}

# (what it says, query, words of the message or help, the text at fault)
ERRORS = [
    ("an empty query", "", "empty", ""),
    ("a query of spaces", "   ", "empty", " "),
    ("a query of punctuation", "!!", "empty", "!"),
    ("NEAR without a number", "a NEAR b", "NEAR", "NEAR"),
    ("NEAR without a number after the slash", "a NEAR/ b", "NEAR", "NEAR/"),
    ("NEAR with a word", "a NEAR/x b", "NEAR", "NEAR/x"),
    ("NEAR with a negative number", "a NEAR/-1 b", "NEAR", "NEAR/-1"),
    ("NEAR with a wrong letter", "a NEAR/3b c", "NEAR/5f", "NEAR/3b"),
    ("NEAR with a colon", "a NEAR:3 b", "NEAR", "NEAR:3"),
    ("NEAR first", "NEAR/3 b", "before", "NEAR/3"),
    ("NEAR last", "a NEAR/3", "NEAR needs a term after", "NEAR/3"),
    ("NEAR of AND", "(a AND b) NEAR/3 c", "NEAR cannot be asked of AND", "AND"),
    ("NEAR of an implied AND", "(a b) NEAR/3 c", "quote a phrase", "b"),
    ("NEAR of NOT", "NOT a NEAR/3 b", "NEAR cannot be asked of NOT", "NOT"),
    ("NEAR of a hidden NOT", "c NEAR/3 (a OR NOT b)", "NEAR cannot be asked of NOT", "NOT"),
    ("NEAR of a field", "author:x NEAR/3 b", "author:", "author:x"),
    ("a quote never closed", 'a "b c', "quote is never closed", '"'),
    ("a curly quote never closed", "“b c", "never closed", "“"),
    ("a curly quote never opened", "b” c", "closes nothing", "”"),
    ("a parenthesis never closed", "(a OR b", "parenthesis is never closed", "("),
    ("the inner parenthesis closed only", "(a (b)", "never closed", "("),
    ("a parenthesis never closed, nothing in it", "a (", "never closed", "("),
    ("a parenthesis closing none", "a)", "closes none", ")"),
    ("a parenthesis closing none at the start", ") a", "closes none", ")"),
    ("empty parentheses", "a ()", "parentheses are empty", "()"),
    ("AND first", "AND a", "AND needs a term before", "AND"),
    ("AND last", "a AND", "AND needs a term after", "AND"),
    ("AND then OR", "a AND OR b", "AND needs a term after", "AND"),
    ("OR before a parenthesis", "(a OR) b", "OR needs a term after", "OR"),
    ("OR behind a parenthesis", "(OR a) b", "OR needs a term before", "OR"),
    ("NOT last", "a NOT", "NOT needs a term after", "NOT"),
    ("slop without a number", '"a b"~', "whole number", "~"),
    ("slop with a word", '"a b"~x', "whole number", "~x"),
    ("slop with a fraction", '"a b"~1.5', "whole number", "~1.5"),
    ("slop with a negative number", '"a b"~-1', "whole number", "~-1"),
    ("slop apart", '"a b" ~3', "closing quote", "~3"),
    ("slop on a word", "fire~3", "closing quote", "~3"),
    ("slop on a field", 'author:"a b"~3', "not with author:", "~3"),
    ("an unknown field", "autor:zoe", "did you mean author:", "autor:"),
    ("an unknown field unlike any", "zz:zoe", "Operators: author:", "zz:"),
    ("a field with nothing", "author:", "value", "author:"),
    ("a field with a space", "author: zoe", "value right behind", "author:"),
    ("a field with a group", "author:(a OR b)", "repeat it", "author:"),
    ("a field with only its sign", "author:@", "nothing to search", "author:@"),
    ("a phrase of nothing", 'a ""', "nothing to search", '""'),
    ("a phrase of punctuation", 'a "!.."', "nothing to search", '"!.."'),
    ("raw of nothing", 'raw:"--"', "nothing to search", 'raw:"--"'),
    ("raw of a list", "raw:{press}", "not a list", "raw:{press}"),
    ("an unknown list", "{pres}", "did you mean {press}", "{pres}"),
    ("an unknown list as a field's value", "author:{pres}", "did you mean {press}", "author:{pres}"),
    ("a list without a name", "{}", "name no list", "{}"),
    ("a list never closed", "a {press", "brace is never closed", "{"),
    ("a brace closing none", "a }", "closes nothing", "}"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "says", "at"),
    [pytest.param(*row[1:], id=row[0]) for row in ERRORS],
)
def test_error(query, says, at):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query, LISTS)
    error = caught.value
    assert says in f"{error} | {error.help}"
    assert query[error.position : error.position + error.length] == at
    assert error.length >= 1


WARNINGS = [
    ("a lower-case or", "a or b", "or", "OR"),
    ("a lower-case and", "a and b", "and", "AND"),
    ("a lower-case not", "a not b", "not", "NOT"),
    ("a capitalised And", "a And b", "And", "AND"),
    ("a lower-case near", "a near/3 b", "near/3", "NEAR/3"),
    ("a lone star", " * ", "*", "every text"),
    ("a minus", "a -b", "-", "NOT"),
    ("a minus before a phrase", 'a -"b c"', "-", "NOT"),
    ("a minus before a field", "a -author:b", "-", "NOT"),
    ("a bar", "a | b", "|", "OR"),
    ("punctuation alone", "panne !", "!", "ignored"),
    ("a question mark ending a phrase", '"where is it?"', "?", "one character"),
    ("a question mark and more ending a phrase", '"where is it?!"', "?", "one character"),
    ("a question mark alone", "panne ?", "?", "one character"),
    ("an entry without a word", "{odd}", "{odd}", "':)'"),
]


@pytest.mark.parametrize(
    ("query", "at", "says"), [pytest.param(*row[1:], id=row[0]) for row in WARNINGS]
)
def test_warning(query, at, says):
    (warning,) = parse(query, LISTS).warnings
    assert query[warning.position : warning.position + warning.length] == at
    assert says in warning.message


@pytest.mark.parametrize(
    "query",
    ["a AND b", "or", '"a or b"', "a OR (b c*)", "#a @b", "acme, refund", "fire?", "{press}"],
)
def test_a_plain_query_has_no_warning(query):
    assert parse(query, LISTS).warnings == ()


def test_the_caret_stands_under_the_fault():
    query = "acme AND (refund NEAR bad)"
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query, LISTS)
    assert caret(query, caught.value) == f"{query}\n                 ^^^^"


def test_the_caret_counts_wide_characters_twice_and_marks_not_at_all():
    query = "返金 e\u0301 NEAR"
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query, LISTS)
    assert caret(query, caught.value).split("\n")[1] == "       ^^^^"


def test_the_caret_shows_the_line_at_fault_alone():
    query = "a OR b\nOR (c\nOR d"
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query, LISTS)
    assert caret(query, caught.value) == "OR (c\n   ^"


def test_the_caret_cuts_a_long_line_around_the_fault():
    query = "word " * 100 + "NEAR" + " word" * 100
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query, LISTS)
    shown, under = caret(query, caught.value).split("\n")
    assert len(shown) < 200
    assert shown[under.index("^") :].startswith("NEAR")
    assert under.count("^") == 4
