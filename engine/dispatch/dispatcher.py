"""The loop between the outbox and the receivers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from engine.decision import ActionState
from engine.dispatch.attempt import Attempter, as_it_is
from engine.dispatch.ends import LookBack
from engine.errors import StoreError, StoreUnavailableError, StoreUnusableError
from engine.ports import Settled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.clock import Clock
    from engine.dispatch.attempt import Complete, ReceiverRegistry, Watcher
    from engine.dispatch.gates.chain import Gate
    from engine.ports import Backoff, Outbox, OutboxItem
    from engine.sending import SendLedger

Sleep = Callable[[float], Awaitable[None]]

_log = structlog.get_logger(__name__)
T = TypeVar("T")

# Seconds. Something else may add actions without waking us, so a sleep has an end; and an action
# that is due but that another process holds must not make us spin.
_LONGEST_SLEEP = 5.0  # what people approve from another process wakes nobody
_SHORTEST_SLEEP = 0.2
_STORE_PAUSE = 1.0
_SETTLE_TRIES_AT_STOP = 5


class Dispatcher:
    """Carries out what is due, each action at most once, and records how it ended.

    Args:
        sleep: Waits for a number of seconds.
        gates: In the order they are asked, at the moment of sending.
        batch: Most actions read at once; those that are only recorded share one transaction.
        concurrency: Most sends under way at once. No more than these stand in `sending`, so no
            more than these are in doubt after a crash.
        longest_attempt: After this long an attempt is broken off as unconfirmed.
        ledger: Remembers what was sent; gates judge by it.
        watchers: Told how attempts end.
        look_back: When it is looked for what became of an unknown action.
        complete: See `Attempter`; so is `last_look`.
    """

    def __init__(  # noqa: PLR0913 - what it joins, and how it is paced
        self,
        outbox: Outbox,
        receivers: ReceiverRegistry,
        clock: Clock,
        *,
        backoff: Backoff,
        sleep: Sleep = asyncio.sleep,
        gates: Sequence[Gate] = (),
        batch: int = 100,
        concurrency: int = 8,
        longest_attempt: timedelta = timedelta(seconds=90),
        ledger: SendLedger | None = None,
        watchers: Sequence[Watcher] = (),
        look_back: LookBack | None = None,
        complete: Complete = as_it_is,
        last_look: Sequence[Gate] = (),
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._sleep = sleep
        self._batch = batch
        self._concurrency = concurrency
        self._attempter = Attempter(
            receivers,
            clock,
            tuple(gates),
            backoff,
            longest_attempt,
            ledger=ledger,
            watchers=tuple(watchers),
            look_back=look_back or LookBack(),
            complete=complete,
            last_look=tuple(last_look),
        )
        self._stop = asyncio.Event()

    async def recover(self) -> int:
        """Settle what a process that died left in `sending`; return how many actions that were.

        To be awaited before the first `run_once` of the process: later it would take the
        process's own sends for abandoned ones. Waits while the store is out of reach.
        """
        total = 0
        while items := await self._patiently(
            lambda: self._outbox.interrupted(now=self._clock.now(), limit=self._batch)
        ):
            left = [await self._attempter.after_interruption(item) for item in items]
            settled = await self._settle(left)
            if not settled:
                break
            total += len(settled)
        return total

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Carry out what falls due until told to stop; then finish what is under way.

        Args:
            wake: Set by whoever plans an action, so that it need not wait for the next look.
        """
        self._stop = stop
        while not stop.is_set():
            wake.clear()
            try:
                if not await self.run_once():
                    due = await self._outbox.next_due()
                    await self._wait(self._until(due), stop, wake)
            except StoreUnavailableError as error:
                _log.warning("store unavailable, nothing is sent", error=str(error))
                await self._wait(_STORE_PAUSE, stop)

    async def run_until_idle(self, stop: asyncio.Event) -> None:
        """Carry out everything, waiting for what is to be tried again; ends early when stopped."""
        self._stop = stop
        while not stop.is_set():
            try:
                if await self.run_once():
                    continue
                due = await self._outbox.next_due()
                if due is None:
                    return
                await self._wait(self._until(due), stop)
            except StoreUnavailableError as error:
                _log.warning("store unavailable, nothing is sent", error=str(error))
                await self._wait(_STORE_PAUSE, stop)

    async def run_once(self) -> int:
        """Carry out what is due now, up to a batch; return how many actions moved on.

        What became of unknown actions is looked into as well, where it is time to.

        Raises:
            StoreUnavailableError: Nothing more is sent; what was sent before is recorded.
        """
        looked = await self._look_back()
        due = await self._outbox.due(now=self._clock.now(), limit=self._batch, kinds=())
        recorded = await self._record(due)
        left = [item for item in due if item.action.id not in recorded]
        if not left:
            return looked + len(recorded)
        kinds = sorted({item.action.kind for item in left})
        return looked + len(recorded) + await self._send(len(left), kinds)

    async def _look_back(self) -> int:
        """Look what became of unknown actions; return how many it was looked for."""
        now = self._clock.now()
        items = await self._outbox.to_look_up(now=now, limit=self._concurrency)
        for item in items:
            end = await self._attempter.look_up(item)
            if isinstance(end, Settled):
                await self._settle([end])
            else:
                detail = "looked for in vain" if end else "only a person can tell what became of it"
                await self._outbox.postpone(item.action.id, until=end, detail=detail)
        return len(items)

    async def _record(self, due: Sequence[OutboxItem]) -> set[str]:
        """Settle what is only recorded, in one transaction; return the ids of what was settled.

        One that fails is left to the way of the others, where a failure can be recorded: straight
        from `planned` an action may only become sent or suppressed.
        """
        ends = {ActionState.SENT, ActionState.SUPPRESSED}
        settled = []
        for item in due:
            is_planned = item.action.state is ActionState.PLANNED
            if is_planned and self._attempter.is_record_only(item):
                one = await self._attempter.carry_out(item)
                settled += [one] if one.state in ends else []
        return await self._settle(settled) if settled else set()

    async def _send(self, count: int, kinds: Sequence[str]) -> int:
        """Claim and send up to `count` actions, never claiming more than can be begun at once."""
        under_way: set[asyncio.Task[None]] = set()
        begun = 0
        try:
            while begun < count and not self._stop.is_set():
                free = min(self._concurrency - len(under_way), count - begun)
                claimed = await self._outbox.claim(now=self._clock.now(), limit=free, kinds=kinds)
                if not claimed:
                    break
                begun += len(claimed)
                under_way |= {asyncio.create_task(self._send_one(item)) for item in claimed}
                if len(under_way) >= self._concurrency:
                    under_way = await _first_done(under_way)
            while under_way:
                under_way = await _first_done(under_way)
        except asyncio.CancelledError:
            for task in under_way:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)
        return begun

    async def _send_one(self, item: OutboxItem) -> None:
        await self._settle([await self._attempter.carry_out(item)])

    async def _settle(self, settled: Sequence[Settled]) -> set[str]:
        """Record how attempts ended, however long the store is away: they cannot be made again.

        Returns:
            The ids of those recorded. One that somebody else moved meanwhile (a person, another
            process) is theirs, and takes no other down with it.
        """
        try:
            await self._patiently(lambda: self._outbox.settle(settled, at=self._clock.now()))
        except (StoreUnavailableError, StoreUnusableError):
            raise
        except StoreError as error:
            if len(settled) == 1:
                _log.error("action not settled", action=settled[0].action_id, error=str(error))
                return set()
            return {key for one in settled for key in await self._settle([one])}
        return {one.action_id for one in settled}

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeat a call to the store until it is reachable; when stopping, only a few times.

        What is given up at a stop stays in `sending`, where the next start finds it.
        """
        tries = 0
        while True:
            try:
                return await call()
            except StoreUnavailableError:
                tries += self._stop.is_set()
                if tries >= _SETTLE_TRIES_AT_STOP:
                    raise
            await self._sleep(_STORE_PAUSE)

    def _until(self, due: datetime | None) -> float:
        if due is None:
            return _LONGEST_SLEEP
        away = (due - self._clock.now()).total_seconds()
        return min(max(away, _SHORTEST_SLEEP), _LONGEST_SLEEP)

    async def _wait(self, seconds: float, *events: asyncio.Event) -> None:
        """Wait until some seconds have passed or one of the events is set."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._sleep(seconds))]
        waits += [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


async def _first_done(tasks: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Wait until at least one task is done and return the others; raises what a task raised."""
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    return pending
