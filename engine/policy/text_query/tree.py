"""What a parsed query is made of. Trees may be of any depth: walk them with a stack."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the text.

    Attributes:
        text: Folded; exact where ``is_exact``. With ``is_wild``, ``*`` and ``?`` are wildcards.
        mark: ``#`` or ``@`` where the word must begin a hashtag or a handle.
        ends_run: Nothing may hang on the word's end (``#東京`` is not ``#東京駅``).
    """

    text: str
    is_wild: bool = False
    is_exact: bool = False
    mark: str = ""
    ends_run: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the folded word alone decides."""
        return not (self.is_wild or self.is_exact or self.mark or self.ends_run)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in order. Each block's words stand side by side; between blocks others may stand.

    Attributes:
        blocks: Never empty, none empty; exactly one where the phrase has no slop.
        slop: Most further words between the blocks in all; None for any number.
        is_in_run: The whole must lie in one run (a wildcard between Chinese characters).
    """

    blocks: tuple[tuple[Term, ...], ...]
    slop: int | None = 0
    is_in_run: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A list's entries, one of which must be there; without entries it matches nothing."""

    words: frozenset[str]
    others: tuple[Term | Phrase, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Two spans with at most `distance` words between them, `left` first if `is_ordered`."""

    left: Spans
    right: Spans
    distance: int
    is_ordered: bool


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A field of the mention beside its text.

    Attributes:
        name: ``author site url hashtag lang source``.
        values: Folded, one of which must fit; ``*`` and ``?`` are wildcards.
    """

    name: str
    values: tuple[str, ...]


@dataclass(slots=True, eq=False)
class And:
    """All parts must hold; at least two."""

    parts: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Or:
    """One part must hold; at least two."""

    parts: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """The part must not hold; it is never itself a Not."""

    part: Node


# What has places in the text, so that NEAR can be asked of it (an Or only over these).
Spans = Term | Phrase | AnyOf | Near | Or
Node = Term | Phrase | AnyOf | Near | Or | And | Not | FieldIs
