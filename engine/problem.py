"""A fault in a file, as a value: what is wrong, where, and what would be right.

Problems are collected, all of them, and shown; they are never raised. The codes and what each means
stand in `engine.problem_codes`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAB_WIDTH = 4
# A line of megabytes must not fill the terminal.
_LONGEST_SHOWN = 200
_BEFORE = 80


class ProblemSeverity(StrEnum):
    """An error cannot load or can never do what it says; a warning loads and may surprise."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line of a file.

    Attributes:
        file: As it was named to us.
        line: Counted from 1.
        column: Counted from 1, in characters.
        length: Characters to underline, at least 1.
        source: The whole line as written, for the caret; not part of equality.
    """

    file: str
    line: int
    column: int
    length: int = 1
    source: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in a file.

    Attributes:
        code: ``R1xx`` shape, ``R2xx`` reference, ``R3xx`` meaning, ``R4xx`` safety; ``C1xx``
            settings.
        message: What was seen, and why it is wrong; lower case, no full stop.
        help: What would be right; empty where the message already says it.
        rule: Id of the rule it stands in, if any.
        trail: Where it stands, outermost first, for example ``rule 'refund-surge' (line 11)``.
    """

    code: str
    severity: ProblemSeverity
    span: Span
    message: str
    help: str = ""
    rule: str | None = None
    trail: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the problem in the form of the command line's JSON."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "file": self.span.file,
            "line": self.span.line,
            "column": self.span.column,
            "rule": self.rule,
            "message": self.message,
            "help": self.help,
        }

    def as_text(self) -> str:
        """Return the problem as a person reads it: place, message, the line with a caret, help."""
        span = self.span
        rows = [
            f"{span.file}:{span.line}:{span.column}: {self.severity} {self.code}: {self.message}"
        ]
        if span.source:
            rows += _excerpt(span)
        rows += [f"   in {step}" for step in self.trail]
        if self.help:
            rows.append(f"   help: {self.help}")
        return "\n".join(rows)


def _excerpt(span: Span) -> list[str]:
    """Return the line and the caret below it; of a long line only what stands around the caret."""
    line = span.source.rstrip("\r\n")
    start = max(0, span.column - 1 - _BEFORE) if len(line) > _LONGEST_SHOWN else 0
    shown = line[start : start + _LONGEST_SHOWN]
    head, tail = "…" if start else "", "…" if start + len(shown) < len(line) else ""
    at = span.column - 1 - start
    before = _width((head + shown[:at]).expandtabs(_TAB_WIDTH))
    until = _width((head + shown[: at + span.length]).expandtabs(_TAB_WIDTH))
    return [
        f"{span.line:>5} | {(head + shown + tail).expandtabs(_TAB_WIDTH)}",
        f"      | {' ' * before}{'^' * max(1, until - before)}",
    ]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems in the order of their files, lines and columns, each once."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda one: (one.span.file, one.span.line, one.span.column, one.code))
