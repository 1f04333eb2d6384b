"""The paths of `/api/v1/drafts`: what waits for people, and what they say of it."""

# No postponed annotations: FastAPI reads them when the routes are made.

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Security

from engine.console.answers import RefusedError, described
from engine.console.api import draft_shapes as shapes
from engine.console.api.paging import Cursor, Limit, Since
from engine.console.api.shapes import Page
from engine.console.auth import BEARER, require_set_token, require_token
from engine.console.parts import ConsoleParts, PartsOf

if TYPE_CHECKING:
    from engine.store.verdicts import VerdictStore
    from engine.verdict import Judged

router = APIRouter(
    prefix="/api/v1/drafts",
    tags=["drafts"],
    dependencies=[Depends(require_token), Security(BEARER)],
    responses=described(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
_ACTS: Any = {
    "dependencies": [Depends(require_set_token)],
    "response_model": shapes.Judged,
    "responses": described(HTTPStatus.FORBIDDEN),
}
_Id = Annotated[
    str, Path(max_length=200, description="Its id, or six or more digits of its beginning.")
]


def verdicts_of(parts: ConsoleParts) -> "VerdictStore":
    """Return where verdicts are kept.

    Raises:
        RefusedError: 404: this console shows an engine without them.
    """
    if parts.verdicts is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "not_found", "this console keeps no verdicts")
    return parts.verdicts


@router.get("", response_model=Page[shapes.Draft], summary="List drafts")
async def drafts(
    parts: PartsOf,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    everything: Annotated[
        bool, Query(alias="all", description="Those judged or given up as well, behind the others.")
    ] = False,
) -> dict[str, Any]:
    """What waits for people: the gravest rule, then the greatest risk, then the longest wait."""
    offset = int(cursor or 0)
    rows = await verdicts_of(parts).queue(
        now=parts.clock.now(), limit=limit, offset=offset, everything=everything
    )
    following = str(offset + limit) if len(rows) == limit else None
    return {"items": rows, "next_cursor": following}


@router.get("/precision", response_model=list[shapes.Precision], summary="Show rules' precision")
async def precision(parts: PartsOf, *, since: Since) -> list[dict[str, Any]]:
    """How people judged each rule's drafts; `since` is event time."""
    return await verdicts_of(parts).precision(since=since)


@router.get("/{draft_id}", response_model=shapes.DraftInFull, summary="Show one draft")
async def draft(parts: PartsOf, draft_id: _Id) -> dict[str, Any]:
    """What it answers and says, its risk with reasons, its verdicts, why its rule fired."""
    return await verdicts_of(parts).show(draft_id, now=parts.clock.now())


@router.post("/{draft_id}/approve", summary="Approve a draft", **_ACTS)
async def approve(parts: PartsOf, draft_id: _Id, body: shapes.Approval) -> dict[str, Any]:
    """Once enough different people have, it is sent; with `text` rewritten in the same step."""
    told = await verdicts_of(parts).approve(
        draft_id,
        by=body.by,
        reason=body.reason,
        text=body.text,
        as_of=body.as_of,
        at=parts.clock.now(),
    )
    return _answer(parts, told)


@router.post("/{draft_id}/edit", summary="Rewrite a draft", **_ACTS)
async def edit(parts: PartsOf, draft_id: _Id, body: shapes.Edit) -> dict[str, Any]:
    """Earlier approvals fall, and somebody else has to approve it."""
    told = await verdicts_of(parts).edit(
        draft_id, by=body.by, text=body.text, as_of=body.as_of, at=parts.clock.now()
    )
    return _answer(parts, told)


@router.post("/{draft_id}/reject", summary="Reject a draft", **_ACTS)
async def reject(parts: PartsOf, draft_id: _Id, body: shapes.Rejection) -> dict[str, Any]:
    """It is never sent."""
    told = await verdicts_of(parts).reject(
        draft_id, by=body.by, reason=body.reason, at=parts.clock.now()
    )
    return _answer(parts, told)


def _answer(parts: ConsoleParts, told: "Judged") -> dict[str, Any]:
    parts.wake()
    return told.as_json()
