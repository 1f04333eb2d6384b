"""Whatever a mention may hold, for property tests."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from engine.classification import Classification
from engine.mention import KINDS, Author, Mention, Metrics, Place

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
MAYBE = st.none() | WORDS
COUNTS = st.none() | st.integers(0, 2**63 - 1)
INSTANTS = st.integers(-(10**15), 10**16).map(
    lambda us: datetime(2026, 3, 2, tzinfo=UTC) + timedelta(microseconds=us)
)
SCORES = st.floats(0, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=3)
CLASSIFICATIONS = st.builds(
    Classification,
    WORDS,
    WORDS,
    SCORES,
    st.dictionaries(WORDS, SCORES, max_size=3),
    WORDS,
    st.just(""),
)
MENTIONS = st.builds(
    Mention,
    id=WORDS,
    source=WORDS,
    external_id=WORDS,
    text=WORDS.filter(str.strip),
    published_at=INSTANTS,
    kind=st.sampled_from(KINDS),
    language=st.sampled_from([None, "en", "fr"]),
    observed_at=st.none() | INSTANTS,
    url=MAYBE,
    links=st.lists(WORDS, max_size=2).map(tuple),
    hashtags=st.lists(st.sampled_from(["acme", "été"]), max_size=2).map(tuple),
    brand=MAYBE,
    in_reply_to=MAYBE,
    media=st.lists(WORDS | OBJECTS, max_size=2).map(tuple),
    place=st.none() | st.builds(Place, MAYBE, MAYBE),
    author=st.builds(
        Author,
        *(MAYBE, MAYBE, MAYBE, COUNTS),
        *(st.none() | st.booleans(), st.none() | INSTANTS, st.sampled_from([None, "fr"])),
    ),
    metrics=st.builds(Metrics, COUNTS, COUNTS, COUNTS, COUNTS),
    classifications=st.lists(CLASSIFICATIONS, max_size=2, unique_by=lambda one: one.task).map(
        tuple
    ),
)
