"""YAML in which every node knows its line and column, without YAML 1.1's surprises.

Only ``true``, ``false``, ``null``, decimal integers and decimals are more than text when unquoted:
``no``, ``on``, ``off``, ``1:30``, ``0777``, ``1_000`` and dates stay text. A repeated key, a tag, a
merge key, an alias that contains itself and a tab as indentation are faults. No text makes these
functions raise: faults come back as Problems beside what could be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from engine.problem import Problem, ProblemSeverity, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_NODES = 500_000
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
    """

    value: Any
    span: Span
    keys: Mapping[str, Span] = field(default_factory=dict)
    quoted: bool = False

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
        self._file = file
        self._family = family
        self._made: dict[int, Node] = {}
        self._open: set[int] = set()
        self._count = 0

    def documents(self) -> list[Node]:
        found: list[Node] = []
        loader: Any = None
        try:
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
        except RecursionError:
            self._report("101", self._span(0, 0), "lists and mappings nested too deeply")
        finally:
            if loader is not None:
                loader.dispose()
        return found

    def _node(self, raw: Any) -> Node:
        known = self._made.get(id(raw))
        if known is not None:
            return known
        mark = raw.start_mark
        span = self._span(mark.line, mark.column)
        self._count += 1
        if id(raw) in self._open or self._count > MOST_NODES:
            self._report(
                "103", span, "an alias that contains itself, or a file too large to expand"
            )
            return Node(None, span)
        self._open.add(id(raw))
        node = self._collection(raw, span)
        self._open.discard(id(raw))
        self._made[id(raw)] = node
        return node

    def _collection(self, raw: Any, span: Span) -> Node:
        if isinstance(raw, yaml.SequenceNode):
            self._check_tag(raw, span)
            return Node(tuple(self._node(one) for one in raw.value), span)
        if isinstance(raw, yaml.MappingNode):
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
            if key == "<<" and not raw_key.style:
                self._report(
                    "103",
                    key_span,
                    "merge keys ('<<') are not part of the language",
                    "write the fields out, or use a macro, a list or extends",
                )
                continue
            if key in values:
                self._report(
                    "102",
                    key_span,
                    f"the key '{key}' is repeated",
                    f"it first stands at line {keys[key].line}; keep one of the two",
                )
                continue
            values[key] = self._node(raw_value)
            keys[key] = key_span
        return Node(values, span, keys)

    def _scalar(self, raw: Any, span: Span) -> Node:
        span = self._wide_span(raw)
        quoted = bool(raw.style)
        if quoted or raw.tag == "!":
            return Node(raw.value, span, quoted=True)
        if self._has_explicit_tag(raw):
            self._check_tag(raw, span)
            return Node(raw.value, span, quoted=True)
        return Node(_resolve(raw.value), span)

    def _has_explicit_tag(self, raw: Any) -> bool:
        at = raw.start_mark
        line = self._lines[at.line] if at.line < len(self._lines) else ""
        return line[at.column : at.column + 1] == "!"

    def _check_tag(self, raw: Any, span: Span) -> None:
        if raw.tag not in _PLAIN_TAGS:
            self._report("103", span, f"tags such as '{raw.tag}' are not part of the language")

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark is not None else (0, 0)
        source = self._lines[line] if line < len(self._lines) else ""
        indent = source[: len(source) - len(source.lstrip())]
        if "\t" in indent or source[column : column + 1] == "\t":
            column = source.index("\t")
            self._report(
                "101",
                self._span(line, column),
                "a tab where YAML wants spaces",
                "indent with spaces, never with a tab (\\t)",
            )
            return
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        self._report("101", self._span(line, column), f"not valid YAML: {what}")

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
            "remove control characters and broken surrogates",
        )

    def _first_odd_character(self) -> tuple[int, int]:
        for number, line in enumerate(self._lines):
            for at, char in enumerate(line):
                if not (char in "\t\r" or char.isprintable() or char.isspace()):
                    return number, at
        return 0, 0

    def _wide_span(self, raw: Any) -> Span:
        start, end = raw.start_mark, raw.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return self._span(start.line, start.column, max(1, length))

    def _span(self, line: int, column: int, length: int = 1) -> Span:
        source = self._lines[line].rstrip("\r") if line < len(self._lines) else ""
        return Span(self._file, line + 1, column + 1, length, source)

    def _report(self, number: str, span: Span, message: str, help_text: str = "") -> None:
        self.problems.append(
            Problem(
                code=f"{self._family}{number}",
                severity=ProblemSeverity.ERROR,
                span=span,
                message=message,
                help=help_text,
            )
        )


def _resolve(text: str) -> Any:
    """Return what an unquoted scalar means."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
