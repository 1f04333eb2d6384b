"""What a mention is about: its terms, in the scripts of the languages with a stop list."""

import pytest
import spacy
from spacy.tokens import Doc

from engine.policy.shapes_windows import EmergingOf
from engine.testing import mention
from engine.windows.noun_phrases import chunks
from engine.windows.stop_words import STOP_LISTS, stop_words
from engine.windows.terms import terms_of


def terms(text, language="en", of="terms", **fields):
    fields.setdefault("brand", "veloce")
    return terms_of(mention(text, language=language, **fields), EmergingOf(of))


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        (
            "My Veloce battery caught FIRE!",
            "en",
            ["battery", "battery caught", "caught", "caught fire", "fire"],
        ),
        (
            "La batterie de mon Véloce a pris feu",
            "fr",
            ["batterie", "feu", "pris", "pris feu"],
        ),
        ("Der Akku brennt", "de", ["akku", "akku brennt", "brennt"]),
        ("La batería se quemó", "es", ["bateria", "quemo"]),
        ("La batteria brucia", "it", ["batteria", "batteria brucia", "brucia"]),
        ("De accu brandt", "nl", ["accu", "accu brandt", "brandt"]),
        ("A bateria pegou fogo", "pt", ["bateria", "bateria pegou", "fogo", "pegou", "pegou fogo"]),
        ("البطارية احترقت", "ar", ["احترقت", "البطارية", "البطارية احترقت"]),
        ("बैटरी में आग", "hi", ["आग", "बैटरी"]),
        ("电池起火", "zh", ["池起", "电池", "起火"]),
    ],
    ids=[
        "English",
        "French",
        "German",
        "Spanish",
        "Italian",
        "Dutch",
        "Portuguese",
        "Arabic",
        "Hindi",
        "Chinese",
    ],
)
def test_the_terms_of_a_text_without_its_stop_words(text, language, found):
    assert terms(text, language) == sorted(found)


@pytest.mark.parametrize(
    "text",
    [
        "@zoe",
        "https://veloce.example/battery?fire=1",
        "www.veloce.example/battery",
        "2024",
        "3.5",
        "x",
        "🔥🔥",
        "Veloce #veloce @veloce",
        "RT via & the",
        "don't",
        "",
    ],
)
def test_what_says_nothing_of_the_subject_is_no_term(text):
    assert terms(text) == []


def test_a_term_is_counted_once_whatever_its_spelling():
    assert terms("Battery BATTERY battéry", of="terms") == ["battery", "battery battery"]


def test_hashtags_keep_their_sign_and_are_no_words():
    said = mention("fire #BatteryGate", language="en", hashtags=("batterygate",))

    assert terms_of(said, EmergingOf.TERMS) == ["#batterygate", "fire"]
    assert terms_of(said, EmergingOf.HASHTAGS) == ["#batterygate"]


def test_a_pair_does_not_reach_across_a_clause_or_a_stop_word():
    assert terms("battery, fire. smoke and flames", of="bigrams") == []


def test_names_that_the_brand_goes_by_are_left_out():
    said = mention("velobike battery", language="en")

    assert terms_of(said, EmergingOf.TERMS, own=frozenset({"velobike"})) == ["battery"]


def test_without_a_model_a_phrase_is_a_run_of_two_or_three_words():
    assert terms("the rear wheel of it", of="phrases") == ["rear wheel"]
    assert terms("new carbon rear wheel", of="phrases") == [
        "carbon rear wheel",
        "new carbon rear",
    ]


def test_with_a_model_a_phrase_is_a_noun_chunk_without_idle_ends():
    parsed = Doc(
        spacy.blank("en").vocab,
        words=["The", "swollen", "battery", "of", "it", "burnt"],
        pos=["DET", "ADJ", "NOUN", "ADP", "PRON", "VERB"],
        heads=[2, 2, 5, 2, 3, 5],
        deps=["det", "amod", "nsubj", "prep", "pobj", "ROOT"],
    )

    assert chunks(parsed, stop=stop_words("en")) == {"swollen battery"}


@pytest.mark.parametrize("language", STOP_LISTS)
def test_every_stop_list_is_there(language):
    assert len(stop_words(language)) > len(stop_words("en")) or language == "en"


@pytest.mark.parametrize("language", [None, "xx", "../en", ""])
def test_a_language_without_a_list_has_all_lists(language):
    assert {"the", "avec", "nicht"} <= stop_words(language)
