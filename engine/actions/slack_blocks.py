"""What a Slack message looks like: a notice, a draft with its buttons, and one that is settled.

What others wrote is data: it is escaped, so that nobody is pinged and nothing becomes a link by it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ports import OutboxItem

    Blocks = list[dict[str, Any]]

APPROVE, REJECT = "tocsin_approve", "tocsin_reject"

# Source: docs.slack.dev, reference/block-kit/blocks.
_LONGEST_HEADER = 150
_LONGEST_SECTION = 3000
_LONGEST_TEXT = 4000
_ADDRESS = re.compile(r"https?://[^\s|<>]{1,1500}")
_MARK = {"critical": "🔴", "major": "🟠", "minor": "🟡", "info": "🔵"}


def escaped(text: str) -> str:
    """Return text that Slack shows as it is: no mention, no link, no command in it.

    Source: docs.slack.dev, messaging/formatting-message-text, "Escaping text".
    """
    printable = "".join(one for one in text if one.isprintable() or one in "\n\t")
    return printable.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fallback(item: OutboxItem) -> str:
    """Return what is read where blocks are not shown: in notifications, by screen readers."""
    return _cut(escaped(_words(item)), _LONGEST_TEXT)


def notice(item: OutboxItem) -> Blocks:
    """Return the card of a notice: its title, its words, and what they are about."""
    severity = item.severity.value
    title = str(item.action.params.get("title") or f"{item.policy}/{item.rule}")
    return [
        _header(f"{_MARK.get(severity, '')} {title}".strip()),
        _section(_words(item)),
        _context([f"{item.policy}/{item.rule}", severity, _link(item)]),
    ]


def draft_card(item: OutboxItem, risk: float | None) -> Blocks:
    """Return the card of a draft that waits for a person, with its two buttons.

    Each button's ``value`` is the action's id, its ``action_id`` `APPROVE` or `REJECT`.

    Args:
        risk: In [0, 1]; None where nobody judged it.
    """
    weighed = "" if risk is None else f"risk {risk:.0%}"
    said = str(item.action.params.get("text") or f"{item.action.kind} without a text")
    return [
        _header(f"Draft {item.action.kind} for {item.mention.brand or item.mention.source}"),
        _section(item.mention.text, before="*They wrote*\n"),
        _section(said, before="*Draft*\n"),
        _context([f"{item.policy}/{item.rule}", item.severity.value, weighed, _link(item)]),
        {
            "type": "actions",
            "block_id": f"tocsin:{item.action.id}",
            "elements": [
                _button(APPROVE, "Approve", "primary", item.action.id),
                _button(REJECT, "Reject", "danger", item.action.id),
            ],
        },
    ]


def settled_card(blocks: Sequence[dict[str, Any]], said: str) -> Blocks:
    """Return a card without its buttons, with a line that says how it ended.

    Args:
        said: Such as ``Approved by mara``.
    """
    kept = [one for one in blocks if one.get("type") != "actions"]
    return [*kept, _context([said])]


def _words(item: OutboxItem) -> str:
    params = item.action.params
    return str(params.get("text") or params.get("title") or f"{item.policy}/{item.rule}")


def _header(text: str) -> dict[str, Any]:
    # A header is plain text: nothing in it is read as markup.
    line = " ".join("".join(one for one in text if one.isprintable()).split())
    said = {"type": "plain_text", "text": _cut(line, _LONGEST_HEADER), "emoji": True}
    return {"type": "header", "text": said}


def _section(text: str, *, before: str = "") -> dict[str, Any]:
    said = before + _cut(escaped(text) or "(no text)", _LONGEST_SECTION - len(before))
    return {"type": "section", "text": {"type": "mrkdwn", "text": said, "verbatim": True}}


def _context(parts: Sequence[str]) -> dict[str, Any]:
    said = " · ".join(one if one.startswith("<") else escaped(one) for one in parts if one)
    shown = {"type": "mrkdwn", "text": said[:_LONGEST_SECTION], "verbatim": True}
    return {"type": "context", "elements": [shown]}


def _button(action_id: str, text: str, style: str, value: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text},
        "style": style,
        "value": value,
    }


def _link(item: OutboxItem) -> str:
    address = item.mention.url or ""
    return f"<{address}|the mention>" if _ADDRESS.fullmatch(address) else item.mention.id


def _cut(text: str, most: int) -> str:
    """Return text of so many characters at most, never cut within an escaped one."""
    if len(text) <= most:
        return text
    return re.sub(r"&[a-z]{0,3}$", "", text[: most - 1]) + "…"
