"""What is done to a tuned network's weights before they are exported; nothing is learnt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.training.network import State

# Shares of a run's last checkpoints, the earliest first. One of five mixtures tried on val, within
# 0.4 points of one another; beside the end alone it brought the languages of UMSAB's val 0.3 points
# of macro-F1, offence 0.6.
SHARES = (0.2, 0.3, 0.5)
# How far GoEmotions' head, which read ten times as many texts, has a say in emotion. The best of
# some 25 settings tried on the 374 texts of val (six shares, two choices of kin, five degrees of
# giving frequencies back): 2.8 points of macro-F1 there, of which such a choice flatters some.
_SAY = 0.8
_KIN: Mapping[str, tuple[str, ...]] = {
    "anger": ("anger", "annoyance", "disgust"),
    "joy": ("joy", "amusement", "excitement", "love"),
    "optimism": ("optimism", "caring", "desire"),
    "sadness": ("sadness", "disappointment", "grief", "remorse"),
}


def averaged(states: Sequence[State], shares: Sequence[float] = SHARES) -> dict[str, torch.Tensor]:
    """Return the weighted mean of checkpoints of one run; what they agree on stays as it is.

    Args:
        states: The earliest first.
        shares: One a checkpoint or more; of a run too short for all, the last ones count.
    """
    last = shares[-len(states) :]
    parts = [share / sum(last) for share in last]
    found = {}
    for name, first in states[0].items():
        several = [one[name] for one in states]
        agree = all(torch.equal(first, one) for one in several)
        weighted = [part * one.float() for part, one in zip(parts, several, strict=True)]
        found[name] = first if agree else torch.stack(weighted).sum(0)
    return found


def with_kindred_emotions(
    state: State, emotions: Sequence[str], counts: Sequence[int]
) -> dict[str, torch.Tensor]:
    """Return the weights with GoEmotions' head folded into that of emotion.

    Both heads are linear over the same vector, so their sum is one head of the same size.

    Args:
        emotions: GoEmotions' labels, in the order of its head's rows.
        counts: Texts each label of emotion was taught by, in the order of its head's rows. Tuning
            weighted rare labels by the root of their rarity; this takes it back.
    """
    kin = torch.zeros(len(_KIN), len(emotions))
    for row, names in enumerate(_KIN.values()):
        known = [emotions.index(name) for name in names if name in emotions]
        kin[row, known] = _SAY / max(len(known), 1)
    frequency = torch.tensor(counts, dtype=torch.float32)
    given_back = 0.5 * torch.log(frequency / frequency.mean())
    found = dict(state)
    weight, bias = state["heads.go.weight"].float(), state["heads.go.bias"].float()
    found["heads.emotion.weight"] = state["heads.emotion.weight"].float() + kin @ weight
    found["heads.emotion.bias"] = state["heads.emotion.bias"].float() + kin @ bias + given_back
    return found
