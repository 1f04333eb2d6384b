"""The first page, its refreshed part, a mention's own page, the list of the API's operations."""

# No postponed annotations: FastAPI reads them when the routes are made.

import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from engine import __version__
from engine.console.auth import require_password
from engine.console.pages.mention_view import mention_page
from engine.console.pages.words import LANGUAGES, choose_language
from engine.errors import StoreError, StoreUnavailableError

if TYPE_CHECKING:
    from engine.console.pages.view import Viewer

FOLDER = Path(__file__).resolve().parent.parent
router = APIRouter(include_in_schema=False)

_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_CODE = re.compile(r"`([^`]+)`")
_METHODS = ("get", "post", "put", "patch", "delete", "options")


def _with_code(text: str) -> Markup:
    """Return a description as HTML: what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped above


_TEMPLATES.filters["code"] = _with_code


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
    language = _language(request)
    words = LANGUAGES[language]
    try:
        page = await mention_page(request.app.state.parts, mention_id, language)
    except StoreError as error:
        is_passing = isinstance(error, StoreUnavailableError)
        status = HTTPStatus.SERVICE_UNAVAILABLE if is_passing else HTTPStatus.INTERNAL_SERVER_ERROR
        why = {"title": words["no_store"], "message": str(error)}
        return _rendered("sorry.html", {"language": language, "words": words, **why}, status)
    if page is None:
        why = {"title": words["missing_title"], "message": words["missing_mention"]}
        gone = {"language": language, "words": words, **why}
        return _rendered("sorry.html", gone, HTTPStatus.NOT_FOUND)
    return _rendered("mention.html", page)


@router.get("/docs")
async def reference(request: Request) -> HTMLResponse:
    """List the API's operations: FastAPI's own page loads its scripts from elsewhere."""
    template = _TEMPLATES.get_template("reference.html")
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
    return _rendered(name, await viewer.page(_language(request), rule=rule or None))


def _language(request: Request) -> str:
    return choose_language(request.headers.get("accept-language", ""))


def _rendered(name: str, page: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> HTMLResponse:
    language = page["language"]
    body = _TEMPLATES.get_template(name).render(
        page=page, words=page["words"], language=language, version=__version__
    )
    headers = {"Vary": "Accept-Language", "Content-Language": language}
    return HTMLResponse(body, status, headers=headers)
