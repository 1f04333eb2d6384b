r"""The phrases that ask not to be written to, by language.

Each is a regular expression over folded words with single spaces: lower case, no accents, the
apostrophe and the hyphen part words (``don t``, ``desabonnez moi``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """One language's phrases.

    Attributes:
        language: ISO 639-1 code.
        bare: Are a wish when they are all of a text, whatever its language.
        bare_at_home: Likewise, in a text of this language: elsewhere they say another thing.
        polite: May stand around a bare wish, and before any.
        leads: May stand before a request.
        stops: Say ``stop``: one or two unknown words may stand before them.
        requests: Might tell what somebody does if a word stood before them.
        unless: Make a condition of what stands before them, hence no wish.
    """

    language: str
    bare: tuple[str, ...]
    bare_at_home: tuple[str, ...]
    polite: tuple[str, ...]
    leads: tuple[str, ...]
    stops: tuple[str, ...]
    requests: tuple[str, ...]
    unless: tuple[str, ...]


# Before a request these tell, ask or deny rather than name somebody.
BLOCKED = (
    *("why", "how", "when", "who", "what", "did", "do", "does", "don", "didn", "doesn", "not"),
    *("never", "t", "i", "he", "she", "it", "we", "they", "you", "them", "him", "her", "if", "to"),
    *("will", "won", "would", "until", "without", "cannot", "can", "couldn", "nobody", "should"),
    *("pourquoi", "comment", "quand", "qui", "ne", "n", "pas", "jamais", "il", "elle", "ils"),
    *("elles", "je", "tu", "vous", "nous", "on", "avez", "as", "a", "si", "pour", "sans", "ont"),
    *("warum", "wann", "wie", "wer", "nicht", "nie", "er", "sie", "es", "wir", "ich", "du", "ihr"),
    *("porque", "por", "cuando", "como", "quien", "no", "nunca", "yo", "el", "ella", "ellos", "se"),
    *("han", "ha", "nao", "quando", "perche", "chi", "non", "mai", "eles", "nem", "hanno", "ho"),
    *(
        "waarom",
        "wanneer",
        "hoe",
        "wie",
        "niet",
        "nooit",
        "hij",
        "zij",
        "ze",
        "ik",
        "jij",
        "jullie",
    ),
    *(
        "لماذا",
        "متى",
        "كيف",
        "من",
        "لا",
        "لم",
        "لن",
        "ما",
        "هل",
        "क्यों",
        "कब",
        "कैसे",
        "नहीं",
        "मत",
        "ना",
    ),
)
