"""The pages of drafts, and the forms by which people judge them."""

# No postponed annotations: FastAPI reads them when the routes are made.

import hashlib
import hmac
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from engine.console.api.drafts import verdicts_of
from engine.console.auth import require_password, user_name
from engine.console.intake.bodies import read_body
from engine.console.pages.queue_view import draft_page, queue_page
from engine.console.pages.rendering import language_of, rendered
from engine.console.pages.words import LANGUAGES
from engine.console.parts import ConsoleParts, PartsOf
from engine.errors import StoreError, StoreUnavailableError, VerdictError
from engine.units import parse_instant

if TYPE_CHECKING:
    from engine.verdict import Judged

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_password)])
_FIELDS = ("do", "text", "by", "reason", "as_of", "shown", "form")
_MOST_FIELDS = 20
_OUR_OWN = ("same-origin", "none", "")


@router.get("/queue")
async def queue(
    request: Request, parts: PartsOf, start: Annotated[int, Query(ge=0, lt=10**9)] = 0
) -> HTMLResponse:
    """List what waits for people, the most pressing first."""
    language = language_of(request)
    try:
        page = await queue_page(verdicts_of(parts), language, start=start, now=parts.clock.now())
        page["halted"] = (await parts.reads.counts())["halted"]
    except StoreError as error:
        return _no_store(language, error)
    page["done"] = _done(request, LANGUAGES[language])
    return rendered("queue.html", page)


@router.get("/queue/{draft_id}")
async def draft(request: Request, parts: PartsOf, draft_id: str) -> HTMLResponse:
    """Show one draft, with the form to judge it."""
    return await _draft(request, parts, draft_id)


@router.post("/queue/{draft_id}")
async def judge(request: Request, parts: PartsOf, draft_id: str) -> Response:
    """Take a verdict from the form of a draft's page."""
    if parts.settings.api_token is None:
        why = LANGUAGES[language_of(request)]["draft_no_token"]
        return await _draft(request, parts, draft_id, fault=why, status=HTTPStatus.FORBIDDEN)
    form = _fields(await read_body(request))
    if not _is_ours(request, draft_id, form):
        why = LANGUAGES[language_of(request)]["draft_stale"]
        return await _draft(request, parts, draft_id, fault=why, status=HTTPStatus.FORBIDDEN)
    try:
        told = await _judged(parts, draft_id, form)
    except VerdictError as error:
        words = LANGUAGES[language_of(request)]
        why = words.get(f"fault_{error.code}", str(error))
        status = HTTPStatus.CONFLICT
        return await _draft(request, parts, draft_id, fault=why, kept=form, status=status)
    except StoreError as error:
        return _no_store(language_of(request), error)
    parts.wake()
    said = f"/queue?done={_word(told, form['do'])}&cancelled={len(told.cancelled)}"
    return RedirectResponse(said, HTTPStatus.SEE_OTHER)


async def _judged(parts: ConsoleParts, draft_id: str, form: dict[str, str]) -> "Judged":
    verdicts, at = verdicts_of(parts), parts.clock.now()
    by, text, as_of = form["by"], _written(form), _instant(form["as_of"])
    if form["do"] == "approve":
        return await verdicts.approve(
            draft_id, by=by, reason=form["reason"], text=text, as_of=as_of, at=at
        )
    if form["do"] == "edit":
        said = form["text"] if text is None else text
        return await verdicts.edit(draft_id, by=by, text=said, as_of=as_of, at=at)
    return await verdicts.reject(draft_id, by=by, reason=form["reason"], at=at)


async def _draft(  # noqa: PLR0913 - what the page says beside the draft
    request: Request,
    parts: ConsoleParts,
    draft_id: str,
    *,
    fault: str = "",
    kept: dict[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    language = language_of(request)
    words = LANGUAGES[language]
    try:
        page = await draft_page(verdicts_of(parts), draft_id, language, now=parts.clock.now())
        page["halted"] = (await parts.reads.counts())["halted"]
    except VerdictError as error:
        message = words.get(f"fault_{error.code}", str(error))
        why = {"title": words["missing_title"], "message": message}
        return rendered(
            "sorry.html", {"language": language, "words": words, **why}, HTTPStatus.NOT_FOUND
        )
    except StoreError as error:
        return _no_store(language, error)
    shown = page["draft"]
    page["fault"] = fault
    page["can_judge"] = parts.settings.api_token is not None and shown["is_waiting"]
    page["has_token"] = parts.settings.api_token is not None
    page["form"] = _form_key(request, shown["id"])
    page["shown"] = _digest(shown["said"])
    # After a refusal nobody types his words again, unless the draft says something else by now.
    is_kept = kept is not None and kept["shown"] == page["shown"]
    page["kept"] = {
        "text": kept["text"] if kept is not None and is_kept else shown["said"],
        "by": (kept or {}).get("by") or user_name(request),
        "reason": (kept or {}).get("reason", ""),
    }
    page["post_to"] = f"/queue/{quote(shown['id'], safe='')}"
    return rendered("draft.html", page, status)


def _no_store(language: str, error: StoreError) -> HTMLResponse:
    words = LANGUAGES[language]
    is_passing = isinstance(error, StoreUnavailableError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_passing else HTTPStatus.INTERNAL_SERVER_ERROR
    why = {"title": words["no_store"], "message": str(error)}
    return rendered("sorry.html", {"language": language, "words": words, **why}, status)


def _fields(body: bytes) -> dict[str, str]:
    """Return a form's fields; what is missing or cannot be read is empty."""
    try:
        read = parse_qs(
            body.decode("ascii", "replace"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
            errors="replace",
        )
    except ValueError:
        read = {}
    found = {name: read.get(name, [""])[-1] for name in _FIELDS}
    # A browser sends every line's end as CR LF.
    return found | {"text": found["text"].replace("\r\n", "\n")}


def _written(form: dict[str, str]) -> str | None:
    """Return the text of a form where it is another than was shown in it."""
    return None if _digest(form["text"]) == form["shown"] else form["text"]


def _is_ours(request: Request, draft_id: str, form: dict[str, str]) -> bool:
    """Say whether a form was sent from a page of ours for this draft, not from one elsewhere.

    A browser adds the password by itself; the form's key stands on our page alone, which no page
    elsewhere can read.
    """
    is_known = form["do"] in ("approve", "edit", "reject")
    is_own = request.headers.get("sec-fetch-site", "") in _OUR_OWN
    given = form["form"].encode("utf-8", "replace")
    wanted = _form_key(request, draft_id).encode()
    return is_known and is_own and hmac.compare_digest(given, wanted)


def _form_key(request: Request, draft_id: str) -> str:
    key: bytes = request.app.state.form_key
    return hmac.new(key, draft_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _digest(text: str) -> str:
    plain = text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")
    return hashlib.sha256(plain).hexdigest()


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None


def _word(told: "Judged", did: str) -> str:
    if not told.is_changed:
        return "unchanged"
    if did == "approve":
        return "approved" if told.state == "approved" else "noted"
    return {"edit": "edited", "reject": "rejected"}[did]


def _done(request: Request, words: dict[str, str]) -> list[str]:
    """Return what the verdict just given came to, as sentences."""
    said = words.get(f"said_{request.query_params.get('done', '')}")
    if said is None:
        return []
    cancelled = request.query_params.get("cancelled", "0")
    is_some = cancelled.isascii() and cancelled.isdigit() and cancelled != "0"
    more: list[Any] = [words["draft_cancelled"].format(count=cancelled[:6])] if is_some else []
    return [said, *more]
