"""Mentions a minute, from samples of a counter.

seconds   0 .... 10 .... 20 .... 30
counter   0      20      20      50
"""

from datetime import timedelta

import pytest

from engine.console.pages.rates import BARS, RateHistory
from engine.testing import NOON


def after(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def history():
    found = RateHistory()
    for seconds, count in ((0, 0), (10, 20), (20, 20), (30, 50)):
        found.sample(count, now=after(seconds))
    return found


def test_bars_are_what_came_in_each_ten_seconds(history):
    bars = history.bars(50, now=after(30))

    assert len(bars) == BARS
    assert bars[-3:] == [20, 0, 30]
    assert sum(bars) == 50


def test_the_rate_is_that_of_the_last_minute(history):
    assert history.per_minute(50, now=after(30)) == 100
    assert history.per_minute(50, now=after(60)) == 50
    assert history.per_minute(50, now=after(75)) == 60 / 55 * 30


def test_nothing_sampled_is_no_rate():
    assert RateHistory().per_minute(9, now=NOON) == 0
    assert RateHistory().bars(9, now=NOON) == [0] * BARS


def test_a_counter_that_starts_anew_is_not_negative(history):
    assert min(history.bars(3, now=after(31))) == 0
    assert history.per_minute(0, now=after(31)) == 0


def test_samples_within_a_second_do_not_fill_the_memory():
    history = RateHistory()
    for step in range(10_000):
        history.sample(step, now=NOON + timedelta(milliseconds=step))

    assert history.per_minute(10_000, now=after(10)) == 60_000
