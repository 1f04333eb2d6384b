"""The paths of `/api/v1/cases`."""

# No postponed annotations: FastAPI reads them when the routes are made.

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Security

from engine.cases import CaseAct, CaseState
from engine.console.answers import RefusedError, described
from engine.console.api import case_shapes as shapes
from engine.console.api.paging import Cursor, Limit, Name, as_page, as_seq
from engine.console.api.shapes import Page
from engine.console.auth import BEARER, require_token
from engine.console.parts import Cases, ConsoleParts, PartsOf
from engine.errors import CaseActError

router = APIRouter(
    prefix="/api/v1",
    tags=["api"],
    dependencies=[Depends(require_token), Security(BEARER)],
    responses=described(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
Named = Annotated[
    str, Path(max_length=64, description="The case's id, or the beginning of it (four or more).")
]


@router.get("/cases", response_model=Page[shapes.ListedCase], summary="List cases")
async def cases(  # noqa: PLR0913 - one argument a filter
    parts: PartsOf,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    queue: Name = None,
    person: Name = None,
    brand: Name = None,
    state: Annotated[CaseState | None, Query(description=f"One of {', '.join(CaseState)}.")] = None,
    overdue: Annotated[bool, Query(description="Only those past their time.")] = False,
) -> dict[str, Any]:
    """Newest first, resolved ones too; each with its clocks as they stand now."""
    rows = await _cases(parts).recent(
        now=parts.clock.now(),
        limit=limit,
        before_seq=as_seq(cursor),
        queue=queue,
        person=person,
        brand=brand,
        state=state.value if state else None,
        is_overdue=overdue,
    )
    return as_page(rows, limit)


@router.get("/cases/{case_id}", response_model=shapes.CaseInFull, summary="Show one case")
async def case(parts: PartsOf, case_id: Named) -> dict[str, Any]:
    """Where it stands, the mentions it is about, and all that was done."""
    try:
        return await _cases(parts).show(case_id, now=parts.clock.now())
    except CaseActError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, "not_found", str(error)) from None


@router.post(
    "/cases/{case_id}/acts",
    response_model=shapes.Case,
    responses=described(HTTPStatus.CONFLICT),
    summary="Do something to a case",
)
async def act(parts: PartsOf, case_id: Named, asked: shapes.AskedAct) -> dict[str, Any]:
    """Take, give, answer, resolve and more; answers the case as it stands then.

    What does not fit where the case stands is refused with 409 and changes nothing.
    """
    found = _cases(parts)
    try:
        await found.show(case_id, now=parts.clock.now())
    except CaseActError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, "not_found", str(error)) from None
    wanted = CaseAct(
        case_id, asked.act, asked.by, parts.clock.now(), asked.note, asked.person, asked.queue
    )
    try:
        return await found.act(wanted)
    except CaseActError as error:
        raise RefusedError(HTTPStatus.CONFLICT, "does_not_fit", str(error)) from None


def _cases(parts: ConsoleParts) -> Cases:
    if parts.cases is None:
        message = "nothing is assigned here: this console shows no engine with cases"
        raise RefusedError(HTTPStatus.NOT_FOUND, "not_found", message)
    return parts.cases
