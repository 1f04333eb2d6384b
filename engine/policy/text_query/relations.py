"""All spans of nested NEARs written down: for chains too long to be carried (see `spans`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.text_query.document import positions
from engine.policy.text_query.phrases import (
    alternatives,
    block_ends,
    interval,
    loose,
    places,
    spread,
)
from engine.policy.text_query.tree import AnyOf, Near, Or, Phrase, Spans, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.text_query.document import Document

# Start to the set of ends, as distances from it (bit 0: a span of one word).
Relation = dict[int, int]


def all_spans(order: list[Spans], document: Document) -> Relation:
    """Return every span of the last of nodes that are listed children first."""
    # Not by node: a list's node may stand in the tree more than once.
    done: list[Relation] = []
    for node in order:
        if isinstance(node, Near):
            right, left = done.pop(), done.pop()
            found = _compose(left, right, node.distance)
            if not node.is_ordered:
                _add(found, _compose(right, left, node.distance))
        elif isinstance(node, Or):
            found = {}
            for _ in node.parts:
                _add(found, done.pop())
        else:
            found = _of_leaf(node, document)
        done.append(found)
    return done[-1]


def _compose(first: Relation, second: Relation, distance: int) -> Relation:
    """Return the spans from a start of the first to an end of the second behind it."""
    if not first or not second:
        return {}
    begins = positions(second)
    most = min(distance, begins.bit_length())
    found: Relation = {}
    if all(row == 1 for row in second.values()):
        for start, row in first.items():
            found[start] = spread(row << 1, most) & (begins >> start)
    else:
        behind = dict(_windows(first, second, most))
        for start, row in first.items():
            reached = 0
            for offset in places(row):
                reached |= behind[start + offset]
            found[start] = reached >> start
    return {start: row for start, row in found.items() if row}


def _windows(first: Relation, second: Relation, most: int) -> Iterator[tuple[int, int]]:
    """Yield for each end of the first where spans of the second end that begin in its window.

    The window slides with the end; a queue of two stacks keeps what its spans reach, each span
    being joined a fixed number of times however wide the window.
    """
    ends = 0
    for start, row in first.items():
        ends |= row << start
    waiting = sorted(second, reverse=True)
    incoming: list[int] = []
    incoming_reach = 0
    outgoing: list[tuple[int, int]] = []
    for end in places(ends):
        while waiting and waiting[-1] <= end + 1 + most:
            incoming.append(waiting.pop())
            incoming_reach |= second[incoming[-1]] << incoming[-1]
        while outgoing and outgoing[-1][0] <= end:
            outgoing.pop()
        if not outgoing:
            reach = 0
            for start in reversed(incoming):
                if start > end:
                    reach |= second[start] << start
                    outgoing.append((start, reach))
            incoming, incoming_reach = [], 0
        yield end, incoming_reach | (outgoing[-1][1] if outgoing else 0)


def _add(into: Relation, other: Relation) -> None:
    for start, row in other.items():
        into[start] = into.get(start, 0) | row


def _of_leaf(node: Term | Phrase | AnyOf, document: Document) -> Relation:
    found: Relation = {}
    match node:
        case AnyOf():
            for part in alternatives(node, document):
                _add(found, _of_leaf(part, document))  # type: ignore[arg-type]  # no nodes inside
        case Term():
            return dict.fromkeys(places(document.at(node)), 1)
        case Phrase(blocks=(block,)):
            last = len(block) - 1
            ends = places(block_ends(block, document, document.everywhere()))
            return {end - last: 1 << last for end in ends}
        case Phrase():
            of_last = block_ends(node.blocks[-1], document, document.everywhere())
            for start, nearest, farthest in loose(node, document):
                row = (of_last & interval(nearest, farthest)) >> start
                if row:
                    found[start] = row
    return found
