"""What an author most likely did where a YAML parser stopped, in words that say what to write.

The parser's own words name its state ("did not find expected key"); the line it stopped at nearly
always shows the slip. Nothing here raises, whatever the lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LONGEST_SHOWN = 60
_SIGNS = "@`%*&"
_CLOSING = {"[": "]", "{": "}"}
_QUOTES = "\"'"
_TEXT_AFTER = "the value goes on after its closing quote"
_BRACES = "a value with braces must be in quotes"
_KEY = re.compile(r"\s*(?:- +)*(?P<key>[^\s:#'\"\[{][^:]*):(?:\s|$)")
_HEAD = re.compile(r"(\s*)((?:- +)*)")
_KEY_NEXT = re.compile(r"[\w.-]+\s*:(?:\s|$)")
_LONE_WORD = re.compile(r"(?:^|[\[{,]|- )\s*([\w.-]+)$")
_NO_SPACE = re.compile(r"\s*(?:- +)*([\w.-]+):(\S.*)")
_IN_FLOW = re.compile(
    r"""(?<=[\[{,:\s])(?:"(?:\\.|[^"\\])*"|'[^']*')|(?:^|\s)\#.*|[\[\]{}]""", re.MULTILINE
)
_JOINED_KEY = re.compile(r"([\w.-]+)\s*(:?)\s*[{\[]")


@dataclass(frozen=True, slots=True)
class Fault:
    """Where and with which words the parser stopped; lines and columns count from 0.

    Attributes:
        opened: Where what it was reading began, where it says so.
    """

    line: int
    column: int
    context: str
    problem: str
    opened: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What to tell the author; lines and columns count from 0."""

    line: int
    column: int
    message: str
    help: str = ""


def explain(fault: Fault, lines: Sequence[str]) -> Advice:
    """Return the likely slip and its place; the parser's own words where none is recognised."""
    lines = [line.rstrip("\r") for line in lines]
    for reads in _READERS:
        advice = reads(fault, lines)
        if advice is not None:
            return advice
    what = f"{fault.context} {fault.problem}".strip()
    return Advice(fault.line, fault.column, f"not valid YAML: {what}")


def joined_key(key: str) -> tuple[str, str, str] | None:
    """Return the key, message and help for one that swallowed its value: ``not {text``."""
    found = _JOINED_KEY.match(key)
    if found is None:
        return None
    name, what = found[1], "a space" if found[2] else "a colon"
    where = "the colon of" if found[2] else ""
    message = f"{what} is missing after {where} '{name}'".replace("  ", " ")
    return name, message, f"write '{name}: ' and then the value"


def must_be_quoted(line: str, column: int) -> tuple[str, str]:
    """Return message and help for a value that begins with a sign of YAML's own."""
    sign = line[column : column + 1]
    value = _value(line, column)
    help_text = f"write {_quoted(value)}"
    if sign == "*":
        help_text += f" (YAML takes {value.split(' ')[0]} for a reference to an earlier part)"
    if sign == "&":
        help_text += f" (YAML takes {value.split(' ')[0]} for the name of a part)"
    return f"a value that begins with '{sign}' must be in quotes", help_text


def braces_must_be_quoted(line: str, column: int) -> tuple[str, str]:
    """Return message and help for a value whose braces YAML took for a mapping."""
    return _BRACES, f"write {_quoted(_value(line, column))}"


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number] if 0 <= number < len(lines) else ""


def _tab(fault: Fault, lines: Sequence[str]) -> Advice | None:
    source = _line(lines, fault.line)
    indent = source[: len(source) - len(source.lstrip())]
    if "\t" not in indent and source[fault.column : fault.column + 1] != "\t":
        return None
    column = source.index("\t")
    help_text = "indent with spaces, never with a tab (\\t)"
    return Advice(fault.line, column, "a tab where YAML wants spaces", help_text)


def _first_sign(fault: Fault, lines: Sequence[str]) -> Advice | None:
    line, column = fault.line, fault.column
    if fault.opened is not None and re.search("alias|anchor|directive", fault.context):
        line, column = fault.opened
    elif not re.search("cannot start any token|undefined alias", fault.problem):
        return None
    source = _line(lines, line)
    if source[column : column + 1] not in tuple(_SIGNS):
        return None
    return Advice(line, column, *must_be_quoted(source, column))


def _quote_left_open(fault: Fault, lines: Sequence[str]) -> Advice | None:
    if "quoted scalar" not in fault.context or fault.opened is None:
        return None
    if "unknown escape" in fault.problem:
        sign = _line(lines, fault.line)[fault.column : fault.column + 2]
        help_text = "in single quotes a backslash is only a backslash"
        message = f"'{sign}' has no meaning in double quotes"
        return Advice(fault.line, fault.column, message, help_text)
    if not re.search("end of stream|document indicator", fault.problem):
        return None
    quote = _line(lines, fault.opened[0])[fault.opened[1] : fault.opened[1] + 1]
    help_text = f"add {quote} where the value ends"
    return Advice(*fault.opened, "this quote is never closed", help_text)


def _second_colon(fault: Fault, lines: Sequence[str]) -> Advice | None:
    if "mapping values are not allowed" not in fault.problem:
        return None
    source = _line(lines, fault.line)
    found = _KEY.match(source)
    if found is not None and found.end() < fault.column:
        start = found.end() + len(source[found.end() :]) - len(source[found.end() :].lstrip())
        help_text = f"write {found['key']}: {_quoted(_value(source, start))}"
        message = "a value that holds ': ' must be in quotes"
        return Advice(fault.line, fault.column, message, help_text)
    before = next((at for at in range(fault.line - 1, -1, -1) if _line(lines, at).strip()), 0)
    return _no_space(before, lines) or _misplaced(fault.line, lines)


def _no_colon(fault: Fault, lines: Sequence[str]) -> Advice | None:
    if "could not find expected ':'" not in fault.problem or fault.opened is None:
        return None
    advice = _no_space(fault.opened[0], lines)
    if advice is not None:
        return advice
    message = "this line is neither 'key: value' nor an item ('- ')"
    help_text = "put a value of several lines in quotes, and indent the lines that go on"
    return Advice(*fault.opened, message, help_text)


def _no_space(number: int, lines: Sequence[str]) -> Advice | None:
    source = _line(lines, number)
    found = _NO_SPACE.match(source)
    if found is None or _KEY.match(source):
        return None
    message = f"a space is missing after the colon of '{found[1]}'"
    return Advice(number, found.start(2), message, f"write {found[1]}: {_short(found[2])}")


def _bracket_left_open(fault: Fault, lines: Sequence[str]) -> Advice | None:
    source = _line(lines, fault.line)
    is_end = not any(one.strip() for one in (source[fault.column :], *lines[fault.line + 1 :]))
    if "flow" not in fault.context or fault.opened is None:
        return None
    opened = _line(lines, fault.opened[0])
    is_outside = _indent(source) <= _indent(opened) and fault.line > fault.opened[0]
    is_key = is_outside and source[fault.column : fault.column + 1] == ":"
    is_first = is_key or not source[: fault.column].strip()
    if not (is_first or is_end):
        return None
    bracket = opened[fault.opened[1] : fault.opened[1] + 1]
    if is_end and not bracket:
        # It wanted a value and met the end: it says where that is, not what was opened.
        return _innermost(lines)
    if is_end or (is_outside and source[fault.column : fault.column + 1] not in tuple("]}")):
        closing = _CLOSING.get(bracket, bracket)
        help_text = f"add '{closing}' where it ends"
        return Advice(*fault.opened, f"this '{bracket}' is never closed", help_text)
    message = f"a comma is missing before this line: the '{bracket}' is still open"
    help_text = f"it was opened in line {fault.opened[0] + 1}; part its values with commas"
    return Advice(fault.line, fault.column, message, help_text)


def _innermost(lines: Sequence[str]) -> Advice | None:
    """Return advice about the last bracket that nothing closes."""
    opened: list[tuple[int, int]] = []
    for found in _IN_FLOW.finditer(text := "\n".join(lines)):
        if found[0] in ("[", "{"):
            before = text[: found.start()]
            opened.append((before.count("\n"), len(before) - (before.rfind("\n") + 1)))
        elif found[0] in ("]", "}") and opened:
            opened.pop()
    if not opened:
        return None
    line, column = opened[-1]
    bracket = lines[line][column]
    help_text = f"add '{_CLOSING[bracket]}' where it ends"
    return Advice(line, column, f"this '{bracket}' is never closed", help_text)


def _after_value(fault: Fault, lines: Sequence[str]) -> Advice | None:
    source = _line(lines, fault.line)
    before, rest = source[: fault.column].rstrip(), source[fault.column :]
    if "did not find expected" not in fault.problem or not before or not rest:
        return None
    words = None
    if rest[0] in "}]":
        words = (f"this '{rest[0]}' closes nothing", "remove it, or put the value in quotes")
    elif before[-1] in _QUOTES:
        words = _after_quote(before, rest, source=source, is_flow="flow" in fault.context)
    elif before[-1] == "}":
        words = _after_brace(before, rest, source=source)
    elif rest[0] in "{[":
        words = _before_brace(before, source=source)
    elif rest[0] == ":":
        message = "a comma is missing, or a value that holds ': ' is not in quotes"
        words = (message, "part the fields with commas: {a: x, b: y}")
    return None if words is None else Advice(fault.line, fault.column, *words)


def _after_quote(before: str, rest: str, *, source: str, is_flow: bool) -> tuple[str, str]:
    quote = before[-1]
    start = before.rfind(quote, 0, len(before) - 1)
    if start < 0 or before.count(quote) % 2:
        message = "the quote before this closes one from an earlier line"
        return message, "look above for a quote that is never closed"
    if is_flow and (rest[0] in "\"'[{" or _KEY_NEXT.match(rest)):
        return _no_comma()
    is_apostrophe = quote == "'" and len(before) == source.find(rest) and rest[0].isalnum()
    if is_apostrophe:
        message = "within single quotes an apostrophe is written twice"
        return message, "write '' for it, or put the value in double quotes"
    return _TEXT_AFTER, f"put the whole in single quotes: {_quoted(_value(source, start))}"


def _after_brace(before: str, rest: str, *, source: str) -> tuple[str, str]:
    start = before.rfind("{")
    while start > 0 and before[start - 1] == "{":
        start -= 1
    is_mapping = ":" in before[start:] or start < 0
    if is_mapping and (rest[0] in "\"'[{" or _KEY_NEXT.match(rest)):
        return _no_comma()
    return braces_must_be_quoted(source, max(start, 0))


def _before_brace(before: str, *, source: str) -> tuple[str, str]:
    found = _LONE_WORD.search(before)
    if found is not None:
        return f"a colon is missing after '{found[1]}'", f"write '{found[1]}: ' and then the value"
    start = max(before.rfind(sign) + len(sign) for sign in (": ", ", ", "[", "{"))
    return braces_must_be_quoted(source, start)


def _no_comma() -> tuple[str, str]:
    return "a comma is missing before this", "part values in brackets with commas"


def _indentation(fault: Fault, lines: Sequence[str]) -> Advice | None:
    is_first = not _line(lines, fault.line)[: fault.column].strip()
    if "did not find expected" not in fault.problem or "flow" in fault.context or not is_first:
        return None
    return _misplaced(fault.line, lines)


def _misplaced(number: int, lines: Sequence[str]) -> Advice | None:
    """Return advice for a line indented unlike those it belongs with."""
    source = _line(lines, number)
    column, is_item = _indent(source), source.lstrip().startswith("- ")
    what, other = ("item", "keys") if is_item else ("key", "items")
    levels = list(_levels_above(number, lines))
    alike = [(at, line) for at, line, item in levels if item is is_item and at != column]
    if any(at == column and item is not is_item for at, _, item in levels):
        help_text = "indent it, or the lines above, so that lists and keys stand apart"
        return Advice(number, column, f"this {what} stands among {other}", help_text)
    if not alike:
        return None
    at, line = min(alike, key=lambda one: abs(one[0] - column))
    message = f"this {what} is indented unlike its neighbours: it begins at column {column + 1}"
    help_text = f"its neighbours begin at column {at + 1} (line {line + 1})"
    return Advice(number, column, message, help_text)


def _levels_above(number: int, lines: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """Yield column, line and whether it is an item's, of each level open above, deepest first."""
    limit = float("inf")
    for line in range(min(number, len(lines)) - 1, -1, -1):
        source = lines[line]
        if source.startswith("---"):
            return
        found = _HEAD.match(source)
        indent = _indent(source)
        if found is None or not source.strip() or source.lstrip()[0] == "#" or indent >= limit:
            continue
        key = found.end()
        if key < limit and _KEY.match(source):
            yield key, line, False
        for at in range(key - 1, indent - 1, -1):
            if source[at] == "-" and at < limit:
                yield at, line, True
        # A list may stand at the column of the key that holds it.
        limit = indent + 0.5 if found[2] else indent


def _indent(source: str) -> int:
    return len(source) - len(source.lstrip())


def _value(line: str, start: int) -> str:
    """Return the value that begins at ``start``, up to where it must have been meant to end."""
    is_flow = line[:start].count("[") + line[:start].count("{") > (
        line[:start].count("]") + line[:start].count("}")
    )
    depth, end = 0, len(line)
    for at in range(start, len(line)):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(line[at], 0)
        if is_flow and (depth < 0 or (line[at] == "," and depth == 0)):
            end = at
            break
        if line[at] == "#" and line[at - 1 : at] == " ":
            end = at
            break
    return line[start:end].strip()


def _quoted(value: str) -> str:
    return _short("'" + value.replace("'", "''") + "'")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


_READERS: tuple[Callable[[Fault, Sequence[str]], Advice | None], ...] = (
    _tab,
    _first_sign,
    _quote_left_open,
    _second_colon,
    _no_colon,
    _bracket_left_open,
    _after_value,
    _indentation,
)
