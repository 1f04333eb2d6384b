"""Persons, organisations and places that texts name, where a spaCy model of the language is there.

None ships with the engine: ``fr_core_news_sm`` and its like are installed beside it by who wants
them. Without one a language has no entities, which is said once and is no fault.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from spacy.language import Language

EntityKind = Literal["person", "organisation", "place"]

# What the models of different languages call the same.
_KINDS: dict[str, EntityKind] = {
    **dict.fromkeys(("PER", "PERSON", "persName"), "person"),
    **dict.fromkeys(("ORG", "orgName"), "organisation"),
    **dict.fromkeys(("LOC", "GPE", "FAC", "placeName", "geogName"), "place"),
}
# The larger finds more; who installed it wants it.
_MODELS = tuple(f"core_{genre}_{size}" for size in ("lg", "md", "sm") for genre in ("news", "web"))
_log = structlog.get_logger("tocsin.entities")


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, organisation or place that a text names.

    Attributes:
        start: First character, from 0.
        end: Behind the last character.
        text: What stands there.
    """

    start: int
    end: int
    text: str
    kind: EntityKind

    def as_json(self) -> dict[str, Any]:
        """Return the entity as a classified mention shows it."""
        return {"kind": self.kind, "text": self.text, "start": self.start, "end": self.end}


def load_installed(language: str) -> Language | None:
    """Return the largest installed spaCy model of a language, None where there is none."""
    import spacy  # noqa: PLC0415 - a second to import, and most never ask

    for name in (f"{language}_{model}" for model in _MODELS):
        if spacy.util.is_package(name):
            return spacy.load(name, exclude=["parser", "lemmatizer", "attribute_ruler"])
    return None


class EntityReader:
    """Reads entities; safe to call from several threads, which wait for one another.

    Args:
        load: Returns the pipeline of a language, None where there is none; asked once a language.
    """

    def __init__(self, load: Callable[[str], Language | None] = load_installed) -> None:
        self._load = load
        self._pipelines: dict[str, Language | None] = {}
        self._lock = threading.Lock()

    def entities(self, text: str, language: str | None) -> tuple[Entity, ...] | None:
        """Return the entities of a text in its order; None where nothing reads its language.

        Args:
            language: ISO 639-1 code; None is read by nothing.
        """
        if language is None:
            return None
        with self._lock:
            pipeline = self._pipeline(language)
            if pipeline is None:
                return None
            with pipeline.memory_zone():
                return tuple(
                    Entity(one.start_char, one.end_char, one.text, _KINDS[one.label_])
                    for one in pipeline(text).ents
                    if one.label_ in _KINDS
                )

    def _pipeline(self, language: str) -> Language | None:
        if language not in self._pipelines:
            self._pipelines[language] = self._load(language)
            if self._pipelines[language] is None:
                _log.info("no spaCy model of this language is installed", language=language)
        return self._pipelines[language]
