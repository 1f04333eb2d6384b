"""Tells what our own accounts wrote from what others did."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from engine.account import Account
    from engine.mention import Mention


def written_by(
    accounts: Sequence[Account], handles: Callable[[], Collection[str]] = tuple
) -> Callable[[Mention], bool]:
    """Return what says whether one of our own accounts wrote a mention.

    Args:
        accounts: Ours, known by their id or handle on their own source.
        handles: Of the brands, known on every source; read at every call.
    """
    ids = {(one.source, one.account_id) for one in accounts if one.account_id}
    names = {(one.source, _folded(one.handle)) for one in accounts if one.handle}

    def is_ours(mention: Mention) -> bool:
        author = mention.author
        if author.id is not None and (mention.source, author.id) in ids:
            return True
        if not author.handle:
            return False
        handle = _folded(author.handle)
        return (mention.source, handle) in names or handle in {_folded(one) for one in handles()}

    return is_ours


def _folded(handle: str) -> str:
    return handle.strip().removeprefix("@").casefold()
