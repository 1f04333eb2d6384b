"""Help for values written as one would say them: ``7 days``, ``yes``, a score of ``60``."""

from __future__ import annotations

import re

_UNITS = {"w": "d", "d": "d", "h": "h", "m": "m", "s": "s"}
_WORDS = r"weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s"
_SPOKEN = re.compile(rf"(?:\d{{1,6}}\s*(?:{_WORDS})(?:\s+and)?[\s,]*)+", re.IGNORECASE)
_PART = re.compile(rf"(\d{{1,6}})\s*({_WORDS})(?![a-z])", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,6})?")
_FLAGS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_HIGHEST_PERCENT = 100
_SIGNS = {
    "=": "is",
    "==": "is",
    "!=": "is_not",
    "<>": "is_not",
    ">": "more_than",
    ">=": "at_least",
    "<": "less_than",
    "<=": "at_most",
    "min": "at_least",
    "max": "at_most",
    "regex": "matches",
}


def duration_help(text: str) -> str:
    """Return how a duration said in words is written; empty where it is none."""
    said = text.strip()
    if re.fullmatch(r"\d{1,6}", said):
        return f"a unit is missing: write {said}s, {said}m, {said}h or {said}d"
    if not _SPOKEN.fullmatch(said):
        return ""
    parts = []
    for number, word in _PART.findall(said):
        letter = word[0].lower()
        count = int(number) * (7 if letter == "w" else 1)
        parts.append(f"{count}{_UNITS[letter]}")
    meant = "".join(parts)
    return f"write {meant}" if meant not in ("", said) else ""


def share_help(text: str) -> str:
    """Return how a share written without its sign is written; empty where it is no number."""
    said = text.strip()
    return f"a sign is missing: write {said}%" if _NUMBER.fullmatch(said) else ""


def flag_help(text: str) -> str:
    """Return which of true and false a word such as ``yes`` means; empty where neither."""
    meant = _FLAGS.get(text.lower())
    return "" if meant is None else f"write {meant}"


def score_help(number: float) -> str:
    """Return how a score written as a percentage without its sign is written."""
    if 1 < number <= _HIGHEST_PERCENT:
        return f"a score is 0 to 1: {number / 100:g} for {number:g}%"
    return "scores go from 0 to 1"


def operator_meant(name: str) -> str:
    """Return the operator that a sign such as ``>=`` stands for; else the name as it is."""
    return _SIGNS.get(name, name)
