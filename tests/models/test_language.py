"""Which language a short text is in."""

from __future__ import annotations

import json

import pytest

from models.language import SUPPORTED, PackagedLanguageIdentifier


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("My parcel never arrived and nobody answers the phone", "en", id="English"),
        pytest.param("Mon colis n'est jamais arrivé et personne ne répond", "fr", id="French"),
        pytest.param("Mein Paket ist nie angekommen und niemand antwortet", "de", id="German"),
        pytest.param("Mi paquete nunca llegó y nadie contesta el teléfono", "es", id="Spanish"),
        pytest.param("Il mio pacco non è mai arrivato e nessuno risponde", "it", id="Italian"),
        pytest.param("A minha encomenda nunca chegou e ninguém responde", "pt", id="Portuguese"),
        pytest.param("هذا الهاتف سيء جدا ولا أحد يرد", "ar", id="Arabic"),
        pytest.param("यह फोन बहुत अच्छा है", "hi", id="Hindi"),
        pytest.param("बस ठीक", "hi", id="two words of Hindi"),
        pytest.param("@acme https://a.example/x merci pour votre aide #bravo", "fr", id="handles"),
        pytest.param("Ik vind deze telefoon geweldig maar de batterij is slecht", None, id="Dutch"),
        pytest.param("Bu telefon çok güzel ama pili kötü", None, id="Turkish"),
        pytest.param("یہ فون بہت اچھا ہے", None, id="Urdu, in Arabic letters"),
        pytest.param("", None, id="nothing"),
        pytest.param("😡😡 12:30 !!!", None, id="no letters"),
        pytest.param("@acme", None, id="a handle alone"),
        pytest.param("x" * 100_000, None, id="no words"),
        pytest.param("hello\0my friend, how are you \ud800", "en", id="NUL and a lone surrogate"),
    ],
)
def test_identify(identifier, text, language):
    assert identifier.identify([text]) == [language]


def test_the_answers_keep_the_order_and_do_not_depend_on_the_batch(identifier):
    texts = ["My parcel never arrived", "", "Mon colis n'est jamais arrivé"]

    assert identifier.identify(texts * 3) == ["en", None, "fr"] * 3


def test_only_supported_languages_are_answered():
    narrow = PackagedLanguageIdentifier(("fr",))

    assert narrow.identify(["My parcel never arrived", "Mon colis n'est jamais arrivé"]) == [
        None,
        "fr",
    ]


def test_below_the_floor_there_is_no_answer():
    strict = PackagedLanguageIdentifier(floor=1.01)

    assert strict.identify(["Mon colis n'est jamais arrivé", "शुभ रात्रि"]) == [None, "hi"]


def test_short_posts_are_mostly_named_and_nearly_always_rightly(identifier, shared_data):
    # UMSAB's Hindi is in Latin letters or English, so its folder's name is no truth.
    right = answered = total = 0
    for code in SUPPORTED:
        if code == "hi":
            continue
        lines = (shared_data / f"umsab-{code}" / "val.jsonl").read_text("utf-8").splitlines()
        found = identifier.identify([json.loads(line)["text"] for line in lines])
        total += len(found)
        answered += sum(one is not None for one in found)
        right += sum(one == code for one in found)

    assert answered / total > 0.95
    assert right / answered > 0.985
