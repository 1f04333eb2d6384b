"""A stored trace as nested lines: what each condition asked, what it saw, whether it held."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_VALUE = 300
_MARKS = {True: "✓", False: "✗", None: "?"}
_ANSWERS = {True: "held", False: "did_not_hold", None: "undecided"}
_CUT = "\u2026"


@dataclass(frozen=True, slots=True)
class Line:
    """One condition as shown.

    Attributes:
        mark: ``✓``, ``✗`` or ``?``; `answer` is the word of the page for it.
        label: Word of the page for how the lines below are joined; empty for a leaf.
        code: A leaf's field or task, a macro's name; empty where label and lines below say it all.
        seen: What the mention had there, for a leaf; None where that is the mention's whole text.
        wanted: What was asked for, for a leaf.
    """

    mark: str
    answer: str
    label: str = ""
    code: str = ""
    seen: str | None = ""
    wanted: str = ""
    lines: tuple[Line, ...] = ()


def trace_lines(trace: Mapping[str, Any], text: str) -> Line:
    """Return a decision's trace as lines.

    Args:
        text: The mention's: where a condition saw all of it, it is not shown once more.
    """
    return _line(trace, None, text)


def _line(node: Mapping[str, Any], above: str | None, text: str) -> Line:
    held, written = node["held"], node["condition"]
    mark, answer = _MARKS[held], _ANSWERS[held]
    children = node.get("children") or ()
    if not children:
        value = node.get("value")
        seen = None if value == text else shown_value(value)
        subject = written.partition(":")[0]
        return Line(mark, answer, "", subject, seen, shown_value(node.get("wanted")))
    lines = tuple(_line(child, written, text) for child in children)
    if written.startswith("macro: "):
        return Line(mark, answer, "", written, lines=lines)
    return Line(mark, answer, _joined_by(node, above), lines=lines)


def _joined_by(node: Mapping[str, Any], above: str | None) -> str:
    """Return how a node joins its children: ``all_of any_of not_this together`` or ``when``.

    A list's own text does not name the key it stands under; the text above it does, as far as that
    is kept. Where it is cut off, the answers tell, save when they agree, and then all and any come
    to the same: ``together``, or ``when`` at the top.
    """
    written, held = node["condition"], node["held"]
    if written.startswith("not: "):
        return "not_this"
    if written.startswith("{"):
        return "all_of"
    keys = {
        key for key in ("all", "any") if above is not None and _stands_under(key, written, above)
    }
    if len(keys) == 1:
        return f"{keys.pop()}_of"
    answers = {child["held"] for child in node["children"]}
    if len(answers) == 1:
        return "when" if above is None else "together"
    worst = False if False in answers else None
    return "all_of" if held is worst else "any_of"


def _stands_under(key: str, written: str, above: str) -> bool:
    """Return whether a list stands as the value of a key in the text above; both may be cut."""
    whole, inner = above.removesuffix(_CUT), written.removesuffix(_CUT)
    rests = [whole[found.end() :] for found in re.finditer(rf"\b{key}: (?=\[)", whole)]
    return any(rest.startswith(inner) or inner.startswith(rest) for rest in rests)


def shown_value(value: Any) -> str:
    """Return a JSON value on one short line, as an author would write it; absent is a dash."""
    shown = "\u2014" if value is None else _written(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}{_CUT}"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, dict):
        if set(value) == {"label", "score"}:
            return f"{_written(value['label'])} {_written(value['score'])}"
        return ", ".join(f"{name}: {_written(one)}" for name, one in value.items())
    if isinstance(value, list):
        return f"[{', '.join(_written(one) for one in value)}]"
    return str(value)
