"""Whom the packs let answer, until when, and what an account has to assert for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pack_doubles import PACKS, World, account, judged, reply, world_of

from engine.dispatch.gates.platform import PlatformGate
from engine.dispatch.standing import names
from engine.policy.platform import Reach
from engine.reasons import Reason
from engine.testing import NOON
from engine.verdict import Judgement

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GOES, PERSON, NEVER = "goes", "waits for a person", "never"


def outcome(held):
    if held is None:
        return GOES
    assert held.by is Reason.PLATFORM
    assert held.until is None
    return PERSON if held.for_person else NEVER


async def judge(world, item, now=NOON):
    """What becomes of a reply alone, and of the same once a person approved it."""
    gate = PlatformGate(world.facts)
    alone = outcome(await judged(gate, item, now))
    world.approve(item)
    approved = outcome(await judged(gate, item, now))
    assert (alone, approved) in {(GOES, GOES), (PERSON, GOES), (NEVER, NEVER)}
    return alone


STRANGER = {"said": "my bike from Acme broke", "kind": "mention"}
NAMES_US = {"said": "hey @Acme, my bike broke", "kind": "mention"}
COMMENT = {"said": "it broke", "kind": "comment"}
REVIEW = {"said": "it broke", "kind": "review"}
MESSAGE = {"said": "it broke", "kind": "message"}

# Of a stranger, of who names us, of a comment, of a review, of a message.
REACHES = {
    "x": (NEVER, GOES, GOES, GOES, GOES),
    "facebook": (NEVER, GOES, GOES, GOES, GOES),
    "instagram": (NEVER, GOES, GOES, GOES, GOES),
    "messenger": (NEVER, GOES, NEVER, NEVER, GOES),
    "bluesky": (NEVER, GOES, PERSON, PERSON, GOES),
    "mastodon": (PERSON, GOES, PERSON, PERSON, GOES),
    "reddit": (PERSON, PERSON, PERSON, PERSON, PERSON),
    "youtube": (NEVER, GOES, GOES, GOES, GOES),
    "google-business": (NEVER, GOES, GOES, GOES, GOES),
    "app-store": (NEVER, GOES, GOES, GOES, GOES),
    "play-store": (NEVER, GOES, GOES, GOES, GOES),
}


def test_the_table_has_every_pack():
    assert sorted(REACHES) == sorted(PACKS)


@pytest.mark.parametrize("platform", REACHES)
async def test_whom_a_platform_lets_answer(platform):
    for mention, wanted in zip(
        (STRANGER, NAMES_US, COMMENT, REVIEW, MESSAGE), REACHES[platform], strict=True
    ):
        assert await judge(world_of(platform), reply(platform, **mention)) == wanted, mention


@pytest.mark.parametrize("platform", ["x", "facebook", "instagram", "youtube"])
async def test_who_answers_one_of_our_posts_has_engaged(platform):
    world = world_of(platform)
    ours = reply(platform, number=7)
    await world.send(ours, NOON - HOUR)
    ((key, send),) = world.ledger.sends.items()
    world.ledger.sends[key] = replace(send, remote_id="r7")
    answer = reply(platform, **STRANGER, in_reply_to="r7", author_id="88", number=8)
    elsewhere = reply(platform, **STRANGER, in_reply_to="r8", author_id="88", number=9)

    assert await judge(world, answer) == GOES
    assert await judge(world, elsewhere) == NEVER


@pytest.mark.parametrize(
    ("text", "handle", "is_named"),
    [
        ("hey @acme!", "@acme", True),
        ("hey @ACME, hello", "@acme", True),
        ("hey @acme.", "@acme", True),
        ("hey @acme@social.example", "@acme", True),
        ("hey @acme@elsewhere.example", "@acme", False),
        ("hey @acme", "@acme@social.example", True),
        ("hey @acme@social.example", "@acme@social.example", True),
        ("hey @acme@elsewhere.example", "@acme@social.example", False),
        ("hey @acme.bsky.social", "@acme.bsky.social", True),
        ("hey @acme.bsky.social", "@acme", False),
        ("hey @acme_care", "@acme", False),
        ("write to care@acme.example", "@acme.example", False),
        ("acme is bad", "@acme", False),
        ("#acme", "@acme", False),
        ("", "@acme", False),
        ("hey @acme", None, False),
    ],
)
def test_a_text_names_an_account(text, handle, is_named):
    assert names(text, account("mastodon", handle=handle)) is is_named


@pytest.mark.parametrize("platform", ["messenger", "facebook", "instagram"])
@pytest.mark.parametrize(
    ("age", "wanted"),
    [
        (timedelta(0), GOES),
        (-MINUTE, GOES),
        (DAY - MINUTE, GOES),
        (DAY - timedelta(microseconds=1), GOES),
        (DAY, PERSON),
        (DAY + MINUTE, PERSON),
        (7 * DAY - MINUTE, PERSON),
        (7 * DAY, NEVER),
        (7 * DAY + MINUTE, NEVER),
    ],
    ids=str,
)
async def test_a_message_is_answered_for_a_day_and_by_a_person_for_a_week(platform, age, wanted):
    item = reply(platform, **MESSAGE, published_at=NOON - age)
    assert await judge(world_of(platform), item) == wanted


def test_every_pack_with_a_window_is_in_that_table():
    spans = {
        name: {(tuple(one.kinds), one.automatic, one.by_person) for one in pack.windows}
        for name, pack in PACKS.items()
        if pack.windows
    }
    assert sorted(spans) == ["facebook", "instagram", "messenger"]
    assert all(one == {(("message",), DAY, 7 * DAY)} for one in spans.values())


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
async def test_a_comment_has_no_window(platform):
    item = reply(platform, **COMMENT, published_at=NOON - 30 * DAY)
    assert await judge(world_of(platform), item) == GOES


async def test_what_forbids_it_is_told_with_its_figures():
    world = world_of("messenger")
    item = reply("messenger", **MESSAGE, published_at=NOON - DAY - MINUTE)

    held = await judged(PlatformGate(world.facts), item)

    assert held.detail == (
        "messenger: a message is answered without a person for 1d, and this one is 1d1m old; "
        "a person may approve it until 2026-03-08T11:59:00Z"
    )
    late = await judged(PlatformGate(world.facts), item, NOON + 6 * DAY)
    assert late.detail == "messenger: a message is answered for 7d, and this one is 7d1m old"


@pytest.mark.parametrize(
    ("platform", "missing", "wanted"),
    [
        ("x", {"is_automated": False}, PERSON),
        ("x", {"settings": {}}, PERSON),
        ("x", {"settings": {"permission": "no"}}, PERSON),
        ("bluesky", {"is_automated": False}, PERSON),
        ("bluesky", {"settings": {}}, GOES),
        ("mastodon", {"is_automated": False}, PERSON),
        ("mastodon", {"settings": {}}, GOES),
        ("youtube", {"is_automated": False, "settings": {}}, GOES),
    ],
)
async def test_what_an_account_asserts_before_it_answers_alone(platform, missing, wanted):
    assert await judge(world_of(platform, **missing), reply(platform)) == wanted


def test_every_pack_that_needs_something_is_in_that_table():
    assert {name for name, one in PACKS.items() if one.needs} == {"x", "bluesky", "mastodon"}


@pytest.mark.parametrize("host", ["hachyderm.io", "toot.wales"])
@pytest.mark.parametrize(
    ("mention", "fields", "wanted"),
    [
        (NAMES_US, {}, GOES),
        (STRANGER, {}, PERSON),
        (COMMENT, {}, PERSON),
        (NAMES_US, {"is_automated": False}, PERSON),
    ],
)
async def test_servers_with_rules_for_bots(host, mention, fields, wanted):
    world = world_of("mastodon", base_url=f"https://{host}", **fields)
    assert await judge(world, reply("mastodon", **mention)) == wanted


class TestTheGate:
    async def test_goes_by_the_platform_of_the_account_not_by_the_name_of_the_source(self):
        world = World(accounts=[account("reddit", source="forum")])
        assert await judge(world, reply("forum")) == PERSON

    async def test_goes_by_the_source_where_no_account_answers(self):
        assert await judge(World(), reply("reddit")) == PERSON
        assert await judge(World(), reply("x", **STRANGER)) == NEVER

    async def test_lets_platforms_without_a_pack_alone(self):
        world = World()
        assert await judge(world, reply("import", **STRANGER)) == GOES
        assert world.asked == [], "verdicts are read only where they decide"

    @pytest.mark.parametrize("kind", ["hide", "notify", "ads"])
    async def test_judges_replies_alone(self, kind):
        item = reply("reddit", deed=kind)
        assert await judged(PlatformGate(World().facts), item) is None

    async def test_reads_the_packs_at_every_call(self):
        world = world_of("reddit")
        gate, item = PlatformGate(world.facts), reply("reddit")
        assert outcome(await judged(gate, item)) == PERSON
        world.packs = {}
        assert outcome(await judged(gate, item)) == GOES

    async def test_wants_the_text_approved_as_it_reads_now(self):
        world = world_of("reddit")
        gate, item = PlatformGate(world.facts), reply("reddit")
        world.approve(item, Judgement.REJECTED, reason="rude")
        assert outcome(await judged(gate, item)) == PERSON
        world.approve(item)
        assert outcome(await judged(gate, item)) == GOES
        world.approve(item, Judgement.EDITED, text="We are very sorry")
        assert outcome(await judged(gate, item)) == PERSON
        world.approve(item)
        assert outcome(await judged(gate, item)) == GOES

    async def test_parts_many_and_keeps_their_order(self):
        world = world_of("x", "reddit")
        items = [
            reply("x", number=1),
            reply("reddit", number=2),
            reply("x", **STRANGER, number=3),
            reply("x", number=4),
        ]
        passage = await PlatformGate(world.facts)(items, now=NOON)
        assert passage.kept == (items[0], items[3])
        assert [one.item for one in passage.held] == items[1:3]


def test_circles_are_ordered():
    widths = [reach.width for reach in (Reach.NOBODY, Reach.ADDRESSED, Reach.ENGAGED, Reach.ANYONE)]
    assert widths == [0, 1, 2, 3]
