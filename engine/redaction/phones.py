"""Phone numbers, read as the numbering plans of the countries in question allow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import NumberParseException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from phonenumbers import PhoneNumber

    from engine.redaction.working import Working

_FEWEST_DIGITS = 8
_GAP = r"(?:[ \u00a0\u202f.\-/\u2011\u2013]|\) ?| ?\(| - | ?\. ?)?"
_FREE = r"(?<![\w#@$€£&=])(?<![\w][.,:/-])(?<![$€£] )"
_END = r"(?![\w@])(?![.,:/-]\d)"
_INTERNATIONAL = re.compile(
    rf"{_FREE}((?:\+|\(\+|00 ?)[1-9]{_GAP}(?:\(0\){_GAP})?(?:\d{_GAP}){{6,13}}\d){_END}"
)
# National: with a leading zero, in the North American form, or any run where a word says so.
_ZERO = re.compile(rf"{_FREE}(\(?0{_GAP}[1-9]{_GAP}(?:\d{_GAP}){{6,9}}\d){_END}")
_AMERICAN = re.compile(
    rf"{_FREE}((?:1[ .-])?(?:\([2-9]\d{{2}}\) ?|[2-9]\d{{2}}[ .-])[2-9]\d{{2}}[ .-]\d{{4}}){_END}"
)
_ANY = re.compile(rf"{_FREE}(\(?[1-9](?:{_GAP}\d){{7,11}}){_END}")
_IN_LINK = re.compile(
    r"(?:tel:|wa\.me/|sms:|[?&]phone=)(\+?\d(?:[\d .-]{5,18})\d)(?!\d)", re.IGNORECASE
)
_DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])[ ./-](?:0?[1-9]|1[0-2])[ ./-](?:19|20)\d{2}"
    r"|(?:19|20)\d{2}[ ./-](?:0[1-9]|1[0-2])[ ./-](?:0[1-9]|[12]\d|3[01])"
)
_UNIT = re.compile(
    r"\s?(?:€|\$|£|%|eur\b|euros?\b|usd\b|gbp\b|dollars?\b|pounds?\b|km\b|kg\b|m²|kwh\b|go\b|gb\b|mo\b|"
    r"mb\b|vues\b|views\b|followers\b|abonn[eé]s\b|pts?\b|points\b|fcfa\b|chf\b|habitants\b|people\b|"
    r"users\b|million|mille\b)",
    re.IGNORECASE,
)
_BY_LANGUAGE = {
    "fr": ("FR", "BE", "CH", "LU", "CA", "GB", "DE"),
    "en": ("US", "GB", "IE", "CA", "AU", "NZ", "FR", "IN", "ZA"),
    "de": ("DE", "AT", "CH", "FR"),
    "es": ("ES", "MX", "AR", "CO", "CL"),
    "it": ("IT", "CH"),
    "nl": ("NL", "BE"),
    "pt": ("PT", "BR"),
}
_OTHERWISE = ("FR", "GB", "US", "DE", "ES", "IT", "NL", "BE", "PT", "CH")


def find_phones(working: Working) -> Iterator[tuple[int, int]]:
    """Yield where phone numbers stand, in no order; they may overlap.

    A number with its country code has to be one of that country. One without has to be one of a
    country the text may speak of, and to look like one or be called one. A number that the words
    before it call an order, a parcel or another thing is none.
    """
    if working.digits < _FEWEST_DIGITS:
        return
    text, regions = working.text, _regions(working)
    yield from ((match.start(1), match.end(1)) for match in _IN_LINK.finditer(text))
    for match in _INTERNATIONAL.finditer(text):
        subject = working.subject(match.start(1))
        check = _is_possible if subject == "phone" else _is_valid
        if subject != "other" and check(match[1], (None,)):
            yield _span(match)
    for pattern, needs_word in ((_ZERO, False), (_AMERICAN, False), (_ANY, True)):
        for match in pattern.finditer(text):
            subject = working.subject(match.start(1))
            if subject == "phone":
                is_one = _is_possible(match[1], regions)
            else:
                is_one = not needs_word and subject is None and _is_valid(match[1], regions)
            if is_one and not _is_other(working, match):
                yield _span(match)


def _span(match: re.Match[str]) -> tuple[int, int]:
    """Return what is of the number: a bracket that opens before it and closes behind is not."""
    is_of_text = match[1].startswith("(") and ")" not in match[1]
    return match.start(1) + is_of_text, match.end(1)


def _regions(working: Working) -> tuple[str, ...]:
    near = _BY_LANGUAGE.get(working.language or "", _OTHERWISE)
    return near if working.country is None else (working.country, *near)


def _is_other(working: Working, match: re.Match[str]) -> bool:
    """Say whether it is a date, an amount, or counts something."""
    behind = working.behind(match.end(1))
    return _DATE.match(match[1]) is not None or _UNIT.match(behind) is not None


def _is_valid(number: str, regions: tuple[str | None, ...]) -> bool:
    return any(_check(number, region, phonenumbers.is_valid_number) for region in regions)


def _is_possible(number: str, regions: tuple[str | None, ...]) -> bool:
    """Say whether it is at least as long as numbers are: a digit mistyped makes it no other's."""
    return any(_check(number, region, phonenumbers.is_possible_number) for region in regions)


def _check(number: str, region: str | None, is_one: Callable[[PhoneNumber], bool]) -> bool:
    if number.startswith("00"):
        number = "+" + number[2:]
    try:
        parsed = phonenumbers.parse(number.replace("(0)", ""), region)
    except NumberParseException:
        return False
    return is_one(parsed)
