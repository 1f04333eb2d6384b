"""Ends what fired when the engine stopped, for a rule that was edited before it started again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.decision import Firing, Phase
from engine.mention_json import read_mention
from engine.windows.instants import instant
from engine.windows.judges.contract import Transition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.policy import Policy, PolicySet


def left_open(
    policies: PolicySet, rule_id: tuple[str, str], piece: Mapping[str, Any], *, at: datetime
) -> tuple[Policy, Transition] | None:
    """Return the end of what a piece of state says fires, though no rule judges by it any more.

    What it changed is put back by the rule as it is now.

    Args:
        rule_id: The policy's id and the rule's.
        at: How far time has come.

    Returns:
        None where nothing fires, or the rule is gone.
    """
    policy = next((one for one in policies.policies if one.id == rule_id[0]), None)
    rules = () if policy is None else policy.rules
    rule = next((one for one in rules if one.id == rule_id[1]), None)
    if policy is None or rule is None or "key" not in piece:
        return None
    life = piece.get("life")
    opened = instant(piece["opened"] if life is None else life[1])
    ended = max(at, opened)
    peak = float(piece.get("peak", 1.0) if life is None else life[3])
    firing = Firing(piece["key"], Phase.RESOLVED, opened, ended, peak)
    mention = read_mention(piece["mention"] if "mention" in piece else piece["last"])
    return policy, Transition(rule, firing, ended, mention)
