"""How one asks in Dutch not to be written to."""

from __future__ import annotations

from engine.consent.phrases import Phrases

_NOUNS = (
    r"berichten|berichtjes|bericht|mails?|e mails?|emails?|sms(?:jes|en)?|"
    r"reclame|spam|meldingen|"
    r"aanbiedingen|reacties|nieuwsbrie(?:f|ven)|antwoorden|advertenties"
)
_SOME = r"(?:(?:meer|nog|deze|die|jullie|uw|al|zulke|de|het|verdere|van) )*"
DUTCH = Phrases(
    "nl",
    bare=("stoppen", "ophouden", "houd? op", "uitschrijven", "afmelden", "stop ermee"),
    bare_at_home=("genoeg", "stopt", "hou(?:d)? ermee op"),
    polite=(
        "alsjeblieft",
        "alstublieft",
        "aub",
        "ajb",
        "svp",
        "graag",
        "bedankt",
        "dank u",
        "nu",
        "hallo",
        "hoi",
        "meteen",
        "direct",
        "ok",
        "ja",
        "gewoon",
        "a u b",
    ),
    leads=(
        "(?:kun|kan|kunt|wil|wilt|zou) (?:je|u|jullie)",
        "ik wil dat (?:je|u|jullie)",
        "en",
        "maar",
        "dus",
        "nee",
        "nogmaals",
        "jullie moeten",
        "u moet",
    ),
    stops=(
        (
            r"(?:stop|stopt|hou(?:d)?(?: nu| eens| alsjeblieft| aub)* op|stoppen) "
            r"(?:(?:nu|eens|alsjeblieft|aub|direct) )*met (?:(?:mij|me|"
            r"ons) )?(?:\w+ )??(?:te )?"
            r"(?:mailen|schrijven|appen|contacteren|benaderen|lastig ?vallen|"
            r"lastig te vallen|spammen|"
            r"taggen|volgen|storen|berichten(?: (?:te )?sturen)?$|"
            rf"(?:(?:het )?(?:sturen|versturen) van )?{_SOME}(?:{_NOUNS})(?: (?:te )?sturen)?)"
        ),
        rf"stop (?:met )?{_SOME}(?:{_NOUNS})",
    ),
    requests=(
        (
            r"(?:stuur|schrijf|mail|contacteer|benader|app|antwoord|tag|bel|"
            r"volg)t? (?:mij|me|ons) "
            r"(?:(?:alsjeblieft|aub|nu|a u b) )*(?:niet|nooit) (?:meer|weer)"
        ),
        (
            r"(?:stuur|zend)t? (?:mij|me|ons) (?:(?:alsjeblieft|aub|nu|a u b) )*geen "
            rf"{_SOME}(?:{_NOUNS})"
        ),
        (
            r"val(?:t|len)? (?:mij|me|ons) (?:(?:alsjeblieft|aub|nu) )*(?:niet|"
            r"nooit) (?:meer |langer )?"
            r"lastig"
        ),
        (
            r"(?:neem|neemt|zoek) (?:(?:alsjeblieft|"
            r"aub) )*geen contact (?:meer )?(?:met (?:mij|me|ons) )?"
            r"(?:meer )?(?:op|met (?:mij|me) op)"
        ),
        r"(?:reageer|reageert) (?:niet|nooit) (?:meer )?op (?:mij|me|mijn)",
        r"laat (?:me|mij|ons) (?:(?:nu|eens|toch|alsjeblieft|aub|gewoon) )*met rust",
        (
            r"(?:schrijf|meld|haal|verwijder|schrap|schrijft|meldt) (?:me|mij|mijn \w+) "
            r"(?:(?:aub|alsjeblieft|hier|direct) )*(?:uit|af|van|voor)\b"
        ),
        (
            r"ik wil (?:(?:echt|graag) )*(?:"
            rf"geen {_SOME}(?:{_NOUNS}|contact)|niet (?:meer |langer )?(?:benaderd|"
            r"gecontacteerd|"
            r"gemaild|lastiggevallen|getagd)|niets? meer van (?:jullie|u|je) horen|"
            r"(?:me|mij) (?:\w+ )?(?:uitschrijven|afmelden)|met rust)"
        ),
        rf"geen {_SOME}(?:{_NOUNS})(?: meer)?(?: (?:aub|alsjeblieft|graag|bedankt)\b|$)",
    ),
    unless=("tot", "totdat", "voordat", "als", "tenzij", "zonder", "wanneer"),
)
