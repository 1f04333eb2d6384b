"""One run of tuning: the mixture, the base's own embeddings of it, and the network learning."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from engine.classification import BUILT_IN_TASKS
from models.text import normalise
from models.training.batches import encoded, padded, reading_order
from models.training.data import val_sets
from models.training.finishing import SHARES, averaged, with_kindred_emotions
from models.training.measuring import headlines
from models.training.mixture import mixture, names_of
from models.training.network import TASKS, Tuned, bert_of, mean_vector
from models.training.tuning import COUNTS, LONGEST, Lesson, Tuning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from transformers import BertModel

    from models.training.base import Base
    from models.training.mixture import Mixture
    from models.training.network import State

_AS_TAUGHT = "query: {}"  # as the base was taught to read short texts
_SAID_EVERY = 100  # batches
_THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Materials:
    """What a run is made from.

    Attributes:
        kept: Ids of the base's pieces that `tokenizer` is over.
        data: The folder of the labelled sets.
        work: Folder for what is kept between runs.
    """

    base: Base
    kept: Sequence[int]
    tokenizer: Tokenizer
    data: Path
    work: Path


def tuned_state(materials: Materials, *, seed: int, say: Callable[[str], None]) -> State:
    """Return the tuned network's weights, of an earlier run where it came to its end."""
    finished = materials.work / f"final-{seed}.pt"
    if finished.exists():
        say(f"  {finished} was tuned before")
        found: State = torch.load(finished)
        return found
    torch.set_num_threads(_THREADS)
    torch.manual_seed(seed)
    chance = Random(seed)  # noqa: S311 - nothing here is secret
    mixed = mixture(materials.data, chance=chance, say=say)
    tokenizer = Tokenizer.from_str(materials.tokenizer.to_str())
    tokenizer.enable_truncation(LONGEST)
    encoder = bert_of(materials.base, materials.kept)
    own = _own_embeddings(encoder, mixed, tokenizer, work=materials.work, say=say)
    centre = torch.stack(list(own.values())).mean(0)
    network = Tuned(encoder, mixed.heads, centre=centre)
    near = {text: functional.normalize(one - centre, dim=0) for text, one in own.items()}
    check = _Check(network, tokenizer, materials.data, say=say)
    tuning = Tuning(
        network,
        Lesson(mixed, tokenizer, near),
        chance=chance,
        file=materials.work / f"run-{seed}.pt",
        say=say,
        check=check,
    )
    tuning.run()
    along = [torch.load(path) for path in tuning.checkpoints()[1 - len(SHARES) :]]
    state = averaged([*along, network.state_dict()])
    emotions = names_of(materials.data, "goemotions")
    shipped = with_kindred_emotions(state, emotions, COUNTS["emotion"])
    torch.save(shipped, finished)
    return shipped


def _own_embeddings(
    encoder: BertModel,
    mixed: Mixture,
    tokenizer: Tokenizer,
    *,
    work: Path,
    say: Callable[[str], None],
) -> dict[str, torch.Tensor]:
    """Return the base's embeddings of the texts whose embedding is to stay, kept between runs."""
    texts = sorted({item.text for item in mixed.items if item.is_taught})
    key = sha256("\n".join(texts).encode(errors="replace")).hexdigest()[:16]
    file = work / f"own-{key}.npy"
    if file.exists():
        say(f"  the base's own embeddings are in {file}")
    else:
        found = _embeddings(encoder, encoded(tokenizer, [_AS_TAUGHT.format(x) for x in texts]), say)
        unfinished = work / f".{file.name}"
        with unfinished.open("wb") as opened:
            np.save(opened, found.numpy())
        unfinished.replace(file)
    return dict(zip(texts, torch.from_numpy(np.load(file)), strict=True))


def _embeddings(
    encoder: BertModel, ids: Sequence[Sequence[int]], say: Callable[[str], None]
) -> torch.Tensor:
    found = torch.zeros(len(ids), encoder.config.hidden_size)
    done = 0
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for number, places in enumerate(reading_order([len(one) for one in ids])):
            if number % _SAID_EVERY == 0:
                say(f"  the base's own embeddings: {done} of {len(ids)} texts")
            batch = padded([ids[place] for place in places])
            hidden = encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
            found[places] = mean_vector(hidden.float(), batch.mask)
            done += len(places)
    return found


class _Check:
    """Says how the network does on val while it is tuned, in torch and without calibration."""

    def __init__(
        self, network: Tuned, tokenizer: Tokenizer, data: Path, *, say: Callable[[str], None]
    ) -> None:
        self._network, self._say = network, say
        self._sets = val_sets(data)
        texts = [normalise(row.text) for one in self._sets for row in one.rows]
        self._ids = encoded(tokenizer, texts)

    def __call__(self, step: int) -> None:
        ends = np.cumsum([len(one.rows) for one in self._sets])[:-1]
        figures = headlines(self._sets, np.split(self._logits(), ends))
        told = ", ".join(f"{name} {100 * figure:.1f}" for name, figure in figures.items())
        self._say(f"  val after step {step}: {told}")

    def _logits(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        n_labels = sum(map(len, BUILT_IN_TASKS.values()))
        found = np.zeros((len(self._ids), n_labels), np.float32)
        self._network.eval()
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            for places in reading_order([len(one) for one in self._ids]):
                read = self._network(*padded([self._ids[place] for place in places]))
                parts = [
                    read.logits[task][:, [TASKS[task].index(label) for label in labels]]
                    for task, labels in BUILT_IN_TASKS.items()
                ]
                found[places] = torch.cat(parts, 1).float().numpy()
        return found
