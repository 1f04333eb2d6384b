"""From values to a page: the templates, and the language a browser asks for."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from engine import __version__
from engine.console.pages.words import choose_language

if TYPE_CHECKING:
    from fastapi import Request

FOLDER = Path(__file__).resolve().parent.parent
TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_CODE = re.compile(r"`([^`]+)`")


def _with_code(text: str) -> Markup:
    """Return a description as HTML: what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped above


TEMPLATES.filters["code"] = _with_code


def language_of(request: Request) -> str:
    """Return the language of a request's browser, of ours."""
    return choose_language(request.headers.get("accept-language", ""))


def rendered(name: str, page: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> HTMLResponse:
    """Return a template filled with a page's values; ``language`` and ``words`` are among them."""
    language = page["language"]
    body = TEMPLATES.get_template(name).render(
        page=page, words=page["words"], language=language, version=__version__
    )
    headers = {"Vary": "Accept-Language", "Content-Language": language}
    return HTMLResponse(body, status, headers=headers)
