"""How Mastodon counts and addresses the text of a status."""

from __future__ import annotations

import re

# As the server counts: a link is as long as any other, a name as long as without its server.
# Source: mastodon, app/validators/status_length_validator.rb.
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w/])@(\w+(?:[.-]+\w+)*)(@[\w.-]+\w)?")
_LINK_LENGTH = 23


def counted_length(text: str) -> int:
    """Return how many characters the server counts: links 23 each, ``@name@server`` as ``@name``.

    Combined characters count once, as a person sees them, only where they are one code point: the
    result is never less than the server's.
    """
    without_links = _LINK.sub("x" * _LINK_LENGTH, text)
    return len(_NAME.sub(lambda found: f"@{found[1]}", without_links))


def names_of(text: str) -> set[str]:
    """Return whom a text addresses, in lower case, without the ``@`` before."""
    return {found[0].removeprefix("@").lower() for found in _NAME.finditer(text)}


def addressed(text: str, acct: str) -> str:
    """Return a text that names an account, as people are told only of posts that name them.

    Args:
        acct: As the server calls it: ``bob``, or ``bob@elsewhere.example``.
    """
    return text if acct.lower() in names_of(text) else f"@{acct} {text}"


def without_address(text: str) -> str:
    """Return a text without the names it begins with, and without space around it."""
    left = text.strip()
    while (found := _NAME.match(left)) is not None:
        left = left[found.end() :].lstrip()
    return left
