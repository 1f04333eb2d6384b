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


def test_the_floor_costs_answers_and_not_accuracy():
    found = evaluate(Fixed(SCORES, floor=0.7), "mood", ROWS)

    assert found.accuracy == pytest.approx(2 / 3)
    assert found.answered == pytest.approx(2 / 3)
    assert found.accuracy_answered == 0.5


@pytest.mark.parametrize(
    ("task", "rows", "message"),
    [
        pytest.param("mood", [], "on 0 texts", id="no rows"),
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
