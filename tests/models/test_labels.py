"""Label sets learnt from examples."""

from __future__ import annotations

import pytest

from engine.errors import ConfigError
from models.heads import write_head
from models.labels import examples_version, train_label_set
from models.linear import LinearClassifier

WEATHER = {
    "wet": {"en": [f"rain and {one} rain" for one in ("more", "heavy", "cold", "endless", "our")]},
    "dry": {"en": [f"sun and {one} sun" for one in ("more", "bright", "hot", "endless", "our")]},
}


def test_a_label_set_is_learnt_and_tells_its_labels_apart():
    head = train_label_set("weather", WEATHER)

    answers = LinearClassifier([head]).classify(["so much rain today", "sun at last"], ["en"] * 2)

    assert [one.label for (one,) in answers] == ["wet", "dry"]
    assert (head.task, head.labels) == ("weather", ("wet", "dry"))
    assert head.version == examples_version(WEATHER)


def test_it_says_how_good_it_is_on_examples_held_out():
    measured = train_label_set("weather", WEATHER).measured

    assert measured["n"] == 10
    assert measured["macro_f1"] == 1.0
    assert measured["macro_f1_by_language"] == {"en": 1.0}
    assert set(measured["f1_by_label"]) == {"wet", "dry"}


def test_labels_without_a_difference_are_measured_as_such():
    texts = [f"the same {one} words" for one in ("red", "green", "blue", "grey", "pink", "brown")]

    measured = train_label_set("none", {"a": {"en": texts[::2]}, "b": {"en": texts[1::2]}}).measured

    assert measured["macro_f1"] < 0.8


def test_equal_examples_give_equal_files():
    assert write_head(train_label_set("w", WEATHER)) == write_head(train_label_set("w", WEATHER))


def test_the_version_follows_labels_examples_and_languages():
    renamed = {"soaked": WEATHER["wet"], "dry": WEATHER["dry"]}
    longer = {**WEATHER, "dry": {"en": [*WEATHER["dry"]["en"], "dust"]}}
    moved = {**WEATHER, "dry": {"fr": WEATHER["dry"]["en"]}}
    versions = {examples_version(one) for one in (WEATHER, renamed, longer, moved)}

    assert len(versions) == 4
    assert examples_version(dict(WEATHER)) in versions


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        pytest.param({}, "it has no labels", id="no labels"),
        pytest.param({"a": {"en": ["one", "two"]}}, "it has 1, and 'a' has 2", id="one label"),
        pytest.param(
            {"a": {"en": ["one", "two"]}, "b": {"en": ["three"]}},
            "'b' has 1 distinct examples",
            id="one example",
        ),
        pytest.param(
            {"a": {"en": ["one", "two"]}, "b": {"en": ["three", "three "]}},
            "'b' has 1 distinct examples",
            id="one example twice",
        ),
    ],
)
def test_too_little_to_learn_from_is_refused(examples, message):
    with pytest.raises(ConfigError, match=message):
        train_label_set("tiny", examples)


def test_two_examples_a_label_are_enough():
    head = train_label_set("tiny", {"a": {"en": ["one", "two"]}, "b": {"fr": ["trois", "quatre"]}})

    assert head.labels == ("a", "b")
