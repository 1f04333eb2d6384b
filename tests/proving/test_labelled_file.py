"""Labelled texts as files hold them, and labels as tasks spell them."""

import json

import pytest

from engine.proving.labelled_file import match_labels, read_labelled, rows_as_live


class Always:
    """Says that every text is Portuguese."""

    def identify(self, texts, declared=None):
        return ["pt" for _ in texts]


@pytest.fixture
def read(tmp_path):
    """Reads lines; a line that is no text is written as JSON."""

    def read(*lines):
        path = tmp_path / "rows.jsonl"
        texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        path.write_text("\n".join(texts), "utf-8")
        return read_labelled(path)

    return read


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("nope", "not JSON", id="no JSON"),
        pytest.param([1], "an object with text and label is wanted, not a list", id="a list"),
        pytest.param({"label": "a"}, "text is missing or empty", id="no text"),
        pytest.param({"text": "x"}, "label: a name is wanted; it is missing", id="no label"),
        pytest.param({"text": "x", "label": 1}, "not a number", id="a number as label"),
        pytest.param({"text": "x", "label": " "}, "not an empty text", id="an empty label"),
        pytest.param({"text": "x", "label": "a", "language": ["fr"]}, "language", id="no language"),
    ],
)
def test_a_bad_line_is_named_and_set_aside(read, line, reason):
    found = read({"text": "one", "label": "a"}, "", line, {"text": "two", "label": "b"})

    (fault,) = found.faults
    assert "rows.jsonl:3: " in fault
    assert reason in fault
    assert found.labels == ["a", "b"]


def test_texts_and_languages_are_those_a_running_engine_would_read(read):
    found = read(
        {"text": "Fish &amp;  chips", "label": "a", "language": "FR", "more": [1]},
        {"text": "sim", "label": "b"},
        {"text": "\u200b", "label": "c"},
    )

    rows = rows_as_live(found.mentions, found.labels, Always())

    assert rows == [
        ("Fish & chips", "a", "fr"),
        ("sim", "b", "pt"),
        ("\u200b", "c", "pt"),
    ]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        pytest.param("not_irony", "not_irony", id="as it stands"),
        pytest.param("non_irony", "not_irony", id="non for not"),
        pytest.param("Non-Irony", "not_irony", id="case and hyphen"),
        pytest.param("not irony", "not_irony", id="a space"),
        pytest.param("IRONY", "irony", id="case"),
        pytest.param("Unknown", "unknown", id="out of scope as every task spells it"),
        pytest.param("o-o-s", "unknown", id="out of scope as the file spells it"),
    ],
)
def test_spellings_of_a_label_are_one_label(given, meant):
    found = match_labels([given], ("irony", "not_irony"), out_of_scope=["o_o_s"])

    assert found.labels == [meant]
    assert found.unknown == {}


def test_what_was_respelt_and_what_fits_nothing_is_counted():
    found = match_labels(["A", "a", "A", "b", "b", "c"], ("a",))

    assert found.respelt == {("A", "a"): 2}
    assert found.unknown == {"b": 2, "c": 1}
    assert list(found.unknown) == ["b", "c"]


def test_labels_that_differ_in_spelling_alone_are_taken_literally():
    found = match_labels(["Card", "card", "CARD"], ("Card", "card"))

    assert found.labels[:2] == ["Card", "card"]
    assert found.unknown == {"CARD": 1}
