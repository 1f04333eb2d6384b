"""Brings what a policy extends into it, and changes what it overrides.

Done on located nodes, before anything is compiled: whatever is at fault is still reported where it
stands, be it in the base or in the override.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.policy.override import override
from engine.policy.report import suggest
from engine.policy.schema import PolicyDocument
from engine.policy.shape import read_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.located_yaml import Node
    from engine.policy.report import Report
    from engine.policy.shape import Part
    from engine.problem import Span

_BY_NAME = ("lists", "macros", "templates")
_ADDED = ("brands", "rules", "inhibit", "mute")
_DEEPEST = 20
_INHERITED = ("owner", "description")


@dataclass(frozen=True, slots=True)
class Family:
    """Policies after extension.

    Attributes:
        policies: Each with what it extends, in the order of the files.
        bases: Policies that others extend: their parts may be used there alone.
        brought: By policy: names of lists, macros and templates that came from its base.
    """

    policies: tuple[Part, ...]
    bases: frozenset[str] = frozenset()
    brought: Mapping[str, frozenset[str]] = field(default_factory=dict)


def extended(policies: Sequence[Part], report: Report) -> Family:
    """Return the policies with what they extend; circles and unknown bases are reported."""
    joiner = _Joiner({part.get("policy"): part for part in policies if part.get("policy")}, report)
    for part in policies:
        if part.says("override") and not part.says("extends"):
            message = "'override' stands beside 'extends' only"
            report.error("R115", part.key("override"), message, help_text="name what is extended")
    made = [joiner.joined(part) for part in policies]
    bases = {part.get("extends") for part in policies} - {None}
    brought = {name: _names(joiner.nodes[base]) for name, base in joiner.brought.items()}
    return Family(tuple(made), frozenset(bases), brought)


def _names(node: Node) -> frozenset[str]:
    return frozenset(
        name
        for kind in _BY_NAME
        if (inner := node.get(kind)) is not None
        for name, _ in inner.items()
    )


def _new(key: str, base: Node, own: Node) -> list[Node]:
    """Return the child's items of a list; of brands those that the base does not name."""
    if key != "brands":
        return list(own.value)
    known = [one.value for one in base.value]
    return [one for one in own.value if one.value not in known]


class _Joiner:
    """Joins each policy with its base once.

    Attributes:
        nodes: Policies joined so far.
        brought: By policy: the base that was brought in.
    """

    def __init__(self, by_name: Mapping[str, Part], report: Report) -> None:
        self._by_name = by_name
        self._report = report
        self._open: list[str] = []
        self.nodes: dict[str, Node] = {}
        self.brought: dict[str, str] = {}

    def joined(self, part: Part) -> Part:
        """Return a policy with its base brought in; as it is where it has none or that is amiss."""
        name, base = part.get("policy"), part.get("extends")
        if name is None or base is None or self._by_name.get(name) is not part:
            return part
        node = self._node(name)
        if name not in self.brought:
            return part
        made = read_part(node, PolicyDocument, self._report, span=part.span)
        return made or part

    def _node(self, name: str) -> Node:
        if name in self.nodes:
            return self.nodes[name]
        part = self._by_name[name]
        made, base = part.node, part.get("extends")
        if base is not None and self._is_known(base, part):
            self._open.append(name)
            made = self._join(part, self._node(base))
            self._open.pop()
            self.brought[name] = base
        self.nodes[name] = made
        return made

    def _is_known(self, base: str, part: Part) -> bool:
        where = part.at("extends")
        if base not in self._by_name:
            others = [name for name in self._by_name if name != part.get("policy")]
            help_text = suggest(base, others, what="Policies")
            message = f"unknown policy '{base}' to extend"
            self._report.error("R214", where, message, help_text=help_text)
            return False
        chain = [*self._open, part.get("policy")]
        if base in chain:
            self._report_circle(chain[chain.index(base) :])
            return False
        if len(chain) > _DEEPEST:
            message = f"more than {_DEEPEST} policies extend one another"
            self._report.error("R313", where, message)
            return False
        return True

    def _report_circle(self, names: Sequence[str]) -> None:
        """Report each policy of a circle: which of them is to change is the author's to say."""
        for at, name in enumerate(names):
            circle = " -> ".join([*names[at:], *names[:at], name])
            where = self._by_name[name].at("extends")
            self._report.error("R215", where, f"policy '{name}' extends itself: {circle}")

    def _join(self, part: Part, base: Node) -> Node:
        """Return the child's node with the base's parts, overridden, before its own."""
        child = part.node
        changes = child.get("override")
        if changes is not None:
            base = override(base, changes, self._report, span=part.key("override"))
        values: dict[str, Node] = dict(child.value)
        keys: dict[str, Span] = dict(child.keys)
        for key in (*_BY_NAME, *_ADDED, "defaults", *_INHERITED):
            inherited = base.get(key)
            if inherited is None:
                continue
            own = child.get(key)
            keys.setdefault(key, base.keys[key])
            values[key] = inherited if own is None else self._both(key, inherited, own)
        return replace(child, value=values, keys=keys)

    def _both(self, key: str, base: Node, own: Node) -> Node:
        if key in _INHERITED or base.is_faulty or own.is_faulty:
            return own
        if key in _ADDED:
            if not (base.is_list and own.is_list):
                return own
            return replace(own, value=(*base.value, *_new(key, base, own)))
        if not (base.is_mapping and own.is_mapping):
            return own
        if key in _BY_NAME:
            self._refuse_twice(key, base, own)
        values: dict[str, Any] = {**base.value, **own.value}
        return replace(own, value=values, keys={**base.keys, **own.keys})

    def _refuse_twice(self, key: str, base: Node, own: Node) -> None:
        for name in own.value:
            if name in base.value:
                first = base.keys[name]
                message = (
                    f"{key[:-1]} '{name}' is defined in what is extended, at "
                    f"{first.file}:{first.line}"
                )
                help_text = f"change it under override: {{{key}: {{{name}: ...}}}}"
                self._report.error("R208", own.keys[name], message, help_text=help_text)
