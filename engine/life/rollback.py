"""Putting an earlier revision's files back, whole, without losing what stands there now."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import RevisionError
from engine.life.loader import revision_of
from engine.life.stored import find_revision, load_revision
from engine.loading import load_policies
from engine.policy import Sources
from engine.policy.read import policy_files
from engine.problem import ProblemSeverity
from engine.store.policies import EventKind, PolicyEvent, PolicyRevision, texts_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from engine.life.places import Places
    from engine.policy import PolicySet
    from engine.store import Store

_STAGED = ".tocsin-new"
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did.

    Attributes:
        written: Names of the files that were put back, those that stood so already left out.
        removed: Names of the files that the revision does not have.
        kept: The revision the replaced files are stored as; None where nothing was replaced.
    """

    revision: PolicyRevision
    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: str | None


async def roll_back(  # noqa: PLR0913 - who, why and when stand in the history
    store: Store,
    named: str,
    places: Places,
    *,
    by: str,
    reason: str | None,
    now: datetime,
    is_forced: bool = False,
) -> RolledBack:
    """Write a stored revision's files back; a running engine takes them up like any edit.

    What stood there is stored first, so that a rollback can itself be rolled back.

    Args:
        is_forced: Replace edits too that never ran.

    Raises:
        RevisionError: The revision is not stored or does not load any more, its files lie where
            the settings read none, or the disk holds edits that never ran.
        OSError: A file cannot be written.
    """
    revision = await find_revision(store, named)
    _check(revision, places, now=now)
    policies, names = _on_disk(places, now=now)
    kept = _as_revision(policies, names, places)
    replaced = None
    if names and kept.texts != revision.texts:
        event = PolicyEvent(EventKind.REPLACED, kept.texts, kept.revision, by, reason)
        replaced = await _keep(store, kept, event, now=now, is_forced=is_forced)
    written, removed = _plan(revision.files, names)
    staged = _stage({places.path(name): revision.files[name] for name in written})
    event = PolicyEvent(EventKind.ROLLBACK, revision.texts, revision.revision, by, reason)
    try:
        # Before the files: the engine that sees them is to find whose doing it is.
        await store.policies.note(event, at=now)
        _put(staged, [places.path(name) for name in removed])
    finally:
        _clear(staged)
    return RolledBack(revision, written, removed, replaced)


def _check(revision: PolicyRevision, places: Places, *, now: datetime) -> None:
    """Check that a revision loads today and that its files are ones the settings read."""
    short = revision.revision[:_SHOWN]
    made, problems = load_revision(revision, places, now=now)
    if made is None:
        first = next(one for one in problems if one.severity is ProblemSeverity.ERROR)
        message = f"revision {short} does not load any more: {first.as_text()}"
        raise RevisionError(message)
    holding = [str(path) for path in policy_files(revision.files)]
    astray = [name for name in holding if not places.reads(places.path(name))]
    if astray:
        message = (
            f"revision {short} has files that the settings do not read: {', '.join(astray)}; it "
            "ran from other `policies`"
        )
        raise RevisionError(message)


def _on_disk(places: Places, *, now: datetime) -> tuple[PolicySet | None, dict[str, str]]:
    """Return the files as they stand, by name, and their policies where they load."""
    sources = Sources()
    policies, _ = load_policies(places.configuration, places.paths, now=now, sources=sources)
    return policies, places.named(places.read(sources.texts, errors="surrogateescape"))


async def _keep(
    store: Store, kept: PolicyRevision, event: PolicyEvent, *, now: datetime, is_forced: bool
) -> str:
    """Store what is to be replaced, and return the revision it is found under."""
    known = await store.policies.find(kept.texts)
    if known:
        return known[0]
    if not is_forced:
        raise RevisionError(_never_ran(kept.files, await store.policies.running()))
    await store.policies.keep(kept, event, at=now)
    return kept.revision


def _never_ran(names: Mapping[str, str], running: PolicyRevision | None) -> str:
    ran = {} if running is None else running.files
    edited = [name for name in {**ran, **names} if ran.get(name) != names.get(name)]
    return (
        f"the disk holds edits that never ran: {', '.join(edited)}; let them run first, or replace "
        "them with --force, which keeps them as a revision"
    )


def _as_revision(
    policies: PolicySet | None, names: Mapping[str, str], places: Places
) -> PolicyRevision:
    """Return the files as the store keeps them; those that do not load are known by their texts."""
    if policies is None:
        return PolicyRevision(revision=texts_hash(names), files=names)
    return replace(revision_of(policies, places), files=names)


def _plan(
    wanted: Mapping[str, str], present: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names to write and the names to remove."""
    written = tuple(name for name, text in wanted.items() if present.get(name) != text)
    # A list nothing refers to any more does no harm where it lies.
    holding = {str(path) for path in policy_files(present)}
    removed = tuple(name for name in present if name in holding and name not in wanted)
    return written, removed


def _stage(files: Mapping[Path, str]) -> dict[Path, Path]:
    """Write every text beside its place, durably, under a name that nothing reads."""
    staged: dict[Path, Path] = {}
    try:
        for path, text in files.items():
            # Where a link stands, what it leads to is replaced, and the link stays.
            target = path.resolve()
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}{_STAGED}")
            staged[target] = temporary
            with temporary.open("wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                temporary.chmod(target.stat().st_mode)
    except BaseException:
        _clear(staged)
        raise
    return staged


def _put(staged: Mapping[Path, Path], removed: Sequence[Path]) -> None:
    """Move every staged file to its place, one right after another, and remove the others."""
    for target, temporary in staged.items():
        temporary.replace(target)
    for path in removed:
        path.unlink()


def _clear(staged: Mapping[Path, Path]) -> None:
    for temporary in staged.values():
        temporary.unlink(missing_ok=True)
