"""The send ledger: reserved once, given back, read by every filter, one turn at a time."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.sending import Cap, Reach, Send, Standing
from engine.store import Store
from engine.store.sends import answered, give_back
from engine.testing import NOON, mention
from tests.dispatch.ledger import MemoryLedger

HOUR = timedelta(hours=1)
REACH = Reach(HOUR, Cap(1, HOUR), Cap(1, HOUR), HOUR)


def send(number=1, **fields):
    known = {
        "action_id": f"action-{number}",
        "kind": "reply",
        "account": "account:acme",
        "source": "import",
        "brand": "acme",
        "author": "import:77",
        "thread": "import:1",
        "mention": f"import:{number}",
        "policy": "care",
        "rule": "angry",
        "at": NOON + number * HOUR,
        "fingerprint": (3, 5, 1 << 50),
    }
    return Send(**{**known, **fields})


async def within(store, act):
    """Do something inside a transaction of our own, as the outbox does."""
    async with store.sends._database.write() as connection:
        await act(connection)


async def ids(store, **wanted):
    return [one.action_id for one in await store.sends.since(NOON, **wanted)]


async def test_what_is_reserved_is_read_back_as_it_was(store):
    await store.sends.reserve(send())
    assert await store.sends.since(NOON) == [send()]


async def test_reserving_again_changes_nothing(store):
    await store.sends.reserve(send())
    await store.sends.reserve(send(at=NOON + 9 * HOUR, account="account:other"))
    assert await store.sends.since(NOON) == [send()]


async def test_the_start_is_inclusive_and_the_oldest_come_first(store):
    for number in (3, 1, 2):
        await store.sends.reserve(send(number))
    found = await store.sends.since(NOON + 2 * HOUR)
    assert [one.action_id for one in found] == ["action-2", "action-3"]


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("kind", "hide"),
        ("account", "account:other"),
        ("author", "import:78"),
        ("thread", "import:2"),
        ("mention", "import:other"),
    ],
)
async def test_each_filter_leaves_the_others_out(store, field, other):
    await store.sends.reserve(send(1))
    await store.sends.reserve(send(2, **{field: other}))
    assert await ids(store, **{field: other}) == ["action-2"]


async def test_a_rule_is_told_apart_from_its_namesake_in_another_policy(store):
    await store.sends.reserve(send(1))
    await store.sends.reserve(send(2, policy="press"))
    await store.sends.reserve(send(3, rule="calm"))
    assert await ids(store, rule="care/angry") == ["action-1"]


async def test_filters_narrow_together(store):
    await store.sends.reserve(send(1))
    await store.sends.reserve(send(2, author=None))
    await store.sends.reserve(send(3, thread="import:9"))
    assert await ids(store, author="import:77", thread="import:1") == ["action-1"]


async def test_what_is_given_back_is_gone_and_may_be_reserved_anew(store):
    await store.sends.reserve(send(1))
    await store.sends.reserve(send(2))
    await within(store, lambda connection: give_back(connection, ["action-1", "unheard-of"]))
    assert await ids(store) == ["action-2"]
    await store.sends.reserve(send(1, at=NOON + 5 * HOUR))
    assert await ids(store) == ["action-2", "action-1"]


async def test_the_platforms_name_for_it_is_kept(store):
    await store.sends.reserve(send(1))
    await within(store, lambda connection: answered(connection, "action-1", "remote-9"))
    [found] = await store.sends.since(NOON)
    assert found.remote_id == "remote-9"


async def test_a_reservation_outlives_the_process(store, store_url):
    await store.sends.reserve(send())
    other = await Store.open(store_url)
    try:
        assert await ids(other) == ["action-1"]
    finally:
        await other.close()


async def _take_turns(stores, most):
    """Let everybody judge by the count and reserve, as the dispatcher does."""

    async def one(store, number):
        async with store.sends.turn():
            if len(await ids(store)) < most:
                await store.sends.reserve(send(number))

    await asyncio.gather(*(one(stores[n % len(stores)], n) for n in range(1, 25)))


async def test_a_cap_holds_however_many_judge_at_once(store):
    await _take_turns([store], most=3)
    assert len(await ids(store)) == 3


async def test_a_cap_holds_over_several_processes_of_a_server(postgres_url):
    stores = [await Store.open(postgres_url) for _ in range(3)]
    try:
        await _take_turns(stores, most=3)
        assert len(await ids(stores[0])) == 3
    finally:
        for one in stores:
            await one.close()


async def test_a_turn_keeps_the_other_processes_of_a_server_out(postgres_url):
    mine, other = await Store.open(postgres_url), await Store.open(postgres_url)
    entered = asyncio.Event()

    async def enter():
        async with other.sends.turn():
            entered.set()

    async def is_waited_for():
        async with mine.sends._database.read() as connection:
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            return (await connection.exec_driver_sql(waiting)).scalar_one()

    try:
        async with mine.sends.turn():
            entering = asyncio.create_task(enter())
            while not entered.is_set() and not await is_waited_for():
                pass
            assert not entered.is_set()
        await entering
        assert entered.is_set()
    finally:
        await mine.close()
        await other.close()


async def test_a_turn_ends_when_its_caller_fails_or_is_cancelled(store):
    async def fail():
        async with store.sends.turn():
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    entered = asyncio.Event()

    async def stay():
        async with store.sends.turn():
            entered.set()
            await asyncio.Event().wait()

    staying = asyncio.create_task(stay())
    await entered.wait()
    waiting = asyncio.create_task(fail())
    await asyncio.wait({waiting}, timeout=0)
    waiting.cancel()
    staying.cancel()
    await asyncio.gather(staying, waiting, return_exceptions=True)
    async with store.sends.turn():
        await store.sends.reserve(send())
    assert await ids(store) == ["action-1"]


_ACTS = st.lists(
    st.tuples(st.booleans(), st.integers(min_value=1, max_value=12)), min_size=1, max_size=25
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=_ACTS, most=st.integers(min_value=1, max_value=4))
async def test_no_order_of_reserving_and_giving_back_passes_a_cap(store, acts, most):
    await within(
        store, lambda connection: give_back(connection, [f"action-{n}" for n in range(13)])
    )
    held = set()
    for is_reserved, number in acts:
        if not is_reserved:
            await within(store, lambda connection, n=number: give_back(connection, [f"action-{n}"]))
            held.discard(f"action-{number}")
            continue
        async with store.sends.turn():
            if len(await store.sends.since(NOON, author="import:77")) < most:
                await store.sends.reserve(send(number))
                held.add(f"action-{number}")
        assert len(await ids(store)) <= most
    assert set(await ids(store)) == held


_SENDS = st.lists(
    st.builds(
        send,
        st.integers(1, 30),
        account=st.sampled_from(["account:acme", "account:other"]),
        author=st.sampled_from([None, "import:77", "import:78"]),
        thread=st.sampled_from(["import:1", "import:2"]),
        mention=st.sampled_from(["import:1", "import:2"]),
        policy=st.sampled_from(["care", "press"]),
        rule=st.sampled_from(["angry", "calm"]),
        at=st.integers(0, 6).map(lambda hours: NOON + hours * HOUR),
        fingerprint=st.sampled_from([(), (1, 2), (2, 3)]),
    ),
    max_size=12,
)
_CAPS = st.builds(Cap, st.integers(1, 3), st.integers(1, 4).map(lambda hours: hours * HOUR))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sends=_SENDS,
    asked=_SENDS.filter(bool),
    reach=st.builds(Reach, st.just(2 * HOUR), _CAPS, _CAPS, st.just(3 * HOUR)),
)
async def test_the_past_of_a_send_is_what_brute_force_finds(store, sends, asked, reach):
    await within(
        store, lambda connection: give_back(connection, [f"action-{n}" for n in range(31)])
    )
    plain = MemoryLedger(standing=Standing(is_stored=False))
    for one in sends:
        await store.sends.reserve(one)
        await plain.reserve(one)
    for one in asked:
        about = mention()
        found = await store.sends.past(one, about, reach=reach)
        assert found == await plain.past(one, about, reach=reach)


async def test_the_send_itself_is_no_part_of_its_past(store):
    await store.sends.reserve(send(1))
    found = await store.sends.past(send(1), mention(), reach=REACH)
    assert (found.near, found.account_full_since, found.rule_full_since) == ((), None, None)


@pytest.mark.parametrize(
    "wanted",
    [{}, {"kind": "reply"}, {"author": "import:77"}, {"account": "account:none"}],
    ids=["all", "a kind", "an author", "nobody's"],
)
async def test_as_many_are_counted_as_would_be_read(store, wanted):
    for number in range(1, 6):
        await store.sends.reserve(send(number, at=NOON + timedelta(minutes=number)))
    start = NOON + timedelta(minutes=2)
    found = await store.sends.since(start, **wanted)
    assert await store.sends.count(start, **wanted) == len(found)
