"""Redaction of what sources bring: mentions, and inputs that are none."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.mention_json import find_hashtags
from engine.redaction import KINDS, redact

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.mention import Mention
    from engine.ports import DeadLetter

_ESCAPED_SPACE = re.compile(r"\\[nrt]")
# Fields of an input that name things; a number in them is no person's.
_NAMES = frozenset(
    {
        "id",
        "external_id",
        "in_reply_to",
        "source",
        "published_at",
        "observed_at",
        "author",
        "handle",
    }
)
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Redactor:
    """Takes personal data out of what sources bring, before it is stored or classified.

    A mention keeps its id, though that may have been made of its text.

    Args:
        kinds: Which of `engine.redaction.KINDS`; none leaves everything as it is.
    """

    kinds: Collection[str] = KINDS

    def mention(self, mention: Mention) -> Mention:
        """Return the mention with its text, its links and what is said of its media redacted.

        Who wrote it stays: their handle, their name.
        """
        country = None if mention.place is None else mention.place.country
        text = redact(mention.text, mention.language, _code(country), kinds=self.kinds).text
        links = tuple(self._link(link) for link in mention.links)
        media = tuple(self._value(one, _DEEPEST) for one in mention.media)
        if (text, links, media) == (mention.text, mention.links, mention.media):
            return mention
        hashtags = mention.hashtags
        if hashtags == find_hashtags(mention.text):
            hashtags = find_hashtags(text)
        return replace(mention, text=text, links=links, media=media, hashtags=hashtags)

    def dead_letter(self, letter: DeadLetter) -> DeadLetter:
        """Return an input that is no mention with its content, and what is said of it, redacted."""
        return replace(letter, raw=self._raw(letter.raw), reason=self._plain(letter.reason))

    def _raw(self, raw: str) -> str:
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError):
            return self._plain(raw)
        if not isinstance(data, dict | list):
            return self._plain(raw)
        clean = self._value(data, _DEEPEST)
        return raw if clean == data else json.dumps(clean, ensure_ascii=False)

    def _value(self, value: Any, levels: int) -> Any:
        """Redact the texts inside a JSON value, but for what names things."""
        if isinstance(value, str):
            return self._plain(value)
        if not levels:
            return value
        if isinstance(value, dict):
            return {
                name: one if name in _NAMES else self._value(one, levels - 1)
                for name, one in value.items()
            }
        return [self._value(one, levels - 1) for one in value] if isinstance(value, list) else value

    def _plain(self, text: str) -> str:
        # A line break written as an escape would make a number a part of the letter before it.
        if "\\" not in text:
            return redact(text, kinds=self.kinds).text
        parts, at = [], 0
        for match in _ESCAPED_SPACE.finditer(text):
            parts += [redact(text[at : match.start()], kinds=self.kinds).text, match[0]]
            at = match.end()
        return "".join([*parts, redact(text[at:], kinds=self.kinds).text])

    def _link(self, link: str) -> str:
        scheme, colon, rest = link.partition(":")
        if colon and scheme.lower() in ("tel", "sms") and "phone" in self.kinds:
            return f"{scheme}:[phone]"
        return scheme + colon + redact(rest, kinds=self.kinds).text if colon else link


def _code(country: str | None) -> str | None:
    return country if country is not None and re.fullmatch("[A-Za-z]{2}", country) else None
