"""Policies as they are to run: loaded, complete, judged; or why they cannot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.actions.channel_settings import channel_faults
from engine.errors import ConfigError
from engine.life.modes import Held, hold, modes_of
from engine.life.promotion import judge, promotions
from engine.loading import load_policies
from engine.store.policies import PolicyRevision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from engine.clock import Clock
    from engine.life.places import Places
    from engine.policy import PolicySet, Sources
    from engine.problem import Problem
    from engine.proving.report import TestReport
    from engine.settings import PromotionSettings
    from engine.store.policies import PolicyHistory


@dataclass(frozen=True, slots=True)
class Basis:
    """Where policies come from and are kept, and what a promotion needs."""

    places: Places
    history: PolicyHistory
    promotion: PromotionSettings
    clock: Clock


@dataclass(frozen=True, slots=True)
class Loaded:
    """Policies that may run.

    Attributes:
        policies: As they run: with what is held at draft.
        revision: What the store keeps of them.
    """

    policies: PolicySet
    held: tuple[Held, ...]
    revision: PolicyRevision


def load_checked(
    places: Places, *, now: datetime, sources: Sources | None = None
) -> tuple[PolicySet, list[Problem]]:
    """Load the policies that are to run, with their warnings.

    Raises:
        ConfigError: They have errors, or a channel cannot be used; it carries every problem.
    """
    places.require()
    policies, problems = load_policies(places.configuration, places.paths, now=now, sources=sources)
    if policies is None:
        message = f"the policies have {len(problems)} problem(s); `tocsin check` shows them too"
        raise ConfigError(message, problems=problems)
    faults = [
        f"channel '{channel}' needs {', '.join(names)} in the environment"
        for channel, names in policies.missing_environment.items()
    ]
    for channel in policies.channels.values():
        if channel.name not in policies.missing_environment:
            faults += [f"channel '{channel.name}': {fault}" for fault in channel_faults(channel)]
    if faults:
        raise ConfigError("; ".join(faults), problems=problems)
    return policies, problems


async def judged(
    policies: PolicySet, basis: Basis, *, prove: Callable[[PolicySet], TestReport]
) -> Loaded:
    """Return the policies as they may run: what has not earned `enforce` runs as draft.

    The first start on a database takes the files at their word: there is nothing to compare with,
    and nothing a draft could have been judged in.

    Raises:
        StoreError: What ran last cannot be read.
    """
    before = await basis.history.running()
    held: list[Held] = []
    found = [] if before is None else promotions(policies, before.modes)
    if found:
        reviewed = await basis.history.reviewed_drafts()
        verdicts = await asyncio.to_thread(
            judge, found, policies, settings=basis.promotion, reviewed=reviewed, prove=prove
        )
        held = [one for verdict in verdicts for one in verdict.held]
    running = hold(policies, held)
    return Loaded(running, tuple(held), revision_of(running, basis.places, held))


def revision_of(
    policies: PolicySet, places: Places, held: list[Held] | tuple[Held, ...] = ()
) -> PolicyRevision:
    """Return what the store keeps of policies."""
    return PolicyRevision(
        revision=policies.revision,
        files=places.named(policies.sources),
        policies={policy.id: policy.revision for policy in policies.policies},
        modes=modes_of(policies),
        held=tuple(one.as_json() for one in held),
        rules=policies.rules,
    )


def changes(before: PolicyRevision | None, after: PolicyRevision) -> dict[str, int]:
    """Return how many rules were ``added``, ``removed`` and ``changed`` since; all are at first."""
    old = {} if before is None else _rule_revisions(before.modes)
    new = _rule_revisions(after.modes)
    return {
        "added": len(new.keys() - old.keys()),
        "removed": len(old.keys() - new.keys()),
        "changed": sum(old[rule] != new[rule] for rule in old.keys() & new.keys()),
    }


def _rule_revisions(modes: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    return {
        (policy, rule): one["revision"]
        for policy, rules in modes.items()
        for rule, one in rules.items()
    }
