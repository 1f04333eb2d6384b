"""Field operators: how a value is written down, and when a mention's field fits it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.policy.text_query.field_names import FieldName
from engine.policy.text_query.folding import fold
from engine.policy.text_query.wildcards import is_wild, wildcard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from engine.mention import Mention
    from engine.policy.text_query.tree import FieldIs

_AT, _HASH = "@\uff20", "#\uff03"


def field_value(name: FieldName, text: str) -> str:
    """Return a value as it is compared: folded, without the decoration people paste with it."""
    value = fold(text.strip()).strip()
    match name:
        case FieldName.AUTHOR:
            return value.lstrip(_AT)
        case FieldName.HASHTAG:
            return value.lstrip(_HASH)
        case FieldName.SITE:
            return value.rpartition("://")[2].partition("/")[0].strip(".").rpartition("@")[2]
        case FieldName.LANG:
            return value.replace("_", "-")
        case _:
            return value


def field_fits(node: FieldIs, mention: Mention) -> bool:
    """Return whether one of the values fits the mention; an absent field never does."""
    return _FITS[node.name](node.values, mention)


def _author(values: tuple[str, ...], mention: Mention) -> bool:
    handle = fold((mention.author.handle or "").strip()).lstrip(_AT)
    return bool(handle) and _one_fits(values, (handle,))


def _site(values: tuple[str, ...], mention: Mention) -> bool:
    domains = [domain for link in _links(mention) for domain in _with_parents(_host(link))]
    return _one_fits(values, domains)


def _url(values: tuple[str, ...], mention: Mention) -> bool:
    links = [fold(link) for link in _links(mention)]
    for value in values:
        if is_wild(value):
            # Part of a URL: what stands before and behind it is free.
            if _one_fits((f"*{value}*",), links):
                return True
        elif any(value in link for link in links):
            return True
    return False


def _hashtag(values: tuple[str, ...], mention: Mention) -> bool:
    return _one_fits(values, [fold(tag).lstrip(_HASH) for tag in mention.hashtags])


def _lang(values: tuple[str, ...], mention: Mention) -> bool:
    if not mention.language:
        return False
    language = fold(mention.language).replace("_", "-")
    # `lang:pt` is every Portuguese, `lang:pt-br` that of Brazil.
    return _one_fits(values, (language, language.partition("-")[0]))


def _source(values: tuple[str, ...], mention: Mention) -> bool:
    return _one_fits(values, (fold(mention.source),))


def _one_fits(values: Iterable[str], seen: Iterable[str]) -> bool:
    seen = list(seen)
    for value in values:
        if is_wild(value):
            fits = wildcard(value).fits
            if any(fits(one) for one in seen):
                return True
        elif value in seen:
            return True
    return False


def _links(mention: Mention) -> Iterator[str]:
    if mention.url:
        yield mention.url
    yield from mention.links


def _host(link: str) -> str:
    """Return a link's host, folded; empty where it has none."""
    try:
        host = urlsplit(link if "://" in link else f"//{link}").hostname or ""
    except ValueError:
        return ""
    if "xn--" in host:
        # What is no name of any domain is compared as it stands.
        with contextlib.suppress(UnicodeError):
            host = host.encode("ascii").decode("idna")
    return fold(host).strip(".")


def _with_parents(host: str) -> Iterator[str]:
    while host:
        yield host
        host = host.partition(".")[2]


_FITS: dict[str, Callable[[tuple[str, ...], Mention], bool]] = {
    FieldName.AUTHOR.value: _author,
    FieldName.SITE.value: _site,
    FieldName.URL.value: _url,
    FieldName.HASHTAG.value: _hashtag,
    FieldName.LANG.value: _lang,
    FieldName.SOURCE.value: _source,
}
