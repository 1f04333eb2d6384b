"""Pictures of an evaluation: whole, equal for equal figures, and wide enough for their labels."""

import struct

import numpy as np
import pytest

from models.charts import confusion_chart, reliability_diagram
from models.evaluate import Bin, Evaluation

PNG = b"\x89PNG\r\n\x1a\n"
ONE_BIN = (Bin(0.6, 2 / 3, 40, 0.63, 0.5),)


def evaluation(labels, *, counts=None, bins=ONE_BIN):
    counts = np.eye(len(labels), dtype=np.int64) * 7 if counts is None else np.array(counts)
    return Evaluation(
        task="mood",
        n=int(counts.sum()),
        accuracy=0.5,
        macro_f1=0.5,
        macro_recall=0.5,
        per_label={},
        ece=0.13,
        answered=1.0,
        accuracy_answered=0.5,
        in_scope_accuracy=0.5,
        classifier="fixed",
        version="1",
        labels=tuple(labels),
        confusion=counts,
        bins=tuple(bins),
        by_language={},
        out_of_scope=None,
    )


def size(picture):
    """Width and height of a PNG, of its header."""
    return struct.unpack(">II", picture[16:24])


def test_equal_figures_give_equal_pictures_and_others_give_others():
    bins = [Bin(0.4, 7 / 15, 10, 0.43, 0.3), Bin(14 / 15, 1.0, 90_000, 0.97, 0.99)]
    first, other = evaluation("ab", bins=bins), evaluation("ab")

    assert reliability_diagram(first).startswith(PNG)
    assert reliability_diagram(first) == reliability_diagram(first)
    assert reliability_diagram(first) != reliability_diagram(other)


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(["irony", "not_irony"], id="two"),
        pytest.param([f"label {at}" for at in range(13)], id="more than have room for words"),
        pytest.param(["cost $a$ and $b^2$", "x" * 200], id="names like formulas, and long ones"),
        pytest.param(["مرحبا", "हिन्दी", "日本語"], id="scripts the font may lack"),
    ],
)
def test_a_confusion_matrix_is_drawn_whatever_its_labels(labels):
    n_labels = len(labels)
    found = confusion_chart(evaluation(labels, counts=np.ones((n_labels, n_labels), dtype=int)))

    assert found.startswith(PNG)
    assert found == confusion_chart(evaluation(labels, counts=np.ones((n_labels, n_labels), int)))


def test_many_labels_get_a_larger_picture():
    few, many = (
        size(confusion_chart(evaluation([f"{at:03}" for at in range(n)]))) for n in (2, 77)
    )

    assert min(many) > 77 * 20
    assert max(few) < 800


def test_labels_that_never_occur_take_no_room():
    names = [f"{at:03}" for at in range(60)]
    counts = np.zeros((60, 60), dtype=int)
    counts[3, 5] = counts[5, 5] = 4

    assert size(confusion_chart(evaluation(names, counts=counts))) == size(
        confusion_chart(evaluation(["003", "005"], counts=[[0, 4], [0, 4]]))
    )
