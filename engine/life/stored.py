"""Earlier revisions, loaded from the store as they ran."""

from __future__ import annotations

import asyncio
import difflib
import re
from typing import TYPE_CHECKING

from engine.errors import RevisionError
from engine.life.modes import Held, hold
from engine.loading import load_policies
from engine.policy import Sources

if TYPE_CHECKING:
    from datetime import datetime

    from engine.life.places import Places
    from engine.policy import PolicySet
    from engine.problem import Problem
    from engine.store import Store
    from engine.store.policies import PolicyRevision

_SHORTEST = 4
_HEX = re.compile(r"[0-9a-f]+")
_SHOWN = 12


async def find_revision(store: Store, named: str) -> PolicyRevision:
    """Return the one stored revision that a person means by a few digits.

    Args:
        named: A prefix, of at least four digits, of the revision of all policies, of one policy
            (as it stands in a decision) or of a hash of texts.

    Raises:
        RevisionError: None is meant, or several are.
    """
    wanted = named.lower()
    if len(wanted) < _SHORTEST or not _HEX.fullmatch(wanted):
        message = f"{named!r} is no revision: write at least {_SHORTEST} of its hexadecimal digits"
        raise RevisionError(message)
    found = await store.policies.find(wanted)
    if len(found) > 1:
        shown = ", ".join(one[:_SHOWN] for one in found[:5])
        message = f"{named!r} may mean {shown}: write more digits"
        raise RevisionError(message)
    if not found:
        known = [one[:_SHOWN] for one in await store.policies.revisions()]
        near = difflib.get_close_matches(wanted[:_SHOWN], known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        message = f"no revision {named!r} is stored; {hint}`tocsin policy history` lists them"
        raise RevisionError(message)
    revision = await store.policies.get(found[0])
    if revision is None:
        message = f"revision {found[0][:_SHOWN]} was removed meanwhile"
        raise RevisionError(message)
    return revision


async def policies_of_revision(
    store: Store, named: str, places: Places, *, now: datetime
) -> tuple[PolicySet | None, list[Problem]]:
    """Load an earlier revision from the store alone, as it ran: held drafts are held again.

    Args:
        named: As for `find_revision`.
        places: How its files are called in problems, and the settings it is loaded with.
        now: As for loading from the disk; an exception may have expired meanwhile.

    Returns:
        The policies, None where this version cannot load them any more; and the problems.

    Raises:
        RevisionError: No revision is meant, or several are.
    """
    revision = await find_revision(store, named)
    return await asyncio.to_thread(load_revision, revision, places, now=now)


def load_revision(
    revision: PolicyRevision, places: Places, *, now: datetime
) -> tuple[PolicySet | None, list[Problem]]:
    """Load a stored revision as it ran; None where this version cannot."""
    sources = Sources(kept=places.on_disk(revision.files))
    made, problems = load_policies(places.configuration, [], now=now, sources=sources)
    if made is None:
        return None, problems
    return hold(made, [Held.from_json(one) for one in revision.held]), problems
