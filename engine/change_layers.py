"""What one look at an object tells of the changes that lie upon one another there. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.changes import Change, ChangeState

if TYPE_CHECKING:
    from collections.abc import Sequence

# What finding the value of before tells of a change whose end is not known.
_NOT_THERE = {
    ChangeState.BEGUN: ChangeState.REFUSED,
    ChangeState.RESTORING: ChangeState.RESTORED,
}


def judge_layers(layers: Sequence[Change], found: str) -> tuple[list[Change], list[Change]]:
    """Say which changes of one field still stand, given the value it has now.

    Args:
        layers: The open ones, the lowest first.
        found: The value read from the platform.

    Returns:
        Those still open, the lowest first, and all whose state the look has settled: begun ones
        that were made or were not, ones that were put back, and, where the value is nobody's of
        them, every one of them as left to the person who set it.
    """
    standing, settled = list(layers), []
    while standing:
        top = standing[-1]
        if found == top.after:
            if top.state is ChangeState.BEGUN:
                standing[-1] = replace(top, state=ChangeState.MADE)
                settled.append(standing[-1])
            break
        if found == top.before and top.state in _NOT_THERE:
            settled.append(replace(standing.pop(), state=_NOT_THERE[top.state]))
            continue
        settled += [replace(one, state=ChangeState.LEFT) for one in standing]
        standing = []
    return standing, settled


def take_out(layers: Sequence[Change], one: Change) -> tuple[Change, Change | None]:
    """Return a change as putting it back begins, and the one above it as that leaves it.

    Args:
        layers: The open ones, the lowest first, judged by what was found; `one` is among them.

    Returns:
        The change is `RESTORING` where what it found has to be written, `RESTORED` where nothing
        has; the second is None where nothing lies upon it.
    """
    number = next(index for index, layer in enumerate(layers) if layer.action_id == one.action_id)
    here = layers[number]
    if number + 1 < len(layers):
        above = replace(layers[number + 1], before=here.before)
        return replace(here, state=ChangeState.RESTORED), above
    state = ChangeState.RESTORING if here.changes_something else ChangeState.RESTORED
    return replace(here, state=state), None
