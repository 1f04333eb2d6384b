"""How drafts are written for a terminal: what would be said, to whom, what speaks against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.units import format_duration, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MARK = {True: "✓", False: "✗", None: "?"}
_LONGEST = 70
_LONGEST_VALUE = 120
_SHORT_ID = 12


def list_line(row: Mapping[str, Any]) -> str:
    """Return a draft as a line."""
    said = " ".join(str(row["params"].get("text") or row["kind"]).split())
    said = said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
    if row["due"] is None:
        state = f"{row['state']}{': ' + row['reason'] if row['reason'] else ''}"
    else:
        state = f"{'LATE' if row['is_late'] else 'due'} {_clock(row['due'])}"
    parts = [
        f"{row['id'][:_SHORT_ID]}  {row['severity']:<8}  risk {row['risk'] or 0:.2f}",
        f"{len(row['approvals'])}/{row['needed']}  {state:<20}",
        f"{row['policy']}/{row['rule']}  {said}",
    ]
    return "  ".join(parts)


def draft_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield one draft: where it stands first, then what it answers and says, then why."""
    yield f"{found['severity'].upper()}  {found['kind']} of {found['policy']}/{found['rule']}"
    yield f"{found['id']} is {found['state']}{_reason(found)}"
    yield _standing(found)
    if found["due"]:
        yield _waiting(found)
    if found["expires_at"]:
        yield f"given up at {_clock(found['expires_at'])}"
    about = found["about"]
    yield ""
    yield f"The mention ({about['source']}, {_author(about)}, {_clock(about['published_at'])})"
    yield from _indented(about["text"])
    yield ""
    yield "The draft" + (f" ({found['params']['language']})" if _language(found) else "")
    yield from _said(found["params"])
    yield from _risk(found)
    yield from _verdicts(found)
    if found["beside"]:
        yield ""
        yield "Also waiting for the same mention; approving one cancels the others"
        yield from (
            f"  {one['id'][:_SHORT_ID]}  {one['rule']}  {one['text']}" for one in found["beside"]
        )
    if found["decision"].get("trace"):
        yield ""
        yield "Why the rule fired"
        yield from _trace(found["decision"]["trace"], 1)


def _waiting(found: Mapping[str, Any]) -> str:
    span = parse_instant(found["due"]) - parse_instant(found["waiting_since"])
    late = ", LATE" if found["is_late"] else ""
    within = f"(within {format_duration(span)}){late}"
    return f"waits since {_clock(found['waiting_since'])}, due {_clock(found['due'])} {within}"


def _reason(found: Mapping[str, Any]) -> str:
    return f" ({found['reason']}: {found['detail']})" if found["reason"] else ""


def _standing(found: Mapping[str, Any]) -> str:
    names = ", ".join(found["approvals"]) or "nobody yet"
    written = f"; text by {found['edited_by']}" if found["edited_by"] else ""
    return f"approved by {names}, {found['needed']} needed{written}"


def _risk(found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"Risk {found['risk'] or 0:.2f}"
    yield from (f"  {one['weight']:.2f}  {one['text']}" for one in found["risk_factors"])


def _verdicts(found: Mapping[str, Any]) -> Iterator[str]:
    if found["verdicts"]:
        yield ""
        yield "Verdicts"
    for one in found["verdicts"]:
        why = f": {one['reason']}" if one["reason"] else ""
        rewrote = " (rewrote it)" if one["text"] is not None else ""
        yield f"  {_clock(one['at'])}  {one['judgement']} by {one['by']}{rewrote}{why}"


def precision_line(row: Mapping[str, Any]) -> str:
    """Return how people judged a rule's drafts as a line."""
    share = "   -" if row["precision"] is None else f"{row['precision']:4.0%}"
    return (
        f"{share}  {row['policy']}/{row['rule']} {row['kind']}: {row['approved']} approved, "
        f"{row['edited']} edited and approved, {row['rejected']} rejected, "
        f"{row['given_up']} given up, {row['waiting']} waiting"
    )


def _trace(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    children = node.get("children") or ()
    value = "" if children else f" (saw {_short(node['value'])})"
    yield f"{'  ' * depth}{_MARK[node['held']]} {_short(node['condition'])}{value}"
    for child in children:
        yield from _trace(child, depth + 1)


def _short(value: Any) -> str:
    text = "absent" if value is None else " ".join(str(value).split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _author(about: Mapping[str, Any]) -> str:
    author = about.get("author") or {}
    return author.get("handle") or author.get("name") or author.get("id") or "no author"


def _said(params: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a draft would say; of one that says nothing, what it would do."""
    if params.get("text"):
        yield from _indented(str(params["text"]))
    else:
        yield from (f"  {name}: {_short(value)}" for name, value in params.items())


def _language(found: Mapping[str, Any]) -> bool:
    return bool(found["params"].get("language"))


def _indented(text: str) -> Iterator[str]:
    yield from (f"  {line}" for line in text.splitlines() or [""])


def _clock(text: str) -> str:
    """Return ``2026-03-02 09:00`` of an ISO instant."""
    return text[:16].replace("T", " ")
