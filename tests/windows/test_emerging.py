"""Terms that emerge: the window against brute force, and stories in which they should and not."""

import json
import math
import random
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.policy.shapes_windows import EmergingOf
from engine.testing import mention
from engine.windows.emerging import EmergingTerms, log10_tail
from engine.windows.terms import terms_of

STEP = timedelta(minutes=1)
HOUR = 60
DAY = 24 * HOUR

sets = st.frozensets(st.sampled_from("abcdef"), max_size=4).map(sorted)
streams = st.lists(
    st.tuples(st.integers(0, 30), sets, st.sampled_from([None, "zoe", "tom"])), max_size=60
)


def state(**fields):
    return EmergingTerms(STEP, **{"buckets": HOUR, "least": 2, **fields})


def filled(stream, **fields):
    made = state(**fields)
    for bucket, terms, *author in stream:
        made.add(bucket, terms, author=author[0] if author else None)
    return made


def live(stream, *, at_least=15, frozen=lambda bucket: False):
    """Run a stream as a runner does; return the state, and each bucket's emerging terms."""
    made, told = state(least=at_least), {}
    for bucket, terms in sorted(stream, key=lambda one: one[0]):
        made.drop_before(bucket - HOUR + 1, frozen=frozen(bucket))
        made.add(bucket, terms)
        told[bucket] = [one.term for one in made.emerging(at_least)]
    return made, told


@given(streams, st.integers(0, 31))
@settings(max_examples=80, deadline=None)
def test_the_window_counts_as_brute_force_does_in_any_order(stream, begin):
    made = filled(stream)
    made.drop_before(begin)

    kept = [(bucket, terms) for bucket, terms, _ in stream if bucket >= begin]
    counts = Counter(term for _, terms in kept for term in terms)
    window = made.snapshot()["window"]
    assert made.mentions == len(kept)
    assert sum((Counter(terms) for _, _, terms, _ in window), Counter()) == counts
    assert made._counts == counts
    assert made._frequent == {term for term, times in counts.items() if times >= 2}


@given(streams, streams, streams, st.randoms())
@settings(max_examples=60, deadline=None)
def test_merging_is_associative_and_its_order_does_not_matter(one, two, three, dice):
    parts = [one, two, three]

    def part(stream):
        made = filled(stream)
        made.drop_before(15)
        return made

    def merged(order):
        made = state()
        for stream in order:
            made.merge(part(stream))
        return made.snapshot()

    nested, last = part(one), part(two)
    last.merge(part(three))
    nested.merge(last)
    whole = part(sorted([*one, *two, *three], key=lambda said: dice.random()))

    shuffled = dice.sample(parts, 3)
    assert merged(parts) == merged(shuffled) == nested.snapshot() == whole.snapshot()


@given(streams, streams, st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_going_on_from_a_snapshot_changes_nothing(before, after, begin):
    made, resumed = filled(before), state()
    made.drop_before(begin, frozen=True)
    resumed.resume(json.loads(json.dumps(made.snapshot())))

    for one in (made, resumed):
        for bucket, terms, author in after:
            one.add(max(bucket, begin), terms, author=author)
        one.drop_before(begin + 3)

    assert resumed.snapshot() == made.snapshot()
    assert resumed.emerging() == made.emerging()


def test_a_snapshot_of_another_step_is_refused():
    other = EmergingTerms(2 * STEP, buckets=HOUR, least=2)
    with pytest.raises(ValueError, match="buckets of 120s, not of 60s"):
        state().resume(other.snapshot())


@pytest.mark.parametrize(
    ("count", "of", "before", "mentions"), [(3, 10, 1, 11), (15, 60, 2, 400), (40, 40, 1, 60)]
)
def test_the_chance_is_the_upper_tail_of_a_beta_binomial(count, of, before, mentions):
    def rising(start, steps):
        return math.prod(range(start, start + steps))

    exact = sum(
        Fraction(
            math.comb(of, hits) * rising(before, hits) * rising(mentions - before, of - hits),
            rising(mentions, of),
        )
        for hits in range(count, of + 1)
    )
    found = log10_tail(count, of, before, mentions=mentions)
    assert found == pytest.approx(math.log10(exact), abs=1e-9)


EN = (
    "love my new {}",
    "the {} looks great on the road",
    "where can I buy a {} in {}",
    "my {} arrived late in {}",
    "anyone tried the {} for commuting in {}",
    "shop in {} had no {} left",
)
FR = (
    "j'adore mon nouveau {}",
    "le {} est superbe sur la route",
    "où acheter un {} à {}",
    "mon {} est arrivé en retard à {}",
    "quelqu'un a essayé le {} pour aller au travail à {}",
    "plus de {} en boutique à {}",
)
THINGS = [
    "saddle",
    "frame",
    "helmet",
    "wheel",
    "basket",
    "light",
    "lock",
    "pedal",
    "brake",
    "cadre",
    "casque",
    "panier",
]
TOWNS = ["Lyon", "Paris", "Lille", "London", "Leeds", "York", "Nantes", "Bristol"]
FIRE = {
    "en": (
        "my battery caught fire in {}",
        "the battery is on fire, smoke everywhere in {}",
        "fire from a bike battery in {}, be careful",
    ),
    "fr": (
        "la batterie a pris feu à {}",
        "batterie en feu, incendie dans l'immeuble à {}",
        "incendie à {} à cause d'une batterie",
    ),
}


def ordinary(dice, language):
    text = dice.choice(FR if language == "fr" else EN)
    return text.format(dice.choice(THINGS), dice.choice(TOWNS))


def said(text, language):
    return terms_of(mention(text, language=language, brand="veloce"), EmergingOf.TERMS)


def story(days, *, crisis_at=None, language="en", hours=3, seed=1):
    """One mention every two minutes; in the crisis one more each minute, about a fire."""
    dice = random.Random(seed)
    stream = [
        (bucket, said(ordinary(dice, spoken), spoken))
        for bucket in range(0, int(days * DAY), 2)
        for spoken in [dice.choice(["en", "fr"])]
    ]
    if crisis_at is not None:
        for bucket in range(crisis_at, crisis_at + hours * HOUR):
            text = dice.choice(FIRE[language]).format(dice.choice(TOWNS))
            stream.append((bucket, said(text, language)))
    return stream


def test_ordinary_words_do_not_emerge_from_a_new_keys_first_mentions():
    _, told = live(story(2))

    assert {term for terms in told.values() for term in terms} == set()


def test_while_there_is_no_past_the_reading_is_unknown():
    made, _ = live(story(0.05))
    assert made.reading() is None

    made, _ = live(story(1))
    assert made.reading() == 0.0


@pytest.mark.parametrize(
    ("language", "words"), [("en", {"battery", "fire"}), ("fr", {"batterie", "incendie"})]
)
def test_a_fire_surfaces_before_any_rule_names_it(language, words):
    onset = 2 * DAY
    _, told = live(story(2.2, crisis_at=onset, language=language))

    for word in words:
        first = min(bucket for bucket, terms in told.items() if word in terms)
        assert onset < first <= onset + 40
    ordinary_words = {"saddle", "casque", "lyon", "road", "route"}
    assert not ordinary_words & {term for terms in told.values() for term in terms}


def test_what_emerges_says_what_was_expected_and_that_it_is_new():
    made, _ = live(story(2, crisis_at=2 * DAY - HOUR, hours=1))

    (first, *_) = made.emerging(15)
    assert (first.term, first.is_new) == ("battery", True)
    assert first.count == made.reading(15) >= 55
    assert first.expected < 1
    assert 4 <= first.score <= 300


def test_a_word_of_every_day_that_triples_emerges_though_it_is_not_new():
    dice = random.Random(3)
    stream = story(2)
    for bucket in range(2 * DAY - HOUR, 2 * DAY):
        stream += [(bucket, said(f"the brake of my bike, {dice.random()}", "en"))]
    made, _ = live(stream)

    (found,) = [one for one in made.emerging(15) if one.term == "brake"]
    assert not found.is_new
    assert found.count > 3 * found.expected


def test_a_crisis_does_not_teach_until_it_has_lasted_a_day():
    onset, hours = 2 * DAY, 40
    stream = story(4, crisis_at=onset, hours=hours)

    made, _ = live(stream, frozen=lambda bucket: onset + 20 <= bucket < onset + 20 * HOUR)
    assert made._past.most("battery") > 20 * HOUR

    made, _ = live(
        [one for one in stream if one[0] < onset + 20 * HOUR],
        frozen=lambda bucket: bucket >= onset + 20,
    )
    assert made._past.most("battery") == made._past.floor < 30

    made, _ = live(stream, frozen=lambda bucket: bucket >= onset + 20)
    learnt = made._past.most("battery") * made._past.seen / made._past.mentions
    assert 15 * HOUR < learnt < 18 * HOUR


def test_the_past_is_of_bounded_size_and_never_told_too_small():
    dice = random.Random(5)
    made, truth = state(kept=50), Counter()
    for bucket in range(3 * HOUR):
        terms = sorted({f"w{int(dice.paretovariate(0.6))}" for _ in range(10)})
        truth.update(terms)
        made.add(bucket, terms)
    made.drop_before(3 * HOUR)

    assert len(made.snapshot()["past"]["counts"]) <= 100
    # Weights lie within one and two: the half-life is far longer than this stream.
    weight = made._past.mentions / (3 * HOUR)
    assert all(made._past.most(term) >= 0.99 * times * weight for term, times in truth.items())


@pytest.mark.parametrize(
    ("authors", "is_crowd"), [(1, False), (5, False), (100, True), (300, True)]
)
def test_a_burst_that_is_one_author_is_not_a_crowd(authors, is_crowd):
    made = filled((bucket, said("new saddle", "en")) for bucket in range(4 * HOUR))
    made.drop_before(3 * HOUR)

    for number in range(300):
        made.add(3 * HOUR + number // 6, ["fire"], author=f"u{number % authors}")

    found = [one.term for one in made.emerging() if one.term == "fire"]
    assert found == (["fire"] if is_crowd else [])


def test_a_key_without_mentions_is_idle():
    made = filled([(1, ["a"])])
    assert not made.is_idle
    made.drop_before(2)
    assert made.is_idle
