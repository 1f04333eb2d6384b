"""The spike measure on a key's first day, before the detector knows its hours."""

from __future__ import annotations

import pytest
from stories import Story, said

POLICY = """policy: p
rules:
  - id: spike
    window: {over: 10m, by: [brand], having: {spike: {at_least: 10}}}
    resolve: {below: 60%, for: 10m}
"""
MINUTE, HOUR = 60, 3600


def steady(until, *, every=MINUTE, since=0):
    """Mentions at an even pace."""
    return [said(at, number=f"s{at}") for at in range(since, until, every)]


def burst(since, count, *, within):
    """Mentions that come all at once."""
    return [said(since + at * within / count, number=f"b{since}-{at}") for at in range(count)]


def test_a_rise_to_many_times_the_level_is_told_on_the_first_day():
    story = Story(POLICY).tell(*steady(3 * HOUR), *burst(3 * HOUR, 200, within=5 * MINUTE)).wait()

    ((opened, _),) = story.firings()
    assert 3 * HOUR < opened <= 3 * HOUR + 5 * MINUTE


@pytest.mark.parametrize("hours", [0, 0.5])
def test_a_key_without_a_past_has_nothing_to_stand_out_from(hours):
    since = int(hours * HOUR)
    story = Story(POLICY).tell(*steady(since), *burst(since, 500, within=5 * MINUTE)).wait()

    assert story.firings() == []


def test_twice_the_level_is_no_spike_on_the_first_day():
    story = (
        Story(POLICY).tell(*steady(3 * HOUR), *steady(5 * HOUR, every=30, since=3 * HOUR)).wait()
    )

    assert story.firings() == []
