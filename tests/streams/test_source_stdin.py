from __future__ import annotations

import asyncio
import io
import os
import threading

import pytest
from reading import WHEN, collect, lines, places, row, texts

from engine.errors import PermanentSourceError
from streams.sources.stdin import StdinSource
from streams.sources.threaded import closing_iterator


async def test_a_stream_is_read_to_its_end():
    stream = io.BytesIO((lines(row("one")) + "{\n" + lines(row("two"))).encode())
    batches = await collect(StdinSource("in", stream))
    assert texts(batches) == ["one", "two"]
    assert places(batches) == ["stdin:2"]
    assert {batch.cursor for batch in batches} == {None}
    assert not stream.closed


async def test_a_table_is_read():
    stream = io.BytesIO(f"text,published_at\none,{WHEN}\n".encode())
    assert texts(await collect(StdinSource("in", stream, is_table=True))) == ["one"]


async def test_a_table_without_its_columns_says_so():
    with pytest.raises(PermanentSourceError, match="stdin: no column 'text'"):
        await collect(StdinSource("in", io.BytesIO(b"a,b\n"), is_table=True))


async def test_a_full_batch_is_handed_on():
    stream = io.BytesIO(lines(*(row(str(n)) for n in range(5))).encode())
    batches = await collect(StdinSource("in", stream, batch_size=2))
    assert [batch.read for batch in batches] == [2, 2, 1]


async def test_what_is_there_is_handed_on_while_the_pipe_stays_open():
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stream, os.fdopen(write_end, "wb", 0) as pipe:
        async with closing_iterator(StdinSource("in", stream).batches(None)) as batches:
            pipe.write(lines(row("one")).encode())
            assert texts([await anext(batches)]) == ["one"]
            pipe.write(lines(row("two")).encode() + b'{"text": "cut')
            assert texts([await anext(batches)]) == ["two"]
            pipe.close()
            assert places([await anext(batches)]) == ["stdin:3"]
            assert await anext(batches, None) is None


async def test_a_reader_that_stops_does_not_wait_for_input():
    read_end, write_end = os.pipe()
    stream = os.fdopen(read_end, "rb")
    with os.fdopen(write_end, "wb", 0) as pipe:
        async with asyncio.timeout(5):
            async with closing_iterator(StdinSource("in", stream).batches(None)) as batches:
                pipe.write(lines(row("one")).encode())
                await anext(batches)
            pending = asyncio.ensure_future(
                anext(StdinSource("in", io.BytesIO()).batches(None), None)
            )
            assert await pending is None
    # The pipe's end lets the reader's thread go.
    for thread in threading.enumerate():
        if thread.name == "source":
            thread.join(5)
    stream.close()
