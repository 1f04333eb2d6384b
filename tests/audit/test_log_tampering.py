"""Whatever is done to a log behind the engine's back is told, with the number of the row."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audit.form import COLUMNS
from engine.audit.report import ChainHead, Fault
from tests.audit.logs import append, blank, head_of, judge, log, rehash

ROWS = 7
ERASED = (2, 5)
# With the row that tells of the erasure.
ALL = ROWS + 1
RUNS = [(first, last) for first in range(1, ALL + 1) for last in range(first, ALL + 1)]


@pytest.fixture
def rows():
    return log(ROWS, erased=ERASED)


def judged(rows, *, of):
    return judge(rows, head_of(of))


def test_a_log_that_nobody_touched_fits(rows):
    report = judged(rows, of=rows)
    assert (report.rows, report.erased, report.problem) == (ALL, len(ERASED), "")
    assert report.head == rows[-1]["hash"]


def test_an_empty_log_fits():
    assert judge([], head_of([])).is_intact


@settings(max_examples=50, deadline=None)
@given(
    gone=st.sets(st.integers(1, 9)),
    later=st.lists(st.sets(st.integers(1, 9), min_size=1), max_size=3),
)
def test_whichever_rows_are_erased_in_however_many_goes_the_log_fits(gone, later):
    rows = log(9, erased=gone)
    erased = set(gone)
    for more in later:
        fresh = sorted(more - erased)
        ranges = ",".join(f"[{number},{number}]" for number in fresh)
        append(rows, kind="erasure", payload=f'{{"rows":[{ranges}]}}')
        for number in fresh:
            blank(rows[number - 1])
        erased |= more
    report = judged(rows, of=rows)
    assert (report.problem, report.erased) == ("", len(erased))


OTHERS = {
    "seq": [99, 0, -1],
    "erased": [1, 0, 2, -1, True, "0", None],
    "seals": [None, "", "{}", "[]", "null", '{"detail":{"digest":"","salt":""}}', 7],
    "reason": ["cooldown", 7, ""],
}
TAMPERED = [
    (number, column, value)
    for number in range(1, ALL + 1)
    for column in COLUMNS
    for value in OTHERS.get(column, ["another", "", None, 7, "{}"])
]


@pytest.mark.parametrize("column", COLUMNS)
def test_any_other_value_in_any_row_of_the_column_is_named(column):
    for number, name, value in TAMPERED:
        if name != column:
            continue
        rows = log(ROWS, erased=ERASED)
        row = rows[number - 1]
        if type(row[name]) is type(value) and row[name] == value:
            continue
        head = head_of(rows)
        row[name] = value
        report = judge(rows, head)
        # Where the row that tells of the erasure does so no more, what it erased comes first.
        wanted = {number, ERASED[0]} if number == ALL else {number}
        assert report.bad_row in wanted, (number, name, value, report.problem)
        assert report.problem.startswith(f"row {report.bad_row} ")


@pytest.mark.parametrize(("first", "last"), RUNS)
def test_any_run_of_rows_deleted_is_named_by_its_first(rows, first, last):
    head = head_of(rows)
    gone = rows[: first - 1] + rows[last:]
    report = judge(gone, head)
    if last == ALL and first > 2:
        # What tells of the erasures is gone as well.
        assert (report.bad_row, report.fault) == (2, Fault.ERASED)
        return
    wanted = Fault.TRUNCATED if last == ALL else Fault.MISSING
    assert (report.bad_row, report.fault) == (first, wanted), report.problem


@pytest.mark.parametrize("kept", range(ROWS))
def test_a_log_cut_at_the_end_is_named_by_the_first_row_that_is_gone(kept):
    rows = log(ROWS)
    report = judge(rows[:kept], head_of(rows))
    assert (report.bad_row, report.fault) == (kept + 1, Fault.TRUNCATED)
    assert report.problem == f"row {kept + 1} is missing: {ROWS} rows were written"


@pytest.mark.parametrize(("first", "last"), [run for run in RUNS if run[1] < ALL])
def test_rows_deleted_and_the_rest_renumbered_are_named(first, last):
    rows = log(ROWS)
    head = head_of(rows)
    gone = rows[: first - 1] + rows[last:]
    for number, row in enumerate(gone, start=1):
        row["seq"] = number
    report = judge(gone, head)
    wanted = Fault.TRUNCATED if last == ROWS else Fault.MISSING
    assert (report.bad_row, report.fault) == (first, wanted), report.problem


@pytest.mark.parametrize(("one", "two"), list(itertools.combinations(range(1, ROWS + 1), 2)))
@pytest.mark.parametrize("is_renumbered", [True, False], ids=["by number", "by place"])
def test_any_two_rows_that_changed_places_are_named(one, two, is_renumbered):
    rows = log(ROWS)
    head = head_of(rows)
    rows[one - 1], rows[two - 1] = rows[two - 1], rows[one - 1]
    if is_renumbered:
        rows[one - 1]["seq"], rows[two - 1]["seq"] = one, two
    report = judge(rows, head)
    assert (report.bad_row, report.fault) == (one, Fault.MOVED)
    assert report.problem == f"row {one} was moved: row {two} stands in its place"


@pytest.mark.parametrize(("number", "place"), list(itertools.permutations(range(1, ROWS + 1), 2)))
def test_a_row_moved_anywhere_is_told_as_moved(number, place):
    rows = log(ROWS)
    head = head_of(rows)
    rows.insert(place - 1, rows.pop(number - 1))
    report = judge(rows, head)
    assert (report.bad_row, report.fault) == (min(number, place), Fault.MOVED), report.problem


@pytest.mark.parametrize("number", range(1, ROWS + 1))
def test_a_row_given_a_number_beyond_the_last_is_told_as_moved(number):
    rows = log(ROWS)
    head = head_of(rows)
    rows[number - 1]["seq"] = ROWS + 10
    rows.sort(key=lambda row: row["seq"])
    report = judge(rows, head)
    assert (report.bad_row, report.fault) == (number, Fault.MOVED), report.problem


@pytest.mark.parametrize(("number", "place"), list(itertools.combinations(range(1, ROWS + 2), 2)))
@pytest.mark.parametrize("is_renumbered", [True, False], ids=["renumbered", "as it is"])
def test_a_copy_of_any_row_put_anywhere_behind_it_is_named(number, place, is_renumbered):
    rows = log(ROWS)
    head = head_of(rows)
    rows.insert(place - 1, dict(rows[number - 1]))
    if is_renumbered:
        for at, row in enumerate(rows, start=1):
            row["seq"] = at
    report = judge(rows, head)
    assert (report.bad_row, report.fault) == (place, Fault.INSERTED), report.problem


@pytest.mark.parametrize("place", range(1, ROWS + 1))
def test_a_foreign_row_put_between_is_named(place):
    rows = log(ROWS)
    head = head_of(rows)
    foreign = log(ROWS + 3)[-1] | {"seq": place, "action_id": "of mine"}
    rows.insert(place - 1, foreign)
    for row in rows[place:]:
        row["seq"] += 1
    report = judge(rows, head)
    assert (report.bad_row, report.fault) == (place, Fault.INSERTED), report.problem


def test_a_row_appended_that_fits_is_named_by_the_head():
    rows = log(ROWS)
    head = head_of(rows)
    append(rows)
    report = judge(rows, head)
    assert (report.bad_row, report.fault) == (ROWS + 1, Fault.INSERTED)
    assert "was not written by the engine" in report.problem


@pytest.mark.parametrize("number", range(1, ROWS))
def test_a_row_changed_with_its_hash_is_told_from_the_row_after_it(number):
    rows = log(ROWS)
    head = head_of(rows)
    rows[number - 1]["detail"] = "nothing to see"
    rehash(rows[:number], start=number)
    report = judge(rows, head)
    assert (report.bad_row, report.fault) == (number, Fault.CHANGED)
    assert report.problem.startswith(f"row {number} was changed with its hash")


def test_the_last_row_changed_with_its_hash_does_not_fit_the_head():
    rows = log(ROWS)
    head = head_of(rows)
    rows[-1]["detail"] = "nothing to see"
    rehash(rows, start=ROWS)
    report = judge(rows, head)
    assert (report.bad_row, report.fault) == (ROWS, Fault.REWRITTEN)


@pytest.mark.parametrize(
    ("head", "bad_row", "fault"),
    [
        pytest.param(ChainHead(ROWS, "0" * 64), ROWS, Fault.REWRITTEN, id="another hash"),
        pytest.param(ChainHead(ROWS + 2, "0" * 64), ROWS + 1, Fault.TRUNCATED, id="too far"),
        pytest.param(ChainHead(0, "0" * 64), 1, Fault.INSERTED, id="of no row"),
        pytest.param(ChainHead(3, "0" * 64), 3, Fault.REWRITTEN, id="too near, of another hash"),
        pytest.param(ChainHead(3, log(3)[-1]["hash"]), 4, Fault.INSERTED, id="too near"),
    ],
)
def test_a_head_that_was_changed_is_named(head, bad_row, fault):
    report = judge(log(ROWS), head)
    assert (report.bad_row, report.fault) == (bad_row, fault)


@pytest.mark.parametrize("number", range(1, ROWS + 1))
def test_a_row_blanked_without_an_erasure_row_is_named(number):
    rows = log(ROWS)
    blank(rows[number - 1])
    report = judged(rows, of=rows)
    assert (report.bad_row, report.fault) == (number, Fault.ERASED)


def test_an_erasure_told_of_before_the_row_does_not_count():
    rows = log(2)
    append(rows, kind="erasure", payload='{"rows":[[4,4]]}')
    blank(append(rows))
    assert judged(rows, of=rows).bad_row == 4


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "[]",
        "{}",
        '{"rows":7}',
        '{"rows":[[1]]}',
        '{"rows":[["1","2"]]}',
        '{"rows":[[2,1]]}',
        '{"rows":[[1,9]]}',
        '{"rows":[[1,1]],"kept":[]}',
        '{"rows":[[null,1]]}',
        "[" * 5000,
    ],
)
def test_an_erasure_row_that_makes_no_sense_erases_nothing(payload):
    rows = log(2)
    append(rows, kind="erasure", payload=payload)
    blank(rows[0])
    report = judged(rows, of=rows)
    assert (report.bad_row, report.fault) == (1, Fault.ERASED)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_byte_of_a_row_can_be_another_without_being_named(data):
    rows = log(4, erased=[2])
    head = head_of(rows)
    number = data.draw(st.integers(1, len(rows)))
    row = rows[number - 1]
    name = data.draw(st.sampled_from([one for one in COLUMNS if isinstance(row[one], str)]))
    text = row[name]
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.text(max_size=2))
    changed = text[:at] + put + text[at + data.draw(st.integers(0, 2)) :]
    row[name] = changed
    report = judge(rows, head)
    assert report.is_intact is (changed == text)
    # The erasure row changed so that it names nothing: the row it erased is found first.
    assert report.bad_row in ((None,) if changed == text else (number, 2))
