"""The stages of mentions outside a runner; the models are loaded when first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import MentionError
from streams.normalise import normalise
from streams.pipeline import with_languages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.classification import Classification
    from engine.mention import Mention
    from engine.ports import LanguageIdentifier
    from models.hub import Hub


class Stages:
    """Normalise, identify the language, classify: as they run live, without a database.

    Args:
        load: Returns the classifiers; called once at most.
        load_identifier: Returns what names languages; called once at most.
    """

    def __init__(
        self, load: Callable[[], Hub], load_identifier: Callable[[], LanguageIdentifier]
    ) -> None:
        self._load = load
        self._load_identifier = load_identifier
        self._hub: Hub | None = None
        self._identifier: LanguageIdentifier | None = None

    def prepare(self, mention: Mention) -> Mention:
        """Return the mention normalised, with its language.

        Raises:
            MentionError: Nothing of its text is left.
        """
        return self._with_languages([normalise(mention)])[0]

    def classify(self, mention: Mention, tasks: frozenset[str]) -> tuple[Classification, ...]:
        """Return the given classifications, and those of the tasks named that were not given."""
        if tasks <= {one.task for one in mention.classifications}:
            return mention.classifications
        return self._models().classify_mentions([mention], tasks)[0]

    def classify_all(
        self, mentions: Sequence[Mention]
    ) -> tuple[list[Mention], list[tuple[Classification, ...]]]:
        """Return the mentions prepared, and every task's answer for each.

        A text of which normalising leaves nothing is classified as it stands.
        """
        prepared = self._with_languages([_normalised(one) for one in mentions])
        return prepared, self._models().classify_mentions(prepared)

    def _with_languages(self, mentions: list[Mention]) -> list[Mention]:
        if all(mention.language is not None for mention in mentions):
            return mentions
        if self._identifier is None:
            self._identifier = self._load_identifier()
        return with_languages(self._identifier, mentions)

    def _models(self) -> Hub:
        if self._hub is None:
            self._hub = self._load()
        return self._hub


def _normalised(mention: Mention) -> Mention:
    try:
        return normalise(mention)
    except MentionError:
        return mention
