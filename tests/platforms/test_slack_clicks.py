"""Clicks on a draft's card, as an imitation of Slack sends them, through to the verdict."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from engine.actions.slack import SlackReceiver
from engine.actions.slack_blocks import APPROVE, REJECT
from engine.console.application import create_app
from engine.console.parts import ConsoleParts
from engine.errors import StoreUnavailableError
from engine.settings import HttpSettings
from engine.settings_approval import ApprovalSettings
from engine.testing import NOON, mention, planned
from streams.runner_parts import RunnerStats
from tests.approval.people import drafted, reply
from tests.platforms.slack_server import SIGNING_SECRET
from tests.store.samples import states

PEOPLE = {"U0MARA": "mara", "U0TOM": "tom"}
ID = "action-1"


@pytest.fixture
def parts(store, slack, clock):
    return ConsoleParts(
        settings=HttpSettings(rate=1000),
        clock=clock,
        reads=store.queries,
        stats=RunnerStats(),
        verdicts=store.verdicts,
        approval=ApprovalSettings(people=PEOPLE),
        slack_secrets=lambda: ["another", SIGNING_SECRET],
        slack_answers=slack.url,
    )


@pytest.fixture
async def press(parts, slack, slack_channels, client):
    """Announces a draft on Slack, and presses a button of its card."""
    item = planned("reply", id=ID, params={"text": "We are sorry"}, mention=mention("awful"))
    receiver = SlackReceiver(slack_channels, client)
    await receiver.announce(slack_channels["team"], item, risk=0.1, now=NOON)
    transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as ours:

        async def pressed(button=APPROVE, *, value=ID, **how):
            headers, body = slack.click(button, value, **how)
            answer = await ours.post("/hooks/slack", content=body, headers=headers)
            return answer.status_code

        yield pressed


async def click_with(parts, slack, part):
    """Send a click of which a part is another; return the status of the answer."""
    _, body = slack.click(APPROVE, ID)
    payload = json.loads(parse_qs(body.decode())["payload"][0]) | part
    headers, body = slack.signed(payload)
    transport = httpx.ASGITransport(create_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as ours:
        answer = await ours.post("/hooks/slack", content=body, headers=headers)
    return answer.status_code


def answers(slack):
    told = [one for one in slack.requests if one.path.startswith("/actions/")]
    return [one.json()["text"] for one in told]


async def test_a_click_approves_and_takes_the_buttons_off(store, slack, press):
    await drafted(store)
    assert await press() == 200
    assert (await states(store))[ID] == "approved"
    [verdict] = await store.verdicts.of(ID)
    assert (verdict.by, verdict.at) == ("mara", NOON)
    assert answers(slack) == ["Approved by mara"]


async def test_a_click_that_comes_twice_counts_once(store, slack, press):
    await drafted(store)
    assert [await press(), await press()] == [200, 200]
    assert len(await store.verdicts.of(ID)) == 1
    assert answers(slack) == ["Approved by mara", "Approved by mara"]


async def test_a_click_rejects(store, slack, press):
    await drafted(store)
    await press(REJECT)
    assert (await states(store))[ID] == "cancelled"
    assert answers(slack) == ["Rejected by mara"]


async def test_four_eyes_are_two_people_on_slack_too(store, slack, press):
    await drafted(store, reply(approval="four_eyes"))
    await press()
    await press()
    await press(user="U0TOM")
    assert answers(slack) == [
        "Noted; somebody else has to approve it too (1 of 2).",
        "You approved it already (1 of 2).",
        "Approved by mara, tom",
    ]


async def test_a_stranger_judges_nothing_and_is_told_so(store, slack, press):
    await drafted(store)
    assert await press(user="U0EVIL") == 200
    assert await store.verdicts.of(ID) == []
    assert answers(slack) == ["Nobody knows you here: add U0EVIL to approval.people."]


async def test_a_card_older_than_the_text_approves_nothing(store, slack, press, clock):
    await drafted(store)
    clock.advance(timedelta(minutes=1))
    await store.verdicts.edit(ID, by="tom", text="Buy our kettles", at=clock.now())
    await press()
    assert (await states(store))[ID] == "awaiting_approval"
    [said] = answers(slack)
    assert "tom rewrote it after you looked at it" in said


async def test_a_draft_that_is_over_loses_its_buttons(store, slack, press):
    await drafted(store)
    await store.verdicts.reject(ID, by="tom", reason="no", at=NOON)
    await press()
    [said] = answers(slack)
    assert said.endswith("it is cancelled: a person rejected it")


@pytest.mark.parametrize(
    "how", [{"secret": "guessed"}, {"skew": -301}, {"skew": 301}], ids=["forged", "old", "early"]
)
async def test_what_slack_did_not_sign_now_is_refused(store, slack, press, how):
    await drafted(store)
    assert await press(**how) == 401
    assert await store.verdicts.of(ID) == []
    assert answers(slack) == []


async def test_without_a_secret_no_click_is_taken(store, parts, press):
    await drafted(store)
    parts.slack_secrets = tuple
    assert await press() == 403
    assert await store.verdicts.of(ID) == []


async def test_a_click_on_something_else_is_none_of_ours(store, slack, press):
    await drafted(store)
    assert await press("another_button") == 200
    assert answers(slack) == []


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"message": "no card"}, id="a message that is a text"),
        pytest.param({"message": {"ts": "1e300"}}, id="an instant beyond all calendars"),
        pytest.param({"message": {"ts": "inf"}}, id="an instant without end"),
        pytest.param({"actions": ["approve"]}, id="a button that is a text"),
        pytest.param({"user": None}, id="nobody"),
    ],
)
async def test_a_click_in_another_form_is_refused(store, parts, slack, part):
    await drafted(store)
    assert await click_with(parts, slack, part) == 400
    assert (await states(store))[ID] == "awaiting_approval"


async def test_a_card_in_another_form_can_be_judged(store, parts, slack):
    await drafted(store)
    card = {"message": {"ts": str(NOON.timestamp()), "blocks": ["x", 1]}}
    assert await click_with(parts, slack, card) == 200
    assert (await states(store))[ID] == "approved"
    assert len(answers(slack)) == 1


async def test_nothing_is_told_elsewhere_than_at_slack(store, slack, parts, press):
    await drafted(store)
    parts.slack_answers = "https://hooks.slack.com/"
    assert await press() == 200
    assert (await states(store))[ID] == "approved"
    assert answers(slack) == []


async def test_a_database_that_does_not_answer_is_told_to_who_clicked(store, slack, parts, press):
    class Away:
        async def approve(self, *_args, **_named):
            message = "locked"
            raise StoreUnavailableError(message)

    await drafted(store)
    parts.verdicts = Away()
    assert await press() == 200
    assert answers(slack) == [
        "Not done: the database does not answer. Click again in a moment.",
    ]
