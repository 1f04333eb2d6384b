"""What the tests of advertisements share: an account, actions, a receiver on a ledger."""

from __future__ import annotations

from contextlib import asynccontextmanager
from decimal import Decimal

from engine.account import Account
from engine.actions.ads.meta import MetaAdsReceiver
from engine.actions.http import HttpClient
from engine.budget_guard import BudgetLimits
from engine.changes import Change
from engine.errors import RecoverableActionError, UnconfirmedActionError
from engine.testing import NOON, planned
from tests.platforms.meta_ads_server import ACCOUNT, TOKEN, VERSION, MetaAds

FREE = BudgetLimits(Decimal(100), Decimal(1000), objects=1000, changes=100_000, floor=1)


class Book:
    """Keeps what is said of limits."""

    def __init__(self):
        self.said = []

    def heard(self, account, allowance):
        self.said.append((account, allowance))


def account(url, name="main", **fields):
    settings = {"ad_account": ACCOUNT, "currency": "EUR", "tags": {"brand": ["1", "2"]}}
    known = {"platform": "meta_ads", "source": "meta_ads", "token": TOKEN, "settings": settings}
    return Account(name, base_url=f"{url}{VERSION}", **{**known, **fields})


def ads(number=1, do="pause", select=None, **more):
    """An `ads` action; ``by``, ``terms`` and ``restore`` are its parameters."""
    attempts = {"mention": more.pop("mention")} if "mention" in more else {}
    params = {"do": do, "select": select or {"tag": ["brand"]}, "restore": "on_resolve", **more}
    return planned("ads", number=number, params=params, **attempts)


def restore_of(item, number=1000):
    params = {**item.action.params, "do": "restore", "undoes": item.action.id}
    return planned("ads", number=number + int(item.action.id, 16), params=params)


def begun(item, name):
    """What the ledger holds once a pause is begun and the engine dies before it is made."""
    place = {"account": "account:main", "object": name, "field": "status"}
    return Change(item.action.id, before="ACTIVE", after="PAUSED", at=NOON, **place)


def world():
    """Three campaigns of the tag or not, one of which has its budget on its ad sets."""
    server = MetaAds()
    server.campaign("1", "Spring", daily_budget=2000)
    server.campaign("2", "Brakes", ad_sets=(("21", 1000), ("22", 501)))
    server.campaign("3", "Winter", daily_budget=900, status="PAUSED")
    return server


@asynccontextmanager
async def running(server, ledger, *, limits=FREE, book=None, accounts=None):
    """A receiver that reaches the server, which must have nothing to complain of at the end."""
    async with server.listening(), HttpClient() as client:
        mine = [account(server.url)] if accounts is None else accounts(server.url)
        yield MetaAdsReceiver(mine, client, ledger, limits=limits, book=book)
    assert server.complaints == []


async def carried_out(receiver, item, *, tries=12, now=NOON):
    """Send until it has taken effect, as the dispatcher does; return the receipt."""
    for left in range(tries, 0, -1):
        try:
            return await receiver.send(item, now=now)
        except (RecoverableActionError, UnconfirmedActionError):
            if left == 1:
                raise
    return None
