"""A fault in a file, as a value: what is wrong, where, and what would be right.

Problems are collected, all of them, and shown; they are never raised. The codes and what each means
stand in `engine.problem_codes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAB_WIDTH = 4


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
            line = span.source.rstrip("\r\n")
            before = line[: span.column - 1].expandtabs(_TAB_WIDTH)
            rows.append(f"{span.line:>5} | {line.expandtabs(_TAB_WIDTH)}")
            rows.append(f"      | {' ' * len(before)}{'^' * max(1, span.length)}")
        rows += [f"   in {step}" for step in self.trail]
        if self.help:
            rows.append(f"   help: {self.help}")
        return "\n".join(rows)


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems in the order of their files, lines and columns, each once."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda one: (one.span.file, one.span.line, one.span.column, one.code))
