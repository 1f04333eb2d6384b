"""Whether an account's platform lets it in, and knows it as the settings do. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.actions.http_answer import json_object
from engine.actions.reply.mastodon_api import MastodonApi
from engine.errors import ActionError

if TYPE_CHECKING:
    from datetime import datetime

    from engine.account import Account
    from engine.actions.http import HttpClient

# Source: developers.facebook.com, docs/marketing-api/reference/ad-account, account_status.
_AD_ACCOUNT_ACTIVE = 1


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of asking.

    Attributes:
        faults: What keeps the account from doing what the settings say; empty when it is fine.
        found: Who the platform says it is; empty where it did not answer.
        is_labelled: Whether its profile bears the label of automated accounts; None where the
            platform has none, or did not answer.
    """

    account: str
    platform: str
    found: str = ""
    is_labelled: bool | None = None
    faults: tuple[str, ...] = ()


async def check_account(account: Account, client: HttpClient, *, now: datetime) -> Checked:
    """Ask an account's platform who its token stands for."""
    ask = _check_mastodon if account.platform == "mastodon" else _check_ad_account
    try:
        return await ask(account, client, now)
    except ActionError as error:
        return Checked(account.name, account.platform, faults=(str(error),))


async def _check_mastodon(account: Account, client: HttpClient, now: datetime) -> Checked:
    me = await MastodonApi(account, client).me(now=now)
    faults = []
    wanted = (account.handle or "").removeprefix("@").partition("@")[0]
    if me.acct.partition("@")[0].lower() != wanted.lower():
        faults.append(f"the token stands for @{me.acct}, the settings say {account.handle}")
    if account.account_id not in (None, me.id):
        faults.append(f"its id is {me.id}, the settings say {account.account_id}")
    if account.is_automated and not me.is_bot:
        faults.append("the settings say is_automated, and its profile lacks the label")
    return Checked(account.name, account.platform, f"@{me.acct}", me.is_bot, tuple(faults))


async def _check_ad_account(account: Account, client: HttpClient, now: datetime) -> Checked:
    named = account.settings["ad_account"]
    answer = await client.request(
        "GET",
        f"{account.base_url}/{named}",
        query={"fields": "id,name,currency,account_status"},
        headers={"authorization": f"Bearer {account.token}"},
        now=now,
    )
    found: dict[str, Any] = json_object(answer, is_repeatable=True)
    faults = []
    if found.get("id") != named:
        faults.append(f"the answer is about {found.get('id')!r}, not {named}")
    if found.get("currency") != account.settings["currency"]:
        said = account.settings["currency"]
        faults.append(f"its currency is {found.get('currency')!r}, the settings say {said}")
    if found.get("account_status") != _AD_ACCOUNT_ACTIVE:
        faults.append(f"it is not active: status {found.get('account_status')!r}")
    name = str(found.get("name") or named)
    return Checked(account.name, account.platform, name, faults=tuple(faults))
