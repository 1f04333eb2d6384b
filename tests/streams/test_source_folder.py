from __future__ import annotations

import asyncio
import gzip
import json
import os

import pytest
from reading import WHEN, lines, places, reasons, row, texts

from engine.errors import PermanentSourceError
from streams.sources.folder import FolderSource, is_taken
from streams.sources.threaded import closing_iterator


class Rounds:
    """Looks again for each change a test makes, then stops the source."""

    def __init__(self, *changes):
        self._changes = list(changes)

    def __call__(self):
        return self._run()

    async def _run(self):
        for change in self._changes:
            change()
            yield ()


def nothing():
    """A round in which the folder stays as it is."""


async def watch(folder, *changes, cursor=None, **options):
    source = FolderSource(
        "in", folder, stop_event=asyncio.Event(), rounds=Rounds(*changes), **options
    )
    return [batch async for batch in source.batches(cursor)]


def put(folder, name, *rows, tail=""):
    path = folder / name
    path.write_text(lines(*rows) + tail)
    return path


def add(path, text):
    with path.open("a") as stream:
        stream.write(text)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a.jsonl", True),
        ("a.ndjson", True),
        ("a.csv", True),
        ("A.CSV.GZ", True),
        ("a.jsonl.gz", True),
        (".a.jsonl", False),
        ("a.jsonl.part", False),
        ("a.jsonl.tmp", False),
        ("a.txt", False),
        ("a.gz", False),
    ],
)
def test_names(name, taken):
    assert is_taken(name) is taken


async def test_what_is_there_is_read_in_the_order_of_names(tmp_path):
    put(tmp_path, "b.jsonl", row("two"))
    put(tmp_path, "a.jsonl", row("one"))
    put(tmp_path, ".hidden.jsonl", row("x"))
    put(tmp_path, "c.jsonl.part", row("x"))
    (tmp_path / "d.csv").write_text(f"text,published_at\nthree,{WHEN}\n")
    (tmp_path / "e.jsonl.gz").write_bytes(gzip.compress(lines(row("four")).encode()))
    assert texts(await watch(tmp_path)) == ["one", "two", "three", "four"]


async def test_new_files_and_new_lines_are_read_once(tmp_path):
    first = put(tmp_path, "a.jsonl", row("one"))
    batches = await watch(
        tmp_path,
        lambda: put(tmp_path, "b.jsonl", row("two")),
        nothing,
        lambda: add(first, lines(row("three"))),
        nothing,
        lambda: (tmp_path / "c.part").write_text(lines(row("four"))),
        lambda: (tmp_path / "c.part").rename(tmp_path / "c.jsonl"),
    )
    assert texts(batches) == ["one", "two", "three", "four"]


async def test_a_half_line_waits_for_its_rest(tmp_path):
    path = put(tmp_path, "a.jsonl", row("one"), tail='{"text": "tw')
    rest = f'o", "published_at": "{WHEN}"}}\n'
    assert texts(await watch(tmp_path, lambda: add(path, rest))) == ["one", "two"]


async def test_a_last_line_without_its_break_is_read_once_the_file_rests(tmp_path):
    put(tmp_path, "a.jsonl", tail=json.dumps(row("one")))
    put(tmp_path, "b.jsonl", tail='{"text"')
    batches = await watch(tmp_path, nothing, nothing, nothing)
    assert texts(batches) == ["one"]
    assert places(batches) == ["b.jsonl:1"]


async def test_reading_goes_on_from_the_cursor(tmp_path):
    put(tmp_path, "a.jsonl", *(row(f"a{n}") for n in range(5)))
    path = put(tmp_path, "b.jsonl", *(row(f"b{n}") for n in range(5)))
    whole = await watch(tmp_path, batch_size=2)
    for taken in range(1, len(whole) + 1):
        rest = await watch(tmp_path, cursor=whole[taken - 1].cursor, batch_size=2)
        assert texts([*whole[:taken], *rest]) == texts(whole)
    add(path, lines(row("b5")))
    assert texts(await watch(tmp_path, cursor=whole[-1].cursor)) == ["b5"]


async def test_a_table_that_grows_is_followed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"text,published_at\none,{WHEN}\n")
    batches = await watch(tmp_path, lambda: add(path, f"two,{WHEN}\nbad\n"), nothing)
    assert texts(batches) == ["one", "two"]
    assert places(batches) == ["a.csv:4"]


async def test_half_a_record_waits_for_its_rest(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('text,published_at\n"one\n')
    batches = await watch(tmp_path, lambda: add(path, f'more",{WHEN}\n'), nothing)
    assert (texts(batches), places(batches)) == (["one\nmore"], [])


async def test_half_a_record_that_rests_is_set_aside(tmp_path):
    (tmp_path / "a.csv").write_text(f'text,published_at\n"one\ntwo,{WHEN}\n')
    batches = await watch(tmp_path, nothing, nothing)
    assert (texts(batches), places(batches)) == (["two"], ["a.csv:2"])


async def test_a_replaced_file_is_read_from_its_beginning(tmp_path):
    path = put(tmp_path, "a.jsonl", row("one"))

    def replace():
        put(tmp_path, "new.tmp", row("two"), row("three")).rename(path)

    assert texts(await watch(tmp_path, replace)) == ["one", "two", "three"]


async def test_a_file_that_shrank_is_read_from_its_beginning(tmp_path):
    path = put(tmp_path, "a.jsonl", row("one"), row("two"))
    batches = await watch(tmp_path, lambda: path.write_text(lines(row("x"))))
    assert texts(batches) == ["one", "two", "x"]


async def test_a_vanished_file_is_forgotten(tmp_path):
    path = put(tmp_path, "a.jsonl", row("one"))
    batches = await watch(tmp_path, path.unlink, lambda: put(tmp_path, "b.jsonl", row("two")))
    assert texts(batches) == ["one", "two"]
    assert list(batches[-1].cursor["files"]) == ["b.jsonl"]


async def test_a_name_that_cannot_be_read_is_told_once(tmp_path):
    (tmp_path / "a.jsonl").mkdir()
    put(tmp_path, "b.jsonl", row("two"))
    batches = await watch(tmp_path, nothing, nothing)
    assert texts(batches) == ["two"]
    assert reasons(batches) == ["the file cannot be read: Is a directory"]


async def test_a_link_to_nothing_is_no_crash(tmp_path):
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "none")
    put(tmp_path, "b.jsonl", row("two"))
    assert texts(await watch(tmp_path, nothing)) == ["two"]


async def test_a_broken_file_is_told_when_it_rests_and_only_then(tmp_path):
    whole = gzip.compress(lines(row("one"), row("two")).encode())
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole[:-12])
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    arriving = await watch(tmp_path, lambda: path.write_bytes(whole))
    assert texts(arriving) == ["one", "two"]
    path.write_bytes(whole[:-12])
    resting = await watch(tmp_path, nothing, nothing, nothing)
    assert sorted(places(resting)) == ["a.jsonl.gz", "b.csv"]
    assert any("no column 'text'" in reason for reason in reasons(resting))


async def test_no_folder_says_so(tmp_path):
    with pytest.raises(PermanentSourceError, match="is no folder"):
        await watch(tmp_path / "none")


async def test_it_stops_when_told_to(tmp_path):
    put(tmp_path, "a.jsonl", row("one"), row("two"))
    stop = asyncio.Event()
    source = FolderSource(
        "in", tmp_path, stop_event=stop, rounds=Rounds(nothing, nothing), batch_size=1
    )
    found = []
    async for batch in source.batches(None):
        found.append(batch)
        stop.set()
    assert texts(found) == ["one"]


async def test_the_system_tells_of_new_files(tmp_path):
    stop = asyncio.Event()
    source = FolderSource("in", tmp_path, stop_event=stop)
    put(tmp_path, "a.jsonl", row("one"))
    async with asyncio.timeout(20), closing_iterator(source.batches(None)) as batches:
        assert texts([await anext(batches)]) == ["one"]
        put(tmp_path, "b.jsonl", row("two"))
        assert texts([await anext(batches)]) == ["two"]
        stop.set()
        assert await anext(batches, None) is None


async def test_a_pipe_with_a_mention_files_name_is_set_aside_unopened(tmp_path):
    # Opening a pipe that nobody writes to would wait for ever, and the engine could not stop.
    os.mkfifo(tmp_path / "a.jsonl")
    put(tmp_path, "b.jsonl", row("two"))
    batches = await watch(tmp_path, nothing, nothing)
    assert (texts(batches), places(batches)) == (["two"], ["a.jsonl"])
    assert reasons(batches) == ["the file cannot be read: it is a pipe or a device"]
