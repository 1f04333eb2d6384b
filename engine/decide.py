"""The heart: what one policy wants done about one mention."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from engine.decision import ActionState, CooldownStart, Decision, HeldBack, Match, Mode
from engine.plan import Occasion, plan
from engine.policy import Facts
from engine.policy.fields import FIELDS, show
from engine.reasons import Reason
from engine.units import later

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.classification import Classification
    from engine.decision import Action
    from engine.mention import Mention
    from engine.policy import Policy, Rule
    from engine.windows import WindowState


def decide(
    policy: Policy,
    mention: Mention,
    classified: Sequence[Classification],
    windows: WindowState,
    *,
    now: datetime,
) -> Decision:
    """Say what the policy wants done about one mention.

    Pure: reads no clock, touches no network and changes no argument; equal arguments give equal
    Decisions. What the decision begins (cooldowns) takes effect by `WindowState.apply`.

    Args:
        classified: At most one per task, scores in [0, 1]; a missing task counts as absent.
        now: Aware UTC: the mention's event time. Cooldowns end at this instant, exclusive.

    Returns:
        Decision whose rules keep the policy's order; empty when none matched.

    Source: repeat semantics follow Alertmanager, notify/dedup_stage.go.
    """
    return decide_facts(policy, Facts(mention, classified), windows, now=now)


def decide_facts(policy: Policy, facts: Facts, windows: WindowState, *, now: datetime) -> Decision:
    """Say what `decide` says; policies that share the facts of a mention cut its words once."""
    matches: list[Match] = []
    held_back: list[HeldBack] = []
    mention = facts.mention
    if policy.applies_to(mention.brand):
        for rule in policy.index.matching(facts):
            match, held = _judge(rule, facts, windows, now=now)
            matches += [] if match is None else [match]
            held_back += held
    return Decision(policy.id, policy.revision, mention.id, now, tuple(matches), tuple(held_back))


def _judge(
    rule: Rule, facts: Facts, windows: WindowState, *, now: datetime
) -> tuple[Match | None, list[HeldBack]]:
    """Say what comes of a rule whose condition holds."""
    if not rule.is_active(now):
        return None, []
    for exception in rule.exceptions:
        is_valid = exception.expires is None or now.date() < exception.expires
        if is_valid and exception.when.evaluate(facts):
            return None, [HeldBack(rule.id, "", Reason.EXCEPT, exception.name)]
    key = cooldown_key(rule, facts.mention)
    is_cooling = key is not None and windows.is_cooling(rule.policy, rule.id, key, now)
    occasion = Occasion(rule, facts.mention, facts.mention.id)
    actions, held = plan(occasion, cooling=key if is_cooling else None)
    if not rule.actions and rule.mode is Mode.SHADOW:
        held.append(HeldBack(rule.id, "", Reason.SHADOW))
    elif not rule.actions and is_cooling:
        held.append(HeldBack(rule.id, "", Reason.COOLDOWN, key or ""))
    match = Match(
        rule=rule.id,
        revision=rule.revision,
        severity=rule.severity,
        mode=rule.mode,
        actions=tuple(actions),
        trace=partial(rule.condition.trace, facts),
        cooldown=None if key is None or is_cooling else begun(rule, key, actions, now=now),
    )
    return match, held


def begun(
    rule: Rule, key: str, actions: Sequence[Action], *, now: datetime
) -> CooldownStart | None:
    """Return the cooldown that a match begins; none where all its actions are held back."""
    is_acting = any(action.state is not ActionState.SUPPRESSED for action in actions)
    is_idle = not rule.actions and rule.mode is not Mode.SHADOW
    if rule.cooldown is None or not (is_acting or is_idle):
        return None
    every = rule.cooldown.every
    return CooldownStart(rule.id, key, later(now, every), every)


def cooldown_key(rule: Rule, mention: Mention) -> str | None:
    """Return what the rule's cooldown counts by for this mention; None where it has none.

    An author is known by id, else by handle, of one source; a mention that answers nothing begins
    a thread of its own.
    """
    if rule.cooldown is None:
        return None
    per, author = rule.cooldown.per, mention.author
    if per == "rule":
        return "rule"
    if per == "thread":
        # Answers name what they answer as its platform does, whatever id it has here.
        value: Any = f"{mention.source}:{mention.in_reply_to or mention.external_id}"
    elif per == "author":
        who = author.id or (author.handle and author.handle.casefold())
        value = f"{mention.source}:{who}" if who else None
    else:
        value = show(FIELDS[per].get(mention))
    return None if value is None else f"{per}={value}"
