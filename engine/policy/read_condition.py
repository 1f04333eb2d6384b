"""Reads conditions: from the Nodes of a ``when`` to a `Condition`, every fault at its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.policy.condition import AllOf, AnyOf, MacroUse, Not, Origin, QueryLeaf
from engine.policy.fields import FIELDS
from engine.policy.read_leaf import read_leaf
from engine.policy.report import suggest
from engine.policy.scalar_place import place_within
from engine.policy.schema import OVER_TIME
from engine.policy.shape import kind_of, text_of
from engine.policy.text_query import QuerySyntaxError, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.located_yaml import Node
    from engine.policy.condition import Condition
    from engine.policy.operators import WordList
    from engine.policy.report import Report
    from engine.problem import Span

DEEPEST = 80  # levels; reading takes six frames a level of about 1,000 that Python has
LARGEST = 100_000
_LONGEST_SHOWN = 120
_LIST_NAME = re.compile(r"\{([^{}]+)\}")
_SLIPS = {"or": "any", "and": "all", "none": "not"}
_BESIDE_WHEN = frozenset({*OVER_TIME, "for", "resolve", "then", "except", "cooldown", "examples"})
_COMBINERS = ("all", "any", "not", "macro")


@dataclass(slots=True)
class Uses:
    """What a condition refers to, itself or through macros."""

    lists: set[str] = field(default_factory=set)
    macros: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)

    def add(self, other: Uses) -> None:
        """Take in what another condition uses."""
        self.lists |= other.lists
        self.macros |= other.macros
        self.tasks |= other.tasks


@dataclass(slots=True)
class Scope:
    """What conditions of one policy may name.

    Attributes:
        lists: None stands for a list that is defined but at fault.
        macros: Bodies as written, with where each is named.
        made: Macros read so far, with what they use; None for one at fault.
        open: Macros being read, to see one that contains itself.
        level: How deep the reading stands, through macros too.
    """

    lists: Mapping[str, WordList | None]
    macros: Mapping[str, tuple[Node, Span]]
    tasks: Mapping[str, tuple[str, ...]]
    report: Report
    made: dict[str, tuple[Condition | None, Uses]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    level: int = 0
    is_too_deep: bool = False

    def enter(self, span: Span, report: Report) -> bool:
        """Go one level deeper; False where that is too deep, reported the first time."""
        self.level += 1
        if self.level <= DEEPEST:
            return True
        if not self.is_too_deep:
            message = f"the condition, its macros written out, is deeper than {DEEPEST} levels"
            report.error("R313", span, message)
        self.is_too_deep = True
        return False


@dataclass(slots=True)
class ConditionReader:
    """Reads one condition.

    Attributes:
        uses: Filled while reading.
    """

    scope: Scope
    report: Report
    uses: Uses = field(default_factory=Uses)

    def read(self, node: Node, span: Span) -> Condition | None:
        """Return the condition, or None where it is at fault (reported).

        Args:
            span: Where to point when the node itself has no place: its key.
        """
        made = None
        if self.scope.enter(span, self.report):
            made = self._read(node, span)
        self.scope.level -= 1
        return made

    def _read(self, node: Node, span: Span) -> Condition | None:
        if node.is_faulty:
            return None
        if node.is_list:
            return self._several(node, AllOf, span)
        if node.is_mapping:
            return self._mapping(node, span)
        message = f"a condition is a mapping or a list, not {kind_of(node)}"
        if node.value is None:
            message = "an empty condition: nothing is asked"
        self.report.error(
            "R110",
            span if node.value is None else node.span,
            message,
            help_text="write it like {sentiment: negative} or {text: 'words'}",
        )
        return None

    def _several(self, node: Node, combiner: type[AllOf | AnyOf], span: Span) -> Condition | None:
        if not node.is_list or not node.value:
            seen = "an empty list" if node.is_list else kind_of(node)
            where = span if node.value is None else node.span
            self.report.error("R110", where, f"a list of conditions is wanted here, not {seen}")
            return None
        parts = [self.read(one, one.span) for one in node.value]
        return self._joined(
            [part for part in parts if part is not None], len(parts), combiner(_origin(node), ())
        )

    def _mapping(self, node: Node, span: Span) -> Condition | None:
        if not node.value:
            self.report.error(
                "R110",
                span if span.source else node.span,
                "an empty condition",
                help_text="to match every mention write {text: {exists: true}}",
            )
            return None
        is_lenient = self._reads_missing(node)
        keys = [key for key in node.value if key != "missing"]
        parts = [
            None if node.value[key].is_faulty else self._entry(key, node, is_lenient=is_lenient)
            for key in keys
        ]
        sound = [part for part in parts if part is not None]
        if len(parts) == 1:
            return sound[0] if sound else None
        return self._joined(sound, len(parts), AllOf(_origin(node), ()))

    def _joined(
        self, parts: list[Condition], wanted: int, joined: AllOf | AnyOf
    ) -> Condition | None:
        if len(parts) < max(wanted, 1):
            return None
        made = replace(joined, parts=tuple(parts))
        if made.depth > DEEPEST or made.size > LARGEST:
            what = f"deeper than {DEEPEST} levels or has more than {LARGEST} parts"
            message = f"the condition, its macros written out, is {what}"
            if not self.scope.is_too_deep:
                self.report.error("R313", joined.origin.span, message)
            self.scope.is_too_deep = True
            return None
        return made

    def _reads_missing(self, node: Node) -> bool:
        missing = node.get("missing")
        if missing is None:
            return False
        if missing.value != "match":
            self.report.error("R108", missing.span, "'missing' can only be 'match'")
        elif "not" not in node.value:
            self.report.error(
                "R110", node.keys["missing"], "'missing: match' stands beside 'not' only"
            )
        return True

    def _entry(self, key: str, node: Node, *, is_lenient: bool) -> Condition | None:
        inner, span = node.value[key], node.keys[key]
        if key in ("all", "any"):
            return self._several(inner, AllOf if key == "all" else AnyOf, span)
        if key == "not":
            part = self.read(inner, span)
            origin = Origin(f"not: {_shown(inner)}", span)
            return None if part is None else Not(origin, (part,), is_lenient=is_lenient)
        if key == "macro":
            return self._macro(inner, span)
        origin = Origin(f"{key}: {_shown(inner)}", span)
        if key == "text" and not inner.is_mapping:
            return self._query(inner, origin)
        if key not in FIELDS and key not in self.scope.tasks:
            self._unknown(key, span)
            return None
        return read_leaf(key, inner, origin, reader=self)

    def _unknown(self, key: str, span: Span) -> None:
        options = [*self.scope.tasks, *_COMBINERS, *FIELDS]
        help_text = suggest(_SLIPS.get(key.lower(), key), options, what="Possible")
        if key in _BESIDE_WHEN:
            help_text = f"'{key}' stands in the rule, beside 'when'"
        self.report.error("R206", span, f"unknown field or task '{key}'", help_text=help_text)

    def _macro(self, node: Node, span: Span) -> Condition | None:
        if node.is_mapping or node.is_list or node.value is None:
            self.report.error("R106", span, f"a macro is named, not {kind_of(node)}")
            return None
        name = text_of(node)
        self.uses.macros.add(name)
        if name not in self.scope.macros:
            help_text = suggest(name, self.scope.macros, what="Macros of this policy")
            self.report.error("R202", node.span, f"unknown macro '{name}'", help_text=help_text)
            return None
        if name in self.scope.open:
            self._report_circle(self.scope.open[self.scope.open.index(name) :], node.span)
            return None
        body, uses = read_macro(name, self.scope)
        self.uses.add(uses)
        if body is None:
            return None
        made = MacroUse(Origin(f"macro: {name}", node.span), (body,), name=name)
        return made if self._joined([made], 1, AllOf(made.origin, ())) else None

    def _report_circle(self, names: Sequence[str], span: Span) -> None:
        """Report a circle of macros where it closes, and at those of it that stand apart."""
        apart = [(at, self.scope.macros[name][1]) for at, name in enumerate(names[:-1])]
        apart = [(at, where) for at, where in apart if abs(where.line - span.line) > 1]
        for at, where in [(0, span), *apart]:
            circle = " -> ".join([*names[at:], *names[:at], names[at]])
            self.report.error("R209", where, f"macro '{names[at]}' contains itself: {circle}")

    def _query(self, node: Node, origin: Origin) -> Condition | None:
        if node.is_list or node.value is None:
            self.report.error("R106", origin.span, f"a text query is one text, not {kind_of(node)}")
            return None
        query = text_of(node)
        names = set(_LIST_NAME.findall(query))
        self.uses.lists |= names
        if any(name in self.scope.lists and self.scope.lists[name] is None for name in names):
            return None
        lists = {name: one.entries for name, one in self.scope.lists.items() if one is not None}
        try:
            made = parse(query, lists)
        except QuerySyntaxError as error:
            where = place_within(node, query, position=error.position, length=error.length)
            code = "R201" if _LIST_NAME.match(query, error.position) else "R301"
            self.report.error(code, where, f"text query: {error}", help_text=error.help)
            return None
        for one in made.warnings:
            where = place_within(node, query, position=one.position, length=one.length)
            self.report.warning("R310", where, f"text query: {one.message}", help_text=one.help)
        return QueryLeaf(origin, "text", query, query=made, place=node)


def read_macro(name: str, scope: Scope) -> tuple[Condition | None, Uses]:
    """Return a macro's condition and what it uses, reading it at most once."""
    if name not in scope.made:
        node, span = scope.macros[name]
        scope.open.append(name)
        reader = ConditionReader(scope, scope.report.within("macro", name, span))
        scope.made[name] = (reader.read(node, span), reader.uses)
        scope.open.pop()
    return scope.made[name]


def _origin(node: Node) -> Origin:
    return Origin(_shown(node), node.span)


def _shown(node: Node) -> str:
    """Return a node as an author would write it on one line, shortened."""
    parts: list[str] = []
    _write(node, parts)
    shown = "".join(parts)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"


def _write(node: Node, parts: list[str]) -> None:
    if len(parts) > _LONGEST_SHOWN:
        return
    if node.is_mapping:
        for at, (key, inner) in enumerate(node.items()):
            parts.append(f"{', ' if at else '{'}{key}: ")
            _write(inner, parts)
        parts.append("}" if node.value else "{}")
    elif node.is_list:
        for at, inner in enumerate(node.value):
            parts.append(", " if at else "[")
            _write(inner, parts)
        parts.append("]" if node.value else "[]")
    else:
        value: Any = text_of(node)
        parts.append(f"'{value}'" if node.quoted else value)
