"""The first page: what it shows, that text stays text, who may see it."""

import base64
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from engine.console.pages.view import safe_link
from engine.console.pages.words import ENGLISH, FRENCH, choose_language, format_age, format_count
from engine.decision import ActionState
from engine.errors import StoreUnavailableError
from engine.mention import Author

TOKEN = "a-long-token-nobody-guesses"


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def part(shown, name):
    return shown[shown.index(f'data-part="{name}"') :].partition("</section>")[0]


async def page(console, path="/", **headers):
    answer = await console.client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.text


async def test_a_new_engine_says_that_nothing_came_yet(console):
    shown = await page(console)

    assert "Running" in shown
    assert "No mention yet" in shown


async def test_a_mention_shows_who_said_it_how_it_feels_and_which_rules_matched(console, rows):
    console.reads.mention_rows = [
        rows["mention"](1, "the lid snapped", label="negative", language="en", source="mastodon")
    ]
    console.reads.decision_rows = [rows["decision"](1, of="mastodon:1", rule="kettle-safety")]

    shown = await page(console)

    for part in ("the lid snapped", "mastodon", "@zoe", ">en<", "badge negative", "kettle-safety"):
        assert part in shown


async def test_a_rule_of_another_mention_is_not_shown_with_this_one(console, rows):
    console.reads.mention_rows = [rows["mention"](1)]
    console.reads.decision_rows = [rows["decision"](1, of="import:2", rule="kettle-safety")]

    shown = await page(console)

    assert "kettle-safety" not in shown[: shown.index('data-part="rate"')]


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"


async def test_hostile_text_is_shown_as_text_wherever_it_stands(console, rows):
    author = Author(handle=HOSTILE, name=HOSTILE)
    console.reads.mention_rows = [
        rows["mention"](
            1,
            HOSTILE,
            label=HOSTILE,
            language=HOSTILE,
            source=HOSTILE,
            brand=HOSTILE,
            author=author,
        )
    ]
    console.reads.decision_rows = [rows["decision"](1, of=HOSTILE + ":1", rule=HOSTILE)]
    about = {**rows["action"](1)["about"], "text": HOSTILE, "author": {"handle": HOSTILE}}
    params = {"text": HOSTILE, "language": HOSTILE, "channel": HOSTILE}
    console.reads.action_rows = [
        rows["action"](1, of=HOSTILE, rule=HOSTILE, kind=HOSTILE, params=params, about=about)
    ]
    console.reads.outcome_rows = [rows["outcome"](1, of=HOSTILE, state=HOSTILE, reason=HOSTILE)]
    console.reads.rules = [{"policy": HOSTILE, "rule": HOSTILE, "mode": HOSTILE, "count": 1}]
    console.reads.states = {HOSTILE: 1}
    console.stats.waiting[HOSTILE] = HOSTILE
    console.stats.finished |= {HOSTILE: "failed: " + HOSTILE, "b" + HOSTILE: "ended"}

    shown = await page(console, "/?" + urlencode({"rule": HOSTILE}))

    assert "&lt;script&gt;" in shown
    assert "<img src=x" not in shown
    assert "<script>" not in shown
    assert "{{ 7 * 7 }}" in shown
    assert not re.search(r'="[^"]*"[^\s>/]', shown)


async def test_a_draft_that_waits_shows_what_it_says_on_what_and_since_when(console, rows):
    console.reads.action_rows = [rows["action"](1, of="import:7", text="my kettle broke")]
    console.clock.advance(timedelta(hours=3, minutes=5))

    shown = part(await page(console), "waiting")

    assert "Waiting for a person" in shown
    for said in ("Hello Zoé", "angry-refund", "@zoe", "my kettle broke", "· en", "3 h ago"):
        assert said in shown
    assert 'href="/mentions/import%3A7"' in shown
    assert {"state": "awaiting_approval"} in console.reads.asked
    assert "more" not in shown.replace('class="quiet more"', "")


async def test_of_many_drafts_the_newest_are_shown_and_the_others_counted(console, rows):
    console.reads.action_rows = [rows["action"](seq) for seq in range(1234, 0, -1)]
    console.reads.states = {"awaiting_approval": 1234, "sent": 9}

    shown = part(await page(console, **{"accept-language": "fr"}), "waiting")

    assert "En attente d&#39;une personne" in shown
    assert shown.count('class="draft"') == 8
    assert "et 1\u202f226 de plus" in shown


async def test_without_drafts_the_page_says_that_none_waits(console):
    assert "No draft waits for a person." in await page(console)


@pytest.mark.parametrize(
    ("age", "english", "french"),
    [
        pytest.param(timedelta(seconds=-5), "0 s ago", "il y a 0 s", id="a clock set back"),
        pytest.param(timedelta(seconds=59), "59 s ago", "il y a 59 s", id="seconds"),
        pytest.param(timedelta(minutes=59), "59 min ago", "il y a 59 min", id="minutes"),
        pytest.param(timedelta(hours=47), "1 d ago", "il y a 1 j", id="whole days"),
    ],
)
def test_an_age_is_written_in_its_largest_unit(age, english, french):
    assert (format_age(age, "en"), format_age(age, "fr")) == (english, french)


async def test_mentions_and_rules_lead_to_why_and_where_they_matched(console, rows):
    console.reads.mention_rows = [rows["mention"](1, id="feed:a/b?c")]
    console.reads.decision_rows = [rows["decision"](5, of="feed:a/b?c", rule="kettle safety")]
    console.reads.rules = [{"policy": "p", "rule": "kettle safety", "mode": "draft", "count": 1}]

    shown = await page(console)

    assert 'href="/mentions/feed%3Aa%2Fb%3Fc"' in shown
    assert 'href="/mentions/feed%3Aa%2Fb%3Fc#decision-5"' in shown
    assert 'href="/?rule=kettle+safety"' in shown


@pytest.mark.parametrize("path", ["/", "/live"])
async def test_a_rule_asked_for_filters_the_mentions_in_the_store(console, rows, path):
    console.reads.mention_rows = [rows["mention"](1)]

    shown = await page(console, f"{path}?rule=kettle-safety")

    assert {"rule": "kettle-safety"} in console.reads.asked
    assert "Mentions that kettle-safety matched" in shown
    assert '<a href="/">all mentions</a>' in shown


async def test_a_rule_nobody_can_have_matches_nothing(console, rows):
    console.reads.mention_rows = [rows["mention"](1)]

    shown = await page(console, "/?rule=" + "x" * 3000)

    assert "No mention was matched by this rule." in shown
    assert "hello acme" not in shown
    assert "x" * 100 not in shown


async def test_the_refresh_asks_the_origin_for_the_same_rule(console):
    script = (await console.client.get("/static/refresh.js")).text

    assert "new URL(`/live${location.search}`, location.origin)" in script
    assert 'fetch("' not in script


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.com/p/1", "https://example.com/p/1"),
        ("http://example.com", "http://example.com"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("data:text/html,hello", None),
        ("//example.com/x", None),
        ("https://", None),
        ("https://[broken", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(url, link):
    assert safe_link(url) == link


async def test_a_link_gives_nothing_away_to_where_it_leads(console, rows):
    console.reads.mention_rows = [rows["mention"](1, url="https://example.com/p/1")]

    shown = await page(console)

    assert 'href="https://example.com/p/1" rel="noopener noreferrer nofollow"' in shown


async def test_a_very_long_text_is_cut(console, rows):
    console.reads.mention_rows = [rows["mention"](1, "word " * 20_000)]

    assert len(await page(console)) < 20_000


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_loads_nothing_from_elsewhere(console, rows, path):
    console.reads.mention_rows = [rows["mention"](1)]
    shown = await page(console, path)

    loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', shown)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    for address in loaded:
        assert (await console.client.get(address)).status_code == 200
    assert "style=" not in shown
    assert not re.search(r"<[^>]*\son\w+=", shown)


async def test_the_refreshed_part_is_the_same_as_on_the_page(console, rows):
    console.reads.mention_rows = [rows["mention"](1)]
    whole, part = await page(console), await page(console, "/live")

    assert "<html" not in part
    assert part.strip() in whole


async def test_the_page_says_what_the_engine_waits_for(console):
    console.reads.failure = StoreUnavailableError("the database is locked")

    shown = await page(console)

    assert "Waiting" in shown
    assert "the database is locked" in shown


async def test_the_page_speaks_the_readers_language(console):
    answer = await console.client.get("/", headers={"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"})

    assert '<html lang="fr">' in answer.text
    assert "En marche" in answer.text
    assert answer.headers["content-language"] == "fr"
    assert answer.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("de, fr;q=0.3, en;q=0.7", "en"),
        ("fr;q=0, en;q=0.1", "en"),
        ("fr;q=nonsense", "en"),
        ("*", "en"),
        ("ja,ko", "en"),
        ("fr;q=0.5,en;q=0.5", "fr"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_preferred_language_of_ours_is_chosen(accepted, language):
    assert choose_language(accepted) == language


def test_both_languages_say_the_same_things_about_every_state():
    assert set(ENGLISH) == set(FRENCH)
    for state in ActionState:
        assert state.value in ENGLISH or f"{state.value}_state" in ENGLISH


def test_numbers_are_written_as_the_language_does():
    assert format_count(1234567, "en") == "1,234,567"
    assert format_count(1234567, "fr") == "1\u202f234\u202f567"


@pytest.mark.parametrize("path", ["/", "/live", "/mentions/import:1"])
async def test_the_page_asks_for_the_token_where_one_is_set(open_console, rows, path):
    async with open_console(api_token=TOKEN) as console:
        console.reads.mention_rows = [rows["mention"](1)]
        refused = await console.client.get(path)
        wrong = await console.client.get(path, headers=basic("zoe:wrong"))
        let_in = await console.client.get(path, headers=basic(f"anyone:{TOKEN}"))

    assert refused.status_code == wrong.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert let_in.status_code == 200
    assert TOKEN not in let_in.text + refused.text


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic OnRva2Vu",
        "Digest x",
    ],
)
async def test_broken_credentials_are_refused(open_console, header):
    async with open_console(api_token=TOKEN) as console:
        answer = await console.client.get("/", headers={"Authorization": header})

    assert answer.status_code == 401


async def test_the_list_of_operations_names_every_path(console):
    document = (await console.client.get("/openapi.json")).json()
    shown = await page(console, "/docs")

    for path in document["paths"]:
        assert f"<code>{path}</code>" in shown


@pytest.mark.parametrize(
    ("language", "pill"), [("en", ">Halted<"), ("fr", ">À l&#39;arrêt<")], ids=["en", "fr"]
)
async def test_a_halt_is_shown_on_top_with_who_and_why(console, language, pill):
    console.reads.halted = [
        {"scope": "all", "by": "ann", "reason": "<storm>", "at": "2026-03-02T11:00:00Z"}
    ]
    status = part(await page(console, **{"Accept-Language": language}), "status")
    assert pill in status
    assert "02.03. 11:00" in status
    assert "ann" in status
    assert "&lt;storm&gt;" in status
