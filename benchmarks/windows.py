"""Window updates a second and bytes a key with 50 rules and 10,000 keys, and memory over a month.

    pip install '.[bench]'
    python benchmarks/windows.py

A window update is one mention let into one rule's window of its key. What is timed of Tocsin is all
that a live run does about it: which rules count the mention, the window slid and fed, its measures
read and judged, and when to look at it next; "stored" also writes out what changed, for the
database. Faust's table only adds one, to each window of its own that holds the mention, and is
spared its message and its changelog. All take turns in short rounds
and the medians are printed, in seconds of processor time: the machine may be busy. The figures to
watch are the ratios.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
import tracemalloc
from datetime import timedelta
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

from windows_made import KEYS, RULES, counting_rules, mention, mentions, mixed_rules

from engine.policy import Facts
from engine.windows.aggregates import SlidingCount
from engine.windows.over_time import OverTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.mention import Mention
    from engine.policy import PolicySet

    Contender = Callable[[Mention], object]

_OVER = timedelta(minutes=10)
_STEP = timedelta(seconds=10)
_EVERY = timedelta(milliseconds=20)  # each key about every three minutes
_ROUND_SECONDS = 0.4
_WEEKS = 4
_MONTHLY = 60_000
_MONTHLY_RULES = 10
_MONTHLY_OVER = ("1h", "24h", "7d")  # of the longest, a week's keys are held at a time
_CHANGING = timedelta(seconds=30)  # each of 10,000 places taken anew within three and a half days
_WEIGHED_KEYS = 500
_AT_ONCE = 10
_OURS = "tocsin"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    _print_rates(arguments.rounds)
    _print_bytes()
    _print_month()


def _engine(policies: PolicySet, *, stores: bool = False) -> Contender:
    """Return all of Tocsin that judges over time; what is to be stored is written at choice."""
    over_time = OverTime(forgets=True)
    over_time.use(policies)

    def update(one: Mention) -> None:
        over_time.take(Facts(one, one.classifications))
        if stores:
            over_time.changes()

    return update


def _aggregates() -> Contender:
    """Return the counts alone, fed, slid and read; nothing is judged."""
    held: dict[tuple[int, str], SlidingCount] = {}
    step = round(_STEP.total_seconds())
    buckets = round(_OVER / _STEP)

    def update(one: Mention) -> None:
        bucket = int(one.published_at.timestamp()) // step
        handle = one.author.handle or ""
        for rule in range(RULES):
            count = held.get((rule, handle))
            if count is None:
                count = held[rule, handle] = SlidingCount()
            count.add(bucket)
            count.drop_before(bucket - buckets + 1)
            count.reading()

    return update


def _faust() -> dict[str, Callable[[], Contender]]:
    try:
        import windows_faust  # noqa: PLC0415 - only where it is installed
    except ImportError as error:
        _tell(f"faust is not here ({error}): pip install '.[bench]'")
        return {}
    return {
        "faust hopping": lambda: windows_faust.hopping(_OVER, _STEP),
        "faust tumbling": lambda: windows_faust.tumbling(_OVER),
    }


def _made() -> dict[str, Callable[[], Contender]]:
    return {
        _OURS: lambda: _engine(counting_rules()),
        "tocsin, aggregates": _aggregates,
        **_faust(),
    }


def _print_rates(rounds: int) -> None:
    contenders = {name: make() for name, make in _made().items()}
    contenders["tocsin, stored"] = _engine(counting_rules(), stores=True)
    contenders["tocsin, mixed"] = _engine(mixed_rules())
    streams = {name: mentions(seed=1, every=_EVERY) for name in contenders}
    for name, update in contenders.items():
        # Until each key has its windows; Faust would need 30 million of them for that.
        if name.startswith(_OURS):
            _tell(f"filling the windows: {name}")
            for one in islice(streams[name], 2 * KEYS):
                update(one)
    rates = _rates(contenders, streams, rounds=rounds)
    print(f"{RULES} windowed rules of ten minutes, {KEYS:,} keys")
    print(f"{'':<20}{'updates/s':>12}{'tocsin is faster by':>22}")
    for name, rate in rates.items():
        print(f"{name:<20}{rate:>12,.0f}{rates[_OURS] / rate:>21,.2f}x")
    print(flush=True)


def _rates(
    contenders: Mapping[str, Contender], streams: Mapping[str, Iterator[Mention]], *, rounds: int
) -> dict[str, float]:
    """Return the median of each contender's window updates a second; they take turns."""
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    # How often the collector walks what all contenders hold is not the doing of the one timed.
    gc.collect()
    gc.disable()
    for number in range(rounds):
        for name, update in contenders.items():
            _tell(f"round {number + 1} of {rounds}: {name}")
            count, spent = 0, 0.0
            while spent < _ROUND_SECONDS:
                coming = list(islice(streams[name], _AT_ONCE))
                started = time.process_time()
                for one in coming:
                    update(one)
                spent += time.process_time() - started
                count += len(coming)
            measured[name].append(RULES * count / spent)
    gc.enable()
    return {name: median(one) for name, one in measured.items()}


def _print_bytes() -> None:
    """Print what one rule's window of one key weighs after a mention, and after three."""
    print(f"{'bytes a window and key':<24}{'1 mention':>12}{'3 mentions':>12}")
    makers = {**_made(), "tocsin, mixed": lambda: _engine(mixed_rules(), stores=True)}
    for name, make in makers.items():
        _tell(f"weighing {name}")
        keys = _WEIGHED_KEYS if name.startswith(_OURS) else _WEIGHED_KEYS // 10
        one, three = (_bytes(make, keys=keys, times=times) for times in (1, 3))
        print(f"{name:<24}{one:>12,.0f}{three:>12,.0f}", flush=True)
    print(flush=True)


def _bytes(make: Callable[[], Contender], *, keys: int, times: int) -> float:
    chance = random.Random(2)
    apart = _OVER / 4 / keys
    # Each key once, then each again: a key's mentions fall into buckets of their own.
    coming = [
        mention(chance, number, key=number % keys, since=number * apart)
        for number in range(keys * times)
    ]
    update = make()
    gc.collect()
    tracemalloc.start()
    for one in coming:
        update(one)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / keys / RULES


def _print_month() -> None:
    """Print the peak of memory in each week of a month in which the keys come and go."""
    week = timedelta(weeks=1)
    update = _engine(mixed_rules(_MONTHLY_RULES, _MONTHLY_OVER), stores=True)
    coming = mentions(seed=3, every=_WEEKS * week / _MONTHLY, changing=_CHANGING)
    peaks = []
    tracemalloc.start()
    for number in range(_WEEKS):
        tracemalloc.reset_peak()
        _tell(f"week {number + 1} of {_WEEKS}")
        for one in islice(coming, _MONTHLY // _WEEKS):
            update(one)
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    seen = KEYS + int(_WEEKS * week / _CHANGING)
    print(f"a month of {_MONTHLY:,} mentions and {_MONTHLY_RULES} rules over an hour to a week")
    print(f"{KEYS:,} keys at a time, {seen:,} in all")
    for number, peak in enumerate(peaks):
        print(f"week {number + 1}: peak {peak / 2**20:,.1f} MiB, {peak / peaks[0]:.2f} of week 1")


def _tell(what: str) -> None:
    print(f"\r{what:<70}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
