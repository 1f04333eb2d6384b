"""The outcome log shows every change made behind its back, and names the first bad row."""

import asyncio

import pytest

from engine.audit.form import seal_words
from engine.decision import ActionState
from engine.ports import Settled
from engine.store import ChainHead, Store
from engine.store.chain import GENESIS, canonical_json, outcome_hash
from engine.testing import NOON
from tests.store.samples import action, meddle, plan, suppressed

ROWS = 5
COLUMNS = (
    "at, kind, action_id, mention, policy, rule, action, state, reason, detail, payload, previous,"
    " hash, seals"
)


@pytest.fixture
async def logged(store):
    """A store whose outcome log has five rows."""
    await plan(store, *(suppressed(number) for number in range(1, ROWS + 1)))
    return store


async def test_an_empty_log_is_intact(store):
    report = await store.queries.verify_chain()
    assert (report.rows, report.head, report.is_intact) == (0, GENESIS, True)


async def test_an_untouched_log_is_intact_and_ends_at_its_head(logged):
    report = await logged.queries.verify_chain()
    assert (report.rows, report.problem) == (ROWS, "")
    assert await logged.queries.chain_head() == ChainHead(ROWS, report.head)


@pytest.mark.parametrize(
    ("statements", "bad_row", "problem"),
    [
        pytest.param(
            ["UPDATE outcomes SET state = 'sent' WHERE seq = 3"], 3, "was changed", id="a field changed"
        ),
        pytest.param(
            ["UPDATE outcomes SET at = 'yesterday' WHERE seq = 2"],
            2,
            "was changed",
            id="a time that is none",
        ),
        pytest.param(
            ["UPDATE outcomes SET hash = previous WHERE seq = 4"], 4, "was changed", id="a hash changed"
        ),
        pytest.param(
            [f"UPDATE outcomes SET previous = '{GENESIS}' WHERE seq = 4"],
            4,
            "does not continue row 3",
            id="a link changed",
        ),
        pytest.param(["DELETE FROM outcomes WHERE seq = 1"], 1, "is missing", id="the first deleted"),
        pytest.param(["DELETE FROM outcomes WHERE seq = 3"], 3, "is missing", id="one deleted inside"),
        pytest.param(["DELETE FROM outcomes WHERE seq > 3"], 4, "is missing", id="cut at the end"),
        pytest.param(["DELETE FROM outcomes"], 1, "is missing", id="everything deleted"),
        pytest.param(
            [
                "UPDATE outcomes SET seq = 99 WHERE seq = 2",
                "UPDATE outcomes SET seq = 2 WHERE seq = 3",
                "UPDATE outcomes SET seq = 3 WHERE seq = 99",
            ],
            2,
            "was moved: row 3 stands in its place",
            id="two rows swapped",
        ),
        pytest.param(
            ["DELETE FROM outcomes WHERE seq = 3", "UPDATE outcomes SET seq = seq - 1 WHERE seq = 4",
             "UPDATE outcomes SET seq = seq - 1 WHERE seq = 5"],
            3,
            "was written as row 4",
            id="one deleted and the rest moved up",
        ),
        pytest.param(
            [f"INSERT INTO outcomes (seq, {COLUMNS}) SELECT 6, {COLUMNS} FROM outcomes WHERE seq = 5"],
            6,
            "was written as row 5",
            id="a copy put at the end",
        ),
    ],
)  # fmt: skip
async def test_tampering_is_found_at(logged, store_url, *, statements, bad_row, problem):
    meddle(store_url, *statements)
    report = await logged.queries.verify_chain()
    assert report.bad_row == bad_row
    assert report.problem.startswith(f"row {bad_row} ")
    assert problem in report.problem


def forged(row, **changes):
    """A row made to fit, as one who knows how the chain is made would."""
    made = {**row, **changes, "at": "2026-03-02T12:00:00.000000Z"}
    made["payload"] = canonical_json(made["payload"])
    made["seals"] = seal_words(made, bytes)
    return {**made, "hash": outcome_hash(made)}


async def test_a_row_that_fits_but_lies_beyond_the_head_is_found(logged, store_url):
    [last] = await logged.queries.outcomes(limit=1)
    extra = forged(last, seq=6, previous=last["hash"])
    names = ", ".join(f"'{extra[name]}'" for name in COLUMNS.replace(" ", "").split(","))
    meddle(store_url, f"INSERT INTO outcomes (seq, {COLUMNS}) VALUES (6, {names})")
    report = await logged.queries.verify_chain()
    assert (report.rows, report.bad_row) == (6, 6)
    assert "not written by the engine" in report.problem


async def test_a_chain_rewritten_whole_is_found_by_a_head_noted_elsewhere(logged, store_url):
    noted = await logged.queries.chain_head()
    [last] = await logged.queries.outcomes(limit=1)
    made = forged(last, detail="nothing to see")
    new = made["hash"]
    meddle(
        store_url,
        f"UPDATE outcomes SET detail = 'nothing to see', hash = '{new}' WHERE seq = 5",
        f"UPDATE outcomes SET seals = '{made['seals']}' WHERE seq = 5".replace(":", r"\:"),
        f"UPDATE chain_head SET hash = '{new}'",
    )
    assert (await logged.queries.verify_chain()).is_intact
    report = await logged.queries.verify_chain(expected=noted)
    assert report.bad_row == 5
    assert "the head was noted for" in report.problem


async def test_a_log_cut_with_its_head_is_found_by_a_head_noted_elsewhere(logged, store_url):
    noted = await logged.queries.chain_head()
    [row] = await logged.queries.outcomes(after_seq=2, limit=1)
    meddle(
        store_url,
        "DELETE FROM outcomes WHERE seq > 3",
        f"UPDATE chain_head SET seq = 3, hash = '{row['hash']}'",
    )
    assert (await logged.queries.verify_chain()).is_intact
    report = await logged.queries.verify_chain(expected=noted)
    assert (report.bad_row, report.problem) == (4, "row 4 is missing: 5 rows were written")


async def test_a_log_longer_than_a_page_is_walked_to_its_end(store):
    await plan(store, *(suppressed(number) for number in range(2_050)))
    assert (await store.queries.verify_chain()).rows == 2_050


async def test_two_who_append_at_once_leave_one_chain(store, store_url):
    await plan(store, *(action(number) for number in range(40)))
    other = await Store.open(store_url)
    try:
        moves = [Settled(f"action-{number}", ActionState.CANCELLED) for number in range(40)]
        await asyncio.gather(
            *(
                (store, other)[index % 2].outbox.settle([move], at=NOON)
                for index, move in enumerate(moves)
            )
        )
    finally:
        await other.close()
    report = await store.queries.verify_chain()
    assert (report.rows, report.problem) == (40, "")


async def test_a_walk_while_others_append_finds_no_fault(store):
    await plan(store, *(action(number) for number in range(30)))
    settles = [
        store.outbox.settle([Settled(f"action-{number}", ActionState.SENT)], at=NOON)
        for number in range(30)
    ]
    walks = [store.queries.verify_chain() for _ in range(10)]
    found = await asyncio.gather(*settles[:15], *walks, *settles[15:])
    assert all(one.is_intact for one in found if one is not None)
