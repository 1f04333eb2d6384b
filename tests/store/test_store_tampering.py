"""Whatever is done to the log in either database is named with its row, there and once exported."""

import io
import itertools

import pytest
from sqlalchemy import delete, insert, select, update

from engine.audit.checkpoints import TrustedKeys, anchor_of
from engine.audit.export import LogFile, LogWriter
from engine.audit.form import outcome_hash, seal_words
from engine.audit.report import Fault
from engine.store import Store
from engine.store.chain import erase_outcomes
from engine.store.tables import chain_head, outcomes
from engine.testing import NOON
from tests.audit.logs import KEY, NOBODY, trusting
from tests.store.samples import meddle, outside, plan, suppressed

ROWS = 6
ERASED = 2
# With the row that tells of the erasure.
ALL = ROWS + 1
NUMBERS = range(1, ALL + 1)


class Log:
    """A log in a database, tampered with and put back as it was."""

    def __init__(self, store, url):
        self.store = store
        self.url = url
        self.names = [column.name for column in outcomes.c]
        with outside(url) as connection:
            query = "SELECT * FROM outcomes ORDER BY seq"
            self.rows = [dict(row) for row in connection.exec_driver_sql(query).mappings()]
            self.head = connection.execute(select(chain_head)).mappings().one()

    def write(self, rows, *, head=None):
        """Let the log have these rows, whatever they are."""
        raw = outcomes.to_metadata(type(outcomes.metadata)())
        for column in raw.c:
            if column.name == "at":
                column.type = outcomes.c.kind.type
        with outside(self.url) as connection:
            connection.execute(delete(outcomes))
            connection.execute(update(chain_head).values(**(self.head if head is None else head)))
            if rows:
                connection.execute(insert(raw), rows)

    async def judged(self, rows, *, head=None, trusted=NOBODY, kept=()):
        """What is found in the database, and in its export, which agree."""
        self.write(rows, head=head)
        anchors = [anchor_of(one, trusted) for one in kept]
        report = await self.store.audit.check(trusted=trusted, anchors=anchors)
        out = io.BytesIO()
        await self.store.audit.export(LogWriter(out))
        out.seek(0)
        assert LogFile(out, "log").check(trusted=trusted, anchors=anchors) == report
        return report


@pytest.fixture
async def kept_log(store, store_url):
    await plan(store, *(suppressed(number) for number in range(1, ROWS + 1)))
    async with store._database.write() as connection:
        await erase_outcomes(connection, [ERASED], by="dana", reason="request 17", at=NOON)
    return Log(store, store_url)


async def test_a_log_that_nobody_touched_fits_and_so_does_its_export(kept_log):
    report = await kept_log.judged(kept_log.rows)
    assert (report.rows, report.erased, report.problem) == (ALL, 1, "")


async def test_every_column_of_every_row_is_watched(kept_log):
    others = {"erased": 1, "reason": None, "seals": None, "at": "yesterday"}
    for number, name in itertools.product(NUMBERS, kept_log.names):
        rows = [dict(row) for row in kept_log.rows]
        row = rows[number - 1]
        if name == "seq":
            row["seq"] = 99
        else:
            row[name] = others.get(name, f"{row[name]}x")
        if row[name] == kept_log.rows[number - 1][name]:
            row[name] = {"erased": 0}.get(name, "cooldown")
        report = await kept_log.judged(sorted(rows, key=lambda one: one["seq"]))
        wanted = {number, ERASED} if number == ALL else {number}
        assert report.bad_row in wanted, (number, name, report.problem)


async def test_every_run_of_rows_deleted_is_named(kept_log):
    for first, last in itertools.combinations_with_replacement(NUMBERS, 2):
        rows = kept_log.rows[: first - 1] + kept_log.rows[last:]
        report = await kept_log.judged(rows)
        wanted = (first, Fault.TRUNCATED if last == ALL else Fault.MISSING)
        if last == ALL and first > ERASED:
            wanted = (ERASED, Fault.ERASED)
        assert (report.bad_row, report.fault) == wanted, (first, last, report.problem)


async def test_every_two_rows_that_changed_places_are_named(kept_log):
    for one, two in itertools.combinations(range(ERASED + 1, ALL), 2):
        rows = [dict(row) for row in kept_log.rows]
        rows[one - 1], rows[two - 1] = rows[two - 1], rows[one - 1]
        rows[one - 1]["seq"], rows[two - 1]["seq"] = one, two
        report = await kept_log.judged(rows)
        assert (report.bad_row, report.fault) == (one, Fault.MOVED), (one, two, report.problem)


async def test_a_copy_of_every_row_put_behind_it_is_named(kept_log):
    for number in range(ERASED + 1, ALL):
        copy = kept_log.rows[number - 1]
        rows = [*kept_log.rows[:number], copy, *kept_log.rows[number:]]
        rows = [row | {"seq": at} for at, row in enumerate(rows, start=1)]
        report = await kept_log.judged(rows)
        assert (report.bad_row, report.fault) == (number + 1, Fault.INSERTED), report.problem


async def test_a_log_cut_with_its_head_and_checkpoints_is_told_by_one_kept_elsewhere(kept_log):
    end = kept_log.rows[-1]
    head = await kept_log.store.audit.head()
    assert (head.rows, head.hash) == (ALL, end["hash"])
    kept = [KEY.sign(head, at="2026-03-02T12:00:00.000000Z")]
    rows = kept_log.rows[:1]
    cut = {"id": 1, "seq": 1, "hash": rows[0]["hash"]}
    assert (await kept_log.judged(rows, head=cut)).is_intact
    report = await kept_log.judged(rows, head=cut, trusted=trusting(KEY), kept=kept)
    assert (report.bad_row, report.fault) == (2, Fault.TRUNCATED)


async def test_a_log_rewritten_whole_is_told_by_a_checkpoint_kept_elsewhere(kept_log):
    kept = [KEY.sign(await kept_log.store.audit.head(), at="2026-03-02T12:00:00.000000Z")]
    rows = []
    previous = "0" * 64
    for old in kept_log.rows:
        row = dict(old) | {"detail": "nothing to see", "previous": previous, "erased": 0}
        row["seals"] = seal_words(row, bytes)
        row["hash"] = previous = outcome_hash(row)
        rows.append(row)
    head = {"id": 1, "seq": ALL, "hash": previous}
    assert (await kept_log.judged(rows, head=head)).is_intact
    report = await kept_log.judged(rows, head=head, trusted=trusting(KEY), kept=kept)
    assert (report.bad_row, report.fault) == (ALL, Fault.REWRITTEN)


async def test_a_log_without_its_head_is_told(store, store_url):
    await plan(store, suppressed())
    meddle(store_url, "DELETE FROM chain_head")
    report = await store.audit.check(trusted=NOBODY)
    assert (report.bad_row, report.fault) == (2, Fault.TRUNCATED)


async def test_stored_checkpoints_are_walked_along_with_the_rows(kept_log):
    store = kept_log.store
    await store.audit.keep(KEY.sign(await store.audit.head(), at="2026-03-02T12:00:00.000000Z"))
    assert await store.audit.latest() == KEY.sign(
        await store.audit.head(), at="2026-03-02T12:00:00.000000Z"
    )
    report = await kept_log.judged(kept_log.rows, trusted=trusting(KEY))
    assert (report.problem, report.checkpoints) == ("", 1)


async def test_a_second_checkpoint_of_as_many_rows_changes_nothing(kept_log):
    store = kept_log.store
    first = KEY.sign(await store.audit.head(), at="2026-03-02T12:00:00.000000Z")
    for at in ("2026-03-02T12:00:00.000000Z", "2026-03-02T13:00:00.000000Z"):
        await store.audit.keep(KEY.sign(await store.audit.head(), at=at))
    assert await store.audit.latest() == first


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE checkpoints SET hash = 'x'", id="hash"),
        pytest.param("UPDATE checkpoints SET at = 'yesterday'", id="time"),
        pytest.param("UPDATE checkpoints SET key = 'mine'", id="key"),
        pytest.param("UPDATE checkpoints SET signature = ''", id="signature"),
        pytest.param("UPDATE checkpoints SET rows = 1", id="rows"),
        pytest.param("UPDATE checkpoints SET rows = 1000", id="too many rows"),
    ],
)
async def test_a_stored_checkpoint_that_was_changed_is_told_as_forged(
    kept_log, store_url, statement
):
    store = kept_log.store
    await store.audit.keep(KEY.sign(await store.audit.head(), at="2026-03-02T12:00:00.000000Z"))
    meddle(store_url, statement)
    report = await kept_log.judged(kept_log.rows, trusted=trusting(KEY))
    assert report.fault is Fault.FORGED, report.problem


async def test_rows_as_sqlite_may_be_made_to_hold_them_are_named_not_a_crash(sqlite_url):
    opened = await Store.open(sqlite_url)
    try:
        await plan(opened, *(suppressed(number) for number in range(1, 4)))
        meddle(sqlite_url, "UPDATE outcomes SET state = x'00ff' WHERE seq = 2")
        report = await opened.audit.check(trusted=TrustedKeys())
        assert (report.bad_row, report.fault) == (2, Fault.CHANGED)
        out = io.BytesIO()
        await opened.audit.export(LogWriter(out))
        out.seek(0)
        assert LogFile(out, "log").check(trusted=TrustedKeys()).bad_row == 2
    finally:
        await opened.close()
