"""Playbooks: what they do when an incident opens and rises, and that all of it is put back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import Mode, Severity
from engine.incidents.playbook import PlaybookRun, TaskState
from engine.policy import load_text
from engine.testing import NOON

MINUTE = timedelta(minutes=1)
DOCUMENTS = """channel: room
kind: log
---
playbook: recall
levels:
  - {name: watch, severity: minor}
  - {name: serious, severity: major, when: "an injury is named"}
  - {name: grave, severity: critical, roles: [lead]}
roles: {lead: lea, legal: [ann, bob]}
tasks:
  - {id: verify, role: lead, do: "Ring the plant.", within: 30m}
  - {id: board, role: legal, do: "Tell the board.", within: 1h, level: grave}
  - {id: write, role: lead, do: "Keep a log."}
statements:
  en: "We are looking into it."
  fr: "Nous regardons."
actions:
  - publishing: {do: suspend, scope: brand}
  - ads: {do: pause, select: {tag: brand}}
  - notify: {channel: room, text: "Recall"}
  - {rules: {do: draft}, level: serious}
  - {halt: replies, level: grave}
  - {ads: {do: budget, by: -30%, select: {tag: other}, restore: never}, level: grave}
stand_down:
  - notify: {channel: room, text: "Over"}
  - "Write the report."
"""


@pytest.fixture(scope="module")
def recall():
    made, problems = load_text(DOCUMENTS, now=NOON)
    assert [one.as_text() for one in problems if one.code != "R191"] == []
    return made.playbooks["recall"]


def begun(playbook, severity=Severity.MINOR, mode=Mode.ENFORCE):
    return PlaybookRun.begin(playbook, "inc-1", NOON, severity=severity, mode=mode)


def kinds(deeds):
    return [one.kind for one in deeds]


def test_an_incident_that_opens_does_what_its_level_wants_and_gives_the_tasks(recall):
    run, deeds = begun(recall)

    assert kinds(deeds) == ["publishing", "ads", "notify"]
    assert run.level.name == "watch"
    assert [(one.id, one.due) for one in run.tasks.values()] == [
        ("verify", NOON + 30 * MINUTE),
        ("write", None),
    ]


def test_a_graver_incident_does_the_rest_once(recall):
    run, _ = begun(recall)

    first = run.rise(Severity.CRITICAL, NOON + MINUTE)

    assert kinds(first) == ["rules", "halt", "ads"]
    assert run.rise(Severity.CRITICAL, NOON + 2 * MINUTE) == []
    assert run.rise(Severity.MINOR, NOON + 2 * MINUTE) == []
    assert (run.level.name, "board" in run.tasks) == ("grave", True)


def test_stand_down_puts_back_the_latest_first_and_then_does_what_it_says(recall):
    run, deeds = begun(recall, Severity.CRITICAL)
    changes = [one for one in deeds if one.id in run.changed]

    ended = run.stand_down(NOON + MINUTE)

    assert [one.undoes for one in ended[:-1]] == [one.id for one in reversed(changes)]
    assert kinds(ended) == ["halt", "rules", "ads", "publishing", "notify"]
    assert ended[-2].params == {
        "do": "restore",
        "scope": "brand",
        "restore": "on_resolve",
        "undoes": changes[0].id,
        "was": "suspend",
    }
    assert run.changed == {}
    assert run.stand_down(NOON + 2 * MINUTE) == []


def test_what_is_never_to_be_restored_stays(recall):
    run, deeds = begun(recall, Severity.CRITICAL)
    budget = deeds[-1]

    assert budget.params["restore"] == "never"
    assert budget.id not in {one.undoes for one in run.stand_down(NOON)}


def test_a_task_is_overdue_once_and_done_once(recall):
    run, _ = begun(recall)

    assert run.advance(NOON + 29 * MINUTE) == []
    assert [one.id for one in run.advance(NOON + 30 * MINUTE)] == ["verify"]
    assert run.advance(NOON + 40 * MINUTE) == []
    assert run.done("verify", "lea", NOON + 41 * MINUTE).done_by == "lea"
    assert run.done("verify", "tom", NOON + 42 * MINUTE) is None
    assert run.done("gone", "tom", NOON) is None
    assert run.tasks["verify"].state is TaskState.DONE


def test_an_incident_that_is_reopened_does_it_all_anew_under_other_ids(recall):
    run, deeds = begun(recall)
    run.stand_down(NOON + MINUTE)

    again = run.again(Severity.MINOR, NOON + 2 * MINUTE)

    assert kinds(again) == kinds(deeds)
    assert {one.id for one in again}.isdisjoint(one.id for one in deeds)
    assert run.again(Severity.MINOR, NOON + 3 * MINUTE) == []


def test_a_deed_goes_no_further_than_the_rule_that_opened_the_incident(recall):
    _, deeds = begun(recall, mode=Mode.DRAFT)

    assert {one.mode for one in deeds} == {Mode.DRAFT}


def test_an_action_in_shadow_is_not_done_so_nothing_of_it_is_put_back():
    text = "playbook: p\nactions: [{publishing: {do: suspend}, mode: shadow}, {halt: replies}]\n"
    made, problems = load_text(text, now=NOON)

    run, deeds = begun(made.playbooks["p"])

    assert problems == []
    assert kinds(deeds) == ["halt"]
    assert [one.kind for one in run.stand_down(NOON)] == ["halt"]


def test_levels_without_a_severity_end_at_critical():
    made, _ = load_text("playbook: p\nlevels: [watch, serious, grave]\n", now=NOON)
    found = made.playbooks["p"]

    assert [one.severity for one in found.levels] == ["minor", "major", "critical"]
    assert found.reached(Severity.INFO) == 0


def test_statements_are_chosen_by_the_languages_of_the_cause(recall):
    assert [one.language for one in recall.statements_in(("fr",))] == ["fr"]
    assert [one.language for one in recall.statements_in(("de",))] == ["en", "fr"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("rise"), st.sampled_from(list(Severity))),
        st.tuples(st.just("again"), st.sampled_from(list(Severity))),
        st.tuples(st.just("done"), st.sampled_from(["verify", "board", "gone"])),
        st.tuples(st.sampled_from(["advance", "stand_down", "resume"]), st.none()),
    ),
    max_size=12,
)


@given(steps=STEPS, severity=st.sampled_from(list(Severity)))
def test_whatever_happens_all_that_was_changed_is_put_back_once_and_nothing_else(
    recall, steps, severity
):
    run, deeds = begun(recall, severity)
    deeds = list(deeds)
    for number, (what, value) in enumerate(steps):
        at = NOON + number * 10 * MINUTE
        if what == "resume":
            run = PlaybookRun.resume(recall, json.loads(json.dumps(run.snapshot())))
        elif what == "done":
            run.done(value, "lea", at)
        elif what == "advance":
            run.advance(at)
        elif what == "stand_down":
            deeds += run.stand_down(at)
        else:
            deeds += getattr(run, what)(value, at)
    deeds += run.stand_down(NOON + timedelta(days=1))

    undone = [one.undoes for one in deeds if one.undoes]
    restorable = [
        one.id
        for one in deeds
        if not one.undoes
        and one.kind in {"ads", "publishing", "rules", "halt"}
        and one.params.get("restore") != "never"
    ]
    assert run.changed == {}
    assert sorted(undone) == sorted(restorable)
    assert len({one.id for one in deeds}) == len(deeds)


@given(steps=STEPS)
def test_a_run_goes_on_from_its_snapshot_as_if_nothing_had_happened(recall, steps):
    whole, _ = begun(recall)
    cut, _ = begun(recall)
    for number, (what, value) in enumerate(steps):
        at = NOON + number * 10 * MINUTE
        cut = PlaybookRun.resume(recall, json.loads(json.dumps(cut.snapshot())))
        for run in (whole, cut):
            if what == "done":
                run.done(value, "lea", at)
            elif what in ("advance", "stand_down"):
                getattr(run, what)(at)
            elif what != "resume":
                getattr(run, what)(value, at)

    assert cut.snapshot() == whole.snapshot()
