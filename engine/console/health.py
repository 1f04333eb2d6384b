"""Whether the process lives, and whether it is of use: for whoever restarts or routes."""

# No postponed annotations: FastAPI reads them when the routes are made.

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from engine.console.parts import ConsoleParts, PartsOf, Stats
from engine.errors import StoreError

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(examples=["alive"])


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
    return JSONResponse(found.model_dump(), status)


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
    )


def failed_sources(stats: Stats) -> dict[str, str]:
    """Return the sources that stopped for good, with why."""
    return {name: why for name, why in stats.finished.items() if why.startswith("failed")}
