"""Cases over the API: listed, shown, worked on, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from engine.console.application import create_app
from engine.console.parts import ConsoleParts
from engine.policy.shared_documents import Queue, Sla
from engine.settings import HttpSettings
from engine.store import Store
from engine.testing import NOON, ManualClock
from streams.runner_parts import RunnerStats
from tests.cases.case_samples import HOUR, record_sent
from tests.store.samples import action, plan

TOKEN = "a-long-token-nobody-guesses"


@pytest.fixture
async def store(sqlite_url):
    """A store with a case of queue ``care``, due at 13:00."""
    opened = await Store.open(sqlite_url)
    opened.cases.queues = lambda: {
        "care": Queue("care", sla={"first-reply": Sla(HOUR)}),
        "legal": Queue("legal"),
    }
    for number, queue in ((1, "care"), (2, "legal")):
        params = {"queue": queue, "sla": "first-reply"} if number == 1 else {"queue": queue}
        await plan(opened, action(number, kind="assign", params=params))
        await record_sent(opened, [f"action-{number}"], at=NOON)
    yield opened
    await opened.close()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def client(store, clock):
    parts = ConsoleParts(
        settings=HttpSettings(api_token=TOKEN),
        clock=clock,
        reads=store.queries,
        stats=RunnerStats(),
        cases=store.cases,
    )
    transport = httpx.ASGITransport(create_app(parts))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as opened:
        yield opened


async def listed(client, **params):
    answer = await client.get("/api/v1/cases", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_cases_are_listed_newest_first_and_page_by_page(client):
    first = await listed(client, limit=1)
    rest = await listed(client, limit=1, cursor=first["next_cursor"])

    assert [one["queue"] for one in (*first["items"], *rest["items"])] == ["legal", "care"]
    assert rest["items"][0]["clocks"][0]["due_at"] == "2026-03-02T13:00:00Z"
    assert [one["queue"] for one in (await listed(client, queue="care"))["items"]] == ["care"]
    assert (await listed(client, state="resolved"))["items"] == []


async def test_what_is_overdue_is_so_by_the_engines_clock(client, clock):
    assert (await listed(client, overdue=True))["items"] == []
    clock.advance(HOUR)
    [late] = (await listed(client, overdue=True))["items"]
    assert (late["queue"], late["is_overdue"]) == ("care", True)
    metrics = (await client.get("/metrics")).text

    assert 'tocsin_cases_open{queue="legal"} 1.0' in metrics
    assert 'tocsin_cases_overdue{queue="care"} 1.0' in metrics


async def test_people_work_on_a_case(client, clock):
    name = (await listed(client, queue="care"))["items"][0]["id"]
    for number, body in enumerate(
        (
            {"act": "take", "by": "zoe"},
            {"act": "wait", "by": "zoe", "note": "asked for the order number"},
            {"act": "give", "by": "zoe", "queue": "legal"},
        )
    ):
        clock.advance(timedelta(minutes=1))
        answer = await client.post(f"/api/v1/cases/{name}/acts", json=body)
        assert answer.status_code == 200, (number, answer.text)
    assert answer.json()["state"] == "waiting"
    assert (answer.json()["queue"], answer.json()["person"]) == ("legal", None)

    shown = (await client.get(f"/api/v1/cases/{name[:9]}")).json()
    assert [one["act"] for one in shown["acts"]] == ["open", "take", "wait", "give"]
    assert shown["acts"][2]["note"] == "asked for the order number"
    assert shown["mentions"] == ["import:1"]


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        pytest.param("{}", {"act": "reopen", "by": "zoe"}, 409, "only what is", id="does not fit"),
        pytest.param(
            "{}", {"act": "give", "by": "zoe", "queue": "lgeal"}, 409, "no queue", id="no queue"
        ),
        pytest.param("case-ffff", {"act": "take", "by": "zoe"}, 404, "no case", id="no such case"),
        pytest.param("{}", {"act": "take"}, 422, "by", id="by nobody"),
        pytest.param("{}", {"act": "eat", "by": "zoe"}, 422, "act", id="no such act"),
        pytest.param("{}", {"act": "take", "by": "zoe", "as": 1}, 422, "as", id="unknown field"),
    ],
)
async def test_what_is_refused_says_why(client, path, *, body, status, message):
    name = (await listed(client, queue="care"))["items"][0]["id"]
    answer = await client.post(f"/api/v1/cases/{path.format(name)}/acts", json=body)

    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


async def test_nobody_gets_in_without_the_token(client):
    for method, path in (("GET", "cases"), ("POST", "cases/case-ffff/acts")):
        answer = await client.request(
            method, f"/api/v1/{path}", headers={"Authorization": "Bearer no"}, json={}
        )
        assert answer.status_code == 401
