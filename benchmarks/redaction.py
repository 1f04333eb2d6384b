"""How well redaction finds personal data in the written texts, and how fast it is.

    python benchmarks/redaction.py [--half dev|test] [--show]

The texts are posts in French and English, written for this measure with what is personal marked.
The finders were mended on the half ``dev`` alone; the half ``test`` was written afterwards, and
looked at for the figures alone. A find is right when it has the kind, the start and the end marked.
"""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.redaction import KINDS, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TEXTS = Path(__file__).parents[1] / "tests" / "privacy" / "redaction_texts.tsv"
_ROUNDS = 20
_MARKED = re.compile(r"\{(\w+):([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Written:
    """One text with what is personal in it, as kind, start and end."""

    language: str
    half: str
    text: str
    spans: frozenset[tuple[str, int, int]]


@dataclass(slots=True)
class Score:
    """What was found of one kind: right, wrong, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def recall(self) -> float:
        """Share of what is marked that was found, to the character."""
        return self.right / max(1, self.right + self.missed)

    @property
    def precision(self) -> float:
        """Share of what was found that is marked."""
        return self.right / max(1, self.right + self.wrong)


def written(half: str | None = None) -> Iterator[Written]:
    """Yield the texts of a half (``dev`` or ``test``), or all."""
    for line in TEXTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        language, its_half, marked = line.split("\t")
        if half is None or its_half == half:
            yield _read(language, its_half, marked)


def _read(language: str, half: str, marked: str) -> Written:
    parts: list[str] = []
    spans = set()
    at = 0
    for match in _MARKED.finditer(marked):
        parts.append(marked[at : match.start()])
        start = sum(map(len, parts))
        parts.append(match[2])
        spans.add((match[1], start, start + len(match[2])))
        at = match.end()
    parts.append(marked[at:])
    return Written(language, half, "".join(parts), frozenset(spans))


def found_in(one: Written) -> frozenset[tuple[str, int, int]]:
    """Return what redaction takes out of a text."""
    return frozenset((f.kind, f.start, f.end) for f in redact(one.text, one.language).found)


def measure(texts: Iterable[Written]) -> dict[str, Score]:
    """Return the score of each kind over the texts."""
    scores = {kind: Score() for kind in KINDS}
    for one in texts:
        found = found_in(one)
        for kind, score in scores.items():
            wanted = {span for span in one.spans if span[0] == kind}
            its = {span for span in found if span[0] == kind}
            score.right += len(wanted & its)
            score.missed += len(wanted - its)
            score.wrong += len(its - wanted)
    return scores


def speed(texts: Sequence[Written]) -> float:
    """Return how many texts a second one core redacts."""
    began = time.perf_counter()
    for _ in range(_ROUNDS):
        for one in texts:
            redact(one.text, one.language)
    return _ROUNDS * len(texts) / (time.perf_counter() - began)


def main() -> None:
    """Print the figures of the halves, and what differs where it is asked for."""
    parser = argparse.ArgumentParser(description="Measure redaction on the written texts.")
    parser.add_argument("--half", choices=("dev", "test"), help="One half alone.")
    parser.add_argument("--show", action="store_true", help="Print the texts that go wrong.")
    chosen = parser.parse_args()
    for half in (chosen.half,) if chosen.half else ("dev", "test"):
        texts = list(written(half))
        clean = sum(not one.spans for one in texts)
        print(f"{half}: {len(texts)} texts, {clean} with nothing personal")
        for kind, score in measure(texts).items():
            print(
                f"  {kind:12} {score.right + score.missed:4} marked   recall {score.recall:.3f}   "
                f"precision {score.precision:.3f}"
            )
        if chosen.show:
            _show(texts)
    every = list(written())
    plain = [one for one in every if not one.spans]
    print(f"speed: {speed(every):,.0f} texts a second; {speed(plain):,.0f} of those without finds")


def _show(texts: Iterable[Written]) -> None:
    for one in texts:
        found = found_in(one)
        for mark, spans in (("missed", one.spans - found), ("wrong", found - one.spans)):
            for kind, start, end in sorted(spans):
                print(f"    {mark} {kind} {one.text[start:end]!r} in: {one.text}")


if __name__ == "__main__":
    main()
