"""Puts the gates in their order, each with what it reads at the moment of sending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.approving import approvals_needed
from engine.decide import cooldown_key
from engine.dispatch.gates.accounts import AccountGate
from engine.dispatch.gates.approval import ApprovalGate
from engine.dispatch.gates.budget import BudgetGate
from engine.dispatch.gates.by_ledger import ledger_gates
from engine.dispatch.gates.channel_exists import ChannelExistsGate
from engine.dispatch.gates.cooldown import CooldownGate, Cooling
from engine.dispatch.gates.halt import HaltGate
from engine.dispatch.gates.length import LengthGate
from engine.dispatch.gates.links import LinksGate
from engine.dispatch.gates.mode import ModeGate
from engine.dispatch.gates.own_account import OwnAccountGate
from engine.dispatch.gates.pack_caps import PackCapsGate
from engine.dispatch.gates.pack_facts import PackFacts
from engine.dispatch.gates.platform import PlatformGate
from engine.dispatch.gates.restore_order import RestoreOrderGate
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from engine.account import Account
    from engine.dispatch.breaker import Breakers
    from engine.dispatch.gates.by_ledger import LedgerGates
    from engine.dispatch.gates.chain import Gate
    from engine.dispatch.pacing import Pacer
    from engine.life.running import Running
    from engine.ports import OutboxItem
    from engine.settings import Settings
    from engine.store import Store


@dataclass(frozen=True, slots=True)
class GateParts:
    """What gates judge by.

    Attributes:
        running: The policies that decide now.
        accounts: Ours.
        account_of: Through what an action goes.
        own_handles: Of our accounts and brands.
    """

    settings: Settings
    store: Store
    running: Running
    accounts: Sequence[Account]
    account_of: Callable[[OutboxItem], str]
    own_handles: Callable[[], Collection[str]]
    pacer: Pacer
    breakers: Breakers

    @property
    def packs(self) -> PackFacts:
        """What the gates of the platform packs judge by."""
        store, running = self.store, self.running
        return PackFacts(
            lambda: running.policies.platforms, self.accounts, store.sends, store.verdicts.of
        )


def build_gates(parts: GateParts) -> tuple[Gate, ...]:
    """Return the gates in the order that `engine.dispatch.gates` gives; the first gives the reason.

    What forbids for good comes before what only makes wait, and what takes a token is the last.
    """
    store, running, packs = parts.store, parts.running, parts.packs
    limits = _of_ledger(parts)
    return (
        HaltGate(store.halts.holding),
        ModeGate(running.mode_of),
        ChannelExistsGate(running.channels),
        RestoreOrderGate(store.restores),
        ApprovalGate(store.verdicts.of, lambda item: needed(parts, item)),
        OwnAccountGate(parts.accounts, parts.own_handles),
        limits.bot_loop,
        limits.opt_out,
        limits.mention_changed,
        limits.duplicate,
        PlatformGate(packs),
        PackCapsGate(packs),
        limits.caps,
        CooldownGate(store.sends, lambda item: cooling(running, item), store.upstream.mentions),
        LengthGate(packs),
        LinksGate(packs),
        BudgetGate(store.changes, parts.settings.ads.limits(), parts.account_of),
        *([] if limits.quiet_hours is None else [limits.quiet_hours]),
        *_of_accounts(parts),
    )


def last_look(parts: GateParts) -> tuple[Gate, ...]:
    """Return what is asked once more after a send is written down.

    What people do while an action is judged: halt, opt out, delete, have somebody forgotten. The
    gates are others than those of `build_gates`, which keep what they were told.
    """
    limits = _of_ledger(parts)
    return (HaltGate(parts.store.halts.holding), limits.opt_out, limits.mention_changed)


def _of_ledger(parts: GateParts) -> LedgerGates:
    return ledger_gates(
        parts.settings.limits,
        parts.store.sends,
        account_of=parts.account_of,
        mentions=parts.store.upstream.mentions,
        own_handles=parts.own_handles,
    )


def _of_accounts(parts: GateParts) -> tuple[Gate, Gate]:
    breakers, pacer = parts.breakers, parts.pacer
    return (
        AccountGate(
            parts.account_of,
            lambda account, now: breakers.ask(account, now=now),
            reason=Reason.BREAKER,
        ),
        AccountGate(
            parts.account_of,
            lambda account, now: pacer.take(account, now=now),
            reason=Reason.PACED,
        ),
    )


def needed(parts: GateParts, item: OutboxItem) -> int:
    """Return how many people have to approve an action, as its rule and risk are now."""
    own = item.action.mode
    return approvals_needed(
        item.action.kind,
        item.action.params,
        [own, parts.running.mode_of(item) or own],
        risk=item.risk or 0.0,
        four_eyes_above=parts.settings.approval.four_eyes_above,
    )


def cooling(running: Running, item: OutboxItem) -> Cooling | None:
    """Return the cooldown of an action's rule as it runs now; None where it has none."""
    rule = running.rule_of(item)
    if rule is None or rule.cooldown is None:
        return None
    return Cooling(rule.cooldown.per, rule.cooldown.every, lambda one: cooldown_key(rule, one))
