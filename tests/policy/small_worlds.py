"""Conditions and mentions over few values, so that what one asks the other often has."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

from hypothesis import strategies as st
from loading import NOW

from engine.classification import Classification
from engine.mention import Author, Mention, Place
from engine.policy import Facts, load_text

LISTS = {
    "press": ["@zoe", "@paper"],
    "wild": ["@z*", "tom"],
    "words": ["fire", "sale*", "fire sale"],
    "tags": ["acme", "été*"],
    "codes": ["fr", "pt-br"],
}
HANDLES = ["@zoe", "zoe", "ZOE", "tom", "@paper", "fire"]
SOURCES = ["x", "reddit", "mastodon"]
LANGUAGES = ["fr", "en", "fr-be", "pt-br", "pt"]
TAGS = ["acme", "été", "ete", "sale"]
SAID = ["fire", "Fires", "sale", "acme", "#acme", "@acme", "Été", "ete", "a", "fire sale", "x y"]
COUNTS = [0, 5, 9, 10, 50]
SCORES = [0, 0.5, 0.8, 1]

_bound = st.sampled_from(["at_least", "at_most", "more_than", "less_than"])


def _some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


def _ops(values, *more):
    return st.one_of(
        st.sampled_from(values),
        st.builds(lambda one: {"is": one}, st.sampled_from(values)),
        st.builds(lambda one: {"is_not": one}, st.sampled_from(values)),
        st.builds(lambda some: {"in": some}, _some(values)),
        st.builds(lambda some: {"not_in": some}, _some(values)),
        st.builds(lambda one: {"exists": one}, st.booleans()),
        *more,
    )


def _listed(*names):
    return st.builds(
        lambda name, is_in: {"in_list" if is_in else "not_in_list": name},
        st.sampled_from(names),
        st.booleans(),
    )


def _range(values):
    return st.dictionaries(_bound, st.sampled_from(values), min_size=1, max_size=2)


def _task(labels):
    return st.one_of(
        _ops(labels),
        _range(SCORES),
        st.builds(lambda one, more: {"is": one} | more, st.sampled_from(labels), _range(SCORES)),
    )


QUERY_WORDS = st.sampled_from(
    ["fire", "fire*", "fi*", "sale", "acme", "#acme", "@acme", "été", "a", "*", "?", "*a*",
     '"fire sale"', '"fire sale"~2', 'raw:"Fires"', "raw:fire", "{words}", "{tags}"]
)  # fmt: skip
QUERY_FIELDS = st.sampled_from(
    ["lang:fr", "lang:en", "lang:fr-be", "lang:pt", "lang:pt-br", "lang:{codes}", "lang:f*",
     "source:x", "source:reddit", "author:zoe", "author:tom", "author:{press}", "hashtag:acme",
     "hashtag:ete", "hashtag:{tags}", "site:acme.example", "url:acme"]
)  # fmt: skip
_NEARS = st.builds(
    lambda left, right, n, f: f"{left} NEAR/{n}{f} {right}",
    QUERY_WORDS,
    QUERY_WORDS,
    st.integers(0, 3),
    st.sampled_from(["", "f"]),
)
QUERIES = st.recursive(
    QUERY_WORDS | QUERY_FIELDS | _NEARS,
    lambda inner: st.one_of(
        st.builds(lambda left, right: f"({left} AND {right})", inner, inner),
        st.builds(lambda left, right: f"({left} OR {right})", inner, inner),
        st.builds(lambda one: f"(NOT {one})", inner),
    ),
    max_leaves=4,
)
_FIELDS = {
    "source": _ops(SOURCES, _listed("press")),
    "kind": _ops(["mention", "review", "comment", "message"]),
    "language": _ops(LANGUAGES, _listed("codes")),
    "brand": _ops(["acme", "other"]),
    "author.handle": _ops(
        HANDLES, _listed("press", "wild"), st.just({"contains": "z"}), st.just({"in": ["z*"]})
    ),
    "author.followers": _ops(COUNTS, _range(COUNTS)),
    "author.verified": st.sampled_from([True, False, {"is_not": True}, {"exists": False}]),
    "author.created_at": st.dictionaries(
        _bound, st.sampled_from(["2026-01-01", "2026-01-02"]), min_size=1, max_size=1
    ),
    "hashtags": _ops(
        TAGS,
        st.just({"any_in_list": "tags"}),
        st.builds(lambda some: {"any_in": some}, _some(TAGS)),
    ),
    "links": st.sampled_from([{"exists": True}, {"exists": False}, {"contains": "acme"}]),
    "place": st.sampled_from([{"exists": True}, {"exists": False}]),
    "place.country": _ops(["FR", "BE"]),
    "text": st.one_of(
        QUERIES,
        st.sampled_from([{"exists": True}, {"matches": "fire"}, {"contains": "acme"}]),
    ),
    "sentiment": _task(["negative", "neutral", "positive"]),
    "offensive": _task(["offensive", "not_offensive"]),
}
_LEAVES = st.sampled_from(sorted(_FIELDS)).flatmap(
    lambda name: st.builds(lambda ops: {name: ops}, _FIELDS[name])
)
CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(lambda some: {"all": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        inner.map(lambda one: {"not": one}),
        inner.map(lambda one: {"not": one, "missing": "match"}),
    ),
    max_leaves=6,
)


def worlds(seed, count=100):
    """So many mentions with their labels, each value drawn from the few."""
    draw = random.Random(seed)
    return [_world(draw) for _ in range(count)]


def _world(draw):
    mention = Mention(
        id="m",
        source=draw.choice(SOURCES),
        external_id="1",
        text=" ".join(draw.choices(SAID, k=draw.randint(1, 4))),
        published_at=NOW,
        kind=draw.choice(["mention", "review", "comment"]),
        language=draw.choice([None, *LANGUAGES]),
        links=draw.choice([(), ("https://acme.example/x",), ("https://b.example",)]),
        hashtags=tuple(draw.choices(TAGS, k=draw.randint(0, 2))),
        brand=draw.choice([None, "acme", "other"]),
        place=draw.choice([None, Place("Paris", None), Place(None, "FR")]),
        author=Author(
            handle=draw.choice([None, *HANDLES]),
            followers=draw.choice([None, *COUNTS, 7]),
            verified=draw.choice([None, True, False]),
            created_at=draw.choice([None, datetime(2026, 1, 1, 12, tzinfo=UTC)]),
        ),
    )
    labels = [
        Classification("sentiment", draw.choice(["negative", "neutral", "positive", "unknown"]), draw.choice([0, 0.4, 0.5, 0.8, 0.9, 1])),
        Classification("offensive", draw.choice(["offensive", "not_offensive", "unknown"]), draw.choice([0.5, 0.8])),
    ]  # fmt: skip
    return Facts(mention, [one for one in labels if draw.random() < 0.8])


def policy_text(*rules, brands=()):
    """A policy of rules given as mappings, written as JSON."""
    return json.dumps(
        {
            "policy": "a",
            "brands": list(brands),
            "lists": LISTS,
            "rules": [{"id": f"r{at}"} | rule for at, rule in enumerate(rules)],
        },
        ensure_ascii=False,
    )


def load_rules(*rules, brands=()):
    """The policy's rules, or None where a condition is refused; and all problems."""
    made, problems = load_text(policy_text(*rules, brands=brands), now=NOW)
    return (None if made is None else made.policies[0].rules), problems
