"""The store: every mention, decision, action and outcome, once each, in SQLite or PostgreSQL.

What a call writes is written whole or not at all, and is on the disk before the call returns. Every
call may be repeated: identities and ids are unique, so nothing is stored twice.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.approving import ApprovalTerms
from engine.store.audit import LogAudit
from engine.store.cards import CardStore
from engine.store.cases import CaseStore
from engine.store.chain import ChainHead, ChainReport
from engine.store.changes import ChangeStore
from engine.store.database import Database
from engine.store.doubts import Doubts
from engine.store.effects import EFFECTS
from engine.store.forgetting import ForgetStore
from engine.store.halts import HaltStore
from engine.store.held import HeldStore
from engine.store.incidents import IncidentStore
from engine.store.keeping import Keeping
from engine.store.log import SqlMentionLog
from engine.store.migrate import migrate, newest_revision, require_newest
from engine.store.opt_outs import OptOuts
from engine.store.outbox import SqlOutbox
from engine.store.policies import PolicyHistory
from engine.store.queries import Queries
from engine.store.restores import RestoreStore
from engine.store.sends import SqlSendLedger
from engine.store.silences import SilenceStore
from engine.store.suspensions import SuspensionStore
from engine.store.threads import ThreadStore
from engine.store.upstream import Upstream
from engine.store.verdicts import VerdictStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Self

__all__ = ["ChainHead", "ChainReport", "Queries", "Store", "newest_revision", "upgrade"]

_BUSY_TIMEOUT = timedelta(seconds=5)
_TERMS = ApprovalTerms()


class Store:
    """One database, by its faces.

    Attributes:
        log: What intake and decide write: `engine.ports.MentionLog`.
        outbox: What dispatch and approval move: `engine.ports.Outbox`.
        queries: What the command line and the API read.
        policies: The policies that ran, and what became of edits.
        incidents: Incidents, and what people do to them.
        silences: What people hold back for a time.
        privacy: Who is forgotten.
        keeping: Words whose time is over.
        held: What is held about people.
        verdicts: Drafts that wait for people, and what people say of them.
        cards: Where drafts are shown elsewhere.
        halts: What people have halted.
        doubts: Actions of which nobody knows whether they were sent.
        opt_outs: Who asked not to be written to.
        upstream: What became of mentions where they were written.
        sends: What was sent, may have been or is about to be: `engine.sending.SendLedger`.
        changes: What was changed on other sides, and what was found before.
        restores: How what was changed is put back.
        suspensions: Where nothing is published.
        threads: Which notices are about one incident.
        audit: The outcome log as its auditor sees it.
        cases: What is assigned, and by when it must be answered and done.
    """

    def __init__(
        self,
        database: Database,
        approval: ApprovalTerms = _TERMS,
        own_handles: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._database = database
        self.cases = CaseStore(database)
        self.log = SqlMentionLog(database, approval, own_handles, heard=self.cases.record_heard)
        effects = (*EFFECTS, self.cases.record_sent)
        self.outbox = SqlOutbox(database, effects)
        self.queries = Queries(database)
        self.policies = PolicyHistory(database)
        self.incidents = IncidentStore(database)
        self.silences = SilenceStore(database)
        self.privacy = ForgetStore(database)
        self.keeping = Keeping(database)
        self.held = HeldStore(database)
        self.verdicts = VerdictStore(database, approval)
        self.cards = CardStore(database)
        self.halts = HaltStore(database)
        self.doubts = Doubts(database, effects)
        self.opt_outs = OptOuts(database)
        self.upstream = Upstream(database)
        self.sends = SqlSendLedger(database)
        self.changes = ChangeStore(database)
        self.restores = RestoreStore(database)
        self.suspensions = SuspensionStore(database)
        self.threads = ThreadStore(database)
        self.audit = LogAudit(database)

    @classmethod
    async def open(  # noqa: PLR0913 - each stands in for a part of the settings
        cls,
        url: str,
        *,
        upgrade: bool = True,
        busy_timeout: timedelta = _BUSY_TIMEOUT,
        approval: ApprovalTerms = _TERMS,
        own_handles: Callable[[], Collection[str]] = tuple,
        randomness: Callable[[int], bytes] = os.urandom,
    ) -> Self:
        """Open a database, creating the folder of a file, and bring its tables up to date.

        Args:
            url: ``sqlite:///path/file.db`` (relative), ``sqlite:////path/file.db`` or
                ``postgresql://user@host/name``; ``?mode=ro`` opens a file for reading only.
            upgrade: Whether missing migrations are run; else they are an error.
            busy_timeout: How long a call waits for a lock that another process holds.
            approval: How people's approval of drafts is asked for.
            own_handles: Of our accounts and brands, read at every batch: one who names them and
                says stop says it to us.
            randomness: Where the salts of the outcome log come from; in tests their own.

        Raises:
            ConfigError: The URL names no database that is supported.
            StoreUnavailableError: Locked, full or out of reach: try again later.
            StoreUnusableError: Read-only, not a database, or written by a newer version.
        """
        database = Database(url, busy_timeout=busy_timeout, randomness=randomness)
        try:
            await (migrate(database) if upgrade else require_newest(database))
        except BaseException:
            await database.close()
            raise
        return cls(database, approval, own_handles)

    @property
    def url(self) -> str:
        """The database's URL without its password."""
        return self._database.shown_url

    async def close(self) -> None:
        """Close every connection; the store is of no use afterwards."""
        await self._database.close()


async def upgrade(url: str) -> str:
    """Run the migrations a database is missing and return the revision it then has; see `open`."""
    database = Database(url, busy_timeout=_BUSY_TIMEOUT)
    try:
        return await migrate(database)
    finally:
        await database.close()
