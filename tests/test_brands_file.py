"""A file of brands: what it says, and every fault where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brand import Brand
from engine.brands_codes import BRANDS_CODES
from engine.brands_file import read_brands
from engine.settings import bundled

WHOLE = """
brands:
  acme:
    name: Acme
    names: [Acme Corp, 1664]
    handles: ["@acme", acme_fr]
    hashtags: [askacme, "#acme"]
    misspellings: [akme]
    close_spellings: false
    products: {phone-x: [Phone X]}
    competitors: {globex: [Globex, "@globex"]}
    not_when: [road runner]
  globex: {name: Globex}
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "brands.yaml"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return path

    return write


def faults(path):
    brands, problems = read_brands(path)
    assert (brands is None) == any(one.severity == "error" for one in problems)
    return [(one.code, one.span.line, one.span.column) for one in problems]


def test_every_field_is_read(write):
    brands, problems = read_brands(write(WHOLE))

    assert problems == []
    assert brands == (
        Brand(
            id="acme",
            names=("Acme", "Acme Corp", "1664"),
            handles=("@acme", "@acme_fr"),
            hashtags=("#askacme", "#acme"),
            misspellings=("akme",),
            products={"phone-x": ("Phone X",)},
            competitors={"globex": ("Globex", "@globex")},
            not_when=("road runner",),
            has_close_spellings=False,
        ),
        Brand(id="globex", names=("Globex",)),
    )


def test_the_demonstration_file_is_sound():
    brands, problems = read_brands(bundled("config/brands.yaml"))

    assert problems == []
    assert [one.id for one in brands] == ["veloce"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("brands:\n  acme: {nam: Acme}", [("B105", 2, 3), ("B104", 2, 10)], id="a slip"),
        pytest.param("brand: {}", [("B104", 1, 1), ("B105", 1, 1)], id="a slip at the top"),
        pytest.param("", [("B105", 1, 1)], id="an empty file"),
        pytest.param("- acme", [("B105", 1, 1)], id="a list"),
        pytest.param("brands:\n  acme: Acme", [("B105", 2, 9)], id="a brand that is a word"),
        pytest.param("brands:\n  acme: {name: Acme, names: Acme Corp}", [("B105", 2, 29)], id="a word for a list"),
        pytest.param("brands:\n  acme:\n    name: Acme\n    names: [a, [b]]", [("B105", 4, 16)], id="a list in a list"),
        pytest.param("brands:\n  acme: {name: ''}", [("B106", 2, 16)], id="an empty name"),
        pytest.param("brands:\n  acme: {name: Acme, products: {x: ['!!']}}", [("B106", 2, 37)], id="a product of signs"),
        pytest.param("brands:\n  a: {name: Acme}\n  b: {name: Bolt, names: [Acmé]}", [("B107", 3, 27)], id="one name, two brands"),
        pytest.param("brands:\n  a: {name: Acme}\n  b: {name: Bolt, handles: [acme]}", [], id="a name and a handle are two things"),
        pytest.param("brands:\n  a: {name: Acme}\n  b: {name: Bolt, competitors: {a: [Acme]}}", [], id="a watched competitor"),
    ],
)  # fmt: skip
def test_a_fault_is_told_where_it_stands(write, text, expected):
    assert faults(write(text)) == expected


def test_a_slip_is_told_with_what_may_have_been_meant(write):
    _, problems = read_brands(write("brands: {acme: {name: Acme, handels: ['@acme']}}"))

    assert "did you mean 'handles'?" in problems[0].help


def test_a_file_that_is_not_there_is_a_fault_of_its_own(tmp_path):
    assert faults(tmp_path / "none.yaml") == [("B100", 1, 1)]


@pytest.mark.parametrize("code", BRANDS_CODES)
def test_the_example_of_a_code_produces_that_code_alone(write, code):
    _, problems = read_brands(write(BRANDS_CODES[code].example))

    assert {one.code for one in problems} == {code}


@given(st.text(max_size=200) | st.text("brands: name{}[]'\"@#,\n-&*!", max_size=80))
def test_no_text_makes_the_reader_raise(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("brands") / "brands.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    brands, problems = read_brands(path)

    assert brands is not None or problems
