"""Hashes of what a rule does, and of what it judges over time."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from engine.policy.schema import OVER_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.decision import Mode, Severity
    from engine.policy.compile import PolicyScope
    from engine.policy.read_condition import Uses
    from engine.policy.shape import Part

_UNCOUNTED = frozenset({"allow", "examples", "description", "owner"})
_JUDGED = ("when", "except", "for", "resolve", *OVER_TIME)


def content_hash(content: Any) -> str:
    """Return the SHA-256, in hex, of plain JSON in its canonical form."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def rule_revision(
    rule: Part, scope: PolicyScope, uses: Uses, *, mode: Mode, severity: Severity
) -> str:
    """Hash what the rule does: itself, its defaults, and all it refers to."""
    own = {key: node.plain() for key, node in rule.node.items() if key not in _UNCOUNTED}
    referred = {
        **_of_conditions(scope, uses),
        "templates": _written(scope, "templates", _templates(rule)),
    }
    return content_hash([scope.id, sorted(scope.brands), mode.value, severity.value, own, referred])


def judged_revision(rule: Part, scope: PolicyScope, uses: Uses) -> str:
    """Hash what the rule judges over time: while it stays the same, its state goes on."""
    own = {key: node.plain() for key, node in rule.node.items() if key in _JUDGED}
    return content_hash([scope.id, sorted(scope.brands), own, _of_conditions(scope, uses)])


def _of_conditions(scope: PolicyScope, uses: Uses) -> dict[str, Any]:
    return {
        "lists": _written(scope, "lists", uses.lists),
        "macros": _written(scope, "macros", uses.macros),
    }


def _written(scope: PolicyScope, kind: str, names: Iterable[str]) -> dict[str, Any]:
    known = scope.part.get(kind, {})
    return {name: known[name].plain() for name in names if name in known}


def _templates(rule: Part) -> list[str]:
    replies = [item.get("reply") for item in rule.get("then", [])]
    return [one.get("template") for one in replies if one is not None]
