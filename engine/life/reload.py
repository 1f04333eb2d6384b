"""Hot reload: an edit that loads is taken up between two batches, one that does not is shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from engine.errors import ConfigError, StoreUnavailableError
from engine.life.loader import Loaded, changes, judged, load_checked, revision_of
from engine.life.running import Refusal
from engine.life.watch import watching
from engine.policy import Sources
from engine.store.policies import EventKind, PolicyEvent, texts_hash

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine.life.loader import Basis
    from engine.life.running import Running
    from engine.life.teacher import Taught
    from engine.policy import PolicySet
    from engine.problem import Problem
    from engine.store.policies import PolicyHistory, PolicyRevision
    from streams.pipeline import Pipeline

_log = structlog.get_logger("tocsin.policies")
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=30)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Swap:
    """How a running engine takes other policies up.

    Attributes:
        teach: Returns classifiers for policies, with the label sets these define. Blocking; raises
            ConfigError where one cannot be learnt.
        build: Returns the stages that decide by policies. Blocking as well.
        use: Lets such stages decide from the next batch on; must not wait for anything.
        waiting: Where it says what it waits for, by ``reload``.
        sleep: Waits so many seconds.
    """

    teach: Callable[[PolicySet], Taught]
    build: Callable[[PolicySet, Taught], Pipeline]
    use: Callable[[Pipeline], None]
    waiting: dict[str, str]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Reloader:
    """Brings the policies on the disk to run, while the engine runs.

    Args:
        loaded: What runs now.
    """

    def __init__(self, basis: Basis, loaded: Loaded, *, running: Running, swap: Swap) -> None:
        self._basis = basis
        self._places = basis.places
        self._history = basis.history
        self._clock = basis.clock
        self._running = running
        self._swap = swap
        self._ran: PolicyRevision = loaded.revision
        self._seen = dict(loaded.policies.sources)

    async def watch(self, stop: asyncio.Event) -> None:
        """Take edits up until stopped.

        The watch begins before the disk is looked at, so no edit falls between the two.
        """
        while not stop.is_set():
            async with watching(self._places.paths, self._seen, stop) as changed:
                await self._look()
                await changed()

    async def reload(self) -> bool:
        """Load what is on the disk and let it run; return whether it is what runs now.

        Waits while the database is out of reach: what is not stored does not decide. What then
        counts is the disk as it is by that time.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._reload()
            except StoreUnavailableError as error:
                self._swap.waiting["reload"] = str(error)
                _log.warning("policies wait for the database", why=str(error))
                await self._swap.sleep(pause.total_seconds())
                pause = min(pause * 2, _LONGEST_PAUSE)
            finally:
                self._swap.waiting.pop("reload", None)

    async def _look(self) -> None:
        """Reload if the disk holds something else than when it was last looked at."""
        try:
            # What is held may have been earned meanwhile.
            if bool(self._running.status.held) or await asyncio.to_thread(self._differs):
                await self.reload()
        except Exception as error:  # noqa: BLE001 - the guard: what runs must go on running
            _log.exception("a fault of the engine kept the policies from being reloaded")
            message = f"a fault of the engine: {type(error).__name__}: {error}"
            self._running.status.refused = Refusal(self._clock.now(), message)

    def _differs(self) -> bool:
        try:
            return self._places.read(self._seen) != self._seen
        except (OSError, UnicodeDecodeError):
            return True

    async def _reload(self) -> bool:
        now, sources = self._clock.now(), Sources()
        try:
            policies, warnings = await asyncio.to_thread(
                load_checked, self._places, now=now, sources=sources
            )
            if not policies.policies and self._running.policies.policies:
                message = "no policy is left: set the rules to off, or stop the engine"
                raise ConfigError(message)  # noqa: TRY301 - refused like any other fault
            taught = await asyncio.to_thread(self._swap.teach, policies)
        except ConfigError as error:
            await self._refuse(error, self._places.named(sources.texts))
            self._seen = sources.texts
            return False
        loaded = await judged(policies, self._basis, prove=taught.prove)
        is_new = (loaded.revision.revision, loaded.revision.texts) != (
            self._ran.revision,
            self._ran.texts,
        )
        if is_new or self._running.status.refused is not None:
            await self._accept(loaded, taught, warnings)
        self._seen = sources.texts
        return True

    async def _accept(self, loaded: Loaded, taught: Taught, warnings: list[Problem]) -> None:
        pipeline = await asyncio.to_thread(self._swap.build, loaded.policies, taught)
        now = self._clock.now()
        event = await reload_event(
            EventKind.RELOAD, loaded, self._history, ran=self._ran, warnings=len(warnings)
        )
        await self._history.keep(loaded.revision, event, at=now)
        self._swap.use(pipeline)
        self._running.use(loaded.policies, loaded.held, since=now)
        self._running.status.reloads += 1
        self._ran = loaded.revision
        _log.info(
            "policies reloaded",
            revision=loaded.revision.revision[:12],
            rules=loaded.revision.rules,
            **changes_of(event),
        )
        log_held(loaded)
        for problem in warnings[:_SHOWN]:
            _log.warning("policy warning\n" + problem.as_text())

    async def _refuse(self, error: ConfigError, files: dict[str, str]) -> None:
        status, now = self._running.status, self._clock.now()
        refused = Refusal(now, str(error), tuple(error.problems))
        known = status.refused
        is_known = known is not None and (known.message, known.problems) == (
            refused.message,
            refused.problems,
        )
        event = PolicyEvent(EventKind.REFUSED, texts_hash(files), detail=refused.as_json())
        if not is_known:
            # Shown before it is stored: a database that is away must not hide it.
            status.refused = refused
            status.refusals += 1
            _log.error(
                "policies refused, the last good revision goes on deciding",
                revision=status.revision[:12],
                why=refused.message,
            )
            for problem in error.problems[:_SHOWN]:
                _log.error("policy problem\n" + problem.as_text())
        await self._history.note(event, at=now)


async def begin(
    policies: PolicySet, basis: Basis, *, taught: Taught, is_live: bool = True, warnings: int = 0
) -> Loaded:
    """Return the policies as an engine that starts runs them, once they are stored.

    Args:
        is_live: Else a replay: a person runs these very policies on a file, so nothing is held
            back, and what ran so is no measure for later promotions.

    Raises:
        StoreError: They cannot be stored.
    """
    if is_live:
        loaded = await judged(policies, basis, prove=taught.prove)
    else:
        loaded = Loaded(policies, (), revision_of(policies, basis.places))
    kind = EventKind.STARTUP if is_live else EventKind.REPLAY
    ran = await basis.history.running()
    event = await reload_event(kind, loaded, basis.history, ran=ran, warnings=warnings)
    await basis.history.keep(loaded.revision, event, at=basis.clock.now())
    log_held(loaded)
    return loaded


async def reload_event(
    kind: EventKind,
    loaded: Loaded,
    history: PolicyHistory,
    *,
    ran: PolicyRevision | None,
    warnings: int,
) -> PolicyEvent:
    """Return what the store is told of policies that are taken up.

    Where a person has just put these very files back, it is their doing.
    """
    latest = await history.latest()
    is_put_back = (
        latest is not None
        and latest.kind is EventKind.ROLLBACK
        and latest.texts == loaded.revision.texts
    )
    return PolicyEvent(
        kind,
        loaded.revision.texts,
        loaded.revision.revision,
        by=latest.by if latest is not None and is_put_back else None,
        reason=latest.reason if latest is not None and is_put_back else None,
        detail={"changes": changes(ran, loaded.revision), "warnings": warnings},
    )


def changes_of(event: PolicyEvent) -> dict[str, int]:
    """Return the numbers of an event that are worth a word."""
    found: dict[str, int] = event.detail.get("changes", {})
    return {name: count for name, count in found.items() if count}


def log_held(loaded: Loaded) -> None:
    """Say what runs as draft although its file says enforce."""
    for one in loaded.held:
        _log.warning("runs as draft, enforce is not earned", rule=one.what, why=one.why)
