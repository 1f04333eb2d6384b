"""What a rule judges over time, once it is read, and what holds rules back: inhibition, mutes.

Frozen descriptions; the state they are judged on is kept by `engine.windows`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

    from engine.decision import Severity
    from engine.policy.condition import Condition
    from engine.policy.shapes_windows import Bound, EmergingOf, Sensitivity
    from engine.problem import Span


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of a window and what it must reach.

    Attributes:
        kind: ``count distinct share sum percentile spike emerging``.
        limits: ``at_least at_most more_than less_than``, each with its number; a share's in [0, 1].
        subject: Field or task of ``distinct``, ``sum`` and ``percentile``.
        of: For ``share``: the mentions it is a share of; None for all of the key.
        min_total: For ``share``: fewer mentions than this make no share.
        bound: For ``share``: which end of its interval is asked about; None for the share itself.
        rank: For ``percentile``: in [0, 1].
    """

    kind: str
    limits: Mapping[str, float]
    span: Span
    subject: str | None = None
    of: Condition | None = None
    min_total: int = 0
    bound: Bound | None = None
    rank: float | None = None
    sensitivity: Sensitivity | None = None
    emerging: EmergingOf | None = None


@dataclass(frozen=True, slots=True)
class Having:
    """Measures combined; ``not`` has one part."""

    combiner: Literal["all", "any", "not"]
    parts: tuple[Having | Measure, ...]

    def measures(self) -> Iterator[Measure]:
        """Yield every measure."""
        for part in self.parts:
            if isinstance(part, Measure):
                yield part
            else:
                yield from part.measures()


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of event time that slides, judged for each key.

    Attributes:
        by: Fields or tasks, one state for each combination of their values.
        lasting: The rule's ``for``: how long it must hold.
        below: No measure reaches this share of its own threshold…
        resolve_for: …for this long, then the rule has resolved. None with ``below`` of 1: as soon
            as ``having`` does not hold.
    """

    over: timedelta
    by: tuple[str, ...]
    having: Having
    lasting: timedelta
    below: float
    resolve_for: timedelta | None


@dataclass(frozen=True, slots=True)
class Sequence:
    """Mentions that follow one another.

    Attributes:
        steps: Two or more, met in order by different mentions.
    """

    steps: tuple[Condition, ...]
    within: timedelta
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """No mention of a key for too long."""

    lasting: timedelta
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A mention that waits for an answer for too long.

    Attributes:
        calendar: Only time inside it counts; None for all time.
        queue: Only mentions of this queue; None for all.
    """

    lasting: timedelta
    calendar: str | None = None
    queue: str | None = None


OverTime = Window | Sequence | Absent | Unanswered


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While the source rule fires, what it targets is held back where fields are equal.

    Attributes:
        severities: Empty for any.
        rules: Empty for any but the source itself.
    """

    source: str
    severities: frozenset[Severity] = field(default=frozenset())
    rules: frozenset[str] = field(default=frozenset())
    equal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mute:
    """Rules that are held back inside a calendar, or outside of it.

    Attributes:
        calendar: Its id.
        is_during: Whether they are held back inside it.
        severities: Empty for any.
        rules: Empty for any.
    """

    calendar: str
    is_during: bool
    severities: frozenset[Severity] = field(default=frozenset())
    rules: frozenset[str] = field(default=frozenset())
