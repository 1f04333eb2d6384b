"""Which two sets of policies a person means, compared: revisions, folders, what runs, the disk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import RevisionError
from engine.life.diff import PolicyDiff, Side, compare, text_diff
from engine.life.modes import modes_of
from engine.life.places import Places
from engine.life.promotion import Verdict, judge, promotions
from engine.life.stored import find_revision, load_revision
from engine.life.teacher import Teacher
from engine.loading import load_brands, load_language_identifier, load_policies

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.policy import PolicySet
    from engine.problem import Problem
    from engine.settings import Configuration
    from engine.store import Store
    from engine.store.policies import PolicyRevision

_SHOWN = 12
_DISK = "disk"


@dataclass(slots=True)
class Compared:
    """Two sets of policies and what differs.

    Attributes:
        difference: None where one of them does not load.
        faulty: Which, then; ``problems`` says why.
        text: A unified diff of their files.
        promotions: What rules need that the later set lets act without a person for the first time.
    """

    difference: PolicyDiff | None = None
    faulty: str = ""
    problems: list[Problem] = field(default_factory=list)
    text: str = ""
    promotions: list[Verdict] = field(default_factory=list)

    def as_json(self, *, with_text: bool) -> dict[str, Any]:
        """Return it as the command prints it."""
        found = {} if self.difference is None else self.difference.as_json()
        found["promotions"] = [one.as_json() for one in self.promotions]
        return {**found, "text": self.text} if with_text else found


@dataclass(frozen=True, slots=True)
class _Loaded:
    name: str
    files: Mapping[str, str]
    policies: PolicySet | None
    problems: list[Problem]


async def compare_policies(
    store: Store,
    configuration: Configuration,
    before: str | None,
    after: str | None,
    *,
    now: datetime,
) -> Compared:
    """Compare what two names mean.

    Args:
        before: A revision or a path; None for what runs, or ran last, on the database.
        after: A revision or a path; None for the files that the settings name.

    Raises:
        RevisionError: A name means nothing, or several revisions.
        ConfigError: A path that the settings name is missing.
    """
    places = Places.of(configuration)
    if before is None:
        first = await _of_running(store, places, now=now)
    else:
        first = await _named(store, places, before, now=now)
    if after is None:
        places.require()
        second = await _of_paths(_DISK, places, now=now)
    else:
        second = await _named(store, places, after, now=now)
    for one in (first, second):
        if one.policies is None:
            return Compared(faulty=one.name, problems=one.problems)
    return await _compared(store, configuration, first, second)


async def _compared(
    store: Store, configuration: Configuration, first: _Loaded, second: _Loaded
) -> Compared:
    old, new = first.policies, second.policies
    if old is None or new is None:
        return Compared()
    a, b = Side(first.name, first.files, old), Side(second.name, second.files, new)
    found = Compared(compare(a, b), text=text_diff(a, b))
    candidates = promotions(new, modes_of(old))
    if candidates:
        brands, _ = load_brands(configuration)
        taught = Teacher(configuration, load_language_identifier(), brands=brands)
        reviewed = await store.policies.reviewed_drafts()
        found.promotions = await asyncio.to_thread(
            judge,
            candidates,
            new,
            settings=configuration.settings.promotion,
            reviewed=reviewed,
            prove=lambda policies: taught.teach(new).prove(policies),
        )
    return found


async def _named(store: Store, places: Places, named: str, *, now: datetime) -> _Loaded:
    path = Path(named)
    if await asyncio.to_thread(path.exists):
        return await _of_paths(named, Places.of(places.configuration, [path]), now=now)
    try:
        revision = await find_revision(store, named)
    except RevisionError as error:
        message = f"{error}; nor is there such a file or folder"
        raise RevisionError(message) from error
    return await _of_revision(revision, places, now=now)


async def _of_running(store: Store, places: Places, *, now: datetime) -> _Loaded:
    revision = await store.policies.running()
    if revision is None:
        message = (
            "no engine has run on this database yet (replays do not count): "
            "name what to compare with"
        )
        raise RevisionError(message)
    return await _of_revision(revision, places, now=now)


async def _of_revision(revision: PolicyRevision, places: Places, *, now: datetime) -> _Loaded:
    made, problems = await asyncio.to_thread(load_revision, revision, places, now=now)
    return _Loaded(revision.revision[:_SHOWN], revision.files, made, problems)


async def _of_paths(name: str, places: Places, *, now: datetime) -> _Loaded:
    made, problems = await asyncio.to_thread(
        load_policies, places.configuration, places.paths, now=now
    )
    files = {} if made is None else _relative(places.named(made.sources), places)
    return _Loaded(name, files, made, problems)


def _relative(files: Mapping[str, str], places: Places) -> dict[str, str]:
    """Return files by their names within the roots, where those are not the settings' own."""
    if places.roots == Places.of(places.configuration).roots:
        return dict(files)
    return {_within(name, places): text for name, text in files.items()}


def _within(name: str, places: Places) -> str:
    for named, root in places.roots:
        if root.is_dir() and name.startswith(f"{named}/"):
            return name.removeprefix(f"{named}/")
    return Path(name).name
