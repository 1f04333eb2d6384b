"""Leaves an account alone that fails again and again, and tries it with one action after a while.

Source: the circuit breaker of M. Nygard, "Release It!": closed, open, half open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.errors import PermanentActionError, RecoverableActionError

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When a breaker opens, and for how long.

    Attributes:
        failures: In a row.
        first: How long it stays open; twice as long each time the trial fails.
        longest: Most of that.
    """

    failures: int = 5
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=10)


@dataclass(slots=True)
class _State:
    failures: int = 0
    trips: int = 0
    open_until: datetime | None = None
    trial_until: datetime | None = None


class Breakers:
    """One breaker an account; an `engine.dispatch.attempt.Watcher`.

    A refusal for good is an answer: the other side lives. A wish to be left alone is the pacer's.
    """

    def __init__(self, limits: BreakerLimits | None = None) -> None:
        self._limits = limits or BreakerLimits()
        self._states: dict[str, _State] = {}

    def ask(self, account: str, *, now: datetime) -> datetime | None:
        """Return None where a send may be tried, else the instant at which to ask again.

        While a breaker is half open one caller is let through; the others wait for its end.
        """
        state = self._states.get(account)
        if state is None or state.open_until is None:
            return None
        if now < state.open_until:
            return state.open_until
        if state.trial_until is not None and now < state.trial_until:
            return state.trial_until
        # Lost trials (a gate after this one held it) must not close the door for ever.
        state.trial_until = now + self._limits.first
        return None

    def ended(self, account: str, error: Exception | None, *, now: datetime) -> None:
        """Take in how an attempt ended."""
        is_wish = isinstance(error, RecoverableActionError) and error.retry_after is not None
        if error is None or isinstance(error, PermanentActionError) or is_wish:
            self._states.pop(account, None)
            return
        state = self._states.setdefault(account, _State())
        state.failures += 1
        if state.failures >= self._limits.failures or state.open_until is not None:
            doubled = self._limits.first * 2 ** min(state.trips, 20)
            state.open_until = now + min(doubled, self._limits.longest)
            state.trial_until = None
            state.trips += 1

    def open(self, *, now: datetime) -> dict[str, datetime]:
        """Return the accounts that are left alone, each with until when."""
        return {
            name: state.open_until
            for name, state in sorted(self._states.items())
            if state.open_until is not None and now < state.open_until
        }
