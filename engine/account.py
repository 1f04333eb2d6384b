"""Our own accounts on platforms: whom the engine speaks as, and whose money it moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.mention import Mention


@dataclass(frozen=True, slots=True)
class Account:
    """One account, secrets resolved.

    Attributes:
        name: As the settings call it: what logs, caps and people say.
        platform: Whose wire it speaks and whose pack it obeys: ``mastodon``, ``meta_ads``, …
        source: The source of the mentions it answers.
        base_url: Where its platform answers, without a slash at the end.
        handle: How others name it, with ``@``; None where it has none.
        account_id: Its id on the platform; None where nothing needs it.
        brands: Those it speaks for; empty for all.
        is_automated: Whether its profile bears the platform's label of automated accounts.
        settings: The platform's own, such as tags of campaigns.
        token: Never shown, never stored.
    """

    name: str
    platform: str
    source: str
    base_url: str
    handle: str | None = None
    account_id: str | None = None
    brands: tuple[str, ...] = ()
    is_automated: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    token: str = field(default="", repr=False)

    def speaks_for(self, brand: str | None) -> bool:
        """Say whether a brand is among its own."""
        return not self.brands or brand in self.brands


def answering(accounts: Sequence[Account], mention: Mention) -> Account | None:
    """Return the first account that answers mentions of such a source and brand; None for none."""
    fits = (
        one for one in accounts if one.source == mention.source and one.speaks_for(mention.brand)
    )
    return next(fits, None)
