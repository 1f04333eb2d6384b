"""Why: what the mentions of an incident have in common, and who is behind them."""

import json
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.incidents import Cause
from engine.incidents.cause_text import cause_sentences
from engine.incidents.likeness import likeness
from engine.incidents.tallies import Distinct, Tally
from engine.mention import Metrics, Place
from engine.testing import NOON, mention


def said(number, text="my battery is on fire", **fields):
    """A mention by an author of its own unless one is named."""
    fields.setdefault("author_id", None)
    fields.setdefault("handle", f"@u{number}")
    published = NOON + timedelta(seconds=number)
    return mention(text, external_id=str(number), published_at=published, **fields)


def cause_of(*found):
    cause = Cause()
    for one in found:
        cause.add(one, [word for word in one.text.split() if len(word) > 3])
    return cause


def names(view, facet):
    return [(one["name"], one["share"]) for one in view[facet]]


def test_it_tells_terms_places_links_and_languages_with_their_shares():
    view = cause_of(
        said(1, hashtags=("recall",), language="en", place=Place("Lyon", "FR")),
        said(2, language="fr", links=("https://www.News.example/a/?utm=1",)),
        said(3, "hello there", language="en", source="rss"),
        said(4, language="en", links=("http://news.example/a",)),
    ).view()

    assert names(view, "terms")[:2] == [("battery", 0.75), ("fire", 0.75)]
    assert names(view, "hashtags") == [("recall", 0.25)]
    assert names(view, "languages") == [("en", 0.75), ("fr", 0.25)]
    assert names(view, "places") == [("Lyon, FR", 0.25)]
    assert names(view, "links") == [("news.example/a", 0.5)]
    assert names(view, "sources") == [("import", 0.75), ("rss", 0.25)]


def test_the_most_reached_come_first_by_reach_then_followers_then_time():
    view = cause_of(
        said(1, followers=900),
        said(2, metrics=Metrics(reach=50)),
        said(3, metrics=Metrics(reach=7), followers=5),
        said(4, followers=900),
    ).view()

    assert view["most_reached"] == [f"import:{number}" for number in (2, 3, 1, 4)]
    assert view["first"] == [f"import:{number}" for number in (1, 2, 3, 4)]


def test_the_most_typical_say_what_most_say_each_in_other_words():
    texts = [
        "battery fire again",
        "battery fire",
        "battery smoke",
        "love this colour",
        "battery fire",
    ]
    view = cause_of(*(said(number, text) for number, text in enumerate(texts))).view()

    assert view["most_typical"][0] in ("import:1", "import:4")
    assert view["most_typical"][-1] == "import:3"
    assert len(view["most_typical"]) == 4


WORDS = [
    "the",
    "my",
    "battery",
    "bike",
    "wheel",
    "burnt",
    "broke",
    "again",
    "today",
    "shop",
    "help",
    "no",
]


@pytest.mark.parametrize(
    ("mentions", "verdict"),
    [
        pytest.param(
            [
                said(n, " ".join(WORDS[n % 7 : n % 7 + 5]) + f" w{n} x{n * 7} y{n}")
                for n in range(40)
            ],
            "crowd",
            id="many authors with words of their own are a crowd",
        ),
        pytest.param(
            [said(n, f"w{n} x{n} y{n}", handle="@loud") for n in range(40)],
            "one_author",
            id="a burst that is one author is not a crowd",
        ),
        pytest.param(
            [
                said(n, f"Boycott them now, they burnt my house! {n} @u{n} https://t.co/{n}")
                for n in range(40)
            ],
            "copies",
            id="one text from many authors is not a crowd",
        ),
        pytest.param([said(n) for n in range(9)], "too_few", id="nine mentions say nothing"),
    ],
)
def test_who_is_behind_it(mentions, verdict):
    assert cause_of(*mentions).view()["crowd"]["verdict"] == verdict


def test_the_same_mention_counted_by_two_rules_is_one():
    one = said(1)

    assert cause_of(one, one).mentions == 1


def test_links_handles_and_numbers_make_no_other_text():
    assert likeness("Help @acme https://a.example 12") == likeness(
        "help @velo https://b.example 13"
    )
    assert likeness("my battery burns") != likeness("what a lovely colour")
    assert likeness("12") != likeness("13")


def test_a_crowd_with_one_vocabulary_does_not_copy_itself():
    drawn = random.Random(7)
    texts = (" ".join(drawn.choices(WORDS, k=12)) for _ in range(500))
    crowd = cause_of(*(said(number, text) for number, text in enumerate(texts))).view()["crowd"]

    assert crowd["verdict"] == "crowd"
    assert crowd["copies"] < 0.05


def test_a_campaign_that_changes_a_word_here_and_there_is_copies():
    text = "please share this now they knew about the fire and said nothing to anybody for {} weeks"
    numbers = ["two", "three", "four", "five", "six"]
    copies = [said(n, text.format(numbers[n % 5])) for n in range(60)]

    assert cause_of(*copies).view()["crowd"]["copies"] > 0.9


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 4))
def test_parts_counted_apart_and_merged_in_any_order_are_the_whole(numbers, parts):
    found = [said(number, f"text {number % 5} alpha beta") for number in dict.fromkeys(numbers)]
    whole = cause_of(*found).view()
    apart = [cause_of(*found[part::parts]) for part in range(parts)]
    for order in (apart, apart[::-1]):
        merged = Cause()
        for one in order:
            merged.merge(Cause.resume(json.loads(json.dumps(one.snapshot()))))
        assert merged.view() == whole


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_restart_in_the_middle_changes_nothing(before, after):
    found = [said(number, f"text {number % 5} alpha beta") for number in range(before + after)]
    parted = Cause.resume(json.loads(json.dumps(cause_of(*found[:before]).snapshot())))
    for one in found[before:]:
        parted.add(one, [word for word in one.text.split() if len(word) > 3])

    assert parted.view() == cause_of(*found).view()


def test_ten_thousand_names_cost_little_and_the_frequent_ones_are_found():
    tally, distinct = Tally(), Distinct()
    for number in range(10_000):
        tally.add(f"rare {number}")
        distinct.add(f"rare {number}")
        if number % 10 == 0:
            tally.add("frequent")

    [top] = tally.top(1)
    assert top.name == "frequent"
    assert 1_000 - 11_000 * 3.5 / 512 <= top.count <= 1_000
    assert abs(distinct.reading() - 10_000) < 1_000
    assert len(tally.snapshot()) < 20_000
    assert len(distinct.snapshot()) < 20_000
    assert Tally.resume(tally.snapshot()).top(1) == [top]


@pytest.mark.parametrize("piece", ["", "AAAA", "é"])
def test_a_foreign_piece_is_refused(piece):
    for kind in (Tally, Distinct):
        with pytest.raises(ValueError, match=r"no snapshot|ascii"):
            kind.resume(piece)


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "2 mention(s) by 2 author(s)."), ("fr", "2 mention(s) de 2 auteur(s).")],
)
def test_it_is_told_in_english_and_french(language, line):
    sentences = cause_sentences(cause_of(said(1), said(2)).view(), language)

    assert sentences[0] == line
    assert any("battery 100%" in one for one in sentences)
    assert len(cause_sentences(Cause().view(), language)) == 1
