"""Pace and breakers: what accounts may bear, in exact time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dispatch.breaker import BreakerLimits, Breakers
from engine.dispatch.gates.accounts import AccountGate
from engine.dispatch.pacing import Pacer, Rate
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.reasons import Reason
from engine.receiving import Allowance
from engine.testing import NOON, planned

SECOND = timedelta(seconds=1)
FIVE_A_MINUTE = Rate(5, timedelta(minutes=1))


def test_a_bucket_gives_what_it_holds_and_then_one_a_gap():
    pacer = Pacer(lambda _: FIVE_A_MINUTE)
    assert [pacer.take("a", now=NOON) for _ in range(5)] == [None] * 5
    assert pacer.take("a", now=NOON) == NOON + 12 * SECOND
    assert pacer.take("a", now=NOON + 12 * SECOND) is None
    assert pacer.take("a", now=NOON + 12 * SECOND) == NOON + 24 * SECOND
    assert pacer.take("b", now=NOON) is None, "another account has its own"


@given(waits=st.lists(st.integers(0, 40), max_size=60))
def test_no_window_ever_holds_more_than_twice_its_rate_and_none_that_may_go_waits(waits):
    """A bucket of n a minute lets at most n at once and n more as they come back."""
    pacer, now, taken = Pacer(lambda _: FIVE_A_MINUTE), NOON, []
    for wait in waits:
        now += wait * SECOND
        ripe = pacer.take("a", now=now)
        if ripe is None:
            taken.append(now)
        else:
            assert ripe > now
            assert pacer.take("a", now=ripe) is None, "it is let through when it was told to come"
            taken.append(ripe)
            now = ripe
    for begin in taken:
        assert sum(begin <= one < begin + timedelta(minutes=1) for one in taken) <= 10


def test_the_platforms_own_word_counts_before_ours():
    pacer = Pacer(lambda _: None)
    reset = NOON + timedelta(minutes=3)
    pacer.heard("a", Allowance(2, reset))
    assert [pacer.take("a", now=NOON) for _ in range(3)] == [None, None, reset]
    assert pacer.take("a", now=reset) is None
    pacer.ended("a", RecoverableActionError("slow", retry_after=30 * SECOND), now=reset)
    assert pacer.take("a", now=reset + 29 * SECOND) == reset + 30 * SECOND
    assert pacer.take("a", now=reset + 30 * SECOND) is None


def failing(breakers, times, *, now=NOON):
    for _ in range(times):
        breakers.ended("a", RecoverableActionError("down"), now=now)


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_try():
    breakers = Breakers(BreakerLimits(failures=3))
    failing(breakers, 2)
    breakers.ended("a", None, now=NOON)
    failing(breakers, 2)
    assert breakers.ask("a", now=NOON) is None, "not in a row"
    failing(breakers, 1)
    opens = NOON + 30 * SECOND
    assert breakers.ask("a", now=NOON) == opens
    assert breakers.open(now=NOON) == {"a": opens}
    assert breakers.ask("a", now=opens) is None, "one may try"
    assert breakers.ask("a", now=opens) == opens + 30 * SECOND, "the others wait for its end"
    failing(breakers, 1, now=opens)
    assert breakers.ask("a", now=opens) == opens + 60 * SECOND, "twice as long"
    assert breakers.ask("a", now=opens + 60 * SECOND) is None
    breakers.ended("a", None, now=opens + 60 * SECOND)
    assert breakers.ask("a", now=opens + 60 * SECOND) is None
    assert breakers.open(now=NOON) == {}


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        pytest.param(RecoverableActionError("down"), True, id="out of reach"),
        pytest.param(UnconfirmedActionError("lost"), True, id="answer lost"),
        pytest.param(PermanentActionError("no"), False, id="a refusal is an answer"),
        pytest.param(
            RecoverableActionError("slow", retry_after=SECOND), False, id="a wish is an answer"
        ),
    ],
)
def test_what_counts_as_a_failure(error, counts):
    breakers = Breakers(BreakerLimits(failures=1))
    breakers.ended("a", error, now=NOON)
    assert (breakers.ask("a", now=NOON) is not None) is counts


async def test_the_gate_makes_wait_and_holds_nothing_for_good():
    pacer = Pacer(lambda _: Rate(1, SECOND))
    gate = AccountGate(
        lambda item: item.action.params.get("channel", "record"),
        lambda account, now: pacer.take(account, now=now),
        reason=Reason.PACED,
    )
    first, second = planned(number=1), planned(number=2)
    inward = planned(number=3, params={})
    passage = await gate([first, second, inward, inward], now=NOON)
    assert passage.kept == (first, inward, inward)
    [held] = passage.held
    assert (held.item, held.by, held.until) == (second, Reason.PACED, NOON + SECOND)
