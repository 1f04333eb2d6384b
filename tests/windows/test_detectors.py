"""What every registered detector promises, whatever it detects."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.windows.detectors import COUNTING, DETECTORS, Sensitivity, ShareDetector

START = datetime(2026, 3, 2, tzinfo=UTC)
EVERY = timedelta(hours=1)

every_detector = pytest.mark.parametrize("kind", sorted(DETECTORS))
counts = st.one_of(
    st.none(), st.integers(0, 40), st.floats(0, allow_nan=False, allow_infinity=False)
)
# Hours since the last bucket, and what was counted: mostly without a gap.
buckets = st.lists(st.tuples(st.sampled_from([1, 1, 1, 1, 2, 30, 2000]), counts), max_size=60)


def timed(steps):
    at = START
    for hours, value in steps:
        at += timedelta(hours=hours)
        yield at, value


def measured(detector, count):
    """Return a count as what the detector measures: of a share's detector, part of a larger whole."""
    if isinstance(detector, ShareDetector) and count is not None:
        return count, min(2 * count, sys.float_info.max)
    return count


def observe(detector, at, count):
    return detector.observe(at, measured(detector, count))


def readings(detector, rows):
    return [observe(detector, at, value) for at, value in rows]


@every_detector
@given(buckets)
@settings(max_examples=60, deadline=None)
def test_any_counts_are_judged_with_a_score_from_0_to_1(kind, steps):
    for said in readings(DETECTORS[kind](EVERY), timed(steps)):
        assert 0 <= said.score <= 1
        assert 0 <= said.low <= said.expected <= said.high < float("inf")


@every_detector
@given(buckets, st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_a_row_hangs_on_itself_and_the_rows_before_it(kind, steps, cut):
    rows = list(timed(steps))

    whole = readings(DETECTORS[kind](EVERY), rows)

    assert readings(DETECTORS[kind](EVERY), rows[:cut]) == whole[:cut]


@every_detector
@given(buckets, st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_going_on_from_a_snapshot_changes_nothing(kind, steps, cut):
    rows = list(timed(steps))
    whole = readings(DETECTORS[kind](EVERY), rows)
    before, after = DETECTORS[kind](EVERY), DETECTORS[kind](EVERY)
    readings(before, rows[:cut])

    after.resume(json.loads(json.dumps(before.snapshot(), allow_nan=False)))

    assert readings(after, rows[cut:]) == whole[cut:]


@every_detector
def test_a_snapshot_is_a_copy(kind):
    detector = DETECTORS[kind](EVERY)
    readings(detector, timed([(1, 3)] * 40))
    kept = detector.snapshot()
    text = json.dumps(kept)

    readings(detector, list(timed([(1, 3)] * 80))[40:])

    assert json.dumps(kept) == text


@every_detector
def test_a_snapshot_does_not_grow_with_time(kind):
    detector = DETECTORS[kind](EVERY)
    sizes = []
    for row in range(24 * 60):
        observe(detector, START + row * EVERY, row % 7)
        sizes.append(len(json.dumps(detector.snapshot())))

    assert max(sizes) < 4000


@every_detector
@pytest.mark.parametrize(
    ("piece", "what"),
    [
        ({}, "snapshot"),
        ({"every": 60.0}, "buckets of 60"),
        ({"every": 3600.0}, "snapshot"),
        ({"every": 3600.0, "spreads": None}, "snapshot"),
    ],
)
def test_what_is_no_snapshot_of_it_is_refused(kind, piece, what):
    detector = DETECTORS[kind](EVERY)
    readings(detector, timed([(1, 3)] * 40))
    before = detector.snapshot()

    with pytest.raises(ValueError, match=what):
        detector.resume({**before, **piece} if len(piece) > 1 else piece)

    assert detector.snapshot() == before


@every_detector
def test_a_clock_that_goes_backwards_is_refused_and_leaves_no_trace(kind):
    detector, undisturbed = DETECTORS[kind](EVERY), DETECTORS[kind](EVERY)
    rows = list(timed([(1, 4)] * 30))
    readings(detector, rows[:29])
    readings(undisturbed, rows[:29])

    for earlier in (rows[28][0], rows[5][0]):
        with pytest.raises(ValueError, match="is not after"):
            observe(detector, earlier, 90)

    assert detector.snapshot() == undisturbed.snapshot()
    assert observe(detector, *rows[29]) == observe(undisturbed, *rows[29])


@every_detector
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_what_is_no_count_is_refused(kind, value):
    with pytest.raises(ValueError, match="a count is a number from 0 on"):
        observe(DETECTORS[kind](EVERY), START, value)


@every_detector
@pytest.mark.parametrize("every", [timedelta(), timedelta(days=2)])
def test_a_bucket_of_no_sensible_width_is_refused(kind, every):
    with pytest.raises(ValueError, match="a bucket is of 1s to 1d"):
        DETECTORS[kind](every)


@every_detector
@pytest.mark.parametrize("sensitivity", Sensitivity)
def test_0_against_0_never_alerts(kind, sensitivity):
    detector = DETECTORS[kind](EVERY, sensitivity=sensitivity, minimum=0)

    said = readings(detector, timed([(1, 0)] * 24 * 30))

    assert {(one.score, one.is_alert) for one in said} == {(0.0, False)}


@every_detector
def test_no_data_is_neither_calm_nor_a_rise(kind):
    detector = DETECTORS[kind](EVERY)
    before = readings(detector, timed([(1, 20)] * 24 * 8))
    rows = list(timed([(1, 20)] * 24 * 8 + [(1, None)] * 48))[24 * 8 :]

    said = readings(detector, rows)

    assert {(one.score, one.is_alert) for one in said} == {(0.0, False)}
    assert said[-1].expected == pytest.approx(before[-1].expected, rel=0.2)


@every_detector
def test_a_crisis_of_hours_does_not_move_what_is_expected(kind):
    detector = DETECTORS[kind](EVERY, sensitivity=Sensitivity.HIGH)

    def value(row):
        is_crisis = 24 * 10 <= row < 24 * 10 + 12
        if kind in COUNTING:
            return 300 if is_crisis else 20 + row % 3
        return (190, 200) if is_crisis else (20 + row % 3, 200)

    said = [detector.observe(START + row * EVERY, value(row)) for row in range(24 * 11)]

    before, after = said[24 * 10 - 1], said[-1]
    assert not before.is_alert
    assert any(one.is_alert for one in said[24 * 10 : 24 * 10 + 4])
    assert not after.is_alert
    assert after.expected == pytest.approx(before.expected, rel=0.15)


@every_detector
def test_an_alert_scores_once_however_long_it_stays_open(kind):
    detector = DETECTORS[kind](EVERY)
    low, high = (20, 200) if kind in COUNTING else ((20, 200), (150, 200))

    said = [
        detector.observe(START + row * EVERY, high if row >= 24 * 10 else low)
        for row in range(24 * 10 + 12)
    ]

    opened = next(row for row, one in enumerate(said) if one.is_alert)
    assert said[opened].score >= 0.5
    assert {one.score for one in said[opened + 1 :]} == {0.0}
