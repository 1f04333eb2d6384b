"""Builders for the tests of approval: drafts of replies, and what people say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.decision import ActionState, Mode
from engine.testing import NOON
from tests.store.samples import action, plan

if TYPE_CHECKING:
    from engine.decision import Action
    from engine.store import Store


def reply(number: int | str = 1, **fields: Any) -> Action:
    """A draft of a reply; ``approval`` and ``text`` may be named."""
    params = {
        "text": fields.pop("text", "We are sorry"),
        "language": "en",
        "template": "sorry",
        "approval": fields.pop("approval", "required"),
        "channel": "import",
    }
    known = {
        "kind": "reply",
        "params": params,
        "mode": Mode.DRAFT,
        "state": ActionState.AWAITING_APPROVAL,
    }
    return action(number, **{**known, **fields})


async def drafted(store: Store, *drafts: Action, **fields: Any) -> None:
    """Store one mention with drafts for it; one reply where none is given."""
    await plan(store, *(drafts or (reply(),)), **fields)


async def approve(store: Store, by: str, number: int | str = 1, **fields: Any) -> Any:
    """Let a person approve a draft at noon."""
    return await store.verdicts.approve(f"action-{number}", by=by, at=NOON, **fields)


async def edit(store: Store, by: str, text: str, number: int | str = 1) -> Any:
    """Let a person rewrite a draft at noon."""
    return await store.verdicts.edit(f"action-{number}", by=by, text=text, at=NOON)


async def reject(store: Store, by: str, number: int | str = 1, reason: str = "not our tone") -> Any:
    """Let a person reject a draft at noon."""
    return await store.verdicts.reject(f"action-{number}", by=by, reason=reason, at=NOON)


async def outcomes(store: Store) -> list[tuple[str, str, str, str | None]]:
    """The log, oldest first: ``kind action state reason``."""
    rows = await store.queries.outcomes(after_seq=0, limit=1000)
    return [(row["kind"], row["action"], row["state"], row["reason"]) for row in rows]
