"""Takes addresses and numbers of people out of texts before anything is stored or classified.

Pure and in linear time: no network, no model, no clock. What is taken out is replaced by what it
was (``[email]``), so that a text can still be read; redacting twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.redaction.accounts import find_cards, find_ibans
from engine.redaction.emails import find_emails
from engine.redaction.national import find_national_ids
from engine.redaction.phones import find_phones
from engine.redaction.working import Working

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["KINDS", "Found", "Redacted", "redact"]

KINDS = ("email", "phone", "card", "iban", "national_id")
# What is surest first: a number taken is no longer there to be taken for another kind.
_FINDERS = {
    "email": find_emails,
    "iban": find_ibans,
    "national_id": find_national_ids,
    "card": find_cards,
    "phone": find_phones,
}
_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data.

    Attributes:
        kind: One of `KINDS`.
        start: Where it begins in the text as it was given, in characters.
        end: Where it ends, exclusive.
    """

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without personal data.

    Attributes:
        found: What was taken out, in order of the text; none overlaps another.
    """

    text: str
    found: tuple[Found, ...] = ()


def redact(
    text: str,
    language: str | None = None,
    country: str | None = None,
    *,
    kinds: Collection[str] = KINDS,
) -> Redacted:
    """Replace e-mail addresses, phone, card, account and national numbers by what they are.

    Args:
        language: ISO 639-1 code of the text; says which countries' phone numbers may stand in it
            without their country code.
        country: ISO 3166-1 code of where it was written; goes before the language.
        kinds: Which of `KINDS` to take out.

    Raises:
        ValueError: A kind is none of `KINDS`.
    """
    unknown = set(kinds) - set(KINDS)
    if unknown:
        message = f"{', '.join(sorted(unknown))}: no kind of personal data; kinds: {KINDS}"
        raise ValueError(message)
    working = Working(text, language, country)
    # What a first round takes out may have hidden what stands beside it.
    for _ in range(_MOST_ROUNDS):
        before = len(working.found)
        for kind, find in _FINDERS.items():
            if kind in kinds:
                working.take(kind, find(working))
        if len(working.found) == before:
            break
    spans = sorted(working.found, key=lambda one: one[1])
    return Redacted(_replaced(text, spans), tuple(Found(*span) for span in spans))


def _replaced(text: str, spans: list[tuple[str, int, int]]) -> str:
    parts, at = [], 0
    for kind, start, end in spans:
        parts += [text[at:start], f"[{kind.replace('_', ' ')}]"]
        at = end
    return "".join([*parts, text[at:]])
