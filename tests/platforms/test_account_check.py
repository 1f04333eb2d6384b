"""Whether accounts are what the settings say, asked of their platforms."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from engine.account import Account
from engine.actions.account_check import check_account
from engine.actions.http import HttpClient
from engine.testing import NOON

ADS = Account(
    "ads",
    "meta_ads",
    "meta_ads",
    "https://graph.example/v26.0",
    settings={"ad_account": "act_1", "currency": "EUR", "tags": {}},
    token="t0ken",
)
GOOD = {"id": "act_1", "name": "Acme", "currency": "EUR", "account_status": 1}


async def test_a_label_that_is_promised_and_missing_is_a_fault(mastodon, care, client):
    mastodon.me["bot"] = False
    found = await check_account(care, client, now=NOON)
    assert (found.is_labelled, found.faults) == (False, ())
    found = await check_account(replace(care, is_automated=True), client, now=NOON)
    assert found.faults == ("the settings say is_automated, and its profile lacks the label",)


async def test_another_id_is_a_fault_and_a_handle_may_name_its_server(mastodon, care, client):
    found = await check_account(
        replace(care, account_id="9", handle="@Acme@m.example"), client, now=NOON
    )
    assert found.faults == ("its id is 1, the settings say 9",)


@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        pytest.param(GOOD, [], id="as set up"),
        pytest.param(
            GOOD | {"currency": "USD"},
            ["its currency is 'USD', the settings say EUR"],
            id="another currency",
        ),
        pytest.param(GOOD | {"account_status": 2}, ["it is not active: status 2"], id="disabled"),
        pytest.param(
            GOOD | {"id": "act_2"}, ["the answer is about 'act_2', not act_1"], id="another account"
        ),
    ],
)
async def test_an_ad_account_is_compared(answer, faults):
    asked = []

    def keep(request):
        asked.append(request)
        return httpx.Response(
            200, stream=httpx.ByteStream(httpx.Response(200, json=answer).content)
        )

    async with HttpClient(transport=httpx.MockTransport(keep)) as client:
        found = await check_account(ADS, client, now=NOON)
    assert list(found.faults) == faults
    assert (found.found, found.is_labelled) == ("Acme", None)
    [request] = asked
    assert request.url.path == "/v26.0/act_1"
    assert request.headers["authorization"] == "Bearer t0ken"
    assert "t0ken" not in str(request.url)


async def test_a_platform_out_of_reach_is_a_fault(care, client):
    found = await check_account(replace(care, base_url="http://127.0.0.1:9"), client, now=NOON)
    assert found.found == ""
    assert "cannot be reached" in found.faults[0]
