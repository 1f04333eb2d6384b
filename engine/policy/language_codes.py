"""Which words are codes of languages, and the codes of those whose names people write instead."""

from __future__ import annotations

import re

_CODE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*")
_CODES = {
    "en": ("english", "anglais", "inglés", "englisch"),
    "fr": ("french", "français", "francais", "franzosisch", "französisch"),
    "es": ("spanish", "español", "espanol", "espagnol", "castilian"),
    "de": ("german", "deutsch", "allemand"),
    "it": ("italian", "italiano", "italien"),
    "pt": ("portuguese", "português", "portugues", "portugais"),
    "nl": ("dutch", "nederlands", "flemish", "néerlandais"),
    "ar": ("arabic", "arabe"),
    "zh": ("chinese", "mandarin", "chinois"),
    "ja": ("japanese", "japonais"),
    "ko": ("korean", "coréen"),
    "ru": ("russian", "russe"),
    "uk": ("ukrainian",),
    "pl": ("polish", "polski", "polonais"),
    "tr": ("turkish", "turc"),
    "sv": ("swedish", "svenska"),
    "da": ("danish", "dansk"),
    "no": ("norwegian", "norsk"),
    "fi": ("finnish", "suomi"),
    "cs": ("czech",),
    "el": ("greek",),
    "he": ("hebrew",),
    "hi": ("hindi",),
    "hu": ("hungarian", "magyar"),
    "id": ("indonesian", "bahasa"),
    "ro": ("romanian",),
    "th": ("thai",),
    "vi": ("vietnamese",),
    "ca": ("catalan",),
}
_CODE_OF = {name: code for code, names in _CODES.items() for name in names}


def is_language_code(text: str) -> bool:
    """Say whether a text has the form of a code: ``fr``, ``fil``, ``pt-BR``, ``zh-Hant``."""
    lower = text.lower()
    return _CODE.fullmatch(lower) is not None and lower not in _CODE_OF


def explain_language(text: str) -> tuple[str, str]:
    """Return message and help for a text that is no code of a language."""
    code = _CODE_OF.get(text.lower())
    meant = "" if code is None else f"did you mean '{code}'? "
    help_text = f"{meant}A code has two or three letters, and may name a region: fr, pt-BR"
    return f"unknown language code '{text[:60]}': no mention has it", help_text
