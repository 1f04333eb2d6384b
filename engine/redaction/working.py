"""A text while it is searched: what was found is masked, and the words before a number are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Stands where something was taken out; it is of a word, as far as the finders look.
MASK = "\x00"
_MARKERS = re.compile(r"\[(?:email|phone|card|iban|national id)\]")
_BEFORE, _AFTER = 48, 24  # characters
_DIGIT_OR_MASK = re.compile(r"[\d\x00]")
# A full stop behind a short word ends an abbreviation: ``no.``, ``réf.``, ``tel.``
_SENTENCE_END = re.compile(r"[!?](?=\s|\Z)|(?<=\w{5})\.(?=\s|\Z)|\n")

_PHONE = (
    r"phones?|t[eé]l|t[eé]l[eé]phones?|portable|mobile|mob|cell|call(?:ed|ing| me)?|"
    r"text me|texted|sms|whats ?app|appel\w*|joindre|joignable|rappel\w*|contact\w*|"
    r"ring me|dial|hotline|my number|mon (?:num(?:[eé]ro)?|n°|06|07)|son num(?:[eé]ro)?|"
    r"ligne|reach me|reach us|standard|fixe|"
    r"landline|signal|telegram|viber|fax|tel[eé]fono|m[oó]vil|cellulare|telefon|handy|telefoon|"
    r"telefone|num [eé]ro perso|06 c'est"
)
_CARD = (
    r"cards?|carte|cb|visa|mastercard|amex|american express|credit|d[eé]bit|pan|karte|tarjeta|cvv"
)
_IBAN = r"iban|rib|account|compte|virement|transfer|bank|banque|konto|cuenta|conto"
_NATIONAL = (
    r"ssn|social security|social|s[eé]cu(?:rit[eé] sociale)?|num[eé]ro de s[eé]cu|nir|nino|"
    r"national insurance|ni number|ni no|insurance number|dni|nie|nif|bsn|burgerservicenummer|"
    r"codice fiscale|cod\.? ?fisc\w*|steuer-?id\w*|steueridentifikationsnummer|idnr|tax id|"
    r"national (?:id|number|register)|registre national|num[eé]ro national|niss|rijksregister\w*|"
    r"contribuinte|n[º°] de contribuinte|carte vitale|vitale|id card number|identity number|"
    r"identification number|personnummer|pesel|cpf|sin|social insurance|ahv|avs|pps|ppsn|"
    r"numero de seguridad"
)
_OTHER = (
    r"orders?|commandes?|cmd|cde|tracking|track|suivi|colis|parcels?|packages?|shipment|exp[eé]dition|"
    r"ref|r[eé]f|r[eé]f[eé]rences?|reference|sku|isbn|ean|upc|gtin|asin|articles?|art|models?|mod[eè]les?|"
    r"serial|s[eé]rie|imei|invoices?|factures?|tickets?|dossiers?|case|booking|r[eé]servations?|"
    r"reservations?|pnr|flights?|vols?|versions?|build|firmware|ids?|products?|produits?|items?|lots?|"
    r"batch|siret|siren|tva|vat|confirmation|claim|sinistre|contrat|contract|client|customer|member|"
    r"adh[eé]rent|fid[eé]lit[eé]|loyalty|policy|barcode|code|bestellung|pedido|ordine|part|pi[eè]ce|"
    r"patent|doi|transaction|txn|timestamp|epoch|score|coordinates|gps|lat|lon|hash|commit|"
    r"price|prix|licen[cs]e|licence|plaque|ip|population|votes?|voucher|loto|lottery|tirage|winning"
)
_KEYWORDS = re.compile(
    rf"(?<!\w)(?:(?P<phone>{_PHONE})|(?P<card>{_CARD})|(?P<national_id>{_NATIONAL})"
    rf"|(?P<iban>{_IBAN})|(?P<other>{_OTHER}))(?!\w)",
    re.IGNORECASE,
)


class Working:
    """The text, what was found in it so far, and what the words around a place speak of.

    Attributes:
        text: As given, with what was found masked; as long as it was.
        digits: How many digits it holds: most texts need no further look.
        found: Kind, start and end of each find, in the order they were found.
    """

    __slots__ = ("country", "digits", "found", "language", "text")

    def __init__(self, text: str, language: str | None, country: str | None) -> None:
        self.text = _MARKERS.sub(lambda match: MASK * len(match[0]), text)
        self.digits = sum(map(str.isdecimal, self.text))
        self.language = None if language is None else language[:2].lower()
        self.country = None if country is None else country.upper()
        self.found: list[tuple[str, int, int]] = []

    def take(self, kind: str, spans: Iterable[tuple[int, int]]) -> None:
        """Mask what a finder found; of two that overlap the earlier, then longer counts."""
        taken: list[tuple[int, int]] = []
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if not taken or start >= taken[-1][1]:
                taken.append((start, end))
        if not taken:
            return
        parts, at = [], 0
        for start, end in taken:
            parts += [self.text[at:start], MASK * (end - start)]
            at = end
            self.found.append((kind, start, end))
        self.text = "".join([*parts, self.text[at:]])

    def subject(self, start: int) -> str | None:
        """Return what the nearest telling word before a place speaks of, in its sentence.

        A word behind another number speaks of that one.

        Returns:
            A kind, ``other`` for numbers of things (orders, parcels), None where no word tells.
        """
        before = self.text[max(0, start - _BEFORE) : start]
        for ends in (_DIGIT_OR_MASK, _SENTENCE_END):
            cut = max((match.end() for match in ends.finditer(before)), default=0)
            before = before[cut:]
        last = None
        for match in _KEYWORDS.finditer(before):
            last = match.lastgroup
        return last

    def behind(self, end: int) -> str:
        """Return the few characters behind a place."""
        return self.text[end : end + _AFTER]
