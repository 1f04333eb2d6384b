"""Make a mention's text plain, composed and free of what nobody sees.

Everything behind this stage (classifiers, text queries, hashes of equal texts) may rely on it:
`normalise` applied twice equals `normalise` applied once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from ftfy import TextFixerConfig, fix_text

from engine.errors import MentionError
from engine.mention_json import LONGEST_TEXT, find_hashtags, find_links
from streams.markup import strip_markup, unescape

if TYPE_CHECKING:
    from engine.mention import Author, Mention, Place

# Each round undoes one layer (HTML inside escaped HTML, mojibake inside an entity). Real input
# needs two or three; what needs more was built to keep us busy.
_MOST_ROUNDS = 8

# Quotes, ligatures and full-width letters stay as their author wrote them: matching folds them
# where it wants to, and a reply may quote them.
_FIXES = TextFixerConfig(
    unescape_html=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    normalization="NFC",
    explain=False,
)

_SUSPECT_ASCII = re.compile(r"[&<\x00-\x09\x0b-\x1f\x7f]|\s\s|^\s|\s\Z")
_UNSEEN = re.compile(
    "\x1b\\[[0-9;]*[A-Za-z]|["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
# Joiners mean something between letters of Arabic, Indic and further scripts, and inside emoji.
# Between Latin letters they only hide a word from those who look for it.
_JOINED = "\u0600-\u1fff\ua800-\uabff\U00010a00-\U00011fff"
_EMOJI = "\u00a9\u00ae\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff\U000e007f"
_JOINERS = re.compile(
    rf"((?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}])|(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}]))"
    r"|[\u200c\u200d]"
)
# Tag characters spell the flags of England, Scotland and Wales; elsewhere they carry hidden text.
_TAGS = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)|[\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_SPACES = re.compile(r"[\s\u2800]{2,}|[^\S \n]|\u2800|\A\s|\s\Z")
_LINE_BREAKS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")


def normalise(mention: Mention) -> Mention:
    """Return the mention with a clean text, and hashtags and links read from it again.

    Mojibake is repaired, HTML becomes plain text, characters are composed (NFC), invisible and
    control characters go, white space collapses (a line break stays one). Handles stay in the text.
    Hashtags and links that stood beside the text stay; those of the text follow them.

    Raises:
        MentionError: Nothing is left of the text, it grew too long, or its markup is nested beyond
            reason.
    """
    text, hrefs = _clean(mention.text)
    if not text:
        message = "text is empty once markup and invisible characters are taken away"
        raise MentionError(message)
    if len(text) > LONGEST_TEXT:
        message = f"text has {len(text)} characters; at most {LONGEST_TEXT} are read"
        raise MentionError(message)
    is_same = text == mention.text
    links = _links(mention, text, hrefs) if not is_same or "://" in text else mention.links
    hashtags = _hashtags(mention, text) if not is_same or "#" in text else mention.hashtags
    author, place = _author(mention.author), _place(mention.place)
    seen = (mention.text, mention.links, mention.hashtags, mention.author, mention.place)
    if (text, links, hashtags, author, place) == seen:
        return mention
    return replace(mention, text=text, links=links, hashtags=hashtags, author=author, place=place)


def _clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Repeat the rounds until nothing changes, so that a second call finds nothing to do."""
    hrefs: dict[str, None] = {}
    for _ in range(_MOST_ROUNDS):
        if text.isascii() and not _SUSPECT_ASCII.search(text):
            return text, tuple(hrefs)
        cleaned, found = _round(text)
        hrefs.update(dict.fromkeys(found))
        if cleaned == text:
            return text, tuple(hrefs)
        text = cleaned
    message = f"text holds markup or escapes nested more than {_MOST_ROUNDS} deep"
    raise MentionError(message)


def _round(text: str) -> tuple[str, tuple[str, ...]]:
    if not text.isascii():
        text = fix_text(text, _FIXES)
    text, hrefs = strip_markup(text)
    return _visible(text), hrefs


def _visible(text: str) -> str:
    """Drop what is not seen, compose, and collapse white space."""
    text = _UNSEEN.sub("", text)
    if not text.isascii():
        text = _TAGS.sub(r"\1", _JOINERS.sub(r"\1", text))
        text = unicodedata.normalize("NFC", text)
    return _SPACES.sub(_space, text).strip()


def _space(run: re.Match[str]) -> str:
    return " " if _LINE_BREAKS.isdisjoint(run[0]) else "\n"


def _links(mention: Mention, text: str, hrefs: tuple[str, ...]) -> tuple[str, ...]:
    # Links equal to those of the raw text were read from it, not given beside it: read anew, they
    # lose what was markup around them.
    given = () if mention.links == find_links(mention.text) else mention.links
    return tuple(dict.fromkeys([*map(_address, given), *map(_address, hrefs), *find_links(text)]))


def _address(link: str) -> str:
    for _ in range(_MOST_ROUNDS):
        plain = unescape(link)
        if plain == link:
            return link
        link = plain
    return link.replace("&", "")


def _hashtags(mention: Mention, text: str) -> tuple[str, ...]:
    given = () if mention.hashtags == find_hashtags(mention.text) else mention.hashtags
    return tuple(dict.fromkeys([*given, *find_hashtags(text)]))


def _author(author: Author) -> Author:
    handle, name = _label(author.handle), _label(author.name)
    if (handle, name) == (author.handle, author.name):
        return author
    return replace(author, handle=handle, name=name)


def _place(place: Place | None) -> Place | None:
    if place is None or (name := _label(place.name)) == place.name:
        return place
    return replace(place, name=name)


def _label(label: str | None) -> str | None:
    """Clean a name that is shown: a control character in it could redraw a terminal."""
    if label is None or (label.isascii() and label.isprintable() and "  " not in label):
        return label
    while (cleaned := _visible(label).replace("\n", " ")) != label:
        label = cleaned
    return label or None
