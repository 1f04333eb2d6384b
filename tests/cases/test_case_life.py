"""What a case goes through: people's acts, the customer's further words, the first answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.cases import Act, CaseAct, act_on
from engine.cases.life import answer, hear_customer
from engine.errors import CaseActError
from tests.cases.case_samples import HOUR, case, paris


def did(act, at, **fields):
    return CaseAct("case-1", Act(act), "zoe", paris(at), **fields)


def after(*acts):
    """Return a case opened on Monday at 10:00 after acts of zoe."""
    found = case()
    for act in acts:
        found = act_on(found, act)
    return found


def first(found):
    return found.clocks[0]


def whole(found):
    return found.clocks[1]


def test_the_first_answer_stops_the_first_response_and_not_the_resolution():
    # Mo 10 S====A 11:30 ----------------
    found = answer(case(), paris("2026-03-02T11:30"))

    assert found.answered_at == paris("2026-03-02T11:30")
    assert (first(found).is_running, whole(found).is_running) == (False, True)
    assert not first(found).is_breached(paris("2026-03-30T10:00"))
    assert answer(found, paris("2026-03-02T12:00")) is found


def test_waiting_for_the_customer_pauses_every_clock_until_it_writes():
    # Mo 10 S==W 11 ............ We 11 C=======: one hour used, then seven from Wednesday on
    found = after(did("wait", "2026-03-02T11:00"))
    assert (found.state, found.due_at, found.next_mark_at) == ("waiting", None, None)

    found = hear_customer(found, paris("2026-03-04T11:00"))
    assert found.state == "open"
    assert first(found).due == paris("2026-03-04T12:00")
    assert whole(found).due == paris("2026-03-05T10:00")


def test_people_resume_what_waits_as_well():
    found = after(did("wait", "2026-03-02T11:00"), did("resume", "2026-03-02T11:30"))

    assert found.state == "open"
    assert first(found).due == paris("2026-03-02T13:30") - HOUR


@pytest.mark.parametrize(
    ("wrote", "state"),
    [
        pytest.param("2026-03-09T17:00", "reopened", id="seven days later"),
        pytest.param("2026-03-09T17:00:01", "resolved", id="a second more than that"),
    ],
)
def test_a_customer_reopens_what_was_resolved_for_seven_days(wrote, state):
    found = hear_customer(after(did("resolve", "2026-03-02T17:00")), paris(wrote))

    assert found.state == state


def test_what_is_reopened_goes_on_where_its_resolution_stood():
    # Mo 10 S==A 11 ==R 12 ............ Tu 09 O======: two hours of eight used, six left
    found = answer(case(), paris("2026-03-02T11:00"))
    found = act_on(found, did("resolve", "2026-03-02T12:00"))
    assert not any(one.is_running for one in found.clocks)
    found = act_on(found, did("reopen", "2026-03-03T09:00"))

    assert (found.state, found.resolved_at) == ("reopened", None)
    assert whole(found).due == paris("2026-03-03T16:00")
    assert first(found).stopped_at == paris("2026-03-02T11:00")


def test_one_resolved_without_an_answer_still_owes_it_when_it_is_reopened():
    found = after(did("resolve", "2026-03-02T11:00"), did("reopen", "2026-03-03T09:00"))

    assert found.answered_at is None
    assert first(found).due == paris("2026-03-03T10:00")


def test_one_takes_it_another_is_given_it_and_a_queue_has_it_with_nobody():
    found = after(did("take", "2026-03-02T11:00"))
    assert (found.queue, found.person) == ("care", "zoe")
    found = act_on(found, did("give", "2026-03-02T11:10", person="tom"))
    assert (found.queue, found.person) == ("care", "tom")
    found = act_on(found, did("give", "2026-03-02T11:20", queue="legal"))
    assert (found.queue, found.person) == ("legal", None)
    assert found.clocks == case().clocks


def test_an_answer_given_elsewhere_counts_as_one():
    found = after(did("answer", "2026-03-02T11:00"))

    assert found.answered_at == paris("2026-03-02T11:00")


@pytest.mark.parametrize(
    ("acts", "message"),
    [
        pytest.param(
            [did("resume", "2026-03-02T11:00")], "only what waits", id="resume what is open"
        ),
        pytest.param([did("reopen", "2026-03-02T11:00")], "only what is resolved", id="reopen it"),
        pytest.param(
            [did("wait", "2026-03-02T11:00"), did("wait", "2026-03-02T12:00")],
            "waits for the customer already",
            id="wait twice",
        ),
        pytest.param(
            [did("resolve", "2026-03-02T11:00"), did("take", "2026-03-02T12:00")],
            "is resolved since 2026-03-02T10:00:00Z: reopen it to take",
            id="take what is resolved",
        ),
        pytest.param([did("give", "2026-03-02T11:00")], "either to a person", id="give it to none"),
        pytest.param(
            [did("give", "2026-03-02T11:00", person="tom", queue="legal")],
            "either to a person",
            id="give it to two",
        ),
        pytest.param(
            [did("note", "2026-03-02T11:00", note="  ")], "without words", id="note nothing"
        ),
        pytest.param(
            [CaseAct("case-1", Act.TAKE, " ", paris("2026-03-02T11:00"))], "by whom", id="by nobody"
        ),
    ],
)
def test_what_does_not_fit_is_refused(acts, message):
    with pytest.raises(CaseActError, match=message):
        after(*acts)


def test_an_act_of_a_clock_set_back_is_taken_for_the_latest_known_instant():
    found = answer(case(), paris("2026-03-02T10:00") - timedelta(days=1))

    assert found.answered_at == paris("2026-03-02T10:00")
