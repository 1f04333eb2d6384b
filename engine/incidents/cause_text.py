"""The cause of an incident in a few sentences, in English and French."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 5
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "none": "No mention was counted.",
        "mentions": "{mentions} mention(s) by {authors} author(s).",
        "crowd": "The busiest author wrote {top}; {copies} are copies of one another.",
        "one_author": "One author wrote {top} of it: this may be no crowd.",
        "copies": "{copies} are near-identical texts: this may be no crowd.",
        "too_few": "Too few to say whether it is a crowd.",
        "terms": "About: {names}.",
        "hashtags": "Hashtags: {names}.",
        "sources": "From: {names}.",
        "authors": "Authors: {names}.",
        "places": "Places: {names}.",
        "links": "Links: {names}.",
        "languages": "Languages: {names}.",
    },
    "fr": {
        "none": "Aucune mention n'a été comptée.",
        "mentions": "{mentions} mention(s) de {authors} auteur(s).",
        "crowd": "L'auteur le plus actif en a écrit {top} ; {copies} se copient l'une l'autre.",
        "one_author": "Un seul auteur en a écrit {top} : ce n'est peut-être pas une foule.",
        "copies": "{copies} sont des textes presque identiques : ce n'est peut-être pas une foule.",
        "too_few": "Trop peu pour dire si c'est une foule.",
        "terms": "Sujets : {names}.",
        "hashtags": "Mots-dièse : {names}.",
        "sources": "Sources : {names}.",
        "authors": "Auteurs : {names}.",
        "places": "Lieux : {names}.",
        "links": "Liens : {names}.",
        "languages": "Langues : {names}.",
    },
}
_FACETS = ("terms", "hashtags", "sources", "languages", "authors", "places", "links")


def cause_sentences(view: Mapping[str, Any], language: str = "en") -> list[str]:
    """Return what `Cause.view` says, a sentence a line; in English where the language is not known.

    Args:
        language: ``en`` or ``fr``.
    """
    words = _WORDS.get(language, _WORDS["en"])
    if not view["mentions"]:
        return [words["none"]]
    crowd = view["crowd"]
    found = [
        words["mentions"].format(mentions=view["mentions"], authors=crowd["authors"]),
        words[crowd["verdict"]].format(
            top=_percent(crowd["top_author"]), copies=_percent(crowd["copies"])
        ),
    ]
    for facet in _FACETS:
        names = ", ".join(f"{one['name']} {_percent(one['share'])}" for one in view[facet][:_MOST])
        found += [words[facet].format(names=names)] if names else []
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
