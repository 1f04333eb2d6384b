"""A signed outgoing Standard Webhook: for `webhook` actions, and to notify a webhook channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from standardwebhooks import Webhook

from engine.actions.channel_settings import WebhookSettings, named_channel, read_settings
from engine.errors import PermanentActionError
from engine.mention_json import write_mention
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.actions.http import HttpClient
    from engine.ports import Channel, OutboxItem


class WebhookReceiver:
    """Posts an action to the channel it names, signed.

    The action's id is the ``webhook-id``, which a Standard Webhooks consumer takes for its
    idempotency key: sending again has no second effect, and the body is the same each time.

    Args:
        channels: As defined now; looked up at every send.
    """

    is_record_only = False
    is_idempotent = True
    idempotent_for = None

    def __init__(self, channels: Mapping[str, Channel], client: HttpClient) -> None:
        self._channels = channels
        self._client = client

    def account(self, item: OutboxItem) -> str:
        """Return the channel by which pace and failures are counted."""
        return f"channel:{named_channel(item, self._channels).name}"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Post the action; the receipt holds the status."""
        settings = read_settings(named_channel(item, self._channels), WebhookSettings)
        body = webhook_body(item)
        answer = await self._client.post(
            settings.url,
            body,
            headers=_signed(item.action.id, body, settings, now=now),
            is_idempotent=True,
            now=now,
        )
        return {"status": answer.status}


def webhook_body(item: OutboxItem) -> bytes:
    """Return the body posted for an action: canonical JSON, the same for every attempt.

    ``data`` holds the action's id, policy, rule, mode and mention, and beside them the action's
    own parameters (a `webhook` action's ``body`` unfolded).

    Raises:
        PermanentActionError: Something in it has no form in JSON.
    """
    params = dict(item.action.params)
    body = params.pop("body", None)
    data = {
        **params,
        **(body if isinstance(body, dict) else {}),
        # Last, so that nothing above can take their place.
        "action": item.action.id,
        "policy": item.policy,
        "rule": item.rule,
        "mode": item.action.mode.value,
        "mention": write_mention(item.mention),
    }
    payload = {
        "type": f"tocsin.{item.action.kind}",
        "timestamp": format_instant(item.created_at),
        "data": data,
    }
    try:
        return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        message = f"the action cannot be written as JSON: {error}"
        raise PermanentActionError(message) from error


def _signed(
    webhook_id: str, body: bytes, settings: WebhookSettings, *, now: datetime
) -> dict[str, str]:
    signer = Webhook(settings.secret.get_secret_value())
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(webhook_id, now, body.decode()),
    }
