"""The benchmark's scorer on cases known by hand, and the floor that the detector keeps."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.spikes import Series, nab_score, read_series, worth
from engine.windows.detectors import VolumeDetector

BEGIN = datetime(2026, 1, 1)  # noqa: DTZ001 - the benchmark's times name no zone
EVERY = timedelta(minutes=5)
SERIES = Series("made", [BEGIN + row * EVERY for row in range(1000)], [0.0] * 1000, [(400, 499)])


def scored(**rows):
    scores = [0.0] * 1000
    for row, score in rows.items():
        scores[int(row.removeprefix("at"))] = score
    return nab_score([(SERIES, scores)])


@pytest.mark.parametrize(
    ("rows", "score"),
    [
        ({}, 0.0),
        ({"at400": 1.0}, 100.0),
        ({"at400": 1.0, "at450": 1.0}, 100.0),
        ({"at400": 1.0, "at200": 1.0}, 94.5),
        ({"at400": 1.0, "at200": 0.5}, 100.0),
        ({"at100": 1.0}, 0.0),
        ({"at900": 1.0}, 0.0),
    ],
    ids=[
        "no alarm at all",
        "the first row of the window",
        "a second alarm in a window adds nothing",
        "a false alarm costs 0.11 of two",
        "the threshold is the best there is",
        "the first rows are not judged",
        "false alarms alone are worse than none",
    ],
)
def test_the_score_of_alarms(rows, score):
    assert scored(**rows).score == pytest.approx(score)


def test_an_alarm_is_worth_less_the_later_and_costs_more_the_further():
    inside = [worth(SERIES, row)[0] for row in range(400, 500)]
    after = [worth(SERIES, row)[0] for row in range(500, 1000)]

    assert inside[0] == pytest.approx(1)
    assert inside == sorted(inside, reverse=True)
    assert after == sorted(after, reverse=True)
    assert after[-1] == pytest.approx(-0.11)


def test_the_public_series_score_80_at_least(shared_data):
    folder = shared_data / "nab-tweets"
    judged = []
    for series in read_series(folder):
        detector = VolumeDetector(EVERY)
        rows = zip(series.times, series.values, strict=True)
        judged.append(
            (series, [detector.observe(at.replace(tzinfo=UTC), value).score for at, value in rows])
        )

    assert nab_score(judged).score >= 80
