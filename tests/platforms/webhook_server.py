"""A consumer of Standard Webhooks that takes effect once an id, for what is signed, fresh and JSON.

Deliveries are effects of kind ``delivery``, keyed by ``webhook-id``.

Source: standardwebhooks.com, the specification.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from standardwebhooks import Webhook

from tests.platforms.imitation import (
    COMMON_FAULTS,
    Fault,
    Imitation,
    RefusedError,
    Response,
    complain,
    main,
    only,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH = "/hook"


class WebhookConsumer(Imitation):
    faults: ClassVar = {
        **COMMON_FAULTS,
        "throttled": Fault(429, {"Retry-After": "7"}),
        "expired_token": Fault(401),
        "gone": Fault(410),
    }

    def __init__(self, clock=None):
        super().__init__(clock)
        self.bodies = {}

    @property
    def hook_url(self):
        return f"{self.url}{PATH}"

    def answer(self, request):
        if (request.method, request.path) != ("POST", PATH):
            complain("no such hook")
        only(request.query)
        self._require_signed(request)
        body, key = request.json(), request.headers["webhook-id"]
        only(body, required=("type", "timestamp", "data"))
        if self.bodies.setdefault(key, body) != body:
            complain("another body under the same id")
        if (("delivery", key)) in self._effects:
            self.repeated("delivery", key)
        else:
            self.effect("delivery", key)
        return Response(200, b"received")

    def _require_signed(self, request):
        at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        signer = Webhook(SECRET)
        wanted = signer.sign(request.headers["webhook-id"], at, request.body.decode())
        if not hmac.compare_digest(wanted, request.headers["webhook-signature"]):
            raise RefusedError(Response(401, b"signature"))
        if abs(at - self.now()) > timedelta(minutes=5):
            complain("a request that is not fresh")


if __name__ == "__main__":
    main(WebhookConsumer())
