"""Explanations: they agree with decide on every node, and show the nearest miss first."""

from datetime import timedelta
from itertools import combinations, product

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from engine.classification import Classification
from engine.decide import decide
from engine.policy import Facts, load_text
from engine.policy.condition import AllOf, AnyOf, Not
from engine.ports import Decided
from engine.proving.explain import (
    Search,
    by_nearness,
    chosen_rules,
    explain,
    only,
    remembers,
)
from engine.proving.explain_text import explanation_lines
from engine.proving.nearness import Goal, Join, Knot
from engine.simulate import Arrivals, Side, Simulation
from engine.testing import NOON, given, mention
from engine.windows import WindowState

POLICY = """
policy: care
brands: [acme]
rules:
  - id: refund
    when:
      - text: refund
      - sentiment: {is: negative, at_least: 0.6}
      - not: {author.handle: "@press"}
        missing: match
    except:
      - {name: staff, when: {author.handle: "@acme"}}
      - {name: old, when: {text: refund}, expires: 2026-01-01}
    then: [{tag: [refund]}]
    cooldown: {per: author, for: 1h}
  - id: any-word
    mode: shadow
    when: {any: [{text: hello}, [{language: fr}, {source: x}]]}
    then: [{tag: [word]}]
  - id: idle
    mode: "off"
    when: {text: refund}
"""
NEGATIVE = given(sentiment=("negative", 0.9))


def policy_of(text=POLICY):
    made, problems = load_text(text, now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    return made


def ask(name, *, classified=NEGATIVE, policy=POLICY, **fields):
    policies = policy_of(policy)
    one = mention(**{"text": "a refund", "id": "m", **fields})
    ((its, rule),) = chosen_rules(policies, name)
    decision = decide(its, one, classified, WindowState(), now=one.published_at)
    decided = Decided(1, one, classified, (decision,))
    return explain(its, rule, decided, revision=policies.revision)


def test_the_json_has_the_contract_s_fields():
    found = ask("refund").as_json()

    assert list(found)[:4] == ["fired", "suppressed_by", "trace", "revision"]
    assert (found["fired"], found["suppressed_by"]) == (True, None)
    assert list(found["trace"][0])[:4] == ["condition", "value", "wanted", "held"]


def test_a_miss_shows_first_what_alone_would_turn_it():
    found = ask("refund", classified=given(sentiment=("negative", 0.5)))

    first = found.rows[0]
    assert not found.fired
    assert first == {
        "condition": "sentiment: {is: negative, at_least: 0.6}",
        "value": {"label": "negative", "score": 0.5},
        "wanted": {"is": "negative", "at_least": 0.6},
        "held": False,
        "part": "when",
        "path": [1],
        "changes": 1,
    }
    assert all(row["changes"] is None for row in found.rows if row["held"] and row["path"])


@pytest.mark.parametrize(
    ("fields", "first", "held"),
    [
        pytest.param({"brand": "other"}, "brands: [acme]", False, id="another brand"),
        pytest.param({"brand": None}, "brands: [acme]", None, id="no brand"),
        pytest.param({"text": "hello"}, "text: refund", False, id="other words"),
        pytest.param(
            {"classified": ()}, "sentiment: {is: negative, at_least: 0.6}", None, id="no label"
        ),
        pytest.param({"handle": "@press"}, "author.handle: '@press'", True, id="inside a not"),
        pytest.param({"handle": "@acme"}, "author.handle: '@acme'", True, id="an exception"),
    ],
)
def test_the_nearest_miss_comes_first(fields, first, held):
    found = ask("refund", **fields)

    assert (found.rows[0]["condition"], found.rows[0]["held"]) == (first, held)
    assert found.rows[0]["changes"] == 1
    assert not found.fired


def test_of_two_ways_the_shorter_comes_first():
    found = ask("any-word", text="nothing")

    assert [(row["condition"], row["path"], row["changes"]) for row in found.rows] == [
        ("text: hello", [0], 1),
        ("[{text: hello}, [{language: fr}, {source: x}]]", [], 1),
        ("language: fr", [1, 0], 2),
        ("source: x", [1, 1], 2),
        ("[{language: fr}, {source: x}]", [1], 2),
        ("brands: [acme]", [], None),
    ]


@pytest.mark.parametrize(
    ("name", "fields", "fired", "by"),
    [
        pytest.param("refund", {}, True, None, id="nothing holds it back"),
        pytest.param("refund", {"handle": "@acme"}, False, "except", id="an exception"),
        pytest.param("any-word", {"text": "hello"}, True, "shadow", id="shadow"),
        pytest.param("idle", {}, False, "off", id="off"),
        pytest.param("refund", {"text": "hello"}, False, None, id="its own condition"),
    ],
)
def test_it_says_what_held_the_rule_back(name, fields, fired, by):
    found = ask(name, **fields)

    assert (found.fired, found.suppressed_by) == (fired, by)


def test_an_action_held_back_beside_one_that_happens_suppresses_nothing():
    text = POLICY.replace("[{tag: [refund]}]", "[{tag: [refund]}, {tag: [more], mode: shadow}]")

    found = ask("refund", policy=text)

    assert (found.fired, found.suppressed_by) == (True, None)
    assert found.held_back == [{"action": "tag", "by": "shadow", "detail": ""}]


def test_people_read_the_verdict_then_the_tree():
    lines = explanation_lines(ask("refund", classified=given(sentiment=("negative", 0.5))))

    assert lines[:7] == [
        "care/refund: did not fire; one answer would change that (marked <-)",
        "  ✓ brands: [acme]  (saw 'acme')",
        "  ✗ [{text: refund}, {sentiment: {is: negative, at_least: 0.6}}, {not: {author.handle: '@press'}, missing: match}]",
        "    ✓ text: refund  (saw 'a refund')",
        "    ✗ sentiment: {is: negative, at_least: 0.6}  (saw negative 0.5)  <-",
        "    ✓ not: {author.handle: '@press'}",
        "      ✗ author.handle: '@press'  (saw '@zoe')",
    ]


def test_people_read_how_many_more_it_takes():
    lines = explanation_lines(ask("refund", text="hello", classified=()))

    assert lines[0] == "care/refund: did not fire; 2 answers would have to change (marked <-)"
    assert "    ✗ text: refund  (saw 'hello')  <- with 1 more" in lines
    assert "    ? sentiment: {is: negative, at_least: 0.6}  (saw absent)  <- with 1 more" in lines


def test_without_a_rule_what_fired_comes_first_then_the_nearest_misses():
    found = [
        ask("refund", text="hello", classified=()),
        ask("any-word", text="nothing"),
        ask("any-word", text="hello"),
    ]

    ordered = by_nearness(found)

    assert [(one.rule, one.fired, one.distance) for one in ordered[1:]] == [
        ("any-word", False, 1),
        ("refund", False, 2),
    ]
    assert ordered[0].fired


# --- finding the mention ------------------------------------------------------------------------


class Nobody:
    def identify(self, texts, declared=None):
        return [None] * len(texts)


def search(mention_id, *mentions, policies=None):
    policies = policies or policy_of()
    classify = lambda some: [one.classifications for one in some]  # noqa: E731
    simulation = Simulation([Side(policies, classify)], identifier=Nobody())
    looking = Search(mention_id, has_past=remembers(policies))
    return looking.decided(simulation, [Arrivals(mentions)]), looking


def test_what_came_before_counts():
    first = mention("refund", id="a", classifications=NEGATIVE)
    again = mention(
        "refund", id="b", published_at=NOON + timedelta(minutes=5), classifications=NEGATIVE
    )

    decided, _ = search("b", first, again)

    assert [held.by for held in decided.decisions[0].held_back if held.rule == "refund"] == [
        "cooldown"
    ]


def test_a_mention_that_is_not_there_is_answered_with_those_most_like_it():
    decided, looking = search("mastodon-12", *(mention(id=f"mastodon-1{n}") for n in (1, 7)))

    assert decided is None
    assert set(looking.near) == {"mastodon-11", "mastodon-17"}


def test_rules_are_named_alone_or_with_their_policy():
    policies = policy_of()

    assert [rule.id for _, rule in chosen_rules(policies, "care/refund")] == ["refund"]
    assert chosen_rules(policies, "refnd") == []
    alone = only(policies, chosen_rules(policies, "any-word"))
    assert [rule.id for rule in alone.policies[0].rules] == ["any-word"]
    assert not remembers(alone)


# --- agreement with decide ----------------------------------------------------------------------

LEAVES = st.sampled_from(
    [
        "{text: refund}",
        "{text: 'refund NOT money'}",
        "{sentiment: negative}",
        "{sentiment: {is: positive, at_least: 0.5}}",
        "{author.followers: {at_least: 10}}",
        "{place: {exists: false}}",
        "{language: fr}",
        "{macro: both}",
    ]
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"{{all: [{', '.join(parts)}]}}"),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"{{any: [{', '.join(parts)}]}}"),
        inner.map(lambda part: f"{{not: {part}}}"),
        inner.map(lambda part: f"{{not: {part}, missing: match}}"),
    ),
    max_leaves=8,
)
SEEN = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["refund", "refund my money", "hello"]),
        "language": st.sampled_from([None, "fr", "en"]),
        "followers": st.sampled_from([None, 1, 50]),
        "handle": st.sampled_from(["@zoe", "@acme"]),
        "brand": st.sampled_from(["acme", None, "other"]),
    }
)
LABELS = st.sampled_from(
    [
        (),
        given(sentiment=("negative", 0.9)),
        given(sentiment=("positive", 0.4)),
        (Classification("sentiment", "unknown", 0.2),),
    ]
)


def node_at(condition, path):
    for step in path:
        condition = condition.parts[step]
    return condition


@each(CONDITIONS, SEEN, LABELS)
def test_every_node_answers_as_it_does_alone_and_the_root_as_decide_does(when, seen, labels):
    policies = policy_of(
        "policy: care\nbrands: [acme]\nmacros: {both: [{text: refund}, {language: fr}]}\nrules:\n"
        f"  - id: r\n    when: {when}\n"
        '    except: [{name: staff, when: {author.handle: "@acme"}}]\n'
    )
    ((policy, rule),) = chosen_rules(policies, "r")
    one = mention(**seen)
    decision = decide(policy, one, labels, WindowState(), now=NOON)

    found = explain(policy, rule, Decided(1, one, labels, (decision,)), revision="")

    assert found.fired is bool(decision.matches)
    facts = Facts(one, labels)
    trees = {"when": rule.condition, "except staff": rule.exceptions[0].when}
    roots = {}
    for row in found.rows:
        if not row["path"]:
            roots[row["part"]] = row["held"]
        if row["part"] in trees:
            alone = node_at(trees[row["part"]], row["path"])
            assert row["held"] is alone.evaluate(facts)
            assert row["condition"] == alone.origin.text
    held = roots["brands"] is True and roots["when"] is True and roots["except staff"] is not True
    assert held is found.fired


KNOTS = st.recursive(
    st.sampled_from([True, False, None]).map(lambda held: (Join.LEAF, held)),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from([Join.ALL, Join.ANY]), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(
            st.sampled_from([Join.NOT, Join.LENIENT_NOT]), st.lists(inner, min_size=1, max_size=1)
        ),
    ),
    max_leaves=5,
)
NODES = {
    Join.ALL: AllOf(None, ()),
    Join.ANY: AnyOf(None, ()),
    Join.NOT: Not(None, ()),
    Join.LENIENT_NOT: Not(None, (), is_lenient=True),
}


def knotted(shape, answers):
    """Return a tree whose leaves answer as told, in order."""
    join, inside = shape
    if join is Join.LEAF:
        return Knot(join, next(answers))
    parts = [knotted(part, answers) for part in inside]
    return Knot(join, NODES[join].combine(part.held for part in parts), parts)


def leaves(knot):
    return (
        [knot] if knot.join is Join.LEAF else [one for part in knot.parts for one in leaves(part)]
    )


def first_answers(shape):
    join, inside = shape
    return (
        [inside] if join is Join.LEAF else [one for part in inside for one in first_answers(part)]
    )


@each(KNOTS)
def test_nearness_is_the_least_number_of_other_answers(shape):
    """Against every set of leaves answering otherwise."""
    answers = first_answers(shape)
    goal = Goal.NOT_TRUE if knotted(shape, iter(answers)).held is True else Goal.TRUE

    def turns(places):
        return any(
            goal.is_met(knotted(shape, iter(changed)).held)
            for told in product([True, False], repeat=len(places))
            for changed in [
                [told[places.index(at)] if at in places else one for at, one in enumerate(answers)]
            ]
        )

    measured = knotted(shape, iter(answers))
    measured.measure(goal)

    sizes = range(1, len(answers) + 1)
    least = min(n for n in sizes if any(map(turns, combinations(range(len(answers)), n))))
    assert measured.changes == least
    for at, leaf in enumerate(leaves(measured)):
        assert (leaf.changes == 1) is turns((at,))
        if leaf.changes is not None:
            with_it = [c for c in combinations(range(len(answers)), leaf.changes) if at in c]
            assert any(map(turns, with_it))
