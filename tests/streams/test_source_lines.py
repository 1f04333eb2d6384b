from __future__ import annotations

import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import WHEN, lines, row

from engine.mention import Mention
from engine.ports import DeadLetter
from streams.sources.lines import (
    LONGEST_LINE,
    LONGEST_RAW,
    Line,
    MentionReader,
    cut_raw,
    split_lines,
)
from streams.sources.mapping import parse_mapping

READER = MentionReader("import", "posts.jsonl")


def read(raw, number=7, reader=READER):
    return reader.read_line(Line(number, raw, len(raw), 0))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"{broken", "line 7: not JSON: ", id="broken"),
        pytest.param(b'{"text": "x"', "line 7: not JSON: ", id="cut-off"),
        pytest.param(b"[1, 2]", "line 7: a mention is a JSON object, not [1, 2]", id="a-list"),
        pytest.param(b'"text"', "line 7: a mention is a JSON object, not 'text'", id="a-string"),
        pytest.param(b"{}", "line 7: text is missing or empty: a mention needs text", id="no-text"),
        pytest.param(b'{"text":" "}', "line 7: text is missing", id="blank-text"),
        pytest.param(b'{"text":"x"}', "line 7: published_at is missing", id="no-date"),
        pytest.param(
            b'{"text":"x","published_at":"2026-03-02T09:00:00"}',
            "line 7: published_at: '2026-03-02T09:00:00' names no time zone",
            id="no-zone",
        ),
        pytest.param(b'{"text":"\xff"}', "line 7: not UTF-8: byte 0xff at byte 10", id="bad-bytes"),
        pytest.param(b'{"text":"\xed\xa0\x80"}', "line 7: not UTF-8", id="surrogate-bytes"),
        pytest.param(b'{"text":"\\ud83d"}', "line 7: not JSON: ", id="lone-surrogate"),
        pytest.param(b"\x00\x00\x00", "line 7: not JSON: holds NUL bytes", id="nul"),
        pytest.param(b'{"text":"a\x00b"}', "line 7: not JSON: holds NUL bytes", id="nul-in-text"),
        pytest.param(b"[" * 5000, "line 7: not JSON", id="too-deep"),
        pytest.param(b'{"text":"x","id":1e400}', "line 7: ", id="no-number"),
    ],
)
def test_a_bad_line_says_what_is_wrong(raw, reason):
    dead = read(raw)
    assert isinstance(dead, DeadLetter)
    assert dead.reason.startswith(reason)
    assert (dead.source, dead.place) == ("import", "posts.jsonl:7")
    assert "\x00" not in dead.raw


def test_a_mapped_column_is_named():
    reader = MentionReader("import", "p", parse_mapping("published_at=created"))
    dead = read(json.dumps({"text": "x", "created": "yesterday"}).encode(), reader=reader)
    assert dead.reason.startswith("line 7: published_at: 'yesterday' is not a date and time")
    assert dead.reason.endswith("(read from column 'created')")


def test_defaults_stand_in_for_what_the_input_lacks():
    reader = MentionReader("import", "p", source_default="crawl", brand="acme")
    plain = read(json.dumps(row()).encode(), reader=reader)
    named = read(json.dumps(row(brand="globex", source="x")).encode(), reader=reader)
    assert (plain.source, plain.brand) == ("crawl", "acme")
    assert (named.source, named.brand) == ("x", "globex")


def test_blank_lines_are_nothing():
    assert read(b"") is None
    assert read(b" \t\r") is None


def test_nul_in_an_escape_is_dropped_everywhere():
    raw = json.dumps(row("a\x00b", links=["h\x00"], media=[{"k\x00": "v\x00"}])).encode()
    found = read(raw)
    assert (found.text, found.links, found.media) == ("ab", ("h",), ({"k": "v"},))


def test_a_line_too_long_is_counted_and_not_kept():
    whole = b"x" * 10_000_000 + b"\n" + json.dumps(row()).encode() + b"\n"
    stream = io.BytesIO(whole)
    tracemalloc.start()
    found = [line for line in split_lines(stream.read) if line is not None]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * LONGEST_LINE
    assert [line.size for line in found] == [10_000_000, len(whole) - 10_000_002]
    dead = READER.read_line(found[0])
    assert dead.reason == "line 1: 10000000 bytes; a line has at most 1048576"
    assert len(dead.raw) == LONGEST_RAW
    assert isinstance(READER.read_line(found[1]), Mention)


@pytest.mark.parametrize("extra", [0, 1])
def test_the_limit_is_exact(extra):
    raw = b"x" * (LONGEST_LINE + extra)
    (line,) = [line for line in split_lines(io.BytesIO(raw + b"\n").read) if line is not None]
    assert line.is_too_long is bool(extra)


@settings(max_examples=200)
@given(
    st.lists(st.binary(max_size=9).map(lambda one: one.replace(b"\n", b"")), max_size=9),
    st.integers(1, 12),
    st.booleans(),
)
def test_lines_are_those_of_the_bytes_however_they_come(parts, chunk, is_ended):
    whole = b"\n".join(parts) + (b"\n" if is_ended else b"")
    stream = io.BytesIO(whole)
    found = [line for line in split_lines(lambda _: stream.read(chunk)) if line is not None]
    wanted = whole.split(b"\n")
    wanted = wanted[:-1] if not wanted[-1] else wanted
    assert [line.data for line in found] == [
        one.removeprefix(b"\xef\xbb\xbf") if at == 0 else one for at, one in enumerate(wanted)
    ]
    assert [line.number for line in found] == list(range(1, len(wanted) + 1))
    for line in found:
        again = io.BytesIO(whole[line.end :])
        left = [
            one.data for one in split_lines(again.read, offset=line.end, number=line.number) if one
        ]
        assert left == wanted[line.number :]


def test_a_mark_before_the_first_line_is_dropped():
    stream = io.BytesIO(b"\xef\xbb\xbf" + lines(row()).encode())
    (line,) = [line for line in split_lines(stream.read) if line is not None]
    assert READER.read_line(line).text == "hello"


@given(st.binary(max_size=200))
def test_raw_is_text_within_bounds(raw):
    kept = cut_raw(raw * 1000)
    assert len(kept.encode()) <= LONGEST_RAW
    assert "\x00" not in kept


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_no_line_makes_the_reader_raise(raw):
    assert isinstance(read(raw), Mention | DeadLetter | None)


def test_a_date_column_is_read():
    reader = MentionReader("import", "p", parse_mapping("published_at=at"))
    assert read(json.dumps({"text": "x", "at": WHEN}).encode(), reader=reader).text == "x"


@pytest.mark.parametrize("depth", [16, 300, 700, 1010])
@pytest.mark.parametrize("inside", ['"x"', '"\\u0000"'], ids=["plain", "with-nul"])
@pytest.mark.parametrize("field", ["media", "author", "place", "text"])
def test_a_value_nested_as_deep_as_json_goes_is_read_or_set_aside(depth, inside, field):
    nested = "[" * depth + inside + "]" * depth
    rest = {"text": "x", "published_at": WHEN}
    rest.pop(field, None)
    raw = f'{json.dumps(rest)[:-1]}, "{field}": {nested}}}'.encode()

    assert isinstance(read(raw), DeadLetter)


@pytest.mark.parametrize("depth", [300, 1010])
def test_a_deep_list_in_place_of_a_mention_is_set_aside(depth):
    assert isinstance(READER.read_value([[]] * depth, 1), DeadLetter)
    assert isinstance(read(b"[" * depth + b"]" * depth), DeadLetter)
