"""A rule of single mentions puts back what it changed for an incident, once that is over."""

from __future__ import annotations

import pytest
from stories import START, Story, policies_of, said

from engine.decision import ActionState, Phase
from engine.plan import action_id

POLICY = """policy: p
rules:
  - id: danger
    mode: MODE
    severity: critical
    when: {text: fire}
    then:
      - incident: {title: "Fire"}
      - ads: {do: pause, select: {tag: battery}, restore: on_resolve}
      - publishing: {do: suspend, scope: brand, restore: on_resolve}
      - ads: {do: budget, by: -30%, select: {tag: bikes}, restore: never}
"""
HOUR = 3600


def story(mode="enforce"):
    return Story(POLICY.replace("MODE", mode), forgets=True)


def restores(told):
    """Return what was put back: after how many hours, what, and the id of what it undoes."""
    return [
        ((decision.at - START).total_seconds() / HOUR, action.kind, action)
        for decision, match in told.happened
        for action in match.actions
        if action.params.get("do") == "restore"
    ]


@pytest.mark.parametrize("is_killed", [False, True])
def test_all_that_its_matches_changed_is_put_back_a_day_after_the_last(is_killed):
    fires = [said(0, text="fire", number=1), said(HOUR, text="fire", number=2)]
    told = story().tell(*fires)
    if is_killed:
        told.restart()
    told.wait(40 * HOUR)

    found = restores(told)
    assert [(at, kind) for at, kind, _ in found] == [
        (25, "publishing"),
        (25, "ads"),
        (25, "publishing"),
        (25, "ads"),
    ]
    (rule,) = policies_of(POLICY.replace("MODE", "enforce")).policies[0].rules
    assert [action.params["undoes"] for _, _, action in found] == [
        action_id(rule.revision, one.id, index) for one in reversed(fires) for index in (2, 1)
    ]
    assert {action.state for _, _, action in found} == {ActionState.PLANNED}
    assert len({action.id for _, _, action in found}) == 4
    phases = [match.firing.phase for _, match in told.happened if match.firing is not None]
    assert phases == [Phase.RESOLVED]


def test_a_draft_is_put_back_once_a_person_agrees():
    told = story("draft").tell(said(0, text="fire")).wait(40 * HOUR)
    states = {action.state for _, _, action in restores(told)}
    assert states == {ActionState.AWAITING_APPROVAL}


def test_while_it_goes_on_nothing_is_put_back():
    told = story().tell(said(0, text="fire")).wait(23 * HOUR)
    assert restores(told) == []
