"""Answers in public: the account that answers a mention's source, and its platform's adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.account import answering
from engine.actions.reply.mastodon import MastodonReply
from engine.actions.reply.mastodon_api import MastodonApi
from engine.errors import PermanentActionError
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.account import Account
    from engine.actions.http import HttpClient
    from engine.ports import OutboxItem, Receiver
    from engine.receiving import RateBook

    Prepare = Callable[[OutboxItem, Account], str]

REPLY_KINDS = frozenset({"reply", "hide"})


def text_of(item: OutboxItem, account: Account) -> str:
    """Return what an action wants said, as it was planned: the usual way to prepare a reply."""
    del account
    return str(item.action.params.get("text", ""))


class ReplyReceivers:
    """Finds who answers a mention.

    Args:
        accounts: Ours, in the order in which they are asked.
        prepare: Makes the whole text of a reply, such as with a disclosure at its end. The same
            item has to give the same text, or a reply could not be recognised when read back.
        book: Is told what platforms say of their limits.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        client: HttpClient,
        *,
        prepare: Prepare = text_of,
        book: RateBook | None = None,
    ) -> None:
        self._accounts = tuple(one for one in accounts if one.platform == "mastodon")
        self._receivers: Mapping[str, Receiver] = {
            one.name: MastodonReply(MastodonApi(one, client, book=book), prepare=prepare)
            for one in self._accounts
        }

    def for_item(self, item: OutboxItem) -> Receiver:
        """Return the receiver of the account that answers an action's mention.

        Raises:
            PermanentActionError: None does; its reason is `Reason.NO_ACCOUNT`.
        """
        account = answering(self._accounts, item.mention)
        if account is None:
            brand = f" for the brand {item.mention.brand!r}" if item.mention.brand else ""
            message = f"no account answers mentions of the source {item.mention.source!r}{brand}"
            raise PermanentActionError(message, reason=Reason.NO_ACCOUNT)
        return self._receivers[account.name]
