"""National identity, tax and insurance numbers, by their form, check digits and words before them.

Forms that nothing else has (a codice fiscale, a NIR with its key) are enough by themselves; plain
runs of digits count only where the words before them say what they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stdnum import luhn, verhoeff
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.us import ssn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.redaction.working import Working

_FREE = r"(?<![\w+#@/])(?<![\w][.,-])"
_END = r"(?![\w])(?![.,-]\w)"
_SEP = r"[ .\u00a0-]?"
_FEWEST_DIGITS = 6


def _is_nir(number: str) -> bool:
    return nir.is_valid(re.sub(r"[^0-9AB]", "", number.upper()))


# Form, check, and whether the form alone is enough. The first group is what is taken.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], bool], bool], ...] = (
    (
        re.compile(
            rf"{_FREE}([1-4]{_SEP}\d{{2}}{_SEP}\d{{2}}{_SEP}(?:\d{{2}}|2[ABab]){_SEP}\d{{3}}{_SEP}\d{{3}}"
            rf"[ ./\u00a0-]{{0,3}}\d{{2}}){_END}"
        ),
        _is_nir,
        True,
    ),
    (
        re.compile(
            rf"{_FREE}([12]{_SEP}\d{{2}}{_SEP}(?:0[1-9]|1[0-2]){_SEP}(?:\d{{2}}|2[ABab]){_SEP}\d{{3}}"
            rf"{_SEP}\d{{3}}){_END}"
        ),
        lambda _: True,
        False,
    ),
    (
        re.compile(
            rf"{_FREE}([A-Za-z]{{6}}\d{{2}}[A-EHLMPR-Ta-ehlmpr-t]\d{{2}}[A-Za-z]\d{{3}}[A-Za-z]){_END}"
        ),
        codicefiscale.is_valid,
        True,
    ),
    (
        re.compile(rf"{_FREE}(\d{{2}}[. ]?\d{{3}}[. ]?\d{{3}}[ -]?[A-Za-z]){_END}"),
        lambda number: dni.is_valid(number.replace(".", "").replace(" ", "")),
        True,
    ),
    (
        re.compile(rf"{_FREE}([XYZxyz][ -]?\d{{7}}[ -]?[A-Za-z]){_END}"),
        lambda number: nie.is_valid(number.replace(" ", "")),
        True,
    ),
    (
        re.compile(
            # QQ is never given out: the example of every form that asks for one.
            rf"{_FREE}((?:QQ|(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])"
            rf"[ -]?\d{{2}}[ -]?\d{{2}}[ -]?\d{{2}}[ -]?[A-D]){_END}",
            re.IGNORECASE,
        ),
        lambda _: True,
        True,
    ),
    (re.compile(rf"{_FREE}(\d{{3}}-\d{{2}}-\d{{4}}){_END}"), ssn.is_valid, True),
    (
        re.compile(rf"{_FREE}(\d{{3}}[ .]?\d{{2}}[ .]?\d{{4}}){_END}"),
        lambda _: True,
        False,
    ),
    (
        re.compile(rf"{_FREE}(\d{{2}}\.\d{{2}}\.\d{{2}}[- ]\d{{3}}[.-]\d{{2}}){_END}"),
        nn.is_valid,
        True,
    ),
    (
        re.compile(rf"{_FREE}(756\.?\d{{4}}\.?\d{{4}}\.?\d{{2}}){_END}"),
        ahv.is_valid,
        True,
    ),
    (
        re.compile(rf"{_FREE}(\d{{3}}\.\d{{3}}\.\d{{3}}-\d{{2}}){_END}"),
        cpf.is_valid,
        True,
    ),
    (
        re.compile(
            rf"{_FREE}(\d{{2}}{_SEP}\d{{2}}{_SEP}\d{{2}}{_SEP}\d{{3}}{_SEP}\d{{2}}"
            rf"|\d{{2}}{_SEP}\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{3}}){_END}"
        ),
        lambda number: any(
            one.is_valid(re.sub(r"\D", "", number)) for one in (idnr, nn, pesel, cpf, verhoeff)
        ),
        False,
    ),
    (
        re.compile(
            rf"{_FREE}(\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{3}}|\d{{4}}{_SEP}\d{{2}}{_SEP}\d{{3}}){_END}"
        ),
        lambda number: any(one.is_valid(re.sub(r"\D", "", number)) for one in (bsn, nif, luhn)),
        False,
    ),
    (re.compile(rf"{_FREE}(\d{{6}}(?:\d{{2}})?[-+]?\d{{4}}){_END}"), lambda _: True, False),
    (re.compile(rf"{_FREE}(\d{{7}}[A-Wa-w]{{1,2}}){_END}"), lambda _: True, False),
)


def find_national_ids(working: Working) -> Iterator[tuple[int, int]]:
    """Yield where numbers of persons stand, in no order; they may overlap.

    Known: France (NIR), United Kingdom (NINO), United States (SSN), Spain (DNI, NIE), Italy (codice
    fiscale), Germany (Steuer-ID), Netherlands (BSN), Belgium, Switzerland, Portugal, Brazil,
    Poland, Canada, Sweden, Ireland.
    """
    if working.digits < _FEWEST_DIGITS:
        return
    for form, is_valid, is_enough in _FORMS:
        for match in form.finditer(working.text):
            subject = working.subject(match.start(1))
            is_said = subject == "national_id"
            is_free = is_enough and subject != "other"
            if (is_said or is_free) and is_valid(match[1]):
                yield match.start(1), match.end(1)
