"""Claims gathered one by one, and the moment they cannot all hold of one mention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.policy.reasoning.claims import (
    Above,
    Among,
    Claim,
    HasAny,
    Literal,
    Present,
    Stands,
)
from engine.policy.reasoning.texts import Words
from engine.policy.reasoning.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.policy.reasoning.claims import Atom

SCORE = " score"  # behind a task's name: the score of its label, from 0 to 1


@dataclass(frozen=True, slots=True)
class Clash:
    """Why a claim cannot hold beside those before it.

    Attributes:
        subject: A field's path, a task, a task and `SCORE`, or ``text``.
        literal: The claim that is one too many.
        before: What was known of the subject's value.
        group: Words of which the text needs one, though it may hold none.
    """

    subject: str
    literal: Literal
    before: Values | None = None
    group: HasAny | None = None


@dataclass(slots=True)
class Context:
    """What is assumed of one mention.

    Attributes:
        domains: By subject, every value it can have at all, folded.
        values: What is known of each subject's value.
        present: Subjects known to be there, or known not to be.
    """

    domains: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)
    present: dict[str, bool] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    _answers: dict[Atom, bool] = field(default_factory=dict)

    def copy(self) -> Context:
        """Return a context that can go its own way."""
        return Context(
            self.domains, dict(self.values), dict(self.present), self.words, dict(self._answers)
        )

    def assume(self, literal: Literal) -> Clash | None:
        """Add a claim; say why where nothing can be so (the context is of no use then)."""
        atom = literal.atom
        if isinstance(atom, (HasAny, Stands)):
            return self._about_text(literal)
        if isinstance(atom, Present):
            return self._presence(literal)
        is_counted = isinstance(atom, (Among, Above))  # those are compared by their values
        if not is_counted and self._answers.setdefault(atom, literal.holds) != literal.holds:
            return Clash(atom.subject, literal, self.known(atom.subject))
        if isinstance(atom, Claim) and atom.shows_presence:
            # Of several texts each claim may be about another one.
            if literal.holds:
                return self._presence(Literal(Present(atom.subject)))
            return None
        before = self.known(atom.subject)
        after = before.narrowed(literal)
        self.values[atom.subject] = after
        return Clash(atom.subject, literal, before) if after.is_empty() else None

    def refuses(self, literal: Literal) -> bool:
        """Say whether a claim would clash, without adding it."""
        atom = literal.atom
        if isinstance(atom, Present):
            return self.present.get(atom.subject, literal.holds) != literal.holds
        if isinstance(atom, HasAny):
            after = self.words.holding(atom) if literal.holds else self.words.lacking(atom)
            return after.impossible() is not None
        if isinstance(atom, (Among, Above)):
            return self.known(atom.subject).narrowed(literal).is_empty()
        return self.copy().assume(literal) is not None

    def known(self, subject: str) -> Values:
        """Return what is known of a subject's value."""
        found = self.values.get(subject)
        if found is None:
            found = Values(self.domains.get(subject))
            if subject.endswith(SCORE):
                found = Values(low=(0, False), high=(1, False))
        return found

    def answers(self) -> Iterator[Literal]:
        """Yield the claims that are known by their keys alone."""
        for atom, holds in self._answers.items():
            yield Literal(atom, holds)

    def _presence(self, literal: Literal) -> Clash | None:
        subject = literal.atom.subject  # type: ignore[union-attr]  # only ever of a Present
        if self.present.setdefault(subject, literal.holds) != literal.holds:
            return Clash(subject, literal)
        return None

    def _about_text(self, literal: Literal) -> Clash | None:
        atom = literal.atom
        if isinstance(atom, Stands):
            if self._answers.setdefault(atom, literal.holds) != literal.holds:
                return Clash("text", literal)
            if not literal.holds:
                return None
            self.words = self.words.holding(*atom.needs)
        elif isinstance(atom, HasAny):
            self.words = self.words.holding(atom) if literal.holds else self.words.lacking(atom)
        group = self.words.impossible()
        return None if group is None else Clash("text", literal, group=group)
