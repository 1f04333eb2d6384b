"""The volume detector on streams whose story is known: one bucket is five minutes."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from engine.windows.detectors import Sensitivity, VolumeDetector
from engine.windows.detectors.baseline import count, stable

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


def calm(days, mean=4.0, *, seed=1):
    dice = random.Random(seed)
    return [poisson(mean, dice) for _ in range(round(days * DAY))]


def seasonal(days, *, shift=0, seed=1):
    """Quiet nights, busy afternoons: 1 to 21 a bucket."""
    dice = random.Random(seed)
    course = [11 - 10 * math.cos(2 * math.pi * (row - shift) / DAY) for row in range(days * DAY)]
    return [poisson(mean, dice) for mean in course]


def run(detector, values, *, since=START):
    return [detector.observe(since + row * EVERY, value) for row, value in enumerate(values)]


def onsets(said):
    alerts = [False, *(one.is_alert for one in said)]
    return [row for row in range(len(said)) if alerts[row + 1] and not alerts[row]]


def test_a_surge_is_told_within_three_buckets_and_once():
    before = calm(6)
    said = run(VolumeDetector(EVERY), [*before, *[40] * 6 * HOUR])

    (onset,) = onsets(said)
    assert len(before) <= onset < len(before) + 3
    assert said[onset].score >= 0.5
    assert max(one.score for one in said[onset + 1 :]) == 0.0


def test_a_plateau_keeps_its_alert_open():
    before, plateau = calm(6), [40, 36, 44, 39] * 5 * HOUR

    said = run(VolumeDetector(EVERY), [*before, *plateau])

    assert all(one.is_alert for one in said[len(before) + 3 :])


def test_an_alert_closes_after_three_calm_hours():
    before, surge = calm(6), [40] * HOUR
    said = run(VolumeDetector(EVERY), [*before, *surge, *calm(1, seed=2)])

    ended = len(before) + len(surge)
    still_open = sum(one.is_alert for one in said[ended:])
    assert 3 * HOUR <= still_open <= 4 * HOUR
    assert len(onsets(said)) == 1


def test_a_level_that_lasts_is_the_new_normal():
    before, after = calm(6), calm(5, 30.0, seed=2)

    said = run(VolumeDetector(EVERY), [*before, *after])

    assert said[len(before) + DAY // 2].is_alert
    assert not any(one.is_alert for one in said[-DAY:])
    assert said[-1].expected == pytest.approx(30, abs=4)


def test_a_crisis_does_not_teach_the_baseline():
    before, later = calm(6), calm(1, seed=2)
    detector, untouched = VolumeDetector(EVERY), VolumeDetector(EVERY)
    run(detector, [*before, *[60] * 8 * HOUR])
    run(untouched, [*before, *calm(1, seed=3)[: 8 * HOUR]])
    since = START + (len(before) + 8 * HOUR) * EVERY

    after_crisis = run(detector, later, since=since)
    after_calm = run(untouched, later, since=since)

    assert after_crisis[0].expected == pytest.approx(after_calm[0].expected, abs=1)


def test_a_gap_is_no_data_and_neither_calms_nor_moves_the_baseline():
    before = [*calm(6), *[40] * HOUR]
    silent, quiet = VolumeDetector(EVERY), VolumeDetector(EVERY)
    run(silent, before)
    run(quiet, before)
    later = START + (len(before) + 4 * HOUR) * EVERY

    run(quiet, [0] * 4 * HOUR, since=START + len(before) * EVERY)

    assert silent.observe(later, 40).is_alert
    assert not quiet.observe(later, 0).is_alert


def test_a_source_silent_for_an_hour_is_not_expected_to_stay_silent():
    unmeasured, zeros = VolumeDetector(EVERY), VolumeDetector(EVERY)

    missing = run(unmeasured, [*calm(6), *[None] * HOUR])
    counted = run(zeros, [*calm(6), *[0] * HOUR])

    assert missing[-1].expected == pytest.approx(4, abs=1)
    assert counted[-1].expected < missing[-1].expected - 0.3
    assert missing[-1].score == 0.0


def test_a_busy_hour_of_every_day_is_no_surprise():
    said = run(VolumeDetector(EVERY, sensitivity=Sensitivity.LOW), seasonal(14))

    assert onsets(said[3 * DAY :]) == []


def test_what_is_usual_at_noon_is_an_alert_at_night():
    values = seasonal(7)
    night = 6 * DAY
    values[night : night + 3] = [21, 21, 21]

    said = run(VolumeDetector(EVERY), values)

    assert any(one.is_alert for one in said[night : night + 3])


def test_a_day_that_shifts_by_an_hour_is_no_surprise():
    # As on the night when clocks change: people's hours move against UTC.
    values = [*seasonal(14), *seasonal(4, shift=HOUR, seed=2)]

    said = run(VolumeDetector(EVERY, sensitivity=Sensitivity.LOW), values)

    assert onsets(said[14 * DAY :]) == []


def test_quiet_weekends_are_learnt_once_two_were_seen():
    dice = random.Random(5)
    means = [3.0 if row // DAY % 7 >= 5 else 12.0 for row in range(6 * 7 * DAY)]
    said = run(VolumeDetector(EVERY), [poisson(mean, dice) for mean in means])

    first_saturday, sixth_saturday = 5 * DAY + HOUR, 40 * DAY + HOUR
    assert said[sixth_saturday].expected < said[first_saturday].expected - 1


def test_an_unseen_stream_does_not_bypass_the_floor():
    # Two mentions where there was never one are many times the expected, and still two mentions.
    said = run(VolumeDetector(EVERY), [*[0] * 3 * DAY, 2, *[0] * DAY])

    assert onsets(said) == []
    assert max(one.score for one in said) == 0.0


def test_a_crowd_where_nobody_ever_spoke_is_an_alert():
    said = run(VolumeDetector(EVERY), [*[0] * 3 * DAY, 8, 9, 12])

    assert said[-1].is_alert


def test_nothing_is_told_on_the_first_day():
    said = run(VolumeDetector(EVERY), [*calm(0.5), *[90] * HOUR])

    assert onsets(said) == []
    assert all(one.is_learning for one in said)


@pytest.mark.parametrize("sensitivity", Sensitivity)
def test_a_calm_stream_raises_no_more_than_the_sensitivity_says(sensitivity):
    weeks, streams = 4, 3
    alarms = sum(
        len(onsets(run(VolumeDetector(EVERY, sensitivity=sensitivity), calm(7 * weeks, seed=seed))))
        for seed in range(streams)
    )

    assert alarms / (weeks * streams) <= sensitivity.weekly


@pytest.mark.parametrize("every", [timedelta(seconds=1), timedelta(hours=6), timedelta(days=1)])
def test_buckets_of_any_width_are_judged(every):
    detector = VolumeDetector(every)
    said = [detector.observe(START + row * every, 5) for row in range(400)]

    assert not any(one.is_alert for one in said)
    assert said[-1].expected == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("value", [0, 1, 7.5, 1e6])
def test_the_stable_scale_leads_back(value):
    assert count(stable(value)) == pytest.approx(value)
