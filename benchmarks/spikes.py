"""How well the volume detector finds rises: a public yardstick, false alarms, delay and speed.

    python benchmarks/spikes.py [--nab FOLDER] [--quick]

The yardstick is the standard profile of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015,
Evaluating Real-time Anomaly Detection Algorithms) on its series of mentions of companies: FOLDER
has the CSV files and `windows.json`. One threshold serves all series. Streams made here, by seed,
give the false alarms a week of each sensitivity and the delay on planted surges.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from engine.windows.detectors import Sensitivity, VolumeDetector

_NAB = Path(__file__).parents[2] / "shared" / "data" / "nab-tweets"
_EVERY = timedelta(minutes=5)
_DAY = 288
_WEEK = 7 * _DAY
_START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
_SATURDAY = 5
_FALSE_POSITIVE = 0.11
_PROBATION = 0.15
_LONGEST_PROBATION = 750
_FAR = 3.0  # lengths of a window after it, beyond which a false alarm costs in full
_FIRST_WEEKS = 1  # of a calm stream, in which no alarm is counted
_WEEKS = 9
_SURGE = 6 * 12  # buckets


@dataclass(frozen=True, slots=True)
class Series:
    """One labelled series.

    Attributes:
        windows: First and last row of each labelled anomaly, in order.
    """

    name: str
    times: list[datetime]
    values: list[float]
    windows: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best that one threshold gives, and what it costs."""

    score: float
    threshold: float
    false_alarms: int


def read_series(folder: Path) -> list[Series]:
    """Read every labelled series of a folder."""
    labels = json.loads((folder / "windows.json").read_text("utf-8"))
    found = []
    for name, spans in sorted(labels.items()):
        with (folder / name).open(newline="", encoding="utf-8") as rows:
            cells = [(row["timestamp"], float(row["value"])) for row in csv.DictReader(rows)]
        times = [datetime.fromisoformat(at) for at, _ in cells]
        windows = []
        for begin, end in spans:
            rows_in = [
                row
                for row, at in enumerate(times)
                if datetime.fromisoformat(begin) <= at <= datetime.fromisoformat(end)
            ]
            windows.append((rows_in[0], rows_in[-1]))
        found.append(Series(name, times, [value for _, value in cells], windows))
    return found


def _sigmoid(position: float) -> float:
    """Return the worth of a detection ``position`` window lengths after a window's end."""
    return -1.0 if position > _FAR else 2 / (1 + math.exp(5 * position)) - 1


def worth(series: Series, row: int) -> tuple[float, int | None]:
    """Return what an alarm at a row is worth, and the window it lies in."""
    before: tuple[int, int] | None = None
    for number, (first, last) in enumerate(series.windows):
        if first <= row <= last:
            length = last - first + 1
            return _sigmoid((row - last - 1) / length) / _sigmoid(-1.0), number
        if last < row:
            before = (first, last)
    if before is None:
        return -_FALSE_POSITIVE, None
    return _FALSE_POSITIVE * _sigmoid((row - before[1]) / max(1, before[1] - before[0])), None


def nab_score(judged: list[tuple[Series, list[float]]]) -> Outcome:
    """Return the normalised score at the best single threshold: 0 never alarms, 100 is perfect."""
    alarms = []
    for which, (series, scores) in enumerate(judged):
        probation = min(int(_PROBATION * len(scores)), _LONGEST_PROBATION)
        for row in range(probation, len(scores)):
            gain, window = worth(series, row)
            alarms.append((scores[row], gain, None if window is None else (which, window)))
    alarms.sort(key=lambda alarm: -alarm[0])
    wanted = sum(len(series.windows) for series, _ in judged)
    # Each window that is found turns a loss of 1 into a gain of up to 1.
    best, total, false_alarms = Outcome(0.0, math.inf, 0), 0.0, 0
    found: dict[tuple[int, int], float] = {}
    for at, (score, gain, place) in enumerate(alarms):
        if place is None:
            total += gain
            false_alarms += 1
        else:
            earlier = found.get(place, -1.0)
            found[place] = max(earlier, gain)
            total += found[place] - earlier
        is_last = at + 1 == len(alarms) or alarms[at + 1][0] != score
        if is_last and total * 50 / wanted > best.score:
            best = Outcome(total * 50 / wanted, score, false_alarms)
    return best


def judge(values: list[float], sensitivity: Sensitivity) -> tuple[list[float], list[bool]]:
    """Return each row's score and whether an alert is open after it."""
    detector = VolumeDetector(_EVERY, sensitivity=sensitivity)
    said = [detector.observe(_START + row * _EVERY, value) for row, value in enumerate(values)]
    return [one.score for one in said], [one.is_alert for one in said]


def _judge_series(series: Series) -> list[float]:
    detector = VolumeDetector(_EVERY)
    rows = zip(series.times, series.values, strict=True)
    return [detector.observe(at.replace(tzinfo=UTC), value).score for at, value in rows]


def print_nab(folder: Path) -> None:
    """Print the yardstick: all series together, each alone, and each left out."""
    begun = time.process_time()
    judged = [(series, _judge_series(series)) for series in read_series(folder)]
    rows = sum(len(scores) for _, scores in judged)
    each = (time.process_time() - begun) / rows * 1e6
    every = nab_score(judged)
    print(
        f"benchmark: {every.score:.1f} at one threshold of {every.threshold:.3f}, "
        f"{every.false_alarms} false alarms in {len(judged)} series; {each:.0f} us a bucket"
    )
    fixed = [(series, [float(one >= 1 / 2) for one in scores]) for series, scores in judged]
    print(f"  at 0.5, where medium raises an alert: {nab_score(fixed).score:.1f}")
    for series, scores in judged:
        others = [one for one in judged if one[0] is not series]
        alone, left = nab_score([(series, scores)]).score, nab_score(others)
        held = [(series, [float(one >= left.threshold) for one in scores])]
        print(
            f"  {series.name}: {alone:.1f} at its own threshold, "
            f"{nab_score(held).score:.1f} at the others'; without it {left.score:.1f}"
        )


def _course(rate: float) -> np.ndarray:
    """Return a mean that follows hours and days of the week: float64, (buckets,)."""
    bucket = np.arange(_WEEKS * _WEEK)
    hours = 1 + 0.8 * np.sin(2 * np.pi * (bucket / _DAY - 0.3))
    weekend = np.where(bucket // _DAY % 7 >= _SATURDAY, 0.5, 1.0)
    return rate * hours * weekend


def make_calm(kind: str, rate: float, seed: int) -> np.ndarray:
    """Return a stream in which nothing happens: counts, int64, (buckets,)."""
    dice = np.random.default_rng(seed)
    flat = np.full(_WEEKS * _WEEK, rate)
    mean = _course(rate) if "seasonal" in kind else flat
    if "bursty" in kind:
        # A negative binomial whose variance is mean + mean^2 / 2.
        mean = dice.gamma(2.0, mean / 2.0)
    return dice.poisson(mean)


def print_false_alarms(seeds: int) -> None:
    """Print the alerts a week that each sensitivity raises on calm streams."""
    print(f"false alarms a week, {_WEEKS - _FIRST_WEEKS} weeks x {seeds} streams a line")
    print(f"  {'stream':<28}" + "".join(f"{one.value:>8}" for one in Sensitivity))
    for kind in ("flat", "flat, bursty", "seasonal", "seasonal, bursty"):
        for rate in (0.1, 1.0, 20.0):
            shown = [_weekly_alarms(kind, rate, which, seeds=seeds) for which in Sensitivity]
            line = "".join(f"{one:>8.2f}" for one in shown)
            print(f"  {kind + f', {rate:g} a bucket':<28}" + line)


def _weekly_alarms(kind: str, rate: float, sensitivity: Sensitivity, *, seeds: int) -> float:
    alarms = 0
    for seed in range(seeds):
        _, is_open = judge(make_calm(kind, rate, seed).tolist(), sensitivity)
        counted = is_open[_FIRST_WEEKS * _WEEK - 1 :]
        alarms += sum(now and not before for before, now in itertools.pairwise(counted))
    return alarms / (seeds * (_WEEKS - _FIRST_WEEKS))


def print_delays(seeds: int) -> None:
    """Print how soon a surge of six hours is told, on seasonal bursty streams."""
    print("surges of six hours, medium: share found, minutes from onset to alert (median)")
    for rate in (1.0, 20.0):
        for factor in (3, 5, 10):
            delays, planted = _delays(rate, factor, seeds=seeds)
            median = f"{statistics.median(delays):.0f} min" if delays else "none"
            share = len(delays) / planted
            print(f"  {rate:g} a bucket, times {factor}: {share:.0%}, {median}")


def _delays(rate: float, factor: int, *, seeds: int) -> tuple[list[float], int]:
    """Return the delays of the surges found, one a week planted, and how many were planted."""
    delays, planted = [], 0
    for seed in range(seeds):
        dice = np.random.default_rng(1000 + seed)
        values = make_calm("seasonal, bursty", rate, seed)
        onsets = [week * _WEEK + int(dice.integers(_WEEK - _SURGE)) for week in range(2, _WEEKS)]
        for onset in onsets:
            values[onset : onset + _SURGE] *= factor
        _, is_open = judge(values.tolist(), Sensitivity.MEDIUM)
        planted += len(onsets)
        for onset in onsets:
            told = [row for row in range(onset, onset + _SURGE) if is_open[row]]
            if told and not is_open[onset - 1]:
                # An alert is known once its bucket is over.
                delays.append((told[0] + 1 - onset) * 5.0)
    return delays, planted


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nab", type=Path, default=_NAB)
    parser.add_argument("--quick", action="store_true", help="one stream a line in place of four")
    chosen = parser.parse_args()
    if (chosen.nab / "windows.json").exists():
        print_nab(chosen.nab)
    else:
        print(f"no labelled series in {chosen.nab}: name a folder with --nab")
    seeds = 1 if chosen.quick else 4
    print_false_alarms(seeds)
    print_delays(seeds)


if __name__ == "__main__":
    main()
