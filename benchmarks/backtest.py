"""Mentions a second and peak memory of ``tocsin backtest``, and that it repeats itself to the byte.

    python benchmarks/backtest.py [--sizes 10000 100000]

Mentions with given labels, so that deciding is measured and not the classifier. The figure to watch
is the ratio of the peak memory at the largest size to that at the smallest: near 1 is constant.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from engine.units import format_instant

_ROOT = Path(__file__).parents[1]
_POLICY = Path(__file__).with_name("airline.yaml")
_START = datetime(2026, 3, 2, tzinfo=UTC)
_APART = timedelta(seconds=20)
_SEED = 7
_TEXTS = (
    "my bag is lost and nobody answers, I want a refund for flight {n}",
    "flight {n} is late again, on hold for an hour",
    "thank you, lovely crew on flight {n}",
    "apparently the plane of flight {n} was never cleaned",
    "never again: a damaged suitcase and a cancelled flight {n}",
    "boarding flight {n} now, the sun is out",
)
_LABELS = ("negative", "negative", "positive", "neutral", "negative", "neutral")


@dataclass(frozen=True, slots=True)
class Run:
    """One backtest.

    Attributes:
        peak: Most resident memory, MiB.
        digest: Of its standard output.
    """

    seconds: float
    peak: float
    digest: str


def write_mentions(path: Path, count: int) -> None:
    """Write so many mentions, three a minute, by a tenth as many authors."""
    dice = random.Random(_SEED)
    with path.open("wb") as out:
        for number in range(count):
            kind = dice.randrange(len(_TEXTS))
            out.write(
                orjson.dumps(
                    {
                        "id": f"m{number}",
                        "text": _TEXTS[kind].format(n=number % 977),
                        "language": "en",
                        "published_at": format_instant(_START + number * _APART),
                        "author": {"id": str(dice.randrange(count // 10 or 1)), "handle": "@a"},
                        "classifications": {
                            "sentiment": {"label": _LABELS[kind], "score": 0.9},
                            "intent": {"label": "other", "score": 0.8},
                        },
                    },
                    option=orjson.OPT_APPEND_NEWLINE,
                )
            )


def run(mentions: Path, out: Path) -> Run:
    """Run the command on a file as a process of its own."""
    command = [sys.executable, "-m", "engine.cli", "backtest", "--policy", str(_POLICY)]
    command += ["--input", str(mentions), "--format", "json"]
    begun = time.perf_counter()
    with out.open("wb") as stdout:
        child = subprocess.Popen(command, cwd=_ROOT, stdout=stdout)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"the backtest ended with {child.returncode}")
    seconds = time.perf_counter() - begun
    # Linux counts kibibytes, macOS bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    with out.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return Run(seconds, usage.ru_maxrss / unit, digest)


def main() -> None:
    """Measure each size twice and print a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    sizes = sorted(parser.parse_args().sizes)
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            mentions = Path(folder, f"{size}.jsonl")
            write_mentions(mentions, size)
            first, second = (run(mentions, Path(folder, "out.json")) for _ in range(2))
            same = "the same bytes twice" if first.digest == second.digest else "BYTES DIFFER"
            best = min(first.seconds, second.seconds)
            peaks.append(max(first.peak, second.peak))
            print(f"{size:>9,} mentions  {size / best:>8,.0f}/s  {peaks[-1]:>6.1f} MiB  {same}")
    print(f"memory at {sizes[-1]:,} against {sizes[0]:,}: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    main()
