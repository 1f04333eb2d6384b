"""Replies on Mastodon: posted under a key, read back by their text, and deleted again.

The server keeps an ``Idempotency-Key`` for an hour and answers a repetition with the status it made
the first time. After that hour only reading back tells whether a reply stands there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.actions.reply.mastodon_api import PAGE, GoneError, MastodonApi
from engine.actions.reply.mastodon_text import addressed, counted_length, without_address
from engine.errors import PermanentActionError
from engine.reasons import Reason
from engine.receiving import LookedUp
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from engine.account import Account
    from engine.actions.reply.mastodon_api import Status
    from engine.ports import OutboxItem

_VISIBILITIES = frozenset({"public", "unlisted", "private", "direct"})
# A request that timed out may still be on its way through the server.
_SETTLES_IN = timedelta(minutes=1)


class MastodonReply:
    """Answers mentions from one account.

    Args:
        prepare: Makes the whole text of a reply; the address before it is added here.
    """

    is_record_only = False
    is_idempotent = True
    idempotent_for = timedelta(hours=1)

    def __init__(self, api: MastodonApi, *, prepare: Callable[[OutboxItem, Account], str]) -> None:
        self._api = api
        self._prepare = prepare

    def account(self, item: OutboxItem) -> str:
        """Return the account by which pace, failures and caps are counted."""
        del item
        return f"account:{self._api.account.name}"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Post the reply; the receipt holds its ``remote_id``, ``url`` and ``visibility``.

        What is answered is read first, so that nobody is answered who took their words back, and
        the answer is seen by those who saw the mention. Where an attempt was made before, its
        reply is looked for: the server may have forgotten the key by now.
        """
        text = self._text(item)
        if item.attempts:
            found = await self.look_up(item, now=now)
            if found.is_there:
                return found.receipt
        mention = await self._answerable(item, now=now)
        form = _form(item, mention, addressed(text, mention.author.acct))
        length, longest = _length(form), await self._api.longest(now=now)
        if length > longest:
            message = f"the reply has {length} characters with its address, {longest} are allowed"
            raise PermanentActionError(message, reason=Reason.TOO_LONG)
        return _receipt(await self._api.post(form, key=item.action.id, now=now))

    async def look_up(self, item: OutboxItem, *, now: datetime) -> LookedUp:
        """Look for the reply among our answers to the mention, by its text as it was written.

        None is surely there only once a minute has passed since the first attempt. Another answer
        of ours, by hand or since changed, leaves it to a person.
        """
        wanted = without_address(self._text(item))
        answers, is_all = await self._answers(item, now=now)
        for status in answers:
            if without_address(await self._api.text(status.id, now=now)) == wanted:
                return LookedUp(is_there=True, receipt=_receipt(status))
        if answers:
            return LookedUp(None, detail=f"{len(answers)} other answer(s) of ours stand there")
        is_settled = now - (item.first_attempt_at or now) >= _SETTLES_IN
        is_there = False if is_all and is_settled else None
        return LookedUp(is_there, detail="no answer of ours stands there")

    async def undo(self, receipt: Mapping[str, Any], *, now: datetime) -> bool:
        """Delete a reply of ours.

        Args:
            receipt: As `send` returned it.

        Returns:
            Whether it was there to be deleted.
        """
        try:
            await self._api.delete(receipt.get("remote_id", ""), now=now)
        except GoneError:
            return False
        return True

    async def _answerable(self, item: OutboxItem, *, now: datetime) -> Status:
        """Return the status that is answered, as it stands there now.

        Raises:
            PermanentActionError: It is gone, says something else by now, or is our own.
        """
        status = await self._api.status(item.mention.external_id, now=now)
        if status.author.id == await self._api.own_id(now=now):
            message = "the mention is our own"
            raise PermanentActionError(message, reason=Reason.OWN_ACCOUNT)
        seen_at = item.mention.observed_at or item.mention.published_at
        if status.edited_at is not None and status.edited_at > seen_at:
            message = f"the mention was edited at {format_instant(status.edited_at)}"
            raise PermanentActionError(message, reason=Reason.MENTION_EDITED)
        return status

    def _text(self, item: OutboxItem) -> str:
        if item.action.kind != "reply":
            message = f"Mastodon has no way to {item.action.kind} what others wrote"
            raise PermanentActionError(message)
        text = self._prepare(item, self._api.account).strip()
        if not text:
            message = "the reply has no text"
            raise PermanentActionError(message)
        return text

    async def _answers(self, item: OutboxItem, *, now: datetime) -> tuple[list[Status], bool]:
        """Return our answers to a mention, and whether these are all of them.

        What stands under a mention that is gone cannot be listed: then they are looked for among
        our own statuses since.
        """
        mention, own = item.mention.external_id, await self._api.own_id(now=now)
        try:
            found, is_all = await self._api.under(mention, now=now), True
        except GoneError:
            found = await self._api.own_since(mention, now=now)
            is_all = len(found) < PAGE
        ours = [one for one in found if one.author.id == own and one.in_reply_to == mention]
        return ours, is_all


def _form(item: OutboxItem, mention: Status, text: str) -> dict[str, str]:
    is_known = mention.visibility in _VISIBILITIES
    form = {
        "status": text,
        "in_reply_to_id": mention.id,
        "visibility": mention.visibility if is_known else "unlisted",
    }
    language = str(item.action.params.get("language") or item.mention.language or "")
    # Who was warned before the mention is warned before its answer.
    more = {"language": language, "spoiler_text": mention.warning}
    return form | {name: value for name, value in more.items() if value}


def _length(form: Mapping[str, str]) -> int:
    return counted_length(form["status"]) + len(form.get("spoiler_text", ""))


def _receipt(status: Status) -> dict[str, Any]:
    return {"remote_id": status.id, "url": status.url, "visibility": status.visibility}
