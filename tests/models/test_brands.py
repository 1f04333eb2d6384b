"""What a text names: brands in many languages, their products, their competitors, and slips."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brand import Brand, BrandMatches
from models.brand_text import fold, fold_text
from models.brands import BrandMatcher

ACME = Brand(
    id="acme",
    names=("Acme", "أكمي", "एक्मे", "Acmetron Deluxe"),
    handles=("@acme", "@acme_fr"),
    hashtags=("#askus",),
    misspellings=("aqme",),
    products={"phone-x": ("Phone X", "#phonexlaunch")},
    competitors={"globex": ("Globex", "@globex")},
    not_when=("road runner",),
)
VELOCE = Brand(id="veloce", names=("Veloce", "Veloce Bikes", "Überrad"))
ORANGE = Brand(id="orange", names=("Orange",), has_close_spellings=False)
MATCHER = BrandMatcher([ACME, VELOCE, ORANGE])


def found(text):
    return [(one.text, one.kind, one.brand) for one in MATCHER.match(text).spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Acme is late again", [("Acme", "name", "acme")], id="a name"),
        pytest.param("ACME!!!", [("ACME", "name", "acme")], id="any case"),
        pytest.param("Acmé, encore", [("Acmé", "name", "acme")], id="an accent too many"),
        pytest.param("mein Uberrad quietscht", [("Uberrad", "name", "veloce")], id="one too few"),
        pytest.param("l'Acme est là", [("Acme", "name", "acme")], id="a French elision"),
        pytest.param("dell’Acme non so", [("Acme", "name", "acme")], id="with a curly apostrophe"),
        pytest.param("Acmes Service", [("Acmes", "name", "acme")], id="a German genitive"),
        pytest.param("Acme's service", [("Acme", "name", "acme")], id="an English one"),
        pytest.param("die Acme-Kunden", [("Acme", "name", "acme")], id="a hyphened compound"),
        pytest.param("خدمة الأكمي سيئة", [("الأكمي", "name", "acme")], id="an Arabic article"),
        pytest.param("بالاكمي", [("بالاكمي", "name", "acme")], id="particle, article, no hamza"),
        pytest.param("أَكْمِي", [("أَكْمِي", "name", "acme")], id="Arabic with its vowels"),
        pytest.param("एक्मे का फोन", [("एक्मे", "name", "acme")], id="Hindi"),
        pytest.param("#एक्मे", [("#एक्मे", "hashtag", "acme")], id="a hashtag in Hindi"),
        pytest.param("hey @acme", [("@acme", "handle", "acme")], id="a handle"),
        pytest.param("hey @ACME_FR.", [("@ACME_FR", "handle", "acme")], id="its case and a stop"),
        pytest.param(".@acme no", [("@acme", "handle", "acme")], id="a handle after a stop"),
        pytest.param("@acme.Thanks", [("@acme", "handle", "acme")], id="a space forgotten"),
        pytest.param("hey @acme_fan", [], id="another account is another account"),
        pytest.param("@veloce", [], id="an unlisted account with the name"),
        pytest.param("#askus", [("#askus", "hashtag", "acme")], id="a listed hashtag"),
        pytest.param("#VeloceBikes", [("#VeloceBikes", "hashtag", "veloce")], id="a name joined"),
        pytest.param("#BoycottVeloce", [("Veloce", "name", "veloce")], id="a name in a hashtag"),
        pytest.param("#veloce2026", [("veloce", "name", "veloce")], id="with a year"),
        pytest.param("veloce-bikes", [("veloce-bikes", "name", "veloce")], id="joined by a hyphen"),
        pytest.param("velocebikes", [("velocebikes", "name", "veloce")], id="written together"),
        pytest.param("Veloce\nBikes", [("Veloce\nBikes", "name", "veloce")], id="over two lines"),
        pytest.param("aqme", [("aqme", "misspelling", "acme")], id="a listed misspelling"),
        pytest.param("veloc", [("veloc", "close_spelling", "veloce")], id="a letter missing"),
        pytest.param("velocce", [("velocce", "close_spelling", "veloce")], id="one too many"),
        pytest.param("velocy", [("velocy", "close_spelling", "veloce")], id="one changed"),
        pytest.param("velcoe", [("velcoe", "close_spelling", "veloce")], id="two swapped"),
        pytest.param("velotze", [], id="two slips in a short name"),
        pytest.param(
            "velocbikez", [("velocbikez", "close_spelling", "veloce")], id="two in a long one"
        ),
        pytest.param("acne", [], id="a short name bears no slip"),
        pytest.param(
            "oranges, orangé",
            [("oranges", "name", "orange"), ("orangé", "name", "orange")],
            id="a plural",
        ),
        pytest.param("orangy", [], id="slips forbidden"),
        pytest.param("acme.com", [("acme", "name", "acme")], id="an address in words"),
        pytest.param("https://x.example/acme", [], id="a link names nothing"),
        pytest.param("acmetronic", [], id="the beginning of another word"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_text_names(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "brand", "products", "competitors"),
    [
        pytest.param("my Phone X died", "acme", ("phone-x",), (), id="a product names its brand"),
        pytest.param("phonex", "acme", ("phone-x",), (), id="a product written together"),
        pytest.param("#PhoneXLaunch", "acme", ("phone-x",), (), id="a product's hashtag"),
        pytest.param("Globex is better", None, (), ("globex",), id="a competitor alone"),
        pytest.param("@globex beats Acme", "acme", (), ("globex",), id="a competitor beside"),
        pytest.param("Acme? Veloce? Veloce!", "veloce", (), (), id="named most often"),
        pytest.param("Veloce or Acme", "veloce", (), (), id="of equals the first"),
        pytest.param("road runner eats Acme Phone X", None, (), (), id="not when"),
        pytest.param("road runner @acme", "acme", (), (), id="not when, yet its own account"),
        pytest.param("Road-Runner, Globex", None, (), ("globex",), id="a competitor all the same"),
    ],
)
def test_a_text_is_about(text, brand, products, competitors):
    matches = MATCHER.match(text)

    assert (matches.brand, matches.products, matches.competitors) == (brand, products, competitors)


def test_a_competitor_that_is_watched_too_is_a_brand_of_its_own():
    matcher = BrandMatcher([ACME, Brand(id="globex", names=("Globex",))])

    matches = matcher.match("Globex again")

    assert (matches.brand, matches.brands, matches.competitors) == (
        "globex",
        ("globex",),
        ("globex",),
    )


def test_a_word_near_two_names_is_neither():
    matcher = BrandMatcher([Brand("a", ("Marlon",)), Brand("b", ("Marlin",))])

    assert matcher.match("marlen").brand is None
    assert matcher.match("marlin").brand == "b"


def test_a_name_is_never_taken_for_a_slip_in_another():
    matcher = BrandMatcher([Brand("a", ("Velora",)), Brand("b", ("Velora Pro", "Velors"))])

    assert matcher.match("velors").brands == ("b",)


def test_names_that_two_brands_share_name_both_the_first_first():
    matcher = BrandMatcher([Brand("a", ("Delta",)), Brand("b", ("Delta",))])

    assert matcher.match("delta").brands == ("a", "b")


def test_without_brands_nothing_is_named():
    assert BrandMatcher([]).match("Acme @acme #acme") == BrandMatches()


def test_a_thousand_brands_are_told_apart():
    matcher = BrandMatcher(
        [Brand(f"b{at}", (f"Brand{at:04}", f"Maison {at}")) for at in range(1000)]
    )

    assert matcher.match("brand0042 and maison 999, maison 999").brands == ("b999", "b42")


def test_the_same_text_gets_the_same_answer_in_any_batch():
    texts = ["Acme", "velcoe #BoycottVeloce", "nothing", "Globex", "خدمة الأكمي", "@acme"] * 200
    alone = {text: BrandMatcher([ACME, VELOCE]).match(text) for text in set(texts)}
    shuffled = random.Random(7).sample(texts, len(texts))

    assert BrandMatcher([ACME, VELOCE]).match_all(shuffled) == [alone[text] for text in shuffled]


@given(st.text(max_size=200) | st.text("acmeACMé@#_'-. \n‍्َएक्أ؟🚲", max_size=60))
def test_any_text_is_read_and_every_span_stands_where_it_says(text):
    matches = MATCHER.match(text)

    for one in matches.spans:
        assert one.text == text[one.start : one.end] != ""
    places = [(one.start, one.end) for one in matches.spans]
    assert places == sorted(places)


@given(st.text(max_size=80))
def test_every_character_of_a_folded_text_knows_its_place(text):
    folded = fold_text(text)

    assert folded.places is None or len(folded.places) == len(folded.text)
    if folded.places is not None:
        assert all(0 <= place < len(text) for place in folded.places)


@given(st.text(max_size=40))
def test_folding_twice_folds_once(text):
    assert fold(fold(text)) == fold(text)
