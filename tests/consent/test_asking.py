"""Asking not to be written to: heard where it is meant, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.consent import asks_to_stop, is_opt_out
from engine.testing import mention
from tests.consent.asking_corpus import NO, NO_AFTER, YES, YES_AFTER


def texts(*corpora):
    return [
        pytest.param(text, language, id=f"{language}: {text}")
        for corpus in corpora
        for language, found in corpus.items()
        for text in found
    ]


@pytest.mark.parametrize(("text", "language"), texts(YES, YES_AFTER))
def test_a_wish_is_heard(text, language):
    assert asks_to_stop(text, language)
    assert asks_to_stop(text, None)


@pytest.mark.parametrize(("text", "language"), texts(NO, NO_AFTER))
def test_what_is_no_wish_is_not_taken_for_one(text, language):
    assert not asks_to_stop(text, language)


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "it", "pt", "nl", "ar", "hi", None])
def test_stop_alone_is_a_wish_in_every_language(language):
    assert asks_to_stop("STOP", language)
    assert asks_to_stop(" stop!! ", language)


@pytest.mark.parametrize(
    ("text", "at_home", "elsewhere"),
    [("para", "es", "en"), ("halt", "de", "en"), ("bas karo", "hi", "fr")],
)
def test_a_word_that_means_another_thing_elsewhere_counts_at_home_alone(text, at_home, elsewhere):
    assert asks_to_stop(text, at_home)
    assert not asks_to_stop(text, elsewhere)


def test_a_wish_at_the_end_of_a_story_is_not_searched_for():
    assert not asks_to_stop("I bought a bike. " * 40 + "Stop messaging me.", "en")


@pytest.mark.parametrize(
    ("fields", "is_heard"),
    [
        pytest.param({"kind": "message"}, True, id="a message to us"),
        pytest.param({"kind": "comment"}, True, id="a comment under what is ours"),
        pytest.param({"in_reply_to": "9"}, True, id="an answer"),
        pytest.param({}, False, id="said to nobody"),
        pytest.param({"kind": "review"}, False, id="a review of a product"),
    ],
)
def test_a_wish_counts_where_it_is_meant_for_us(fields, is_heard):
    assert is_opt_out(mention("STOP", **fields), ("@acme",)) is is_heard


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        ("@Acme stop messaging me", True),
        ("stop messaging me @acme@example.social", True),
        ("stop messaging me, @acme.", True),
        ("@other stop messaging me", False),
        ("stop messaging me acme", False),
    ],
)
@pytest.mark.parametrize("own", ["@acme", "acme@example.social"])
def test_who_names_our_handle_speaks_to_us(text, is_heard, own):
    if own == "@acme" and "example.social" in text:
        is_heard = False
    assert is_opt_out(mention(text), (own,)) is is_heard


@given(st.text(max_size=700), st.sampled_from([None, "en", "ar", "hi"]))
def test_any_text_is_judged_without_a_fault(text, language):
    assert asks_to_stop(text, language) in (True, False)


@pytest.mark.parametrize(
    ("text", "is_wish"),
    [("stop \ud800", True), ("stop messaging me\x00", True), ("a\ud800b stop", False)],
)
def test_broken_characters_are_no_words(text, is_wish):
    assert asks_to_stop(text, "en") is is_wish


@given(st.sampled_from([text for found in YES.values() for text in found]))
def test_case_does_not_matter(text):
    assert asks_to_stop(text.upper(), None)
    assert asks_to_stop(text.lower(), None)


def test_the_corpus_is_large_enough_to_say_something():
    for texts_of in (YES, NO):
        assert {
            language: len(found) >= (15 if language in ("en", "fr") else 6)
            for language, found in texts_of.items()
        } == dict.fromkeys(YES, True)
