"""What follows from a condition whatever the mention: nothing is said that is not certain.

A condition becomes a plain formula over claims about one mention (`formulas`), claims gather in a
`Context` that sees when they cannot hold together, and `can_refute` looks for a way out. Where a
question is too large the answer is "not proved", never a guess.
"""

from __future__ import annotations

from engine.policy.reasoning.claims import (
    Above,
    Among,
    Claim,
    Every,
    Fits,
    Formula,
    HasAny,
    Literal,
    Present,
    Some,
    Stands,
    negated,
)
from engine.policy.reasoning.context import Clash, Context
from engine.policy.reasoning.formulas import Builder
from engine.policy.reasoning.queries import query_formula
from engine.policy.reasoning.refute import assume_all, can_refute

__all__ = [
    "Above",
    "Among",
    "Builder",
    "Claim",
    "Clash",
    "Context",
    "Every",
    "Fits",
    "Formula",
    "HasAny",
    "Literal",
    "Present",
    "Some",
    "Stands",
    "assume_all",
    "can_refute",
    "negated",
    "query_formula",
]
