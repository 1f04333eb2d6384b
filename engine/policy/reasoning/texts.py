"""What is known of the words of a text, and whether any text can be so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.policy.text_query.folding import fold
from engine.policy.text_query.tree import Phrase, Term
from engine.policy.text_query.wildcards import wildcard

if TYPE_CHECKING:
    from engine.policy.reasoning.claims import HasAny


@dataclass(frozen=True, slots=True)
class Words:
    """Words that must be there, of each group one, and words that must not."""

    needed: tuple[HasAny, ...] = ()
    refused: frozenset[str] = frozenset()
    refused_others: frozenset[Term | Phrase] = frozenset()

    def holding(self, *needed: HasAny) -> Words:
        """Return what is known once the text holds one of each group."""
        return replace(self, needed=(*self.needed, *needed))

    def lacking(self, refused: HasAny) -> Words:
        """Return what is known once the text holds none of them."""
        return replace(
            self,
            refused=self.refused | refused.words,
            refused_others=self.refused_others | refused.others,
        )

    def impossible(self) -> HasAny | None:
        """Return a group that is needed although all of it is refused; None where none is."""
        if not (self.refused or self.refused_others):
            return None
        wild = [one for one in self.refused_others if is_free_wildcard(one)]
        return next((group for group in self.needed if self._refuses_all(group, wild)), None)

    def _refuses_all(self, group: HasAny, wild: list[Term | Phrase]) -> bool:
        if not wild and not group.words <= self.refused:
            return False
        return all(self._refuses_word(word, wild) for word in group.words) and all(
            self._refuses(other, wild) for other in group.others
        )

    def _refuses_word(self, word: str, wild: list[Term | Phrase]) -> bool:
        return word in self.refused or any(
            isinstance(one, Term) and wildcard(one.text).fits(word) for one in wild
        )

    def _refuses(self, other: Term | Phrase, wild: list[Term | Phrase]) -> bool:
        if other in self.refused_others:
            return True
        if isinstance(other, Phrase):
            return any(
                self._refuses_word(term.text, wild) if term.is_plain else self._refuses(term, wild)
                for block in other.blocks
                for term in block
            )
        if not other.is_wild:
            return self._refuses_word(fold(other.text), wild)
        return not other.is_exact and any(
            isinstance(one, Term) and _is_covered(other.text, one.text) for one in wild
        )


def is_free_wildcard(one: Term | Phrase) -> bool:
    """Say whether a wildcard asks nothing but that some folded word fits it."""
    return isinstance(one, Term) and one.is_wild and not (one.is_exact or one.mark or one.ends_run)


def _is_covered(narrow: str, broad: str) -> bool:
    """Say whether all that fits one wildcard fits another, for ``begin*`` and the same alone."""
    if narrow == broad:
        return True
    begin = broad.rstrip("*")
    return broad.endswith("*") and not set(begin) & {"*", "?"} and narrow.startswith(begin)
