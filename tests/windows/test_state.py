from __future__ import annotations

from datetime import timedelta

import pytest

from engine.decision import CooldownStart, Decision, Match, Mode, Severity
from engine.testing import NOON
from engine.windows import WindowState
from engine.windows.instants import micros

HOUR = timedelta(hours=1)


def started(key="author=1", until=NOON + HOUR):
    match = Match(
        "r", "rev", Severity.MINOR, Mode.DRAFT, cooldown=CooldownStart("r", key, until, HOUR)
    )
    return Decision("p", "rev", "m", NOON, (match,))


def test_a_cooldown_holds_until_its_end_exclusive_for_its_rule_and_key_alone():
    #   12:00 start ─────────────── 13:00 end
    #   cooling ......................| free
    state = WindowState()
    state.apply(started())

    assert state.is_cooling("p", "r", "author=1", NOON)
    assert state.is_cooling("p", "r", "author=1", NOON + HOUR - timedelta(microseconds=1))
    assert not state.is_cooling("p", "r", "author=1", NOON + HOUR)
    for other in (("q", "r", "author=1"), ("p", "s", "author=1"), ("p", "r", "author=2")):
        assert not state.is_cooling(*other, NOON)


def test_a_match_that_comes_late_does_not_shorten_a_cooldown():
    state = WindowState()
    state.apply(started())
    state.apply(started(until=NOON + HOUR / 2))

    assert state.is_cooling("p", "r", "author=1", NOON + HOUR * 3 / 4)


def test_changes_are_told_once_and_restore_the_state():
    state = WindowState()
    state.apply(started("author=é:1"))
    state.advance(NOON)
    pieces = state.changes()

    again = WindowState.restore(
        {name: piece for name, piece in pieces.items() if piece is not None}
    )

    assert state.changes() == {}
    assert again.watermark == NOON
    assert again.is_cooling("p", "r", "author=é:1", NOON)
    assert again.changes() == {}


def test_what_has_ended_is_forgotten_and_its_piece_deleted():
    state = WindowState()
    state.apply(started())
    (name,) = state.changes()

    state.advance(NOON + HOUR)

    changes = state.changes()

    assert changes.pop("watermark")["at"] == micros(NOON + HOUR)
    assert changes == {name: None}
    assert not state.is_cooling("p", "r", "author=1", NOON)


def test_event_time_never_goes_back():
    state = WindowState()
    state.advance(NOON)
    state.changes()
    state.advance(NOON - HOUR)

    assert state.watermark == NOON
    assert state.changes() == {}


def test_a_piece_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="'gauge' is no piece of the window state"):
        WindowState.restore({"gauge": {}})
