"""The level detector on streams whose story is known: one bucket is five minutes."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from engine.windows.detectors import LevelDetector, Sensitivity

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
EVERY = timedelta(minutes=5)
HOUR = 12
DAY = 24 * HOUR


def poisson(mean, dice):
    """Draw a count; Knuth's way, for small means."""
    least, drawn, product = math.exp(-mean), 0, dice.random()
    while product > least:
        drawn += 1
        product *= dice.random()
    return drawn


def stream(days, *, changed=None, times=1.0, seed=1):
    """Quiet nights, busy afternoons, 1 to 9 a bucket; more of it from one row up to another."""
    dice = random.Random(seed)
    first, last = changed or (0, 0)
    return [
        poisson(
            (5 - 4 * math.cos(2 * math.pi * row / DAY)) * (times if first <= row < last else 1),
            dice,
        )
        for row in range(round(days * DAY))
    ]


def run(values, **fields):
    detector = LevelDetector(EVERY, **fields)
    return [detector.observe(START + row * EVERY, value) for row, value in enumerate(values)]


def onsets(said):
    alerts = [False, *(one.is_alert for one in said)]
    return [row for row in range(len(said)) if alerts[row + 1] and not alerts[row]]


def test_half_as_much_again_that_lasts_is_told_within_hours():
    change = 10 * DAY + 9 * HOUR

    said = run(stream(11, changed=(change, 11 * DAY), times=1.5))

    (onset,) = onsets(said)
    assert change < onset < change + 5 * HOUR


def test_a_burst_of_two_buckets_is_no_level():
    values = stream(10)
    values[8 * DAY : 8 * DAY + 2] = [80, 90]

    assert onsets(run(values)) == []


def test_the_alert_closes_once_the_level_has_come_back():
    end = 10 * DAY + 12 * HOUR

    said = run(stream(12, changed=(10 * DAY, end), times=2.0))

    still_open = sum(one.is_alert for one in said[end:])
    assert 3 * HOUR <= still_open <= 7 * HOUR


def test_a_level_that_lasts_for_days_is_the_new_normal():
    said = run(stream(18, changed=(10 * DAY, 18 * DAY), times=2.0))

    assert len(onsets(said)) == 1
    assert not any(one.is_alert for one in said[13 * DAY :])


def test_less_is_no_alert():
    assert onsets(run(stream(12, changed=(9 * DAY, 12 * DAY), times=0.3))) == []


def test_it_learns_for_three_days():
    said = run(stream(4, changed=(2 * DAY, 3 * DAY), times=3.0))

    assert all(one.is_learning for one in said[: 3 * DAY])
    assert not said[3 * DAY].is_learning
    assert not any(one.is_alert for one in said[: 3 * DAY])


def test_no_alert_where_an_hour_brings_less_than_the_minimum():
    values = stream(11, changed=(10 * DAY, 11 * DAY), times=2.0)

    assert onsets(run(values)) != []
    assert onsets(run(values, minimum=1000)) == []


@pytest.mark.parametrize("sensitivity", Sensitivity)
def test_calm_streams_alarm_about_as_rarely_as_is_said(sensitivity):
    alarms = sum(
        len(onsets(run(stream(35, seed=seed), sensitivity=sensitivity))) for seed in (1, 2)
    )

    assert alarms <= 2 * sensitivity.weekly * 10 + 1
