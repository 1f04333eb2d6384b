"""How well the level and share detectors do: false alarms on calm streams, delay on changes.

    python benchmarks/changes.py [--quick]

The streams are made here, by seed: those of `benchmarks/spikes.py` for the level, and parts of them
for the share.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from datetime import UTC, datetime, timedelta

import numpy as np
from spikes import make_calm

from engine.windows.detectors import LevelDetector, Sensitivity, ShareDetector

_EVERY = timedelta(minutes=5)
_HOUR = 12
_WEEK = 7 * 24 * _HOUR
_START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
_FIRST_WEEKS = {"level": 2, "share": 1}  # of a stream, in which no alarm is counted
_LASTING = 24 * _HOUR


def alerts(values: np.ndarray, sensitivity: Sensitivity) -> list[bool]:
    """Return whether an alert is open after each row.

    Args:
        values: int64, (buckets,) of counts, or (buckets, 2) of a part and its whole.
    """
    if values.ndim == 1:
        level = LevelDetector(_EVERY, sensitivity=sensitivity)
        return [level.observe(_START + at * _EVERY, one).is_alert for at, one in enumerate(values)]
    share = ShareDetector(_EVERY, sensitivity=sensitivity)
    pairs = enumerate(values.tolist())
    return [share.observe(_START + at * _EVERY, (one, of)).is_alert for at, (one, of) in pairs]


def make_shares(kind: str, rate: float, seed: int) -> np.ndarray:
    """Return parts, a fifth in the mean, and wholes of a calm stream: int64, (buckets, 2)."""
    whole = make_calm(kind, rate, seed)
    dice = np.random.default_rng(5000 + seed)
    mean = np.full(len(whole), 0.2)
    if "wavering" in kind:
        # The share itself goes its way: each hour has its own, a deviation of 0.05 around a fifth.
        mean = np.repeat(dice.beta(12.6, 50.4, size=len(whole) // _HOUR), _HOUR)
    return np.stack([dice.binomial(whole, mean), whole], axis=1)


def print_false_alarms(detector: str, kinds: tuple[str, ...], *, seeds: int) -> None:
    """Print the alerts a week that each sensitivity raises on calm streams."""
    make = make_calm if detector == "level" else make_shares
    print(f"{detector}: false alarms a week, {seeds} streams of nine weeks a line")
    for kind in kinds:
        for rate in (0.1, 1.0, 20.0):
            shown = []
            for sensitivity in Sensitivity:
                told = weeks = 0
                for seed in range(seeds):
                    is_open = alerts(make(kind, rate, seed), sensitivity)
                    counted = is_open[_FIRST_WEEKS[detector] * _WEEK - 1 :]
                    told += sum(now and not before for before, now in itertools.pairwise(counted))
                    weeks += len(counted) // _WEEK
                shown.append(told / weeks)
            print(f"  {kind + f', {rate:g} a bucket':<36}" + "".join(f"{x:>7.2f}" for x in shown))


def print_delays(detector: str, kind: str, changes: tuple[float, ...], *, seeds: int) -> None:
    """Print how soon a change of a day is told at medium, one a fortnight."""
    print(f"{detector}: changes that last a day, {kind}, medium: found, minutes to alert (median)")
    for rate, change in itertools.product((1.0, 20.0), changes):
        delays: list[float] = []
        planted = 0
        for seed in range(seeds):
            dice = np.random.default_rng(1000 + seed)
            onsets = [week * _WEEK + int(dice.integers(_WEEK)) for week in (3, 5, 7)]
            values = _changed(detector, kind, (rate, change), onsets=onsets, seed=seed)
            is_open = alerts(values, Sensitivity.MEDIUM)
            planted += len(onsets)
            for onset in onsets:
                told = [row for row in range(onset, onset + _LASTING) if is_open[row]]
                if told and not is_open[onset - 1]:
                    delays.append((told[0] + 1 - onset) * 5.0)
        median = f"{statistics.median(delays):.0f} min" if delays else "none"
        print(f"  {rate:g} a bucket, {change:g}: {len(delays) / planted:.0%}, {median}")


def _changed(
    detector: str, kind: str, how: tuple[float, float], *, onsets: list[int], seed: int
) -> np.ndarray:
    rate, change = how
    if detector == "share":
        values = make_shares(kind, rate, seed)
        dice = np.random.default_rng(7000 + seed)
        for at in onsets:
            whole = values[at : at + _LASTING, 1]
            values[at : at + _LASTING, 0] = dice.binomial(whole, change)
        return values
    counts, more = make_calm(kind, rate, seed), make_calm(kind, rate * (change - 1), 900 + seed)
    for at in onsets:
        counts[at : at + _LASTING] += more[at : at + _LASTING]
    return counts


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one stream a line in place of four")
    seeds = 1 if parser.parse_args().quick else 4
    kinds = ("flat", "flat, bursty", "seasonal", "seasonal, bursty")
    print_false_alarms("level", kinds, seeds=seeds)
    print_delays("level", "seasonal, bursty", (1.5, 2.0, 3.0), seeds=seeds)
    shares = ("flat", "seasonal, bursty", "seasonal, bursty, wavering")
    print_false_alarms("share", shares, seeds=seeds)
    print_delays("share", "seasonal, bursty, wavering", (0.3, 0.4, 0.6), seeds=seeds)


if __name__ == "__main__":
    main()
