"""Builders for the gates' tests: replies about mentions, and sends that went before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.dispatch.gates.by_ledger import ledger_gates
from engine.dispatch.recall import make_send
from engine.settings_limits import LimitSettings
from engine.testing import NOON, mention, planned

ACCOUNT = "account:acme"
SORRY = "We are sorry for the trouble and are looking into it right now."
THANKS = "Thank you for the kind words, they made the day of our whole workshop."
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def answer(number=1, *, text=SORRY, kind="reply", rule="angry", about=None, **fields):
    """An action number ``number`` about the mention of that number, by its own author by default."""
    fields.setdefault("author_id", f"author-{number}")
    fields.setdefault("handle", None)
    of = about or mention(external_id=str(number), **fields)
    params = {"text": text} if kind == "reply" else {}
    return replace(planned(kind, number=number, params=params, mention=of), rule=rule)


def sent(item, ago, *, now=NOON, account=ACCOUNT, remote_id=None):
    """What the ledger holds of an action that was sent some time ago."""
    return replace(make_send(item, account, now - ago), remote_id=remote_id)


def gates(ledger, *, known=(), account=ACCOUNT, own_handles=(), **limits):
    """The gates that ask a ledger; ``known`` are the stored mentions."""
    by_id = {one.id: one for one in known}

    async def mentions(ids):
        return {one: by_id[one] for one in ids if one in by_id}

    settings = LimitSettings.model_validate(limits)
    return ledger_gates(
        settings,
        ledger,
        account_of=lambda _: account,
        mentions=mentions,
        own_handles=lambda: own_handles,
    )


async def verdict(gate, item, now=NOON):
    """The one way an action was held back; None where it may go."""
    passage = await gate([item], now=now)
    assert len(passage.kept) + len(passage.held) == 1
    return passage.held[0] if passage.held else None
