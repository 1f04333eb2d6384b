"""How much the packs let send: every cap at its edge, and under any order of sends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pack_doubles import PACKS, World, account, judged, local, reply, world_of

from engine.dispatch.gates.pack_caps import PackCapsGate
from engine.policy.platform import Cap, Deed, Per, PlatformPack
from engine.problem import Span
from engine.reasons import Reason
from engine.testing import NOON

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
# platform, server, which cap of it, how many sends fit
CAPS = [
    ("x", "", "thread", None, 1),
    ("bluesky", "", "account", timedelta(hours=1), 1666),
    ("bluesky", "", "account", DAY, 11666),
    ("mastodon", "", "account", timedelta(minutes=5), 300),
    ("mastodon", "https://hachyderm.io", "account", DAY, 5),
    ("mastodon", "https://hachyderm.io", "thread", None, 1),
    ("reddit", "", "account", timedelta(minutes=10), 1000),
    ("youtube", "", "account", None, 200),
    ("google-business", "", "thread", None, 1),
    ("app-store", "", "thread", None, 1),
    ("play-store", "", "thread", None, 1),
]


def servers():
    for pack in PACKS.values():
        yield pack, ""
        for host in pack.instances:
            yield pack.at(f"https://{host}"), f"https://{host}"


def test_the_table_has_every_cap():
    shipped = [
        (pack.id, host, cap.per.value, cap.within, cap.most // cap.each)
        for pack, host in servers()
        for cap in pack.caps
        if not host or pack.caps != PACKS[pack.id].caps
    ]
    assert sorted(map(str, shipped)) == sorted(map(str, CAPS))


def alone(platform, host, per, within):
    """A world in which of a platform's caps one is in force."""
    options = {"base_url": host} if host else {}
    world = world_of(platform, **options)
    pack = PACKS[platform].at(host)
    (cap,) = (one for one in pack.caps if (one.per.value, one.within) == (per, within))
    world.packs = {platform: replace(PACKS[platform], caps=(cap,), instances={})}
    return world, cap


@pytest.mark.parametrize(("platform", "host", "per", "within", "fits"), CAPS)
async def test_the_cap_and_one_more(platform, host, per, within, fits):  # noqa: PLR0917
    world, cap = alone(platform, host, per, within)
    gate = PackCapsGate(world.facts)
    shared = {"in_reply_to": "t1"} if per == "thread" else {}
    first = NOON
    for number in range(1, fits):
        await world.send(reply(platform, number=number, **shared), first)
    last = reply(platform, number=fits, **shared)
    assert await judged(gate, last, first) is None

    await world.send(last, first)
    held = await judged(gate, reply(platform, number=fits + 1, **shared), first + SECOND)

    assert held.by is Reason.CAP
    assert not held.for_person
    assert held.detail.startswith(f"{platform}: {fits * cap.each} of {cap.most}")
    if within is not None:
        assert held.until == first + within
        again = reply(platform, number=fits + 2, **shared)
        assert await judged(gate, again, first + within - SECOND) is not None
        assert await judged(gate, again, first + within) is None
        assert await judged(gate, again, first + within + SECOND) is None
    elif cap.day_of is None:
        assert held.until is None
        assert await judged(gate, reply(platform, number=fits + 2, **shared), NOON + 900 * DAY)


@pytest.mark.parametrize(("platform", "host", "per", "within", "fits"), CAPS)
async def test_a_cap_is_counted_by_whose_it_is(platform, host, per, within, fits):  # noqa: PLR0917
    world, _ = alone(platform, host, per, within)
    world.accounts.append(replace(world.accounts[0], name="other", source="elsewhere"))
    gate = PackCapsGate(world.facts)
    for number in range(1, fits + 1):
        await world.send(reply(platform, number=number, in_reply_to="t1"), NOON)

    source = platform if per == "thread" else "elsewhere"
    other = reply(source, number=fits + 1, in_reply_to="t2")

    assert await judged(gate, other) is None
    assert await judged(gate, reply(platform, number=fits + 2, in_reply_to="t1"))


@pytest.mark.parametrize(
    ("last", "first"),
    [
        pytest.param("2026-03-02T23:59:59-08:00", "2026-03-03T00:00:00-08:00", id="in winter"),
        pytest.param("2026-07-02T23:59:59-07:00", "2026-07-03T00:00:00-07:00", id="in summer"),
        pytest.param(
            "2026-03-08T23:59:59-07:00", "2026-03-09T00:00:00-07:00", id="a day of 23 hours"
        ),
        pytest.param(
            "2026-11-01T23:59:59-08:00", "2026-11-02T00:00:00-08:00", id="a day of 25 hours"
        ),
    ],
)
async def test_a_quota_of_a_day_ends_at_midnight_of_its_zone(last, first):
    world = world_of("youtube")
    gate = PackCapsGate(world.facts)
    late, midnight = local(last), local(first)
    begun = local(f"{last[:10]}T00:00:00{'-08:00' if last[:7] == '2026-03' else '-07:00'}")
    for number in range(1, 201):
        await world.send(reply("youtube", number=number), begun)

    held = await judged(gate, reply("youtube", number=201), late)

    assert held.until == midnight
    assert "10000 of 10000 a day of America/Los_Angeles for each account" in held.detail
    assert await judged(gate, reply("youtube", number=201), midnight) is None
    yesterday = reply("youtube", number=202)
    for key, send in world.ledger.sends.items():
        world.ledger.sends[key] = replace(send, at=begun - SECOND)
    assert await judged(gate, yesterday, late) is None


async def test_a_day_is_counted_where_a_pack_says_the_authors_live():
    world = world_of("x")
    tokyo = Cap(1, Per.AUTHOR, day_of="Asia/Tokyo")
    world.packs = {"x": replace(PACKS["x"], caps=(tokyo,))}
    gate = PackCapsGate(world.facts)
    await world.send(reply("x", number=1), local("2026-03-02T23:59:00+09:00"))

    held = await judged(gate, reply("x", number=2), local("2026-03-02T23:59:59+09:00"))

    assert held.until == local("2026-03-03T00:00:00+09:00")
    assert await judged(gate, reply("x", number=2), held.until) is None
    assert await judged(gate, reply("x", number=3, author_id="88"), NOON) is None


async def test_hiding_counts_where_a_pack_counts_it_and_nowhere_else():
    world = world_of("youtube", "x")
    gate = PackCapsGate(world.facts)
    for number in range(1, 201):
        await world.send(reply("youtube", number=number, deed="hide"), NOON)
    await world.send(reply("x", number=300, deed="hide", in_reply_to="t"), NOON)

    assert await judged(gate, reply("youtube", number=201, deed="hide"))
    assert await judged(gate, reply("youtube", number=202))
    assert await judged(gate, reply("x", number=301, in_reply_to="t")) is None
    assert await judged(gate, reply("x", number=302, in_reply_to="t", deed="hide")) is None


async def test_an_action_tried_again_does_not_count_itself():
    world = world_of("x")
    item = reply("x", number=1, in_reply_to="t")
    await world.send(item, NOON)
    assert await judged(PackCapsGate(world.facts), item) is None


async def test_caps_count_what_the_database_remembers(store):
    world = world_of("mastodon", "x")
    world.ledger = store.sends
    world.packs["mastodon"] = replace(
        PACKS["mastodon"], caps=(Cap(2, Per.ACCOUNT, timedelta(minutes=5)),)
    )
    gate, span = PackCapsGate(world.facts), timedelta(minutes=5)
    for number in (1, 2):
        item = reply("mastodon", number=number)
        assert await judged(gate, item, NOON + number * SECOND) is None
        await world.send(item, NOON + number * SECOND)

    third = reply("mastodon", number=3)
    assert (await judged(gate, third, NOON + 3 * SECOND)).until == NOON + SECOND + span
    assert await judged(gate, third, NOON + span + SECOND - timedelta(microseconds=1))
    assert await judged(gate, third, NOON + span + SECOND) is None
    await world.send(reply("x", number=4, in_reply_to="t"), NOON - 900 * DAY)
    assert await judged(gate, reply("x", number=5, in_reply_to="t"))
    assert await judged(gate, reply("x", number=6, in_reply_to="u")) is None


async def test_actions_judged_together_count_one_another():
    world = world_of("x")
    items = [reply("x", number=one, in_reply_to="t") for one in range(1, 4)]
    passage = await PackCapsGate(world.facts)(items, now=NOON)
    assert passage.kept == (items[0],)
    assert [one.item for one in passage.held] == items[1:]


async def test_what_has_no_account_no_author_or_no_pack_is_not_counted():
    world = World(accounts=[account("x", source="elsewhere")])
    world.packs = {
        "x": replace(PACKS["x"], caps=(Cap(1, Per.ACCOUNT), Cap(1, Per.AUTHOR))),
    }
    gate = PackCapsGate(world.facts)
    for number in (1, 2):
        item = reply("x", number=number, author_id=None, handle=None)
        await world.send(item, NOON)
        assert await judged(gate, item) is None
    assert await judged(gate, reply("import", number=3)) is None


SPAN = Span("forum.yaml", 1, 1)
STEPS = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from("ab"), st.sampled_from("st")), max_size=40
)
LIMITS = st.lists(
    st.builds(
        Cap,
        most=st.integers(3, 9),
        per=st.sampled_from(Per),
        within=st.sampled_from([timedelta(minutes=10), timedelta(hours=1), None]),
        each=st.integers(1, 3),
        deeds=st.just((Deed.REPLY,)),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, LIMITS)
async def test_no_cap_is_ever_passed_and_what_waits_for_room_finds_it(steps, caps):
    pack = PlatformPack("forum", date(2026, 3, 1), SPAN, caps=tuple(caps))
    world = World(packs={"forum": pack}, accounts=[account("forum")])
    gate, now = PackCapsGate(world.facts), NOON
    for number, (wait, author, thread) in enumerate(steps, 1):
        now += timedelta(seconds=wait)
        item = reply("forum", number=number, author_id=author, in_reply_to=thread)
        held = await judged(gate, item, now)
        if held is None:
            await world.send(item, now)
        elif held.until is not None:
            assert now < held.until
    for cap in caps:
        for one in world.ledger.sends.values():
            whose = getattr(one, cap.per.value)
            since = one.at - cap.within if cap.within else None
            beside = [
                other
                for other in world.ledger.sends.values()
                if getattr(other, cap.per.value) == whose
                and other.at <= one.at
                and (since is None or other.at > since)
            ]
            assert len(beside) * cap.each <= cap.most
