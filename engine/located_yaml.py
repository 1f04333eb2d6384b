"""YAML in which every node knows its line and column, without YAML 1.1's surprises.

Only ``true``, ``false``, ``null``, decimal integers and decimals are more than text when unquoted:
``no``, ``on``, ``off``, ``1:30``, ``0777``, ``1_000`` and dates stay text. A repeated key, a tag, a
merge key, an alias that contains itself and a tab as indentation are faults. No text makes these
functions raise: faults come back as Problems beside what could be read.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from engine.problem import Problem, ProblemSeverity, Span
from engine.yaml_faults import (
    Fault,
    braces_must_be_quoted,
    explain,
    joined_key,
    must_be_quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_NODES = 500_000
DEEPEST = 100  # levels; readers of Nodes recurse, and Python's stack is about 1,000 frames
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?")
_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))
_ANCHOR = re.compile(r"&(\w+)")
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a file.

    Attributes:
        value: None, bool, int, float or str; a tuple of Nodes for a list; for a mapping a dict of
            text to Node in the order of the file.
        span: Where the node begins; for a mapping, its first key.
        keys: For a mapping: where each key stands.
        quoted: Whether a scalar was written in quotes or as a block, so is surely text.
        is_faulty: It was reported already and stands for what nobody can know.
        further: For a scalar that goes on: each further line, from its first character.
    """

    value: Any
    span: Span
    keys: Mapping[str, Span] = field(default_factory=dict)
    quoted: bool = False
    is_faulty: bool = False
    further: tuple[Span, ...] = ()

    @property
    def is_mapping(self) -> bool:
        """Whether the node is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether the node is a list."""
        return isinstance(self.value, tuple)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield a mapping's keys and nodes; nothing for anything else."""
        if isinstance(self.value, dict):
            yield from self.value.items()

    def get(self, key: str) -> Node | None:
        """Return the node under a key, None where there is none or this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def plain(self) -> Any:
        """Return the value as ordinary Python: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, path: Sequence[str | int]) -> Node:
        """Return the deepest node that a path of keys and indexes reaches."""
        node = self
        for step in path:
            inner: Node | None = None
            if isinstance(step, str):
                inner = node.get(step)
            elif isinstance(node.value, tuple) and 0 <= step < len(node.value):
                inner = node.value[step]
            if inner is None:
                break
            node = inner
        return node


def load(text: str, file: str, *, family: str = "R") -> tuple[list[Node], list[Problem]]:
    """Read the documents of one file.

    Args:
        file: Its name, as Problems shall show it.
        family: First letter of the codes: ``R`` for rules, ``C`` for settings.

    Returns:
        The documents that could be read, empty ones left out, and every fault found.
    """
    reader = _Reader(text.removeprefix("\ufeff"), file, family)
    return reader.documents(), reader.problems


def decode(data: bytes, file: str, *, family: str = "R") -> tuple[str, list[Problem]]:
    """Return a file's bytes as text; where they are not UTF-8, empty text and the fault's place."""
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return "", [
            Problem(
                code=f"{family}100",
                severity=ProblemSeverity.ERROR,
                span=Span(file, line, column),
                message=message,
                help="save the file as UTF-8",
            )
        ]


class _Reader:
    """Turns one file's text into Nodes, collecting Problems on the way."""

    def __init__(self, text: str, file: str, family: str) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._file = file
        self._family = family
        self._made: dict[int, tuple[Node, int]] = {}
        self._open: set[int] = set()
        self._count = 0
        self._aliases: set[str] | None = set()  # None: not all of them are known

    def documents(self) -> list[Node]:
        found: list[Node] = []
        loader: Any = None
        try:
            if not self._is_shallow():
                return []
            loader = _Loader(self._text)
            while loader.check_node():
                self._made.clear()
                node = self._node(loader.get_node())
                if node.value is not None:
                    found.append(node)
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
        except (yaml.YAMLError, UnicodeError) as error:
            self._unreadable(error)
        finally:
            if loader is not None:
                loader.dispose()
        return found

    def _is_shallow(self) -> bool:
        """Say whether nesting stays within DEEPEST; composing deeper would end the process in C."""
        loader = _Loader(self._text)
        depth = 0
        try:
            while loader.check_event():
                event = loader.get_event()
                if isinstance(event, yaml.AliasEvent) and self._aliases is not None:
                    self._aliases.add(str(event.anchor))
                if isinstance(event, yaml.CollectionStartEvent):
                    depth += 1
                elif isinstance(event, yaml.CollectionEndEvent):
                    depth -= 1
                if depth > DEEPEST:
                    span = self._at(event.start_mark)
                    self._report(
                        "101", span, f"lists and mappings nested deeper than {DEEPEST} levels"
                    )
                    return False
        except yaml.MarkedYAMLError:
            self._aliases = None  # Composing meets it again, after the documents before it.
        finally:
            loader.dispose()
        return True

    def _node(self, raw: Any) -> Node:
        known = self._made.get(id(raw))
        if known is not None:
            node, size = known
            self._count += size  # Aliases of aliases grow by powers; nobody may walk that.
            return node if self._count <= MOST_NODES else self._too_much(raw)
        self._count += 1
        if id(raw) in self._open or self._count > MOST_NODES:
            return self._too_much(raw)
        self._open.add(id(raw))
        before = self._count
        node = self._collection(raw, self._at(raw.start_mark))
        self._open.discard(id(raw))
        self._made[id(raw)] = (node, 1 + self._count - before)
        return node

    def _too_much(self, raw: Any) -> Node:
        span = self._at(raw.start_mark)
        if not any(one.code == f"{self._family}103" for one in self.problems):
            self._report(
                "103", span, "an alias that contains itself, or a file too large to expand"
            )
        return _at_fault(span)

    def _collection(self, raw: Any, span: Span) -> Node:
        if isinstance(raw, yaml.SequenceNode):
            self._check_tag(raw, span)
            return Node(tuple(self._node(one) for one in raw.value), span)
        if isinstance(raw, yaml.MappingNode):
            if self._text.startswith("{{", raw.start_mark.index):
                line, column = self._place(raw.start_mark)
                message, help_text = braces_must_be_quoted(self._lines[line], column)
                self._report("101", span, message, help_text=help_text)
                return _at_fault(span)
            self._check_tag(raw, span)
            return self._mapping(raw, span)
        return self._scalar(raw, span)

    def _mapping(self, raw: Any, span: Span) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        for raw_key, raw_value in raw.value:
            key_span = self._wide_span(raw_key)
            if not isinstance(raw_key, yaml.ScalarNode):
                self._report("101", key_span, "a key must be text, not a list or a mapping")
                continue
            key = raw_key.value
            joined = None if raw_key.style else joined_key(key)
            if joined is not None:
                key, message, help_text = joined
                self._report("101", key_span, message, help_text=help_text)
                values[key], keys[key] = _at_fault(key_span), key_span
                continue
            if key == "<<" and not raw_key.style:
                self._report(
                    "103",
                    key_span,
                    "merge keys ('<<') are not part of the language",
                    help_text="write the fields out, or use a macro, a list or extends",
                )
                continue
            if key in values:
                self._report(
                    "102",
                    key_span,
                    f"the key '{key}' is repeated",
                    help_text=f"it first stands at line {keys[key].line}; keep one of the two",
                )
                continue
            values[key] = self._node(raw_value)
            keys[key] = key_span
        return Node(values, span, keys)

    def _scalar(self, raw: Any, span: Span) -> Node:
        span = self._wide_span(raw)
        quoted = bool(raw.style)
        if quoted or raw.tag == "!":
            return Node(raw.value, span, quoted=True, further=self._further(raw))
        if self._has_explicit_tag(raw):
            self._check_tag(raw, span)
            return Node(raw.value, span, quoted=True, is_faulty=raw.tag not in _PLAIN_TAGS)
        if self._is_lost_to_an_anchor(raw):
            line, column = self._place(raw.start_mark)
            message, help_text = must_be_quoted(self._lines[line], column)
            self._report("101", span, message, help_text=help_text)
            return _at_fault(span)
        return Node(_resolve(raw.value), span, further=self._further(raw))

    def _further(self, raw: Any) -> tuple[Span, ...]:
        first, (last, column) = self._place(raw.start_mark)[0], self._place(raw.end_mark)
        lines = [(at, self._lines[at]) for at in range(first + 1, last + (column > 0))]
        return tuple(
            self._span(at, len(line) - len(line.lstrip())) for at, line in lines if line.strip()
        )

    def _is_lost_to_an_anchor(self, raw: Any) -> bool:
        """Say whether ``&fire`` names a value and nothing refers to it: it was meant as text."""
        found = _ANCHOR.match(self._text, raw.start_mark.index)
        return found is not None and self._aliases is not None and found[1] not in self._aliases

    def _has_explicit_tag(self, raw: Any) -> bool:
        at = raw.start_mark.index
        return self._text[at : at + 1] == "!"

    def _check_tag(self, raw: Any, span: Span) -> None:
        if raw.tag not in _PLAIN_TAGS:
            message = f"tags such as '{raw.tag}' are not part of the language"
            help_text = "put a value that begins with '!' in quotes"
            self._report("103", span, message, help_text=help_text)

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        line, column = self._place(mark) if mark is not None else (0, 0)
        opened = None if error.context_mark is None else self._place(error.context_mark)
        fault = Fault(line, column, error.context or "", error.problem or "", opened)
        advice = explain(fault, self._lines)
        span = self._span(advice.line, advice.column)
        self._report("101", span, advice.message, help_text=advice.help)

    def _unreadable(self, error: Exception) -> None:
        position = getattr(error, "position", None)
        line = column = 0
        if isinstance(position, int):
            before = self._text[:position]
            line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
        else:
            line, column = self._first_odd_character()
        self._report(
            "101",
            self._span(line, column),
            "a character that YAML does not allow",
            help_text="remove control characters and broken surrogates",
        )

    def _first_odd_character(self) -> tuple[int, int]:
        for number, line in enumerate(self._lines):
            for at, char in enumerate(line):
                if not (char in "\t\r" or char.isprintable() or char.isspace()):
                    return number, at
        return 0, 0

    def _wide_span(self, raw: Any) -> Span:
        line, column = self._place(raw.start_mark)
        last, end = self._place(raw.end_mark)
        return self._span(line, column, max(1, end - column if last == line else 1))

    def _at(self, mark: Any) -> Span:
        return self._span(*self._place(mark))

    def _place(self, mark: Any) -> tuple[int, int]:
        """Return line and column from 0; YAML's own count lines at U+2028 too, editors do not."""
        line = min(bisect_right(self._starts, mark.index), len(self._lines)) - 1
        return line, mark.index - self._starts[line]

    def _span(self, line: int, column: int, length: int = 1) -> Span:
        source = self._lines[line].rstrip("\r") if line < len(self._lines) else ""
        return Span(self._file, line + 1, column + 1, length, source)

    def _report(self, number: str, span: Span, message: str, *, help_text: str = "") -> None:
        self.problems.append(
            Problem(
                code=f"{self._family}{number}",
                severity=ProblemSeverity.ERROR,
                span=span,
                message=message,
                help=help_text,
            )
        )


def _at_fault(span: Span) -> Node:
    return Node("*", span, quoted=True, is_faulty=True)


def _resolve(text: str) -> Any:
    """Return what an unquoted scalar means."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text
