"""What a platform pack says, once it is read: whom we may answer there, when, how often, how.

Frozen descriptions, and what follows from them alone; the gates judge by them at the moment of
sending. `engine.policy.read_platforms` makes them of `platform` documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.policy.text_length import Unit, count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, timedelta

    from engine.problem import Span

_LINK = re.compile(r"(?:https?://|\bwww\.)\S+", re.IGNORECASE)
# The language of a disclosure where the pack has none in the reply's own.
_COMMON_LANGUAGE = "en"


class Reach(StrEnum):
    """Who may be answered; the order of definition is from strict to loose.

    ``addressed`` named our account or wrote us a message; ``engaged`` did so, or answered one of
    our posts, commented on them, or reviewed us.
    """

    NOBODY = "nobody"
    ADDRESSED = "addressed"
    ENGAGED = "engaged"
    ANYONE = "anyone"

    @property
    def width(self) -> int:
        """Rank from 0 (nobody) to 3 (anyone)."""
        return _WIDTHS[self]


_WIDTHS: Mapping[Reach, int] = {reach: rank for rank, reach in enumerate(Reach)}


class Need(StrEnum):
    """What an account must assert before it answers without a person.

    ``label``: its profile bears the platform's label of automated accounts. ``permission``: the
    platform has approved of automatic answers.
    """

    LABEL = "label"
    PERMISSION = "permission"


class Per(StrEnum):
    """What a cap is counted by."""

    ACCOUNT = "account"
    AUTHOR = "author"
    THREAD = "thread"


class Deed(StrEnum):
    """The kinds of action that packs limit."""

    REPLY = "reply"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """How long after a mention it may be answered; the end itself is too late.

    Attributes:
        kinds: Of mentions; empty for all.
        automatic: Without a person; None for as long as one likes.
        by_person: With a person's approval; None for as long as one likes.
    """

    kinds: frozenset[str] = frozenset()
    automatic: timedelta | None = None
    by_person: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """How much may be sent.

    Attributes:
        most: In all, each send counted `each` times.
        within: In any stretch so long; None beside `day_of` None: ever.
        day_of: In each calendar day of this time zone.
        deeds: Which actions count.
    """

    most: int
    per: Per
    within: timedelta | None = None
    day_of: str | None = None
    each: int = 1
    deeds: tuple[Deed, ...] = (Deed.REPLY,)


@dataclass(frozen=True, slots=True)
class LengthLimit:
    """How long a reply may be.

    Attributes:
        link: What every link counts; None where it counts as it is written.
    """

    most: int
    unit: Unit
    link: int | None = None
    is_short_handle: bool = False

    def count(self, text: str) -> int:
        """Return how long the platform says a text is, in `unit`."""
        return count(text, self.unit, link=self.link, is_short_handle=self.is_short_handle)


@dataclass(frozen=True, slots=True)
class PlatformPack:
    """The limits of one platform, as somebody last read them there.

    Attributes:
        id: The platform's name.
        last_reviewed: The day its limits were last looked up.
        span: Where that day stands.
        sources: The pages that say so.
        known_as: Further names under which its mentions come.
        automatic: Who may be answered without a person.
        by_person: Who may be answered when a person approved of it.
        needs: What the account asserts before it answers without a person.
        most_links: Most links of a reply; None for any number.
        disclosure: By language: what is added to a reply that no person reviewed.
        retention: How long texts from there are kept; None where the platform sets no term.
        may_train: Whether its texts may be used to train models.
        instances: What is otherwise on a server of the platform: changed fields by host.
    """

    id: str
    last_reviewed: date
    span: Span
    sources: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    automatic: Reach = Reach.ANYONE
    by_person: Reach = Reach.ANYONE
    needs: frozenset[Need] = frozenset()
    windows: tuple[ReplyWindow, ...] = ()
    caps: tuple[Cap, ...] = ()
    length: tuple[LengthLimit, ...] = ()
    most_links: int | None = None
    disclosure: Mapping[str, str] = field(default_factory=dict)
    retention: timedelta | None = None
    may_train: bool = True
    instances: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def at(self, address: str) -> PlatformPack:
        """Return the pack as it holds on the server at an address; itself where none differs.

        Args:
            address: A base URL, such as an account's.
        """
        host = urlsplit(address).hostname
        changes = self.instances.get(host) if host else None
        return replace(self, **changes) if changes else self

    def window(self, kind: str, *, is_by_person: bool) -> timedelta | None:
        """Return how long after a mention of a kind it may be answered; None for ever."""
        spans = [
            one.by_person if is_by_person else one.automatic
            for one in self.windows
            if not one.kinds or kind in one.kinds
        ]
        return min((span for span in spans if span is not None), default=None)

    def disclosed(self, language: str | None) -> str:
        """Return the disclosure in a language, else in English; empty where there is none."""
        wanted = (language or "").lower()
        for code in (wanted, wanted.partition("-")[0], _COMMON_LANGUAGE):
            if code in self.disclosure:
                return self.disclosure[code]
        return ""


def pack_of(packs: Mapping[str, PlatformPack], platform: str) -> PlatformPack | None:
    """Return a platform's pack, by its id or another name of it; None where it has none.

    Case does not count, and ``_`` is ``-``.
    """
    name = platform.casefold().replace("_", "-")
    found = packs.get(name)
    return found or next((one for one in packs.values() if name in one.known_as), None)


def with_disclosure(
    text: str, language: str | None, pack: PlatformPack | None, *, is_reviewed: bool
) -> str:
    """Return a reply as it is sent: where no person reviewed it, it says so at its end.

    Doing it twice is doing it once.

    Args:
        language: Of the text.
        pack: None for a platform without one, where nothing is added.
        is_reviewed: Whether a person read and approved the text, and so answers for it.

    Source: EU AI Act, article 50; X, Meta and others ask for the like.
    """
    told = "" if pack is None or is_reviewed else pack.disclosed(language)
    if not told or text.rstrip().endswith(told):
        return text
    return f"{text.rstrip()}\n\n{told}"


def links_of(text: str) -> list[str]:
    """Return the links that a text holds, in order: what begins with a scheme or ``www.``."""
    return _LINK.findall(text)
