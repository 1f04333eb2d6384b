"""One door to every classifier: each text once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import ConfigError
from engine.testing import ScriptedClassifier, given, mention
from models.hub import Hub


def scripted(**default):
    return ScriptedClassifier(default=default)


def labels(answers):
    return [{one.task: one.label for one in answer} for answer in answers]


def test_identical_texts_are_read_once_and_all_answered():
    classifier = scripted(sentiment="neutral")

    answers = Hub([classifier]).classify(["hi", "hi", "there", "hi"], ["en"] * 4)

    assert classifier.seen == ["hi", "there"]
    assert labels(answers) == [{"sentiment": "neutral"}] * 4


def test_reposts_that_differ_in_links_handles_and_space_are_one_text():
    classifier = scripted(sentiment="neutral")

    Hub([classifier]).classify(
        ["RT @a: broken! https://t.example/1", "RT @b:  broken! https://t.example/2"], [None, None]
    )

    assert classifier.seen == ["RT @user: broken! http"]


def test_a_text_seen_before_is_remembered():
    classifier = scripted(sentiment="neutral")
    hub = Hub([classifier])

    first = hub.classify(["hi"], ["en"])

    assert hub.classify(["hi"], ["en"]) == first
    assert classifier.seen == ["hi"]


def test_the_same_text_in_another_language_is_another_question():
    classifier = scripted(sentiment="neutral")

    Hub([classifier]).classify(["hi", "hi"], ["en", "de"])

    assert classifier.seen == ["hi", "hi"]


def test_memory_is_bounded_and_forgets_the_least_recently_used():
    classifier = scripted(sentiment="neutral")
    hub = Hub([classifier], remembered=2)
    hub.classify(["a", "b"], [None] * 2)
    hub.classify(["a"], [None])
    hub.classify(["c"], [None])
    classifier.seen.clear()

    hub.classify(["a"], [None])
    hub.classify(["b"], [None])

    assert classifier.seen == ["b"]


def test_a_batch_larger_than_the_memory_is_answered_whole():
    classifier = scripted(sentiment="neutral")

    answers = Hub([classifier], remembered=3).classify(
        [f"text {n}" for n in "abcdefgh"], [None] * 8
    )

    assert labels(answers) == [{"sentiment": "neutral"}] * 8


def test_a_classifier_without_a_wanted_task_does_not_run():
    feeling, aim = scripted(sentiment="neutral"), scripted(intent="other")

    answers = Hub([feeling, aim]).classify(["hi"], [None], ["intent"])

    assert labels(answers) == [{"intent": "other"}]
    assert (feeling.seen, aim.seen) == ([], ["hi"])


def test_answers_of_unwanted_tasks_are_left_out_and_unknown_tasks_ignored():
    both = scripted(sentiment="neutral", intent="other")

    answers = Hub([both]).classify(["hi"], [None], ["intent", "colour"])

    assert labels(answers) == [{"intent": "other"}]


def test_given_classifications_stand_and_only_the_others_are_run():
    feeling, aim = scripted(sentiment="neutral"), scripted(intent="other")
    hub = Hub([feeling, aim])
    mentions = [
        mention("one", id="1", classifications=given(sentiment=("negative", 0.7))),
        mention("two", id="2"),
        mention("three", id="3", classifications=given(sentiment="positive", intent="praise")),
    ]

    answers = hub.classify_mentions(mentions)

    assert labels(answers) == [
        {"sentiment": "negative", "intent": "other"},
        {"sentiment": "neutral", "intent": "other"},
        {"sentiment": "positive", "intent": "praise"},
    ]
    assert answers[0][0].score == 0.7
    assert feeling.seen == ["two"]
    assert sorted(aim.seen) == ["one", "two"]


def test_a_given_task_that_no_classifier_answers_is_kept():
    answers = Hub([scripted(sentiment="neutral")]).classify_mentions(
        [mention("one", classifications=given(topic="price"))]
    )

    assert labels(answers) == [{"topic": "price", "sentiment": "neutral"}]


def test_two_classifiers_of_one_task_are_refused():
    with pytest.raises(ConfigError, match="more than one classifier answers sentiment"):
        Hub([scripted(sentiment="neutral"), scripted(sentiment="positive")])


def test_calls_from_many_threads_at_once_agree():
    hub = Hub([scripted(sentiment="neutral")], remembered=10)
    texts = [chr(97 + n % 26) for n in range(200)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: hub.classify(texts, [None] * 200), range(20)))

    assert all(answer == answers[0] for answer in answers)


def test_the_version_follows_the_classifiers():
    one, other = scripted(sentiment="neutral"), scripted(intent="other")

    assert Hub([one]).version != Hub([one, other]).version
    assert Hub([one]).name == "scripted"
    assert Hub([one, other]).tasks == {"sentiment": ("neutral",), "intent": ("other",)}
