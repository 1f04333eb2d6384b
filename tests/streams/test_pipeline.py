"""The stages alone: what a batch becomes, and that one bad mention costs nobody else anything."""

import json
from dataclasses import replace

import pytest

from engine.mention import Author
from engine.policy import load_text
from engine.ports import DeadLetter, LogEntry, SourceBatch
from engine.testing import NOON, ScriptedClassifier, given, mention
from engine.windows import WindowState
from models.hub import Hub
from streams.pipeline import ENGINE_SOURCE, Pipeline, fault_batch, with_languages

POLICY = """
policy: first
brands: [acme]
rules:
  - id: refund
    when: {text: refund}
    then: [{tag: [refund]}]
    cooldown: {per: author, for: 1h}
---
policy: second
brands: [acme]
rules:
  - id: angry
    when: {sentiment: negative}
    then: [{tag: [angry]}]
"""


class Identifier:
    """Knows French by one word; keeps what it was asked and told."""

    def __init__(self, fault=None):
        self.asked = []
        self.told = []
        self._fault = fault

    def identify(self, texts, declared=None):
        self.asked += texts
        self.told += declared or []
        if self._fault:
            raise self._fault
        return ["fr" if "merci" in text else None for text in texts]


class Poisoned(ScriptedClassifier):
    """Cannot classify texts that hold a word."""

    def classify(self, texts, languages):
        if any("poison" in text for text in texts):
            raise ZeroDivisionError
        return super().classify(texts, languages)


class Explosive:
    """Stands where a brand does, and fails whatever looks at it."""

    def casefold(self):
        message = "the brand burst"
        raise RuntimeError(message)


def pipeline(*, identifier=None, classifier=None):
    policies, problems = load_text(POLICY, now=NOON)
    assert policies is not None, problems
    scripted = classifier or ScriptedClassifier({"awful": ("sentiment", "negative", 0.95)})
    return Pipeline(
        identifier=identifier or Identifier(),
        classify=Hub([scripted]).classify_mentions,
        policies=policies,
    )


def batch(*mentions, dead=()):
    return SourceBatch("pipe", mentions, dead, {"at": 7})


def decided(stages, *mentions, windows=None):
    entries = [LogEntry(at, one) for at, one in enumerate(mentions, start=1)]
    answers, _ = stages.classify(mentions)
    return stages.decide(entries, answers, windows or WindowState())


def fired(one):
    return [match.rule for decision in one.decisions for match in decision.matches]


def test_a_batch_is_normalised_and_keeps_its_cursor_and_dead_letters():
    old = DeadLetter("pipe", "pipe:3", "text is missing", "{}")

    prepared = pipeline().prepare(
        batch(mention("<b>caf\u0065\u0301</b>", language="en"), dead=[old])
    )

    assert [one.text for one in prepared.mentions] == ["caf\u00e9"]
    assert (prepared.source, prepared.cursor, prepared.dead) == ("pipe", {"at": 7}, (old,))


def test_a_mention_of_which_nothing_is_left_is_set_aside_as_json_and_still_counted():
    empty = mention("<br><br>", id="e1", language="en")

    prepared = pipeline().prepare(batch(mention("hello", language="en"), empty))

    (dead,) = prepared.dead
    assert prepared.read == 2
    assert (dead.source, dead.place) == ("pipe", "e1")
    assert json.loads(dead.raw)["text"] == "<br><br>"


def test_a_mention_that_cannot_be_normalised_for_a_fault_of_ours_is_set_aside():
    broken = replace(mention("hello", id="b1"), text=None)

    prepared = pipeline().prepare(batch(mention("fine", language="en"), broken))

    assert [one.text for one in prepared.mentions] == ["fine"]
    (dead,) = prepared.dead
    assert dead.place == "b1"
    assert "had to normalise b1" in dead.reason
    assert "Traceback" in dead.reason


def test_only_mentions_that_name_no_language_are_identified():
    identifier = Identifier()
    told = [
        mention("bonjour", id="1", language="fr"),
        mention("merci", id="2"),
        mention("x", id="3", author=Author(language="de")),
    ]

    found = with_languages(identifier, told)

    assert [one.language for one in found] == ["fr", "fr", None]
    assert identifier.asked == ["merci", "x"]
    assert identifier.told == [None, "de"]
    assert told[1].language is None


def test_an_identifier_that_fails_costs_the_batch_its_languages_and_nothing_else():
    stages = pipeline(identifier=Identifier(fault=ValueError("no such script")))

    prepared = stages.prepare(batch(mention("merci")))

    assert [(one.text, one.language) for one in prepared.mentions] == [("merci", None)]


def test_given_classifications_stand_and_the_others_are_added():
    answers, faults = pipeline().classify(
        [mention("awful", classifications=given(intent="praise"))]
    )

    assert {one.task: one.label for one in answers[0]} == {
        "intent": "praise",
        "sentiment": "negative",
    }
    assert faults == []


def test_a_mention_that_breaks_the_classifier_keeps_what_it_was_given():
    stages = pipeline(classifier=Poisoned({"awful": ("sentiment", "negative", 0.95)}))
    poison = mention("poison", id="p", classifications=given(intent="praise"))

    answers, faults = stages.classify([mention("awful", id="a"), poison])

    assert {one.task for one in answers[0]} == {"sentiment", "intent"}
    assert answers[1] == poison.classifications
    assert [(one.source, one.place) for one in faults] == [(ENGINE_SOURCE, "classify:p")]


def test_mentions_are_decided_in_order_with_the_cooldown_of_those_before():
    windows = WindowState()

    found, faults = decided(
        pipeline(), mention("refund", id="1"), mention("awful refund", id="2"), windows=windows
    )

    states = [match.actions[0].state for match in found[1].decisions[0].matches]
    assert [fired(one) for one in found] == [["refund"], ["refund", "angry"]]
    assert states == ["suppressed"]
    assert (windows.watermark, faults) == (NOON, [])


def test_a_mention_no_rule_meets_has_no_decision_and_is_decided_all_the_same():
    (found,), _ = decided(pipeline(), mention("lovely"))

    assert (found.seq, found.decisions) == (1, ())


def test_a_policy_that_fails_at_a_mention_leaves_its_neighbours_alone():
    stages = pipeline()
    first, second = stages.policies.policies
    broken = replace(first, brands=frozenset({"acme"}))
    object.__setattr__(broken, "_index", object())
    stages.policies = replace(stages.policies, policies=(broken, second))

    found, faults = decided(stages, mention("awful refund", id="1"), mention("awful", id="2"))

    assert [fired(one) for one in found] == [["angry"], ["angry"]]
    assert [one.place for one in faults] == ["decide by first:1", "decide by first:2"]


def test_a_mention_nobody_can_decide_is_recorded_with_its_fault():
    (bad, good), faults = decided(
        pipeline(), mention("refund", id="1", brand=Explosive()), mention("refund", id="2")
    )

    assert (bad.decisions, fired(good)) == ((), ["refund"])
    assert all("the brand burst" in one.reason for one in faults)


@pytest.mark.parametrize("count", [0, 2])
def test_faults_travel_as_a_batch_of_the_engine_itself(count):
    dead = [DeadLetter(ENGINE_SOURCE, f"decide:{at}", "why", "") for at in range(count)]

    found = fault_batch(dead)

    assert (found.source, found.read, found.cursor) == (ENGINE_SOURCE, count, None)
