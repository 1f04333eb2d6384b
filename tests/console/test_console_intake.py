"""Mentions pushed over HTTP: what is taken, what is refused, and when the answer comes."""

import asyncio
import base64
import json
from datetime import UTC, timedelta

import pytest
from standardwebhooks import Webhook

from engine.console.intake.bodies import LONGEST_BODY
from engine.testing import NOON
from streams.sources.intake import MOST_INPUTS

TOKEN = "a-long-token-nobody-guesses"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LINE = {"text": "the lid snapped", "published_at": "2026-03-02T09:00:00Z"}
EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "shop",
    "type": "mention.created",
    "data": LINE,
}
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
JSON = {"Content-Type": "application/json"}


def lines(*values):
    return "\n".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def signed(body, *, secret=SECRET, at=NOON, message_id="msg_1"):
    body = body if isinstance(body, bytes) else body.encode()
    stamp = at.astimezone(UTC)
    try:
        signature = Webhook(secret).sign(message_id, stamp, body.decode())
    except UnicodeDecodeError:
        signature = "v1,AAAA"
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(stamp.timestamp())),
        "webhook-signature": signature,
    }


def webhook(data, **fields):
    return json.dumps(
        {"type": "mention.created", "timestamp": "2026-03-02T09:00:00Z", "data": data, **fields}
    )


async def push(console, kind, body, headers=None, *, source="push"):
    return await console.client.post(
        f"/intake/{source}/{kind}", content=body, headers=headers or {}
    )


def error(answer):
    assert set(answer.json()) == {"error"}
    return answer.json()["error"]


async def test_a_batch_of_lines_is_stored_before_it_is_answered(open_console):
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "mentions", lines(LINE, {**LINE, "text": "again"}), BEARER)

        assert answer.status_code == 202
        assert answer.json() == {"accepted": 2, "dead_letters": []}
        assert console.runner.texts == ["the lid snapped", "again"]
        assert console.runner.batches[0].mentions[0].brand == "acme"


async def test_bad_lines_are_named_and_the_rest_is_taken(open_console):
    body = lines(
        LINE,
        "{broken",
        {"published_at": LINE["published_at"]},
        {**LINE, "published_at": "2026-03-02"},
    )
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "mentions", body, BEARER)

        assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
        letters = answer.json()["dead_letters"]
        assert [letter["line"] for letter in letters] == [2, 3, 4]
        assert "text is missing" in letters[1]["reason"]
        assert len(console.runner.batches[0].dead) == 3


async def test_the_answer_waits_for_the_store(open_console):
    async with open_console(api_token=TOKEN, is_read=False) as console:
        asking = asyncio.create_task(push(console, "mentions", lines(LINE), BEARER))
        await console.intake.offered.wait()
        assert not asking.done()

        reading = asyncio.create_task(console.runner.read())
        assert (await asking).status_code == 202
        reading.cancel()


async def test_a_list_of_json_is_taken_too(open_console):
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "mentions", json.dumps([LINE, {"text": ""}]), BEARER | JSON)

    assert (answer.json()["accepted"], answer.json()["dead_letters"][0]["line"]) == (1, 2)


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        pytest.param(LINE, ["the lid snapped"], id="one mention"),
        pytest.param(
            {"mentions": [LINE, {**LINE, "text": "two"}]}, ["the lid snapped", "two"], id="several"
        ),
        pytest.param(
            {"text": "no date of its own"}, ["no date of its own"], id="dated by its envelope"
        ),
    ],
)
async def test_a_signed_webhook_is_taken(open_console, data, texts):
    body = webhook(data)
    async with open_console(webhook_secrets=(SECRET,)) as console:
        answer = await push(console, "webhook", body, signed(body))

        assert (answer.status_code, answer.json()["accepted"]) == (202, len(texts))
        assert console.runner.texts == texts


async def test_while_a_secret_is_replaced_both_are_taken(open_console):
    body = webhook(LINE)
    async with open_console(webhook_secrets=(OTHER, SECRET)) as console:
        for secret in (SECRET, OTHER):
            answer = await push(console, "webhook", body, signed(body, secret=secret))
            assert answer.status_code == 202


BODY = webhook(LINE)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no signature at all"),
        pytest.param(signed(BODY, secret=OTHER), id="another secret"),
        pytest.param(signed(BODY + " "), id="another body"),
        pytest.param(signed(BODY) | {"webhook-id": "msg_2"}, id="another id"),
        pytest.param(signed(BODY, at=NOON - timedelta(minutes=6)), id="six minutes old"),
        pytest.param(signed(BODY, at=NOON + timedelta(minutes=6)), id="six minutes ahead"),
        pytest.param(signed(BODY) | {"webhook-timestamp": "soon"}, id="a time in words"),
        pytest.param(signed(BODY) | {"webhook-timestamp": "-1"}, id="a negative time"),
        pytest.param(signed(BODY) | {"webhook-timestamp": "9" * 400}, id="an endless time"),
        pytest.param(signed(BODY) | {"webhook-timestamp": "99999999999"}, id="a time far ahead"),
        pytest.param(signed(BODY) | {"webhook-signature": "v1"}, id="a version alone"),
        pytest.param(signed(BODY) | {"webhook-signature": "v1,!!!"}, id="no base64"),
        pytest.param(
            signed(BODY) | {"webhook-signature": "v1," * 5000}, id="thousands of signatures"
        ),
        pytest.param(
            signed(BODY)
            | {"webhook-signature": signed(BODY)["webhook-signature"].replace("v1,", "v2,")},
            id="another version",
        ),
        pytest.param(
            {name: value.encode() + b"\xff" for name, value in signed(BODY).items()},
            id="bytes beyond ASCII",
        ),
        pytest.param(BEARER, id="the API token in place of a signature"),
    ],
)
async def test_what_our_secret_did_not_sign_is_refused(open_console, headers):
    async with open_console(webhook_secrets=(SECRET,), api_token=TOKEN) as console:
        answer = await push(console, "webhook", BODY, headers)

        assert (answer.status_code, error(answer)["code"]) == (401, "unauthorized")
        assert console.runner.batches == []
        assert SECRET not in answer.text
        assert SECRET.removeprefix("whsec_") not in answer.text


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("webhook", "http.webhook_secrets (TOCSIN_HTTP_WEBHOOK_SECRETS)"),
        ("mentions", "http.api_token (TOCSIN_HTTP_API_TOKEN)"),
        ("events", "http.webhook_secrets"),
    ],
)
async def test_intake_without_a_secret_is_refused_and_names_the_setting(console, kind, named):
    answer = await push(console, kind, lines(LINE), STRUCTURED | BEARER)

    assert (answer.status_code, error(answer)["code"]) == (403, "intake_disabled")
    assert named in error(answer)["message"]


async def test_a_secret_that_is_none_is_named_without_being_shown(open_console):
    async with open_console(webhook_secrets=("whsec_short",)) as console:
        answer = await push(console, "webhook", BODY, signed(BODY))

    assert answer.status_code == 403
    assert "http.webhook_secrets" in error(answer)["message"]
    assert "whsec_short" not in answer.text


@pytest.mark.parametrize(
    ("headers", "body", "accepted"),
    [
        pytest.param(STRUCTURED, json.dumps(EVENT), 1, id="structured"),
        pytest.param(
            BATCH,
            json.dumps([EVENT, {**EVENT, "id": "e2"}, {"id": "e3"}]),
            2,
            id="batched, one broken",
        ),
        pytest.param(
            {
                "ce-specversion": "1.0",
                "ce-id": "e1",
                "ce-source": "shop",
                "ce-type": "mention.created",
            }
            | JSON,
            json.dumps(LINE),
            1,
            id="binary",
        ),
    ],
)
@pytest.mark.parametrize("is_by_token", [True, False], ids=["by token", "by signature"])
async def test_events_are_taken_in_every_mode(
    open_console, *, headers, body, accepted, is_by_token
):
    async with open_console(api_token=TOKEN, webhook_secrets=(SECRET,)) as console:
        proof = BEARER if is_by_token else signed(body)
        answer = await push(console, "events", body, headers | proof)

        assert (answer.status_code, answer.json()["accepted"]) == (202, accepted)
        assert console.runner.batches[0].mentions[0].external_id == "e1"


@pytest.mark.parametrize(
    "proof",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"Authorization": "Bearer wrong"}, id="another token"),
        pytest.param(signed(json.dumps(EVENT), secret=OTHER), id="another secret"),
        pytest.param(
            signed(json.dumps(EVENT), secret=OTHER) | BEARER,
            id="a wrong signature beside the token",
        ),
    ],
)
async def test_events_without_proof_are_refused(open_console, proof):
    async with open_console(api_token=TOKEN, webhook_secrets=(SECRET,)) as console:
        answer = await push(console, "events", json.dumps(EVENT), STRUCTURED | proof)

    assert answer.status_code == 401


async def test_what_is_no_event_says_what_would_be(open_console):
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "events", json.dumps(EVENT), JSON | BEARER)

    assert answer.status_code == 415
    assert "application/cloudevents+json" in error(answer)["message"]


async def test_a_sender_of_events_may_ask_whether_it_may(console):
    headers = {"WebHook-Request-Origin": "events.example.com"}
    answer = await console.client.options("/intake/push/events", headers=headers)

    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == "events.example.com"
    assert answer.headers["webhook-allowed-rate"] == "3000"
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    "origin",
    [b"", b"a\r\nSet-Cookie: x=1", b"<script>", b"x" * 300, b"caf\xc3\xa9"],
    ids=["none", "a header of its own", "markup", "endless", "beyond ASCII"],
)
async def test_an_origin_that_is_none_is_not_echoed(console, origin):
    headers = {"WebHook-Request-Origin": origin}
    answer = await console.client.options("/intake/push/events", headers=headers)

    assert answer.status_code == 400
    assert "webhook-allowed-origin" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("kind", ["webhook", "events", "mentions"])
async def test_an_unknown_source_names_those_there_are(open_console, kind):
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, kind, lines(LINE), BEARER, source="pusk")

    assert (answer.status_code, error(answer)["code"]) == (404, "unknown_source")
    assert "configured: push" in error(answer)["message"]


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        pytest.param("", {}, "no mention", id="nothing"),
        pytest.param("\n\n  \n", {}, "no mention", id="blank lines"),
        pytest.param("[]", JSON, "no mention", id="an empty list"),
        pytest.param("{", JSON, "not JSON", id="half a value"),
        pytest.param(b"\xff\xfe", JSON, "not UTF-8", id="no UTF-8"),
        pytest.param("[" * 100_000, JSON, "not JSON", id="a hundred thousand brackets"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_whole(open_console, body, headers, words):
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "mentions", body, BEARER | headers)

        assert answer.status_code == 400
        assert words in error(answer)["message"]
        assert console.runner.batches == []


@pytest.mark.parametrize("body", ["{}", "[]", "1", "null", '{"data": 1}', '{"data": []}', "\ufeff"])
async def test_a_signed_body_that_is_no_envelope_is_refused(open_console, body):
    async with open_console(webhook_secrets=(SECRET,)) as console:
        answer = await push(console, "webhook", body, signed(body))

    assert answer.status_code == 400


async def test_lines_of_other_encodings_are_dead_letters_of_their_own(open_console):
    body = json.dumps(LINE).encode() + b'\n{"text": "caf\xe9"}\n' + b"\x00\x01\n" + b"[" * 3000
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "mentions", body, BEARER)

    assert answer.json()["accepted"] == 1
    assert [letter["line"] for letter in answer.json()["dead_letters"]] == [2, 3, 4]
    assert "not UTF-8" in answer.json()["dead_letters"][0]["reason"]


class Endless:
    """A body that never ends, and counts what was taken of it."""

    def __init__(self):
        self.given = 0

    async def __aiter__(self):
        while True:
            self.given += 1 << 16
            yield b"x" * (1 << 16)


async def test_an_endless_body_is_refused_at_the_limit_and_not_held(open_console):
    body = Endless()
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "mentions", body, BEARER)

    assert (answer.status_code, error(answer)["code"]) == (413, "too_large")
    assert body.given <= LONGEST_BODY + (2 << 16)


async def test_a_value_nested_deeper_than_can_be_written_again_is_set_aside(open_console):
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "mentions", "[" * 600 + "]" * 600, BEARER | JSON)

    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    assert "a mention is a JSON object" in answer.json()["dead_letters"][0]["reason"]


async def test_a_broken_event_nested_deeper_than_can_be_written_again_is_refused(open_console):
    body = '{"data": ' + "[" * 600 + "]" * 600 + "}"
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "events", body, BEARER | STRUCTURED)

    assert (answer.status_code, error(answer)["code"]) == (400, "unreadable")
    assert error(answer)["message"] == "nested deeper than 254 levels"


async def test_a_packed_body_is_refused_and_not_set_aside_as_garbage(open_console):
    async with open_console(api_token=TOKEN) as console:
        headers = BEARER | {"Content-Encoding": "gzip"}
        answer = await push(console, "mentions", b"\x1f\x8b", headers)

    assert (answer.status_code, error(answer)["code"]) == (415, "unsupported_media_type")
    assert "'gzip'" in error(answer)["message"]


async def test_a_body_declared_too_long_is_refused_unread(open_console):
    body = Endless()
    async with open_console(api_token=TOKEN) as console:
        headers = BEARER | {"Content-Length": str(LONGEST_BODY + 1)}
        answer = await push(console, "mentions", body, headers)

    assert answer.status_code == 413
    assert "5 MiB" in error(answer)["message"]
    assert body.given == 0


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param("1\n" * (MOST_INPUTS + 1), {}, id="lines"),
        pytest.param("[" + "1," * MOST_INPUTS + "1]", JSON, id="a list"),
    ],
)
async def test_too_many_inputs_are_refused(open_console, body, headers):
    async with open_console(api_token=TOKEN) as console:
        answer = await push(console, "mentions", body, BEARER | headers)

    assert answer.status_code == 413
    assert str(MOST_INPUTS) in error(answer)["message"]


async def test_a_caller_beyond_the_rate_is_told_when_to_come_back(open_console):
    async with open_console(api_token=TOKEN, rate=0.5, burst=2) as console:
        for _ in range(2):
            assert (await push(console, "mentions", lines(LINE), BEARER)).status_code == 202
        answer = await push(console, "mentions", lines(LINE), BEARER)

        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
        told = error(answer)
        assert (told["code"], told["retry_after"]) == ("rate_exceeded", 2)
        assert told["limit"] == {"per_second": 0.5, "burst": 2}

        console.clock.advance(timedelta(seconds=2))
        assert (await push(console, "mentions", lines(LINE), BEARER)).status_code == 202


async def test_guessing_signatures_meets_the_rate_too(open_console):
    async with open_console(webhook_secrets=(SECRET,), rate=0.1, burst=3) as console:
        found = [(await push(console, "webhook", BODY)).status_code for _ in range(5)]

    assert found == [401, 401, 401, 429, 429]


async def test_a_full_queue_says_so(open_console):
    async with open_console(api_token=TOKEN, is_read=False, capacity=1) as console:
        first = asyncio.create_task(push(console, "mentions", lines(LINE), BEARER))
        await console.intake.offered.wait()
        answer = await push(console, "mentions", lines({**LINE, "text": "two"}), BEARER)
        console.intake.close()
        await first

    assert (answer.status_code, error(answer)["code"]) == (429, "queue_full")
    assert answer.headers["retry-after"] == "5"
    assert "at most 1 may" in error(answer)["message"]


async def test_what_waits_when_the_engine_stops_is_to_be_sent_again(open_console):
    async with open_console(api_token=TOKEN, is_read=False) as console:
        waiting = asyncio.create_task(push(console, "mentions", lines(LINE), BEARER))
        await console.intake.offered.wait()
        console.parts.stopping.set()
        console.intake.close()
        for answer in (await waiting, await push(console, "mentions", lines(LINE), BEARER)):
            assert (answer.status_code, error(answer)["code"]) == (503, "stopping")
            assert "retry-after" in answer.headers


async def test_a_store_that_takes_too_long_is_not_waited_for_for_ever(open_console):
    async with open_console(api_token=TOKEN, is_read=False, store_within=timedelta(0)) as console:
        answer = await push(console, "mentions", lines(LINE), BEARER)

    assert (answer.status_code, error(answer)["code"]) == (503, "not_stored_yet")


async def test_no_secret_reaches_the_log(open_console, capsys, caplog):
    async with open_console(api_token=TOKEN, webhook_secrets=(SECRET,)) as console:
        console.reads.failure = RuntimeError("no database")
        await push(console, "webhook", BODY, signed(BODY, secret=OTHER) | BEARER)
        await push(console, "mentions", lines(LINE), {"Authorization": "Bearer wrong-token"})
        await console.client.get("/api/v1/mentions", headers=BEARER)

    said = "".join(capsys.readouterr()) + caplog.text
    for secret in (TOKEN, SECRET, OTHER, "wrong-token"):
        assert secret not in said
