"""Where faults are gathered while files are read, and how a near miss is named."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.problem import Problem, ProblemSeverity, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Report:
    """A place to put Problems, knowing where in the file it stands.

    Attributes:
        problems: Shared by all reports made with `within`.
        trail: Where we are, innermost first, as the text form shows it.
    """

    problems: list[Problem] = field(default_factory=list)
    rule: str | None = None
    trail: tuple[str, ...] = ()

    def within(self, kind: str, name: str, span: Span, *, rule: str | None = None) -> Report:
        """Return a report for a named part that begins at ``span``."""
        step = f"{kind} '{name}' (line {span.line})"
        return replace(self, rule=rule or self.rule, trail=(step, *self.trail))

    def error(self, code: str, span: Span, message: str, *, help_text: str = "") -> None:
        """Add what cannot load, or can never do what it says."""
        self._add(code, span, (message, help_text), severity=ProblemSeverity.ERROR)

    def warning(self, code: str, span: Span, message: str, *, help_text: str = "") -> None:
        """Add what loads and may surprise."""
        self._add(code, span, (message, help_text), severity=ProblemSeverity.WARNING)

    @property
    def has_errors(self) -> bool:
        """Whether anything gathered so far keeps the files from loading."""
        return any(one.severity is ProblemSeverity.ERROR for one in self.problems)

    def _add(
        self, code: str, span: Span, words: tuple[str, str], *, severity: ProblemSeverity
    ) -> None:
        self.problems.append(
            Problem(
                code=code,
                severity=severity,
                span=span,
                message=words[0],
                help=words[1],
                rule=self.rule,
                trail=self.trail,
            )
        )


def suggest(name: str, options: Iterable[str], *, what: str) -> str:
    """Return help for an unknown name: the nearest known one, and what is possible.

    Args:
        what: What the options are, as the beginning of a sentence: ``Fields here``.
    """
    known = list(dict.fromkeys(options))
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    parts = [f"did you mean '{near[0]}'?"] if near else []
    if known:
        shown = ", ".join(known[:_MOST_NAMED])
        more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
        parts.append(f"{what}: {shown}{more}")
    else:
        parts.append(f"{what}: none")
    return " ".join(parts)
