"""What the console needs of the engine, as small protocols, and how a request gets at it."""

# No postponed annotations: FastAPI reads the dependencies when the routes are made.

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import Depends, Request

from engine.cases import CaseAct
from engine.clock import Clock
from engine.console.counts import CachedCounts
from engine.life.running import PolicyStatus
from engine.settings import HttpSettings
from engine.settings_approval import ApprovalSettings
from streams.sources.intake import IntakeSource

if TYPE_CHECKING:
    from engine.app import Engine
    from engine.store.chain import ChainReport
    from engine.store.verdicts import VerdictStore

Row = dict[str, Any]


class Reads(Protocol):
    """The read side of the store; every row is plain JSON values with its ``seq``."""

    async def mentions(  # noqa: PLR0913 - one argument a filter
        self,
        *,
        limit: int = ...,
        before_seq: int | None = ...,
        brand: str | None = ...,
        language: str | None = ...,
        since: datetime | None = ...,
        text: str | None = ...,
        rule: str | None = ...,
    ) -> list[Row]:
        """Return mentions with their classifications, newest arrival first."""
        ...

    async def mention(self, mention_id: str) -> Row | None:
        """Return all that is known of one mention, None where it is not stored."""
        ...

    async def decisions(  # noqa: PLR0913 - one argument a filter
        self,
        *,
        limit: int = ...,
        before_seq: int | None = ...,
        after_seq: int | None = ...,
        policy: str | None = ...,
        rule: str | None = ...,
        mention: str | None = ...,
        severity: str | None = ...,
        since: datetime | None = ...,
    ) -> list[Row]:
        """Return matches, one a rule and mention, newest first; oldest first with `after_seq`."""
        ...

    async def matches(self, mention_ids: Sequence[str]) -> dict[str, list[Row]]:
        """Return by mention the rules that matched: ``seq policy rule severity mode``."""
        ...

    async def actions(  # noqa: PLR0913 - one argument a filter
        self,
        *,
        limit: int = ...,
        before_seq: int | None = ...,
        after_seq: int | None = ...,
        state: str | None = ...,
        kind: str | None = ...,
        rule: str | None = ...,
        mention: str | None = ...,
    ) -> list[Row]:
        """Return actions with what their mention says, newest first, or oldest as above."""
        ...

    async def outcomes(  # noqa: PLR0913 - one argument a filter
        self,
        *,
        limit: int = ...,
        before_seq: int | None = ...,
        after_seq: int | None = ...,
        rule: str | None = ...,
        mention: str | None = ...,
        state: str | None = ...,
        since: datetime | None = ...,
    ) -> list[Row]:
        """Return rows of the outcome log, newest first; oldest first with `after_seq`."""
        ...

    async def dead_letters(
        self, *, limit: int = ..., before_seq: int | None = ..., source: str | None = ...
    ) -> list[Row]:
        """Return inputs that were no mention, newest first."""
        ...

    async def counts(self) -> Row:
        """Return how much of everything is stored, actions by state."""
        ...

    async def label_counts(
        self, *, task: str = ..., since: datetime | None = ...
    ) -> dict[str, int]:
        """Return how many mentions carry each label of a task."""
        ...

    async def rule_counts(self, *, since: datetime | None = ...) -> list[Row]:
        """Return each rule that matched, most first: ``policy rule mode count``."""
        ...

    async def verify_chain(self) -> "ChainReport":
        """Return what a walk along the whole outcome log found."""
        ...


class Cases(Protocol):
    """Cases as people see and change them; every row is plain JSON values."""

    async def recent(  # noqa: PLR0913 - one argument a filter
        self,
        *,
        now: datetime,
        limit: int = ...,
        before_seq: int | None = ...,
        queue: str | None = ...,
        person: str | None = ...,
        state: str | None = ...,
        brand: str | None = ...,
        is_overdue: bool = ...,
    ) -> list[Row]:
        """Return cases with their clocks as of now, newest first."""
        ...

    async def show(self, case: str, *, now: datetime) -> Row:
        """Return ``case``, ``mentions`` and ``acts``; CaseActError where there is none."""
        ...

    async def act(self, act: CaseAct) -> Row:
        """Do what a person asks and return the case; CaseActError where it does not fit."""
        ...

    async def counts(self, now: datetime) -> list[Row]:
        """Return by ``queue`` how many are ``open`` and ``overdue``."""
        ...


class Stats(Protocol):
    """What the runner did since it started, and what it waits for; see `RunnerStats`."""

    read: int
    stored: int
    duplicates: int
    dead_letters: int
    classified: int
    decided: int
    decisions: int
    faults: int
    incidents: int
    open_incidents: int
    event_time: datetime | None
    waiting: dict[str, str]
    finished: dict[str, str]


@dataclass(frozen=True, slots=True)
class Intake:
    """One configured intake source.

    Attributes:
        brand: Of mentions that name none themselves.
    """

    source: IntakeSource
    brand: str | None = None


def _nobody() -> None:
    """Wake nobody: nothing is sent from here."""


@dataclass(slots=True)
class ConsoleParts:
    """What the console looks at and hands to.

    Attributes:
        intakes: The configured intake sources by name.
        store_within: How long a request waits until what it brought is stored, before 503.
        stopping: Set once the console begins to stop: intake answers 503 from then on.
        hosts: Names a request may call this server by; empty to allow any.
        policies: What decides now, and what became of edits; None where nothing decides.
        cases: What was assigned; None where nothing is.
        verdicts: Drafts and what people say of them; None where none are kept.
        approval: Who is who on Slack.
        slack_secrets: What Slack signs clicks with: as configured at the moment of asking.
        slack_answers: How every address begins at which Slack takes answers to a click.
        wake: Tells whoever sends that a person said something.
    """

    settings: HttpSettings
    clock: Clock
    reads: Reads
    stats: Stats
    intakes: Mapping[str, Intake] = field(default_factory=dict)
    # Senders of webhooks give up after 15 to 30 seconds.
    store_within: timedelta = timedelta(seconds=12)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    hosts: frozenset[str] = frozenset()
    policies: PolicyStatus | None = None
    cases: Cases | None = None
    verdicts: "VerdictStore | None" = None
    approval: ApprovalSettings = field(default_factory=ApprovalSettings)
    slack_secrets: Callable[[], Sequence[str]] = tuple
    slack_answers: str = "https://hooks.slack.com/"
    wake: Callable[[], None] = _nobody


def parts_of_engine(engine: "Engine | ConsoleParts") -> ConsoleParts:
    """Return what the console needs of a built engine."""
    if isinstance(engine, ConsoleParts):
        return engine
    brands = {one.name: one.brand for one in engine.configuration.settings.sources}
    return ConsoleParts(
        settings=engine.configuration.settings.http,
        clock=engine.clock,
        reads=engine.store.queries,
        stats=engine.runner.stats,
        policies=engine.running.status,
        cases=engine.store.cases,
        verdicts=engine.store.verdicts,
        approval=engine.configuration.settings.approval,
        slack_secrets=partial(_slack_secrets, engine),
        wake=engine.runner.wake,
        intakes={
            name: Intake(source, brands.get(name))
            for name, source in engine.sources.items()
            if isinstance(source, IntakeSource)
        },
    )


def _slack_secrets(engine: "Engine") -> list[str]:
    """Return the signing secrets of the settings and of the channels that are defined now."""
    own = engine.configuration.settings.approval.slack_signing_secret
    channels = engine.running.channels.values()
    found = [own, *(one.settings.get("signing_secret") for one in channels if one.kind == "slack")]
    return [one for one in found if one]


async def _parts(request: Request) -> ConsoleParts:
    parts: ConsoleParts = request.app.state.parts
    return parts


async def _counts(request: Request) -> CachedCounts:
    counts: CachedCounts = request.app.state.counts
    return counts


PartsOf = Annotated[ConsoleParts, Depends(_parts)]
CountsOf = Annotated[CachedCounts, Depends(_counts)]
