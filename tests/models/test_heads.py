"""A head's file: what is written is what is read, and nothing in it can run."""

from __future__ import annotations

import sys
from collections import OrderedDict
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import skops.io

from engine.errors import ConfigError
from models import heads
from models.calibration import Calibration
from models.features import featurise
from models.heads import Head, HeadWeights, read_head, write_head
from models.linear import LinearClassifier


def head(task="mood", **fields):
    made = Head(
        task=task,
        labels=("dull", "bright"),
        columns=np.array([3, 70, 1_000_000], dtype=np.int32),
        weights=np.array([[0.5, -0.5], [1, 2], [-3, 0]], dtype=np.float16),
        intercept=np.array([0.25, -0.25], dtype=np.float32),
        calibration=Calibration(1.5, {"fr": 2.0}),
        floor=0.4,
        version="abc",
        measured={"n": 3},
    )
    return replace(made, **fields)


def test_what_is_written_is_read_again():
    read = read_head(write_head(head()), name="mood.skops")

    assert (read.task, read.labels, read.floor, read.version, read.measured) == (
        "mood", ("dull", "bright"), 0.4, "abc", {"n": 3},
    )  # fmt: skip
    assert read.calibration == Calibration(1.5, {"fr": 2.0})
    assert read.columns.tolist() == [3, 70, 1_000_000]
    assert read.weights.tolist() == head().weights.tolist()
    assert read.intercept.tolist() == [0.25, -0.25]


def test_equal_heads_give_equal_bytes():
    assert write_head(head()) == write_head(head())
    assert write_head(head()) != write_head(head(floor=0.5))


def test_a_file_that_would_construct_anything_else_is_refused():
    content = skops.io.dumps(
        {"about": "{}", "weights": Fraction(1, 2), "rest": OrderedDict(a=sys.exit)}
    )

    with pytest.raises(ConfigError, match=r"x\.skops holds more than text and numbers"):
        read_head(content, name="x.skops")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04 not really a zip", id="cut off"),
        pytest.param(write_head(head())[:-200], id="without its end"),
        pytest.param(skops.io.dumps({"weights": 1}), id="an archive of something else"),
        pytest.param(skops.io.dumps([1, 2]), id="a list"),
        pytest.param(skops.io.dumps({"about": '{"features": 1}'}), id="nothing but its version"),
    ],
)
def test_a_file_that_is_no_head_is_refused(content):
    with pytest.raises(ConfigError, match=r"x\.skops is not a classifier's artefact"):
        read_head(content, name="x.skops")


def test_a_head_for_other_features_is_refused():
    payload = skops.io.loads(write_head(head()))
    payload["about"] = payload["about"].replace('"features": 1', '"features": 99')

    with pytest.raises(ConfigError, match="made for features version 99"):
        read_head(skops.io.dumps(payload), name="x.skops")


def test_reading_trusts_no_type():
    assert heads._TRUSTED == ()


def test_features_without_weight_leave_the_intercept():
    logits = HeadWeights(head()).logits(featurise(["", "zzz"]))

    assert logits.tolist() == [[0.25, -0.25]] * 2


def test_logits_are_the_weighted_sum():
    features = featurise(["nice day"])
    columns = features.indices[:3].astype(np.int32)

    logits = HeadWeights(head(columns=columns)).logits(features)

    expected = features.data[0] * head().weights.astype(np.float32).sum(axis=0)
    assert logits[0].tolist() == pytest.approx((expected + head().intercept).tolist(), abs=1e-6)


def test_two_heads_of_one_task_are_refused():
    with pytest.raises(ConfigError, match=r"heads of distinct tasks, got \['mood', 'mood'\]"):
        LinearClassifier([head(), head()])


def test_each_answer_carries_its_own_heads_version():
    classifier = LinearClassifier([head(), head("tone", version="xyz")])

    ((first, second),) = classifier.classify(["hello"], [None])

    assert (first.version, second.version) == ("abc", "xyz")
    assert classifier.version != LinearClassifier([head(), head("tone")]).version
