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
        pytest.param("Ik vind deze telefoon geweldig maar de batterij is slecht", "nl", id="Dutch"),
        pytest.param("Telefonen er god, men batteriet er elendigt", None, id="Danish"),
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


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        pytest.param("ok super", "fr", "fr", id="two words of many languages"),
        pytest.param("ok super", "de", "de", id="the same two words of a German"),
        pytest.param("top!", "nl", "nl", id="one word the detector knows nothing of"),
        pytest.param("no", "es", "es", id="one short word"),
        pytest.param("no", "pt-BR", "pt", id="a region is left out"),
        pytest.param("no", "PT_br", "pt", id="however it is written"),
        pytest.param("شكرا", "ar", "ar", id="one word of Arabic"),
        pytest.param("ok super", None, None, id="nothing is declared"),
        pytest.param("ok super", "", None, id="an empty code"),
        pytest.param("ok super", "xx", None, id="a code of no language"),
        pytest.param("ok super", "tr", None, id="a language that is not supported"),
        pytest.param("ok super", "ar", None, id="Arabic is not written in these letters"),
        pytest.param("यह अच्छा", "fr", "hi", id="French is not written in these letters"),
        pytest.param("😡😡 12:30 !!!", "fr", None, id="no letters"),
        pytest.param("Où est mon colis ? Personne ne répond", "en", "fr", id="clearly French"),
        pytest.param("My parcel never arrived, nobody answers", "fr", "en", id="clearly English"),
        pytest.param("waar is mijn pakket", "de", "nl", id="clearly Dutch"),
        pytest.param("très bien", "es", "fr", id="short and yet clear"),
    ],
)
def test_the_declared_language_decides_what_the_text_leaves_open(
    identifier, text, declared, language
):
    assert identifier.identify([text], [declared]) == [language]


def test_each_text_is_weighed_by_its_own_author(identifier):
    found = identifier.identify(["ok super"] * 4, ["fr", None, "de", "fr"])

    assert found == ["fr", None, "de", "fr"]


def test_a_declared_language_for_every_text_or_for_none(identifier):
    with pytest.raises(ValueError, match="shorter"):
        identifier.identify(["ok super", "no"], ["fr"])


def test_a_known_but_unsupported_declared_language_keeps_a_text_from_a_wrong_answer(identifier):
    # It is Spanish, and Catalan just as well.
    assert identifier.identify(["no funciona"] * 2, [None, "ca"]) == ["es", None]


def test_only_supported_languages_are_answered():
    narrow = PackagedLanguageIdentifier(("fr",))

    assert narrow.identify(["My parcel never arrived", "Mon colis n'est jamais arrivé"]) == [
        None,
        "fr",
    ]


def test_below_the_floor_there_is_no_answer():
    strict = PackagedLanguageIdentifier(floor=1.01)

    assert strict.identify(["Mon colis n'est jamais arrivé", "शुभ रात्रि"]) == [None, "hi"]


LANGUAGES = [code for code in SUPPORTED if code not in ("hi", "nl")]
"""Those of which there are posts: UMSAB's Hindi is in Latin letters or English, so its folder's
name is no truth, and it has no Dutch."""


@pytest.fixture(scope="module")
def posts(shared_data):
    """Short posts with the language each is in."""
    return [
        (json.loads(line)["text"], code)
        for code in LANGUAGES
        for line in (shared_data / f"umsab-{code}" / "val.jsonl").read_text("utf-8").splitlines()
    ]


def test_short_posts_are_mostly_named_and_nearly_always_rightly(identifier, posts):
    found = identifier.identify([text for text, _ in posts])
    answered = sum(one is not None for one in found)
    right = sum(one == code for one, (_, code) in zip(found, posts, strict=True))

    assert answered / len(posts) > 0.95
    assert right / answered > 0.985


def test_the_right_prior_helps_short_posts_more_than_a_wrong_one_hurts(identifier, posts):
    texts = [" ".join(text.split()[:5]) for text, _ in posts]
    codes = [code for _, code in posts]
    others = [LANGUAGES[LANGUAGES.index(code) - 1] for code in codes]

    def right(declared):
        found = identifier.identify(texts, declared)
        return sum(map(str.__eq__, map(str, found), codes)) / len(texts)

    alone = right(None)
    assert right(codes) > alone + 0.05
    assert right(others) > alone - 0.05
