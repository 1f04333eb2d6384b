"""A world to act in: the shipped store, gates and dispatcher, a platform, and the truth beside them.

The truth is kept apart from the engine, by what was done to it; `World.check` is asked at the very
moment at which something takes effect on the platform.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from engine.account import Account
from engine.app_gates import GateParts, build_gates, last_look
from engine.decision import Action, ActionState, Decision, Match, Mode, Severity
from engine.dispatch.breaker import Breakers
from engine.dispatch.dispatcher import Dispatcher
from engine.dispatch.pacing import Pacer
from engine.errors import (
    PermanentActionError,
    RecoverableActionError,
    UnconfirmedActionError,
    VerdictError,
)
from engine.life.running import Running
from engine.policy import load_text
from engine.policy.read_platforms import read_platform_packs
from engine.ports import Backoff, Decided, SourceBatch
from engine.receiving import LookedUp
from engine.sending import DELETED, EDITED, UpstreamChange, fold_handle
from engine.settings import Settings
from engine.store import Store
from engine.store.tables import actions
from engine.testing import NOON, ManualClock, mention
from engine.verdict import Judgement

BACKOFF = Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=5), attempts=4)
KEY_LASTS = timedelta(hours=1)
# What befalls a send: whether it takes effect, and what is heard of it.
FATES = {
    "answered": (True, None),
    "refused": (False, PermanentActionError("no")),
    "throttled": (False, RecoverableActionError("slow", retry_after=timedelta(minutes=2))),
    "unreachable": (False, RecoverableActionError("down")),
    "lost before": (False, UnconfirmedActionError("lost")),
    "lost after": (True, UnconfirmedActionError("lost")),
    "broken": (True, KeyError("bug")),
    "crash before": (False, asyncio.CancelledError()),
    "crash after": (True, asyncio.CancelledError()),
}
PACKS = Path(__file__).parents[2] / "rules" / "platforms"
POLICY = """
policy: care
templates:
  sorry: {en: "Sorry, {{ author.handle }}."}
rules:
  - id: angry
    mode: enforce
    when: {text: hello}
    then: [{reply: {template: sorry, approval: none}}]
"""


class Platform:
    """Where replies take effect: by its nature it honours keys, can be read, or neither."""

    is_record_only = False

    def __init__(self, world, nature):
        self.world = world
        self.is_idempotent = "keys" in nature
        self.idempotent_for = KEY_LASTS if self.is_idempotent else None
        self.effects = Counter()
        self.first = {}
        self.fates = []
        if "readable" in nature:
            self.look_up = self._look_up

    def account(self, item):
        del item
        return "account:care"

    async def send(self, item, *, now):
        name = self.fates.pop(0) if self.fates else "answered"
        takes_effect, heard = FATES[name]
        key = item.action.id
        is_known = self.is_idempotent and key in self.first and now - self.first[key] < KEY_LASTS
        if takes_effect and not is_known:
            self.world.check(item)
            self.effects[key] += 1
            self.first[key] = now
        if isinstance(heard, asyncio.CancelledError):
            self.world.crash()
            await asyncio.Event().wait()
        if heard is not None:
            raise heard
        return {"remote_id": f"r-{key}"}

    async def _look_up(self, item, *, now):
        del now
        return LookedUp(is_there=self.effects[item.action.id] > 0)


class World:
    """One engine that acts, and the truth about what it may do."""

    def __init__(self, template, nature, *, without=()):
        self.without = without
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"sqlite:///{self.folder.name}/acting.db"
        shutil.copy(template, f"{self.folder.name}/acting.db")
        self.loop = asyncio.Runner()
        self.clock = ManualClock()
        self.platform = Platform(self, nature)
        self.number = 0
        self.mentions = {}
        self.actions = {}
        self.drafts = {}
        self.halted = set()
        self.stopped = set()
        self.changed = set()
        self.answered = Counter()
        self.broken = []
        self.running_now = None
        self.naps = 0
        self.do(self._begin())

    def do(self, call):
        return self.loop.run(call)

    async def _begin(self):
        packs, _ = read_platform_packs(PACKS)
        policies, problems = load_text(POLICY, "care.yaml", now=NOON, platforms=packs)
        assert policies is not None, problems
        self.running = Running(policies, (), since=NOON)
        self.store = await Store.open(self.url, upgrade=False, own_handles=lambda: ["@acme"])
        self.dispatcher = self._dispatcher()

    def _dispatcher(self):
        parts = GateParts(
            Settings(),
            self.store,
            self.running,
            [
                Account("care", one, one, "http://127.0.0.1", handle="@acme", is_automated=True)
                for one in ("mastodon", "messenger")
            ],
            account_of=self.platform.account,
            own_handles=lambda: ["@acme"],
            pacer=Pacer(lambda _: None),
            breakers=Breakers(),
        )
        return Dispatcher(
            self.store.outbox,
            self,
            self.clock,
            backoff=BACKOFF,
            gates=self._left(build_gates(parts)),
            last_look=self._left(last_look(parts)),
            sleep=self.sleep,
            ledger=self.store.sends,
            watchers=(parts.pacer, parts.breakers),
            concurrency=3,
        )

    def _left(self, gates):
        return [one for one in gates if type(one).__name__ not in self.without]

    def for_item(self, item):
        assert item.action.kind == "reply"
        return self.platform

    async def sleep(self, seconds):
        self.naps += 1
        self.clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    def crash(self):
        self.running_now.cancel()

    # --- what happens -----------------------------------------------------------------------

    async def arrives(self, author, text, *, drafts=(), where="mastodon", **fields):
        self.number += 1
        said = mention(
            text,
            source=where,
            kind="message" if where == "messenger" else "mention",
            external_id=str(self.number),
            author_id=f"id-{author}",
            handle=f"@{author}",
            published_at=self.clock.now(),
            language="en",
            **fields,
        )
        batch = SourceBatch("feed", (said,))
        await self.store.log.append(batch, observed_at=self.clock.now())
        [entry] = await self.store.log.undecided(limit=5)
        self.mentions[self.number] = said
        planned = [self._draft(said, *draft, index=index) for index, draft in enumerate(drafts)]
        await self.store.log.record(
            [Decided(entry.seq, said, (), (self._decision(said, planned),) if planned else ())],
            state={},
            at=self.clock.now(),
        )

    def _draft(self, said, mode, approval, *, index):
        is_free = mode is Mode.ENFORCE and approval == "none"
        key = f"{self.number:04d}{index}".rjust(64, "a")
        params = {"text": f"Sorry {said.author.handle}, number {self.number}", "approval": approval}
        self.drafts[key] = {"needed": 0 if is_free else 2 if approval == "four_eyes" else 1}
        state = ActionState.PLANNED if is_free else ActionState.AWAITING_APPROVAL
        self.actions[key] = self.number
        return Action(key, "reply", index, params, mode, state)

    def _decision(self, said, planned):
        match = Match("angry", f"r{self.number}", Severity.MINOR, Mode.ENFORCE, tuple(planned))
        return Decision("care", "p1", said.id, self.clock.now(), (match,))

    async def stops(self, author):
        self.stopped.add(author)
        await self.arrives(author, "STOP", in_reply_to="99")

    async def changes_upstream(self, number, change):
        said = self.mentions[number]
        self.changed.add(number)
        found = UpstreamChange(said.source, said.external_id, change, self.clock.now())
        batch = SourceBatch("feed", (), upstream=(found,))
        await self.store.log.append(batch, observed_at=self.clock.now())

    async def judges(self, key, person, judgement, text=None):
        verdicts, at = self.store.verdicts, self.clock.now()
        said = self.drafts[key].setdefault("said", [])
        try:
            if judgement is Judgement.APPROVED:
                await verdicts.approve(key, by=person, at=at)
            elif judgement is Judgement.EDITED:
                await verdicts.edit(key, by=person, text=text, at=at)
            else:
                await verdicts.reject(key, by=person, reason="no", at=at)
        except VerdictError:
            return
        said.append((judgement, person))

    async def approved_by_nobody(self):
        """Move every draft on behind the back of those who approve, as a fault of ours might."""
        database = self.store._database
        async with database.write() as connection:
            moved = update(actions).values(state=ActionState.APPROVED.value)
            await connection.execute(moved)

    async def goes(self, fates):
        """Let the dispatcher do a round; a crash ends it, and another one begins."""
        self.platform.fates = list(fates)
        self.running_now = asyncio.ensure_future(self.dispatcher.run_once())
        try:
            await self.running_now
        except asyncio.CancelledError:
            await self.restarts()
        self.platform.fates = []
        assert self.broken == []

    async def restarts(self):
        await self.store.close()
        self.store = await Store.open(self.url, upgrade=False, own_handles=lambda: ["@acme"])
        self.dispatcher = self._dispatcher()
        await self.dispatcher.recover()

    # --- what must never be -----------------------------------------------------------------

    def check(self, item):
        """Note an effect that may not be; the engine guards itself against what is raised here."""
        try:
            self._check(item)
        except AssertionError as error:
            self.broken.append(str(error))

    def _check(self, item):
        key, number = item.action.id, self.actions[item.action.id]
        said = self.mentions[number]
        assert self.platform.effects[key] == 0, "a decision is answered once"
        assert self.answered[number] == 0, "a mention is answered once"
        self.answered[number] += 1
        for scope in self.halted:
            kind, _, value = scope.partition(":")
            assert kind != "all", "nothing is sent while all is halted"
            assert (kind, value) != ("action", "reply")
            assert (kind, value) != ("brand", said.brand)
        assert fold_handle(said.author.handle) not in self.stopped, "nobody who said stop"
        assert number not in self.changed, "nothing that was edited or deleted"
        self._check_approval(key)
        self._check_pack(key, said)

    def _check_pack(self, key, said):
        """What the packs of these two say, in words of our own."""
        is_by_person = any(one is Judgement.APPROVED for one, _ in self.drafts[key].get("said", []))
        age = self.clock.now() - said.published_at
        if said.source == "mastodon":
            assert is_by_person or "@acme" in said.text, "no machine answers who did not ask us"
        else:
            assert age <= timedelta(days=7), "nobody writes after seven days"
            assert is_by_person or age <= timedelta(hours=24), "no machine does after one"

    def _check_approval(self, key):
        draft = self.drafts[key]
        author, approvers = None, set()
        for judgement, person in draft.get("said", []):
            if judgement is Judgement.EDITED:
                author, approvers = person, set()
            elif judgement is Judgement.APPROVED:
                approvers.add(person)
            else:
                message = "a rejected draft is never sent"
                raise AssertionError(message)
        assert len(approvers) >= draft["needed"], "never without the people it needs"
        if draft["needed"] and author is not None:
            assert approvers - {author}, "nobody approves his own text alone"

    # --- the end ----------------------------------------------------------------------------

    async def ends(self):
        """Lift every halt, let the platform heal and time pass; return how each action stands."""
        at = self.clock.now()
        for halt in await self.store.halts.holding():
            await self.store.halts.resume(halt.scope, reason="over", by="ann", at=at)
        self.halted.clear()
        await self.restarts()
        for _ in range(400):
            await self.goes(())
            due = await self.store.outbox.next_due()
            if due is None:
                break
            self.clock.advance(max(due - self.clock.now(), timedelta(seconds=1)))
        assert due is None, "it comes to rest"
        self.clock.advance(timedelta(days=30))
        await self.store.verdicts.expire(self.clock.now())
        rows = await self.store.queries.actions(limit=10_000)
        return {row["id"]: row for row in rows}

    def close(self):
        self.do(self.store.close())
        self.loop.close()
        self.folder.cleanup()


__all__ = ["DELETED", "EDITED", "FATES", "World"]
