"""How long a reply may be, how many links it holds, and what it says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pack_doubles import PACKS, World, account, judged, reply, world_of

from engine.dispatch.disclosure import Disclosing
from engine.dispatch.gates.length import LengthGate
from engine.dispatch.gates.links import LinksGate
from engine.policy.platform import with_disclosure
from engine.policy.text_length import Unit
from engine.reasons import Reason

# platform, sign it is filled with, how many fit; the first limit that bites
LENGTHS = [
    ("x", "a", 280),
    ("x", "漢", 140),
    ("x", "\U0001f600", 140),
    ("facebook", "a", 8000),
    ("messenger", "a", 2000),
    ("instagram", "a", 1000),
    ("instagram", "é", 500),
    ("bluesky", "a", 300),
    ("bluesky", "\U0001f468\u200d\U0001f469\u200d\U0001f467", 166),
    ("mastodon", "a", 500),
    ("mastodon", "e\u0301", 500),
    ("reddit", "a", 10000),
    ("youtube", "a", 10000),
    ("google-business", "a", 4096),
    ("google-business", "漢", 1365),
    ("app-store", "a", 5970),
    ("play-store", "a", 350),
]


def test_the_table_has_every_limit():
    assert {name for name, *_ in LENGTHS} == set(PACKS)
    shipped = [limit.most for one in PACKS.values() for limit in one.length]
    bitten = {most for _, _, most in LENGTHS} | {3000}  # of Bluesky's bytes: 166 families of 18
    assert set(shipped) <= bitten
    assert 166 * len("\U0001f468\u200d\U0001f469\u200d\U0001f467".encode()) <= 3000


@pytest.mark.parametrize(("platform", "sign", "most"), LENGTHS)
async def test_the_longest_reply_and_one_sign_more(platform, sign, most):
    world = world_of(platform)
    gate = LengthGate(world.facts)
    fits, over = (reply(platform, sign * count, number=count) for count in (most, most + 1))
    world.approve(fits)
    world.approve(over)

    assert await judged(gate, fits) is None
    held = await judged(gate, over)

    assert (held.by, held.until) == (Reason.TOO_LONG, None)
    assert held.detail.startswith(f"{platform}: ")
    assert held.detail.endswith(" are allowed")


async def test_the_disclosure_counts_where_nobody_reviewed():
    world = world_of("play-store")
    gate = LengthGate(world.facts)
    room = 350 - len("\n\nAutomatic reply (AI).")
    assert await judged(gate, reply("play-store", "a" * room)) is None
    assert world.asked == [], "verdicts are read only where they decide"
    over = reply("play-store", "a" * (room + 1))
    held = await judged(gate, over)
    assert held.detail == "play-store: 351 characters, 350 are allowed"
    world.approve(over)
    assert await judged(gate, over) is None


async def test_links_count_as_the_platform_counts_them():
    world = world_of("mastodon", "x")
    gate = LengthGate(world.facts)
    link = " https://acme.example/" + "way/" * 200
    for platform, most in (("mastodon", 500), ("x", 280)):
        for length, is_held in ((most - 24, False), (most - 23, True)):
            item = reply(platform, "a" * length + link, number=length)
            world.approve(item)
            assert bool(await judged(gate, item)) is is_held, (platform, length)


@pytest.mark.parametrize(
    ("platform", "text", "is_held"),
    [
        ("x", "see https://acme.example/help", False),
        ("x", "see https://acme.example/a and www.acme.example/b", True),
        ("google-business", "call us", False),
        ("google-business", "see https://acme.example", True),
        ("google-business", "see WWW.acme.example", True),
        ("google-business", "awww.so sorry", False),
        ("mastodon", "https://a.example https://b.example https://c.example", False),
    ],
)
async def test_links(platform, text, is_held):
    held = await judged(LinksGate(world_of(platform).facts), reply(platform, text))
    assert bool(held) is is_held
    assert held is None or (held.by, held.until) == (Reason.LINKS, None)


async def test_links_are_told_with_their_figures():
    item = reply("x", "https://a.example https://b.example")
    held = await judged(LinksGate(world_of("x").facts), item)
    assert held.detail == "x: 2 link(s), 1 are allowed"


def test_every_pack_that_minds_links_is_in_that_table():
    minding = {name: one.most_links for name, one in PACKS.items() if one.most_links is not None}
    assert minding == {"x": 1, "google-business": 0}


@pytest.mark.parametrize("gate", [LengthGate, LinksGate])
@pytest.mark.parametrize(
    "item",
    [
        reply("import", "https://a.example " * 9999),
        reply("x", "https://a.example " * 9999, deed="notify"),
        reply("google-business", "https://a.example " * 9999, deed="hide"),
    ],
    ids=["no pack", "a notice", "a hiding"],
)
async def test_what_is_no_reply_on_such_a_platform_is_let_alone(gate, item):
    assert await judged(gate(World().facts), item) is None


@pytest.mark.parametrize(
    ("language", "ending"),
    [
        ("en", "Automatic reply (AI)."),
        ("fr", "Réponse automatique (IA)."),
        ("FR", "Réponse automatique (IA)."),
        ("pt-BR", "Resposta automática (IA)."),
        ("ja", "Automatic reply (AI)."),
        ("", "Automatic reply (AI)."),
        (None, "Automatic reply (AI)."),
    ],
)
def test_the_disclosure_is_in_the_language_of_the_reply(language, ending):
    told = with_disclosure("Sorry.", language, PACKS["bluesky"], is_reviewed=False)
    assert told == f"Sorry.\n\n{ending}"


def test_nothing_is_disclosed_where_a_person_reviewed_or_no_pack_asks():
    assert with_disclosure("Sorry.", "en", PACKS["x"], is_reviewed=True) == "Sorry."
    assert with_disclosure("Sorry.", "en", PACKS["reddit"], is_reviewed=False) == "Sorry."
    assert with_disclosure("Sorry.", "en", None, is_reviewed=False) == "Sorry."


@given(st.text(), st.sampled_from(["en", "hi", "xx", None]), st.sampled_from(sorted(PACKS)))
def test_disclosing_twice_is_disclosing_once(text, language, name):
    once = with_disclosure(text, language, PACKS[name], is_reviewed=False)
    assert with_disclosure(once, language, PACKS[name], is_reviewed=False) == once
    assert once.startswith(text.rstrip())


class TestDisclosing:
    async def test_completes_what_nobody_reviewed_and_nothing_else(self):
        world = world_of("x")
        item = reply("x", "Sorry.", language="fr")
        complete = Disclosing(world.facts)

        made = await complete(item)

        assert made.action.params["text"] == "Sorry.\n\nRéponse automatique (IA)."
        assert replace(made, action=item.action) == item
        assert made.action.params | {"text": "Sorry."} == item.action.params
        assert await complete(made) == made
        world.approve(item)
        assert await complete(item) == item

    async def test_tells_it_as_the_server_asks(self):
        for host, ending in (
            ("hachyderm.io", "Automatic reply (AI) #hachybots"),
            ("toot.wales", "Automatic reply (AI)."),
        ):
            world = World(accounts=[account("mastodon", base_url=f"https://{host}")])
            made = await Disclosing(world.facts)(reply("mastodon", "Sorry."))
            assert made.action.params["text"] == f"Sorry.\n\n{ending}"

    async def test_leaves_other_actions_and_platforms_as_they_are(self):
        complete = Disclosing(World().facts)
        for item in (reply("x", deed="notify"), reply("import"), reply("x", "")):
            made = await complete(item)
            assert made == item or made.action.params["text"].endswith("(AI).")


def test_units_are_called_as_people_call_them():
    assert [unit.called for unit in Unit] == [
        "characters",
        "graphemes",
        "weighted characters",
        "bytes",
    ]
