from __future__ import annotations

import pytest

from engine.errors import ConfigError
from engine.mention_json import read_mention
from streams.sources.mapping import KNOWN_FIELDS, UNMAPPED, parse_mapping


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("text=tweet", {"text": "tweet"}, id="one"),
        pytest.param(
            "published_at=created_at, brand = airline",
            {"published_at": "created_at", "brand": "airline"},
            id="two-with-spaces",
        ),
        pytest.param("author.handle=name", {"author.handle": "name"}, id="dotted"),
        pytest.param(
            '"text=tweet, full",id=n', {"text": "tweet, full", "id": "n"}, id="comma-in-column"
        ),
        pytest.param("text=a=b", {"text": "a=b"}, id="equals-in-column"),
        pytest.param("text=a,\nid=b", {"text": "a", "id": "b"}, id="several-lines"),
        pytest.param(
            "author.handle=a,author=b", {"author": "b", "author.handle": "a"}, id="whole-first"
        ),
        pytest.param(
            "classifications.sentiment=label,classifications.sentiment.score=confidence",
            {
                "classifications.sentiment": "label",
                "classifications.sentiment.score": "confidence",
            },
            id="classification",
        ),
    ],
)
def test_a_mapping_reads(text, columns):
    assert parse_mapping(text).columns == columns


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("text", "'text' is not field=column", id="no-equals"),
        pytest.param("=tweet", "is not field=column", id="no-field"),
        pytest.param("text=", "is not field=column", id="no-column"),
        pytest.param("txet=tweet", "'txet'.* did you mean 'text'", id="misspelt"),
        pytest.param("author.handel=x", "did you mean 'author.handle'", id="misspelt-dotted"),
        pytest.param("zzzzzz=x", "fields are id, source", id="nothing-near"),
        pytest.param(
            "classifications.Sentiment.x=y", "no field of a mention", id="no-classification"
        ),
        pytest.param("text=a,text=b", "text twice: column 'a' and 'b'", id="repeated"),
        pytest.param("observed_at=x", "no field of a mention", id="arrival-is-ours"),
    ],
)
def test_a_wrong_mapping_names_the_field(text, said):
    with pytest.raises(ConfigError, match=said):
        parse_mapping(text)


ROW = {"text": "hi", "published_at": "2026-03-02T09:00:00Z"}


@pytest.mark.parametrize(
    ("text", "row", "field", "value"),
    [
        pytest.param("text=t", {"t": "new", "text": "old"}, "text", "new", id="column-overrides"),
        pytest.param("brand=b", {"brand": "old"}, "brand", None, id="missing-column-is-absent"),
        pytest.param("brand=b", {"language": "fr"}, "language", "fr", id="others-stay"),
        pytest.param(
            "author.handle=n",
            {"n": "@z", "author": {"id": "7"}},
            "author",
            {"id": "7", "handle": "@z"},
            id="joins-an-object",
        ),
        pytest.param(
            "author.name=n",
            {"n": "Zoe", "author": "@z"},
            "author",
            {"handle": "@z", "name": "Zoe"},
            id="joins-a-handle",
        ),
        pytest.param(
            "author.handle=user.screen",
            {"user": {"screen": "@z"}},
            "author",
            {"handle": "@z"},
            id="column-reaches-inside",
        ),
        pytest.param(
            "brand=a.b", {"a.b": "x", "a": {"b": "y"}}, "brand", "x", id="whole-name-wins"
        ),
        pytest.param(
            "classifications.sentiment=l",
            {"l": "negative"},
            "classifications",
            {"sentiment": {"label": "negative"}},
            id="label",
        ),
        pytest.param(
            "classifications.sentiment=l,classifications.sentiment.score=c",
            {"l": "negative", "c": "0.5"},
            "classifications",
            {"sentiment": {"label": "negative", "score": 0.5}},
            id="label-and-score",
        ),
        pytest.param(
            "classifications.sentiment.score=c",
            {"classifications": {"sentiment": "negative"}, "c": 0.5},
            "classifications",
            {"sentiment": {"label": "negative", "score": 0.5}},
            id="score-of-a-bare-label",
        ),
        pytest.param(
            "classifications.sentiment=l",
            {"l": ""},
            "classifications",
            {},
            id="empty-label-is-not-given",
        ),
        pytest.param(
            "",
            {"author.handle": "@z", "metrics.likes": ""},
            "author",
            {"handle": "@z"},
            id="dotted-column",
        ),
        pytest.param(
            "", {"label": "x", "retweet_count": 0}, "label", None, id="no-field-is-dropped"
        ),
    ],
)
def test_a_row_is_mapped(text, row, field, value):
    assert parse_mapping(text).apply({**ROW, **row}).get(field) == value


def test_a_row_is_left_as_it_was():
    row = {**ROW, "author": {"id": "7"}, "n": "@z"}
    parse_mapping("author.handle=n").apply(row)
    assert row["author"] == {"id": "7"}


def test_every_known_field_is_one_that_a_mention_reads():
    """A mapped field that `read_mention` ignored would lose a column in silence."""
    values = {"kind": "review", "published_at": "2026-03-02T09:00:00Z", "verified": "true"}
    for field in KNOWN_FIELDS:
        last = field.rpartition(".")[2]
        value = values.get(last, "2020-01-01T00:00:00Z" if last == "created_at" else "7")
        if field in ("media", "metrics"):
            value = ["7"] if field == "media" else {"likes": 7}
        plain = read_mention({**ROW, "source": "s", "external_id": "e"})
        base = {**ROW, "source": "s", "external_id": "e", "column": value}
        if field == "published_at":
            base["column"] = "2026-03-03T09:00:00Z"
        mapped = read_mention(parse_mapping(f"{field}=column").apply(base))
        assert mapped != plain, field


def test_missing_columns_are_named():
    assert parse_mapping("text=a,brand=b").missing(["a", "c"]) == ("b",)
    assert UNMAPPED.missing([]) == ()
