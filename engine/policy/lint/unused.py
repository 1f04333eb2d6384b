"""Lists, macros and templates that nothing of their policy names."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint
from engine.policy.shape import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.located_yaml import Node
    from engine.policy.lint.base import PolicySubject

_LIST_NAME = re.compile(r"\{([^{}]*)\}")
_PROSE = frozenset(
    {"allow", "tag", "title", "description", "examples", "owner", "id", "name", "brands"}
)


class Unused(Lint):
    """A definition without a use.

    Names are sought in all that was written, faulty parts too, and a near miss counts as a use: the
    misspelling is reported already.
    """

    codes = ("R210",)

    def finalize(self, policies: Sequence[PolicySubject]) -> Iterator[Finding]:
        """Point at each name that nothing names."""
        for policy in policies:
            yield from _unused(policy)


def _unused(policy: PolicySubject) -> Iterator[Finding]:
    named: set[str] = set()
    for key in ("rules", "macros"):
        node = policy.part.node.get(key)
        if node is not None:
            named |= set(_names(node))
    for key, what in (("lists", "list"), ("macros", "macro"), ("templates", "template")):
        node = policy.part.node.get(key)
        for name, _ in node.items() if node is not None else ():
            is_near = difflib.get_close_matches(name, named, n=1, cutoff=0.75)
            if node is not None and not is_near and name not in policy.used_elsewhere:
                message = f"{what} '{name}' is never used"
                yield Finding("R210", policy.report, node.keys[name], message)


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
