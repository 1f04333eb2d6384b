"""What is remembered of one key of a windowed rule, and how it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import MentionError
from engine.mention_json import read_mention, write_mention
from engine.windows.life import Life

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.mention import Mention
    from engine.windows.meters import Meter


class WindowKey:
    """All that is remembered of one key of a windowed rule.

    Attributes:
        at: The instant it was judged last.
        seen: The instant of its latest mention.
        last: The latest that counted, kept while it may be needed.
    """

    __slots__ = ("at", "filed", "last", "life", "seen", "shown", "states", "wake")

    def __init__(self, shown: tuple[Any, ...], states: list[Any], at: int) -> None:
        self.shown = shown
        self.states = states
        self.life = Life()
        self.at = at
        self.seen = at
        self.last: Mention | None = None
        self.wake: int | None = None
        self.filed: int | None = None

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "shown": list(self.shown),
            "states": [one.snapshot() for one in self.states],
            "life": self.life.snapshot(),
            "at": self.at,
            "seen": self.seen,
            "wake": self.wake,
            "last": None if self.last is None else write_mention(self.last),
        }

    @classmethod
    def restored(cls, piece: Mapping[str, Any], meters: Sequence[Meter]) -> WindowKey:
        """Return what `snapshot` described.

        Raises:
            ValueError: It is no such state.
        """
        try:
            states = [m.resume(one) for m, one in zip(meters, piece["states"], strict=True)]
            state = cls(tuple(piece["shown"]), states, int(piece["at"]))
            state.seen = int(piece["seen"])
            state.wake = piece["wake"]
            state.life = Life.resume(piece["life"])
            last = piece["last"]
            state.last = None if last is None else read_mention(last)
        except (KeyError, TypeError, MentionError) as error:
            message = f"this is no snapshot of a window's key: {error!r}"
            raise ValueError(message) from error
        return state
