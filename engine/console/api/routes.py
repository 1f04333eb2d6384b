"""The paths of `/api/v1`."""

# No postponed annotations: FastAPI reads them when the routes are made.

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Security

from engine import __version__
from engine.console.answers import RefusedError, described
from engine.console.api import shapes
from engine.console.api.paging import (
    LONGEST_NAME,
    After,
    Cursor,
    Limit,
    Name,
    Since,
    as_page,
    as_seq,
)
from engine.console.auth import BEARER, require_token
from engine.console.health import readiness
from engine.console.parts import CountsOf, PartsOf
from engine.decision import ActionState, Severity

router = APIRouter(
    prefix="/api/v1",
    tags=["api"],
    dependencies=[Depends(require_token), Security(BEARER)],
    responses=described(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)

_SINCE_START = tuple(shapes.Since.model_fields)
_SEVERITIES = f"One of {', '.join(Severity)}."
_KINDS = ("tag", "notify", "reply", "webhook")
_STATES = f"One of {', '.join(ActionState)}."


@router.get("/mentions", response_model=shapes.Page[shapes.Mention], summary="List mentions")
async def mentions(  # noqa: PLR0913 - one argument a filter
    parts: PartsOf,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    brand: Name = None,
    language: Annotated[str | None, Query(max_length=35, description="Such as fr.")] = None,
    since: Since,
    text: Annotated[
        str | None, Query(max_length=200, description="Stands in the text, whatever its case.")
    ] = None,
    rule: Annotated[
        str | None, Query(max_length=LONGEST_NAME, description="The id of a rule that matched it.")
    ] = None,
) -> dict[str, Any]:
    """Newest arrival first, each with its classifications; `since` is event time."""
    rows = await parts.reads.mentions(
        limit=limit,
        before_seq=as_seq(cursor),
        brand=brand,
        language=language,
        since=since,
        text=text,
        rule=rule,
    )
    return as_page(rows, limit)


@router.get(
    "/mentions/{mention_id:path}",
    response_model=shapes.MentionInFull,
    responses=described(HTTPStatus.NOT_FOUND),
    summary="Show one mention",
)
async def mention(
    parts: PartsOf,
    mention_id: Annotated[str, Path(max_length=LONGEST_NAME, description="The mention's id.")],
) -> dict[str, Any]:
    """All that is known of it: classifications, decisions, their actions, what was held back."""
    found = await parts.reads.mention(mention_id)
    if found is None:
        message = f"no mention with the id {mention_id[:200]!r} is stored"
        raise RefusedError(HTTPStatus.NOT_FOUND, "not_found", message)
    return found


@router.get("/decisions", response_model=shapes.Page[shapes.Decision], summary="List decisions")
async def decisions(  # noqa: PLR0913 - one argument a filter
    parts: PartsOf,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    after: After = None,
    policy: Name = None,
    rule: Name = None,
    mention: Name = None,
    severity: Annotated[Severity | None, Query(description=_SEVERITIES)] = None,
    since: Since,
) -> dict[str, Any]:
    """One a rule and mention that matched, newest first; `since` is event time."""
    _refuse_both(cursor, after)
    rows = await parts.reads.decisions(
        limit=limit,
        before_seq=as_seq(cursor),
        after_seq=after,
        policy=policy,
        rule=rule,
        mention=mention,
        severity=severity.value if severity else None,
        since=since,
    )
    return as_page(rows, limit, is_forward=after is not None)


@router.get("/actions", response_model=shapes.Page[shapes.ListedAction], summary="List actions")
async def actions(  # noqa: PLR0913 - one argument a filter
    parts: PartsOf,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    after: After = None,
    state: Annotated[ActionState | None, Query(description=_STATES)] = None,
    kind: Annotated[
        str | None, Query(max_length=LONGEST_NAME, description=f"One of {', '.join(_KINDS)}.")
    ] = None,
    rule: Name = None,
    mention: Name = None,
) -> dict[str, Any]:
    """What rules want done, newest first: `state=awaiting_approval` lists what a person decides.

    `params` holds what would be sent: of a `reply` its `text`, `language` and `template`.
    """
    _refuse_both(cursor, after)
    rows = await parts.reads.actions(
        limit=limit,
        before_seq=as_seq(cursor),
        after_seq=after,
        state=state.value if state else None,
        kind=kind,
        rule=rule,
        mention=mention,
    )
    return as_page(rows, limit, is_forward=after is not None)


@router.get("/outcomes", response_model=shapes.Page[shapes.Outcome], summary="List outcomes")
async def outcomes(  # noqa: PLR0913 - one argument a filter
    parts: PartsOf,
    *,
    limit: Limit = 50,
    cursor: Cursor = None,
    after: After = None,
    rule: Name = None,
    mention: Name = None,
    state: Annotated[ActionState | None, Query(description=_STATES)] = None,
    since: Since,
) -> dict[str, Any]:
    """Rows of the append-only log, newest first; `since` is when they were written."""
    _refuse_both(cursor, after)
    rows = await parts.reads.outcomes(
        limit=limit,
        before_seq=as_seq(cursor),
        after_seq=after,
        rule=rule,
        mention=mention,
        state=state.value if state else None,
        since=since,
    )
    return as_page(rows, limit, is_forward=after is not None)


@router.get(
    "/dead-letters", response_model=shapes.Page[shapes.DeadLetter], summary="List dead letters"
)
async def dead_letters(
    parts: PartsOf, *, limit: Limit = 50, cursor: Cursor = None, source: Name = None
) -> dict[str, Any]:
    """Inputs that were no mention, newest first, each with its reason."""
    rows = await parts.reads.dead_letters(limit=limit, before_seq=as_seq(cursor), source=source)
    return as_page(rows, limit)


@router.get("/log/verify", response_model=shapes.LogReport, summary="Check the outcome log")
async def verify(parts: PartsOf) -> dict[str, Any]:
    """Walk the whole hash chain and name the first row that is changed, missing or extra.

    Reads every row of the log: ask now and then, not every second. Note `rows` and `head` where
    nobody who can write to the database can: a chain rewritten from its beginning fits as well.
    """
    report = await parts.reads.verify_chain()
    return {
        "rows": report.rows,
        "head": report.head,
        "is_intact": report.is_intact,
        "bad_row": report.bad_row,
        "problem": report.problem,
    }


@router.get("/status", response_model=shapes.Status, summary="Show how the engine is")
async def status(parts: PartsOf, counts: CountsOf) -> dict[str, Any]:
    """What it waits for, what it did since the start, what the database holds."""
    ready = await readiness(parts)
    found = await counts.fresh()
    return {
        "status": ready.status,
        "version": __version__,
        "waiting": ready.waiting,
        "finished_sources": parts.stats.finished,
        "since_start": {name: getattr(parts.stats, name) for name in _SINCE_START},
        "stored": found.stored,
        "sentiment": found.sentiment,
        "rules": found.rules,
    }


def _refuse_both(cursor: str | None, after: int | None) -> None:
    if cursor is not None and after is not None:
        message = "cursor and after go in opposite directions; give one of them"
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameter", message)
