"""Persons, organisations and places, by whatever pipeline is there."""

import pytest
import spacy

from models.entities import Entity, EntityReader, load_installed

RULES = [
    {"label": "PER", "pattern": "Nina Laurent"},
    {"label": "ORG", "pattern": "Mairie de Valmont"},
    {"label": "GPE", "pattern": "Valmont"},
    {"label": "DATE", "pattern": "lundi"},
]


@pytest.fixture
def asked():
    return []


@pytest.fixture
def reader(asked):
    def load(language):
        asked.append(language)
        if language != "fr":
            return None
        pipeline = spacy.blank("fr")
        pipeline.add_pipe("entity_ruler").add_patterns(RULES)
        return pipeline

    return EntityReader(load)


def test_entities_are_named_by_their_kind_where_they_stand(reader):
    text = "Nina Laurent quitte Valmont lundi pour la Mairie de Valmont"

    assert reader.entities(text, "fr") == (
        Entity(0, 12, "Nina Laurent", "person"),
        Entity(20, 27, "Valmont", "place"),
        Entity(42, 59, "Mairie de Valmont", "organisation"),
    )
    assert reader.entities("Rien", "fr") == ()


@pytest.mark.parametrize("language", ["de", None, "zz"])
def test_a_language_that_nothing_reads_has_none(reader, language):
    assert reader.entities("Nina Laurent", language) is None


def test_a_language_is_loaded_once_whether_there_is_a_model_or_not(reader, asked):
    for language in ("fr", "de", "fr", "de"):
        reader.entities("Valmont", language)

    assert asked == ["fr", "de"]


def test_a_language_of_no_installed_model_is_told_so():
    assert load_installed("zz") is None
