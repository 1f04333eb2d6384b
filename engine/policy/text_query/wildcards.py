"""``*`` and ``?`` as a pattern over one word, matched in time linear in the word.

A wildcard word becomes a regular expression whose every ``*`` commits to the nearest place where
what follows it fits (atomic groups). For wildcards the nearest place is never worse than a later
one, so nothing is lost, and ``*a*a*a*b`` cannot backtrack.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

from engine.policy.text_query.characters import marks

_RUNS = re.compile(r"\?+|[^?]+")


class Wildcard:
    """A wildcard word, ready to be asked of folded words.

    ``?`` is one character as a reader sees it: a letter with the marks that follow it.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = re.sub(r"\*+", "*", pattern)

    def fits(self, word: str) -> bool:
        """Return whether the whole word fits."""
        expression = self._plain if word.isascii() or "?" not in self._pattern else self._marked
        return expression.match(word) is not None

    @cached_property
    def _plain(self) -> re.Pattern[str]:
        return self._compile(".")

    @cached_property
    def _marked(self) -> re.Pattern[str]:
        return self._compile(f"(?:[^{marks()}][{marks()}]*+)")

    def _compile(self, one: str) -> re.Pattern[str]:
        first, *rest = (_literal(part, one) for part in self._pattern.split("*"))
        if not rest:
            return re.compile(f"{first}\\Z", re.DOTALL)
        middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
        last = f".*?{rest[-1]}\\Z" if rest[-1] else ""
        return re.compile(first + middle + last, re.DOTALL)


@lru_cache(maxsize=4096)
def wildcard(pattern: str) -> Wildcard:
    """Return the compiled form of a pattern, shared between queries."""
    return Wildcard(pattern)


def is_wild(text: str) -> bool:
    """Return whether a text holds wildcards."""
    return "*" in text or "?" in text


def _literal(part: str, one: str) -> str:
    return "".join(
        f"{one}{{{len(run)}}}" if run[0] == "?" else re.escape(run) for run in _RUNS.findall(part)
    )
