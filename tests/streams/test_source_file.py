from __future__ import annotations

import asyncio
import gzip
import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import WHEN, collect, lines, open_files, places, reasons, row, texts

from engine.errors import PermanentSourceError
from streams.sources.file import FileSource
from streams.sources.mapping import parse_mapping

AT = f",{WHEN}\n"


def write(path, content):
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.ndjson", "a.json", "a.txt", "a.jsonl.gz", "A.JSONL.GZ"]
)
async def test_lines_are_read(tmp_path, name):
    path = write(tmp_path / name.replace("GZ", "gz"), lines(row("one"), row("two")))
    (batch,) = await collect(FileSource("f", path))
    assert texts([batch]) == ["one", "two"]
    assert batch.source == "f"
    assert batch.cursor["done"] is True


async def test_bad_lines_are_set_aside_with_their_place(tmp_path):
    path = write(
        tmp_path / "a.jsonl", lines(row("one")) + "\n{\n" + '{"text":"x"}\n' + lines(row("two"))
    )
    batches = await collect(FileSource("f", path))
    assert texts(batches) == ["one", "two"]
    assert places(batches) == [f"{path}:3", f"{path}:4"]
    assert reasons(batches)[1].startswith("line 4: published_at is missing")
    assert sum(batch.read for batch in batches) == 4


async def test_a_last_line_needs_no_line_break(tmp_path):
    path = write(tmp_path / "a.jsonl", lines(row("one")) + json.dumps(row("two")))
    assert texts(await collect(FileSource("f", path))) == ["one", "two"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.csv.gz"])
@pytest.mark.parametrize("taken", [1, 2, 3])
async def test_reading_goes_on_from_any_cursor(tmp_path, name, taken):
    rows = [f"row {n}" for n in range(8)]
    if ".csv" in name:
        content = "text,published_at\n" + "".join(f'"{one}\nmore"{AT}' for one in rows)
    else:
        content = lines(*(row(one) for one in rows))
    source = FileSource("f", write(tmp_path / name, content), batch_size=2)
    before = await collect(source, most=taken)
    after = await collect(source, before[-1].cursor)
    assert [one.partition("\n")[0] for one in texts([*before, *after])] == rows
    everything = await collect(source)
    assert after[-1].cursor == everything[-1].cursor


async def test_a_finished_file_is_read_anew(tmp_path):
    source = FileSource("f", write(tmp_path / "a.jsonl", lines(row("one"))))
    (batch,) = await collect(source)
    assert texts(await collect(source, batch.cursor)) == ["one"]


async def test_a_file_that_grew_meanwhile_goes_on(tmp_path):
    path = write(tmp_path / "a.jsonl", lines(row("one"), row("two")))
    source = FileSource("f", path, batch_size=1)
    (first,) = await collect(source, most=1)
    path.write_text(path.read_text() + lines(row("three")))
    assert texts(await collect(source, first.cursor)) == ["two", "three"]


async def test_a_file_that_shrank_is_another_file(tmp_path):
    path = write(tmp_path / "a.jsonl", lines(row("one"), row("two")))
    source = FileSource("f", path, batch_size=1)
    (first,) = await collect(source, most=1)
    write(path, lines(row("x")))
    assert texts(await collect(source, first.cursor)) == ["x"]


async def test_another_path_begins_at_its_beginning(tmp_path):
    first = FileSource(
        "f", write(tmp_path / "a.jsonl", lines(row("one"), row("two"))), batch_size=1
    )
    second = FileSource("f", write(tmp_path / "b.jsonl", lines(row("one"), row("two"))))
    (batch,) = await collect(first, most=1)
    assert texts(await collect(second, batch.cursor)) == ["one", "two"]


async def test_an_empty_file_is_done(tmp_path):
    for name in ("a.jsonl", "a.csv"):
        (batch,) = await collect(FileSource("f", write(tmp_path / name, "")))
        assert (batch.read, batch.cursor["done"]) == (0, True)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        pytest.param("text,published_at", '"a, b;c"' + AT, id="comma"),
        pytest.param("text;published_at", f'"a, b;c";{WHEN}\n', id="semicolon"),
        pytest.param("text\tpublished_at", f"a, b;c\t{WHEN}\n", id="tab"),
        pytest.param("\ufefftext,published_at", '"a, b;c"' + AT, id="mark-of-excel"),
        pytest.param('"text", published_at ', f'"a, b;c",{WHEN}\r\n', id="windows-lines"),
    ],
)
async def test_a_table_is_read(tmp_path, header, cells):
    path = write(tmp_path / "a.csv", f"{header}\n{cells}")
    assert texts(await collect(FileSource("f", path))) == ["a, b;c"]


async def test_a_table_keeps_quotes_and_line_breaks_in_cells(tmp_path):
    path = write(tmp_path / "a.csv", f'text,published_at\n"say ""hi""\r\nthen go"{AT}')
    assert texts(await collect(FileSource("f", path))) == ['say "hi"\nthen go']


async def test_broken_records_cost_themselves_alone(tmp_path):
    content = (
        b"text,published_at\n"
        b"one," + WHEN.encode() + b"\n"
        b"too,many," + WHEN.encode() + b"\n"
        b"few\n"
        b",\n"
        b"bad \xff," + WHEN.encode() + b"\n"
        b'"never closed,' + WHEN.encode() + b"\n"
        b"no zone,2026-03-02T09:00:00\n" + b"x" * 2_000_000 + b"\n"
        b"two," + WHEN.encode() + b"\n"
    )
    path = write(tmp_path / "a.csv", content)
    batches = await collect(FileSource("f", path, batch_size=3))
    assert texts(batches) == ["one", "two"]
    assert places(batches) == [f"{path}:{n}" for n in (3, 4, 6, 7, 8, 9)]
    said = reasons(batches)
    assert said[0] == "line 3: 3 columns where the header has 2"
    assert said[1] == "line 4: 1 columns where the header has 2"
    assert said[2].startswith("line 6: not UTF-8: byte 0xff")
    assert said[3].startswith("line 7: a quote is opened and not closed before line 9: 2000000")
    assert "names no time zone" in said[4]
    assert said[5].startswith("line 9: 2000000 bytes")


async def test_a_quote_that_is_never_closed_is_given_up_in_time(tmp_path):
    good = f"row{AT}" * 2000
    path = write(tmp_path / "a.csv", f'text,published_at\n"open{AT}{good}')
    batches = await collect(FileSource("f", path))
    assert len(texts(batches)) == 2000
    assert reasons(batches) == ["line 2: a quote is opened and not closed within 500 lines"]


async def test_a_mapped_table_is_read(tmp_path):
    path = write(tmp_path / "a.csv", f"tweet,at,name,likes\nhi,{WHEN},@z,3\n")
    mapping = parse_mapping("text=tweet,published_at=at,author.handle=name,metrics.likes=likes")
    (batch,) = await collect(FileSource("f", path, mapping=mapping, brand="acme"))
    (found,) = batch.mentions
    assert (found.text, found.author.handle, found.metrics.likes) == ("hi", "@z", 3)
    assert found.brand == "acme"


@pytest.mark.parametrize(
    ("name", "content", "mapping", "said"),
    [
        pytest.param(
            "a.csv",
            "tweet,published_at\n",
            "",
            "no column 'text'; name .* --map text=<col",
            id="no-text",
        ),
        pytest.param(
            "a.csv", "text,at\n", "", "no column 'published_at'.*'text', 'at'", id="no-date"
        ),
        pytest.param(
            "a.csv",
            "tweet,at\n",
            "text=tweets,published_at=at",
            "'tweets'.*did you mean 'tweet'",
            id="no-column",
        ),
        pytest.param(
            "a.csv", "text,text,published_at\n", "", "names column 'text' twice", id="twice"
        ),
        pytest.param("a.csv", b"text,\xff\n", "", "header is not UTF-8", id="header-bytes"),
        pytest.param("a.csv", "x" * 2_000_000, "", "that is no CSV header", id="header-too-long"),
        pytest.param(
            "a.csv",
            "text,published_at".encode("utf-16"),
            "",
            "UTF-16; save it as UTF-8",
            id="utf-16",
        ),
        pytest.param(
            "a.jsonl", "{}".encode("utf-16"), "", "UTF-16; save it as UTF-8", id="utf-16-lines"
        ),
    ],
)
async def test_a_file_that_can_never_be_read_says_why(tmp_path, name, content, mapping, said):  # noqa: PLR0917 - a table
    source = FileSource("f", write(tmp_path / name, content), mapping=parse_mapping(mapping))
    with pytest.raises(PermanentSourceError, match=said):
        await collect(source)


async def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(PermanentSourceError, match="there is no such file"):
        await collect(FileSource("f", tmp_path / "none.jsonl"))
    with pytest.raises(PermanentSourceError, match="is a folder"):
        await collect(FileSource("f", tmp_path))


async def keep(source, found):
    async for batch in source.batches(None):
        found += batch.mentions


async def test_a_cut_off_gzip_brings_what_it_has_and_says_so(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    whole = gzip.compress(lines(*(row(f"{n} {hash((n, 1))}") for n in range(20_000))).encode())
    path.write_bytes(whole[: len(whole) // 2])
    found = []
    with pytest.raises(PermanentSourceError, match="no whole gzip file"):
        await keep(FileSource("f", path), found)
    assert 0 < len(found) < 20_000


async def test_what_is_no_gzip_says_so(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_text(lines(row()))
    with pytest.raises(PermanentSourceError, match="no whole gzip file"):
        await collect(FileSource("f", path))


async def test_the_loop_is_free_while_a_file_is_read(tmp_path):
    source = FileSource(
        "f", write(tmp_path / "a.jsonl", lines(*(row(str(n)) for n in range(50)))), batch_size=1
    )
    turns = 0

    async def count():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    batches = await collect(source)
    counting.cancel()
    assert len(batches) == 51
    assert turns > 50


async def test_a_cancelled_read_closes_its_file(tmp_path):
    path = write(tmp_path / "a.jsonl", lines(*(row(str(n)) for n in range(5000))))
    source = FileSource("f", path, batch_size=5000)
    reading = asyncio.create_task(collect(source))
    for _ in range(3):
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert str(path) not in open_files()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300) | st.text('a,"\n\r;', max_size=80).map(str.encode))
async def test_no_bytes_make_a_table_raise(tmp_path, content):
    """Whatever follows a good header is mentions and dead letters, each line at most once."""
    path = write(tmp_path / "a.csv", b"text,published_at\n" + content)
    batches = await collect(FileSource("f", path))
    found = places(batches)
    assert len(found) == len(set(found))
    assert batches[-1].cursor["done"]


async def test_the_airline_stream_is_read_whole(shared_data):
    path = shared_data / "airline-tweets" / "stream.jsonl"
    mapping = parse_mapping("published_at=created_at,brand=airline")
    batches = await collect(FileSource("f", path, mapping=mapping))
    assert sum(batch.read for batch in batches) == len(path.read_bytes().splitlines())
    assert {one.brand for batch in batches for one in batch.mentions} >= {"Delta", "United"}


async def test_a_pipe_is_refused_unopened(tmp_path):
    os.mkfifo(tmp_path / "a.jsonl")
    with pytest.raises(PermanentSourceError, match="a pipe or a device"):
        await collect(FileSource("f", tmp_path / "a.jsonl"))
