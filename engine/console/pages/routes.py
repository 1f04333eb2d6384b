"""The first page, its refreshed part, a mention's own page, the list of the API's operations."""

# No postponed annotations: FastAPI reads them when the routes are made.

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from engine import __version__
from engine.console.auth import require_password
from engine.console.pages.mention_view import mention_page
from engine.console.pages.rendering import TEMPLATES, language_of, rendered
from engine.console.pages.words import LANGUAGES
from engine.errors import StoreError, StoreUnavailableError

if TYPE_CHECKING:
    from engine.console.pages.view import Viewer

router = APIRouter(include_in_schema=False)

_METHODS = ("get", "post", "put", "patch", "delete", "options")


@router.get("/", dependencies=[Depends(require_password)])
async def first(request: Request, rule: str | None = None) -> HTMLResponse:
    """Show what comes in, how people feel, what was decided and sent."""
    return await _first(request, "first.html", rule)


@router.get("/live", dependencies=[Depends(require_password)])
async def live(request: Request, rule: str | None = None) -> HTMLResponse:
    """Answer the part of the first page that changes."""
    return await _first(request, "live.html", rule)


@router.get("/mentions/{mention_id:path}", dependencies=[Depends(require_password)])
async def mention(request: Request, mention_id: str) -> HTMLResponse:
    """Show all that is known of one mention."""
    language = language_of(request)
    words = LANGUAGES[language]
    try:
        page = await mention_page(request.app.state.parts, mention_id, language)
    except StoreError as error:
        is_passing = isinstance(error, StoreUnavailableError)
        status = HTTPStatus.SERVICE_UNAVAILABLE if is_passing else HTTPStatus.INTERNAL_SERVER_ERROR
        why = {"title": words["no_store"], "message": str(error)}
        return rendered("sorry.html", {"language": language, "words": words, **why}, status)
    if page is None:
        why = {"title": words["missing_title"], "message": words["missing_mention"]}
        gone = {"language": language, "words": words, **why}
        return rendered("sorry.html", gone, HTTPStatus.NOT_FOUND)
    return rendered("mention.html", page)


@router.get("/docs")
async def reference(request: Request) -> HTMLResponse:
    """List the API's operations: FastAPI's own page loads its scripts from elsewhere."""
    template = TEMPLATES.get_template("reference.html")
    document = request.app.openapi()
    return HTMLResponse(template.render(operations=operations(document), version=__version__))


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations of an OpenAPI document in the order of its paths."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": described.get("summary", ""),
            "description": described.get("description", ""),
            "parameters": described.get("parameters", []),
            "answers": sorted(described.get("responses", {}).items()),
        }
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if method in _METHODS
    ]


async def _first(request: Request, name: str, rule: str | None) -> HTMLResponse:
    viewer: Viewer = request.app.state.viewer
    return rendered(name, await viewer.page(language_of(request), rule=rule or None))
