"""The first page, its refreshed part, and the list of the API's operations."""

# No postponed annotations: FastAPI reads them when the routes are made.

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from engine import __version__
from engine.console.auth import require_password
from engine.console.pages.words import choose_language

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
async def first(request: Request) -> HTMLResponse:
    """Show what comes in, how people feel, what was decided and sent."""
    return await _rendered(request, "first.html")


@router.get("/live", dependencies=[Depends(require_password)])
async def live(request: Request) -> HTMLResponse:
    """Answer the part of the first page that changes."""
    return await _rendered(request, "live.html")


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


async def _rendered(request: Request, name: str) -> HTMLResponse:
    viewer: Viewer = request.app.state.viewer
    language = choose_language(request.headers.get("accept-language", ""))
    page = await viewer.page(language)
    body = _TEMPLATES.get_template(name).render(page=page, version=__version__)
    return HTMLResponse(body, headers={"Vary": "Accept-Language", "Content-Language": language})
