"""An exported log proves itself where there is no database, and a garbled one is told by its line."""

import hashlib
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audit.checkpoints import anchor_of
from engine.audit.export import LogFile, checkpoints_in
from engine.audit.report import Fault
from engine.errors import LogFileError
from tests.audit.logs import KEY, exported, head_of, judge_file, lines_of, log, trusting

AT = "2026-03-02T12:00:00.000000Z"
ROWS = 5


def whole(count=ROWS, *, erased=(2,)):
    rows = log(count, erased=erased)
    return exported(rows, head_of(rows), [KEY.sign(head_of(rows[:3]), at=AT)])


def test_a_file_says_its_form_its_end_its_checkpoints_and_its_rows():
    header, checkpoint, *rows = lines_of(whole())
    assert header == {"form": "tocsin outcomes 1", "rows": 6, "head": rows[-1]["row"]["hash"]}
    assert checkpoint["checkpoint"]["rows"] == 3
    assert [line["row"]["seq"] for line in rows] == [1, 2, 3, 4, 5, 6]


def test_the_same_log_is_written_the_same_each_time():
    assert whole() == whole()


def test_a_file_fits_with_the_public_key_alone():
    report = judge_file(whole(), trusted=trusting(KEY))
    assert (report.rows, report.erased, report.checkpoints, report.problem) == (6, 1, 1, "")


def test_a_row_can_be_verified_with_nothing_but_json_and_sha256():
    rows = [line["row"] for line in lines_of(whole())[2:]]
    previous = "0" * 64
    names = ["seq", "at", "kind", "action_id", "policy", "rule", "action", "state", "reason"]
    for row in rows:
        seals = json.loads(row["seals"])
        for name in ("mention", "detail", "payload"):
            salted = bytes.fromhex(seals[name]["salt"]) + row[name].encode("utf-8")
            fits = hashlib.sha256(salted).hexdigest() == seals[name]["digest"]
            assert fits is not bool(row["erased"])
        hashed = {name: row[name] for name in names} | {
            "previous": previous,
            "seals": {name: seal["digest"] for name, seal in seals.items()},
        }
        text = json.dumps(hashed, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(text.encode("ascii")).hexdigest()
        assert row["hash"] == previous


def test_lines_written_anew_with_other_spaces_still_fit():
    lines = [json.dumps(line, indent=None) for line in lines_of(whole())]
    data = ("\r\n".join(lines) + "\n\n").encode()
    assert judge_file(data, trusted=trusting(KEY)).problem == ""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(b"{", "not JSON", id="half an object"),
        pytest.param(b"\xff\xfe\x00", "not JSON", id="bytes that are no text"),
        pytest.param(b"[1]", "not a JSON object", id="a list"),
        pytest.param(b"{}", "neither a row nor a checkpoint", id="an empty object"),
        pytest.param(b'{"row":7}', "neither a row nor a checkpoint", id="a row that is a number"),
        pytest.param(b'{"row":{"seq":3}}', "columns that are missing", id="a row of one column"),
        pytest.param(b'{"checkpoint":7}', "a checkpoint is a JSON object", id="no checkpoint"),
        pytest.param(b"[" * 100_000, "not JSON", id="brackets without end"),
    ],
)
def test_a_line_that_is_no_row_is_named_by_its_number(line, told):
    lines = whole().splitlines()
    lines[4] = line
    report = judge_file(b"\n".join(lines))
    assert (report.bad_row, report.fault) == (3, Fault.GARBLED)
    assert report.problem.startswith("line 5 of the file is no row of the log: ")
    assert told in report.problem


@pytest.mark.parametrize("seq", ["3", 3.0, None, True, [3]])
def test_a_row_whose_number_is_none_is_named_by_its_line(seq):
    lines = lines_of(whole())
    lines[4]["row"]["seq"] = seq
    report = judge_file("\n".join(json.dumps(line) for line in lines).encode())
    assert (report.bad_row, report.fault) == (3, Fault.GARBLED)


def test_a_column_that_holds_a_list_is_told_as_changed():
    for name in ("hash", "previous", "seals", "state", "payload", "erased"):
        lines = lines_of(whole())
        lines[4]["row"][name] = [1]
        report = judge_file("\n".join(json.dumps(line) for line in lines).encode())
        assert (report.bad_row, report.fault) == (3, Fault.CHANGED), name


@pytest.mark.parametrize("left", range(1, 8))
def test_a_file_cut_after_any_line_is_told_as_cut(left):
    data = b"\n".join(whole(erased=()).splitlines()[:left])
    report = judge_file(data)
    rows = max(0, left - 2)
    assert report.is_intact is (rows == ROWS)
    assert report.bad_row == (None if rows == ROWS else rows + 1)


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(whole())))
def test_a_file_cut_at_any_byte_is_told_and_never_a_traceback(cut):
    data = whole()[:cut]
    try:
        report = judge_file(data, trusted=trusting(KEY))
    except LogFileError:
        return
    assert report.is_intact is (cut >= len(whole()) - 1)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(whole()) - 1), put=st.binary(min_size=1, max_size=3))
def test_a_file_with_other_bytes_anywhere_is_judged_and_never_a_traceback(at, put):
    data = whole()
    changed = data[:at] + put + data[at + len(put) :]
    try:
        report = judge_file(changed, trusted=trusting(KEY))
    except LogFileError:
        return
    same = [line for line in changed.splitlines() if line.strip()]
    if report.is_intact:
        assert [json.loads(line) for line in same] == lines_of(data)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b"SQLite format 3\x00", "not JSON", id="a database"),
        pytest.param(b'{"text":"hello"}\n', "its form is 'None'", id="other lines"),
        pytest.param(b'{"form":"tocsin outcomes 9"}\n', "this version reads", id="a newer form"),
        pytest.param(
            b'{"form":"tocsin outcomes 1","rows":-1,"head":""}\n', "where the log ends", id="rows"
        ),
        pytest.param(
            b'{"form":"tocsin outcomes 1","rows":1,"head":null}\n', "where the log ends", id="head"
        ),
    ],
)
def test_what_is_no_exported_log_is_refused(data, told):
    with pytest.raises(LogFileError, match="no exported log") as failed:
        LogFile(io.BytesIO(data), "other.jsonl")
    assert told in str(failed.value)


def test_a_checkpoint_kept_in_a_file_is_read():
    rows = log(3)
    one = KEY.sign(head_of(rows), at=AT)
    data = json.dumps({"checkpoint": one.as_json()}).encode()
    assert checkpoints_in(data + b"\n\n" + data, "kept.json") == [one, one]
    report = judge_file(
        exported(rows, head_of(rows)),
        trusted=trusting(KEY),
        anchors=[anchor_of(one, trusting(KEY))],
    )
    assert report.checkpoints == 1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"", "holds no checkpoint", id="empty"),
        pytest.param(b"\n{", r"kept\.json:2: no checkpoint: not JSON", id="no JSON"),
        pytest.param(b'{"rows":1}', r"kept\.json:1: no checkpoint", id="bare"),
    ],
)
def test_a_file_that_holds_no_checkpoint_is_told(data, told):
    with pytest.raises(LogFileError, match=told):
        checkpoints_in(data, "kept.json")
