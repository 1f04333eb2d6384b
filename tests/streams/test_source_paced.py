from __future__ import annotations

import math
from datetime import timedelta

import pytest
from reading import collect, texts

from engine.ports import DeadLetter, SourceBatch
from engine.testing import NOON, ManualClock, mention
from streams.sources.paced import Paced
from streams.sources.threaded import closing_iterator


class Given:
    name = "given"

    def __init__(self, *batches):
        self._batches = batches
        self.is_closed = False

    async def batches(self, cursor):
        del cursor
        try:
            for batch in self._batches:
                yield batch
        finally:
            self.is_closed = True


def batch(*seconds, cursor, dead=0):
    mentions = tuple(
        mention(f"{at}", external_id=str(at), published_at=NOON + timedelta(seconds=at))
        for at in seconds
    )
    letters = tuple(DeadLetter("given", str(n), "bad", "") for n in range(dead))
    return SourceBatch("given", mentions, letters, {"at": cursor})


class Played:
    """Plays a source on a clock that only sleeping moves; remembers when what came."""

    def __init__(self, *batches, speed):
        self.clock = ManualClock()
        self.source = Paced(Given(*batches), speed, self.clock, sleep=self._sleep)
        self.slept = 0

    async def _sleep(self, seconds):
        assert seconds > 0
        self.slept += 1
        self.clock.advance(timedelta(seconds=seconds))

    async def timeline(self):
        begun = self.clock.now()
        return [
            ((self.clock.now() - begun).total_seconds(), texts([part]), part.cursor)
            async for part in self.source.batches(None)
        ]


async def test_the_timeline_at_half_speed():
    """
    published  0    1         10
    wall       0      2.25            20.25   (due 2 and 20, a quarter later at most)
    """
    assert await Played(batch(0, 1, 10, cursor="c"), speed=0.5).timeline() == [
        (0.0, ["0"], None),
        (2.25, ["1"], None),
        (20.25, ["10"], {"at": "c"}),
    ]


async def test_the_pace_goes_on_over_batches():
    played = Played(batch(0, 60, cursor=1), batch(120, 180, cursor=2), speed=60)
    assert await played.timeline() == [
        (0.0, ["0"], None),
        (1.25, ["60"], {"at": 1}),
        (2.25, ["120"], None),
        (3.25, ["180"], {"at": 2}),
    ]


async def test_what_falls_due_together_comes_together():
    played = Played(batch(*range(1000), cursor=1), speed=100)
    timeline = await played.timeline()
    assert [text for _, found, _ in timeline for text in found] == [str(n) for n in range(1000)]
    assert len(timeline) < 50
    for at, found, _ in timeline:
        assert all(int(text) / 100 <= at + 1e-6 for text in found), "never early"
        assert all(at - int(text) / 100 <= 1 for text in found), "never a second late"


async def test_one_behind_a_later_one_comes_with_it_and_in_order():
    played = Played(batch(0, 10, 3, 20, cursor=1), speed=1)
    assert [found for _, found, _ in await played.timeline()] == [["0"], ["10", "3"], ["20"]]


async def test_only_the_last_part_carries_the_cursor_and_only_the_first_the_dead():
    played = Played(batch(0, 10, 20, cursor=1, dead=2), speed=1)
    parts = await collect(played.source)
    assert [part.cursor for part in parts] == [None, None, {"at": 1}]
    assert [len(part.dead) for part in parts] == [2, 0, 0]
    assert sum(part.read for part in parts) == 5


async def test_a_batch_of_dead_letters_does_not_wait():
    played = Played(batch(cursor=1, dead=1), batch(0, cursor=2), speed=1)
    assert [cursor for _, _, cursor in await played.timeline()] == [{"at": 1}, {"at": 2}]
    assert played.slept == 0


async def test_at_any_speed_nothing_changes():
    whole = batch(0, 1000, cursor=1)
    played = Played(whole, speed=math.inf)
    assert await collect(played.source) == [whole]
    assert played.slept == 0


async def test_stopping_closes_the_source_within():
    inner = Given(batch(0, 1, cursor=1))
    clock = ManualClock()

    async def sleep(seconds):
        clock.advance(timedelta(seconds=seconds))

    await collect(Paced(inner, 1, clock, sleep=sleep), most=1)
    assert inner.is_closed


@pytest.mark.parametrize("speed", [0, -1, math.nan])
def test_a_speed_is_above_nothing(speed):
    with pytest.raises(ValueError, match="a speed is a number above 0"):
        Paced(Given(), speed, ManualClock(), sleep=None)


class WaitedError(Exception):
    """Raised in place of waiting."""


async def _refuse_to_wait(seconds):
    raise WaitedError(seconds)


async def test_what_falls_due_after_the_last_year_is_waited_for():
    source = Paced(Given(batch(0, 60, cursor=1)), 1e-300, ManualClock(), sleep=_refuse_to_wait)
    async with closing_iterator(source.batches(None)) as batches:
        assert texts([await anext(batches)]) == ["0"]
        with pytest.raises(WaitedError):
            await anext(batches)


async def test_what_fell_due_before_the_first_year_comes_at_once():
    source = Paced(Given(batch(60, 0, cursor=1)), 1e-300, ManualClock(), sleep=_refuse_to_wait)
    assert texts([part async for part in source.batches(None)]) == ["60", "0"]
