"""What every registered source promises, checked on every registered source."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from datetime import timedelta
from typing import get_args

import httpx
import orjson
import pytest
from feed_server import Page, item, rss, serve_feeds
from reading import collect, lines, open_files, row, texts

from engine.app_sources import build_sources
from engine.settings import Configuration, Settings, SourceSettings
from engine.testing import ManualClock
from streams.sources.feed import FeedSource
from streams.sources.file import FileSource
from streams.sources.folder import FolderSource
from streams.sources.intake import IntakeSource, read_lines
from streams.sources.lines import MentionReader
from streams.sources.registry import SOURCES
from streams.sources.stdin import StdinSource

TEXTS = [f"mention {n}" for n in range(6)]
CONTENT = lines(*(row(one, external_id=one) for one in TEXTS[:4])) + "{bad\n"
CONTENT += lines(*(row(one, external_id=one) for one in TEXTS[4:]))


async def no_wait(_seconds):
    """The feed is asked again at once."""


async def one_round():
    yield ()


class Makers:
    """One source of each kind, all of which bring TEXTS and one bad input."""

    def __init__(self, folder, feeds, client):
        self._folder, self._feeds, self._client = folder, feeds, client

    def file(self):
        path = self._folder / "a.jsonl"
        path.write_text(CONTENT)
        return FileSource("s", path, batch_size=2)

    def stdin(self):
        return StdinSource("s", io.BytesIO(CONTENT.encode()), batch_size=2)

    def folder(self):
        inside = self._folder / "in"
        inside.mkdir(exist_ok=True)
        (inside / "a.jsonl").write_text(CONTENT)
        return FolderSource("s", inside, stop_event=asyncio.Event(), rounds=one_round, batch_size=2)

    def feed(self):
        items = [item(one, guid=one) for one in TEXTS]
        self._feeds.pages["/feed"] = Page(rss(*items, item("no date", guid="bad", date="")))
        url = self._feeds.url("/feed")
        return FeedSource("s", url, client=self._client, interval=timedelta(1), sleep=no_wait)

    def intake(self):
        source = IntakeSource("s", 100, batch_size=2)
        reader = MentionReader("s", "request")
        self.offers = []
        for n, line in enumerate(CONTENT.splitlines()):
            received = read_lines({}, line.encode(), reader)
            self.offers.append(asyncio.ensure_future(source.offer(received, key=str(n))))
        return source


ENDLESS = {"feed": 2, "intake": 4}
WITHOUT_CURSOR = {"stdin", "intake"}


@pytest.fixture
async def makers(tmp_path):
    with serve_feeds() as feeds:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield Makers(tmp_path, feeds, client)


@pytest.fixture(params=sorted(SOURCES))
def kind(request):
    return request.param


async def read_all(kind, source, cursor=None):
    """Read a source that ends, or as many batches as this one has."""
    if kind == "intake":
        await asyncio.sleep(0)
        reading = asyncio.create_task(collect(source, cursor))
        await asyncio.sleep(0)
        source.close()
        return await reading
    return await collect(source, cursor, most=ENDLESS.get(kind))


def test_every_kind_is_checked():
    assert set(SOURCES) == {name for name in vars(Makers) if not name.startswith("_")}


def test_settings_name_every_registered_kind_and_no_other():
    assert set(get_args(SourceSettings.model_fields["kind"].annotation)) == set(SOURCES)


# Under the tests' capture there is no standard input to build that kind on.
@pytest.mark.parametrize("named", sorted(set(SOURCES) - {"stdin"}))
async def test_settings_build_the_registered_class(named, tmp_path):
    needed = {"file": {"path": "a.jsonl"}, "folder": {"path": "in"}, "feed": {"url": "http://x/"}}
    one = {"name": "s", "kind": named, **needed.get(named, {})}
    settings = Settings.model_validate({"sources": [one]})
    configuration = Configuration(settings, tmp_path, "tocsin.yaml", {})
    async with httpx.AsyncClient(trust_env=False) as client:
        (source,) = build_sources(
            configuration, client=client, clock=ManualClock(), stop=asyncio.Event()
        )
    assert type(source) is SOURCES[named]


async def test_it_is_of_its_registered_class(kind, makers):
    source = getattr(makers, kind)()
    assert type(source) is SOURCES[kind]
    assert source.name == "s"
    await read_all(kind, source)


async def test_it_brings_everything_and_sets_the_bad_aside(kind, makers):
    batches = await read_all(kind, getattr(makers, kind)())
    assert sorted(texts(batches)) == TEXTS
    (dead,) = [one for batch in batches for one in batch.dead]
    assert dead.source == "s"
    assert dead.place
    assert dead.reason
    assert sum(batch.read for batch in batches) == len(TEXTS) + 1
    assert {batch.source for batch in batches} == {"s"}


async def test_its_cursor_is_json(kind, makers):
    for batch in await read_all(kind, getattr(makers, kind)()):
        if kind in WITHOUT_CURSOR:
            assert batch.cursor is None
        else:
            assert isinstance(batch.cursor, Mapping)
            assert orjson.loads(orjson.dumps(batch.cursor)) == batch.cursor


async def test_reading_goes_on_from_every_cursor_without_loss(kind, makers):
    if kind in WITHOUT_CURSOR:
        pytest.skip("what comes through a pipe or a request comes once")
    whole = await read_all(kind, getattr(makers, kind)())
    for taken in range(1, len(whole)):
        cursor = orjson.loads(orjson.dumps(whole[taken - 1].cursor))
        rest = await read_all(kind, getattr(makers, kind)(), cursor)
        found = [one.external_id for batch in [*whole[:taken], *rest] for one in batch.mentions]
        assert sorted(found) == sorted(TEXTS), "none lost, none twice"


async def test_reading_again_brings_the_same_identities(kind, makers):
    first = await read_all(kind, getattr(makers, kind)())
    second = await read_all(kind, getattr(makers, kind)())
    identities = [
        sorted((one.source, one.external_id) for batch in batches for one in batch.mentions)
        for batches in (first, second)
    ]
    assert identities[0] == identities[1]
    dead = [{one.place for batch in batches for one in batch.dead} for batches in (first, second)]
    assert dead[0] == dead[1]


def test_open_files_are_seen(tmp_path):
    """Else the next test could not fail."""
    with (tmp_path / "x").open("w"):
        assert str(tmp_path / "x") in open_files()


async def test_stopping_leaves_nothing_open(kind, makers, tmp_path):
    source = getattr(makers, kind)()
    await asyncio.sleep(0)
    await collect(source, most=1)
    assert not [path for path in open_files() if path.startswith(str(tmp_path))]
    if kind == "intake":
        source.close()
        await asyncio.wait(makers.offers)
