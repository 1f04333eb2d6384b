"""The codes of faults in a file of brands; `engine.problem_codes` joins them to the one table."""

from __future__ import annotations

from engine.code_info import CodeInfo

BRANDS_CODES: dict[str, CodeInfo] = {
    "B100": CodeInfo(
        "the file of brands cannot be read",
        "No brand is known, so the engine does not start. It is missing, locked or not UTF-8.",
        "brands: {caf\udce9: {name: Acme}}\n",
    ),
    "B101": CodeInfo(
        "the file of brands is not valid YAML, or holds more than one document",
        "Nothing of it can be trusted, so the engine does not start.",
        "brands: {acme: {name: Acme}\n",
    ),
    "B102": CodeInfo(
        "a key of the file of brands is repeated",
        "One of the two would silently win, so the engine does not start.",
        "brands:\n  acme: {name: Acme}\n  acme: {name: Acme Corp}\n",
    ),
    "B103": CodeInfo(
        "a tag, a merge key or an alias that contains itself, in the file of brands",
        "They are not part of the language, and what they would bring is not read.",
        "brands:\n  acme: {name: !secret Acme}\n",
    ),
    "B104": CodeInfo(
        "an unknown field of a brand",
        "A misspelt field has no effect: names would go unseen. The engine does not start.",
        "brands:\n  acme: {name: Acme, handels: ['@acme']}\n",
    ),
    "B105": CodeInfo(
        "a value of a brand is missing or of the wrong kind",
        "The engine does not start rather than guess what was meant.",
        "brands:\n  acme: {names: [Acme]}\n",
    ),
    "B106": CodeInfo(
        "a name without a letter or digit",
        "It could never be found in a text, or in every text.",
        "brands:\n  acme: {name: Acme, handles: ['@']}\n",
    ),
    "B107": CodeInfo(
        "two brands share a name",
        "A mention that says it and nothing else goes to the first of the two in the file.",
        "brands:\n  acme: {name: Acme}\n  acme-fr: {name: Acmé}\n",
    ),
}
