"""What became of rules over time and of incidents, on its way from decide to the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.decision import Decision


@dataclass(frozen=True, slots=True)
class News:
    """What became of rules over time and of incidents, to be stored with what made it so.

    Attributes:
        later: What rules over time came to as time passed while no mention arrived.
        changes: In the order they happened: values of `engine.incidents.IncidentChange`.
        causes: New views of what led to them, as JSON, by incident.
        followed: Number of the latest act of a person that the engine has followed.
        erasures: As `MentionLog.erasures` was when the state in memory was loaded; None where
            nothing may have been erased meanwhile.
    """

    later: Sequence[Decision] = ()
    changes: Sequence[Any] = ()
    causes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    followed: int = 0
    erasures: int | None = None
