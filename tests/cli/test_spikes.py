"""`tocsin spikes`, as a person calls it."""

import csv
import io
from datetime import datetime, timedelta

import pytest


def series(values, *, start="2026-03-02T00:00:00"):
    begin = datetime.fromisoformat(start)
    rows = [f"{begin + row * timedelta(minutes=5)},{value}" for row, value in enumerate(values)]
    return ["timestamp,value", *rows]


CALM = [3, 5, 4, 2, 6, 4] * 48 * 3
SURGE = [*CALM, 60, 80, 90, 85]


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_each_row_comes_back_with_what_is_said_of_it(tocsin, write, tmp_path):
    source = write("in.csv", series(SURGE))

    done = tocsin("spikes", "--input", source, "--every", "5m", "--output", "out.csv")

    assert done.code == 0, done.err
    rows = table((tmp_path / "out.csv").read_text("utf-8"))
    assert list(rows[0]) == ["timestamp", "value", "expected", "score", "alert"]
    assert [row["value"] for row in rows] == [str(value) for value in SURGE]
    onset = next(row for row in rows if row["alert"] == "1")
    assert onset["timestamp"] in {"2026-03-05 00:00:00", "2026-03-05 00:05:00"}
    assert float(onset["score"]) >= 0.5
    assert rows[-1]["alert"] == "1"
    assert float(rows[-1]["score"]) == 0.0
    assert "judged 868 rows, raised 1 alert(s), set aside 0" in done.err


def test_a_pipe_gives_the_bytes_of_a_file(tocsin, write, tmp_path):
    source = write("in.csv", series(SURGE))
    tocsin("spikes", "--input", source, "--every", "5m", "--output", "out.csv")

    piped = tocsin(
        "spikes", "--input", "-", "--every", "5m", "--output", "-", stdin=source.read_bytes()
    )

    assert piped.out == (tmp_path / "out.csv").read_text("utf-8")


def test_bad_rows_are_told_with_their_line_and_change_nothing(tocsin, write):
    good = series(SURGE)
    bad = [
        *good[:10],
        "yesterday,4",
        f"{good[9].split(',')[0]},7",
        f"{good[4].split(',')[0]},7",
        "2026-03-02 00:41:00,3",
        "2026-03-02 00:45:00,-1",
        "2026-03-02 00:45:00,many",
        "2026-03-02 00:45:00",
        '"2026-03-02 00:45:00,4',
        "",
        *good[10:],
    ]
    whole = tocsin("spikes", "--input", write("good.csv", good), "--every", "5m", "--output", "-")

    done = tocsin("spikes", "--input", write("bad.csv", bad), "--every", "5m", "--output", "-")

    assert done.code == 0
    assert done.out == whole.out
    for fault in [
        "bad.csv:11: timestamp 'yesterday' is no date and time such as",
        "bad.csv:12: 2026-03-02 00:40:00 stands a second time; the first is taken",
        "bad.csv:13: 2026-03-02 00:15:00 is 25m before the row that was judged last",
        "bad.csv:14: 2026-03-02 00:41:00 is only 1m after the row before; rows are to be 5m apart",
        "bad.csv:15: value '-1' is not a number from 0 on",
        "bad.csv:16: value 'many' is not a number from 0 on",
        "bad.csv:17: the row has no value: 1 cell(s)",
        "bad.csv:18: not a row of CSV",
        "set aside 8",
    ]:
        assert fault in done.err


def test_an_empty_value_is_no_data(tocsin, write):
    done = tocsin(
        "spikes",
        *("--input", write("in.csv", [*series(CALM), "2026-03-05 00:00:00,"])),
        *("--every", "5m", "--output", "-"),
    )

    last = table(done.out)[-1]
    assert last["value"] == ""
    assert float(last["expected"]) == pytest.approx(4, abs=0.5)
    assert (last["score"], last["alert"]) == ("0.000000", "0")


def test_columns_are_found_by_name_and_zones_are_minded(tocsin, write):
    rows = ["Value,note,TIMESTAMP", "4,a,2026-03-02T09:00:00+01:00", "5,b,2026-03-02T08:05:00Z"]

    done = tocsin("spikes", "--input", write("in.csv", rows), "--every", "5m", "--output", "-")

    assert [row["timestamp"] for row in table(done.out)] == [
        "2026-03-02T09:00:00+01:00",
        "2026-03-02T08:05:00Z",
    ]


def test_a_file_without_the_columns_leaves_the_output_as_it_was(tocsin, write):
    kept = write("out.csv", ["mine"])

    done = tocsin(
        "spikes", "--input", write("in.csv", ["time,count"]), "--every", "5m", "--output", kept
    )

    assert done.code == 2
    assert "in.csv:1: needs the columns timestamp,value in its first line" in done.err
    assert "which has time, count" in done.err
    assert kept.read_text("utf-8") == "mine\n"


def test_a_file_in_which_no_row_is_good_is_a_problem(tocsin, write):
    source = write("in.csv", ["timestamp,value", "now,1", "then,2"])

    done = tocsin("spikes", "--input", source, "--every", "5m", "--output", "-")

    assert done.code == 1
    assert done.out == "timestamp,value,expected,score,alert\n"


@pytest.mark.parametrize(
    ("every", "what"), [("soon", "is not a duration"), ("0s", "out of range"), ("2d", "1s to 1d")]
)
def test_a_width_that_makes_no_sense_is_wrong_usage(tocsin, write, every, what):
    source = write("in.csv", series([1]))

    done = tocsin("spikes", "--input", source, "--every", every, "--output", "-")

    assert done.code == 2
    assert what in done.err


def test_a_missing_file_is_wrong_usage(tocsin):
    done = tocsin("spikes", "--input", "none.csv", "--every", "5m", "--output", "-")

    assert done.code == 2
    assert "none.csv: no such file or folder" in done.err


def test_the_level_detector_finds_what_stays_somewhat_higher(tocsin, write):
    calm = CALM * 2
    source = write("in.csv", series([*calm, *[value + 4 for value in CALM[:144]]]))

    said = {
        kind: tocsin("spikes", "--input", source, "--every", "5m", "--output", "-", *named)
        for kind, named in {"volume": (), "level": ("--detector", "level")}.items()
    }

    alerts = {kind: [row["alert"] for row in table(done.out)] for kind, done in said.items()}
    assert "1" in alerts["level"][len(calm) :]
    assert "1" not in alerts["level"][: len(calm)]
    assert alerts["level"] != alerts["volume"]
