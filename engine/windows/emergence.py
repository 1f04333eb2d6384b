"""The ``emerging`` measure: in how many mentions of the window the leading emerging term is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.policy.shapes_windows import EmergingOf
from engine.windows.emerging import EmergingTerms
from engine.windows.instants import SECOND, length
from engine.windows.life import Limits
from engine.windows.terms import terms_of

if TYPE_CHECKING:
    from engine.policy.over_time import Measure, Window
    from engine.windows.meters import Seen

STEPS = 60


def step_of(over: timedelta) -> int:
    """Return the width of a window's buckets in microseconds: a sixtieth, a second at least."""
    return max(SECOND, length(over) // STEPS)


class _Terms:
    """One key's terms, as the window's judge asks for them."""

    __slots__ = ("frozen", "terms")

    def __init__(self, terms: EmergingTerms) -> None:
        self.terms = terms
        self.frozen = False

    def drop_before(self, bucket: int) -> None:
        """Let buckets leave; they teach the past, unless the rule fires."""
        self.terms.drop_before(bucket, frozen=self.frozen)

    def oldest(self) -> int | None:
        """Return the window's oldest bucket."""
        return self.terms.oldest

    def newest(self) -> int | None:
        """Return the window's newest bucket."""
        return self.terms.newest

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON."""
        return self.terms.snapshot()


class EmergingMeter:
    """Counts, for each key, the terms of the mentions that count; see `EmergingTerms`."""

    sees_all = False
    keeps_past = True
    falls = True

    def __init__(self, measure: Measure, window: Window) -> None:
        self.limits = Limits.of(measure.limits)
        self._of = EmergingOf.TERMS if measure.emerging is None else measure.emerging
        self.name = f"emerging {self._of.value}"
        self._least = measure.limits.get("at_least", 1.0)
        step = step_of(window.over)
        self._step = timedelta(microseconds=step)
        self._buckets = -(-length(window.over) // step)
        self._asked = max(1, int(self._least * min(1.0, window.below)))

    def make(self) -> _Terms:
        """Return a key without a past."""
        return _Terms(EmergingTerms(self._step, buckets=self._buckets, least=self._asked))

    def resume(self, piece: Any) -> _Terms:
        """Return the state that a snapshot describes.

        Raises:
            ValueError: The piece is no snapshot of such a state.
        """
        state = self.make()
        try:
            state.terms.resume(piece)
        except (KeyError, TypeError) as error:
            message = f"this is no snapshot of emerging terms: {error!r}"
            raise ValueError(message) from error
        return state

    def feed(self, state: _Terms, seen: Seen) -> None:
        """Count the mention's terms."""
        if seen.counts:
            mention = seen.facts.mention
            author = mention.author.id or mention.author.handle
            who = None if author is None else f"{mention.source}:{author}"
            state.terms.add(seen.bucket, terms_of(mention, self._of), author=who)

    def value(self, state: _Terms) -> float | None:
        """Return in how many mentions the leading emerging term is; None while learning."""
        return state.terms.reading(self._asked)

    def may_rise(self, _state: _Terms) -> bool:
        """Say no: a term emerges by mentions that have it."""
        return False

    def next_due(self, _state: _Terms) -> int | None:
        """Return None: only what leaves changes it."""
        return None

    def advance(self, state: _Terms, _at: int, *, frozen: bool) -> None:
        """Note whether what leaves may teach the past."""
        state.frozen = frozen
