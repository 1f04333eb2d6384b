from __future__ import annotations

import re
from datetime import UTC, datetime

from defects import DEFECTS, MARK
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.policy import load_text

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOUND = DEFECTS[0][3].replace(MARK, "").replace("titel", "title")
PIECES = sorted(
    {piece for row in DEFECTS for piece in re.findall(r"[\w.*$-]+:? ?|\s+|[^\w\s]", row[3])}
)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from([piece.strip() for piece in PIECES]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([piece.strip(": ") for piece in PIECES]) | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def written(value) -> str:
    """Any value as one line of YAML."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{written(str(key))}: {written(one)}" for key, one in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[a-z_.-]+", value):
        return value
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "null" if value is None else str(value).lower()


def check(text: str) -> None:
    made, problems = load_text(text, now=NOW)
    assert made is not None or problems
    for problem in problems:
        assert problem.as_text()


@settings(deadline=None)
@given(st.text())
def test_no_text_makes_the_reader_raise(text):
    check(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_no_mixture_of_the_languages_own_pieces_makes_it_raise(text):
    check(text)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["brands", "defaults", "lists", "macros", "templates", "rules"]),
    values,
)
def test_no_value_of_a_policys_field_makes_it_raise(field, value):
    check(f"policy: a\n{field}: {written(value)}\n")


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(["when", "except", "then", "cooldown", "examples", "title", "id", "mode"]),
    values,
)
def test_no_value_of_a_rules_field_makes_it_raise(field, value):
    check(
        f"policy: a\nlists: {{l: [x*]}}\nrules:\n  - id: b\n    when: {{source: x}}\n    {field}: {written(value)}\n"
    )


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [*"lwm", "text", "sentiment", "author.followers", "hashtags", "published_at", "not", "all"]
    ),
    values,
)
def test_no_value_of_a_leaf_makes_it_raise(field, value):
    check(
        f"policy: a\nlists: {{l: [x*]}}\nrules:\n  - id: b\n    when: {{{field}: {written(value)}}}\n"
    )


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SOUND)), st.integers(0, 12), st.text(max_size=3))
def test_no_slip_of_the_pen_makes_it_raise(at, gone, put):
    check(SOUND[:at] + put + SOUND[at + gone :])
