"""How the window of a rule over time stood after a mention, as rows of an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.decision import TraceNode
from engine.proving.alerts import number
from engine.proving.asked import asked
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.windows.judges.contract import View

PART = "window"


def window_traces(views: Sequence[View]) -> Iterator[tuple[TraceNode, str, tuple[int, ...]]]:
    """Yield every measure as a node, with the part and path that tell where it stands.

    The part is ``window``, and where a mention has several keys, ``window NAME=VALUE``.
    """
    for view in views:
        key = "".join(f" {name}={value}" for name, value in view.key.items())
        part = f"{PART}{key}" if len(views) > 1 else PART
        for at, one in enumerate(view.measured):
            value = None if one.value is None else number(one.value)
            wanted = {limit: number(asked_for) for limit, asked_for in one.wanted.items()}
            yield TraceNode(asked(one.name, one.wanted), one.held, value, wanted), part, (at,)


def firing_json(views: Sequence[View]) -> list[dict[str, Any]]:
    """Return what the rule fires for among the mention's keys: each key, and since when."""
    return [
        {"key": dict(one.firing.key), "opened_at": format_instant(one.firing.opened_at)}
        for one in views
        if one.firing is not None
    ]
