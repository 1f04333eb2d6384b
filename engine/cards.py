"""What showing drafts elsewhere needs of its parts: where cards are kept, who writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.ports import Channel, OutboxItem


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """A draft that waits no longer, and the card that still says it does.

    Attributes:
        channel: The name of the channel that the card stands in.
        receipt: As the herald returned it.
        said: What became of the draft, for a person.
    """

    item: OutboxItem
    channel: str
    receipt: Mapping[str, Any]
    said: str


class Cards(Protocol):
    """Remembers durably which drafts are shown where."""

    async def unshown(self, *, limit: int) -> Sequence[OutboxItem]:
        """Return drafts that wait and are shown nowhere yet."""
        ...

    async def shown(
        self, action_id: str, *, channel: str, receipt: Mapping[str, Any], at: datetime
    ) -> None:
        """Store where a draft is shown; an empty receipt where no one can find it again."""
        ...

    async def unsettled(self, *, limit: int) -> Sequence[ShownDraft]:
        """Return the cards of drafts that wait no longer."""
        ...

    async def settled(self, action_id: str, *, at: datetime) -> None:
        """Note that a card says what became of its draft."""
        ...


class Herald(Protocol):
    """Shows drafts with buttons, and takes the buttons off again."""

    async def announce(
        self, channel: Channel, item: OutboxItem, *, risk: float | None, now: datetime
    ) -> Mapping[str, Any]:
        """Show a draft and return the receipt; raises like `engine.ports.Receiver.send`."""
        ...

    async def settle(  # noqa: PLR0913 - what the card was made of
        self,
        channel: Channel,
        item: OutboxItem,
        receipt: Mapping[str, Any],
        *,
        said: str,
        risk: float | None = None,
        now: datetime,
    ) -> None:
        """Say on a card how its draft ended; raises like `engine.ports.Receiver.send`."""
        ...
