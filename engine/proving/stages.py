"""The stages of mentions outside a runner; the models are loaded when first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.brand import brand_text
from engine.errors import MentionError
from streams.normalise import normalise
from streams.pipeline import with_brands, with_languages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.brand import BrandFinder, BrandMatches
    from engine.classification import Classification
    from engine.mention import Mention
    from engine.ports import LanguageIdentifier
    from models.entities import Entity, EntityReader
    from models.hub import Hub


class Stages:
    """Normalise, name language and brand, classify: as they run live, without a database.

    Args:
        load: Returns the classifiers; called once at most.
        load_identifier: Returns what names languages; called once at most.
        brands: Names the brand of mentions that do not say theirs; None leaves them without.
        entities: Reads persons, organisations and places; None reads none.
    """

    def __init__(
        self,
        load: Callable[[], Hub],
        load_identifier: Callable[[], LanguageIdentifier],
        *,
        brands: BrandFinder | None = None,
        entities: EntityReader | None = None,
    ) -> None:
        self._entities = entities
        self._brands = brands
        self._load = load
        self._load_identifier = load_identifier
        self._hub: Hub | None = None
        self._identifier: LanguageIdentifier | None = None

    def prepare(self, mention: Mention) -> Mention:
        """Return the mention normalised, with its language and brand.

        Raises:
            MentionError: Nothing of its text is left.
        """
        return with_brands(self._brands, self._with_languages([normalise(mention)]))[0]

    def classify(self, mention: Mention, tasks: frozenset[str]) -> tuple[Classification, ...]:
        """Return the given classifications, and those of the tasks named that were not given."""
        if tasks <= {one.task for one in mention.classifications}:
            return mention.classifications
        return self._models().classify_mentions([mention], tasks)[0]

    def classify_missing(
        self, mentions: Sequence[Mention], tasks: frozenset[str]
    ) -> list[tuple[Classification, ...]]:
        """Return for each mention what `classify` does; no model is loaded where none is needed."""
        given = ({one.task for one in mention.classifications} for mention in mentions)
        if all(tasks <= found for found in given):
            return [mention.classifications for mention in mentions]
        return self._models().classify_mentions(mentions, tasks)

    def classifier(
        self, tasks: frozenset[str]
    ) -> Callable[[Sequence[Mention]], list[tuple[Classification, ...]]]:
        """Return `classify_missing` for some tasks, as the pipeline calls it."""
        return lambda mentions: self.classify_missing(mentions, tasks)

    def identify(
        self, texts: Sequence[str], declared: Sequence[str | None] | None = None
    ) -> list[str | None]:
        """Name languages, as `engine.ports.LanguageIdentifier`; loaded when first asked."""
        if self._identifier is None:
            self._identifier = self._load_identifier()
        return self._identifier.identify(texts, declared)

    def classify_all(
        self, mentions: Sequence[Mention]
    ) -> tuple[list[Mention], list[tuple[Classification, ...]]]:
        """Return the mentions prepared, and every task's answer for each.

        A text of which normalising leaves nothing is classified as it stands.
        """
        prepared = self._with_languages([_normalised(one) for one in mentions])
        prepared = with_brands(self._brands, prepared)
        return prepared, self._models().classify_mentions(prepared)

    def find_brands(self, mentions: Sequence[Mention]) -> list[BrandMatches] | None:
        """Return what prepared mentions name; None where no brands are configured."""
        if self._brands is None:
            return None
        return self._brands.match_all([brand_text(one) for one in mentions])

    def find_entities(self, mention: Mention) -> tuple[Entity, ...] | None:
        """Return whom and what a prepared mention names; None where nothing here can tell."""
        if self._entities is None:
            return None
        return self._entities.entities(mention.text, mention.language)

    def _with_languages(self, mentions: list[Mention]) -> list[Mention]:
        return with_languages(self, mentions)

    def _models(self) -> Hub:
        if self._hub is None:
            self._hub = self._load()
        return self._hub


def _normalised(mention: Mention) -> Mention:
    try:
        return normalise(mention)
    except MentionError:
        return mention
