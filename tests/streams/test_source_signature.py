from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from engine.errors import ConfigError
from engine.testing import NOON
from streams.sources.signature import SignatureError, verify_standard_webhook

OLD = "whsec_" + base64.b64encode(b"an old secret of twenty-four").decode()
NEW = "whsec_" + base64.b64encode(b"the secret that replaces it!").decode()
BODY = '{"text": "café"}'


def signed(secret=OLD, *, body=BODY, at=NOON, key="msg_1"):
    return {
        "webhook-id": key,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(key, at, body),
    }


def verify(headers, *, secrets=(OLD,), body=BODY, now=NOON):
    return verify_standard_webhook(secrets, headers, body.encode(), now=now)


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        pytest.param(signed(), [OLD], id="plain"),
        pytest.param(signed(), [NEW, OLD], id="old-secret-while-rotating"),
        pytest.param(signed(NEW), [NEW, OLD], id="new-secret-while-rotating"),
        pytest.param(signed(), [OLD.removeprefix("whsec_")], id="secret-without-prefix"),
        pytest.param(signed(), [OLD.rstrip("=")], id="secret-without-padding"),
        pytest.param(
            {name.title(): value for name, value in signed().items()}, [OLD], id="names-in-any-case"
        ),
        pytest.param(
            {**signed(), "webhook-signature": "v1a,xx v1,eHg= " + signed()["webhook-signature"]},
            [OLD],
            id="one-of-several",
        ),
    ],
)
def test_what_the_library_signed_is_taken(headers, secrets):
    assert verify(headers, secrets=secrets) == "msg_1"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        pytest.param({}, "all needed", id="no-headers"),
        pytest.param({**signed(), "webhook-id": ""}, "all needed", id="empty-id"),
        pytest.param({**signed(), "webhook-id": "msg_2"}, "no v1 signature", id="other-id"),
        pytest.param(signed(NEW), "no v1 signature", id="other-secret"),
        pytest.param(signed(body="{}"), "no v1 signature", id="other-body"),
        pytest.param(
            {**signed(), "webhook-signature": signed()["webhook-signature"].replace("v1", "v2")},
            "no v1",
            id="other-version",
        ),
        pytest.param({**signed(), "webhook-signature": "v1"}, "no v1", id="no-comma"),
        pytest.param({**signed(), "webhook-signature": "v1,\u00e9\u00e9"}, "no v1", id="no-ascii"),
        pytest.param(
            {**signed(), "webhook-signature": "v1,eHg= " * 20 + signed()["webhook-signature"]},
            "no v1",
            id="too-many",
        ),
        pytest.param({**signed(), "webhook-timestamp": "now"}, "whole seconds", id="no-number"),
        pytest.param(
            {**signed(), "webhook-timestamp": "1772452800.5"}, "whole seconds", id="a-fraction"
        ),
        pytest.param(
            {**signed(), "webhook-timestamp": "9" * 30}, "whole seconds", id="far-too-large"
        ),
        pytest.param(
            {**signed(), "webhook-timestamp": "99999999999"}, "after our clock", id="next-age"
        ),
    ],
)
def test_anything_else_is_refused(headers, said):
    with pytest.raises(SignatureError, match=said):
        verify(headers)


@pytest.mark.parametrize(
    ("away", "is_taken"),
    [(-301, False), (-300, True), (0, True), (300, True), (301, False)],
)
def test_five_minutes_either_way(away, is_taken):
    headers = signed(at=NOON + timedelta(seconds=away))
    if is_taken:
        assert verify(headers)
    else:
        with pytest.raises(SignatureError, match=r"301 s (before|after) our clock"):
            verify(headers)


@pytest.mark.parametrize(
    "secrets",
    [
        pytest.param([], id="none"),
        pytest.param([""], id="empty"),
        pytest.param(["whsec_"], id="prefix-alone"),
        pytest.param(["whsec_c2hvcnQ="], id="too-short"),
        pytest.param(["whsec_é"], id="no-ascii"),
        pytest.param(["a pass phrase of many words, not base64"], id="a-pass-phrase"),
    ],
)
def test_a_secret_is_needed(secrets):
    with pytest.raises(ConfigError, match="secret"):
        verify(signed(), secrets=secrets)


HEADERS = st.dictionaries(
    st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]),
    st.text(max_size=30) | st.integers(0, 2 * 10**9).map(str) | st.text().map("v1,".__add__),
)


@given(HEADERS, st.binary(max_size=50))
def test_no_forgery_passes_and_none_raises_anything_else(headers, body):
    with pytest.raises(SignatureError):
        verify_standard_webhook([OLD], headers, body, now=NOON)
