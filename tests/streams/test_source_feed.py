from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from feed_server import DATE, Page, item, rss, serve_feeds
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import collect, places, reasons, texts

from engine.errors import PermanentSourceError, RecoverableSourceError
from streams.normalise import normalise
from streams.sources.feed import FeedSource
from streams.sources.feed_entries import parse_feed
from streams.sources.feed_http import Fetched, read_retry_after


@pytest.fixture
def feeds():
    with serve_feeds() as server:
        yield server


@pytest.fixture
async def client():
    async with httpx.AsyncClient(trust_env=False) as one:
        yield one


class Sleeps:
    """Waits no time, but remembers; a change may be made at each wait."""

    def __init__(self, *changes):
        self.waited = []
        self._changes = list(changes)

    async def __call__(self, seconds):
        self.waited.append(seconds)
        if self._changes:
            self._changes.pop(0)()


@pytest.fixture
def make(feeds, client):
    def one(path="/feed", **options):
        options.setdefault("sleep", Sleeps())
        url = path if "://" in path else feeds.url(path)
        return FeedSource("news", url, client=client, interval=timedelta(minutes=5), **options)

    return one


ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><id>f</id>
<updated>2026-03-02T08:00:00Z</updated>
<entry><id>tag:a,1</id><title>Title</title><updated>2026-03-02T10:00:00+01:00</updated>
<link href="/posts/1"/><author><name>Zoe</name></author>
<content type="html">&lt;p&gt;Body &lt;a href="https://x.test"&gt;link&lt;/a&gt; #Acme&lt;/p&gt;</content></entry></feed>"""


async def test_an_entry_becomes_a_mention(feeds, make):
    feeds.pages["/feed"] = Page(ATOM, headers={"Content-Type": "application/atom+xml"})
    (batch,) = await collect(make(brand="acme"), most=1)
    (found,) = batch.mentions
    assert (found.id, found.source, found.external_id) == ("news:tag:a,1", "news", "tag:a,1")
    assert found.published_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert (found.author.name, found.brand) == ("Zoe", "acme")
    assert found.url == feeds.url("/posts/1")
    plain = normalise(found)
    assert plain.text == "Title\nBody link #Acme"
    assert (plain.links, plain.hashtags) == (("https://x.test",), ("acme",))


async def test_entries_come_oldest_first_and_once(feeds, make):
    old = item("old", guid="2", date="Sun, 01 Mar 2026 09:00:00 GMT")
    feeds.pages["/feed"] = Page(rss(item("new"), item("again"), old))
    (batch,) = await collect(make(), most=1)
    assert texts([batch]) == ["old", "new"]


@pytest.mark.parametrize(
    ("more", "guid", "key"),
    [
        pytest.param("", "g1", "g1", id="guid"),
        pytest.param("<link>https://a.test/1</link>", "", "https://a.test/1", id="link"),
    ],
)
async def test_an_entry_is_known_by(feeds, make, more, guid, key):  # noqa: PLR0917 - fixtures and a table
    feeds.pages["/feed"] = Page(rss(item(guid=guid, more=more)))
    (batch,) = await collect(make(), most=1)
    assert batch.mentions[0].external_id == key


async def test_an_entry_without_id_or_link_is_known_by_what_it_says(feeds, make):
    feeds.pages["/feed"] = Page(rss(item("a", guid=""), item("b", guid="")))
    once, again = await collect(make(), most=2)
    assert len({one.external_id for one in once.mentions}) == 2
    assert again.read == 0


@pytest.mark.parametrize("mark", [{"etag": '"v1"'}, {"modified": DATE}])
async def test_an_unchanged_feed_is_not_sent_again(feeds, make, mark):
    feeds.pages["/feed"] = Page(rss(item()), **mark)
    sleep = Sleeps()
    first, second = await collect(make(sleep=sleep), most=2)
    assert (first.read, second.read) == (1, 0)
    asked = feeds.requests[1][1]
    assert asked.get("if-none-match") == mark.get("etag")
    assert asked.get("if-modified-since") == mark.get("modified")
    assert second.cursor == first.cursor
    assert sleep.waited == [300.0]


async def test_only_new_entries_come(feeds, make):
    feeds.pages["/feed"] = Page(rss(item("one")))

    def grow():
        feeds.pages["/feed"] = Page(rss(item("two", guid="2"), item("one")))

    batches = await collect(make(sleep=Sleeps(grow)), most=2)
    assert texts(batches) == ["one", "two"]
    (again,) = await collect(make(), batches[0].cursor, most=1)
    assert texts([again]) == ["two"]


async def test_what_was_seen_is_bounded_and_keeps_what_the_feed_shows(feeds, make):
    cursor = None
    for start in range(0, 3000, 500):
        feeds.pages["/feed"] = Page(
            rss(
                item("first", guid="first"), *(item(guid=str(n)) for n in range(start, start + 500))
            )
        )
        (batch,) = await collect(make(), cursor, most=1)
        cursor = batch.cursor
        assert ("first" in texts([batch])) is (start == 0)
    assert len(cursor["seen"]) == 1000


@pytest.mark.parametrize(
    ("status", "moved"), [(301, True), (308, True), (302, False), (307, False)]
)
async def test_a_feed_that_moved(feeds, make, status, moved):
    feeds.pages["/feed"] = Page(status=status, headers={"Location": "/new"})
    feeds.pages["/new"] = Page(rss(item()), etag='"1"')
    first, second = await collect(make(), most=2)
    assert first.read == 1
    assert second.cursor["url"] == feeds.url("/new" if moved else "/feed")
    assert feeds.paths() == ["/feed", "/new", *(["/new"] if moved else ["/feed", "/new"])]


async def test_a_stop_on_the_way_that_is_not_for_good_is_not_remembered(feeds, make):
    feeds.pages["/feed"] = Page(status=301, headers={"Location": "/a"})
    feeds.pages["/a"] = Page(status=302, headers={"Location": "/b"})
    feeds.pages["/b"] = Page(status=301, headers={"Location": "/c"})
    feeds.pages["/c"] = Page(rss(item()))
    (batch,) = await collect(make(), most=1)
    assert batch.cursor["url"] == feeds.url("/a")


async def test_another_address_in_the_settings_begins_anew(feeds, make):
    feeds.pages["/feed"] = Page(rss(item()), etag='"1"')
    feeds.pages["/other"] = Page(rss(item()), etag='"1"')
    (batch,) = await collect(make(), most=1)
    (other,) = await collect(make("/other"), batch.cursor, most=1)
    assert other.read == 1


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param(Page(status=410), r"is gone \(410\)", id="gone"),
        pytest.param(Page(status=401), "wants a login", id="login"),
        pytest.param(
            Page(status=302, headers={"Location": "/feed"}), "redirects without end", id="loop"
        ),
        pytest.param(
            Page(status=301, headers={"Location": "file:///etc/hosts"}),
            "only http and https",
            id="file",
        ),
    ],
)
async def test_for_good(feeds, make, page, said):
    feeds.pages["/feed"] = page
    with pytest.raises(PermanentSourceError, match=said):
        await collect(make(), most=1)


async def test_a_chain_of_redirects_has_an_end(feeds, make):
    for n in range(30):
        feeds.pages[f"/{n}"] = Page(status=302, headers={"Location": f"/{n + 1}"})
    with pytest.raises(PermanentSourceError, match="redirects without end"):
        await collect(make("/0"), most=1)
    assert len(feeds.requests) == 11


@pytest.mark.parametrize(
    ("page", "retry_after", "said"),
    [
        pytest.param(Page(status=429, headers={"Retry-After": "120"}), 120, "429", id="seconds"),
        pytest.param(
            Page(status=503, headers={"Retry-After": "Mon, 02 Mar 2026 09:10:00 GMT"}),
            600,
            "503",
            id="date",
        ),
        pytest.param(Page(status=503), None, "503", id="not-said"),
        pytest.param(Page(status=404), None, "404", id="not-found"),
        pytest.param(
            Page(b"<html><body>Sorry</body></html>"), None, "neither RSS nor Atom", id="html"
        ),
        pytest.param(Page(b""), None, "neither RSS nor Atom", id="empty"),
        pytest.param(Page(b"/etc/hosts"), None, "neither RSS nor Atom", id="a-path"),
    ],
)
async def test_for_now(feeds, make, page, retry_after, said):  # noqa: PLR0917 - fixtures and a table
    feeds.pages["/feed"] = page
    with pytest.raises(RecoverableSourceError, match=said) as caught:
        await collect(make(), most=1)
    wanted = None if retry_after is None else timedelta(seconds=retry_after)
    assert caught.value.retry_after == wanted


async def test_nobody_there(make):
    with pytest.raises(RecoverableSourceError, match="out of reach: ConnectError"):
        await collect(make("http://127.0.0.1:1/feed"), most=1)


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://a.test/", "feed"])
async def test_only_the_web_is_asked(client, url):
    with pytest.raises(PermanentSourceError, match="begins with http"):
        FeedSource("news", url, client=client, interval=timedelta(1))


async def test_a_feed_too_large_is_not_read_to_its_end(feeds, make):
    feeds.pages["/feed"] = Page(b"x" * 65536, endless=True)
    with pytest.raises(RecoverableSourceError, match="larger than 100000 bytes"):
        await collect(make(max_bytes=100_000), most=1)
    assert feeds.sent < 1 << 27


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(rss(item("café")).replace(b"</channel></rss>", b""), id="cut-off"),
        pytest.param(rss(item("café & co")), id="bare-ampersand"),
        pytest.param(
            rss(item("café")).replace(b"utf-8", b"us-ascii"), id="wrong-encoding-declared"
        ),
        pytest.param(rss(item("café"), encoding="iso-8859-1"), id="latin-1"),
    ],
)
async def test_a_broken_feed_keeps_its_entries(feeds, make, body):
    feeds.pages["/feed"] = Page(body, headers={"Content-Type": "application/xml"})
    (batch,) = await collect(make(), most=1)
    assert normalise(batch.mentions[0]).text.startswith("café")


async def test_an_entry_without_a_date_takes_the_feeds(feeds, make):
    feeds.pages["/feed"] = Page(rss(item(date=""), head=f"<pubDate>{DATE}</pubDate>"))
    (batch,) = await collect(make(), most=1)
    assert batch.mentions[0].published_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


async def test_what_is_no_mention_is_set_aside_once(feeds, make):
    feeds.pages["/feed"] = Page(
        rss(item("no date", date=""), item("", guid="2"), item("ok", guid="3"))
    )
    once, again = await collect(make(), most=2)
    assert texts([once]) == ["ok"]
    assert sorted(places([once])) == [f"{feeds.url('/feed')} 1", f"{feeds.url('/feed')} 2"]
    assert any("no date that can be read" in one for one in reasons([once]))
    assert any("text is missing" in one for one in reasons([once]))
    assert again.read == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("99999999999999", 7 * 86400),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0),
    ],
)
def test_retry_after(value, seconds):
    wanted = None if seconds is None else timedelta(seconds=seconds)
    assert read_retry_after({"Retry-After": value, "Date": DATE}) == wanted


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([ATOM, rss(item(), item("b", date="", guid=""))]),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=4)), max_size=4),
)
def test_no_bytes_make_reading_a_feed_raise_anything_else(body, edits):
    for at, piece in edits:
        body = body[:at] + piece + body[at + len(piece) :]
    try:
        entries = parse_feed(Fetched("http://f.test/", body=body), source="s", brand=None)
    except RecoverableSourceError:
        return
    assert all(entry.key and (entry.mention or entry.fault) for entry in entries)
