"""Figures about a classifier."""

from __future__ import annotations

import pytest

from engine.classification import Classification
from models.evaluate import Row, evaluate
from models.labels import train_label_set
from models.linear import LinearClassifier


class Fixed:
    """Answers every text with the scores it is given by."""

    name = "fixed"
    version = "1"
    tasks = {"mood": ("dull", "bright", "odd")}  # noqa: RUF012  a double

    def __init__(self, scores, floor=0.0):
        self._scores = scores
        self._floor = floor

    def classify(self, texts, languages):
        return [
            (Classification("mood", self._label(one), max(self._scores[one].values()), self._scores[one]),)
            for one in texts
        ]  # fmt: skip

    def _label(self, text):
        best, score = max(self._scores[text].items(), key=lambda one: one[1])
        return best if score >= self._floor else "unknown"


SCORES = {
    "a": {"dull": 0.8, "bright": 0.2, "odd": 0.0},
    "b": {"dull": 0.8, "bright": 0.2, "odd": 0.0},
    "c": {"dull": 0.4, "bright": 0.6, "odd": 0.0},
}
ROWS = [Row("a", "dull"), Row("b", "bright"), Row("c", "bright")]


def test_the_figures_are_those_of_the_confusion():
    found = evaluate(Fixed(SCORES), "mood", ROWS)

    assert (found.n, found.accuracy) == (3, pytest.approx(2 / 3))
    assert found.per_label["dull"].f1 == pytest.approx(2 / 3)
    assert found.per_label["bright"].recall == 0.5
    assert found.per_label["bright"].n == 2
    assert found.macro_f1 == pytest.approx(2 / 3)
    assert found.macro_recall == pytest.approx(0.75)
    assert found.ece == pytest.approx((2 * 0.3 + 0.4) / 3)
    assert "odd" not in found.per_label


def test_confusions_are_counted_and_named_the_most_frequent_first():
    found = evaluate(Fixed(SCORES), "mood", [*ROWS, Row("b", "odd"), Row("a", "odd")])

    assert found.confusion.tolist() == [[1, 0, 0], [1, 1, 0], [2, 0, 0]]
    assert found.confusions() == [("odd", "dull", 2), ("bright", "dull", 1)]


def test_the_bins_hold_every_text_and_their_gaps_are_the_calibration_error():
    found = evaluate(Fixed(SCORES), "mood", ROWS)

    assert [(one.n, one.accuracy) for one in found.bins] == [(1, 1.0), (2, 0.5)]
    assert all(one.low <= one.score <= one.high for one in found.bins)
    gaps = sum(one.n * abs(one.score - one.accuracy) for one in found.bins) / found.n
    assert gaps == pytest.approx(found.ece)


def test_languages_are_measured_apart_and_unknown_ones_left_out():
    rows = [Row("a", "dull", "en"), Row("b", "bright", "fr"), Row("c", "bright", "en"), ROWS[0]]

    found = evaluate(Fixed(SCORES), "mood", rows)

    assert list(found.by_language) == ["en", "fr"]
    assert (found.by_language["en"].n, found.by_language["en"].macro_f1) == (2, 1.0)
    assert found.by_language["fr"].macro_f1 == 0.0
    assert found.by_language["fr"].ece == pytest.approx(0.8)


def test_texts_out_of_scope_are_right_when_unknown_and_count_nowhere_else():
    rows = [*ROWS, Row("c", "unknown"), Row("a", "unknown"), Row("c", "unknown")]

    found = evaluate(Fixed(SCORES, floor=0.7), "mood", rows)

    assert (found.out_of_scope.n, found.out_of_scope.recall) == (3, pytest.approx(2 / 3))
    assert (found.n, found.confusion.sum()) == (3, 3)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.in_scope_accuracy == pytest.approx(1 / 3)


def test_progress_is_told_to_the_last_text():
    told = []

    evaluate(Fixed(SCORES), "mood", ROWS * 200, on_progress=told.append)

    assert told == sorted(told)
    assert (len(told) > 1, told[-1]) == (True, 600)


def test_the_floor_costs_answers_and_not_accuracy():
    found = evaluate(Fixed(SCORES, floor=0.7), "mood", ROWS)

    assert found.accuracy == pytest.approx(2 / 3)
    assert found.answered == pytest.approx(2 / 3)
    assert found.accuracy_answered == 0.5


@pytest.mark.parametrize(
    ("task", "rows", "message"),
    [
        pytest.param("mood", [], "on 0 texts", id="no rows"),
        pytest.param("mood", [Row("a", "unknown")], "on 0 texts", id="none in scope"),
        pytest.param("tone", ROWS, r"task 'tone'.*answers \['mood'\]", id="another task"),
        pytest.param("mood", [Row("a", "blue")], r"unknown here: \['blue'\]", id="another label"),
    ],
)
def test_what_cannot_be_measured_is_refused(task, rows, message):
    with pytest.raises(ValueError, match=message):
        evaluate(Fixed(SCORES), task, rows)


def test_a_learnt_head_is_measured_end_to_end():
    examples = {"up": {"en": ["rise", "rises", "risen"]}, "down": {"en": ["fall", "falls", "fell"]}}
    classifier = LinearClassifier([train_label_set("way", examples)])

    assert evaluate(classifier, "way", [Row("rises", "up"), Row("falls", "down")]).accuracy == 1.0
