"""Judges a rule that fires when a mention waits too long for an answer, in working time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.decision import Phase
from engine.mention_json import read_mention, write_mention
from engine.windows.instants import DAY, length, micros
from engine.windows.judges.kept import KeyedJudge
from engine.windows.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from engine.calendar import WorkingHours
    from engine.cases import Answer
    from engine.mention import Mention
    from engine.policy import Facts, Rule
    from engine.policy.over_time import Unanswered
    from engine.windows.judges.contract import Transition

_WAITS_FOR = 90 * DAY
# A mention that arrived later than this is taken to be history that is played again.
_PLAYED_AFTER = timedelta(days=1)


class _Waiting:
    """One mention that waits for its answer.

    Attributes:
        answered: When one is known to be answered that time has not come to yet, event time.
        in_time: Whether it is answered before it has waited too long.
    """

    __slots__ = ("answered", "filed", "in_time", "last", "opened", "shown", "wake")
    peak = 1.0

    def __init__(self, shown: tuple[Any, ...], mention: Mention) -> None:
        self.shown = shown
        self.last = mention
        self.opened: int | None = None
        self.wake: int | None = None
        self.filed: int | None = None
        self.answered: int | None = None
        self.in_time = False

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON, without its key."""
        piece = {"mention": write_mention(self.last), "opened": self.opened, "wake": self.wake}
        if self.answered is not None:
            piece |= {"answered": self.answered, "in_time": self.in_time}
        return piece


class UnansweredJudge(KeyedJudge[_Waiting]):
    """Waits for an answer to each mention that counts; its key is the mention.

    An answer is a mention of the same source that says to be one (``in_reply_to``) and is not by
    the author who asked; or, where it is live, a reply that was sent, or a case that somebody has
    answered, resolved or let wait for the customer. What fires resolves with the answer, or after
    ninety days.

    Args:
        calendar: Only time inside it counts; None for all time.
    """

    sees_all = True  # an answer need not be what the rule counts

    def __init__(self, rule: Rule, unanswered: Unanswered, calendar: WorkingHours | None) -> None:
        super().__init__(rule, Keys.by(("id",)))
        self._lasting = unanswered.lasting
        self._queue = unanswered.queue
        self._calendar = calendar
        self._asked: dict[tuple[str, str], tuple[Any, ...]] = {}

    def take(self, facts: Facts, at: int, *, counts: bool) -> list[Transition]:
        """Let a mention be an answer; one that counts waits once it is known to be of the queue."""
        found = self._answer(facts.mention, at)
        if counts and self._queue is None:
            self._wait(facts)
        return found

    def assigned(self, facts: Facts, queues: Collection[str]) -> None:
        """Let a mention that counts wait, where a rule has given it to this rule's queue."""
        if self._queue is not None and self._queue in queues:
            self._wait(facts)

    def answered(self, answers: Sequence[Answer]) -> None:
        """Let mentions be answered at the instants given, once time has come to these."""
        for one in answers:
            key = self._keys.identity((one.mention,))
            state = self._states.get(key)
            if state is None or state.last.id != one.mention or state.wake is None:
                continue
            at = _event_time(state.last, one.at)
            if state.answered is not None and state.answered <= at:
                continue
            state.answered = at
            if state.opened is None:
                state.in_time = state.in_time or at < state.wake
            state.wake = min(state.wake, at if state.opened is None else max(at, state.opened))
            self._keep(key, state)

    def _wait(self, facts: Facts) -> None:
        mention = facts.mention
        due = self._due(mention)
        if due is None:
            return
        for key, shown in self._keys.of(facts):
            state = _Waiting(shown, mention)
            state.wake = due
            self._asked[mention.source, mention.external_id] = key
            self._keep(key, state)

    def _due(self, mention: Mention) -> int | None:
        """Return when the mention has waited too long; None where the calendar never opens."""
        if self._calendar is None:
            return micros(mention.published_at) + length(self._lasting)
        due = self._calendar.after(mention.published_at, self._lasting)
        return None if due is None else micros(due)

    def _answer(self, answer: Mention, at: int) -> list[Transition]:
        if answer.in_reply_to is None:
            return []
        key = self._asked.get((answer.source, answer.in_reply_to))
        state = None if key is None else self._states.get(key)
        if key is None or state is None or _is_same_author(state.last, answer):
            return []
        found: list[Transition] = []
        if state.opened is None and state.wake is not None and state.wake <= at:
            found += self._wake(key, state)
            if state.opened is None:
                return found
        if state.opened is not None:
            first = at if state.answered is None else min(at, state.answered)
            opened, when = state.opened, max(first, state.opened)
            found.append(
                self._transition(state, state.last, Phase.RESOLVED, at=when, opened=opened)
            )
        self._forget(key)
        return found

    def _forget(self, key: tuple[Any, ...]) -> None:
        mention = self._states[key].last
        self._asked.pop((mention.source, mention.external_id), None)
        super()._forget(key)

    def _wake(self, key: tuple[Any, ...], state: _Waiting) -> list[Transition]:
        at = state.wake or 0
        if state.in_time and state.opened is None:
            self._forget(key)
            return []
        if state.opened is None:
            state.opened = at
            state.wake = at + _WAITS_FOR if state.answered is None else max(at, state.answered)
            self._keep(key, state)
            return [self._transition(state, state.last, Phase.ENTERED, at=at, opened=at)]
        opened = state.opened
        self._forget(key)
        return [self._transition(state, state.last, Phase.RESOLVED, at=at, opened=opened)]

    def _restored(self, shown: tuple[Any, ...], piece: Mapping[str, Any]) -> _Waiting:
        state = _Waiting(shown, read_mention(piece["mention"]))
        state.opened, state.wake = piece["opened"], piece["wake"]
        state.answered, state.in_time = piece.get("answered"), piece.get("in_time", False)
        mention = state.last
        self._asked[mention.source, mention.external_id] = self._keys.identity(shown)
        return state

    def _named(self, state: _Waiting) -> dict[str, Any]:
        return {"mention": state.last.id}


def _event_time(mention: Mention, at: datetime) -> int:
    """Return an instant of our clock as event time.

    They are the same, but where history is played again: there as much time passed after the
    mention as did after its arrival.
    """
    arrived, published = mention.observed_at, mention.published_at
    if arrived is None or arrived - published <= _PLAYED_AFTER:
        return micros(at)
    return micros(published) + max(0, micros(at) - micros(arrived))


def _is_same_author(one: Mention, other: Mention) -> bool:
    if one.author.id is not None and other.author.id is not None:
        return one.author.id == other.author.id
    return one.author.handle is not None and one.author.handle == other.author.handle
