"""Cases: what was assigned to somebody, and by when it must be answered and done.

All but `engine.cases.watch` is pure: it reads no clock and no database. Every instant is aware UTC
and exact; a case is a frozen value that the functions of `engine.cases.life` turn into the next
one.
"""

from __future__ import annotations

from engine.cases.case import Answer, Case, CaseState, case_id
from engine.cases.clock import Clock, ClockKind, Mark
from engine.cases.life import REOPENS_WITHIN, Act, CaseAct, act_on
from engine.cases.start import clocks_of

__all__ = [
    "REOPENS_WITHIN",
    "Act",
    "Answer",
    "Case",
    "CaseAct",
    "CaseState",
    "Clock",
    "ClockKind",
    "Mark",
    "act_on",
    "case_id",
    "clocks_of",
]
