"""The engine on virtual time: the stages of `streams.pipeline`, over history, nothing sent.

Mentions are decided in the order they come, each at its own `published_at`, as a runner decides its
log; one that arrives late is decided late, at its own time. So what is decided here is what the
live engine would have decided of the same stream. Streams: nothing is kept but the window state.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from engine.mention_json import text_hash
from engine.ports import DeadLetter, LogEntry, SourceBatch
from engine.windows import LATENESS, WindowState, end_of_run
from streams.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from engine.brand import BrandFinder
    from engine.classification import Classification
    from engine.decision import Decision
    from engine.mention import Mention
    from engine.policy import PolicySet
    from engine.ports import Decided, LanguageIdentifier

    Answers = tuple[Classification, ...]

_SOURCE = "simulation"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Some inputs, in the order they arrived.

    Attributes:
        dead: Those that are no mention.
        places: By mention id: where it stands (``file:line``), for what is set aside later.
        answers: By mention id: classifications that were stored for it, in place of the given ones.
        end: How far reading has come, in units of whoever reads; only for progress.
    """

    mentions: Sequence[Mention]
    dead: Sequence[DeadLetter] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answers] = field(default_factory=dict)
    end: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """Policies to decide by, and what classifies for them.

    Attributes:
        classify: One Classification a task for each mention; given ones stay as they are.
    """

    policies: PolicySet
    classify: Callable[[Sequence[Mention]], list[Answers]]


@dataclass(frozen=True, slots=True)
class Simulated:
    """What became of some arrivals.

    Attributes:
        decided: For each mention, in order, one Decided a side.
        over_time: A side each: what came true as time ran on past the last mention; only at the
            very end.
        dead: What is no mention, whose identity another text has, or at which a stage failed.
        duplicates: How many were known already and so are decided no second time.
        end: As in the Arrivals.
    """

    decided: Sequence[tuple[Decided, ...]]
    dead: Sequence[DeadLetter]
    duplicates: int
    end: int
    over_time: Sequence[tuple[Decision, ...]] = ()


class Simulation:
    """Runs mentions through the stages for one or more sides at once.

    Attributes:
        states: What each side's rules remember, as it stands after what was decided last.

    Args:
        sides: Each decides every mention, with a window state of its own.
        identifier: Names the language of mentions that do not say theirs.
        brands: Names the brand of mentions that do not say theirs; None leaves them without.
        hold_back: Returns a decision without what operators hold back; before it takes effect.
        lateness: How far a mention may lie behind the latest of its source and still count.
    """

    def __init__(
        self,
        sides: Sequence[Side],
        *,
        identifier: LanguageIdentifier,
        brands: BrandFinder | None = None,
        hold_back: Callable[[Decision], Decision] | None = None,
        lateness: timedelta = LATENESS,
    ) -> None:
        self._sides = tuple(sides)
        self._lateness = lateness
        self._pipelines = [
            Pipeline(
                identifier=identifier,
                classify=side.classify,
                policies=side.policies,
                brands=brands,
                hold_back=hold_back,
            )
            for side in sides
        ]
        self.states: Sequence[WindowState] = ()

    def run(
        self, arrivals: Iterable[Arrivals], *, until: datetime | None = None
    ) -> Iterator[Simulated]:
        """Decide everything that arrives, from a state in which nothing has happened yet.

        Then time runs on by the longest window, `for` or `resolve` in play, for each side by its
        own.

        Args:
            until: Aware UTC: time runs on to this at least; None for no longer than that.
        """
        self.states = windows = [WindowState(lateness=self._lateness) for _ in self._sides]
        seq = end = 0
        last: datetime | None = None
        with closing(_Identities()) as known:
            for some in arrivals:
                batch = SourceBatch(_SOURCE, tuple(some.mentions))
                prepared = self._pipelines[0].prepare(batch)
                fresh, taken, duplicates = known.sort(prepared.mentions)
                entries = [LogEntry(seq + at, one) for at, one in enumerate(fresh, start=1)]
                seq += len(fresh)
                end = some.end
                last = max(
                    [one.published_at for one in fresh] + ([last] if last else []), default=None
                )
                decided, faults = self._decide(entries, some.answers, windows)
                dead = [*prepared.dead, *taken, *faults]
                placed = [replace(one, place=some.places.get(one.place, one.place)) for one in dead]
                yield Simulated(decided, [*some.dead, *placed], duplicates, some.end)
        later = self._run_on(windows, last, until)
        if any(later):
            yield Simulated((), (), 0, end, over_time=later)

    def _run_on(
        self, windows: Sequence[WindowState], last: datetime | None, until: datetime | None
    ) -> list[tuple[Decision, ...]]:
        later = []
        for side, pipeline, state in zip(self._sides, self._pipelines, windows, strict=True):
            own = None if last is None else end_of_run(side.policies, last)
            ends = [one for one in (own, until) if one is not None]
            later.append(tuple(pipeline.advance(max(ends), state)) if ends else ())
        return later

    def _decide(
        self,
        entries: Sequence[LogEntry],
        answers: Mapping[str, Answers],
        windows: Sequence[WindowState],
    ) -> tuple[list[tuple[Decided, ...]], list[DeadLetter]]:
        mentions = [entry.mention for entry in entries]
        asked = [
            replace(one, classifications=answers[one.id]) if one.id in answers else one
            for one in mentions
        ]
        columns: list[list[Decided]] = []
        dead: list[DeadLetter] = []
        classified: dict[int, list[Answers]] = {}
        for side, pipeline, state in zip(self._sides, self._pipelines, windows, strict=True):
            if id(side.classify) not in classified:
                classified[id(side.classify)], faults = pipeline.classify(asked)
                dead += faults
            found, faults = pipeline.decide(entries, classified[id(side.classify)], state)
            columns.append(found)
            dead += faults
        return list(zip(*columns, strict=True)), dead


class _Identities:
    """Which mentions were seen, by the rules of the store, in memory that does not grow.

    A private database of SQLite's, which goes to a temporary file where it does not fit its cache.
    """

    def __init__(self) -> None:
        self._known = sqlite3.connect("")
        self._known.execute(
            "CREATE TABLE known (key BLOB PRIMARY KEY, identity BLOB, text TEXT) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Forget everything."""
        self._known.close()

    def sort(self, mentions: Iterable[Mention]) -> tuple[list[Mention], list[DeadLetter], int]:
        """Return the new ones, a dead letter for each whose name is taken, and how many are known.

        See `engine.store.mentions`: an identity or an id that another text has keeps its first.
        """
        fresh: list[Mention] = []
        dead: list[DeadLetter] = []
        duplicates = 0
        for mention in mentions:
            identity = _digest("identity", mention.source, mention.external_id)
            name, text = _digest("id", mention.id), text_hash(mention.text)
            there = self._find(identity) or self._find(name)
            if there is None:
                rows = [(identity, identity, text), (name, identity, text)]
                self._known.executemany("INSERT INTO known VALUES (?, ?, ?)", rows)
                fresh.append(mention)
            elif there == (identity, text):
                duplicates += 1
            else:
                dead.append(_taken(mention))
        return fresh, dead, duplicates

    def _find(self, key: bytes) -> tuple[bytes, str] | None:
        query = "SELECT identity, text FROM known WHERE key = ?"
        found: tuple[bytes, str] | None = self._known.execute(query, (key,)).fetchone()
        return found


def _digest(*parts: str) -> bytes:
    written = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(written, digest_size=16).digest()


def _taken(mention: Mention) -> DeadLetter:
    reason = (
        f"the identity {mention.external_id!r} of source {mention.source!r}, or the id "
        f"{mention.id!r}, is taken by an earlier mention with another text; the first one is kept"
    )
    return DeadLetter(_SOURCE, mention.id, reason, mention.text)
