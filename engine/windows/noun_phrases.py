"""Noun chunks, where a spaCy model of the language is installed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from engine.policy.text_query.words import cut

if TYPE_CHECKING:
    from collections.abc import Collection

    from spacy.language import Language
    from spacy.tokens import Doc

_NAMES = ("core_web_sm", "core_news_sm")


def noun_phrases(text: str, language: str | None, *, stop: Collection[str]) -> set[str] | None:
    """Return the noun chunks of two words and more, folded; None without a model.

    Args:
        stop: Words left out at a chunk's ends.
    """
    pipeline = None if language is None else _pipeline(language)
    return None if pipeline is None else chunks(pipeline(text), stop=stop)


def chunks(parsed: Doc, *, stop: Collection[str]) -> set[str]:
    """Return the noun chunks of a parsed text; see `noun_phrases`."""
    found = set()
    for chunk in parsed.noun_chunks:
        words = cut(chunk.text).folded
        while words and _is_idle(words[0], stop):
            words = words[1:]
        while words and _is_idle(words[-1], stop):
            words = words[:-1]
        if len(words) > 1:
            found.add(" ".join(words))
    return found


def _is_idle(word: str, stop: Collection[str]) -> bool:
    return len(word) == 1 or word in stop or word.isdecimal()


@cache
def _pipeline(language: str) -> Language | None:
    import spacy  # noqa: PLC0415 - a second to import, and most never ask

    for name in _NAMES:
        package = f"{language}_{name}"
        if spacy.util.is_package(package):
            return spacy.load(package, exclude=["ner", "lemmatizer"])
    return None
