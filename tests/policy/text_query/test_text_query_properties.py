"""Random queries and texts: equal to a brute-force reader of the language, and never a crash."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from unicodedata import normalize

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.mention import Author, Mention
from engine.policy.text_query import Document, QuerySyntaxError, caret, parse
from engine.policy.text_query.folding import fold
from engine.policy.text_query.lexer import Lexer
from engine.policy.text_query.operands import Operands
from engine.policy.text_query.parser import build
from engine.policy.text_query.relations import all_spans
from engine.policy.text_query.spans import Carrier, _children_first
from engine.policy.text_query.wildcards import Wildcard
from engine.testing import NOON

MODEST = settings(max_examples=150, deadline=None, database=None)

# How each token of a random text is written, and which query words it answers to.
TOKENS = {
    "a": {"a", "a*", "?", "*", "raw:a", "raw:a*"},
    "A": {"a", "a*", "?", "*", "raw:A"},
    "b": {"b", "?", "*", "*b"},
    "ab": {"ab", "a*", "a?", "*b", "*", "raw:a*"},
    "#a": {"a", "#a", "a*", "?", "*", "raw:a", "raw:a*"},
    "@b": {"b", "@b", "?", "*", "*b"},
    "é": {"e", "É", "?", "*", "raw:é"},
    "退": {"退", "?", "*"},
    "😡": {"😡", "?", "*"},
}
LIST = {"some": ["b", "a b", "#a", "é*", "@zoe"]}
QUERY_WORDS = sorted(set().union(*TOKENS.values()))
IN_PHRASES = [word for word in QUERY_WORDS if not word.startswith("raw:")]
IN_RAW_PHRASES = [word.removeprefix("raw:") for word in QUERY_WORDS if word.startswith("raw:")]
TEXTS = st.lists(st.sampled_from(sorted(TOKENS)), max_size=9)

# A tree is a tuple: its kind, then what `written` and `spans` unpack below.
WORDS = st.tuples(st.just("word"), st.sampled_from(QUERY_WORDS))
PHRASES = st.tuples(
    st.just("phrase"),
    st.lists(st.sampled_from(IN_PHRASES), min_size=1, max_size=3),
    st.integers(0, 3),
)
RAW_PHRASES = st.tuples(
    st.just("raw phrase"),
    st.lists(st.sampled_from(IN_RAW_PHRASES), min_size=1, max_size=3),
    st.integers(0, 3),
)
LEAVES = WORDS | WORDS | PHRASES | RAW_PHRASES | st.just(("list",))


def nears(inner):
    near = st.tuples(st.just("near"), inner, inner, st.integers(0, 4), st.booleans())
    return near | near | st.tuples(st.just("or"), inner, inner)


# What a mention says beside its text, and which field operators hold then.
ABOUTS = {
    "nobody": ({}, set()),
    "zoe": (
        {"author": Author(handle="@Zoé"), "language": "pt-br"},
        {"author:zoe", "author:@ZOÉ", "author:z*", "author:{some}", "lang:pt", "lang:pt-br"},
    ),
    "shop": (
        {"url": "https://www.acme.com/Deal", "hashtags": ("soldes",), "links": ("http://b.org",)},
        {"site:acme.com", "site:b.org", "url:deal", "url:d??l", "hashtag:soldes", "hashtag:#sol*"},
    ),
    "elsewhere": ({"source": "x", "language": "fr"}, {"source:x", "lang:fr"}),
}
FIELD_WORDS = sorted(set().union(*(words for _, words in ABOUTS.values())))
WHO = st.sampled_from(sorted(ABOUTS))

SPANS = st.recursive(LEAVES, nears, max_leaves=6)
TREES = st.recursive(
    SPANS | SPANS | st.tuples(st.just("field"), st.sampled_from(FIELD_WORDS)),
    lambda inner: (
        st.tuples(st.sampled_from(["and", "or"]), inner, inner) | st.tuples(st.just("not"), inner)
    ),
    max_leaves=5,
)


def written(tree):
    match tree:
        case ("word" | "field", word):
            return word
        case ("phrase" | "raw phrase" as kind, words, slop):
            raw = "raw:" if kind == "raw phrase" else ""
            return f'{raw}"{" ".join(words)}"' + (f"~{slop}" if slop else "")
        case ("list",):
            return "{some}"
        case ("not", inner):
            return f"NOT ({written(inner)})"
        case ("near", left, right, distance, ordered):
            return f"({written(left)}) NEAR/{distance}{'f' * ordered} ({written(right)})"
        case (operator, left, right):
            return f"({written(left)}) {operator.upper()} ({written(right)})"


def spans(tree, text):
    """Every (first, last) of a tree over a list of tokens, by trying everything."""
    match tree:
        case ("word", word):
            return {(at, at) for at, token in enumerate(text) if word in TOKENS[token]}
        case ("phrase", words, slop):
            return {
                (places[0], places[-1])
                for places in combinations(range(len(text)), len(words))
                if places[-1] - places[0] + 1 - len(words) <= slop
                and all(word in TOKENS[text[at]] for word, at in zip(words, places, strict=True))
            }
        case ("raw phrase", words, slop):
            return spans(("phrase", [f"raw:{word}" for word in words], slop), text)
        case ("list",):
            words = {(at, at) for at, token in enumerate(text) if token in ("b", "@b", "#a", "é")}
            return words | spans(("phrase", ["a", "b"], 0), text)
        case ("or", left, right):
            return spans(left, text) | spans(right, text)
        case ("near", left, right, distance, ordered):
            found = set()
            for one, other in product(spans(left, text), spans(right, text)):
                if 0 <= other[0] - one[1] - 1 <= distance:
                    found.add((one[0], other[1]))
                if not ordered and 0 <= one[0] - other[1] - 1 <= distance:
                    found.add((other[0], one[1]))
            return found


def holds(tree, text, who="nobody"):
    match tree:
        case ("field", word):
            return word in ABOUTS[who][1]
        case ("not", inner):
            return not holds(inner, text, who)
        case ("and", left, right):
            return holds(left, text, who) and holds(right, text, who)
        case ("or", left, right):
            return holds(left, text, who) or holds(right, text, who)
        case _:
            return bool(spans(tree, text))


def document(text, who="nobody"):
    mention = Mention(id="m", source="s", external_id="e", text=text, published_at=NOON)
    return Document.of(replace(mention, **ABOUTS[who][0]))


@MODEST
@given(TREES, TEXTS, WHO)
def test_a_query_holds_when_brute_force_says_so(tree, text, who):
    query = parse(written(tree), LIST)
    assert query.matches(document(" ".join(text), who)) is holds(tree, text, who), written(tree)


@MODEST
@given(TREES, TEXTS, WHO)
def test_what_holds_meets_every_clause(tree, text, who):
    query, read = parse(written(tree), LIST), document(" ".join(text), who)
    is_met = [
        bool(clause.words & read.vocabulary) or any(one in read.line for one in clause.parts)
        for clause in query.clauses
    ]
    if query.matches(read):
        assert all(is_met), query.clauses
    if query.is_one_clause:
        assert query.matches(read) is all(is_met)


@MODEST
@given(SPANS, TEXTS)
def test_spans_are_those_of_brute_force(tree, text):
    read = document(" ".join(text))
    root = build(Lexer(written(tree)).tokens(), Operands(LIST))
    relation = all_spans(_children_first(root), read)
    seen = {(s, s + n) for s, row in relation.items() for n in range(20) if row >> n & 1}
    wanted = spans(tree, text)
    assert seen == wanted
    ends = Carrier(read).ends(root, read.everywhere())
    assert {at for at in range(20) if ends >> at & 1} == {last for _, last in wanted}


PIECES = st.sampled_from(
    [
        *'()"{}*?~:-@#/ ',
        "AND ",
        "OR ",
        "NOT ",
        "NEAR/",
        "NEAR",
        "3",
        "f",
        "a",
        "é",
        "退",
        "😡",
        "raw:",
        *["author:", "site:", "{some}", "“", "”", "«", "\u0301", "\u200d", "\ufe0f", "\n", "９"],
    ]
)


@MODEST
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused_with_its_place(text):
    query = fault = None
    try:
        query = parse(text, LIST)
    except QuerySyntaxError as error:
        fault = error
    if query is not None:
        assert query.matches(document("a é 退 😡")) in (True, False)
        assert all(text[one.position : one.position + one.length] for one in query.warnings)
    else:
        assert 0 <= fault.position <= len(text)
        assert fault.length >= 1
        assert str(fault)
        assert "^" in caret(text, fault)


@MODEST
@given(st.text(max_size=60), st.text(max_size=10))
def test_any_text_is_cut_into_words(text, more):
    read = document(text)
    words = read.words
    assert len(words.folded) == len(words.exact)
    assert all(words.folded)
    assert set(words.marked) <= set(range(len(words.folded)))
    assert len(document(f"{text} {more}").words.folded) >= len(words.folded)


@MODEST
@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@MODEST
@given(st.text(max_size=30))
def test_folding_does_not_regard_how_accents_are_written(text):
    assert fold(normalize("NFD", text)) == fold(normalize("NFC", text))


def fits(pattern, word):
    if not pattern:
        return not word
    if pattern[0] == "*":
        return any(fits(pattern[1:], word[at:]) for at in range(len(word) + 1))
    return bool(word) and pattern[0] in (word[0], "?") and fits(pattern[1:], word[1:])


@MODEST
@given(st.text("ab*?", min_size=1, max_size=6), st.text("ab", max_size=7))
def test_wildcards_fit_as_brute_force_says(pattern, word):
    assert Wildcard(pattern).fits(word) is fits(pattern, word)
