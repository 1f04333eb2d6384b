"""What an author has written, whether or not it could be read."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from engine.policy.condition import MacroUse, QueryLeaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.condition import Condition
    from engine.policy.shape import Part


def says(part: Part, field: str) -> bool:
    """Say whether a part has the field, or a misspelling of it that is reported already."""
    strange = [key for key in part.node.keys if key not in part.values]
    return field in part.node.keys or bool(difflib.get_close_matches(field, strange, n=1))


def queries_in(condition: Condition | None) -> Iterator[QueryLeaf]:
    """Yield the text queries of a condition; those of a macro are the macro's."""
    if condition is None or isinstance(condition, MacroUse):
        return
    if isinstance(condition, QueryLeaf):
        yield condition
    for part in condition.parts:
        yield from queries_in(part)
