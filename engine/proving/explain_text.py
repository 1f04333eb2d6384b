"""An explanation as people read it: what happened, then the condition as a tree of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.proving.explain_window import PART
from engine.proving.views import shorten
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from engine.proving.explain import Explanation

_MARK = {True: "✓", False: "✗", None: "?"}
_OFF = "off"


def explanation_lines(found: Explanation) -> list[str]:
    """Return an explanation as lines: ✓ held, ✗ did not, ? undecided (absent or unknown)."""
    lines = [f"{found.policy}/{found.rule}: {_verdict(found)}"]
    lines += [_held_back(one) for one in found.held_back]
    for row in sorted(found.rows, key=lambda one: (_order(one["part"]), one["path"])):
        paths = {tuple(one["path"]) for one in found.rows if one["part"] == row["part"]}
        is_answered = found.fired if found.counts is None else found.counts
        lines.append(_row(row, paths) + ("" if is_answered else _nearness(row, paths)))
    if found.revision:
        lines.append(f"  revision {found.revision}")
    return lines


def _verdict(found: Explanation) -> str:
    if found.suppressed_by == _OFF:
        return "off: it is not evaluated; its condition would answer"
    if found.counts is not None:
        return _over_time(found)
    if found.fired:
        return "fired" if found.suppressed_by is None else "fired, and all of it was held back"
    if found.suppressed_by is not None:
        return "held, but for an exception"
    return f"did not fire; {_missing(found)}"


def _missing(found: Explanation) -> str:
    if found.distance == 1:
        return "one answer would change that (marked <-)"
    return f"{found.distance:.0f} answers would have to change (marked <-)"


def _over_time(found: Explanation) -> str:
    since = ", ".join(
        " ".join([*(f"{name}={value}" for name, value in one["key"].items()), "since"])
        + f" {one['opened_at']}"
        for one in found.firing
    )
    state = f"fires {since}" if found.fired else "judges mentions over time and does not fire"
    if found.counts:
        return f"{state}; this mention counts"
    return f"{state}; this mention does not count: {_missing(found)}"


def _held_back(one: Mapping[str, Any]) -> str:
    what = one["action"] or "the whole match"
    detail = f" ({one['detail']})" if one["detail"] else ""
    return f"  held back: {what}: {Reason(one['by']).text}{detail}"


def _order(part: str) -> int:
    if part.startswith(PART):
        return 3
    return ("brands", "when").index(part) if part in ("brands", "when") else 2


def _row(row: Mapping[str, Any], paths: Collection[Sequence[int]]) -> str:
    path = row["path"]
    part = row["part"]
    is_named = part.startswith(PART) or (part.startswith("except") and not path)
    name = f"{part}: " if is_named else ""
    depth = 1 if part.startswith(PART) else 1 + len(path)
    saw = f"  (saw {_shown(row['value'])})" if _is_leaf(row, paths) else ""
    return f"{'  ' * depth}{_MARK[row['held']]} {name}{row['condition']}{saw}"


def _nearness(row: Mapping[str, Any], paths: Collection[Sequence[int]]) -> str:
    if row["changes"] is None or not _is_leaf(row, paths):
        return ""
    return "  <-" if row["changes"] == 1 else f"  <- with {row['changes'] - 1} more"


def _is_leaf(row: Mapping[str, Any], paths: Collection[Sequence[int]]) -> bool:
    return (*row["path"], 0) not in paths


def _shown(value: Any) -> str:
    if value is None:
        return "absent"
    if isinstance(value, dict) and set(value) == {"label", "score"}:
        return f"{value['label']} {value['score']:.3g}"
    return shorten(repr(value))
