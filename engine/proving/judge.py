"""Judge what a test expects by what happened: passed, or failed with the difference."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.policy.read_tests import ANY
from engine.proving.explain import Explanation, explain
from engine.proving.explain_text import explanation_lines
from engine.proving.judge_over_time import judge_over_time
from engine.proving.report import FAILED, PASSED
from engine.proving.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.decision import Action, Decision, HeldBack
    from engine.policy import Policy, PolicySet, Rule
    from engine.policy.policy_test import Expectation
    from engine.proving.played import Played

_OVER_TIME = frozenset({"firing", "incident", "told"})
_RESTORE = "restore"
_MOST_SHOWN = 5
_MOST_EXPLAINED = 500


def concerned(expectation: Expectation, policies: PolicySet) -> list[tuple[Policy, Rule]]:
    """Return the rules an expectation is about: those named, else those with such an action."""
    kind, names = expectation.kind, expectation.names
    named = expectation.rule
    if kind == "rule":
        named = names[0]
    found = []
    for policy in policies.policies:
        for rule in policy.rules:
            ids = (rule.id, f"{policy.id}/{rule.id}")
            if named is not None:
                is_meant = named in ids
            elif kind == "firing" and not names:
                is_meant = rule.over_time is not None
            elif kind in ("firing", "incident"):
                is_meant = any(name in ids for name in names)
            elif kind == "told":
                is_meant = _starts(rule, expectation.by)
            else:
                is_meant = names[:1] == (ANY,) or any(one.kind in names for one in rule.actions)
            found += [(policy, rule)] if is_meant and rule.mode is not Mode.OFF else []
    return found


def _starts(rule: Rule, chain: str | None) -> bool:
    """Say whether a rule starts a chain; None is any."""
    return any(
        one.kind == "escalate" and chain in (None, one.params.get("chain")) for one in rule.actions
    )


def judge(expectation: Expectation, played: Played, policies: PolicySet) -> tuple[str, str]:
    """Return how an expectation ends, and why where it did not pass."""
    if expectation.kind in _OVER_TIME:
        is_met, lines = judge_over_time(expectation, played, policies)
        return (PASSED, "") if is_met else (FAILED, "\n".join(lines))
    counted = list(_counted(expectation, played))
    if _is_met(expectation, len(counted)):
        return PASSED, ""
    rules = concerned(expectation, policies)
    lines = [f"expected {_wanted(expectation)}, happened {_times(len(counted))}"]
    lines += _shown("this counted:", counted)
    lines += timeline([rule for _, rule in rules if rule.over_time is not None], played)
    is_too_few = len(counted) < (1 if expectation.times is None else expectation.times)
    if is_too_few and expectation.kind != "never":
        lines += _shown("held back:", list(_held_back(expectation, played, rules)))
        lines += _nearest([one for one in rules if one[1].over_time is None], played, policies)
    return FAILED, "\n".join(lines)


def _is_met(expectation: Expectation, count: int) -> bool:
    if expectation.kind == "never":
        return count == 0
    return count > 0 if expectation.times is None else count == expectation.times


def _counted(expectation: Expectation, played: Played) -> Iterator[str]:
    """Yield a line for each thing that counts towards an expectation."""
    for one in played.happenings():
        if expectation.kind == "rule":
            if one.match is not None and one.is_match and one.is_of(expectation.names[0]):
                word = "matched" if one.match.firing is None else "fired"
                yield one.line(f"{word} ({one.match.mode})")
        elif not one.is_of(expectation.rule):
            continue
        elif expectation.kind == "suppressed":
            for held in one.held_back:
                is_kind = expectation.names[0] in (ANY, held.action)
                if is_kind and expectation.by in (None, held.by.value):
                    yield one.line(_held(held))
        else:
            for action in one.planned:
                if action.kind == expectation.names[0] and _is_done(action, expectation.do):
                    yield one.line(f"{action.kind} ({action.state.replace('_', ' ')})")


def _is_done(action: Action, wanted: str | None) -> bool:
    """Say whether an action does what is asked; restoring counts only where it is asked for."""
    does = action.params.get("do")
    return does == wanted if wanted is not None else does != _RESTORE


def _held_back(
    expectation: Expectation, played: Played, rules: Sequence[tuple[Policy, Rule]]
) -> Iterator[str]:
    """Yield a line for each thing held back, of the rules concerned, that might have counted."""
    names = {(policy.id, rule.id) for policy, rule in rules}
    for one in played.happenings():
        if (one.policy, one.rule) in names:
            for held in one.held_back:
                if expectation.kind == "rule" or held.action in ("", *expectation.names):
                    yield one.line(_held(held))


def _held(held: HeldBack) -> str:
    detail = f" ({held.detail})" if held.detail else ""
    return f"{held.action or 'the whole match'} held back by {held.by}{detail}"


def _shown(title: str, lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_SHOWN
    shown = [title, *lines[:_MOST_SHOWN]] if lines else []
    return [*shown, f"  and {more} more"] if more > 0 else shown


def _wanted(expectation: Expectation) -> str:
    name = ", ".join(expectation.names)
    done = f" ({expectation.do})" if expectation.do else ""
    of_rule = f" of rule {expectation.rule}" if expectation.rule else ""
    by = f" by {expectation.by}" if expectation.by else ""
    times = "at least once" if expectation.times is None else _times(expectation.times)
    words = {
        "never": f"{name}{done}{of_rule} never to be planned",
        "action": f"{name}{done}{of_rule} to be planned {times}",
        "suppressed": f"{name}{of_rule} to be held back{by} {times}",
        "rule": f"rule {name} to match {times}",
    }
    return words[expectation.kind]


def _times(count: int) -> str:
    return {0: "not once", 1: "once"}.get(count, f"{count} times")


def _nearest(
    rules: Sequence[tuple[Policy, Rule]], played: Played, policies: PolicySet
) -> list[str]:
    """Return how the rule that came nearest to firing missed, and for which mention."""
    misses = islice(_misses(rules, played, policies), _MOST_EXPLAINED)
    nearest = min(misses, key=lambda one: one.distance, default=None)
    if nearest is None:
        return []
    shown = explanation_lines(nearest)
    kept = [f"  {line}" for line in shown if not line.lstrip().startswith("revision ")]
    return [f"nearest miss, for {nearest.mention}:", *kept]


def _misses(
    rules: Sequence[tuple[Policy, Rule]], played: Played, policies: PolicySet
) -> Iterator[Explanation]:
    for one in played.decided:
        for policy, rule in rules:
            if not any(_matched(decision, policy, rule) for decision in one.decisions):
                yield explain(policy, rule, one, revision=policies.revision)


def _matched(decision: Decision, policy: Policy, rule: Rule) -> bool:
    return decision.policy == policy.id and any(one.rule == rule.id for one in decision.matches)
