"""What a row says of a person can be erased, and the log still proves itself."""

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audit.form import hash_json
from engine.audit.report import Fault
from engine.decision import ActionState
from engine.ports import Settled
from engine.store import Store
from engine.store.chain import erase_outcomes
from engine.testing import NOON
from tests.store.samples import action, meddle, outside, plan, suppressed

ROWS = 6
WHO = {"by": "dana", "reason": "request 17"}


@pytest.fixture
async def logged(store):
    """A store whose outcome log has six rows, each with a detail."""
    await plan(store, *(action(number) for number in range(1, ROWS + 1)))
    for number in range(1, ROWS + 1):
        settled = Settled(f"action-{number}", ActionState.CANCELLED, detail=f"of @jane, {number}")
        await store.outbox.settle([settled], at=NOON)
    return store


async def erase(store, *seqs, **who):
    async with store._database.write() as connection:
        return await erase_outcomes(connection, seqs, at=NOON, **(who or WHO))


async def rows_of(store):
    return await store.queries.outcomes(after_seq=0, limit=1000)


async def test_an_erased_row_keeps_its_place_and_loses_its_words(logged):
    before = await rows_of(logged)
    assert await erase(logged, 2, 4, 5) == 3
    after = await rows_of(logged)
    assert [row["hash"] for row in after[:ROWS]] == [row["hash"] for row in before]
    assert [row["seq"] for row in after if row["erased"]] == [2, 4, 5]
    assert {
        (row["mention"], row["detail"], str(row["payload"])) for row in after if row["erased"]
    } == {("", "", "{}")}


async def test_no_word_and_no_salt_of_an_erased_row_is_left_in_its_columns(logged, store_url):
    await erase(logged, 3)
    with outside(store_url) as connection:
        row = connection.exec_driver_sql("SELECT * FROM outcomes WHERE seq = 3").one()
    assert "jane" not in str(row)
    assert {seal["salt"] for seal in json.loads(row.seals).values()} == {""}


async def test_the_log_tells_which_rows_were_erased_by_whom_and_why(logged):
    await erase(logged, 2, 4, 5)
    last = (await rows_of(logged))[-1]
    assert (last["kind"], last["action"], last["state"]) == ("erasure", "erase", "erased")
    assert last["payload"] == {"rows": [[2, 2], [4, 5]], "by": "dana", "reason": "request 17"}


async def test_erasing_again_changes_nothing_and_tells_nothing(logged):
    await erase(logged, 2)
    before = await rows_of(logged)
    assert await erase(logged, 2) == 0
    assert await rows_of(logged) == before


async def test_an_erasure_row_cannot_be_erased(logged):
    await erase(logged, 2)
    assert await erase(logged, ROWS + 1) == 0
    assert (await logged.queries.verify_chain()).is_intact


async def test_erasing_rows_that_are_not_there_does_nothing(logged):
    assert await erase(logged, 70, 71) == 0
    assert await erase(logged) == 0
    assert len(await rows_of(logged)) == ROWS


async def test_every_subset_can_be_erased_and_the_chain_fits(store, store_url):
    await plan(store, *(suppressed(number) for number in range(1, 4)))
    subsets = [chosen for size in range(4) for chosen in itertools.combinations(range(1, 4), size)]
    erased = set()
    for chosen in subsets:
        await erase(store, *chosen)
        erased |= set(chosen)
        report = await store.queries.verify_chain()
        assert (report.problem, report.erased) == ("", len(erased))


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
@given(rounds=st.lists(st.sets(st.integers(1, 12), max_size=6), max_size=4))
async def test_whatever_is_erased_in_whatever_order_the_chain_fits(fresh_database, rounds):
    store = await Store.open(await fresh_database())
    try:
        await plan(store, *(suppressed(number) for number in range(1, 7)))
        for chosen in rounds:
            await erase(store, *chosen)
        report = await store.queries.verify_chain()
        rows = await rows_of(store)
        assert report.problem == ""
        assert report.rows == len(rows)
        assert report.erased == sum(row["erased"] for row in rows)
    finally:
        await store.close()


async def test_a_row_blanked_without_an_erasure_row_is_named(logged, store_url):
    blank_as_an_erasure_would(store_url, 3)
    report = await logged.queries.verify_chain()
    assert (report.bad_row, report.fault) == (3, Fault.ERASED)
    assert report.problem == "row 3 was blanked: no later row of the log says who erased it"


async def test_a_row_blanked_beside_one_that_was_erased_is_named(logged, store_url):
    await erase(logged, 2, 5)
    blank_as_an_erasure_would(store_url, 4)
    report = await logged.queries.verify_chain()
    assert (report.bad_row, report.fault) == (4, Fault.ERASED)


async def test_an_erasure_row_that_was_blanked_itself_is_named(logged, store_url):
    await erase(logged, 2)
    blank_as_an_erasure_would(store_url, ROWS + 1)
    assert (await logged.queries.verify_chain()).bad_row in (2, ROWS + 1)


async def test_an_erasure_row_made_to_name_another_row_is_named(logged, store_url):
    await erase(logged, 2)
    blank_as_an_erasure_would(store_url, 3)
    payload = json.dumps({"rows": [[2, 3]], "by": "dana", "reason": "request 17"})
    meddle(
        store_url,
        f"UPDATE outcomes SET payload = '{payload}' WHERE seq = {ROWS + 1}".replace(":", r"\:"),
    )
    report = await logged.queries.verify_chain()
    assert (report.bad_row, report.fault) == (ROWS + 1, Fault.CHANGED)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        pytest.param("SET detail = 'I was never here'", "has words", id="words put in"),
        pytest.param("SET state = 'sent'", "does not fit its hash", id="a state changed"),
        pytest.param("SET erased = 0", "does not fit its seal", id="said not to be erased"),
        pytest.param("SET erased = 7", "another type", id="said to be erased seven times"),
        pytest.param("SET seals = NULL", "when it was erased", id="the seals taken away"),
        pytest.param(
            """SET seals = replace(seals, '"salt"\\:""', '"salt"\\:"00112233445566778899aabbccddeeff"')""",
            "keeps the salt",
            id="a salt put in",
        ),
        pytest.param(
            """SET seals = replace(seals, '"digest"\\:"', '"digest"\\:"0')""",
            "the form of seals",
            id="a digest changed",
        ),
        pytest.param("SET seals = '{}'", "the form of seals", id="seals of no form"),
        pytest.param("SET seals = seals || ' '", "the form of seals", id="seals with a blank more"),
    ],
)
async def test_an_erased_row_that_is_tampered_with_is_named(logged, store_url, statement, told):
    await erase(logged, 3)
    meddle(store_url, f"UPDATE outcomes {statement} WHERE seq = 3")
    report = await logged.queries.verify_chain()
    assert (report.bad_row, report.fault) == (3, Fault.CHANGED)
    assert told in report.problem


async def test_rows_from_before_there_were_seals_still_fit(logged, store_url):
    unseal(store_url)
    report = await logged.queries.verify_chain()
    assert (report.rows, report.problem) == (ROWS, "")


async def test_rows_from_before_there_were_seals_can_be_erased(logged, store_url):
    unseal(store_url)
    await erase(logged, 1, 4)
    report = await logged.queries.verify_chain()
    assert (report.rows, report.erased, report.problem) == (ROWS + 1, 2, "")
    meddle(store_url, "UPDATE outcomes SET state = 'sent' WHERE seq = 4")
    report = await logged.queries.verify_chain()
    assert (report.bad_row, report.fault) == (4, Fault.CHANGED)


async def test_a_row_without_seals_blanked_behind_the_engines_back_is_named(logged, store_url):
    unseal(store_url)
    await erase(logged, 1)
    meddle(
        store_url,
        "UPDATE outcomes SET mention = '', detail = '', payload = '{}', erased = 1 WHERE seq = 4",
    )
    report = await logged.queries.verify_chain()
    assert (report.bad_row, report.fault) == (4, Fault.CHANGED)


async def test_the_same_salts_make_the_same_log(fresh_database):
    heads = []
    for _ in range(2):
        store = await Store.open(await fresh_database(), randomness=lambda count: b"\1" * count)
        await plan(store, suppressed(1))
        heads.append(await store.queries.chain_head())
        await store.close()
    assert heads[0] == heads[1]


async def test_two_rows_that_say_the_same_have_different_salts(logged, store_url):
    with outside(store_url) as connection:
        found = list(connection.exec_driver_sql("SELECT seals FROM outcomes").scalars())
    salts = {seal["salt"] for seals in found for seal in json.loads(seals).values()}
    assert len(salts) == 3 * ROWS


def blank_as_an_erasure_would(url, seq):
    """Blank a row with its salts, as one who knows the form of erased rows would."""
    with outside(url) as connection:
        query = f"SELECT seals FROM outcomes WHERE seq = {seq}"
        seals = json.loads(connection.exec_driver_sql(query).scalar_one())
    bare = {name: {"digest": seal["digest"], "salt": ""} for name, seal in seals.items()}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":")).replace(":", r"\:")
    meddle(
        url,
        "UPDATE outcomes SET mention = '', detail = '', payload = '{}', erased = 1,"
        f" seals = '{text}' WHERE seq = {seq}",
    )


def unseal(url):
    """Write the log anew in the form it had before there were seals."""
    names = [
        "seq",
        "at",
        "kind",
        "action_id",
        "mention",
        "policy",
        "rule",
        "action",
        "state",
        "reason",
        "detail",
        "payload",
    ]
    with outside(url) as connection:
        query = f"SELECT {', '.join(names)} FROM outcomes ORDER BY seq"
        rows = [dict(row) for row in connection.exec_driver_sql(query).mappings()]
    statements = []
    previous = "0" * 64
    for row in rows:
        hashed = hash_json(row | {"previous": previous})
        statements.append(
            f"UPDATE outcomes SET seals = NULL, previous = '{previous}', hash = '{hashed}'"
            f" WHERE seq = {row['seq']}"
        )
        previous = hashed
    meddle(url, *statements, f"UPDATE chain_head SET hash = '{previous}'")
