"""Gates: what each holds back, and that a chain loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import Mode
from engine.dispatch.gates.chain import Held, Passage, pass_gates
from engine.dispatch.gates.channel_exists import ChannelExistsGate
from engine.dispatch.gates.mode import ModeGate
from engine.ports import Channel
from engine.reasons import Reason
from engine.testing import NOON, planned

TEAM = {"team": Channel("team", "log", {})}


@pytest.mark.parametrize(
    ("params", "held"),
    [
        pytest.param({"channel": "team"}, [], id="defined"),
        pytest.param({"channel": "old"}, [Reason.CHANNEL_GONE], id="no longer defined"),
        pytest.param({"tags": ["refund"]}, [], id="names no channel"),
    ],
)
async def test_channel_exists(params, held):
    passage = await ChannelExistsGate(TEAM)([planned(params=params)], now=NOON)
    assert [one.by for one in passage.held] == held
    assert len(passage.kept) == 1 - len(held)


@pytest.mark.parametrize("kind", ["reply", "hide"])
async def test_what_answers_a_mention_needs_no_channel(kind):
    item = planned(kind=kind, params={"channel": "mastodon", "text": "sorry"})
    assert (await ChannelExistsGate({})([item], now=NOON)).kept == (item,)


async def test_a_channel_is_looked_up_at_the_moment_of_sending():
    channels = dict(TEAM)
    gate = ChannelExistsGate(channels)
    item = planned()
    assert (await gate([item], now=NOON)).kept == (item,)
    del channels["team"]
    assert (await gate([item], now=NOON)).held == (
        Held(item, Reason.CHANNEL_GONE, "channel 'team'"),
    )


@pytest.mark.parametrize(
    ("planned_as", "now", "goes"),
    [
        pytest.param(Mode.ENFORCE, Mode.ENFORCE, True, id="as it was"),
        pytest.param(Mode.ENFORCE, Mode.DRAFT, True, id="inward actions happen in draft"),
        pytest.param(Mode.ENFORCE, Mode.SHADOW, False, id="the rule went into shadow"),
        pytest.param(Mode.DRAFT, Mode.OFF, False, id="the rule was switched off"),
        pytest.param(
            Mode.SHADOW, Mode.ENFORCE, False, id="a looser rule does not loosen the action"
        ),
        pytest.param(Mode.ENFORCE, None, True, id="the rule is not loaded: as planned"),
        pytest.param(Mode.OFF, None, False, id="planned off is never sent"),
    ],
)
async def test_mode(planned_as, now, goes):
    passage = await ModeGate(lambda _: now)([planned(mode=planned_as)], now=NOON)
    assert bool(passage.kept) is goes
    assert [one.by for one in passage.held] == ([] if goes else [Reason.SHADOW])


async def test_the_first_gate_that_minds_gives_the_reason():
    item = planned(mode=Mode.OFF, params={"channel": "old"})
    gates = [ChannelExistsGate(TEAM), ModeGate(lambda _: None)]
    assert [one.by for one in (await pass_gates(gates, [item], now=NOON)).held] == [
        Reason.CHANNEL_GONE
    ]
    assert [one.by for one in (await pass_gates(gates[::-1], [item], now=NOON)).held] == [
        Reason.SHADOW
    ]


@given(minded=st.lists(st.sets(st.integers(1, 8)), max_size=4))
async def test_a_chain_parts_the_actions_and_keeps_their_order(minded):
    def gate(numbers):
        async def judge(items, *, now):
            del now
            held = tuple(
                Held(one, Reason.EXPIRED) for one in items if int(one.action.id, 16) in numbers
            )
            return Passage(tuple(one for one in items if one not in [h.item for h in held]), held)

        return judge

    items = [planned(number=number) for number in range(1, 9)]
    passage = await pass_gates([gate(numbers) for numbers in minded], items, now=NOON)
    stopped = set().union(*minded)
    assert [int(one.action.id, 16) for one in passage.kept] == sorted(set(range(1, 9)) - stopped)
    assert {int(one.item.action.id, 16) for one in passage.held} == stopped
