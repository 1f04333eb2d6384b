"""What every receiver promises, under every fault of its platform.

An attempt that raises anything but UnconfirmedActionError took no effect, or may be repeated without
a second one. What is in doubt is told apart by reading back, where the receiver can.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from engine.actions.channels import build_receivers
from engine.errors import (
    ActionError,
    PermanentActionError,
    RecoverableActionError,
    UnconfirmedActionError,
)
from engine.ports import Channel
from engine.receiving import ReadsBack
from engine.testing import NOON, mention, planned
from tests.platforms.webhook_server import SECRET, WebhookConsumer

MINUTE = timedelta(minutes=1)
AGAIN, DOUBT, NEVER, FINE = (
    RecoverableActionError,
    UnconfirmedActionError,
    PermanentActionError,
    None,
)


@dataclass
class Case:
    """A receiver, something to send by it, and what its platform saw."""

    server: Any
    receiver: Any
    item: Any
    at: str

    def effects(self):
        return sum(one["count"] for one in self.server.seen() if one["kind"] != "update")


@pytest.fixture
async def hooks(clock):
    async with WebhookConsumer(clock).listening() as server:
        yield server
        assert server.complaints == []


@pytest.fixture
def case(request, client, slack_channels, mastodon, slack, hooks, care):  # noqa: PLR0917 - fixtures
    signed = Channel("signed", "webhook", {"url": hooks.hook_url, "secret": SECRET})
    receivers = build_receivers(slack_channels | {"signed": signed}, client, accounts=[care])
    written = mention(source="mastodon", external_id=mastodon.do_add_status())
    server, item, at = {
        "webhook": (hooks, planned(params={"channel": "signed", "text": "look"}), "POST /hook"),
        "slack": (slack, planned(), "POST /api/chat.postMessage"),
        "slack webhook": (slack, planned(params={"channel": "hook", "text": "look"}), "POST /serv"),
        "mastodon": (
            mastodon,
            planned("reply", mention=written, params={"text": "We are sorry."}),
            "POST /api/v1/statuses",
        ),
    }[request.param]
    return Case(server, receivers.for_item(item), item, at)


#            fault            webhook, slack, slack webhook, mastodon
EXPECTED = {
    "throttled": (AGAIN, AGAIN, AGAIN, AGAIN),
    "unavailable": (AGAIN, AGAIN, AGAIN, AGAIN),
    "server_error": (AGAIN, DOUBT, DOUBT, DOUBT),
    "bad_gateway": (AGAIN, DOUBT, DOUBT, DOUBT),
    "cut_before": (DOUBT, DOUBT, DOUBT, DOUBT),
    "cut_after": (DOUBT, DOUBT, DOUBT, DOUBT),
    "stalled": (DOUBT, DOUBT, DOUBT, DOUBT),
    "cut_body": (FINE, DOUBT, DOUBT, DOUBT),
    "slow_body": (FINE, DOUBT, DOUBT, DOUBT),
    "expired_token": (NEVER, NEVER, DOUBT, NEVER),
}
NAMES = ("webhook", "slack", "slack webhook", "mastodon")
ROWS = [
    pytest.param(name, fault, kinds[at], id=f"{name}: {fault}")
    for fault, kinds in EXPECTED.items()
    for at, name in enumerate(NAMES)
]


@pytest.mark.parametrize(("case", "fault", "kind"), ROWS, indirect=["case"])
async def test_each_fault_is_the_right_kind_of_error(case, fault, kind):
    case.server.fault(fault, at=case.at)
    if kind is None:
        await case.receiver.send(case.item, now=NOON)
        assert case.effects() == 1
        return
    with pytest.raises(kind) as caught:
        await case.receiver.send(case.item, now=NOON)
    assert type(caught.value) is kind
    assert kind is DOUBT or case.effects() == 0


@pytest.mark.parametrize("case", ["slack", "mastodon"], indirect=True)
@pytest.mark.parametrize("fault", [*EXPECTED, "none"])
async def test_reading_back_tells_the_truth_or_that_nobody_can(case, fault, clock):
    if fault != "none":
        case.server.fault(fault, at=case.at)
        with pytest.raises(ActionError):
            await case.receiver.send(case.item, now=NOON)
    clock.advance(2 * MINUTE)
    item = replace(case.item, first_attempt_at=NOON)
    looked = await case.receiver.look_up(item, now=clock.now())
    assert looked.is_there is bool(case.effects())


@pytest.mark.parametrize("case", ["slack", "mastodon"], indirect=True)
@pytest.mark.parametrize("fault", [one for one in EXPECTED if one != "expired_token"])
async def test_reading_back_that_fails_may_be_tried_again(case, fault):
    case.server.fault(fault, at="GET")
    with pytest.raises(RecoverableActionError):
        await case.receiver.look_up(case.item, now=NOON)


@pytest.mark.parametrize("case", ["slack", "mastodon"], indirect=True)
async def test_reading_back_with_a_dead_token_never_succeeds(case):
    case.server.do_expire_token()
    with pytest.raises(PermanentActionError):
        await case.receiver.look_up(case.item, now=NOON)


async def settled(case, clock, attempts):
    """Attempt as a dispatcher would; return how it ended: ``sent``, ``unknown`` or ``failed``."""
    receiver, item = case.receiver, case.item
    for number in range(attempts):
        attempt = replace(item, attempts=number, first_attempt_at=NOON if number else None)
        try:
            await receiver.send(attempt, now=clock.now())
        except RecoverableActionError as error:
            clock.advance(error.retry_after or MINUTE)
        except UnconfirmedActionError:
            clock.advance(2 * MINUTE)
            lasts = receiver.idempotent_for
            if receiver.is_idempotent and (lasts is None or clock.now() - NOON < lasts):
                continue
            if not isinstance(receiver, ReadsBack):
                return "unknown"
            known = replace(item, first_attempt_at=NOON)
            looked = await receiver.look_up(known, now=clock.now())
            if looked.is_there is not False:
                return "sent" if looked.is_there else "unknown"
        else:
            return "sent"
    return "failed"


@pytest.mark.parametrize("case", NAMES, indirect=True)
@pytest.mark.parametrize("seed", range(12))
async def test_whatever_befalls_it_nothing_is_said_twice(case, seed, clock):
    dice = random.Random(seed)
    faults = [one for one in EXPECTED if one not in {"stalled", "slow_body", "expired_token"}]
    drawn = [dice.choice(faults) for _ in range(dice.randint(1, 5))]
    for fault in drawn:
        case.server.fault(fault, at=case.at)
    end = await settled(case, clock, attempts=len(drawn) + 1)
    assert case.effects() <= 1
    if end == "sent":
        assert case.effects() == 1
    else:
        assert (end, case.receiver.is_idempotent) == ("unknown", False)
