"""How much may go wrong with what is to be said to somebody: a score, and why it is so high.

Each factor that holds adds its weight as independent chances add up, ``1 - (1 - a)(1 - b)…``: one
grave factor is enough, several slight ones come to something, and the score never passes 1. The
weights are judgement, not measurement: they are set so that a matter of law or safety on a rule of
severity `major`, or a critical one with the press or a boycott in it, is seen by two people where
`approval.four_eyes_above` stands at its default of 0.8, and a plain complaint is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.classification import UNKNOWN
from engine.decision import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from engine.classification import Classification
    from engine.mention import Mention

_SEVERITIES: Mapping[Severity, float] = {
    Severity.INFO: 0.0,
    Severity.MINOR: 0.05,
    Severity.MAJOR: 0.3,
    Severity.CRITICAL: 0.6,
}
# Of each answer that tells of trouble: its task and label, its weight, how a person reads it.
_LABELS: Mapping[tuple[str, str], tuple[float, str]] = {
    ("intent", "safety_issue"): (0.75, "a matter of safety"),
    ("intent", "legal_threat"): (0.75, "a legal threat"),
    ("intent", "press_request"): (0.5, "a question of the press"),
    ("intent", "boycott_call"): (0.5, "a call for a boycott"),
    ("intent", "churn_risk"): (0.1, "a customer about to leave"),
    ("offensive", "offensive"): (0.25, "offensive"),
    ("irony", "irony"): (0.25, "irony"),
    ("emotion", "anger"): (0.2, "anger"),
}
# What an answer has to be written by; of the other tasks nobody minds that they cannot be told.
_MAIN_TASKS = frozenset({"sentiment", "intent"})
# From so many followers on.
_REACH = ((1_000_000, 0.5), (100_000, 0.35), (10_000, 0.15))
_VERIFIED = 0.15
_UNSURE = 0.1
_LINK = 0.1
_NUMBER = 0.05
_PROMISE = 0.2
# An answer counts as sure from here on; a label that lost counts by its score from the next on.
_SURE = 0.5
_POSSIBLE = 0.25
_A_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_A_NUMBER = re.compile(r"\d")
_A_PROMISE = re.compile(
    r"\b(refund\w*|compensat\w*|guarant\w*|promis\w*|free of charge|for free|voucher\w*|"
    r"rembours\w*|dédommag\w*|garanti\w*|promett\w*|gratuit\w*|bon d'achat|"
    r"erstatt\w*|versprech\w*|kostenlos\w*|reembols\w*|gratis|rimbors\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RiskFactor:
    """One thing that makes a draft delicate.

    Attributes:
        name: For programs and translations; never changes its meaning.
        weight: In (0, 1]: the score if it were alone.
        text: The sentence a person reads.
    """

    name: str
    weight: float
    text: str


@dataclass(frozen=True, slots=True)
class Risk:
    """How delicate a draft is.

    Attributes:
        score: In [0, 1], rounded to four places; 0 where nothing speaks for it.
        factors: The heaviest first.
    """

    score: float
    factors: tuple[RiskFactor, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences a person reads, the gravest first."""
        return tuple(one.text for one in self.factors)


def assess_risk(
    mention: Mention,
    classifications: Iterable[Classification],
    *,
    severity: Severity,
    text: str = "",
) -> Risk:
    """Say how much may go wrong with answering a mention so.

    Pure: equal arguments give equal risks.

    Args:
        classifications: At most one a task; a missing task adds nothing.
        severity: Of the match that planned the action.
        text: What is to be said; empty for what says nothing.
    """
    found = [
        *_of_severity(severity),
        *_of_reach(mention),
        *_of_answers(classifications),
        *_of_text(text),
    ]
    calm = 1.0
    for one in found:
        calm *= 1.0 - one.weight
    found.sort(key=lambda one: (-one.weight, one.name))
    return Risk(round(1.0 - calm, 4), tuple(found))


def _of_severity(severity: Severity) -> Iterator[RiskFactor]:
    weight = _SEVERITIES[severity]
    if weight:
        yield RiskFactor("severity", weight, f"the rule is of severity {severity.value}")


def _of_reach(mention: Mention) -> Iterator[RiskFactor]:
    followers = mention.author.followers or 0
    weight = next((weight for least, weight in _REACH if followers >= least), 0.0)
    if weight:
        yield RiskFactor("reach", weight, f"the author has {followers:,} followers")
    if mention.author.verified:
        yield RiskFactor("verified", _VERIFIED, "the author's account is verified")


def _of_answers(classifications: Iterable[Classification]) -> Iterator[RiskFactor]:
    for answer in classifications:
        is_main = answer.task in _MAIN_TASKS
        if is_main and answer.label == UNKNOWN:
            sentence = f"nobody can tell the mention's {answer.task}"
            yield RiskFactor(f"unknown_{answer.task}", _UNSURE, sentence)
        elif is_main and answer.score < _SURE:
            sentence = f"the mention's {answer.task} is a guess ({answer.score:.2f})"
            yield RiskFactor(f"unsure_{answer.task}", _UNSURE, sentence)
        for (task, label), (weight, meaning) in _LABELS.items():
            if task != answer.task:
                continue
            if answer.label == label:
                sentence = f"the mention reads as {meaning} ({answer.score:.2f})"
                # A guess weighs as much less as it is less sure: the doubt itself counts above.
                yield RiskFactor(label, weight * min(answer.score / _SURE, 1.0), sentence)
            elif (score := answer.scores.get(label, 0.0)) >= _POSSIBLE:
                sentence = f"the mention may be {meaning} ({score:.2f})"
                yield RiskFactor(f"possible_{label}", weight * min(score, 1.0), sentence)


def _of_text(text: str) -> Iterator[RiskFactor]:
    if _A_LINK.search(text):
        yield RiskFactor("link", _LINK, "the text holds a link")
    if _A_NUMBER.search(text):
        yield RiskFactor("number", _NUMBER, "the text states a number")
    if _A_PROMISE.search(text):
        yield RiskFactor("promise", _PROMISE, "the text promises something")
