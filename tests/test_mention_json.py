"""A mention as JSON: what is filled in, what is refused with which words, and the way back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import MentionError
from engine.mention import Author, Metrics, Place
from engine.mention_json import (
    find_hashtags,
    find_links,
    read_classification,
    read_mention,
    write_mention,
)
from tests.strategies import JSON, MENTIONS

AT = "2026-03-02T09:00:00Z"


def read(**fields):
    return read_mention({"text": "hello", "published_at": AT, **fields})


def test_only_text_and_date_are_needed_and_the_rest_is_absent():
    found = read()

    assert (found.source, found.kind, found.id) == (
        "import",
        "mention",
        f"import:{found.external_id}",
    )
    assert found.published_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert (found.author, found.metrics, found.place) == (Author(), Metrics(), None)
    assert (found.language, found.brand, found.url, found.classifications) == (None, None, None, ())


def test_the_external_id_follows_from_author_time_and_text_alone():
    base = read(author={"id": "7"})

    assert read(author={"id": "7"}, brand="acme", metrics={"likes": 3}).id == base.id
    others = [
        read(author={"id": "8"}),
        read(author={"id": "7"}, published_at="2026-03-02T09:00:01Z"),
        read(author={"id": "7"}, text="hello!"),
    ]
    assert base.id not in {one.id for one in others}


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        pytest.param({"external_id": 1122}, "id", "import:1122", id="a number is an id too"),
        pytest.param(
            {"source": "x", "external_id": "1"}, "id", "x:1", id="the id names the source"
        ),
        pytest.param({"id": "m1"}, "id", "m1", id="a given id stands"),
        pytest.param({"brand": ""}, "brand", None, id="an empty text is absent"),
        pytest.param({"language": "pt_BR"}, "language", "pt-br", id="languages are lower case"),
        pytest.param(
            {"author": {"language": "fr_CA"}},
            "author",
            Author(language="fr-ca"),
            id="an author's language is lower case too",
        ),
        pytest.param(
            {"author": "@zoe"}, "author", Author(handle="@zoe"), id="a bare author is a handle"
        ),
        pytest.param({"place": "Lyon"}, "place", Place("Lyon"), id="a bare place is a name"),
        pytest.param(
            {"text": "a #Café #1 #b2"}, "hashtags", ("café", "b2"), id="tags come from the text"
        ),
        pytest.param(
            {"text": "a #b", "hashtags": ["##C", "#", ""]},
            "hashtags",
            ("c",),
            id="given tags stand",
        ),
        pytest.param(
            {"text": "see https://a.b/c."},
            "links",
            ("https://a.b/c",),
            id="links come from the text",
        ),
        pytest.param({"links": []}, "links", (), id="given links stand"),
        pytest.param(
            {"metrics": {"likes": "12"}}, "metrics", Metrics(likes=12), id="a table's number"
        ),
        pytest.param(
            {"metrics": {"likes": 3.0}}, "metrics", Metrics(likes=3), id="a whole decimal"
        ),
        pytest.param({"brand": "\x00"}, "brand", None, id="nothing but what is dropped is absent"),
        pytest.param(
            {"published_at": datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1)))},
            "published_at",
            datetime(2026, 3, 2, 9, tzinfo=UTC),
            id="an instant that was read already",
        ),
        pytest.param({"text": "a\x00b"}, "text", "ab", id="what no database stores is dropped"),
    ],
)
def test_a_field_is_read_as_it_is_meant(fields, name, value):
    assert getattr(read(**fields), name) == value


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({"text": None}, "text is missing or empty", id="no text"),
        pytest.param({"text": " \n"}, "text is missing or empty", id="blank text"),
        pytest.param({"text": ["a"]}, r"text must be text, saw \['a'\]", id="text that is a list"),
        pytest.param({"text": "x" * 100_001}, "text has 100001 characters", id="text too long"),
        pytest.param({"published_at": None}, "published_at is missing", id="no date"),
        pytest.param(
            {"published_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
            "outside the years",
            id="an instant before the first",
        ),
        pytest.param({"published_at": "2026-03-02T09:00:00"}, "names no time zone", id="no zone"),
        pytest.param(
            {"published_at": 1772442000}, "published_at must be an ISO 8601", id="a timestamp"
        ),
        pytest.param(
            {"kind": "tweet"}, "kind must be one of mention, comment, .* saw 'tweet'", id="kind"
        ),
        pytest.param({"author": ["x"]}, "author must be an object", id="author"),
        pytest.param(
            {"author": {"language": ["fr"]}}, "language must be text, saw", id="two languages"
        ),
        pytest.param(
            {"author": {"verified": "maybe"}}, "author.verified must be true or false", id="flag"
        ),
        pytest.param(
            {"author": {"followers": -1}}, "author.followers must be a whole number", id="negative"
        ),
        pytest.param(
            {"metrics": {"likes": True}}, "metrics.likes must be a whole number", id="boolean"
        ),
        pytest.param(
            {"metrics": {"reach": 2**63}}, "metrics.reach must be a whole number", id="too large"
        ),
        pytest.param(
            {"metrics": {"reach": 1e300}}, "metrics.reach must be a whole number", id="decimal"
        ),
        pytest.param({"links": [1]}, "links must be a list of texts", id="links"),
        pytest.param({"media": "a.jpg"}, "media must be a list", id="media"),
        pytest.param(
            {"classifications": []}, "classifications must be an object", id="labels in a list"
        ),
        pytest.param(
            {"classifications": {"sentiment": {}}}, "sentiment needs a label", id="no label"
        ),
        pytest.param(
            {"classifications": {"sentiment": {"label": "negative", "score": 2}}},
            "classifications.sentiment: a score is a number from 0 to 1, saw 2",
            id="score out of range",
        ),
        pytest.param(
            {"classifications": {"sentiment": {"label": "x", "scores": {"x": float("nan")}}}},
            "from 0 to 1, saw nan",
            id="a score that is no number",
        ),
    ],
)
def test_what_has_no_sense_is_refused_with_the_field_and_what_was_seen(fields, why):
    with pytest.raises(MentionError, match=why):
        read(**fields)


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_only_an_object_is_a_mention(data):
    with pytest.raises(MentionError, match="a mention is a JSON object"):
        read_mention(data)


def test_media_nested_too_deep_is_refused():
    deep = "a.jpg"
    for _ in range(20):
        deep = [deep]

    with pytest.raises(MentionError, match="media is nested more than 16 levels"):
        read(media=[{"in": deep}])


@pytest.mark.parametrize(
    ("data", "label", "score"),
    [
        ("negative", "negative", 1.0),
        ({"label": "negative"}, "negative", 1.0),
        ({"label": "negative", "score": 0.5}, "negative", 0.5),
        ({"label": "unknown"}, "unknown", 0.0),
    ],
)
def test_a_given_classification_without_a_score_is_sure(data, label, score):
    found = read_classification("sentiment", data)

    assert (found.label, found.score, found.classifier) == (label, score, "given")


def test_links_and_tags_are_found_once_each_in_order():
    assert find_links("(http://b.c) https://a.b!, http://b.c") == ("http://b.c", "https://a.b")
    assert find_hashtags("#B #a #b a#c http://x/#d &#e") == ("b", "a")


@given(MENTIONS)
def test_a_written_mention_reads_as_itself(mention):
    assert read_mention(write_mention(mention)) == mention


ANYTHING = JSON | st.floats() | st.text()
FIELDS = [*write_mention(read()), "classifications"]


@given(
    st.fixed_dictionaries({"text": st.just("x"), "published_at": st.just(AT)}),
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING),
)
def test_no_value_of_any_field_makes_reading_fail_otherwise_than_by_refusing(base, fields):
    try:
        found = read_mention({**base, **fields})
    except MentionError as error:
        assert str(error)  # noqa: PT017 - either a refusal with words, or a mention
    else:
        assert read_mention(write_mention(found)) == found
