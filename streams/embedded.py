"""The embedded runner: one asyncio process, the SQL database as the durable log.

Each source is read by a task of its own that stores a batch before it asks for the next; one task
classifies and decides in log order; the dispatcher sends. They meet only in the database, so a
process killed anywhere goes on where its last transactions left it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from engine.decision import Phase
from engine.errors import (
    PermanentSourceError,
    RecoverableSourceError,
    StateErasedError,
    StoreUnavailableError,
)
from engine.news import News
from engine.windows import WindowState, end_of_run
from streams.pipeline import Pipeline, fault_batch
from streams.runner_parts import RunnerLimits, RunnerStats
from streams.sources.threaded import closing_iterator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from engine.clock import Clock
    from engine.decision import Decision
    from engine.ports import DeadLetter, Decided, LogEntry, MentionLog, Source, SourceBatch
    from streams.runner_parts import Operators, Sender

_log = structlog.get_logger("tocsin.runner")
_Result = TypeVar("_Result")

_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=5)
_SHORTEST_NAP, _LONGEST_NAP = 1.0, 60.0  # seconds between two looks at the clock


class EmbeddedRunner:
    """Moves mentions from the sources through the pipeline into the database, and on to the sender.

    Args:
        operators: What people at the console do meanwhile; None where nobody does.
        sleep: Waits so many seconds; a test may return at once.
    """

    def __init__(  # noqa: PLR0913 - the composition root names every part once
        self,
        *,
        log: MentionLog,
        pipeline: Pipeline,
        sources: Sequence[Source],
        sender: Sender,
        clock: Clock,
        limits: RunnerLimits | None = None,
        operators: Operators | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.stats = RunnerStats()
        self._log = log
        self._pipeline = pipeline
        self._sources = sources
        self._sender = sender
        self._clock = clock
        self._operators = operators
        self._limits = limits or RunnerLimits()
        self._sleep = sleep
        self._stored = asyncio.Event()
        self._decided = asyncio.Event()
        self._planned = asyncio.Event()
        self._sources_done = asyncio.Event()
        self._stop = asyncio.Event()
        self._erasures = 0

    @property
    def pipeline(self) -> Pipeline:
        """What the next batch goes through."""
        return self._pipeline

    def use(self, pipeline: Pipeline) -> None:
        """Go on with another pipeline: the batch in hand ends with the one it began with."""
        self._pipeline = pipeline

    def wake(self) -> None:
        """Let the sender look at once: somebody approved what waited."""
        self._planned.set()

    async def run(self, stop: asyncio.Event, *, until_drained: bool = False) -> None:
        """Run until stopped, or until the sources end and all they brought is decided.

        A stop lets the transaction in hand finish; what is stored and not decided, and what is
        planned and not sent, is taken up at the next start.

        Raises:
            StoreError: The database can no longer be used; or another engine decides on it.
        """
        self._stop = stop
        done_deciding = asyncio.Event()
        sender = asyncio.create_task(self._sender.run(done_deciding, self._planned), name="send")
        decider = asyncio.create_task(self._decide_all(stop, until_drained), name="decide")
        intake = asyncio.create_task(self._read_all(stop), name="intake")
        waker = asyncio.create_task(self._wake_all_when(stop), name="wake")
        try:
            await _first_failure_or_end(decider, also_watch=(intake, sender))
        finally:
            if not _ended_well(decider) or _failed(intake) or _failed(sender):
                stop.set()
            done_deciding.set()
            await asyncio.gather(intake, decider, sender, return_exceptions=True)
            waker.cancel()
        for task in (decider, intake, sender):
            task.result()

    async def _wake_all_when(self, stop: asyncio.Event) -> None:
        """Wake whatever waits for work once there will be none."""
        await stop.wait()
        self._stored.set()
        self._decided.set()

    async def _read_all(self, stop: asyncio.Event) -> None:
        reading = [asyncio.create_task(self._read(source, stop)) for source in self._sources]
        try:
            await asyncio.gather(*reading)
        finally:
            if not all(_ended_well(one) for one in reading):
                # Nobody may go on storing once the run is over: the database is closed then.
                stop.set()
                await asyncio.gather(*reading, return_exceptions=True)
            self._sources_done.set()
            self._stored.set()

    async def _read(self, source: Source, stop: asyncio.Event) -> None:
        """Read one source to its end, reopening it from its stored cursor after each failure."""
        pause = _FIRST_PAUSE
        while not stop.is_set():
            before = self.stats.read
            try:
                await self._read_once(source, stop)
            except RecoverableSourceError as error:
                if self.stats.read > before:
                    pause = _FIRST_PAUSE
                wait = max(pause, error.retry_after or pause)
                self.stats.waiting[source.name] = f"{error}; again in {wait.total_seconds():.0f} s"
                _log.warning("source failed", source=source.name, why=str(error), wait=str(wait))
                pause = min(pause * 2, _LONGEST_PAUSE)
                await _or_stop(self._sleep(wait.total_seconds()), stop)
            except PermanentSourceError as error:
                self.stats.waiting.pop(source.name, None)
                self.stats.finished[source.name] = f"failed: {error}"
                _log.error("source stopped for good", source=source.name, why=str(error))
                return
            else:
                self.stats.waiting.pop(source.name, None)
                if not stop.is_set():
                    self.stats.finished[source.name] = "ended"
                return

    async def _read_once(self, source: Source, stop: asyncio.Event) -> None:
        cursor = await self._persist("store", lambda: self._log.cursor(source.name))
        async with closing_iterator(source.batches(cursor)) as batches:
            while not stop.is_set():
                batch = await _next_or_stop(batches, stop)
                if batch is None:
                    return
                self.stats.waiting.pop(source.name, None)
                await self._store(batch)
                await self._room(stop)

    async def _store(self, batch: SourceBatch) -> None:
        prepared = await asyncio.to_thread(self._pipeline.prepare, batch)
        now = self._clock.now()
        stored = await self._persist("store", lambda: self._log.append(prepared, observed_at=now))
        self.stats.read += batch.read
        self.stats.stored += stored.stored
        self.stats.duplicates += stored.duplicates
        self.stats.dead_letters += stored.dead_letters
        self.stats.forgotten += stored.forgotten
        self._stored.set()

    async def _room(self, stop: asyncio.Event) -> None:
        """Wait until fewer mentions are undecided than the limit: the sources' back-pressure."""
        while not stop.is_set():
            # Taken before looking: what is decided while we look sets this very event.
            decided = self._decided
            if self.stats.stored - self.stats.decided < self._limits.backlog:
                return
            if await self._persist("store", self._log.backlog) < self._limits.backlog:
                return
            await decided.wait()

    async def _decide_all(self, stop: asyncio.Event, until_drained: bool) -> None:  # noqa: FBT001
        while True:
            try:
                await self._decide_on(stop, until_drained)
            except StateErasedError:
                # Nothing of this batch was stored: it is decided again by what is left.
                _log.info("somebody was forgotten: the state is loaded anew")
            else:
                return

    async def _decide_on(self, stop: asyncio.Event, until_drained: bool) -> None:  # noqa: FBT001
        self._erasures = await self._persist("decide", self._log.erasures)
        stored = await self._persist("decide", self._log.load_state)
        windows = WindowState.restore(stored, is_live=True, lateness=self._limits.lateness)
        while not stop.is_set():
            self._stored.clear()
            was_done = self._sources_done.is_set()
            entries = await self._persist(
                "decide", lambda: self._log.undecided(limit=self._limits.batch)
            )
            if entries:
                await self._decide(entries, windows)
            elif until_drained and was_done:
                await self._run_on(windows)
                return
            else:
                await self._wait(windows)

    async def _decide(self, entries: Sequence[LogEntry], windows: WindowState) -> None:
        pipeline = self._pipeline
        await self._heed(windows)
        mentions = [entry.mention for entry in entries]
        classified, faults = await asyncio.to_thread(pipeline.classify, mentions)
        done, more_faults = await asyncio.to_thread(pipeline.decide, entries, classified, windows)
        await self._record(done, windows)
        if faults or more_faults:
            await self._set_aside([*faults, *more_faults])
        self.stats.classified += len(classified)
        self.stats.decided += len(done)
        found = [decision for one in done for decision in (*one.decisions, *one.over_time)]
        self.stats.decisions += sum(len(decision.matches) for decision in found)
        self.stats.incidents += _entered(found)
        # Several sources may wait for it, so it is replaced, never cleared.
        decided, self._decided = self._decided, asyncio.Event()
        decided.set()
        self._planned.set()

    async def _heed(self, windows: WindowState) -> None:
        """Take in what was done since last looked: to incidents, silences, mentions that wait."""
        operators = self._operators
        if operators is None:
            return
        now, after = self._clock.now(), windows.incidents.acts
        windows.silences = await self._persist("decide", lambda: operators.silences(now))
        windows.follow(await self._persist("decide", lambda: operators.acts_after(after)))
        heard = windows.heard
        windows.hear(await self._persist("decide", lambda: operators.answers_after(heard)))

    async def _wait(self, windows: WindowState) -> None:
        """Wait for mentions; meanwhile time passes by the clock for the rules over time."""
        until, due = windows.by_clock(self._clock.now()), windows.next_due
        if until is None or due is None:
            await self._stored.wait()
            return
        longest = _SHORTEST_NAP if windows.incidents.open() else _LONGEST_NAP
        pause = min(max((due - until).total_seconds(), _SHORTEST_NAP), longest)
        await _or_stop(self._sleep(pause), self._stored)
        if self._stored.is_set():
            return
        await self._heed(windows)
        until = windows.by_clock(self._clock.now())
        if until is not None and (due <= until or windows.has_news):
            await self._advance(until, windows)

    async def _run_on(self, windows: WindowState) -> None:
        """Let time run on past the last mention, as on history: nothing more will arrive."""
        last = windows.latest
        if last is not None and windows.next_due is not None:
            await self._advance(end_of_run(self._pipeline.policies, last), windows)

    async def _advance(self, until: datetime, windows: WindowState) -> None:
        later = await asyncio.to_thread(self._pipeline.advance, until, windows)
        await self._record([], windows, later)
        self.stats.decisions += sum(len(one.matches) for one in later)
        self.stats.incidents += _entered(later)
        self._planned.set()

    async def _record(
        self, decided: Sequence[Decided], windows: WindowState, later: Sequence[Decision] = ()
    ) -> None:
        state, now, incidents = windows.changes(), self._clock.now(), windows.incidents
        causes = incidents.take_causes()
        news = News(later, windows.news(), causes, incidents.acts, self._erasures)
        await self._persist(
            "decide", lambda: self._log.record(decided, state=state, at=now, news=news)
        )
        self.stats.open_incidents = len(incidents.open())
        self.stats.event_time = windows.watermark

    async def _set_aside(self, faults: Sequence[DeadLetter]) -> None:
        self.stats.faults += len(faults)
        batch = fault_batch(faults)
        now = self._clock.now()
        await self._persist("decide", lambda: self._log.append(batch, observed_at=now))

    async def _persist(self, part: str, call: Callable[[], Awaitable[_Result]]) -> _Result:
        """Call the database until it answers or we are to stop; till then say so and wait."""
        pause = _FIRST_PAUSE
        while True:
            try:
                result = await call()
            except StoreUnavailableError as error:
                if self._stop.is_set():
                    raise
                self.stats.waiting[part] = str(error)
                _log.warning("database unavailable", part=part, why=str(error))
                await _or_stop(self._sleep(pause.total_seconds()), self._stop)
                pause = min(pause * 2, timedelta(seconds=30))
            else:
                self.stats.waiting.pop(part, None)
                return result


def _entered(decisions: Sequence[Decision]) -> int:
    """Return how often a rule over time entered."""
    return sum(
        match.firing is not None and match.firing.phase is Phase.ENTERED
        for decision in decisions
        for match in decision.matches
    )


def _failed(task: asyncio.Task[None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _ended_well(task: asyncio.Task[None]) -> bool:
    return task.done() and not _failed(task)


async def _first_failure_or_end(
    task: asyncio.Task[None], *, also_watch: Sequence[asyncio.Task[None]]
) -> None:
    """Wait until a task ends, or any of the others fails."""
    watched = {task, *also_watch}
    while not task.done():
        done, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        if any(one.exception() is not None for one in done):
            return


async def _next_or_stop(
    batches: AsyncIterator[SourceBatch], stop: asyncio.Event
) -> SourceBatch | None:
    """Return the next batch; None at the end of the source or when stopped."""
    step: asyncio.Future[SourceBatch | None] = asyncio.ensure_future(anext(batches, None))
    await _or_stop(step, stop)
    return None if step.cancelled() else step.result()


async def _or_stop(step: Awaitable[object], stop: asyncio.Event) -> None:
    """Wait for a step or the stop, whichever is first; a step that is stopped is cancelled."""
    task = asyncio.ensure_future(step)
    halt = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, halt}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        halt.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
