"""How closely an author came to one of our accounts: what decides whether we may answer."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.policy.platform import Reach

if TYPE_CHECKING:
    from engine.account import Account
    from engine.mention import Mention
    from engine.sending import SendLedger

# A handle as texts hold it: `@acme`, `@acme@mastodon.example`, `@acme.bsky.social`; no part of a
# mail address.
_HANDLE = re.compile(r"(?<![\w@.])@\w[\w.-]*(?:@[\w.-]+)?")
_ENGAGING_KINDS = frozenset({"comment", "review", "message"})
# How long after our post an answer to it counts as one: what is older has no place in the ledger's
# quick part, and is taken for no engagement.
_ANSWERED_WITHIN = timedelta(days=7)


async def standing_of(mention: Mention, account: Account | None, ledger: SendLedger) -> Reach:
    """Return the narrowest circle that a mention's author belongs to; `ANYONE` for a stranger.

    Args:
        account: The one that would answer; None where none would.
        ledger: Knows which posts are ours.
    """
    if mention.kind == "message" or (account is not None and names(mention.text, account)):
        return Reach.ADDRESSED
    if mention.kind in _ENGAGING_KINDS:
        return Reach.ENGAGED
    if account is None or mention.in_reply_to is None:
        return Reach.ANYONE
    ours = await ledger.since(
        mention.published_at - _ANSWERED_WITHIN, kind="reply", account=f"account:{account.name}"
    )
    is_answer = any(one.remote_id == mention.in_reply_to for one in ours)
    return Reach.ENGAGED if is_answer else Reach.ANYONE


def names(text: str, account: Account) -> bool:
    """Say whether a text holds an account's handle.

    A name without a domain counts wherever it was read: platforms show the handles of other servers
    so. One with another domain than the account's does not.
    """
    if not account.handle:
        return False
    name, _, host = account.handle.lstrip("@").casefold().partition("@")
    host = host or (urlsplit(account.base_url).hostname or "")
    for found in _HANDLE.findall(text.casefold()):
        its_name, _, its_host = found[1:].rstrip(".-").partition("@")
        if its_name == name and its_host in ("", host):
            return True
    return False
