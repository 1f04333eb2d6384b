"""What is watched: a brand with all it is called by, and what of it a text names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from engine.mention_json import find_hashtags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.mention import Mention

SpanKind = Literal["name", "handle", "hashtag", "misspelling", "close_spelling"]


@dataclass(frozen=True, slots=True)
class Brand:
    """One watched brand and every way to name it.

    Attributes:
        id: What mentions and policies call it.
        names: As people write it, the display name first; case and accents do not matter.
        handles: Its own accounts, with ``@``.
        hashtags: With ``#``.
        misspellings: Slips that are further from a name than those found unasked.
        products: From an id to its names; one that begins with ``#`` is a hashtag, with ``@`` a
            handle.
        competitors: From an id to its names, hashtags and handles, as for products.
        not_when: Phrases that say another thing of the same name is meant: the brand's names then
            count for nothing, its handles and hashtags still do.
        has_close_spellings: Whether words near a name are taken for it; wrong where the name
            is a letter away from a common word.
    """

    id: str
    names: tuple[str, ...]
    handles: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    misspellings: tuple[str, ...] = ()
    products: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    competitors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_when: tuple[str, ...] = ()
    has_close_spellings: bool = True


@dataclass(frozen=True, slots=True)
class BrandSpan:
    """One place of a text that names a brand, one of its products or one of its competitors.

    Attributes:
        start: First character, from 0.
        end: Behind the last character.
        text: What stands there.
        brand: Id of the brand, for a competitor that of the brand it competes with.
        product: Id of the product named, if one is.
        competitor: Id of the competitor named, if one is; the brand itself then is not.
    """

    start: int
    end: int
    text: str
    kind: SpanKind
    brand: str
    product: str | None = None
    competitor: str | None = None


@dataclass(frozen=True, slots=True)
class BrandMatches:
    """What one text names.

    Attributes:
        brand: The brand named most often, of equals the one named first; None where none is.
        brands: All that are named, in the order in which they would be chosen.
        products: Ids in the order of the text, each once.
        competitors: Likewise.
        spans: In the order of the text.
    """

    brand: str | None = None
    brands: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    spans: tuple[BrandSpan, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what a classified mention shows of it: the brand, products and competitors."""
        return {
            "brand": self.brand,
            "products": list(self.products),
            "competitors": list(self.competitors),
        }


class BrandFinder(Protocol):
    """Finds brands in texts."""

    def match_all(self, texts: Sequence[str]) -> list[BrandMatches]:
        """Return what each text names; the same text gets the same answer in any batch."""
        ...


def brand_text(mention: Mention) -> str:
    """Return where a mention's brand is looked for: its text, then hashtags given beside it."""
    if not mention.hashtags:
        return mention.text
    inside = set(find_hashtags(mention.text))
    beside = [f"#{tag}" for tag in mention.hashtags if tag not in inside]
    return "\n".join([mention.text, *beside])
