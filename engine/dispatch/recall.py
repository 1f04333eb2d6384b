"""What the gates ask the ledger about an action, asked once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.dispatch.fingerprint import fingerprint
from engine.sending import Send, author_key, thread_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine.ports import OutboxItem
    from engine.sending import Past, Reach, SendLedger


@dataclass(frozen=True, slots=True)
class Recalled:
    """An action as it would stand in the ledger, and what stands there that bears on it."""

    send: Send
    past: Past


class Recall:
    """Asks the ledger about one action at a time.

    The answer to the latest question is kept, for the gates that stand one behind the other: they
    are asked within one turn of the ledger, in which nobody else reserves.

    Args:
        account_of: Through what an action goes, as `Receiver.account` says.
    """

    def __init__(
        self, ledger: SendLedger, account_of: Callable[[OutboxItem], str], reach: Reach
    ) -> None:
        self._ledger = ledger
        self._account_of = account_of
        self._reach = reach
        self._latest: tuple[OutboxItem, datetime, Recalled] | None = None

    async def __call__(self, item: OutboxItem, now: datetime) -> Recalled:
        """Return what bears on an action about to be sent now.

        Raises:
            PermanentActionError: Nothing that could send it is set up.
        """
        if self._latest is not None:
            known, at, found = self._latest
            if known is item and at == now:
                return found
        send = make_send(item, self._account_of(item), now)
        past = await self._ledger.past(send, item.mention, reach=self._reach)
        found = Recalled(send, past)
        self._latest = (item, now, found)
        return found


def make_send(item: OutboxItem, account: str, at: datetime) -> Send:
    """Return an action as the ledger is to remember it.

    Args:
        account: As `Receiver.account` says.
        at: Aware UTC: when its sending begins.
    """
    mention, text = item.mention, item.action.params.get("text")
    author = mention.author
    addressed = [name for name in (author.name, author.handle) if name]
    return Send(
        action_id=item.action.id,
        kind=item.action.kind,
        account=account,
        source=mention.source,
        brand=mention.brand,
        author=author_key(mention),
        thread=thread_key(mention),
        mention=mention.id,
        policy=item.policy,
        rule=item.rule,
        at=at,
        fingerprint=fingerprint(text, addressed) if isinstance(text, str) else (),
    )
