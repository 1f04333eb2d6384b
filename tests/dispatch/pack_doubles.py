"""People's verdicts by hand, accounts, and replies: for tests of the gates of the packs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ledger import MemoryLedger

from engine.account import Account
from engine.dispatch.attempt import make_send
from engine.dispatch.gates.pack_facts import PackFacts
from engine.policy import read_platform_packs
from engine.testing import NOON, mention, planned
from engine.verdict import Judgement, Verdict

PACKS, _ = read_platform_packs(Path(__file__).parents[2] / "rules" / "platforms")
HOSTS = {"mastodon": "https://social.example", "bluesky": "https://bsky.social"}


@dataclass
class World:
    """What the gates of the packs look at, and may be changed between two looks."""

    packs: dict = field(default_factory=lambda: dict(PACKS))
    accounts: list = field(default_factory=list)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    said: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)

    @property
    def facts(self):
        return PackFacts(lambda: self.packs, self.accounts, self.ledger, self._verdicts)

    async def _verdicts(self, action_id):
        self.asked.append(action_id)
        return self.said.get(action_id, [])

    def approve(self, item, judgement=Judgement.APPROVED, **fields):
        """Let a person judge an action."""
        self.said.setdefault(item.action.id, []).append(
            Verdict(item.action.id, judgement, "lea", NOON, **fields)
        )

    async def send(self, item, at):
        """Send an action, as far as the ledger is concerned."""
        account = next(
            (f"account:{one.name}" for one in self.accounts if one.source == item.mention.source),
            "account:none",
        )
        await self.ledger.reserve(make_send(item, account, at=at))


def account(platform, **fields):
    """An account of ours that asserts all there is to assert."""
    fields.setdefault("base_url", HOSTS.get(platform, "https://api.example"))
    fields.setdefault("handle", "@acme")
    fields.setdefault("is_automated", True)
    fields.setdefault("settings", {"permission": True})
    return Account(
        name=f"{platform}-care", platform=platform, source=fields.pop("source", platform), **fields
    )


def world_of(*platforms, **fields):
    """A world with one account a platform."""
    return World(accounts=[account(one, **fields) for one in platforms])


def reply(source, text="We are sorry", *, number=1, language="en", deed="reply", **fields):
    """A reply to a mention that names us; `fields` are the mention's."""
    fields.setdefault("id", f"m{number}")
    said = mention(fields.pop("said", "hello @acme"), source=source, **fields)
    params = {"text": text, "language": language, "channel": source}
    return planned(deed, number=number, params=params, mention=said)


async def judged(gate, item, now=NOON):
    """What one gate says of one action: None where it may go."""
    passage = await gate([item], now=now)
    assert len(passage.kept) + len(passage.held) == 1
    assert not passage.kept or passage.kept[0] is item
    return passage.held[0] if passage.held else None


def local(text):
    """An instant as written, with its offset, as aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
