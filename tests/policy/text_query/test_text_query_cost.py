"""Hostile queries and texts are answered, and in bounded time: each would take hours otherwise.

A time is no measure on a busy machine; the limit is far above what any of these takes and far
below what a recursive, backtracking or pair-enumerating reader would.
"""

from __future__ import annotations

import time
import tracemalloc

import pytest

from engine.mention import Mention
from engine.policy.index.sieves import Parts
from engine.policy.text_query import Document, parse
from engine.policy.text_query.spans import MOST_CARRIES
from engine.testing import NOON

LIMIT_SECONDS = 20
A = "a " * 50_000
DEEP = 10_000

CASES = [
    ("ten thousand parentheses", "(" * DEEP + "a" + ")" * DEEP, A, True),
    ("ten thousand NOTs", "NOT " * DEEP + "a", A, True),
    ("AND and OR nested in turn", "(a AND (b OR " * 3000 + "a" + "))" * 3000, A, True),
    ("ten thousand words", " ".join(f"w{n}" for n in range(DEEP)), A, False),
    ("a wildcard of thousands of stars", "*a" * 3000 + "*b", "a" * 100_000, False),
    ("a wildcard of stars and marks", "*a?b" * 3000 + "*b", "a" * 99_999 + "é", False),
    ("a huge NEAR", "a NEAR/50000 a NEAR/50000 a", A, True),
    ("a huge NEAR that fails at its end", "(a NEAR/50000 a NEAR/50000 a) NEAR/3 b", A, False),
    ("a chain of NEARs", "(" + " NEAR/9 ".join("a" * 90) + ") NEAR/0f b", A, False),
    ("a chain of NEARs too deep to carry", " NEAR/9 ".join("a" * 300), "a " * 250, False),
    ("a chain of NEARs too deep that holds", " NEAR/9 ".join("a" * 200), "a " * 250, True),
    ("a phrase of thousands of words", f'"{"a " * 20_000}b"', A, False),
    ("a huge slop", '"a a a"~50000 NEAR/5000f b', A, False),
    ("signs without words", "@a", "@" * 100_000, False),
    ("one letter with an army of accents", "a", "a" + "\u0301" * 99_000, True),
    ("emoji joined without end", "a", "👩\u200d" * 50_000, False),
    ("half URLs", "@a", "http://" * 14_000, False),
]


@pytest.mark.parametrize(
    ("query", "text", "holds"), [pytest.param(*row[1:], id=row[0]) for row in CASES]
)
def test_hostile(query, text, holds):
    mention = Mention(id="m", source="s", external_id="e", text=text, published_at=NOON)
    began = time.perf_counter()
    assert parse(query, {}).matches(Document.of(mention)) is holds
    assert time.perf_counter() - began < LIMIT_SECONDS


def test_a_chain_that_carrying_would_double_without_end_is_written_down():
    names = [f"w{n}" for n in range(30)]
    text = " ".join(names[n % 30] for n in range(0, 400, 7)) + " " + " ".join(reversed(names)) * 3
    mention = Mention(id="m", source="s", external_id="e", text=text, published_at=NOON)
    query = parse(" NEAR/60 ".join(names), {})
    assert 2 ** len(names) > MOST_CARRIES
    assert query.matches(Document.of(mention)) is True


def test_parts_of_parts_that_a_hostile_text_is_full_of_are_found_in_bounded_memory():
    parts = Parts({"a" * length for length in range(1, 40)} | {"b"})

    tracemalloc.start()
    found = parts.within("a" * 10_000 + "b" + "a" * 50)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == {"a" * length for length in range(1, 40)} | {"b"}
    assert peak < 20_000_000  # all that are found at once would take three times as much


def test_a_part_is_found_wherever_the_text_is_cut_for_the_search():
    part = "needle"
    parts = Parts({part, "x" * 50})

    for at in range(980, 1_060):
        assert parts.within("." * at + part + "." * 2_000) == {part}
