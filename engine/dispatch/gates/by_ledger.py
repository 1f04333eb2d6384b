"""The gates that share one question to the ledger, made from the settings' section ``limits``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from engine.dispatch.gates.bot_loop import BotLoopGate
from engine.dispatch.gates.caps import Caps, CapsGate
from engine.dispatch.gates.duplicate import DuplicateGate, Repetition
from engine.dispatch.gates.mention_changed import MentionChangedGate
from engine.dispatch.gates.opt_out import OptOutGate
from engine.dispatch.gates.quiet_hours import QuietHoursGate
from engine.dispatch.recall import Recall
from engine.sending import Cap, Reach

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from datetime import timedelta
    from typing import Protocol

    from engine.dispatch.gates.chain import Gate
    from engine.mention import Mention
    from engine.ports import OutboxItem
    from engine.sending import SendLedger
    from engine.settings_limits import LimitSettings

    class _Limit(Protocol):
        @property
        def most(self) -> int: ...

        @property
        def within(self) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class LedgerGates:
    """The gates that ask the ledger, to be put in their places.

    Attributes:
        quiet_hours: None where there are none.
    """

    bot_loop: Gate
    opt_out: Gate
    mention_changed: Gate
    duplicate: Gate
    caps: Gate
    quiet_hours: Gate | None


def ledger_gates(
    limits: LimitSettings,
    ledger: SendLedger,
    *,
    account_of: Callable[[OutboxItem], str],
    mentions: Callable[[Sequence[str]], Awaitable[Mapping[str, Mention]]],
    own_handles: Callable[[], Collection[str]] = tuple,
) -> LedgerGates:
    """Return the gates that the settings ask for; they share one question to the ledger.

    Args:
        account_of: Through what an action goes, as `Receiver.account` says.
        mentions: Stored mentions by id.
        own_handles: Of our accounts and brands.
    """
    caps = Caps(
        account=_cap(limits.caps.account),
        author=_cap(limits.caps.author),
        thread=_cap(limits.caps.thread),
        rule=_cap(limits.caps.rule),
    )
    loop = Cap(limits.bot_loop.rounds, limits.bot_loop.within)
    again = limits.duplicates
    repetition = Repetition(again.likeness, again.within, Cap(again.authors, again.authors_within))
    near = max(caps.author.within, caps.thread.within, loop.within, again.within)
    reach = Reach(near, caps.account, caps.rule, again.authors_within)
    recall = Recall(ledger, account_of, reach)
    quiet, hours = limits.quiet_hours, limits.quiet_hours.hours
    return LedgerGates(
        bot_loop=BotLoopGate(recall, loop, mentions),
        opt_out=OptOutGate(recall, own_handles),
        mention_changed=MentionChangedGate(recall),
        duplicate=DuplicateGate(recall, repetition),
        caps=CapsGate(recall, caps),
        quiet_hours=None if hours is None else QuietHoursGate(hours, ZoneInfo(quiet.time_zone)),
    )


def _cap(limit: _Limit) -> Cap:
    return Cap(limit.most, limit.within)
