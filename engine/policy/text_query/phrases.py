"""Where words, phrases and lists stand in a document, as sets of positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.text_query.tree import AnyOf, Or, Phrase, Spans, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.text_query.document import Document


def spread(bits: int, most: int) -> int:
    """Return bits and their copies shifted by 1 to `most`, in log(most) steps."""
    covered = 1
    while covered <= most:
        step = min(covered, most + 1 - covered)
        bits |= bits << step
        covered += step
    return bits


def interval(low: int, high: int) -> int:
    """Return the set of positions from low to high, both in it; empty where low is negative."""
    return ((1 << (high - low + 1)) - 1) << low if low >= 0 else 0


def places(bits: int) -> list[int]:
    """Return a set's positions, rising."""
    return [place for place, bit in enumerate(reversed(f"{bits:b}")) if bit == "1"]


def alternatives(node: AnyOf | Or, document: Document) -> Iterator[Spans]:
    """Yield what one of must be there, a list's words only as far as the document has them."""
    if isinstance(node, Or):
        yield from node.parts  # type: ignore[misc]  # under NEAR an Or holds only Spans
        return
    for word in sorted(node.words & document.vocabulary):
        yield Term(word)
    yield from node.others


def phrase_ends(phrase: Phrase, document: Document, starts: int) -> int:
    """Return the set of positions where a phrase ends that begins in `starts`."""
    if len(phrase.blocks) == 1:
        return block_ends(phrase.blocks[0], document, starts)
    begun = starts.to_bytes((starts.bit_length() + 7) // 8, "little")
    allowed = 0
    low = high = -1
    for start, nearest, farthest in loose(phrase, document):
        if start >> 3 >= len(begun) or not begun[start >> 3] >> (start & 7) & 1:
            continue
        if nearest > high + 1:
            allowed |= interval(low, high)
            low = nearest
        high = max(high, farthest)
    allowed |= interval(low, high)
    return allowed & block_ends(phrase.blocks[-1], document, document.everywhere())


def block_ends(block: tuple[Term, ...], document: Document, starts: int) -> int:
    """Return the set of positions where words side by side end that begin in `starts`."""
    reached = starts & document.at(block[0])
    for term in block[1:]:
        if not reached:
            return 0
        reached = (reached << 1) & document.at(term)
    return reached


def loose(phrase: Phrase, document: Document) -> list[tuple[int, int, int]]:
    """Return (start, nearest end, farthest end) of a phrase of several blocks, starts rising.

    From a start, taking each block at its first chance gives the nearest end; every later place
    of the last block within the slop is an end too, as the blocks before may stay. Both bounds
    rise with the start.
    """
    found = document.sequences.get(phrase)
    if found is None:
        found = document.sequences[phrase] = list(_find_loose(phrase, document))
    return found


def _find_loose(phrase: Phrase, document: Document) -> Iterator[tuple[int, int, int]]:
    everywhere, run_ends = document.everywhere(), document.words.run_ends
    count = everywhere.bit_length()
    lengths = [len(block) for block in phrase.blocks]
    begins = [
        [end - len(block) + 1 for end in places(block_ends(block, document, everywhere))]
        for block in phrase.blocks
    ]
    slop = count if phrase.slop is None else phrase.slop
    for start, end in _nearest(begins, lengths):
        farthest = min(count - 1, start + sum(lengths) - 1 + slop)
        if phrase.is_in_run:
            farthest = min(farthest, run_ends[start] if run_ends else start)
        if end <= farthest:
            yield start, end, farthest


def _nearest(begins: list[list[int]], lengths: list[int]) -> Iterator[tuple[int, int]]:
    """Yield each start of the first block with the nearest end of the last, all in order."""
    nexts = [0] * len(begins)
    for start in begins[0]:
        end = start + lengths[0] - 1
        for number in range(1, len(begins)):
            of_block = begins[number]
            while nexts[number] < len(of_block) and of_block[nexts[number]] <= end:
                nexts[number] += 1
            if nexts[number] == len(of_block):
                return
            end = of_block[nexts[number]] + lengths[number] - 1
        yield start, end
