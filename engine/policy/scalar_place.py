"""Where a stretch of a text stands in the file that the text was read from.

A text may be quoted, go on over several lines or stand in a block; what it says is walked along
beside what is written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.located_yaml import Node
    from engine.problem import Span

_BLOCKS = "|>"
_QUOTES = "\"'"
# What is written in quotes for one character of the text.
_ESCAPES = {"'": {"''": "'"}, '"': {'\\"': '"', "\\\\": "\\"}}


def place_within(node: Node, text: str, *, position: int, length: int = 1) -> Span:
    """Return the place of a stretch of a scalar's text; the scalar's own where it cannot be told.

    Args:
        text: What the scalar says.
        position: Offset in the text, from 0.
        length: Characters of the text; only what stands on the same line is marked.
    """
    sign = node.span.source[node.span.column - 1 : node.span.column] if node.quoted else ""
    is_block = sign in tuple(_BLOCKS) and bool(node.further)
    escapes = _ESCAPES.get(sign, {})
    at = 0
    lines = node.further if is_block else (node.span, *node.further)
    for number, span in enumerate(lines):
        while at < len(text) and text[at].isspace():
            at += 1
        start = span.column - 1 + (number == 0 and sign in tuple(_QUOTES))
        places, written = _walk(span.source.rstrip(), start, text[at:], escapes)
        inside = max(0, position - at)
        if inside < len(places):
            room = len(places) - inside
            return replace(span, column=places[inside] + 1, length=max(1, min(length, room)))
        if inside == len(places) and at + inside == len(text):
            return replace(span, column=written + 1, length=1)
        if written < len(span.source.rstrip()):
            break
        at += len(places)
    return node.span


def _walk(source: str, start: int, text: str, escapes: dict[str, str]) -> tuple[list[int], int]:
    """Return where each character of the text stands in a line, and where the walk stopped."""
    places: list[int] = []
    at = start
    while at < len(source) and len(places) < len(text):
        wanted = text[len(places)]
        width = 2 if escapes.get(source[at : at + 2]) == wanted else 1
        if width == 1 and source[at] != wanted:
            break
        places.append(at)
        at += width
    return places, at
