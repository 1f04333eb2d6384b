"""How the policy commands write for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.life.comparing import Compared

_SHOWN = 12
_LONGEST = 200
_NOTHING = object()


def history_line(row: Mapping[str, Any]) -> str:
    """Return one event of the history as a line, problems of a refusal below it."""
    short = (row["revision"] or "-")[:_SHOWN]
    parts = [row["at"], f"{row['kind']:<8}", f"{short:<{_SHOWN}}"]
    if row["rules"] is not None:
        parts.append(f"{row['rules']} rule(s){_numbers(row['detail'].get('changes', {}))}")
    if row["by"]:
        parts.append(f"by {row['by']}")
    if row["reason"]:
        parts.append(f'"{row["reason"]}"')
    lines = ["  ".join(parts)]
    if row["kind"] == "refused":
        detail = row["detail"]
        lines[0] += f"  {detail['message']}"
        lines += [f"    {_problem(one)}" for one in detail["problems"]]
        more = detail["count"] - len(detail["problems"])
        lines += [f"    and {more} more"] if more > 0 else []
    for one in row["held"] or ():
        lines.append(f"    runs as draft: {one['policy']}/{one['rule']}: {one['why']}")
    return "\n".join(lines)


def diff_lines(compared: Compared) -> Iterator[str]:
    """Yield what differs, the gravest first: rules, then what they refer to."""
    found = compared.difference
    if found is None:
        return
    yield f"from {found.before} to {found.after}"
    for sign, rules in (("+", found.added), ("-", found.removed)):
        for one in rules:
            yield f"{sign} rule {one['policy']}/{one['rule']} ({one['mode']})"
    for one in found.changed:
        yield f"~ rule {one['policy']}/{one['rule']}" + _effect(one)
        yield from (f"    {_change(change)}" for change in one["changes"])
    for one in found.documents:
        sign = {"added": "+", "removed": "-", "changed": "~"}[one["change"]]
        yield f"{sign} {one['document']}"
        yield from (f"    {_change(change)}" for change in one["changes"])
    for verdict in compared.promotions:
        what = f"{verdict.promotion.policy.id}/{verdict.promotion.rule.id}"
        yield f"! enforce of {what}: {verdict.why or 'earned'}" + (
            "" if verdict.is_earned else "; it would run as draft"
        )
    if found.is_empty:
        yield "no rule differs" + (", only comments or layout" if compared.text else "")


def _numbers(changes: Mapping[str, int]) -> str:
    signs = (("+", "added"), ("-", "removed"), ("~", "changed"))
    told = [f"{sign}{changes[name]}" for sign, name in signs if changes.get(name)]
    return f" ({' '.join(told)})" if told else ""


def _problem(one: Mapping[str, Any]) -> str:
    where = f"{one['file']}:{one['line']}:{one['column']}"
    return f"{where}: {one['severity']} {one['code']}: {one['message']}"


def _effect(one: Mapping[str, Any]) -> str:
    if not one["effect"]:
        return " (decides as before)"
    return "" if one["changes"] else " (through what it refers to)"


def _change(change: Mapping[str, Any]) -> str:
    if "added" in change:
        parts = [f"-{_value(one)}" for one in change["removed"]]
        parts += [f"+{_value(one)}" for one in change["added"]]
        return f"{change['field']}: {' '.join(parts)}"
    old, new = change.get("from", _NOTHING), change.get("to", _NOTHING)
    if old is _NOTHING:
        return f"{change['field']}: + {_value(new)}"
    if new is _NOTHING:
        return f"{change['field']}: - {_value(old)}"
    return f"{change['field']}: {_value(old)} -> {_value(new)}"


def _value(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False, default=str)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
