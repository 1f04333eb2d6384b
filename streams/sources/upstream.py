"""Edits and deletions as senders tell of them: ``mention.updated``, ``mention.deleted``.

Source: the normal form after Activity Streams 2.0, Update, and Delete with a Tombstone
(w3.org/TR/activitystreams-vocabulary).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import MentionError
from engine.sending import UpstreamChange
from engine.units import parse_instant

if TYPE_CHECKING:
    from datetime import datetime

_CHANGES = {
    "deleted": "deleted",
    "removed": "deleted",
    "updated": "edited",
    "edited": "edited",
}


def change_named(kind: Any) -> str | None:
    """Return what a message's type says became of its mention: ``edited``, ``deleted`` or None.

    It is the last word of the type: ``mention.deleted``, ``com.example.mention.updated``.
    """
    return _CHANGES.get(kind.rpartition(".")[2].lower()) if isinstance(kind, str) else None


def read_change(change: str, data: Any, *, at: Any, default_source: str) -> UpstreamChange:
    """Return a change of the mention that data names by ``external_id``, or as ``object``.

    Args:
        at: When it was, as the message says.

    Raises:
        MentionError: Nothing says which mention, or when.
    """
    if not isinstance(data, dict):
        message = f"a changed mention is a JSON object, saw {data!r:.60}"
        raise MentionError(message)
    external_id = data.get("external_id") or _object_id(data.get("object"))
    if not isinstance(external_id, str) or not external_id:
        message = f"external_id is missing: nothing says which mention was {change}"
        raise MentionError(message)
    source = data.get("source") or default_source
    if not isinstance(source, str):
        message = f"source must be text, saw {source!r:.60}"
        raise MentionError(message)
    return UpstreamChange(source, external_id, change, _instant(at))


def _object_id(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


def _instant(at: Any) -> datetime:
    if not isinstance(at, str):
        message = f"the time of the change is missing, saw {at!r:.60}"
        raise MentionError(message)
    try:
        return parse_instant(at)
    except ValueError as error:
        message = f"the time of the change: {error}"
        raise MentionError(message) from None
