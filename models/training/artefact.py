"""Makes the shipped folder's graph, tokenizer and description from a checkpoint."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.classification import BUILT_IN_TASKS
from models.encoder_artifact import ABOUT, GRAPH, TOKENIZER, read_encoder
from models.encoder_reader import EncoderReader
from models.manifest import write_manifest
from models.training.data import LANGUAGES, val_sets
from models.training.export import encoder_graph
from models.training.measuring import (
    LONGEST,
    PRECISIONS,
    headlines,
    of_task,
    raw_scores,
    shipped_task,
)
from models.training.network import network_of
from models.training.ranges import input_ranges, texts_to_range_over
from models.training.vocabulary import unknown_rates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from models.training.base import Base
    from models.training.data import ValSet
    from models.training.export import Network
    from models.training.network import State

    Floats = NDArray[np.float32]

_THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Ingredients:
    """What an artefact is made from.

    Attributes:
        state: A checkpoint's weights.
        kept: Ids of the base's pieces it was tuned with.
        tokenizer: Over those pieces, neither cutting nor padding.
        data: The folder of the labelled sets.
    """

    base: Base
    state: State
    kept: Sequence[int]
    tokenizer: Tokenizer
    data: Path


def write_artefact(
    out: Path, made_of: Ingredients, *, work: Path, ships: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """Export and quantise a checkpoint, calibrate it, measure it, and return its description.

    Writes the graph, the tokenizer and the description; label sets, card and manifest come after.

    Args:
        out: Where the artefact that ships goes; must exist.
        work: Where every precision's goes, with the raw scores it gave, so that none is asked
            twice.
        ships: Name of the precision that ships.
    """
    network = network_of(made_of.state, made_of.base, made_of.kept)
    say("  looking for outlying channels")
    ranges = input_ranges(network, made_of.tokenizer, texts_to_range_over(made_of.data))
    sets = val_sets(made_of.data)
    by_precision: dict[str, dict[str, float]] = {}
    about: dict[str, Any] = {}
    for name, bits in PRECISIONS.items():
        graph = encoder_graph(network, bits=bits, ranges=ranges)
        say(f"  {name}: {len(graph) / 1e6:.1f} MB")
        _write_plain(work / name, graph, network=network, tokenizer=made_of.tokenizer)
        logits = _scores(work / name, sets, say=say)
        by_precision[name] = headlines(sets, logits)
        say(f"  {name}: {_in_points(by_precision[name])}")
        if name == ships:
            about = _calibrated(sets, logits)
    about["measured"] = {
        "ships": ships,
        "precisions": by_precision,
        "unknown": _unknown(made_of, sets),
    }
    for name in (GRAPH, TOKENIZER):
        shutil.copyfile(work / ships / name, out / name)
    write_about(out, {**_plain(network), **about})
    return read_about(out)


def write_about(folder: Path, about: Mapping[str, Any]) -> None:
    """Write what the run time and people must know beside the graph."""
    text = json.dumps(about, indent=1, ensure_ascii=False)
    (folder / ABOUT).write_text(f"{text}\n", encoding="utf-8")


def read_about(folder: Path) -> dict[str, Any]:
    """Read what `write_about` wrote."""
    found: dict[str, Any] = json.loads((folder / ABOUT).read_text("utf-8"))
    return found


def reader_of(folder: Path) -> EncoderReader:
    """Return the encoder of a folder as the run time reads it; writes the folder's manifest."""
    return EncoderReader(read_encoder(write_manifest(folder)), threads=_THREADS)


def _write_plain(folder: Path, graph: bytes, *, network: Network, tokenizer: Tokenizer) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GRAPH).write_bytes(graph)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    write_about(folder, _plain(network))


def _plain(network: Network) -> dict[str, Any]:
    """Return the description of an encoder that is not calibrated."""
    tasks = {task: {"labels": list(labels)} for task, labels in BUILT_IN_TASKS.items()}
    return {"tasks": tasks, "width": network.words.codes.shape[1], "longest": LONGEST}


def _scores(folder: Path, sets: Sequence[ValSet], *, say: Callable[[str], None]) -> list[Floats]:
    """Return the raw scores of each set's texts by the encoder of a folder."""
    reader = reader_of(folder)
    texts = [row.text for one in sets for row in one.rows]
    asked = json.dumps([reader.artifact.embedding_version, texts])
    file = folder.with_name(f"{folder.name}-{sha256(asked.encode()).hexdigest()[:16]}.npy")
    if file.exists():
        say(f"    raw scores are in {file}")
    else:
        unfinished = folder.with_name(f".{file.name}")
        with unfinished.open("wb") as opened:
            np.save(opened, raw_scores(reader, texts, say=say))
        unfinished.replace(file)
    ends = np.cumsum([len(one.rows) for one in sets])[:-1]
    return np.split(np.load(file), ends)


def _calibrated(sets: Sequence[ValSet], logits: Sequence[Floats]) -> dict[str, Any]:
    tasks = {}
    for task, labels in BUILT_IN_TASKS.items():
        mine = [at for at, one in enumerate(sets) if one.task == task]
        shipped = shipped_task(
            task, [sets[at] for at in mine], [of_task(logits[at], task) for at in mine]
        )
        tasks[task] = {
            "labels": list(labels),
            "temperature": shipped.calibration.default,
            "temperatures": dict(shipped.calibration.by_language),
            "floor": shipped.floor,
            "measured": shipped.measured,
        }
    return {"tasks": tasks}


def _unknown(made_of: Ingredients, sets: Sequence[ValSet]) -> dict[str, dict[str, float]]:
    by_name = {one.name: [row.text for row in one.rows] for one in sets}
    texts = {code: by_name[f"umsab-{code}"] for code in LANGUAGES}
    rates = unknown_rates(made_of.base, made_of.tokenizer, texts)
    return {
        code: {
            "before": round(before.rate, 5),
            "after": round(after.rate, 5),
            "pieces_before": round(before.pieces, 2),
            "pieces_after": round(after.pieces, 2),
        }
        for code, (before, after) in rates.items()
    }


def _in_points(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100 * figure:.1f}" for name, figure in figures.items())
