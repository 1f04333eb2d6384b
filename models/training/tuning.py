"""Tunes the encoder on all heads at once, keeping its embedding near the base's.

Word embeddings and the two lowest layers stay as they are, lower layers learn more slowly, there is
no dropout but before the heads, one word in seventeen is hidden, and labels are smoothed.
The run is kept every so many steps and goes on from there when started again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from models.training.batches import (
    CLOSES,
    OPENS,
    SIZE,
    UNKNOWN,
    encoded,
    learning_order,
    padded,
)
from models.training.mixture import SEVERAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from random import Random

    from tokenizers import Tokenizer

    from models.training.mixture import Item, Mixture
    from models.training.network import Read, Tuned

LONGEST = 64  # tokens of a text, with those around it
FROZEN = 2  # lowest layers
_RATE, _LOWER = 1e-4, 0.9  # of the highest layer, and by how much each lower one has less
_HEAD_RATE = 5e-4
_WARM = 0.06  # share of the run in which rates grow
_HIDDEN = 0.06  # share of words shown as unknown
_SMOOTHING = 0.05
_TAUGHT = 1.5  # what the embedding counts for beside a label
_SEVERAL = 1 / 3  # what a head of several labels counts for
_CLIP = 1.0
_SAID_EVERY = 100  # steps
# Texts of each label, of heads whose labels are uneven: a label counts by the inverse root.
COUNTS = {
    "emotion": (1400, 708, 294, 855),
    "offensive": (7975, 3941),
    "sarcasm": (2600, 867),
    "toxic": (655, 2593),
}


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is learnt from.

    Attributes:
        tokenizer: Cuts a text to `LONGEST` tokens.
        teacher: By text, the direction its embedding should keep, (width,), of length 1.
    """

    mixture: Mixture
    tokenizer: Tokenizer
    teacher: Mapping[str, torch.Tensor]


class Tuning:
    """One run; made again with equal arguments it goes on from what was kept.

    Args:
        network: Freshly made; is tuned in place.
        chance: In the state in which the mixture left it.
        file: Where the run is kept.
        say: Is told what happens, a line at a time.
        check: Is called whenever the run is kept, with the number of steps done.
        kept_every: Steps after which the run is kept.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        network: Tuned,
        lesson: Lesson,
        *,
        chance: Random,
        file: Path,
        say: Callable[[str], None],
        check: Callable[[int], None],
        kept_every: int = 2000,
    ) -> None:
        self._network, self._lesson = network, lesson
        self._file, self._say, self._check = file, say, check
        self._kept_every = kept_every
        texts = [item.text for item in lesson.mixture.items]
        self._ids = encoded(lesson.tokenizer, texts)
        self._order = learning_order([len(one) for one in self._ids], chance=chance)
        freeze(network)
        self._optimiser = optimiser_of(network)
        self._rates = [group["lr"] for group in self._optimiser.param_groups]
        self._weights = {head: label_weights(counts) for head, counts in COUNTS.items()}
        self._done = self._resume()

    def run(self) -> None:
        """Learn from what is left of the mixture."""
        self._network.train()
        n_steps, first, started = len(self._order), self._done, time.monotonic()
        losses = _Losses()
        for step in range(first, n_steps):
            self._step(step, losses)
            self._done = step + 1
            if self._done % _SAID_EVERY == 0:
                seconds = (time.monotonic() - started) / (self._done - first)
                self._say(
                    f"  step {self._done} of {n_steps}, {SIZE / seconds:.1f} texts a second, "
                    f"{seconds * (n_steps - self._done) / 60:.0f} minutes left: {losses.told()}"
                )
                losses = _Losses()
            if self._done % self._kept_every == 0:
                self._keep()
                self._check(self._done)
                self._network.train()

    def _step(self, step: int, losses: _Losses) -> None:
        places = self._order[step]
        items = [self._lesson.mixture.items[place] for place in places]
        share = rate_at(step, len(self._order))
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        batch = padded([self._ids[place] for place in places])
        ids = hidden_words(batch.ids, batch.mask)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            read = self._network(ids, batch.mask)
        loss = torch.zeros(())
        for head, some, amount in self._parts(items, read):
            loss = loss + amount
            losses.add(head, amount, some)
        torch.autograd.backward(loss / len(items))
        learning = [one for group in self._optimiser.param_groups for one in group["params"]]
        nn.utils.clip_grad_norm_(learning, _CLIP)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)

    def _parts(self, items: Sequence[Item], read: Read) -> Iterator[tuple[str, int, torch.Tensor]]:
        """Yield what each head says of its texts of a batch: name, how many, summed loss."""
        by_head: dict[str, list[int]] = {}
        for row, item in enumerate(items):
            if item.head is not None:
                by_head.setdefault(item.head, []).append(row)
        for head, rows in by_head.items():
            logits = read.logits[head][rows].float()
            truth = torch.tensor([items[row].target for row in rows])
            yield head, len(rows), head_loss(head, logits, truth, self._weights.get(head))
        rows = [row for row, item in enumerate(items) if item.is_taught]
        if rows:
            wanted = torch.stack([self._lesson.teacher[items[row].text] for row in rows])
            near = functional.cosine_similarity(read.projected[rows].float(), wanted)
            yield "embedding", len(rows), (1 - near).sum() * _TAUGHT

    def _keep(self) -> None:
        unfinished = self._file.with_suffix(".unfinished")
        kept = {
            "run": self._name(),
            "done": self._done,
            "network": self._network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "chance": torch.get_rng_state(),
        }
        torch.save(kept, unfinished)
        unfinished.replace(self._file)
        torch.save(kept["network"], self.checkpoint(self._done))

    def checkpoint(self, step: int) -> Path:
        """Return the file of the weights kept after a step."""
        return self._file.with_name(f"{self._file.stem}-{step}.pt")

    def checkpoints(self) -> list[Path]:
        """Return the files of the weights kept along the way, the earliest first."""
        steps = range(self._kept_every, len(self._order) + 1, self._kept_every)
        return [self.checkpoint(step) for step in steps]

    def _resume(self) -> int:
        """Return how many steps were done before; 0 where nothing of this run was kept."""
        if not self._file.exists():
            return 0
        kept: dict[str, Any] = torch.load(self._file)
        if kept["run"] != self._name():
            self._say(f"  {self._file} is of another run, starting anew")
            return 0
        self._network.load_state_dict(kept["network"])
        self._optimiser.load_state_dict(kept["optimiser"])
        torch.set_rng_state(kept["chance"])
        self._say(f"  going on after step {kept['done']} of {self._file}")
        return int(kept["done"])

    def _name(self) -> str:
        return f"{self._lesson.mixture.version} {len(self._order)} {self._order[0]}"


def freeze(network: Tuned) -> None:
    """Keep word embeddings and the lowest layers as they are."""
    lowest = tuple(f"enc.encoder.layer.{at}." for at in range(FROZEN))
    for name, parameter in network.named_parameters():
        if "embeddings" in name or name.startswith(lowest):
            parameter.requires_grad = False


def optimiser_of(network: Tuned) -> torch.optim.Optimizer:
    """Return an optimiser of all that is not frozen, each layer with its own rate."""
    layers = list(network.enc.encoder.layer)
    groups = [
        {"params": list(layer.parameters()), "lr": _RATE * _LOWER ** (len(layers) - 1 - at)}
        for at, layer in enumerate(layers)
        if at >= FROZEN
    ]
    above = [*network.heads.parameters(), *network.proj.parameters()]
    groups.append({"params": above, "lr": _HEAD_RATE})
    return torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98), fused=True)


def rate_at(step: int, n_steps: int) -> float:
    """Return the share of the full rate at a step: growing at first, then falling to nothing."""
    warm = _WARM * n_steps
    if step <= warm:
        return min(1.0, (step + 1) / warm)
    return min(1.0, (step + 1) / warm) * max(0.0, (n_steps - step) / (n_steps * (1 - _WARM)))


def hidden_words(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return token ids of which some are unknown, but never those that open and close a text."""
    is_word = (mask > 0) & (ids != OPENS) & (ids != CLOSES)
    is_hidden = (torch.rand(ids.shape) < _HIDDEN) & is_word
    return torch.where(is_hidden, torch.full_like(ids, UNKNOWN), ids)


def label_weights(counts: Sequence[int]) -> torch.Tensor:
    """Return what each label counts for: the rarer, the more; mean 1."""
    weights = torch.tensor(counts, dtype=torch.float).pow(-0.5)
    return weights / weights.mean()


def head_loss(
    head: str, logits: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor | None
) -> torch.Tensor:
    """Return the summed loss of a head's texts."""
    if head in SEVERAL:
        each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        return each.sum(1).sum() * _SEVERAL
    each = functional.cross_entropy(
        logits, truth, weight=weights, label_smoothing=_SMOOTHING, reduction="none"
    )
    return each.sum()


class _Losses:
    def __init__(self) -> None:
        self._sums: dict[str, tuple[float, int]] = {}

    def add(self, head: str, amount: torch.Tensor, n_texts: int) -> None:
        loss, n = self._sums.get(head, (0.0, 0))
        self._sums[head] = (loss + amount.item(), n + n_texts)

    def told(self) -> str:
        return ", ".join(f"{head} {loss / n:.3f}" for head, (loss, n) in self._sums.items())
