"""Scores that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from models.calibration import (
    Calibration,
    calibration_error,
    choose_floor,
    cross_fitted_scores,
    fit_calibration,
)


def boastful(n, *, factor):
    """Logits whose softmax, divided by ``factor``, is right as often as it says."""
    chance = np.random.default_rng(3)
    logits = chance.normal(size=(n, 3))
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array([chance.choice(3, p=row) for row in share])
    return logits * factor, truth


def test_the_temperature_undoes_boasting():
    logits, truth = boastful(4000, factor=3.0)

    fitted = fit_calibration(logits, truth, ["en"] * 4000)

    assert fitted.default == pytest.approx(3.0, rel=0.1)
    assert fitted.by_language["en"] == fitted.default
    before = calibration_error(Calibration().scores(logits, ["en"] * 4000), truth)
    after = calibration_error(fitted.scores(logits, ["en"] * 4000), truth)
    assert before > 0.15
    assert after < 0.03


def test_a_language_with_few_texts_shares_the_common_temperature():
    logits, truth = boastful(300, factor=2.0)

    fitted = fit_calibration(logits, truth, ["en"] * 250 + ["fr"] * 50)

    assert set(fitted.by_language) == {"en"}


def test_each_text_is_divided_by_its_languages_temperature():
    logits = np.array([[2.0, 0.0]] * 3)

    scores = Calibration(1.0, {"fr": 2.0}).scores(logits, ["en", "fr", None])

    assert scores[0].tolist() == scores[2].tolist()
    assert scores[1, 0] == pytest.approx(1 / (1 + np.exp(-1)))


def test_calibration_error_is_the_gap_between_score_and_accuracy():
    scores = np.array([[0.9, 0.1]] * 10)
    truth = np.array([0] * 6 + [1] * 4)

    assert calibration_error(scores, truth) == pytest.approx(0.3)


def test_cross_fitted_scores_do_not_use_their_own_half():
    logits, truth = boastful(1000, factor=2.0)
    truth_of_others = truth.copy()
    truth_of_others[::2] = (truth[::2] + 1) % 3

    scores = cross_fitted_scores(logits, truth, ["en"] * 1000)
    changed = cross_fitted_scores(logits, truth_of_others, ["en"] * 1000)

    assert np.array_equal(scores[::2], changed[::2])
    assert not np.allclose(scores[1::2], changed[1::2])


def test_the_floor_leaves_the_wanted_share_answered():
    scores = np.array([[x, 1 - x] for x in np.linspace(0.5, 1, 101)])

    floor = choose_floor(scores, answered=0.8)

    assert floor == pytest.approx(0.6)
    assert float((scores.max(axis=1) >= floor).mean()) >= 0.8
