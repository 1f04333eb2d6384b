"""What every registered aggregate promises, whatever it measures."""

import json
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.windows.aggregates import AGGREGATES

KINDS = sorted(AGGREGATES)
every_aggregate = pytest.mark.parametrize("kind", KINDS)
numbers = st.one_of(
    st.integers(-50, 50), st.sampled_from([0.1, 0.2, -0.3, 1e9]), st.floats(-1e6, 1e6)
)
VALUES = {
    "count": st.none(),
    "distinct": st.sampled_from("abcdefé"),
    "percentile": numbers,
    "share": st.tuples(st.booleans(), st.booleans()),
    "sum": numbers,
}
FOREIGN = [
    None,
    7,
    "count",
    [],
    {},
    ["other", None],
    ["count", None, 3],
    ["count", 0.5],
    ["sum", None, 1, "1/0"],
    ["sum", None, 1, "x"],
    ["sum", None, "1", 1],
    ["share", None, 1, None],
    ["distinct", None, [[1]]],
    ["distinct", None, [["1", ["a"]]]],
    ["distinct", None, [[1, "no sketch"]]],
    ["percentile", None, None, 256, []],
    ["percentile", 0.5, None, 256, [["x", 1, 1]]],
    ["percentile", 0.5, None, 256, [[1.0, 1]]],
]


def nearest_rank(values, rank=Fraction(1, 2)):
    return sorted(values)[max(math.ceil(rank * len(values)), 1) - 1] if values else None


def share(pairs):
    whole = sum(in_whole for _, in_whole in pairs)
    return sum(in_part for in_part, _ in pairs) / whole if whole else None


BRUTE = {
    "count": len,
    "distinct": lambda values: len(set(values)),
    "percentile": nearest_rank,
    "share": share,
    "sum": lambda values: float(sum(map(Fraction, values))),
}


class Brute:
    """Every value that is held, in a list."""

    def __init__(self, kind):
        self.kind, self.held, self.floor = kind, [], -math.inf

    def add(self, bucket, value):
        if bucket >= self.floor:
            self.held.append((bucket, value))

    def drop_before(self, bucket):
        self.floor = max(self.floor, bucket)
        self.held = [pair for pair in self.held if pair[0] >= self.floor]

    def reading(self):
        return BRUTE[self.kind]([value for _, value in self.held])


def steps_of(kind):
    """Buckets forward and back, now and then one that is dropped: late values and later ones."""
    bucket = st.integers(-3, 12)
    return st.lists(
        st.one_of(
            st.tuples(st.just("add"), bucket, VALUES[kind]),
            st.tuples(st.just("add"), bucket, VALUES[kind]),
            st.tuples(st.just("add"), bucket, VALUES[kind]),
            st.tuples(st.just("drop"), bucket, st.none()),
        ),
        max_size=40,
    )


streams = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), steps_of(kind)))


def do(aggregate, step):
    what, bucket, value = step
    if what == "add":
        aggregate.add(bucket, value)
    else:
        aggregate.drop_before(bucket)


@given(streams)
@settings(max_examples=300, deadline=None)
def test_every_reading_is_what_counting_all_that_is_held_says(stream):
    kind, steps = stream
    aggregate, brute = AGGREGATES[kind](), Brute(kind)
    for step in steps:
        do(aggregate, step)
        do(brute, step)
        assert aggregate.reading() == brute.reading()
        buckets = [bucket for bucket, _ in brute.held]
        assert aggregate.newest() == max(buckets, default=None)
        assert (aggregate.oldest() is None) == (not buckets)


@given(streams)
@settings(max_examples=200, deadline=None)
def test_dropping_what_is_before_the_oldest_bucket_changes_no_reading(stream):
    kind, steps = stream
    aggregate = AGGREGATES[kind]()
    for step in steps:
        do(aggregate, step)
    oldest, before = aggregate.oldest(), aggregate.reading()
    if oldest is not None:
        aggregate.drop_before(oldest)
        assert (aggregate.oldest(), aggregate.reading()) == (oldest, before)


@given(streams, st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_going_on_from_a_snapshot_changes_nothing(stream, cut):
    kind, steps = stream
    whole, before = AGGREGATES[kind](), AGGREGATES[kind]()
    for step in steps:
        do(whole, step)
    for step in steps[:cut]:
        do(before, step)
    after = AGGREGATES[kind].resume(json.loads(json.dumps(before.snapshot())))
    assert after.snapshot() == before.snapshot()
    for step in steps[cut:]:
        do(after, step)
    assert json.dumps(after.snapshot()) == json.dumps(whole.snapshot())
    assert after.reading() == whole.reading()
    assert (after.oldest(), after.newest()) == (whole.oldest(), whole.newest())


@given(streams, st.data())
@settings(max_examples=300, deadline=None)
def test_the_parts_of_a_stream_merge_in_any_order_and_grouping(stream, data):
    kind, steps = stream
    whole, parts = AGGREGATES[kind](), [AGGREGATES[kind]() for _ in range(4)]
    floor = max((bucket for what, bucket, _ in steps if what == "drop"), default=-5)
    whole.drop_before(floor)
    for step in steps:
        do(whole, step)
        do(parts[data.draw(st.integers(0, 3))], step)
    whole.drop_before(floor)
    parts[0].drop_before(floor)
    one, two, three, four = data.draw(st.permutations(parts))
    untouched = four.snapshot()
    three.merge(four)
    one.merge(two)
    one.merge(three)
    assert one.reading() == whole.reading()
    assert json.dumps(one.snapshot()) == json.dumps(whole.snapshot())
    assert four.snapshot() == untouched


@every_aggregate
def test_a_dropped_bucket_takes_no_late_value_and_a_lower_drop_changes_nothing(kind):
    value = {"distinct": "a", "percentile": 1, "share": (True, True), "sum": 1}.get(kind)
    aggregate = AGGREGATES[kind]()
    aggregate.add(5, value)
    aggregate.drop_before(5)
    before = aggregate.snapshot()
    aggregate.add(4, value)
    aggregate.drop_before(3)
    assert aggregate.snapshot() == before
    assert (aggregate.oldest(), aggregate.newest()) == (5, 5)


@every_aggregate
@pytest.mark.parametrize("piece", FOREIGN, ids=json.dumps)
def test_a_piece_of_another_kind_or_shape_is_refused(kind, piece):
    with pytest.raises(ValueError, match=r".+"):
        AGGREGATES[kind].resume(piece)


@every_aggregate
def test_a_snapshot_resumes_as_its_own_kind_alone(kind):
    piece = AGGREGATES[kind]().snapshot()
    for other in set(KINDS) - {kind}:
        with pytest.raises(ValueError, match=r".+"):
            AGGREGATES[other].resume(piece)
