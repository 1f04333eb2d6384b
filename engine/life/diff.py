"""What one set of policies would do that another does not: by rule and field, not by line."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from engine.located_yaml import load
from engine.policy.read import policy_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.policy import PolicySet, Rule

_MISSING = object()
# Of a rule these are compared as they are in effect: defaults and promotions count.
_IN_EFFECT = ("mode", "severity")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two sets to compare.

    Attributes:
        name: What to call it: a revision, or where it lies.
        files: Its texts by name.
    """

    name: str
    files: Mapping[str, str]
    policies: PolicySet

    def documents(self) -> dict[Key, dict[str, Any]]:
        """Return every document as plain values, by its kind and id."""
        found: dict[Key, dict[str, Any]] = {}
        holding = {str(path) for path in policy_files(self.files)}
        for name, text in self.files.items():
            if name not in holding:
                found["file", name] = {"lines": text.splitlines()}
                continue
            for node in load(text, name)[0]:
                if node.is_mapping and node.value:
                    plain = node.plain()
                    kind = str(next(iter(plain)))
                    shown = PurePosixPath(name).stem if kind == "labels" else str(plain[kind])
                    found[kind, shown] = plain
        return found

    def rules(self) -> dict[Key, Rule]:
        """Return every rule, by its policy and id."""
        return {
            (policy.id, rule.id): rule for policy in self.policies.policies for rule in policy.rules
        }


@dataclass(slots=True)
class PolicyDiff:
    """What changed from one side to the other.

    Attributes:
        added: Rules that are new, with their mode; ``removed`` those that are gone.
        changed: Rules that differ: ``effect`` says whether they may decide differently.
        documents: Everything else that differs: policies' own fields, channels, queues, ….
    """

    before: str
    after: str
    added: list[dict[str, Any]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs but comments and layout."""
        return not (self.added or self.removed or self.changed or self.documents)

    def as_json(self) -> dict[str, Any]:
        """Return it as the command prints it."""
        return {
            "from": self.before,
            "to": self.after,
            "rules": {"added": self.added, "removed": self.removed, "changed": self.changed},
            "documents": self.documents,
        }


def compare(before: Side, after: Side) -> PolicyDiff:
    """Return what differs, rules in the order of the later side."""
    found = PolicyDiff(before.name, after.name)
    old, new = before.rules(), after.rules()
    found.added = [_shown(rule) for key, rule in new.items() if key not in old]
    found.removed = [_shown(rule) for key, rule in old.items() if key not in new]
    was, now = before.documents(), after.documents()
    old_raw, new_raw = _raw_rules(was), _raw_rules(now)
    for key, rule in new.items():
        if key not in old:
            continue
        changes = _in_effect(old[key], rule)
        changes += _changes(_own(old_raw.get(key)), _own(new_raw.get(key)))
        has_effect = old[key].revision != rule.revision
        if changes or has_effect:
            one = {"policy": key[0], "rule": key[1], "effect": has_effect, "changes": changes}
            found.changed.append(one)
    found.documents = list(_documents(was, now))
    return found


def text_diff(before: Side, after: Side) -> str:
    """Return a unified diff of the files; empty where all are the same."""
    lines: list[str] = []
    for name in dict.fromkeys([*before.files, *after.files]):
        old, new = before.files.get(name), after.files.get(name)
        lines += difflib.unified_diff(
            _lines(old),
            _lines(new),
            f"{before.name}/{name}" if old is not None else "/dev/null",
            f"{after.name}/{name}" if new is not None else "/dev/null",
        )
    return "".join(lines)


def _lines(text: str | None) -> list[str]:
    """Return a text's lines, each with its end; one that lacks its end is given it."""
    return [f"{line}\n" for line in (text or "").removesuffix("\n").split("\n")] if text else []


def _shown(rule: Rule) -> dict[str, Any]:
    return {"policy": rule.policy, "rule": rule.id, "mode": rule.mode.value}


def _own(raw: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a rule's text says of itself, but for what is compared in effect."""
    return {key: value for key, value in (raw or {}).items() if key not in _IN_EFFECT}


def _in_effect(old: Rule, new: Rule) -> list[dict[str, Any]]:
    pairs = [(name, getattr(old, name).value, getattr(new, name).value) for name in _IN_EFFECT]
    return [{"field": name, "from": a, "to": b} for name, a, b in pairs if a != b]


def _raw_rules(documents: Mapping[Key, Mapping[str, Any]]) -> dict[Key, Mapping[str, Any]]:
    found: dict[Key, Mapping[str, Any]] = {}
    for (kind, name), document in documents.items():
        rules = document.get("rules") if kind == "policy" else None
        for rule in rules if isinstance(rules, list | tuple) else ():
            if isinstance(rule, dict):
                found[name, str(rule.get("id"))] = rule
    return found


def _documents(
    was: Mapping[Key, Mapping[str, Any]], now: Mapping[Key, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    for key in dict.fromkeys([*now, *was]):
        shown = " ".join(key)
        if key not in was or key not in now:
            yield {"document": shown, "change": "added" if key in now else "removed", "changes": []}
            continue
        changes = _changes(_without_rules(was[key]), _without_rules(now[key]))
        if changes:
            yield {"document": shown, "change": "changed", "changes": changes}


def _without_rules(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "rules"}


def _changes(
    old: Mapping[str, Any], new: Mapping[str, Any], *, within: str = ""
) -> list[dict[str, Any]]:
    """Return each field that differs: mappings field by field, lists by what came and went."""
    found: list[dict[str, Any]] = []
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key, _MISSING), new.get(key, _MISSING)
        name = f"{within}{key}"
        if a == b:
            continue
        if isinstance(a, dict) and isinstance(b, dict):
            found += _changes(a, b, within=f"{name}.")
        elif isinstance(a, list | tuple) and isinstance(b, list | tuple):
            found.append(_list_change(name, a, b))
        else:
            one = {"field": name}
            one |= {} if a is _MISSING else {"from": a}
            one |= {} if b is _MISSING else {"to": b}
            found.append(one)
    return found


def _list_change(name: str, old: Any, new: Any) -> dict[str, Any]:
    gone = [one for one in old if one not in new]
    come = [one for one in new if one not in old]
    if gone or come:
        return {"field": name, "removed": gone, "added": come}
    # The same items in another order, or another number of them.
    return {"field": name, "from": list(old), "to": list(new)}
