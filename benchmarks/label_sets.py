"""How well label sets are taught over the encoder's embedding, on public sets and the shipped ones.

    python benchmarks/label_sets.py [--artifacts DIR] [--data DIR] [--only NAME …] [--format json]

The public sets are read from their training and validation parts alone; what is measured on was
never learnt from. Of a set whose data are not there one line says so. With every example Banking77
is measured on the fifth of its training part that was held out.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.classification import UNKNOWN
from models.encoder_artifact import read_encoder
from models.encoder_reader import EncoderReader
from models.label_heads import train_label_head
from models.label_sets import read_examples
from models.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from models.label_heads import Examples

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]
    Figures = dict[str, Any]

_ROOT = Path(__file__).parents[1]
_DATA = _ROOT.parent / "shared" / "data"
_ARTIFACTS = _ROOT / "models" / "artifacts" / "encoder"
_DRAWS = 5
_FOLDS = 5
_SHOTS = 10


class Row(NamedTuple):
    """One labelled text; the label ``unknown`` says that it has none of the labels."""

    text: str
    label: str


class RememberedEmbeddings:
    """Embeds each text once, however often it is learnt from and asked."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the texts' embeddings."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def score(learnt_from: Sequence[Row], asked: Sequence[Row], embed: Embed) -> Figures:
    """Return what a head taught by some rows makes of others; shares in [0, 1].

    ``accuracy`` is of the best label, whether or not it was sure enough to be the answer; in
    ``answered_right`` an answer ``unknown`` counts as wrong.
    """
    started = time.monotonic()
    head = train_label_head("set", _examples(learnt_from), embed, encoder_version="")
    seconds = time.monotonic() - started
    texts = [one.text for one in asked]
    found = head.answers(embed(texts), texts, ["en"] * len(texts), classifier="encoder")
    best = np.array([max(one.scores, key=lambda label: one.scores[label]) for one in found])
    given = np.array([one.label for one in found])
    truth = np.array([one.label for one in asked])
    inside = truth != UNKNOWN
    figures: Figures = {
        "n": int(inside.sum()),
        "accuracy": float((best == truth)[inside].mean()),
        "macro_f1": _macro_f1(truth[inside], best[inside]),
        "answered_right": float((given == truth)[inside].mean()),
        "ece": head.measured["ece"],
        "seconds": seconds,
    }
    if not inside.all():
        figures["out_of_scope_recall"] = float((given == UNKNOWN)[~inside].mean())
    return figures


def banking_few(data: Path, embed: Embed) -> Figures:
    """Ten examples a label drawn five times, measured on all the others."""
    rows = _rows(data / "banking77" / "train.jsonl")
    by_label = _by_label(rows)
    found = []
    for draw in range(_DRAWS):
        generator = np.random.default_rng(draw)
        chosen: set[int] = set()
        for mine in by_label.values():
            chosen.update(generator.choice(mine, _SHOTS, replace=False).tolist())
        found.append(_split(rows, chosen, embed))
    return _mean(found)


def banking_all(data: Path, embed: Embed) -> Figures:
    """Four fifths learnt from, the last measured on."""
    rows = _rows(data / "banking77" / "train.jsonl")
    return _split(rows, {at for at in range(len(rows)) if at % _FOLDS}, embed)


def clinc(data: Path, embed: Embed, *, use_outside: bool = False) -> Figures:
    """The training part learnt from, the validation part measured on."""
    learnt_from = _rows(data / "clinc150" / "train.jsonl", outside="oos")
    if not use_outside:
        learnt_from = [one for one in learnt_from if one.label != UNKNOWN]
    return score(learnt_from, _rows(data / "clinc150" / "val.jsonl", outside="oos"), embed)


def clinc_outside(data: Path, embed: Embed) -> Figures:
    """As `clinc`, taught by the training part's texts out of scope as well."""
    return clinc(data, embed, use_outside=True)


def complaints(data: Path, embed: Embed) -> Figures:
    """Five parts, each measured on when the others were learnt from."""
    rows = _rows(data / "complaints-twitter" / "train.jsonl")
    part = np.random.default_rng(7).permutation(len(rows)) % _FOLDS
    folds = [np.flatnonzero(part != fold).tolist() for fold in range(_FOLDS)]
    return _mean([_split(rows, set(fold), embed) for fold in folds])


def shipped(name: str, embed: Embed) -> Figures:
    """A shipped set, by its own cross-validation: translations are held out together."""
    started = time.monotonic()
    _, examples = read_examples(_ROOT / "rules" / "labels" / f"{name}.yaml")
    measured = train_label_head(name, examples, embed, encoder_version="").measured
    return {
        **{key: measured[key] for key in ("n", "accuracy", "macro_f1", "ece", "answered")},
        "answered_right": measured["accuracy_answered"] * measured["answered"],
        "macro_f1_by_language": measured["macro_f1_by_language"],
        "seconds": time.monotonic() - started,
    }


PUBLIC: dict[str, tuple[str, Callable[[Path, Embed], Figures]]] = {
    "banking77, 10 a label": ("banking77", banking_few),
    "banking77, all": ("banking77", banking_all),
    "clinc150": ("clinc150", clinc),
    "clinc150, oos taught": ("clinc150", clinc_outside),
    "complaints-twitter": ("complaints-twitter", complaints),
}
SHIPPED = ("intent", "topic")


def measure(
    data: Path, embed: Embed, only: Sequence[str], *, say: Callable[[str, Figures], None]
) -> dict[str, Figures]:
    """Measure every set, or those whose names begin as wanted.

    Args:
        say: Told each set's figures as soon as they are known.
    """
    found: dict[str, Figures] = {}
    for name, (folder, run) in PUBLIC.items():
        if not _is_wanted(name, only):
            continue
        if not (data / folder / "train.jsonl").is_file():
            print(f"{name}: left out, {data / folder} is not there", file=sys.stderr)
            continue
        found[name] = run(data, embed)
        say(name, found[name])
    for name in SHIPPED:
        if _is_wanted(name, only):
            found[name] = shipped(name, embed)
            say(name, found[name])
    return found


def _is_wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(name.startswith(one) for one in only)


def _split(rows: Sequence[Row], chosen: set[int], embed: Embed) -> Figures:
    learnt_from = [row for at, row in enumerate(rows) if at in chosen]
    return score(learnt_from, [row for at, row in enumerate(rows) if at not in chosen], embed)


def _rows(path: Path, *, outside: str | None = None) -> list[Row]:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [Row(one["text"], one["label"]) for one in map(json.loads, lines)]
    return [row._replace(label=UNKNOWN) if row.label == outside else row for row in found]


def _by_label(rows: Iterable[Row]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        found[row.label].append(at)
    return found


def _examples(rows: Sequence[Row]) -> Examples:
    places = _by_label(rows)
    return {label: {"en": [rows[at].text for at in mine]} for label, mine in places.items()}


def _macro_f1(truth: NDArray[np.str_], found: NDArray[np.str_]) -> float:
    by_label = [
        2
        * ((truth == label) & (found == label)).sum()
        / ((truth == label).sum() + (found == label).sum())
        for label in np.unique(truth)
    ]
    return float(np.mean(by_label))


def _mean(found: Sequence[Figures]) -> Figures:
    return {key: float(np.mean([one[key] for one in found])) for key in found[0]}


def _line(name: str, figures: Figures) -> str:
    shares = ("accuracy", "macro_f1", "answered_right", "out_of_scope_recall", "ece")
    cells = [f"{100 * figures[key]:8.1f}" if key in figures else " " * 8 for key in shares]
    return f"{name:24}{figures['n']:>8.0f}{''.join(cells)}{figures['seconds']:9.1f}"


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artifacts", type=Path, default=_ARTIFACTS, help="folder of the encoder")
    parser.add_argument("--data", type=Path, default=_DATA, help="folder of the public sets")
    parser.add_argument("--only", nargs="+", default=(), help="names, or how they begin")
    parser.add_argument("--threads", type=int, default=2, help="texts read side by side")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    chosen = parser.parse_args()
    reader = EncoderReader(read_encoder(read_manifest(chosen.artifacts)), threads=chosen.threads)
    is_text = chosen.format == "text"
    if is_text:
        print(
            f"{'of 100':24}{'n':>8}{'accuracy':>8}{'F1':>8}{'answered':>8}{'oos':>8}{'ECE':>8}"
            f"{'seconds':>9}"
        )
    found = measure(
        chosen.data,
        RememberedEmbeddings(reader.embed),
        chosen.only,
        say=lambda name, figures: print(_line(name, figures), flush=True) if is_text else None,
    )
    if not is_text:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
