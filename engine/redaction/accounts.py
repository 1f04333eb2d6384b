"""Bank accounts (IBAN) and payment cards, by their check digits and lengths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.redaction.working import Working

_SEPARATORS = " -.\u00a0\u202f"
_IBAN_START = re.compile(r"(?<![^\W_])(?=([A-Za-z]{2})[ .-]?\d{2})")
# Characters of an IBAN by country. Source: SWIFT IBAN registry, release 99.
_IBAN_LENGTHS = {
    **dict.fromkeys(["NO"], 15),
    **dict.fromkeys(["BE"], 16),
    **dict.fromkeys(["DK", "FI", "NL", "FO", "GL", "SD"], 18),
    **dict.fromkeys(["SI", "MK"], 19),
    **dict.fromkeys(["AT", "BA", "EE", "KZ", "LT", "LU", "XK", "MN"], 20),
    **dict.fromkeys(["CH", "HR", "LI", "LV", "CR"], 21),
    **dict.fromkeys(["BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS", "VA"], 22),
    **dict.fromkeys(["AE", "GI", "IL", "IQ", "OM", "TL", "SO"], 23),
    **dict.fromkeys(["AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"], 24),
    **dict.fromkeys(["LY", "PT", "ST"], 25),
    **dict.fromkeys(["IS", "TR"], 26),
    **dict.fromkeys(["FR", "GR", "IT", "MC", "MR", "SM", "DJ"], 27),
    **dict.fromkeys(["AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV"], 28),
    **dict.fromkeys(["BR", "EG", "PS", "QA", "UA"], 29),
    **dict.fromkeys(["JO", "KW", "MU", "YE"], 30),
    **dict.fromkeys(["MT", "SC"], 31),
    "LC": 32,
    "RU": 33,
}
_FEWEST_DIGITS = 10

_CARD = re.compile(
    r"(?<![\w+#@/])(?<![\w][.,-])"
    r"(?=((?:\d{4}[ .\u00a0-]?){3}\d{4}(?:[ -]?\d{3})?|\d{4}[ -]?\d{6}[ -]?\d{4,5}|\d{13,19})"
    r"(?!\w))"
)
# Lengths by issuer. Source: ISO/IEC 7812 ranges as the schemes publish them.
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})\Z|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}\Z"
    r"|3[47]\d{13}\Z|3(?:0[0-5]|[689]\d)\d{11}\Z|(?:6011|65\d{2}|64[4-9]\d)\d{12}\Z"
    r"|35(?:2[89]|[3-8]\d)\d{12}\Z|62\d{14,17}\Z|(?:5018|5020|5038|6304|6759|676[1-3])\d{8,15}\Z"
)


def find_ibans(working: Working) -> Iterator[tuple[int, int]]:
    """Yield where account numbers stand: right in length and check digits.

    One with a slip in it is found where the words before it say what it is.
    """
    if working.digits < _FEWEST_DIGITS:
        return
    for match in _IBAN_START.finditer(working.text):
        length = _IBAN_LENGTHS.get(match[1].upper())
        if length is None:
            continue
        read = _read(working.text, match.start(), length)
        if read is None:
            continue
        number, end = read
        if mod_97_10.is_valid(number[4:] + number[:4]) or working.subject(match.start()) == "iban":
            yield match.start(), end


def find_cards(working: Working) -> Iterator[tuple[int, int]]:
    """Yield where card numbers stand: of an issuer's range and length, with the right check digit.

    Digits in one run are none where the words before them speak of an order, a parcel, a thing.
    """
    if working.digits < _FEWEST_DIGITS:
        return
    for match in _CARD.finditer(working.text):
        number = re.sub(r"\D", "", match[1])
        if _ISSUERS.match(number) is None:
            continue
        subject = working.subject(match.start())
        is_whole = luhn.is_valid(number)
        is_grouped = len(match[1]) > len(number)
        if subject == "card" or (is_whole and (is_grouped or subject != "other")):
            yield match.start(1), match.end(1)


def _read(text: str, start: int, length: int) -> tuple[str, int] | None:
    """Return so many letters and digits from a place on, and where they end.

    None where there are fewer, two separators in a row, or a letter or digit follows.
    """
    held: list[str] = []
    at, gap = start, 0
    while at < len(text) and len(held) < length:
        sign = text[at]
        if sign.isascii() and sign.isalnum():
            held.append(sign.upper())
            gap = 0
        elif sign in _SEPARATORS and not gap:
            gap = 1
        else:
            return None
        at += 1
    if len(held) < length or text[at : at + 1].isalnum():
        return None
    return "".join(held), at
