"""`/api/v1/drafts` over a real store: lists, verdicts, refusals, the token."""

from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from engine.console.application import create_app
from engine.console.parts import ConsoleParts
from engine.settings import HttpSettings
from engine.testing import NOON, ManualClock
from streams.runner_parts import RunnerStats
from tests.approval.people import drafted, reply

TOKEN = "a-long-token-nobody-guesses"
ID = "action-1"


@pytest.fixture
def woken():
    """Counts how often whoever sends was woken."""
    return []


@pytest.fixture
def asked(store, woken):
    """Opens a console over the store, called with its token; with no token set where asked so."""

    @asynccontextmanager
    async def opened(*, token=TOKEN, sent=TOKEN):
        parts = ConsoleParts(
            settings=HttpSettings(api_token=token),
            clock=ManualClock(),
            reads=store.queries,
            stats=RunnerStats(),
            verdicts=store.verdicts,
            wake=lambda: woken.append(1),
        )
        transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {sent}"} if sent else {}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1/api/v1", headers=headers
        ) as client:
            yield client

    return opened


@pytest.fixture
async def client(asked, store):
    await drafted(store, reply(1), reply(2))
    async with asked() as found:
        yield found


async def test_a_list_goes_on_by_its_cursor(client):
    first = (await client.get("/drafts", params={"limit": 1})).json()
    assert [row["id"] for row in first["items"]] == ["action-1"]
    assert first["items"][0]["needed"] == 1
    more = (await client.get("/drafts", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [row["id"] for row in more["items"]] == ["action-2"]


async def test_one_draft_is_shown_in_full(client):
    row = (await client.get(f"/drafts/{ID}")).json()
    assert row["about"]["text"] == "hello acme, number 1"
    assert row["risk_factors"][0]["text"] == "the rule is of severity minor"
    assert [one["id"] for one in row["beside"]] == ["action-2"]
    assert row["decision"]["trace"]["condition"] == "sentiment: negative"


async def test_an_approval_wakes_the_sender(client, woken):
    answer = await client.post(f"/drafts/{ID}/approve", json={"by": "zoe", "text": "So sorry"})
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert answer.json()["cancelled"] == ["action-2"]
    assert woken == [1]
    rows = (await client.get("/drafts", params={"all": True})).json()["items"]
    assert {row["id"]: row["state"] for row in rows} == {
        "action-1": "approved",
        "action-2": "cancelled",
    }
    [row] = (await client.get("/drafts/precision")).json()
    assert (row["edited"], row["given_up"], row["precision"]) == (1, 1, 1.0)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("approve", {}, 422, "invalid_parameter"),
        ("approve", {"by": "zoe", "as": "x"}, 422, "invalid_parameter"),
        ("approve", {"by": " "}, 422, "draft_invalid"),
        ("reject", {"by": "zoe"}, 422, "invalid_parameter"),
        ("edit", {"by": "zoe", "text": "a\u202eb"}, 422, "draft_invalid"),
    ],
)
async def test_what_makes_no_verdict_is_refused(client, path, body, *, status, code):
    answer = await client.post(f"/drafts/{ID}/{path}", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_what_may_not_be_judged_so_is_refused(client):
    async def post(path, draft=ID, **body):
        answer = await client.post(f"/drafts/{draft}/{path}", json=body)
        return answer.status_code, answer.json().get("error", {}).get("code")

    assert await post("approve", "nothing", by="zoe") == (404, "draft_unknown")
    assert await post("approve", "action", by="zoe") == (409, "draft_ambiguous")
    assert await post("edit", by="zoe", text="So sorry") == (200, None)
    assert await post("approve", by="zoe") == (403, "draft_own_draft")
    before = (NOON - timedelta(minutes=1)).isoformat()
    assert await post("approve", by="tom", as_of=before) == (409, "draft_changed")
    assert await post("reject", by="tom", reason="no") == (200, None)
    assert await post("approve", by="tom") == (409, "draft_not_waiting")


async def test_nobody_acts_where_no_token_is_set(asked, store):
    await drafted(store)
    async with asked(token=None, sent=None) as client:
        assert (await client.get("/drafts")).status_code == 200
        answer = await client.post(f"/drafts/{ID}/approve", json={"by": "zoe"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no_token_set")
    assert await store.verdicts.of(ID) == []


@pytest.mark.parametrize("sent", [None, "wrong"])
async def test_nobody_reads_or_acts_without_the_token(asked, store, sent):
    await drafted(store)
    async with asked(sent=sent) as client:
        answers = [
            await client.get("/drafts"),
            await client.post(f"/drafts/{ID}/approve", json={"by": "zoe"}),
        ]
    assert [one.status_code for one in answers] == [401, 401]


async def test_a_console_without_verdicts_says_so(console):
    assert (await console.client.get("/api/v1/drafts")).status_code == 404
