"""Lists, macros and templates that nothing of their policy names."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from engine.policy.shape import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.located_yaml import Node
    from engine.policy.compile import PolicyScope
    from engine.policy.report import Report

_LIST_NAME = re.compile(r"\{([^{}]*)\}")
_PROSE = frozenset({"tag", "title", "description", "examples", "owner", "id", "name", "brands"})


def find_unused(scope: PolicyScope, report: Report) -> None:
    """Report what nothing names.

    Names are sought in all that was written, faulty parts too, and a near miss counts as a use: the
    misspelling is reported already.
    """
    named = set()
    for key in ("rules", "macros"):
        node = scope.part.node.get(key)
        if node is not None:
            named |= set(_names(node))
    for key, what in (("lists", "list"), ("macros", "macro"), ("templates", "template")):
        node = scope.part.node.get(key)
        for name, _ in node.items() if node is not None else ():
            is_near = difflib.get_close_matches(name, named, n=1, cutoff=0.75)
            if node is not None and not is_near and name not in scope.used_elsewhere:
                report.warning("R210", node.keys[name], f"{what} '{name}' is never used")


def _names(node: Node) -> Iterator[str]:
    if node.is_list:
        for one in node.value:
            yield from _names(one)
    elif node.is_mapping:
        for key, inner in node.items():
            if key not in _PROSE:
                yield from _names(inner)
    elif node.value is not None:
        text = text_of(node)
        yield text
        yield from _LIST_NAME.findall(text)
