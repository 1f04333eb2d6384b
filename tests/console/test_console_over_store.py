"""The console over a real database: every row the store gives fits what the API promises."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest

from engine.console.application import create_app
from engine.console.parts import ConsoleParts, Intake
from engine.decision import Action, ActionState, Decision, HeldBack, Match, Mode, Severity
from engine.ports import DeadLetter, Decided, SourceBatch
from engine.reasons import Reason
from engine.settings import HttpSettings
from engine.store import Store
from engine.testing import NOON, ManualClock, given, mention
from streams.runner_parts import RunnerStats
from streams.sources.intake import IntakeSource

TOKEN = "a-long-token-nobody-guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def stored(tmp_path):
    """A store with a decided mention, a held-back action, a dead letter and one more mention."""
    store = await Store.open(f"sqlite:///{tmp_path}/tocsin.db")
    one, two = mention("the lid snapped", id="1"), mention("lovely", id="2", language="fr")
    dead = DeadLetter("feed", "feed:3", "text is missing", "{}")
    await store.log.append(SourceBatch("feed", (one, two), (dead,)), observed_at=NOON)
    params = {"channel": "team"}
    actions = (
        Action("a1", "notify", 0, params, Mode.ENFORCE, ActionState.PLANNED),
        Action("a2", "reply", 1, {}, Mode.DRAFT, ActionState.SUPPRESSED, Reason.COOLDOWN),
    )
    match = Match("angry", "r1", Severity.MAJOR, Mode.ENFORCE, actions)
    held = HeldBack("angry", "reply", Reason.COOLDOWN, "author @zoe")
    decision = Decision("care", "p1", one.id, NOON, (match,), (held,))
    labels = given(sentiment=("negative", 0.9))
    entry = (await store.log.undecided(limit=1))[0]
    await store.log.record([Decided(entry.seq, one, labels, (decision,))], state={}, at=NOON)
    yield store
    await store.close()


def client_of(store, source=None):
    parts = ConsoleParts(
        settings=HttpSettings(api_token=TOKEN),
        clock=ManualClock(),
        reads=store.queries,
        stats=RunnerStats(),
        intakes={"push": Intake(source)} if source else {},
    )
    transport = httpx.ASGITransport(create_app(parts))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=BEARER)


async def test_every_path_answers_with_what_is_stored(stored):
    async with client_of(stored) as client:
        found = {
            path: (await client.get(f"/api/v1/{path}")).json()
            for path in (
                "mentions",
                "decisions",
                "actions",
                "outcomes",
                "dead-letters",
                "log/verify",
                "status",
            )
        }
        whole = (await client.get("/api/v1/mentions/1")).json()

    assert [row["text"] for row in found["mentions"]["items"]] == ["lovely", "the lid snapped"]
    assert found["decisions"]["items"][0]["rule"] == "angry"
    assert [row["state"] for row in found["actions"]["items"]] == ["suppressed", "planned"]
    assert found["actions"]["items"][1]["params"] == {"channel": "team"}
    assert found["actions"]["items"][0]["about"]["text"] == "the lid snapped"
    assert found["outcomes"]["items"][0]["reason"] == "cooldown"
    assert found["log/verify"] == {
        "rows": 1,
        "head": found["outcomes"]["items"][0]["hash"],
        "is_intact": True,
        "bad_row": None,
        "problem": "",
    }
    assert found["dead-letters"]["items"][0]["place"] == "feed:3"
    assert found["status"]["stored"]["backlog"] == 1
    assert found["status"]["sentiment"] == {"negative": 1}
    assert found["status"]["rules"] == [
        {"policy": "care", "rule": "angry", "mode": "enforce", "count": 1}
    ]
    assert whole["decisions"][0]["actions"][0]["state"] == "planned"
    assert whole["held_back"][0]["detail"] == "author @zoe"


async def test_the_page_and_the_metrics_show_it(stored):
    async with client_of(stored) as client:
        page = (await client.get("/")).text
        metrics = (await client.get("/metrics")).text

    for part in ("the lid snapped", "badge negative", "angry", "held back"):
        assert part in page
    assert 'tocsin_actions{state="planned"} 1.0' in metrics


async def test_the_page_of_a_mention_and_of_a_rule_show_it(stored):
    async with client_of(stored) as client:
        whole = (await client.get("/mentions/1")).text
        matched = (await client.get("/?rule=angry")).text
        unmatched = (await client.get("/?rule=calm")).text

    for part in ("the lid snapped", "angry", "planned", "author @zoe", "negative", "90%", "log 1"):
        assert part in whole
    assert "the lid snapped" in matched
    assert "lovely" not in matched
    assert 'class="mention' not in unmatched


async def test_filters_and_cursors_work_on_the_database(stored):
    async with client_of(stored) as client:
        french = (await client.get("/api/v1/mentions", params={"language": "fr"})).json()
        first = (await client.get("/api/v1/mentions", params={"limit": 1})).json()
        cursor = {"limit": 1, "cursor": first["next_cursor"]}
        second = (await client.get("/api/v1/mentions", params=cursor)).json()
        far = {"cursor": "9" * 15, "brand": "' OR 1=1 --"}
        none = (await client.get("/api/v1/mentions", params=far)).json()

    assert [row["id"] for row in french["items"]] == ["2"]
    assert [first["items"][0]["id"], second["items"][0]["id"]] == ["2", "1"]
    assert none == {"items": [], "next_cursor": None}


async def test_the_same_batch_pushed_twice_is_stored_once(stored):
    source = IntakeSource("push")

    async def run():
        async for batch in source.batches(None):
            await stored.log.append(batch, observed_at=NOON + timedelta(minutes=1))

    running = asyncio.create_task(run())
    body = '{"text": "new", "published_at": "2026-03-02T09:00:00Z"}\n{"text": ""}'
    async with client_of(stored, source) as client:
        answers = [await client.post("/intake/push/mentions", content=body) for _ in range(2)]
        counts = (await client.get("/api/v1/status")).json()["stored"]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert (counts["mentions"], counts["dead_letters"]) == (3, 2)
