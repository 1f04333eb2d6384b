"""Hear when people ask not to be written to, in nine languages.

A wish counts when it is plain, short and meant for us: all of the text is a word such as ``STOP``,
or one of its clauses begins with a request such as ``please stop messaging me``. A text that merely
holds the word (``the bike would not stop``) asks for nothing, nor does one that complains of an
answer that did not come (``why did you stop replying to me``).

Pure: each language has its phrases in a file, and the texts they were tried on in the tests.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import re2

from engine.consent.arabic import ARABIC
from engine.consent.dutch import DUTCH
from engine.consent.english import ENGLISH
from engine.consent.french import FRENCH
from engine.consent.german import GERMAN
from engine.consent.hindi import HINDI
from engine.consent.italian import ITALIAN
from engine.consent.phrases import BLOCKED, Phrases
from engine.consent.portuguese import PORTUGUESE
from engine.consent.spanish import SPANISH
from engine.policy.text_query.folding import fold
from engine.policy.text_query.words import cut
from engine.sending import fold_handle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from engine.mention import Mention

LANGUAGES = (ENGLISH, FRENCH, GERMAN, SPANISH, ITALIAN, PORTUGUESE, DUTCH, ARABIC, HINDI)
# Known to everybody from text messages, whatever language they write.
_EVERYWHERE = ("stop", "stop stop", "stopall", "unsubscribe")
_DIRECTED_KINDS = frozenset({"message", "comment"})
_HANDLE = re.compile(r"[@\uff20]([\w.-]+(?:@[\w.-]+\w)?)")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;:\u2026\n\u061f\u061b\u0964\uff01\uff1f\u3002]+")
_COMMA = re.compile(r"[,\u060c()\u2013\u2014]+| - ")
# A wish is short; what is longer is a story, and is not searched for one.
_MOST_CHARACTERS = 600
_MOST_WORDS = 16
# Bytes for the automaton of all requests; with the usual 8 MiB it starts anew again and again.
_MEMORY = 64 << 20


def is_opt_out(mention: Mention, own_handles: Collection[str]) -> bool:
    """Say whether a mention is meant for us and asks us not to write to its author.

    Args:
        own_handles: Of our accounts and brands; who names one of them speaks to us.
    """
    return _is_directed(mention, own_handles) and asks_to_stop(mention.text, mention.language)


def asks_to_stop(text: str, language: str | None) -> bool:
    """Say whether a text that is meant for us asks us not to write again.

    Args:
        language: ISO 639-1 code; decides only what a single word says that means another thing
            elsewhere. Requests are heard in every language: short texts are often mistaken.
    """
    if len(text) > _MOST_CHARACTERS:
        return False
    bare = _HANDLE.sub(" ", _LINK.sub(" ", text))
    words = _words(bare)
    whole = " ".join(words)
    if len(words) <= _MOST_WORDS and _bare_pattern(language).fullmatch(whole):
        return True
    if not _any_request().search(whole):
        return False
    return any(
        pattern.match(clause) for clause in _clauses(bare) for pattern in _request_patterns()
    )


def _is_directed(mention: Mention, own_handles: Collection[str]) -> bool:
    if mention.kind in _DIRECTED_KINDS or mention.in_reply_to is not None:
        return True
    ours = {fold_handle(one) for one in own_handles}
    named = {fold_handle(one).rstrip(".") for one in _HANDLE.findall(mention.text)}
    # Within one server of many, people leave its name out.
    return bool(named & (ours | {one.partition("@")[0] for one in ours}))


def _clauses(text: str) -> Iterator[str]:
    """Yield every sentence and, where commas part one, its parts; folded words, single spaces."""
    for sentence in _SENTENCE.split(text):
        parts = _COMMA.split(sentence)
        for clause in [sentence, *(parts if len(parts) > 1 else ())]:
            words = _words(clause)
            if 0 < len(words) <= _MOST_WORDS:
                yield " ".join(words)


def _words(text: str) -> list[str]:
    """Return the folded words; emoji say nothing here."""
    return [word for word in cut(text).folded if word[0].isalnum()]


@lru_cache(maxsize=64)
def _bare_pattern(language: str | None) -> re.Pattern[str]:
    """Return what matches a text that is all wish, in a language or, for None, in any."""
    return re.compile("|".join(_bare(phrases, language) for phrases in LANGUAGES))


def _bare(phrases: Phrases, language: str | None) -> str:
    is_spoken = language is None or phrases.language == language
    words = (*_EVERYWHERE, *phrases.bare, *(phrases.bare_at_home if is_spoken else ()))
    stop = f"(?:{_joined(words)})"
    polite = _joined(phrases.polite)
    return f"(?:(?:{polite}) )*{stop}(?: (?:{stop}|{polite}))*"


@lru_cache(maxsize=1)
def _any_request() -> Any:
    """Return what finds every request wherever it stands, and more: few texts get past it."""
    cores = "|".join(_joined((*one.stops, *one.requests)) for one in LANGUAGES)
    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    # The end of a clause is no end of the text.
    return re2.compile(cores.replace("$", ""), options)


@lru_cache(maxsize=1)
def _request_patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(_request_pattern(phrases) for phrases in LANGUAGES)


def _request_pattern(phrases: Phrases) -> re.Pattern[str]:
    """Return what matches the beginning of a clause that is a request.

    Two words at most may stand before it that are no part of it, such as the name of whom it is
    meant for; but where it might tell what somebody does, none may.
    """
    leads = f"(?:(?:{_joined((*phrases.polite, *phrases.leads))}) )*"
    # Not `\w` and `\b`: to these, vowel signs of Hindi are no letters.
    name = rf"(?:(?!(?:{_joined(BLOCKED)}) )[^ ]+ ){{0,2}}"
    stops, requests = _joined(phrases.stops), _joined(phrases.requests)
    end = rf"(?= |$)(?! (?:{_joined(phrases.unless)})(?: |$))"
    return re.compile(f"(?:{leads}{name}{leads}(?:{stops})|{leads}(?:{requests})){end}")


def _joined(phrases: Collection[str]) -> str:
    # Word by word: folding drops the spaces between words of other scripts.
    return "|".join(" ".join(fold(word) for word in one.split(" ")) for one in phrases)
