"""What decides now, looked up at every use, and what people are told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.ports import Channel

if TYPE_CHECKING:
    from datetime import datetime

    from engine.decision import Mode
    from engine.life.modes import Held
    from engine.policy import PolicySet, Rule
    from engine.ports import OutboxItem
    from engine.problem import Problem

_MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edit that did not take effect.

    Attributes:
        message: What is wrong as a whole.
        problems: Where it is wrong; may be empty.
    """

    at: datetime
    message: str
    problems: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for the store: the first problems, and how many there are."""
        return {
            "message": self.message,
            "count": len(self.problems),
            "problems": [one.as_json() for one in self.problems[:_MOST_KEPT]],
        }


@dataclass(slots=True)
class PolicyStatus:
    """What people see of the policies of a running engine.

    Attributes:
        revision: What decides now.
        since: When it came to.
        refused: The edit on the disk that did not take effect; None while the disk is what runs.
        held: What runs as draft although its file says enforce.
        reloads: Edits taken up since the start.
        refusals: Edits refused since the start.
    """

    revision: str
    rules: int
    since: datetime
    refused: Refusal | None = None
    held: tuple[Held, ...] = ()
    reloads: int = 0
    refusals: int = 0


class Running:
    """The policies that decide now; whoever holds it sees a swap at once.

    Attributes:
        channels: Those of the present policies, always.
    """

    def __init__(self, policies: PolicySet, held: tuple[Held, ...], *, since: datetime) -> None:
        self.policies = policies
        self.status = PolicyStatus(policies.revision, policies.rules, since, held=held)
        self.channels: Mapping[str, Channel] = _Channels(self)
        self._modes = _modes(policies)
        self._rules = _rules(policies)

    def use(self, policies: PolicySet, held: tuple[Held, ...], *, since: datetime) -> None:
        """Take other policies in their place."""
        self.policies = policies
        self._modes = _modes(policies)
        self._rules = _rules(policies)
        status = self.status
        status.revision, status.rules = policies.revision, policies.rules
        status.since, status.held, status.refused = since, held, None

    def mode_of(self, item: OutboxItem) -> Mode | None:
        """Return the mode an action would be planned in now; None where its rule is gone.

        An action that its rule no longer has counts as its rule does.
        """
        where = (item.policy, item.rule)
        action = (*where, item.action.kind, item.action.index)
        return self._modes.get(action, self._modes.get(where))

    def rule_of(self, item: OutboxItem) -> Rule | None:
        """Return an action's rule as it runs now; None where it is gone."""
        return self._rules.get((item.policy, item.rule))


class _Channels(Mapping[str, Channel]):
    """The channels of whatever runs."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def __getitem__(self, name: str) -> Channel:
        return self._running.policies.channels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._running.policies.channels)

    def __len__(self) -> int:
        return len(self._running.policies.channels)


def _modes(policies: PolicySet) -> dict[tuple[str | int, ...], Mode]:
    found: dict[tuple[str | int, ...], Mode] = {}
    for policy in policies.policies:
        for rule in policy.rules:
            found[policy.id, rule.id] = rule.mode
            for action in rule.actions:
                found[policy.id, rule.id, action.kind, action.index] = action.mode
    return found


def _rules(policies: PolicySet) -> dict[tuple[str, str], Rule]:
    return {(policy.id, rule.id): rule for policy in policies.policies for rule in policy.rules}
