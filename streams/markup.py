"""HTML to plain text, only where a text really holds markup or entities.

People write ``<3``, ``a < b`` and ``R&D``: what is no known tag and no known entity stays.
"""

from __future__ import annotations

import html
import re
from html.entities import html5
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_BLOCK_TAGS = (
    "address|article|aside|blockquote|br|center|dd|details|div|dl|dt|figcaption|figure|footer|form|"
    "h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)
_INLINE_TAGS = (
    "a|abbr|audio|b|body|button|cite|code|del|em|embed|font|head|html|i|iframe|img|input|ins|label|"
    "link|mark|meta|noscript|object|path|picture|q|s|script|small|source|span|strike|strong|style|"
    "sub|sup|svg|td|template|textarea|th|time|title|tt|u|video|wbr"
)
_UNSEEN_TAGS = ["script", "style", "template", "iframe", "object", "svg", "title", "textarea"]

# A tag ends at the first ``>`` outside quotes; a tag that never ends is no tag.
# The bounds and possessive runs keep the search linear on text built to slow it down.
_REST_OF_TAG = r"""(?:\s(?:[^<>"']++|"[^"]{0,4000}+"|'[^']{0,4000}+')*+)?/?>"""
_TAG = re.compile(
    rf"</?(?:{_BLOCK_TAGS}|{_INLINE_TAGS}){_REST_OF_TAG}|<!--.{{0,2000}}?-->",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK = re.compile(rf"(?=</?(?:{_BLOCK_TAGS})(?:[\s/>]))", re.IGNORECASE)
_CELL = re.compile(r"(?=<t[dh](?:[\s/>]))", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# `&amp;amp;lt;`: however often an ampersand was escaped, it is one ampersand.
_ESCAPED_AMPERSAND = re.compile(r"&(?:(?:amp|#0{0,5}38|#[xX]0{0,4}26);)+")


def strip_markup(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the plain text, and the addresses its anchors point to, in order.

    Block elements and ``<br>`` become line breaks, images their alternative text; scripts and
    styles go. Anchors of hashtags and handles give no address: they are no links of the author's.
    """
    if "<" in text and _TAG.search(text):
        return _parse(text)
    return unescape(text), ()


def unescape(text: str) -> str:
    """Return the text with its whole, known entities replaced; ``&copy=1`` in a link stays."""
    if "&" not in text:
        return text
    return _ENTITY.sub(_decoded, _ESCAPED_AMPERSAND.sub("&", text))


def _decoded(found: re.Match[str]) -> str:
    name = found[0][1:]
    return html.unescape(found[0]) if name.startswith("#") or name in html5 else found[0]


def _parse(text: str) -> tuple[str, tuple[str, ...]]:
    broken = _CELL.sub(" ", _BLOCK.sub("\n", _only_known(text)))
    tree = LexborHTMLParser(broken)
    tree.strip_tags(_UNSEEN_TAGS)
    for image in tree.css("img[alt]"):
        image.replace_with(image.attributes.get("alt") or "")
    links = tuple(link for anchor in tree.css("a[href]") if (link := _address(anchor)))
    body = tree.body
    return (body.text(deep=True) if body is not None else ""), links


def _only_known(text: str) -> str:
    """Escape each ``<`` that begins no known tag, and each ``&`` that begins no known entity."""
    parts, end = [], 0
    for tag in _TAG.finditer(text):
        parts += [_escaped(text[end : tag.start()]), tag[0]]
        end = tag.end()
    return "".join([*parts, _escaped(text[end:])])


def _escaped(text: str) -> str:
    plain = unescape(text)
    return plain.replace("&", "&amp;").replace("<", "&lt;")


def _address(anchor: LexborNode) -> str | None:
    href = (anchor.attributes.get("href") or "").strip()
    is_own = href[:8].lower().startswith(("http://", "https://"))
    return href if is_own and not anchor.text(deep=True).lstrip().startswith(("#", "@")) else None
