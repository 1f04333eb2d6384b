"""Makes the encoder again: ``python -m models.training.encoder --data D --out O``.

Prunes the base's vocabulary, tunes the base on the labelled sets, exports it, quantises it,
calibrates and measures it on val, and teaches the shipped label sets. Needs the extra ``train``.
Takes about two hours on two CPU cores. What is done is kept in ``--work``: started again, it goes
on where it was. ``--from-checkpoint`` starts at the export of a network that was tuned before.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from tokenizers import Tokenizer

from models.label_heads import read_label_head, train_label_head, write_label_head
from models.label_sets import read_examples
from models.manifest import MANIFEST, write_manifest
from models.registry import ARTIFACTS
from models.training.artefact import Ingredients, read_about, reader_of, write_artefact
from models.training.base import packaged_base, read_base
from models.training.data import every_text
from models.training.encoder_card import encoder_card
from models.training.measuring import PRECISIONS
from models.training.tuning_run import Materials, tuned_state
from models.training.vocabulary import frequent_words, kept_pieces, tokenizer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from models.training.base import Base
    from models.training.network import State

_ROOT = Path(__file__).resolve().parents[2]
_CARD = "card.md"


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What is wanted of a run.

    Attributes:
        labels: Folder of the label sets that ship.
        base: The base's file.
        work: Folder for what is kept between runs.
        checkpoint: A tuned network to begin with, and none is tuned; else None.
        ships: Name of the precision that ships.
        words: Gives the words of the languages with their frequencies.
        say: Is told what happens, a line at a time.
    """

    data: Path
    labels: Path
    out: Path
    base: Path
    work: Path
    seed: int
    checkpoint: Path | None
    ships: str
    words: Callable[[], Iterable[tuple[str, float]]]
    say: Callable[[str], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    options.work.mkdir(parents=True, exist_ok=True)
    with (options.work / "log.txt").open("a", encoding="utf-8") as log:

        def say(line: str) -> None:
            timed = f"[{time.monotonic() - started:7.1f} s] {line}"
            print(timed, flush=True)
            print(timed, file=log, flush=True)

        run = Run(
            data=options.data,
            labels=options.labels,
            out=options.out,
            base=options.base or packaged_base(),
            work=options.work,
            seed=options.seed,
            checkpoint=options.from_checkpoint,
            ships=options.ships,
            words=frequent_words,
            say=say,
        )
        for given, name in (
            (options.vocabulary, "kept.json"),
            (options.tokenizer, "tokenizer.json"),
        ):
            if given is not None:
                (run.work / name).write_bytes(given.read_bytes())
        remake(run)
    return 0


def remake(run: Run) -> None:
    """Make the artefact, or go on making it."""
    for folder in (run.out, run.work):
        folder.mkdir(parents=True, exist_ok=True)
    run.say(f"1/5 base and vocabulary, from {run.base}")
    base = read_base(run.base)
    kept, tokenizer = _vocabulary(run, base)
    run.say("2/5 tuning")
    state = _state(run, Materials(base, kept, tokenizer, run.data, run.work))
    run.say("3/5 exporting, quantising, measuring and calibrating")
    made_of = Ingredients(base, state, kept, tokenizer, run.data)
    write_artefact(run.out, made_of, work=run.work, ships=run.ships, say=run.say)
    run.say("4/5 label sets")
    _teach_label_sets(run)
    run.say("5/5 card and manifest")
    heads = [
        read_label_head(path.read_bytes(), name=path.name) for path in sorted(run.out.glob("*.npz"))
    ]
    (run.out / _CARD).write_text(encoder_card(read_about(run.out), heads), encoding="utf-8")
    manifest = write_manifest(run.out)
    run.say(f"wrote {run.out / MANIFEST}, version {manifest.version}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="models.training.encoder", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, default=_ROOT.parent / "shared" / "data")
    add("--labels", type=Path, default=_ROOT / "rules" / "labels")
    add("--out", type=Path, default=ARTIFACTS / "encoder")
    add("--work", type=Path, default=_ROOT / "build" / "encoder", help="kept between runs")
    add("--seed", type=int, default=7)
    add("--base", type=Path, help="the base's 4-bit file; left out: the installed package's")
    add("--ships", choices=[*PRECISIONS], default="int7", help="precision that ships")
    add("--from-checkpoint", type=Path, help="export this tuned network; tune none")
    add("--vocabulary", type=Path, help="ids of the kept pieces, JSON, instead of choosing them")
    add("--tokenizer", type=Path, help="the tokenizer over those pieces")
    return parser


def _vocabulary(run: Run, base: Base) -> tuple[list[int], Tokenizer]:
    """Return the kept pieces and their tokenizer, from an earlier run or chosen now."""
    kept_file, tokenizer_file = run.work / "kept.json", run.work / "tokenizer.json"
    if not kept_file.exists():
        run.say("  choosing the pieces to keep")
        kept = kept_pieces(base, words=run.words(), texts=every_text(run.data))
        kept_file.write_text(json.dumps(kept), encoding="utf-8")
        tokenizer_file.unlink(missing_ok=True)
    kept = json.loads(kept_file.read_text("utf-8"))
    if not tokenizer_file.exists():
        tokenizer_of(base, kept).save(str(tokenizer_file), pretty=False)
    run.say(f"  {len(kept)} of {len(base.pieces)} pieces kept")
    return kept, Tokenizer.from_file(str(tokenizer_file))


def _state(run: Run, materials: Materials) -> State:
    if run.checkpoint is not None:
        run.say(f"  none: {run.checkpoint} was tuned before")
        found: State = torch.load(run.checkpoint)
        return found
    return tuned_state(materials, seed=run.seed, say=run.say)


def _teach_label_sets(run: Run) -> None:
    """Write a head for every label set of the folder."""
    reader = reader_of(run.out)
    for old in run.out.glob("*.npz"):
        old.unlink()
    for path in sorted(run.labels.glob("*.yaml")):
        name, examples = read_examples(path)
        run.say(f"  {name}: reading, learning and cross-validating")
        version = reader.artifact.embedding_version
        head = train_label_head(name, examples, reader.embed, encoder_version=version)
        content = write_label_head(head)
        (run.out / f"{name}.npz").write_bytes(content)
        run.say(f"  wrote {name}.npz: {len(content) / 1e6:.2f} MB, version {head.version}")


if __name__ == "__main__":
    raise SystemExit(main())
