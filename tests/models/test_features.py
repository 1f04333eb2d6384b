"""Texts to features."""

from __future__ import annotations

import numpy as np
import pytest

from models.features import COLUMNS, featurise
from models.text import LONGEST_TEXT, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("see https://a.example/b?c=1 now", "see http now", id="address"),
        pytest.param("see HTTP://a.example", "see http", id="address in capitals"),
        pytest.param("@Acme_Care hi", "@user hi", id="handle"),
        pytest.param("  two\n\n lines\t", "two lines", id="white space"),
        pytest.param("a\0b", "a b", id="NUL"),
        pytest.param("caf\u0065\u0301", "caf\u00e9", id="composed letters"),
        pytest.param("I LOVE 3 of it 😍", "I LOVE 3 of it 😍", id="case, digits, emoji stay"),
    ],
)
def test_normalise(text, expected):
    assert normalise(text) == expected
    assert normalise(expected) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("SO GOOD", "so good", id="case"),
        pytest.param("sooooooo good", "soooo good", id="stretched letters"),
        pytest.param("wait 45 min", "wait 7 min", id="numbers"),
        pytest.param("أحب", "احب", id="Arabic letters written either way"),
        pytest.param("don’t", "don't", id="apostrophes"),
        pytest.param("👍️", "👍", id="emoji style"),
    ],
)
def test_the_same_features(one, other):
    assert np.array_equal(featurise([one]).indices, featurise([other]).indices)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("good not bad", "bad not good", id="order of words"),
        pytest.param("nice 😍", "nice 😡", id="emoji"),
        pytest.param("nice!", "nice?", id="punctuation"),
        pytest.param("किताब", "कताब", id="vowel signs of Hindi"),
    ],
)
def test_different_features(one, other):
    assert not np.array_equal(featurise([one]).indices, featurise([other]).indices)


def test_rows_have_length_one_or_are_empty():
    features = featurise(["good day to you", "", "👍"])

    assert features.shape == (3, COLUMNS)
    assert np.asarray(features.multiply(features).sum(axis=1)).ravel() == pytest.approx([1, 0, 1])


def test_text_beyond_the_limit_is_not_read():
    text = "good " * LONGEST_TEXT

    assert np.array_equal(featurise([text]).indices, featurise([text[:LONGEST_TEXT]]).indices)
