"""The one form in which every classifier reads a text; light to import."""

from __future__ import annotations

import re
import unicodedata

# Longer texts are read up to here: a model of short posts learns nothing from a novel, and the
# cost of one text stays bounded.
LONGEST_TEXT = 4000

_URL = re.compile(r"https?://\S*|www\.\S+|(?<!\S)https?(?!\S)|@url\b", re.IGNORECASE)
_HANDLE = re.compile(r"@\w+")
_SPACE = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Return a text as every classifier reads it: one form for all that mean the same.

    Addresses become ``http``, handles ``@user``, white space and control characters one space.
    Reposts that differ in a link alone become one text. Case, digits and emoji are kept.
    """
    text = text[:LONGEST_TEXT].replace("\0", " ")
    text = _HANDLE.sub("@user", _URL.sub(" http ", unicodedata.normalize("NFC", text)))
    return _SPACE.sub(" ", text).strip()
