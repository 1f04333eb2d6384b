"""When a checkpoint is due, and writing it: never over a log that does not fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from engine.audit.report import ChainHead
from engine.audit.walk import BEGINNING
from engine.errors import BrokenLogError

if TYPE_CHECKING:
    from engine.audit.checkpoints import Checkpoint, SigningKey, TrustedKeys
    from engine.audit.report import ChainReport

_EVERY = 1000
_WITHIN = timedelta(days=1)


class CheckpointBook(Protocol):
    """Where the log and its checkpoints are kept."""

    async def head(self) -> ChainHead:
        """Return where the log ends."""
        ...

    async def latest(self) -> Checkpoint | None:
        """Return the checkpoint of the most rows; None before the first."""
        ...

    async def check(self, *, trusted: TrustedKeys, start: ChainHead) -> ChainReport:
        """Walk the log from a row on that was walked before."""
        ...

    async def keep(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint; one of as many rows stays as it is."""
        ...


class Auditor:
    """Signs the log from time to time.

    Args:
        trusted: Keys of earlier checkpoints, the present one's among them.
        every: Rows after which the next is due.
        within: Span after which the next is due, where there is any new row at all.
    """

    def __init__(
        self,
        book: CheckpointBook,
        key: SigningKey,
        trusted: TrustedKeys,
        *,
        every: int = _EVERY,
        within: timedelta = _WITHIN,
    ) -> None:
        self._book = book
        self._key = key
        self._trusted = trusted
        self._every = every
        self._within = within

    async def due(self, now: datetime) -> bool:
        """Say whether there are enough new rows, or any that have waited long enough."""
        head, latest = await self._book.head(), await self._book.latest()
        if latest is None:
            return head.rows > 0
        new = head.rows - latest.rows
        if new <= 0:
            # Fewer than were signed: writing tells that rows are gone.
            return new < 0
        return new >= self._every or now - _instant(latest.at) >= self._within

    async def write(self, now: datetime) -> Checkpoint | None:
        """Check the rows since the last checkpoint, then sign the log as it stands.

        Returns:
            The checkpoint; None where no row is new.

        Raises:
            BrokenLogError: A row does not fit: it is not signed over.
        """
        latest = await self._book.latest()
        start = BEGINNING
        if latest is not None and not self._trusted.fault_of(latest):
            start = ChainHead(latest.rows, latest.hash)
        report = await self._book.check(trusted=self._trusted, start=start)
        if not report.is_intact:
            message = (
                f"the outcome log does not fit: {report.problem}; no checkpoint is signed until it "
                "does: see `tocsin verify-log`"
            )
            raise BrokenLogError(message)
        if report.rows == 0 or (latest is not None and report.rows == latest.rows):
            return None
        at = now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        checkpoint = self._key.sign(ChainHead(report.rows, report.head), at=at)
        await self._book.keep(checkpoint)
        return checkpoint


def _instant(text: str) -> datetime:
    """Return a checkpoint's instant; one that is none lies so far back that the next is due."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
