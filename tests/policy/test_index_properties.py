"""Whatever the rules and the mention: the index changes no decision, nor does the rules' order."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from loading import TASKS, policy_of

from engine.classification import Classification
from engine.decide import decide
from engine.decision import Mode
from engine.mention import Author, Mention, Metrics, Place
from engine.policy import Facts
from engine.windows import WindowState

MODEST = settings(max_examples=150, deadline=None, database=None)

LISTS = {
    "press": ["@zoe", "lea", "bo b", "@@max"],
    "wild": ["z*", "l?a", "x"],
    "words": ["fire", "money back", "burn*", "😡", "退"],
    "tags": ["#acme", "ete"],
    "none": [],
}
HANDLES = ["zoe", "@zoe", "@@zoe", "ZOÉ", "lea", "max", "@max", "@@max", "", "@"]
TEXTS = ["Fire fire!", "burning money, back", "money back now", "#acme @zoe", "acme 退款 😡", "été", "a b c", "\ud800 x", "…"]  # fmt: skip
NUMBERS = [0, 1, 5, 5.0, 7.5, 100]

QUERIES = [
    "fire", "burn*", "*ing", "fire OR burn*", "money NEAR/1 back", '"money back"', '"money now"~2', "NOT fire", "fire NOT acme",
    "{words}", "{none} OR a", "{none}", "raw:Fire", 'raw:"fir*"', "#acme", "@zoe", "#acme OR b", "author:zoe", "author:{press} OR fire", "lang:fr b",
    "hashtag:acme", "site:acme.com", "source:x AND a", "退款", "退*", "😡 OR été", "a AND b AND c", "(a OR fire) AND (b OR burn* OR money)", "a NEAR/3f c",
]  # fmt: skip


def operands(kind, value):
    """Every operator of a kind of field with an operand for it."""
    values = st.lists(value, min_size=1, max_size=3)
    found = {"is": value, "is_not": value, "exists": st.booleans()}
    if kind != "instant":
        found |= {"in": values, "not_in": values, "any_in": values}
    if kind in ("number", "instant"):
        for name in ("at_least", "at_most", "more_than", "less_than"):
            found[name] = value.filter(lambda one: one != 0)
    if kind == "text":
        lists = st.sampled_from(sorted(LISTS))
        found |= {"in_list": lists, "not_in_list": lists, "any_in_list": lists}
        found |= {"contains": st.sampled_from(["e", "fire", "ZO", "back\n", "é"])}
        found |= {"matches": st.sampled_from(["^a", "(?i)fire|back", r"\d", "."])}
    if kind == "flag":
        found = {"is": value, "is_not": value, "exists": st.booleans()}
    return found


# Two of these in one leaf may contradict each other, which is an error in a policy.
ONE_SIDED = ({"at_least", "more_than", "at_most", "less_than"},)


def leaves(path, kind, value):
    choices = [st.tuples(st.just(name), operand) for name, operand in operands(kind, value).items()]
    several = st.lists(st.one_of(choices), min_size=1, max_size=3).map(dict)
    sound = several.filter(lambda leaf: all(len(names & leaf.keys()) < 2 for names in ONE_SIDED))
    plain = value.map(lambda one: {path: one})
    return plain | sound.map(lambda leaf: {path: leaf})


def label_leaves(task, labels):
    label, some = st.sampled_from(labels), st.lists(st.sampled_from(labels), min_size=1, max_size=3)
    score = st.sampled_from([0.5, "50%", 0.8])
    orders = [
        st.tuples(st.just(name), score)
        for name in ("at_least", "at_most", "more_than", "less_than")
    ]
    asked = [
        st.tuples(st.just("is"), label),
        st.tuples(st.just("is_not"), label),
        st.tuples(st.just("in"), some),
        st.tuples(st.just("not_in"), some),
        st.tuples(st.just("exists"), st.booleans()),
    ]
    one = st.tuples(st.one_of(asked), st.one_of(orders)).map(dict) | st.one_of(asked + orders).map(
        lambda pair: dict([pair])
    )
    return one.map(lambda leaf: {task: leaf}) | label.map(lambda name: {task: name})


LABELS = {"sentiment": ["negative", "neutral", "positive"], "intent": list(TASKS["intent"])}
LEAVES = st.one_of(
    *(label_leaves(task, labels) for task, labels in LABELS.items()),
    leaves("source", "text", st.sampled_from(["x", "reddit", "X"])),
    leaves("language", "text", st.sampled_from(["fr", "en"])),
    leaves("kind", "text", st.sampled_from(["review", "mention"])),
    leaves("author.handle", "text", st.sampled_from([*HANDLES[:-2], "z*"])),
    leaves("hashtags", "text", st.sampled_from(["acme", "#acme", "été", "*"])),
    leaves("text", "text", st.sampled_from(["a b c", "été"])).filter(lambda leaf: isinstance(leaf["text"], dict)),
    leaves("links", "text", st.sampled_from(["https://acme.com/a"])),
    leaves("place.name", "text", st.sampled_from(["Paris"])),
    leaves("author.followers", "number", st.sampled_from(NUMBERS)),
    leaves("author.verified", "flag", st.booleans()),
    leaves("published_at", "instant", st.sampled_from(["2026-03-02T12:00:00Z", "2026-03-02T13:00:00+01:00", "2026-03-03"])),
    st.sampled_from(QUERIES).map(lambda query: {"text": query}),
    st.sampled_from([{"macro": "angry"}, {"macro": "loud"}, {"place": {"exists": True}}]),
)  # fmt: skip


def inner(parts):
    some = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        some,
        some.map(lambda all_of: {"all": all_of}),
        some.map(lambda any_of: {"any": any_of}),
        some.map(lambda any_of: {"any": any_of}),
        parts.map(lambda part: {"not": part}),
        parts.map(lambda part: {"not": {"not": part}}),
        parts.map(lambda part: {"not": part, "missing": "match"}),
    )


CONDITIONS = st.recursive(LEAVES, inner, max_leaves=8)
RULES = st.fixed_dictionaries(
    {
        "when": CONDITIONS,
        "mode": st.sampled_from(["off", "shadow", "draft", "enforce"]),
        "then": st.just([{"tag": ["t"]}]),
    },
    optional={
        "cooldown": st.sampled_from(
            [{"per": "author", "for": "2h"}, {"per": "language", "for": "1h"}]
        ),
        "except": CONDITIONS.map(lambda when: [{"name": "staff", "when": when}]),
    },
)
MACROS = {
    "angry": {"sentiment": {"is": "negative", "at_least": 0.5}},
    "loud": {"any": [{"macro": "angry"}, {"text": "fire OR {words}"}]},
}


@st.composite
def policies(draw):
    rules = draw(st.lists(RULES, min_size=1, max_size=6))
    body = {
        "policy": "a",
        "lists": LISTS,
        "macros": MACROS,
        "rules": [{"id": f"r{at}", **rule} for at, rule in enumerate(rules)],
    }
    brands = draw(st.sampled_from([None, ["Acme"], ["other"]]))
    body |= {} if brands is None else {"brands": brands}
    return policy_of(json.dumps(body, ensure_ascii=False))


def maybe(*values):
    return st.sampled_from([None, *values])


CLASSIFIED = st.fixed_dictionaries(
    {},
    optional={
        task: st.tuples(
            st.sampled_from([*labels, "unknown", "stray"]), st.sampled_from([0.3, 0.5, 0.8, 1.0])
        )
        for task, labels in LABELS.items()
    },
).map(lambda found: tuple(Classification(task, *answer) for task, answer in found.items()))
MENTIONS = st.builds(
    Mention,
    id=st.sampled_from(["m1", "m2"]),
    source=st.sampled_from(["x", "Reddit", "y"]),
    external_id=st.just("1"),
    text=st.sampled_from(TEXTS),
    published_at=st.integers(-3, 3).map(
        lambda hours: datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(hours=hours)
    ),
    kind=st.sampled_from(["review", "mention"]),
    language=maybe("fr", "EN"),
    url=maybe("https://www.acme.com/fire"),
    links=st.lists(st.sampled_from(["https://acme.com/a", "https://b.org/Fire"]), max_size=2).map(
        tuple
    ),
    hashtags=st.lists(st.sampled_from(["acme", "été", "other"]), max_size=3).map(tuple),
    brand=maybe("acme", "ACME", "other"),
    place=st.none() | st.builds(Place, maybe("paris", "Rome"), maybe("FR")),
    author=st.builds(
        Author,
        id=maybe("1", "2"),
        handle=st.sampled_from([None, *HANDLES]),
        followers=maybe(0, 1, 5, 7, 100),
        verified=st.none() | st.booleans(),
    ),
    metrics=st.just(Metrics()),
)
STREAMS = st.lists(st.tuples(MENTIONS, CLASSIFIED), min_size=1, max_size=4)


class EveryRule:
    """What stands for the index: it asks every rule, each by its own condition."""

    def __init__(self, rules):
        self._rules = rules

    def matching(self, facts):
        return [
            rule
            for rule in self._rules
            if rule.mode is not Mode.OFF and rule.condition.evaluate(facts) is True
        ]


def without_index(policy):
    plain = replace(policy)
    object.__setattr__(plain, "_index", EveryRule(plain.rules))
    return plain


def decisions(policy, stream):
    windows = WindowState()
    found = []
    for mention, classified in stream:
        found.append(decide(policy, mention, classified, windows, now=mention.published_at))
        windows.apply(found[-1])
    return found


@MODEST
@given(policies(), STREAMS)
def test_decisions_are_equal_with_and_without_the_index(policy, stream):
    assert decisions(policy, stream) == decisions(without_index(policy), stream)


@MODEST
@given(policies(), STREAMS, st.randoms(use_true_random=False))
def test_rules_in_another_order_match_the_same_mentions(policy, stream, chance):
    rules = list(policy.rules)
    chance.shuffle(rules)
    shuffled = replace(policy, rules=tuple(rules))
    for one, other in zip(decisions(policy, stream), decisions(shuffled, stream), strict=True):
        assert {match.rule: match for match in one.matches} == {
            match.rule: match for match in other.matches
        }
        assert set(one.held_back) == set(other.held_back)
        order = [rule.id for rule in rules]
        places = [order.index(match.rule) for match in other.matches]
        assert places == sorted(places)


@MODEST
@given(policies(), STREAMS)
def test_a_trace_ends_where_the_condition_does(policy, stream):
    for mention, classified in stream:
        facts = Facts(mention, classified)
        for rule in policy.rules:
            assert rule.condition.trace(facts).held is rule.condition.evaluate(facts)
