"""The pages of drafts: what they show, and that only our own forms judge anything."""

import re
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from engine.console.application import create_app
from engine.console.pages import queue_words
from engine.console.parts import ConsoleParts
from engine.decision import ActionState, Mode, Severity
from engine.halt import Scope
from engine.settings import HttpSettings
from engine.testing import NOON, ManualClock
from streams.runner_parts import RunnerStats
from tests.approval.people import drafted, reply
from tests.store.samples import action, states

TOKEN = "a-long-token-nobody-guesses"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
PATH = "/queue/action-1"


@pytest.fixture
def opened(store):
    """Opens a browser's view of a console over the store, signed in as zoe."""

    @asynccontextmanager
    async def open_it(*, token=TOKEN, user="zoe", language="en"):
        parts = ConsoleParts(
            settings=HttpSettings(api_token=token),
            clock=ManualClock(),
            reads=store.queries,
            stats=RunnerStats(),
            verdicts=store.verdicts,
        )
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(parts), raise_app_exceptions=False),
            base_url="http://127.0.0.1",
            auth=(user, token) if token else None,
            headers={"Accept-Language": language},
        ) as client:
            yield client

    return open_it


@pytest.fixture
async def browser(opened, store):
    await drafted(store, reply(1, text="We are <sorry>"), reply(2))
    async with opened() as client:
        yield client


async def form(browser, path=PATH, **fields):
    """The fields of a draft's page, as a browser would send them back."""
    hidden = dict(HIDDEN.findall((await browser.get(path)).text))
    return {**hidden, "text": "We are <sorry>", "by": "zoe", "reason": "", **fields}


async def post(browser, fields, **headers):
    return await browser.post(PATH, data=fields, headers=headers)


async def test_the_list_shows_the_most_pressing_first(browser, store):
    await drafted(store, reply("grave"), severity=Severity.CRITICAL, rule="b")
    page = (await browser.get("/queue")).text
    assert re.findall(r'href="(/queue/[^"]+)"', page) == [
        "/queue/action-grave",
        "/queue/action-1",
        "/queue/action-2",
    ]
    assert "We are &lt;sorry&gt;" in page
    assert "<script" not in page


async def test_a_long_list_goes_on(opened, store):
    for number in range(26):
        await drafted(store, reply(number), rule=f"r{number}")
    async with opened() as client:
        first = (await client.get("/queue")).text
        second = (await client.get("/queue", params={"start": 25})).text
    assert (first.count(">Judge</a>"), 'href="/queue?start=25"' in first) == (25, True)
    assert (second.count(">Judge</a>"), "start=50" in second) == (1, False)


async def test_a_draft_is_shown_with_its_risk_and_its_rival(browser):
    answer = await browser.get(PATH)
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "\nWe are &lt;sorry&gt;</textarea>" in answer.text
    assert "the rule is of severity minor" in answer.text
    assert 'href="/queue/action-2"' in answer.text
    assert 'name="by" required maxlength="200" autocomplete="username" value="zoe"' in answer.text


@pytest.mark.parametrize("path", ["/queue", PATH])
async def test_what_is_halted_is_told_to_those_who_judge(browser, store, path):
    assert "is halted" not in (await browser.get(path)).text
    await store.halts.halt(Scope("all"), reason="<storm>", by="ann", at=NOON)
    page = (await browser.get(path)).text
    assert "all is halted since 2026-03-02 12:00 UTC by ann: &lt;storm&gt;" in page


async def test_other_pages_still_send_no_form(browser):
    policy = (await browser.get("/")).headers["content-security-policy"]
    assert "form-action 'none'" in policy


async def test_an_approval_leads_back_to_the_list_and_says_so(browser, store):
    answer = await post(browser, await form(browser, do="approve", reason="fine"))

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/queue?done=approved&cancelled=1",
    )
    page = (await browser.get(answer.headers["location"])).text
    assert "Approved: it is on its way. 1 other drafts for the mention were cancelled." in page
    [verdict] = await store.verdicts.of("action-1")
    assert (verdict.by, verdict.reason, verdict.text) == ("zoe", "fine", None)


@pytest.mark.parametrize("ends", ["\r\n", "\n"])
async def test_a_text_nobody_touched_is_not_taken_for_a_new_one(opened, store, ends):
    await drafted(store, reply(1, text=f"We are sorry{ends}Acme"))
    async with opened() as client:
        fields = await form(client, do="approve", text="We are sorry\r\nAcme")
        assert (await post(client, fields)).status_code == 303
    [verdict] = await store.verdicts.of("action-1")
    assert verdict.text is None


async def test_a_changed_text_is_approved_as_it_was_changed(browser, store):
    await post(browser, await form(browser, do="approve", text="So sorry\r\nAcme"))
    [item] = await store.outbox.claim(now=NOON, limit=1)
    assert item.action.params["text"] == "So sorry\nAcme"


async def test_a_saved_text_waits_for_somebody_else(browser, store):
    answer = await post(browser, await form(browser, do="edit", text="So sorry"))
    assert answer.headers["location"] == "/queue?done=edited&cancelled=0"
    refused = await post(browser, await form(browser, do="approve", text="So sorry"))
    assert (refused.status_code, "You wrote" in refused.text) == (409, False)
    assert "you wrote its present text" in refused.text
    assert (await states(store))["action-1"] == "awaiting_approval"


async def test_a_rejection_without_a_reason_keeps_what_was_typed(browser, store):
    refused = await post(browser, await form(browser, do="reject", text="Half a text"))
    assert refused.status_code == 409
    assert "a rejection needs its reason" in refused.text
    assert "\nHalf a text</textarea>" in refused.text
    assert (await post(browser, await form(browser, do="reject", reason="no"))).status_code == 303
    assert (await states(store))["action-1"] == "cancelled"


async def test_what_was_rewritten_meanwhile_is_not_approved_unseen(browser, store):
    fields = await form(browser, do="approve")
    soon = NOON + timedelta(seconds=1)
    await store.verdicts.edit("action-1", by="tom", text="Buy our kettles", at=soon)

    refused = await post(browser, fields)

    assert (refused.status_code, "tom rewrote it" in refused.text) == (409, True)
    assert "\nBuy our kettles</textarea>" in refused.text
    assert (await states(store))["action-1"] == "awaiting_approval"


@pytest.mark.parametrize(
    ("change", "headers"),
    [
        ({"form": ""}, {}),
        ({"form": "0" * 64}, {}),
        ({"form": "é"}, {}),
        ({"do": "delete"}, {}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
        ({}, {"Sec-Fetch-Site": "same-site"}),
    ],
)
async def test_a_form_that_is_not_ours_judges_nothing(browser, store, change, headers):
    fields = await form(browser, do="approve")
    answer = await post(browser, {**fields, **change}, **headers)
    assert answer.status_code == 403
    assert "The page is too old, or was not ours" in answer.text
    assert await store.verdicts.of("action-1") == []


async def test_the_key_of_one_drafts_form_opens_no_other(browser, store):
    fields = await form(browser, "/queue/action-2", do="approve")
    assert (await post(browser, fields)).status_code == 403
    assert await store.verdicts.of("action-1") == []


async def test_a_body_that_is_no_form_judges_nothing(browser, store):
    answer = await browser.post(PATH, content=b"&".join([b"a=1"] * 99))
    assert answer.status_code == 403
    assert await store.verdicts.of("action-1") == []


async def test_nobody_judges_where_no_token_is_set(opened, store):
    await drafted(store)
    async with opened(token=None) as client:
        page = await client.get(PATH)
        assert "<form" not in page.text
        assert "<code>tocsin queue approve</code>" in page.text
        answer = await post(client, {"do": "approve", "by": "zoe"})
    assert answer.status_code == 403
    assert await store.verdicts.of("action-1") == []


async def test_without_the_password_nothing_is_shown(opened, store):
    await drafted(store)
    async with opened() as client:
        client.auth = None
        for path in ("/queue", PATH):
            assert (await client.get(path)).status_code == 401
        assert (await post(client, {"do": "approve"})).status_code == 401


async def test_what_has_no_text_is_shown_by_what_it_would_do(opened, store):
    waits = {"mode": Mode.DRAFT, "state": ActionState.AWAITING_APPROVAL}
    await drafted(store, action(1, kind="ads", params={"do": "pause", "by": "<b>"}, **waits))
    async with opened() as client:
        page = (await client.get(PATH)).text
        assert "<textarea" not in page
        assert "<dt>do</dt><dd>pause</dd>" in page
        assert (await post(client, await form(client, do="approve", text=""))).status_code == 303
    assert (await states(store))["action-1"] == "approved"


async def test_the_page_speaks_french(opened, store):
    await drafted(store, reply(1, text="Nous remboursons 20 euros"))
    async with opened(language="fr-FR,fr;q=0.9") as client:
        page = (await client.get(PATH)).text
        missing = await client.get("/queue/nothing")
    assert ">Approuver</button>" in page
    assert "le texte promet quelque chose" in page
    assert missing.status_code == 404
    assert "Aucun brouillon de cet identifiant" in missing.text


def test_every_english_word_has_a_french_one():
    assert set(queue_words.ENGLISH) <= set(queue_words.FRENCH)
