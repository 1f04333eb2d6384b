"""What a query can be told: that it cannot be read, or that it may surprise."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_LONGEST_LEFT = 60
_LONGEST_RIGHT = 40


class QuerySyntaxError(ValueError):
    """A query that cannot be read; ``str(error)`` is the message.

    Attributes:
        position: Offset of the fault in the query, from 0.
        length: Characters at fault, from 1.
        help: What would be right; may be empty.
    """

    def __init__(
        self,
        message: str,
        *,
        position: int,
        length: int = 1,
        help: str = "",  # noqa: A002  (the name Problem uses)
    ) -> None:
        super().__init__(message)
        self.position = position
        self.length = max(1, length)
        self.help = help


@dataclass(frozen=True, slots=True)
class QueryWarning:
    """Something in a query that is read, though perhaps not as it was meant.

    Attributes:
        position: Offset in the query, from 0.
        length: Characters meant, from 1.
        help: What would be right; may be empty.
    """

    position: int
    length: int
    message: str
    help: str = ""


def caret(query: str, error: QuerySyntaxError | QueryWarning) -> str:
    """Return the query's line at fault and, below it, carets under the fault.

    A long line is cut around the fault. Wide characters (Chinese, Japanese, most emoji) count
    as two columns and combining marks as none, as terminals draw them.
    """
    start = query.rfind("\n", 0, error.position) + 1
    stop = query.find("\n", start)
    line = query[start:] if stop < 0 else query[start:stop]
    at = min(error.position - start, len(line))
    end = max(at + 1, min(at + error.length, len(line)))
    cut = max(0, at - _LONGEST_LEFT)
    last = min(len(line), end + _LONGEST_RIGHT, at + 2 * _LONGEST_LEFT)
    before, after = ("..." if cut else ""), ("..." if last < len(line) else "")
    pad = " " * len(before) + "".join(_blank(char) for char in line[cut:at])
    under = sum(_width(char) for char in line[at : min(end, last)])
    return f"{before}{line[cut:last]}{after}\n{pad}{'^' * max(1, under)}"


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _blank(char: str) -> str:
    return "\t" if char == "\t" else " " * _width(char)
