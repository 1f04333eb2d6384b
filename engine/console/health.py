"""Whether the process lives, and whether it is of use: for whoever restarts or routes."""

# No postponed annotations: FastAPI reads them when the routes are made.

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from engine.console.parts import ConsoleParts, PartsOf, Stats
from engine.errors import StoreError
from engine.life.running import PolicyStatus
from engine.problem import Problem

router = APIRouter(tags=["health"])
_SHOWN = 20


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(examples=["alive"])


class PolicyHealth(BaseModel):
    """Which policies decide, and what became of edits."""

    revision: str = Field(description="What decides now.")
    rules: int
    since: datetime = Field(description="When it began to decide.")
    refused: str | None = Field(
        description="Why the files on the disk did not take effect; the revision named goes on "
        "deciding. None while the disk is what runs.",
        examples=["the policies have 3 problem(s); `tocsin check` shows them too"],
    )
    problems: list[str] = Field(description="Where the refused files are at fault.")
    held: list[str] = Field(
        description="What runs as draft although its file says enforce, with what is missing.",
        examples=[["acme-care/angry-refund: needs 20 reviewed drafts, has 3"]],
    )


class Readiness(BaseModel):
    """Whether the engine does its work, and if not, why."""

    status: str = Field(examples=["ready", "waiting"])
    waiting: dict[str, str] = Field(
        description="Why each part that cannot go on waits.",
        examples=[{"store": "the database is locked by another connection"}],
    )
    failed_sources: dict[str, str] = Field(
        description="Sources that stopped for good, with why; they do not make the engine unready.",
        examples=[{"old-feed": "failed: the address is gone (410)"}],
    )
    policies: PolicyHealth | None = Field(
        default=None,
        description="What decides; a refused edit does not make the engine unready.",
    )


@router.get("/healthz", summary="Whether the process is alive")
async def healthz() -> Alive:
    """Answer 200 as long as the process answers at all."""
    return Alive(status="alive")


@router.get(
    "/readyz",
    summary="Whether the engine does its work",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "It waits; `waiting` says for what."}},
)
async def readyz(parts: PartsOf) -> JSONResponse:
    """Answer 200 when the database answers and nothing waits, else 503."""
    found = await readiness(parts)
    status = HTTPStatus.OK if found.status == "ready" else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse(found.model_dump(mode="json"), status)


async def readiness(parts: ConsoleParts) -> Readiness:
    """Ask the database and the runner what they wait for."""
    waiting = dict(parts.stats.waiting)
    try:
        # One row by its primary key: cheap enough to ask every second.
        await parts.reads.mentions(limit=1)
    except StoreError as error:
        waiting["database"] = str(error)
    if parts.stopping.is_set():
        waiting["console"] = "the engine is stopping"
    return Readiness(
        status="waiting" if waiting else "ready",
        waiting=waiting,
        failed_sources=failed_sources(parts.stats),
        policies=None if parts.policies is None else policy_health(parts.policies),
    )


def policy_health(status: PolicyStatus) -> PolicyHealth:
    """Return what people are told of the policies."""
    refused = status.refused
    return PolicyHealth(
        revision=status.revision,
        rules=status.rules,
        since=status.since,
        refused=None if refused is None else refused.message,
        problems=[] if refused is None else [told(one) for one in refused.problems[:_SHOWN]],
        held=[f"{one.what}: {one.why}" for one in status.held],
    )


def told(problem: Problem) -> str:
    """Return a problem as one line."""
    span = problem.span
    return f"{span.file}:{span.line}:{span.column}: {problem.code}: {problem.message}"


def failed_sources(stats: Stats) -> dict[str, str]:
    """Return the sources that stopped for good, with why."""
    return {name: why for name, why in stats.finished.items() if why.startswith("failed")}
