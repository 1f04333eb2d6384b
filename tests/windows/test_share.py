"""The share detector on streams whose story is known: one bucket is five minutes."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from engine.windows.detectors import ShareDetector

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
EVERY = timedelta(minutes=5)
HOUR = 12
DAY = 24 * HOUR


def stream(days, *, changed=None, share=0.2, size=8, seed=3):
    """A fifth of ``size`` mentions a bucket; another share from one row up to another."""
    dice = random.Random(seed)
    first, last = changed or (0, 0)
    return [
        (sum(dice.random() < (share if first <= row < last else 0.2) for _ in range(size)), size)
        for row in range(round(days * DAY))
    ]


def run(values, **fields):
    detector = ShareDetector(EVERY, **fields)
    return [detector.observe(START + row * EVERY, value) for row, value in enumerate(values)]


def onsets(said):
    alerts = [False, *(one.is_alert for one in said)]
    return [row for row in range(len(said)) if alerts[row + 1] and not alerts[row]]


def test_a_share_that_doubles_is_told_within_the_hour():
    change = 5 * DAY

    said = run(stream(6, changed=(change, 6 * DAY), share=0.45))

    (onset,) = onsets(said)
    assert change < onset <= change + HOUR
    assert said[onset].expected == pytest.approx(0.2, abs=0.03)
    assert said[onset].low < 0.2 < said[onset].high


def test_more_mentions_of_the_same_share_are_no_alert():
    values = stream(5) + stream(1, size=200, seed=2)

    assert onsets(run(values)) == []


def test_a_few_mentions_of_one_kind_are_no_alert():
    quiet = [(0, 0)] * DAY
    quiet[HOUR] = (4, 4)

    said = run([*stream(5), *quiet])

    assert onsets(said) == []


def test_a_bucket_without_mentions_is_no_data():
    said = run([*stream(5), *[(0, 0)] * DAY])

    assert {(one.score, one.is_alert) for one in said[5 * DAY :]} == {(0.0, False)}
    assert said[-1].expected == said[5 * DAY].expected


def test_a_share_that_falls_is_no_alert():
    assert onsets(run(stream(6, changed=(5 * DAY, 6 * DAY), share=0.02))) == []


def test_the_alert_closes_after_calm_and_what_it_saw_is_not_learnt():
    end = 5 * DAY + 10 * HOUR

    said = run(stream(7, changed=(5 * DAY, end), share=0.7))

    assert 3 * HOUR <= sum(one.is_alert for one in said[end:]) <= 6 * HOUR
    assert said[-1].expected == pytest.approx(0.2, abs=0.03)


def test_a_share_that_lasts_for_a_day_is_the_new_normal():
    said = run(stream(9, changed=(5 * DAY, 9 * DAY), share=0.6))

    assert len(onsets(said)) == 1
    assert not any(one.is_alert for one in said[7 * DAY :])
    assert said[-1].expected == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize("value", [(3, 2), (1, 0)])
def test_a_part_beyond_its_whole_is_refused(value):
    with pytest.raises(ValueError, match="a part is at most its whole"):
        ShareDetector(EVERY).observe(START, value)
