"""What the gates of the platform packs judge by, read anew for every action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.account import answering
from engine.approving import standing
from engine.policy.platform import pack_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from engine.account import Account
    from engine.policy.platform import PlatformPack
    from engine.ports import OutboxItem
    from engine.sending import SendLedger
    from engine.verdict import Verdict


@dataclass(frozen=True, slots=True)
class PackFacts:
    """Where packs, accounts, sends and verdicts are found.

    Attributes:
        packs: All packs by id, called for every action: policies may change while the engine runs.
        accounts: Ours, in the order they are asked who answers.
        ledger: What was sent.
        verdicts: What people said of an action, by its id, oldest first.
    """

    packs: Callable[[], Mapping[str, PlatformPack]]
    accounts: Sequence[Account]
    ledger: SendLedger
    verdicts: Callable[[str], Awaitable[Sequence[Verdict]]]

    def account(self, item: OutboxItem) -> Account | None:
        """Return the account that answers an action's mention; None where none does."""
        return answering(self.accounts, item.mention)

    def pack(self, item: OutboxItem) -> PlatformPack | None:
        """Return the pack that an action falls under, as it holds on the account's server."""
        account = self.account(item)
        if account is None:
            return pack_of(self.packs(), item.mention.source)
        found = pack_of(self.packs(), account.platform)
        return None if found is None else found.at(account.base_url)

    async def is_reviewed(self, item: OutboxItem) -> bool:
        """Say whether a person approved an action as it reads now.

        Whether enough people did is the approval gate's to judge.
        """
        return bool(standing(await self.verdicts(item.action.id)).approvers)
