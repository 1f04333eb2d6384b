"""What platforms' headers leave to us, each read as its platform writes it."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.actions.http_answer import Answer
from engine.actions.rate_headers import READERS, RateListener, allowance
from engine.errors import RecoverableActionError
from engine.receiving import Allowance
from engine.testing import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
APP = '{"call_count":28,"total_time":25,"total_cputime":31}'
BUSINESS = '{"42":[{"type":"ads_management","call_count":%d,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":%d}]}'
AD_ACCOUNT = '{"acc_id_util_pct":99.2,"reset_time_duration":100,"ads_api_access_tier":"x"}'


@pytest.mark.parametrize(
    ("platform", "headers", "left"),
    [
        pytest.param(
            "mastodon",
            {
                "X-RateLimit-Limit": "300",
                "X-RateLimit-Remaining": "12",
                "X-RateLimit-Reset": "2026-03-02T12:05:00.123456Z",
            },
            Allowance(12, NOON + timedelta(minutes=5, microseconds=123456)),
            id="Mastodon writes an instant",
        ),
        pytest.param(
            "mastodon",
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOON.timestamp()) + 60)},
            Allowance(0, NOON + MINUTE),
            id="or seconds since 1970",
        ),
        pytest.param(
            "x",
            {"x-rate-limit-remaining": "449", "x-rate-limit-reset": str(int(NOON.timestamp()))},
            Allowance(449, NOON),
            id="X writes seconds",
        ),
        pytest.param(
            "github",
            {"x-ratelimit-remaining": "1", "x-ratelimit-reset": str(int(NOON.timestamp()) + 9)},
            Allowance(1, NOON + timedelta(seconds=9)),
            id="GitHub writes seconds",
        ),
        pytest.param("slack", {"Retry-After": "30"}, Allowance(0, NOON + MINUTE / 2), id="Slack"),
        pytest.param("slack", {}, None, id="Slack says nothing until it refuses"),
        pytest.param(
            "meta_ads",
            {"X-App-Usage": APP},
            Allowance(69, NOON + HOUR),
            id="the largest percentage",
        ),
        pytest.param(
            "meta_ads",
            {"X-App-Usage": APP, "X-Business-Use-Case-Usage": BUSINESS % (97, 0)},
            Allowance(3, NOON + HOUR),
            id="the scarcest of Meta's headers",
        ),
        pytest.param(
            "meta_ads",
            {"X-Business-Use-Case-Usage": BUSINESS % (100, 19)},
            Allowance(0, NOON + 19 * MINUTE),
            id="minutes until Meta lets us in again",
        ),
        pytest.param(
            "meta_ads",
            {"X-Ad-Account-Usage": AD_ACCOUNT, "X-App-Usage": APP},
            Allowance(0, NOON + timedelta(seconds=100)),
            id="an ad account's own limit counts in seconds",
        ),
        pytest.param("elsewhere", {"Retry-After": "3"}, None, id="a platform nobody knows"),
    ],
)
def test_what_headers_leave(platform, headers, left):
    assert allowance(platform, httpx.Headers(headers), now=NOON) == left


@given(
    platform=st.sampled_from(sorted(READERS)),
    name=st.sampled_from(["x-ratelimit-remaining", "x-app-usage", "x-business-use-case-usage"]),
    value=st.text(max_size=40)
    | st.sampled_from(['{"call_count":1e999}', '{"call_count":true}', '{"1":[1]}', "-1", "NaN"]),
    reset=st.text(max_size=20) | st.integers(0, 10**14).map(str),
)
def test_no_header_breaks_the_reader_and_nobody_waits_longer_than_a_day(
    platform, name, value, reset
):
    headers = {name: value, "x-ratelimit-reset": reset, "retry-after": value}
    found = allowance(platform, headers, now=NOON)
    assert found is None or (found.remaining >= 0 and found.resets_at <= NOON + timedelta(days=1))


class Book:
    def __init__(self):
        self.said = []

    def heard(self, account, allowance):
        self.said.append((account, allowance))


def test_a_listener_tells_the_book_and_lets_a_success_pass():
    book = Book()
    listener = RateListener("account:ads", "meta_ads", NOON, book)
    listener.heard(Answer(200, httpx.Headers({"X-App-Usage": APP}), b""))
    assert book.said == [("account:ads", Allowance(69, NOON + HOUR))]


def test_a_refusal_waits_for_the_reset_where_no_time_is_named():
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-03-02T12:03:00Z"}
    listener = RateListener("account:care", "mastodon", NOON)
    with pytest.raises(RecoverableActionError, match="429") as caught:
        listener.heard(Answer(429, httpx.Headers(headers), b'{"error":"Too many requests"}'))
    assert caught.value.retry_after == 3 * MINUTE


def test_a_refusal_that_names_a_time_is_taken_at_its_word():
    headers = {
        "Retry-After": "7",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "2026-03-02T12:03:00Z",
    }
    with pytest.raises(RecoverableActionError) as caught:
        RateListener("account:care", "mastodon", NOON).heard(
            Answer(429, httpx.Headers(headers), b"")
        )
    assert caught.value.retry_after == timedelta(seconds=7)
