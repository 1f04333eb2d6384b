"""What every judge of a rule over time promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from engine.decision import Firing
    from engine.mention import Mention
    from engine.policy import Facts, Rule


@dataclass(frozen=True, slots=True)
class Transition:
    """A rule over time entered or resolved for one key.

    Attributes:
        at: Aware UTC, event time: the instant it became so.
        mention: The latest that counted for it.
    """

    rule: Rule
    firing: Firing
    at: datetime
    mention: Mention


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a window as it stands.

    Attributes:
        name: ``count``, ``distinct author.id``.
        wanted: Its limits by name.
        held: None where it cannot be told.
    """

    name: str
    value: float | None
    wanted: Mapping[str, float]
    held: bool | None


@dataclass(frozen=True, slots=True)
class View:
    """How a rule over time stands for one key."""

    key: Mapping[str, Any]
    measured: tuple[Measured, ...]
    firing: Firing | None


def present(mention: Mention | None) -> Mention:
    """Return the mention that a state must have by now.

    Raises:
        AssertionError: It has none: a fault of ours.
    """
    if mention is None:
        message = "something fires of which no mention was ever seen"
        raise AssertionError(message)
    return mention


class Judge(Protocol):
    """Judges one rule; instants are microseconds of event time.

    Attributes:
        rule: What it judges.
        sees_all: Whether it is to be fed with the mentions that do not count, too.
    """

    rule: Rule
    sees_all: bool

    def take(self, facts: Facts, at: int, *, counts: bool) -> list[Transition]:
        """Let a mention in; what falls due before it comes first.

        Args:
            counts: Whether it is one that the rule counts.
        """
        ...

    def next_due(self) -> int | None:
        """Return when time alone may change something; None for never."""
        ...

    def advance(self, until: int) -> list[Transition]:
        """Let time come to an instant, inclusive; in order of time."""
        ...

    def firing(self) -> Iterable[Firing]:
        """Yield what fires."""
        ...

    def firing_of(self, facts: Facts) -> list[Firing]:
        """Return what fires for the keys of a mention."""
        ...

    def latest(self, key: Mapping[str, Any]) -> tuple[Firing, Mention] | None:
        """Return what fires for a key, with the latest mention that counted; None for nothing."""
        ...

    def view(self, facts: Facts) -> list[View]:
        """Return how the keys of a mention stand."""
        ...

    def states(self) -> Iterable[str]:
        """Yield the keys there are, as JSON text."""
        ...

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return by key, as JSON text, the states that changed since last asked; None: gone."""
        ...

    def resume(self, key: str, piece: Mapping[str, Any], /) -> None:
        """Take up a state that `changes` described.

        Raises:
            ValueError: It describes none.
        """
        ...
