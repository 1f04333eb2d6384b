"""The first page: what it shows, that text stays text, who may see it."""

import base64
import re

import pytest

from engine.console.pages.view import safe_link
from engine.console.pages.words import ENGLISH, FRENCH, choose_language, format_count
from engine.decision import ActionState
from engine.errors import StoreUnavailableError
from engine.mention import Author

TOKEN = "a-long-token-nobody-guesses"


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


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
    console.reads.outcome_rows = [rows["outcome"](1, of=HOSTILE, state=HOSTILE, reason=HOSTILE)]
    console.reads.rules = [{"policy": HOSTILE, "rule": HOSTILE, "mode": HOSTILE, "count": 1}]
    console.reads.actions = {HOSTILE: 1}
    console.stats.waiting[HOSTILE] = HOSTILE
    console.stats.finished |= {HOSTILE: "failed: " + HOSTILE, "b" + HOSTILE: "ended"}

    shown = await page(console)

    assert "&lt;script&gt;" in shown
    assert "<img src=x" not in shown
    assert "<script>" not in shown
    assert "{{ 7 * 7 }}" in shown
    assert not re.search(r'="[^"]*"[^\s>/]', shown)


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

    assert '<a href="https://example.com/p/1" rel="noopener noreferrer nofollow"' in shown


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


@pytest.mark.parametrize("path", ["/", "/live"])
async def test_the_page_asks_for_the_token_where_one_is_set(open_console, path):
    async with open_console(api_token=TOKEN) as console:
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
