"""What failures of HTTP mean, against a real connection where one is needed."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_servers import Fault

from engine import __version__
from engine.actions.http import HttpClient, HttpLimits
from engine.actions.http_answer import LONGEST_RETRY_AFTER, json_object, retry_after
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.testing import NOON

SHORT = timedelta(milliseconds=50)


async def post(url, *, transport=None, limits=None, is_idempotent=False):
    async with HttpClient(limits, transport=transport) as client:
        return await client.post(
            url, b"{}", headers={"webhook-id": "1"}, is_idempotent=is_idempotent, now=NOON
        )


def answering(status, headers=None, body=b""):
    async def stream():
        yield body

    return httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=stream()))


@pytest.mark.parametrize(
    ("status", "headers", "is_idempotent", "error", "wait"),
    [
        pytest.param(
            429, {"retry-after": "7"}, False, RecoverableActionError, 7, id="throttled with seconds"
        ),
        pytest.param(429, {}, False, RecoverableActionError, None, id="throttled without a time"),
        pytest.param(
            503,
            {"retry-after": "Mon, 02 Mar 2026 12:01:30 GMT"},
            False,
            RecoverableActionError,
            90,
            id="unavailable with a date",
        ),
        pytest.param(
            503, {}, False, UnconfirmedActionError, None, id="unavailable from somewhere between"
        ),
        pytest.param(
            503, {}, True, RecoverableActionError, None, id="the same where ids are honoured"
        ),
        pytest.param(500, {}, False, UnconfirmedActionError, None, id="500 may have done it"),
        pytest.param(
            500,
            {"retry-after": "3"},
            True,
            RecoverableActionError,
            3,
            id="500 where ids are honoured",
        ),
        pytest.param(502, {}, False, UnconfirmedActionError, None, id="502 may have done it"),
        pytest.param(504, {}, True, RecoverableActionError, None, id="504 where ids are honoured"),
        pytest.param(408, {}, False, UnconfirmedActionError, None, id="408 may have done it"),
        pytest.param(408, {}, True, RecoverableActionError, None, id="408 where ids are honoured"),
        pytest.param(400, {}, True, PermanentActionError, None, id="bad request"),
        pytest.param(401, {}, True, PermanentActionError, None, id="not let in"),
        pytest.param(410, {}, True, PermanentActionError, None, id="gone"),
        pytest.param(501, {}, True, PermanentActionError, None, id="not implemented there"),
        pytest.param(
            307,
            {"location": "http://127.0.0.1:1/"},
            True,
            PermanentActionError,
            None,
            id="redirects are not followed",
        ),
    ],
)
async def test_statuses(status, headers, is_idempotent, error, wait):  # noqa: PLR0917 - one row of the table
    with pytest.raises(error, match=str(status)) as caught:
        await post(
            "http://there.example/",
            transport=answering(status, headers),
            is_idempotent=is_idempotent,
        )
    found = getattr(caught.value, "retry_after", None)
    assert found == (timedelta(seconds=wait) if wait is not None else None)


async def test_a_refusal_shows_the_beginning_of_the_body_on_one_line():
    with pytest.raises(PermanentActionError) as caught:
        await post(
            "http://there.example/",
            transport=answering(400, body=b"no\x1b[31m\r\n such " + b"x" * 999),
        )
    said = str(caught.value)
    assert said.startswith("http://there.example answered 400: no [31m such xxx")
    assert len(said) < 260
    assert said.isprintable()


async def test_success_names_us_and_asks_for_no_packing(consumer):
    consumer.judge = lambda *_: 204
    assert (await post(consumer.url)).status == 204
    [(request, headers, body)] = consumer.requests
    assert request == "POST /hook?token=T0PSECRET HTTP/1.1"
    assert headers["user-agent"] == f"tocsin/{__version__}"
    assert headers["accept-encoding"] == "identity"
    assert body == b"{}"


async def test_a_refused_connection_did_nothing():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = taken.getsockname()[1]
        with pytest.raises(RecoverableActionError, match="cannot be reached: ConnectError"):
            await post(f"http://127.0.0.1:{port}/secret-path")


@pytest.mark.parametrize(
    "fault",
    [Fault(cut="before"), Fault(status=200, cut="after"), Fault(stall="answer")],
    ids=["cut before it was read", "cut after it took effect", "no answer in time"],
)
async def test_an_answer_lost_after_the_write_is_unconfirmed(consumer, fault):
    consumer.faults = [fault]
    consumer.judge = lambda *_: 200
    with pytest.raises(UnconfirmedActionError, match="was lost") as caught:
        await post(consumer.url, limits=HttpLimits(answer=SHORT))
    assert "T0PSECRET" not in str(caught.value), "the path may hold a token"


@pytest.mark.parametrize(
    "fault",
    [Fault(body=b"half", cut="body"), Fault(body=b"half", stall="body")],
    ids=["cut", "stalled"],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_a_body_that_breaks_off_does_not_change_what_the_status_said(consumer, fault, status):
    consumer.judge = lambda *_: status
    consumer.faults = [fault]
    limits = HttpLimits(body=SHORT)
    if status == 200:
        assert (await post(consumer.url, limits=limits)).body == b"half"
    else:
        with pytest.raises(PermanentActionError, match="answered 400: half"):
            await post(consumer.url, limits=limits)


async def test_a_huge_body_is_cut(consumer):
    consumer.judge = lambda *_: 200
    consumer.faults = [Fault(body=b"x" * 500_000)]
    answer = await post(consumer.url, limits=HttpLimits(body_bytes=1000))
    assert answer.body == b"x" * 1000


async def test_a_trickle_of_headers_ends():
    async def trickle(_, writer):
        try:
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(UnconfirmedActionError, match="was lost"):
        await post(f"http://127.0.0.1:{port}/", limits=HttpLimits(connect=SHORT, answer=SHORT))
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "url",
    ["ftp://there.example/", "http://the\x00re.example/", "nothing"],
    ids=["scheme", "control character", "no url"],
)
async def test_what_is_no_address_is_refused_for_good(url):
    with pytest.raises(PermanentActionError, match="no request"):
        await post(url)


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 5 ", 5),
        ("Mon, 02 Mar 2026 12:00:10 GMT", 10),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("Mon, 02 Mar 2026 12:00:10", 10),
        ("999999999999999999999", LONGEST_RETRY_AFTER.total_seconds()),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER.total_seconds()),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(wish, seconds):
    found = retry_after({"retry-after": wish}, now=NOON)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text())
def test_no_retry_after_raises(wish):
    found = retry_after({"retry-after": wish}, now=NOON)
    assert found is None or timedelta() <= found <= LONGEST_RETRY_AFTER


async def ask(method="GET", *, transport, **more):
    async with HttpClient(more.pop("limits", None), transport=transport) as client:
        return await client.request(method, "http://there.example/a?b=1", now=NOON, **more)


@pytest.mark.parametrize("lost", [httpx.ReadTimeout("late"), httpx.RemoteProtocolError("cut")])
@pytest.mark.parametrize(
    ("method", "error"),
    [
        pytest.param("GET", RecoverableActionError, id="reading changes nothing"),
        pytest.param("PUT", UnconfirmedActionError, id="a change may have happened"),
        pytest.param("DELETE", UnconfirmedActionError, id="a removal may have happened"),
    ],
)
async def test_what_a_lost_answer_means_by_method(method, error, lost):
    def cut(_):
        raise lost

    with pytest.raises(error, match="was lost"):
        await ask(method, transport=httpx.MockTransport(cut))


async def test_reading_may_be_tried_again_after_a_fault_there():
    with pytest.raises(RecoverableActionError, match="502"):
        await ask(transport=answering(502))


@pytest.mark.parametrize(
    ("part", "body", "kind"),
    [
        pytest.param(
            {"form": {"status": "é&"}},
            b"status=%C3%A9%26",
            "application/x-www-form-urlencoded",
            id="form",
        ),
        pytest.param({"json": {"a": [1]}}, b'{"a":[1]}', "application/json", id="json"),
        pytest.param({"content": b"raw"}, b"raw", None, id="bytes"),
    ],
)
async def test_a_body_is_written_as_asked(part, body, kind):
    seen = []

    def keep(request):
        seen.append(request)
        return answering(200).handler(request)

    await ask("PUT", transport=httpx.MockTransport(keep), query={"c": "d e"}, **part)
    [request] = seen
    assert (request.content, request.headers.get("content-type")) == (body, kind)
    assert str(request.url) == "http://there.example/a?c=d+e"


async def test_every_answer_is_shown_to_who_asked_before_it_is_judged():
    seen = []
    with pytest.raises(PermanentActionError, match="404"):
        await ask(transport=answering(404, {"x-left": "3"}, b"gone"), judge=seen.append)
    assert [(one.status, one.headers["X-Left"], one.body) for one in seen] == [(404, "3", b"gone")]

    def refuse_it(answer):
        message = "dead"
        raise PermanentActionError(message)

    with pytest.raises(PermanentActionError, match=r"^dead$"):
        await ask(transport=answering(200), judge=refuse_it)


@pytest.mark.parametrize(
    ("body", "is_repeatable", "error"),
    [
        pytest.param(b"[1]", True, RecoverableActionError, id="another kind of JSON, read"),
        pytest.param(b"<html>", False, UnconfirmedActionError, id="no JSON, after a change"),
        pytest.param(
            b'{"a": "' + b"x" * 2000 + b'"}', True, RecoverableActionError, id="more than is kept"
        ),
    ],
)
async def test_an_answer_that_holds_no_object(body, is_repeatable, error):
    answer = await ask(transport=answering(200, body=body), limits=HttpLimits(body_bytes=1000))
    assert len(answer.body) <= 1000
    with pytest.raises(error, match=r"http://there\.example"):
        json_object(answer, is_repeatable=is_repeatable)


async def test_a_body_of_just_the_limit_is_whole():
    body = b'{"a":1}'
    answer = await ask(transport=answering(200, body=body), limits=HttpLimits(body_bytes=len(body)))
    assert json_object(answer, is_repeatable=False) == {"a": 1}
