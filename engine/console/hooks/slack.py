"""Clicks on the buttons of a draft's card on Slack: a verdict by whoever the settings know.

Slack waits three seconds for an answer and tells the person nothing of its body, so the click is
taken at once and what came of it is written back to the card.

Source: docs.slack.dev, interactivity/handling-user-interaction.
"""

# No postponed annotations: FastAPI reads them when the routes are made.

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import orjson
import structlog
from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import Response

from engine.actions.http import HttpClient
from engine.actions.slack_blocks import APPROVE, REJECT, escaped, settled_card
from engine.actions.slack_signature import verify
from engine.console.answers import RefusedError, described
from engine.console.api.drafts import verdicts_of
from engine.console.intake.admission import check_rate
from engine.console.intake.bodies import read_body
from engine.console.parts import ConsoleParts, PartsOf
from engine.decision import ActionState
from engine.errors import ActionError, StoreError, VerdictError
from engine.verdict import Judged

router = APIRouter(
    prefix="/hooks",
    tags=["hooks"],
    responses=described(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
)
_log = structlog.get_logger("tocsin.console")
# A card has no place to write in; whoever has more to say rejects on the console.
_REJECTED = "rejected on Slack"
_OVER = ("not_waiting", "conflict")
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Click:
    """One press of a button.

    Attributes:
        user: Slack's id of who pressed it.
        does: `APPROVE` or `REJECT`.
        action_id: Of the draft.
        shown_at: When the card was written.
        answer_to: Where what came of it is told.
        blocks: The card as it stands.
    """

    user: str
    does: str
    action_id: str
    shown_at: datetime
    answer_to: str
    blocks: tuple[dict[str, Any], ...]


@router.post("/slack", summary="Take a click on a draft's buttons on Slack")
async def slack(request: Request, parts: PartsOf, background: BackgroundTasks) -> Response:
    """Signed by Slack with `approval.slack_signing_secret` or its channel's `signing_secret`."""
    check_rate(request, parts, request.app.state.limiter)
    secrets = parts.slack_secrets()
    if not secrets:
        message = "no Slack signing secret is set (approval.slack_signing_secret)"
        raise RefusedError(HTTPStatus.FORBIDDEN, "no_secret_set", message)
    body, now = await read_body(request), parts.clock.now()
    if not any(verify(request.headers, body, secret=one, now=now) for one in secrets):
        message = "Slack did not sign this request, or more than five minutes ago"
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "bad_signature", message)
    try:
        click = _click(body)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        message = "the body is no click that Slack sends"
        raise RefusedError(HTTPStatus.BAD_REQUEST, "unreadable", message) from error
    if click is not None:
        background.add_task(_follow, parts, click)
    return Response(status_code=HTTPStatus.OK)


def _click(body: bytes) -> Click | None:
    """Return the click that a body tells of; None for one that is no matter of ours."""
    payload = orjson.loads(parse_qs(body.decode("utf-8"), max_num_fields=5)["payload"][0])
    if payload["type"] != "block_actions" or not payload["actions"]:
        return None
    pressed = payload["actions"][0]
    if pressed.get("action_id") not in (APPROVE, REJECT):
        return None
    found = payload.get("message") or {}
    at = found.get("ts") or payload["container"]["message_ts"]
    return Click(
        user=str(payload["user"]["id"]),
        does=pressed["action_id"],
        action_id=str(pressed["value"])[:_LONGEST_ID],
        shown_at=datetime.fromtimestamp(float(at), UTC),
        answer_to=str(payload["response_url"]),
        blocks=tuple(one for one in found.get("blocks") or () if isinstance(one, dict)),
    )


async def _follow(parts: ConsoleParts, click: Click) -> None:
    """Take the verdict of a click and tell what came of it; nobody waits for it any more."""
    answer = await _judge(parts, click)
    if not click.answer_to.startswith(parts.slack_answers):
        _log.warning("a click names no place of Slack to answer at", action=click.action_id)
        return
    try:
        async with HttpClient() as client:
            await client.request("POST", click.answer_to, json=answer, now=parts.clock.now())
    except ActionError as error:
        # The verdict stands; only the card goes on showing its buttons.
        _log.warning("a card was not updated", action=click.action_id, why=str(error))


async def _judge(parts: ConsoleParts, click: Click) -> dict[str, Any]:
    person = parts.approval.people.get(click.user)
    if person is None:
        return _whisper(f"Nobody knows you here: add {click.user} to approval.people.")
    try:
        told = await _verdict(parts, click, person)
    except VerdictError as error:
        if error.code in _OVER:
            return _settled(click, str(error))
        return _whisper(f"Not done: {error}.")
    except StoreError as error:
        _log.warning("a click was not taken", action=click.action_id, why=str(error))
        return _whisper("Not done: the database does not answer. Click again in a moment.")
    parts.wake()
    if told.state is ActionState.AWAITING_APPROVAL:
        count = f"{len(told.approvals)} of {told.needed}"
        return _whisper(f"{told.said.capitalize()} ({count}).")
    return _settled(click, _ending(told, person))


async def _verdict(parts: ConsoleParts, click: Click, person: str) -> Judged:
    verdicts, at = verdicts_of(parts), parts.clock.now()
    if click.does == APPROVE:
        return await verdicts.approve(click.action_id, by=person, at=at, as_of=click.shown_at)
    return await verdicts.reject(click.action_id, by=person, reason=_REJECTED, at=at)


def _ending(told: Judged, person: str) -> str:
    if told.state is ActionState.CANCELLED:
        return f"Rejected by {person}"
    return f"Approved by {', '.join(told.approvals) or person}"


def _whisper(text: str) -> dict[str, Any]:
    """Return an answer that only who clicked sees; the card stays as it is."""
    return {"response_type": "ephemeral", "replace_original": False, "text": escaped(text)}


def _settled(click: Click, said: str) -> dict[str, Any]:
    """Return the card without its buttons, saying how it ended."""
    blocks = settled_card(click.blocks, said)
    return {"replace_original": True, "text": escaped(said), "blocks": blocks}
