"""A signed checkpoint holds the log to what it was, whoever rewrites it afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.audit.auditor import Auditor
from engine.audit.checkpoints import SigningKey, TrustedKeys, anchor_of, read_checkpoint
from engine.audit.erasures import Erasures
from engine.audit.report import ChainHead, Fault
from engine.audit.walk import Anchor, Walk
from engine.errors import BrokenLogError, ConfigError
from tests.audit.logs import (
    KEY,
    NOBODY,
    NOON,
    OTHER_KEY,
    append,
    head_of,
    judge,
    log,
    rehash,
    trusting,
)

AT = "2026-03-02T12:00:00.000000Z"
ROWS = 9
SIGNED = (3, 6, 9)


def signed(rows, *numbers, key=KEY):
    return [key.sign(head_of(rows[:number]), at=AT) for number in numbers]


def test_checkpoints_of_a_log_nobody_touched_fit_and_are_counted():
    rows = log(ROWS)
    checkpoints = signed(rows, *SIGNED)
    report = judge(rows, head_of(rows), checkpoints, trusted=trusting(KEY))
    assert (report.problem, report.checkpoints, report.unchecked) == ("", 3, 0)


def test_the_same_checkpoint_stored_and_kept_elsewhere_counts_once():
    rows = log(ROWS)
    checkpoints = signed(rows, *SIGNED)
    report = judge(rows, head_of(rows), checkpoints, trusted=trusting(KEY), kept=checkpoints[:1])
    assert report.checkpoints == 3


def test_without_a_public_key_signatures_are_counted_as_not_checked():
    rows = log(ROWS)
    report = judge(rows, head_of(rows), signed(rows, *SIGNED))
    assert (report.problem, report.checkpoints, report.unchecked) == ("", 0, 3)


def test_checkpoints_of_earlier_keys_are_believed_where_the_keys_are_named():
    rows = log(ROWS)
    checkpoints = signed(rows, 3, key=OTHER_KEY) + signed(rows, 6)
    assert (
        judge(rows, head_of(rows), checkpoints, trusted=trusting(KEY, OTHER_KEY)).checkpoints == 2
    )
    report = judge(rows, head_of(rows), checkpoints, trusted=trusting(KEY))
    assert (report.bad_row, report.fault) == (3, Fault.FORGED)
    assert f"key {OTHER_KEY.id} signed it, and trusted are {KEY.id}" in report.problem


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"hash": "0" * 64}, id="of another hash"),
        pytest.param({"rows": 4}, id="of another row"),
        pytest.param({"rows": 40}, id="of a row beyond the last"),
        pytest.param({"rows": 0}, id="of no row"),
        pytest.param({"rows": -7}, id="of fewer than no row"),
        pytest.param({"at": "2020-01-01T00:00:00.000000Z"}, id="of another time"),
        pytest.param({"signature": "00" * 64}, id="with another signature"),
        pytest.param({"signature": "no hex"}, id="with a signature that is none"),
        pytest.param({"signature": ""}, id="without a signature"),
        pytest.param({"key": OTHER_KEY.id}, id="of another key"),
    ],
)
def test_a_checkpoint_that_was_changed_is_told_as_forged(changes):
    rows = log(ROWS)
    [one] = signed(rows, 6)
    report = judge(rows, head_of(rows), [replace(one, **changes)], trusted=trusting(KEY))
    assert report.fault is Fault.FORGED
    assert report.bad_row == max(1, changes.get("rows", 6))


def test_one_who_signs_with_a_key_of_the_same_name_is_told():
    rows = log(ROWS)
    bare = replace(OTHER_KEY.sign(head_of(rows), at=AT), key=KEY.id)
    report = judge(rows, head_of(rows), [bare], trusted=trusting(KEY))
    assert (report.bad_row, report.fault) == (ROWS, Fault.FORGED)


@pytest.mark.parametrize("number", range(1, ROWS + 1))
def test_a_log_rewritten_whole_with_its_head_is_told_by_a_checkpoint(number):
    rows = log(ROWS)
    kept = signed(rows, *SIGNED)
    rows[number - 1]["detail"] = "nothing to see"
    rehash(rows, start=number)
    assert judge(rows, head_of(rows)).is_intact
    report = judge(rows, head_of(rows), trusted=trusting(KEY), kept=kept)
    seen = next(one for one in SIGNED if one >= number)
    assert (report.bad_row, report.fault) == (seen, Fault.REWRITTEN)
    assert f"it or one since row {seen - 2} was rewritten" in report.problem


def test_a_log_rewritten_with_checkpoints_of_a_key_of_their_own_is_told_by_the_one_kept():
    rows = log(ROWS)
    kept = signed(rows, 6)
    rows[0]["detail"] = "nothing to see"
    rehash(rows, start=1)
    made = signed(rows, *SIGNED, key=OTHER_KEY)
    assert judge(rows, head_of(rows), made).is_intact
    assert judge(rows, head_of(rows), made, kept=kept).bad_row == 6
    assert judge(rows, head_of(rows), made, trusted=trusting(KEY)).fault is Fault.FORGED


@pytest.mark.parametrize("left", [0, 1, 5, 8])
def test_a_log_cut_with_its_head_is_told_by_a_checkpoint(left):
    rows = log(ROWS)
    kept = signed(rows, ROWS)
    report = judge(rows[:left], head_of(rows[:left]), trusted=trusting(KEY), kept=kept)
    assert (report.bad_row, report.fault) == (left + 1, Fault.TRUNCATED)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"rows": 1},
        {"rows": "1", "hash": "", "at": "", "key": "", "signature": ""},
        {"rows": True, "hash": "", "at": "", "key": "", "signature": ""},
        {"rows": 1, "hash": 1, "at": "", "key": "", "signature": ""},
        {"rows": 1, "hash": "", "at": "", "key": "", "signature": "", "more": ""},
    ],
)
def test_what_is_no_checkpoint_is_not_read_as_one(value):
    with pytest.raises(ValueError, match="checkpoint"):
        read_checkpoint(value)


def test_a_checkpoint_written_as_json_is_read_as_it_was():
    [one] = signed(log(3), 3)
    assert read_checkpoint(one.as_json()) == one


@pytest.mark.parametrize("pem", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAA\n"])
def test_what_is_no_key_is_told_with_its_place(pem):
    with pytest.raises(ConfigError, match=r"^here holds no private key"):
        SigningKey.from_pem(pem, place="here")
    with pytest.raises(ConfigError, match=r"^here holds no public key"):
        TrustedKeys.from_pems({"here": pem})


def test_a_file_of_several_public_keys_is_read_to_its_end():
    both = (KEY.public_pem + OTHER_KEY.public_pem).encode()
    keys = TrustedKeys.from_pems({"keys.pem": both})
    assert [keys.fault_of(one) for one in signed(log(2), 1, 2, key=OTHER_KEY)] == ["", ""]


class Book:
    """A log in memory, with its checkpoints."""

    def __init__(self, count=0):
        self.rows = log(count)
        self.checkpoints = []
        self.walked_from = []

    async def head(self):
        return head_of(self.rows)

    async def latest(self):
        return max(self.checkpoints, key=lambda one: one.rows, default=None)

    async def check(self, *, trusted, start):
        self.walked_from.append(start.rows)
        head = Anchor(head_of(self.rows), "the head")
        stored = [anchor_of(one, trusted) for one in self.checkpoints]
        anchors = [one for one in (head, *stored) if one.at.rows >= start.rows]
        walk = Walk(Erasures(), anchors, start=start)
        for row in self.rows[start.rows :]:
            walk.step(row)
        return walk.end(head=head.at)

    async def keep(self, checkpoint):
        self.checkpoints.append(checkpoint)


def auditor(book, key=KEY, trusted=None):
    trusted = trusting(KEY) if trusted is None else trusted
    return Auditor(book, key, trusted, every=5, within=timedelta(hours=1))


async def test_the_first_checkpoint_is_due_with_the_first_row():
    book = Book()
    assert not await auditor(book).due(NOON)
    assert await auditor(book).write(NOON) is None
    append(book.rows)
    assert await auditor(book).due(NOON)
    assert (await auditor(book).write(NOON)).rows == 1


@pytest.mark.parametrize(
    ("rows", "after", "is_due"),
    [
        pytest.param(0, timedelta(days=30), False, id="no new row, however late"),
        pytest.param(4, timedelta(minutes=59, seconds=59), False, id="too few and too soon"),
        pytest.param(5, timedelta(0), True, id="enough rows"),
        pytest.param(1, timedelta(hours=1), True, id="one row, long enough ago"),
    ],
)
async def test_the_next_checkpoint_is_due_by_rows_or_by_time(rows, after, is_due):
    book = Book(3)
    await auditor(book).write(NOON)
    for _ in range(rows):
        append(book.rows)
    assert await auditor(book).due(NOON + after) is is_due


async def test_only_rows_since_the_last_checkpoint_are_walked_again():
    book = Book(3)
    await auditor(book).write(NOON)
    append(book.rows)
    assert (await auditor(book).write(NOON)).rows == 4
    assert await auditor(book).write(NOON) is None
    assert book.walked_from == [0, 3, 4]


async def test_a_log_that_does_not_fit_is_not_signed():
    book = Book(3)
    await auditor(book).write(NOON)
    append(book.rows)["detail"] = "nothing to see"
    with pytest.raises(BrokenLogError, match=r"row 4 was changed: .* see `tocsin verify-log`"):
        await auditor(book).write(NOON)
    assert len(book.checkpoints) == 1


async def test_a_log_cut_behind_its_checkpoint_is_not_signed():
    book = Book(6)
    await auditor(book).write(NOON)
    del book.rows[4:]
    assert await auditor(book).due(NOON)
    with pytest.raises(BrokenLogError, match="row 5 is missing: 6 rows were written"):
        await auditor(book).write(NOON)


async def test_a_log_rewritten_at_its_last_checkpoint_is_not_signed():
    book = Book(6)
    await auditor(book).write(NOON)
    book.rows[-1]["detail"] = "nothing to see"
    rehash(book.rows, start=6)
    with pytest.raises(BrokenLogError, match="row 6 is not the one the head was noted for"):
        await auditor(book).write(NOON)


async def test_a_checkpoint_forged_to_skip_the_walk_is_not_believed():
    book = Book(6)
    book.checkpoints = signed(book.rows, 6, key=OTHER_KEY)
    with pytest.raises(BrokenLogError, match="is forged"):
        await auditor(book).write(NOON)
    assert book.walked_from == [0]


def test_the_time_of_a_checkpoint_stands_in_it_as_utc_text():
    assert read_checkpoint(KEY.sign(ChainHead(1, "0" * 64), at=AT).as_json()).at == AT
    assert not NOBODY
