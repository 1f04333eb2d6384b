"""The index against every rule asked one by one, over many rules and mentions at once."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from itertools import product

from loading import TASKS, policy_of

from engine.classification import Classification
from engine.decision import Mode, Severity
from engine.mention import Author, Mention, Place
from engine.policy import Facts, Policy, Rule
from engine.policy.condition import AllOf, FieldLeaf, MacroUse, Origin
from engine.policy.fields import FIELDS
from engine.policy.index import RuleIndex
from engine.policy.needs import OneOf
from engine.problem import Span
from engine.testing import NOON, given, mention

LISTS = {
    "press": ["@zoe", "lea", "@@max"], "wild": ["z*", "l?a"], "few": ["lea"], "tags": ["#acme", "été"], "none": [],
    "words": ["fire", "money back", "burn*", "退"], "plain": ["fire", "money"],
}  # fmt: skip
MACROS = {"angry": {"sentiment": {"is": "negative", "at_least": 0.5}}, "loud": {"any": [{"macro": "angry"}, {"text": "fire"}]}}  # fmt: skip
HANDLES = [None, "zoe", "@zoe", "@@zoe", "ZOE", "lea", "max", "@max", "@@max", "", "@"]
BODIES = ["fire", "Fire! money back", "burning money", "a b c", "#acme 退款", "été \ud800", "…", "a fire b"]  # fmt: skip
BY_SUBJECT = {
    "sentiment": {"is": ["negative", "neutral"], "is_not": ["negative"], "in": [["negative", "positive"]], "not_in": [["neutral"]], "exists": [True, False],
                  "at_least": [0.5], "more_than": [0.5], "at_most": [0.5], "less_than": [0.5]},
    "intent": {"is": ["praise"], "in": [["complaint", "question"]], "at_least": [0.8]},
    "source": {"is": ["x", "Reddit"], "is_not": ["x"], "in": [["x", "red*"], ["x", "y"]], "contains": ["e"], "matches": ["^x"], "exists": [True, False]},
    "author.handle": {"is": ["zoe", "@zoe", "@@zoe", "@max"], "is_not": ["zoe"], "in": [["lea", "@max"]], "in_list": ["press", "wild", "few", "none"], "not_in_list": ["press"],
                      "contains": ["O"], "exists": [True, False]},
    "hashtags": {"is": ["acme", "#acme"], "is_not": ["acme"], "in": [["acme"], ["été", "acme"]], "any_in": [["x", "été"]], "not_in": [["été"]], "any_in_list": ["tags"], "contains": ["cm"], "exists": [False]},
    "place.name": {"is": ["Paris"], "exists": [True, False]},
    "author.followers": {"is": [5], "in": [[1, 5.0]], "not_in": [[5]], "at_least": [5], "more_than": [5], "at_most": [5], "less_than": [5]},
    "author.verified": {"is": [True, False], "is_not": [True], "exists": [True]},
    "published_at": {"is": ["2026-03-02T12:00:00Z"], "at_least": ["2026-03-02T13:00:00+01:00"], "less_than": ["2026-03-02T12:00:00Z"]},
    "text": {"contains": ["fire", "É"], "matches": [r"(?i)\bfire\b"], "is": ["fire"]},
}  # fmt: skip
QUERIES = [
    "fire", "burn*", "*ing", "fire OR burn*", "fire OR money", "fire money", "(fire OR a) AND (b OR money)", '"money back"', "money NEAR/1 back", "NOT fire",
    "fire NOT a", "{words}", "{plain}", "{plain} OR b", "{none} OR a", "{none}", "raw:Fire", "#acme", "#acme OR b", "author:zoe OR fire", "退款", "a b c", "fire OR a NOT b",
]  # fmt: skip
LEAVES = [
    {subject: {name: operand}}
    for subject, operators in BY_SUBJECT.items()
    for name, operands in operators.items()
    for operand in operands
]
SINGLE = [*LEAVES, *({"text": query} for query in QUERIES), {"macro": "angry"}, {"macro": "loud"}]
ORDERING = {"at_least", "more_than", "at_most", "less_than"}


def combined(chance):
    """A leaf of two operators, of which at most one sets a bound."""
    subject = chance.choice(list(BY_SUBJECT))
    operators = BY_SUBJECT[subject]
    one, other = chance.sample(list(operators), 2) if len(operators) > 1 else ("is", "is")
    names = {one} if {one, other} <= ORDERING else {one, other}
    return {subject: {name: chance.choice(operators[name]) for name in sorted(names)}}


def tree(chance, depth):
    """A random condition of at most that many levels."""
    kind = chance.random()
    if depth == 0 or kind < 0.2:
        return chance.choice(SINGLE) if chance.random() < 0.7 else combined(chance)
    parts = [tree(chance, depth - 1) for _ in range(chance.randint(2, 3))]
    if kind < 0.5:
        return parts
    if kind < 0.75:
        return {"any": parts}
    if kind < 0.9:
        return {"not": parts[0]}
    return {"not": parts[0], "missing": "match"}


def some_mention(chance):
    """A mention with few values, so that many conditions hold; and its classifications."""
    labels = {"sentiment": ("negative", "neutral", "positive", "unknown"), "intent": (*TASKS["intent"], "unknown")}  # fmt: skip
    made = Mention(
        id="m",
        source=chance.choice(["x", "reddit", "y"]),
        external_id="1",
        text=chance.choice(BODIES),
        published_at=NOON + timedelta(hours=chance.randint(-1, 1)),
        hashtags=tuple(chance.sample(["acme", "été", "other"], chance.randint(0, 2))),
        place=chance.choice([None, Place("paris"), Place()]),
        author=Author(
            handle=chance.choice(HANDLES),
            followers=chance.choice([None, 0, 1, 5, 6]),
            verified=chance.choice([None, True, False]),
        ),
    )
    classified = [
        Classification(task, chance.choice(some), chance.choice([0.4, 0.5, 0.8, float("nan")]))
        for task, some in labels.items()
        if chance.random() < 0.8
    ]
    return Facts(made, classified)


def policy_with(conditions):
    body = {"policy": "a", "lists": LISTS, "macros": MACROS}
    rules = [{"id": f"r{at}", "when": when} for at, when in enumerate(conditions)]
    return policy_of(json.dumps({**body, "rules": rules}, ensure_ascii=False))


def differences(policy, mentions):
    """The conditions that the index answers otherwise than they do themselves."""
    found = []
    for facts in mentions:
        matching = {rule.id for rule in policy.index.matching(facts)}
        found += [
            (rule.condition.origin.text, facts.mention, facts.classified)
            for rule in policy.rules
            if (rule.id in matching) is not (rule.condition.evaluate(facts) is True)
        ]
    return found


def test_the_index_finds_the_rules_that_hold_and_no_others():
    chance = random.Random(1)
    several = [combined(chance) for _ in range(100)]
    pairs = [[one, other] for one, other in product(SINGLE, SINGLE) if chance.random() < 0.02]
    eithers = [{"any": pair} for pair in pairs if chance.random() < 0.5]
    twice = [{"not": {"not": one, "missing": "match"}} for one in SINGLE]
    trees = [tree(chance, 3) for _ in range(200)]
    policy = policy_with([*SINGLE, *several, *pairs, *eithers, *twice, *trees])

    assert differences(policy, [some_mention(chance) for _ in range(200)])[:3] == []


def rules_by_number(asked):
    """As many rules as numbers, each of a range and a word of its own."""
    return [{"author.followers": {"at_least": n}, "text": f"w{n} OR v{n % 50}"} if n % 3 else {"author.followers": {"less_than": n + 1}, "hashtags": f"t{n}"} for n in asked]  # fmt: skip


def test_many_rules_with_as_many_values_and_limits_are_told_apart():
    policy = policy_with(rules_by_number(range(1_300)))
    chance = random.Random(3)
    mentions = [
        Facts(
            mention(
                f"w{chance.randrange(1_300)} w{chance.randrange(1_300)} v{chance.randrange(60)}",
                followers=chance.choice([None, *range(0, 1_400, 7)]),
                hashtags=(f"t{chance.randrange(1_300)}", f"t{chance.randrange(1_300)}"),
            ),
            (),
        )
        for _ in range(150)
    ]

    assert differences(policy, mentions) == []
    assert sum(len(policy.index.matching(facts)) for facts in mentions) > 150


SPAN = Span("a.yaml", 1, 1, 1, "")


class Counting:
    """A test of a value that counts how often it is asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0

    def __call__(self, value):
        self.asked += 1
        return self.answer

    def leaf(self, path, wanted, *, needs=()):
        return FieldLeaf(Origin(path, SPAN), path, wanted, (self,), needs=needs, field=FIELDS[path])


def rule(condition, name="r", mode=Mode.DRAFT):
    return Rule(name, "a", name, Severity.INFO, mode, "1", condition, SPAN)


def both(*parts):
    return AllOf(Origin("", SPAN), parts)


def test_a_predicate_that_several_rules_share_is_asked_once_a_mention():
    shared = Counting(answer=True)
    macro = Counting(answer=True)
    used = MacroUse(Origin("", SPAN), (macro.leaf("kind", "y"),), name="m")
    rules = [rule(both(shared.leaf("text", "x"), used), name=f"r{at}") for at in range(5)]
    index = RuleIndex(rules)

    assert len(index.matching(Facts(mention(), ()))) == 5
    assert (shared.asked, macro.asked) == (1, 1)
    assert len(index.matching(Facts(mention(), ()))) == 5
    assert (shared.asked, macro.asked) == (2, 2)


def test_a_rule_without_its_necessary_value_is_not_asked():
    asked = Counting(answer=True)
    elsewhere = Counting(answer=True).leaf("source", "x", needs=(OneOf(frozenset({"x"})),))
    index = RuleIndex([rule(both(elsewhere, asked.leaf("text", "t")))])

    assert index.matching(Facts(mention(), ())) == []
    assert asked.asked == 0


def test_a_rule_whose_demands_say_all_is_not_asked():
    asked = Counting(answer=True)
    index = RuleIndex([rule(asked.leaf("source", "x", needs=(OneOf(frozenset({"import"})),)))])

    assert [one.id for one in index.matching(Facts(mention(), ()))] == ["r"]
    assert asked.asked == 0


def test_rules_that_are_off_never_match():
    made = policy_of(
        "policy: a\nrules: [{id: b, when: {text: hello}, mode: off}, {id: c, when: {text: hello}}]"
    )

    assert [one.id for one in made.index.matching(Facts(mention("hello"), ()))] == ["c"]


def test_an_index_belongs_to_the_rules_it_was_made_of():
    made = policy_of(
        "policy: a\nrules: [{id: b, when: {text: hello}}, {id: c, when: {text: hello}}]"
    )
    facts = Facts(mention("hello"), given(sentiment="negative"))
    assert len(made.index.matching(facts)) == 2

    alone = Policy(made.id, made.revision, made.brands, made.rules[:1], made.span)
    assert [one.id for one in alone.index.matching(facts)] == ["b"]
    assert made.index is made.index
