"""Makes the small backend again: ``python -m models.training.linear --data D --out O``.

Learns the sentiment head from the labelled sets and one head for each label set file, then writes
them with their card and manifest. The same inputs give the same bytes. Takes one to two minutes on
one core; ``--only intent`` takes seconds and needs no data.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from models.heads import read_head, write_head
from models.labels import train_label_set
from models.manifest import MANIFEST, write_manifest
from models.registry import ARTIFACTS, SENTIMENT_FILE, read_examples
from models.training.card import linear_card
from models.training.sentiment import TASK, train_sentiment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.heads import Head

_ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="models.training.linear", description=__doc__)
    parser.add_argument("--data", type=Path, default=_ROOT.parent / "shared" / "data")
    parser.add_argument("--labels", type=Path, default=_ROOT / "rules" / "labels")
    parser.add_argument("--out", type=Path, default=ARTIFACTS / "linear")
    parser.add_argument("--only", help="learn this task alone, keep the others as they are")
    options = parser.parse_args(arguments)
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {line}", flush=True)

    remake(options.out, data=options.data, labels=options.labels, only=options.only, say=say)
    return 0


def remake(
    out: Path, *, data: Path, labels: Path, only: str | None, say: Callable[[str], None]
) -> None:
    """Learn the heads and write them into a folder with their card and manifest.

    Args:
        out: Made where missing; the heads not learnt now must lie in it already.
        labels: Folder of label set files.
        only: The one task to learn; None for all.
    """
    out.mkdir(parents=True, exist_ok=True)
    if only in (None, TASK):
        say(TASK)
        _write(out / SENTIMENT_FILE, train_sentiment(data, say=say), say=say)
    for path in sorted(labels.glob("*.yaml")):
        if only in (None, path.stem):
            name, examples = read_examples(path)
            say(f"{name}: learning and cross-validating")
            _write(out / f"{name}.skops", train_label_set(name, examples), say=say)
    heads = [read_head(path.read_bytes(), name=path.name) for path in sorted(out.glob("*.skops"))]
    (out / "card.md").write_text(linear_card(heads), encoding="utf-8")
    manifest = write_manifest(out)
    say(f"wrote {out / MANIFEST}, version {manifest.version}")


def _write(path: Path, head: Head, *, say: Callable[[str], None]) -> None:
    content = write_head(head)
    path.write_bytes(content)
    say(f"wrote {path.name}: {len(content) / 1e6:.2f} MB, version {head.version}")


if __name__ == "__main__":
    raise SystemExit(main())
