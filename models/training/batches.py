"""Groups token ids into batches of like length, so that little of a batch is padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from tokenizers import Tokenizer

SIZE = 32  # texts learnt from at once
_POOL = 64  # batches among which texts are sorted by length
_READ = 64  # texts read at once where nothing is learnt
# Ids of the special pieces, which a pruned vocabulary keeps first as the base has them.
OPENS, PADS, CLOSES, UNKNOWN = 0, 1, 2, 3


class Batch(NamedTuple):
    """Token ids, (n_texts, n_tokens), and a mask that is 1 where a text has a token."""

    ids: torch.Tensor
    mask: torch.Tensor


def encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Return the token ids of texts."""
    return [one.ids for one in tokenizer.encode_batch(list(texts))]


def padded(ids: Sequence[Sequence[int]]) -> Batch:
    """Return texts as one batch."""
    shape = (len(ids), max(map(len, ids)))
    batch = Batch(torch.full(shape, PADS), torch.zeros(shape, dtype=torch.long))
    for row, one in enumerate(ids):
        batch.ids[row, : len(one)] = torch.tensor(one)
        batch.mask[row, : len(one)] = 1
    return batch


def learning_order(lengths: Sequence[int], *, chance: Random) -> list[list[int]]:
    """Return batches of positions that keep the order of the run but for a pool of 64 batches.

    Args:
        lengths: Of each text, in the order of the run.
    """
    order: list[list[int]] = []
    for start in range(0, len(lengths), SIZE * _POOL):
        pool = range(start, min(start + SIZE * _POOL, len(lengths)))
        alike = sorted(pool, key=lambda place: lengths[place])
        batches = [alike[at : at + SIZE] for at in range(0, len(alike), SIZE)]
        chance.shuffle(batches)
        order += batches
    return order


def reading_order(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield batches of positions, the shortest texts first."""
    alike = sorted(range(len(lengths)), key=lambda place: lengths[place])
    for start in range(0, len(alike), _READ):
        yield alike[start : start + _READ]
