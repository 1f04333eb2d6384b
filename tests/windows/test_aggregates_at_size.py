"""How aggregates behave once exactness would cost too much, and where arithmetic is delicate."""

import json
import math
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.windows.aggregates import (
    SlidingDistinct,
    SlidingPercentile,
    SlidingShare,
    SlidingSum,
)

SIGMA = 0.01625  # of HyperLogLog with 4,096 registers: 1.04 / sqrt(4096)
GRID = 1 / 128


def people(seed, count, crowd):
    draw = random.Random(seed)
    return [(draw.randrange(60), f"u{draw.randrange(crowd)}") for _ in range(count)]


def distinct_of(pairs):
    aggregate = SlidingDistinct()
    for bucket, value in pairs:
        aggregate.add(bucket, value)
    return aggregate


def test_distinct_is_exact_to_a_thousand_and_does_not_jump_beyond():
    aggregate = SlidingDistinct()
    for number in range(3_000):
        aggregate.add(number // 50, f"u{number}")
        expected = number + 1
        if expected <= 1_000:
            assert aggregate.reading() == expected
        else:
            assert aggregate.reading() == pytest.approx(expected, rel=4 * SIGMA)


@given(st.integers(0, 10_000), st.integers(1_500, 40_000))
@settings(max_examples=15, deadline=None)
def test_a_sketched_window_slides_within_its_error_until_it_is_empty(seed, crowd):
    pairs = people(seed, 8_000, crowd)
    aggregate = distinct_of(pairs)
    for floor in range(0, 61, 5):
        aggregate.drop_before(floor)
        truth = len({value for bucket, value in pairs if bucket >= floor})
        assert aggregate.reading() == pytest.approx(truth, rel=5 * SIGMA, abs=1)
    aggregate.add(70, "u1")
    assert aggregate.reading() == 1
    assert aggregate.snapshot() == ["distinct", 60, [[70, ["u1"]]]]


@given(st.integers(0, 10_000), st.integers(0, 6_000))
@settings(max_examples=15, deadline=None)
def test_a_sketched_window_goes_on_from_a_snapshot_as_if_never_stopped(seed, cut):
    pairs = people(seed, 6_000, 5_000)
    whole, before = distinct_of(pairs[:cut]), distinct_of(pairs[:cut])
    before.reading()
    after = SlidingDistinct.resume(json.loads(json.dumps(before.snapshot())))
    for bucket, value in pairs[cut:]:
        whole.add(bucket, value)
        after.add(bucket, value)
    for floor in (0, 20, 50):
        whole.drop_before(floor)
        after.drop_before(floor)
        assert after.reading() == whole.reading()
        assert after.snapshot() == whole.snapshot()


@given(st.integers(0, 10_000), st.permutations(range(4)))
@settings(max_examples=15, deadline=None)
def test_sketched_parts_merge_in_any_order_to_one_reading(seed, order):
    pairs = people(seed, 8_000, 6_000)
    parts = [distinct_of(pairs[at::4]) for at in range(3)]
    parts.append(distinct_of(pairs[3:1_000:4]))  # few enough to be exact
    merged = SlidingDistinct()
    for at in order:
        merged.merge(parts[at])
    grouped = SlidingDistinct.resume(parts[0].snapshot())
    right = SlidingDistinct.resume(parts[3].snapshot())
    right.merge(parts[2])
    right.merge(parts[1])
    grouped.merge(right)
    assert merged.reading() == grouped.reading()
    assert merged.newest() == 59


def test_a_sketch_that_has_left_the_other_side_leaves_nothing_behind():
    merged = SlidingDistinct()
    merged.drop_before(100)
    merged.merge(distinct_of(people(1, 3_000, 3_000)))
    assert merged.snapshot() == SlidingDistinct.resume(["distinct", 100, []]).snapshot()
    assert (merged.reading(), merged.oldest(), merged.newest()) == (0, None, None)


def nearest_rank(values, rank):
    return sorted(values)[max(math.ceil(rank * len(values) - 1e-9), 1) - 1]


@pytest.mark.parametrize("rank", [0.0, 0.07, 0.5, 0.95, 1.0])
@given(seed=st.integers(0, 10_000), spread=st.sampled_from([0.1, 2.0, 6.0]))
@settings(max_examples=10, deadline=None)
def test_a_percentile_of_many_values_is_within_its_error_and_near_zero_too(rank, seed, spread):
    draw = random.Random(seed)
    aggregate, held = SlidingPercentile(rank), []
    for number in range(1_500):
        sign = draw.choice([-1, 0, 1, 1])
        held.append((number // 25 - draw.randrange(5), sign * draw.lognormvariate(3, spread)))
        aggregate.add(*held[-1])
        if number % 25 == 0:
            aggregate.drop_before(number // 25 - 30)
            held = [pair for pair in held if pair[0] >= number // 25 - 30]
        truth = nearest_rank([value for _, value in held], rank)
        assert aggregate.reading() == pytest.approx(truth, rel=GRID)


def test_a_percentile_is_exact_again_once_its_rounded_values_have_left():
    aggregate = SlidingPercentile(0.5)
    for number in range(1_000):
        aggregate.add(0, number + 0.123)
    aggregate.add(1, 7.003)
    assert aggregate.reading() == pytest.approx(500.123, rel=GRID)
    aggregate.drop_before(1)
    assert aggregate.reading() == 7.003
    assert aggregate.snapshot() == ["percentile", 0.5, 1, 256, [[7.003, 1, 1]]]


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(-1e9, 1e9)), min_size=300, max_size=400))
@settings(max_examples=30, deadline=None)
def test_rounded_parts_of_a_stream_merge_within_the_error_and_resume_as_they_were(pairs):
    parts = [SlidingPercentile(0.9) for _ in range(2)]
    for number, (bucket, value) in enumerate(pairs):
        parts[number % 7 == 0].add(bucket, value)
    parts[0].merge(parts[1])
    truth = nearest_rank([value for _, value in pairs], 0.9)
    assert parts[0].reading() == pytest.approx(truth, rel=GRID)
    again = SlidingPercentile.resume(json.loads(json.dumps(parts[0].snapshot())))
    assert (again.reading(), again.snapshot()) == (parts[0].reading(), parts[0].snapshot())


def test_seven_percent_of_a_hundred_is_the_seventh():
    aggregate = SlidingPercentile(0.07)
    for number in range(1, 101):
        aggregate.add(0, number)
    assert aggregate.reading() == 7


def test_percentiles_of_two_ranks_do_not_merge():
    with pytest.raises(ValueError, match=r"rank 0\.9 is none of rank 0\.5"):
        SlidingPercentile(0.5).merge(SlidingPercentile(0.9))


def test_a_sum_comes_back_to_nothing_whatever_stood_beside_it():
    aggregate = SlidingSum()
    aggregate.add(1, 0.1)
    aggregate.add(2, 1e300)
    aggregate.add(3, 0.2)
    aggregate.add(2, -1e300)
    assert aggregate.reading() == 0.1 + 0.2
    aggregate.drop_before(3)
    assert aggregate.reading() == 0.2
    aggregate.drop_before(4)
    assert aggregate.reading() == 0


def test_values_that_are_not_finite_add_nothing_and_a_sum_too_large_is_infinite():
    total, middle = SlidingSum(), SlidingPercentile(0.5)
    for value in (math.inf, -math.inf, math.nan):
        total.add(0, value)
        middle.add(0, value)
    assert (total.reading(), total.newest()) == (0, None)
    assert middle.reading() is None
    total.add(0, 1.7e308)
    total.add(1, 1.7e308)
    assert total.reading() == math.inf


# Method 3 of table I in R. G. Newcombe, Two-sided confidence intervals for the single proportion,
# Statistics in Medicine 17, 1998.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(part, whole, low, high):
    aggregate = SlidingShare()
    for number in range(whole):
        aggregate.add(number % 7, (number < part, True))
    assert aggregate.reading() == part / whole
    assert (aggregate.part, aggregate.whole) == (part, whole)
    assert aggregate.lower() == pytest.approx(low, abs=5e-5)
    assert aggregate.upper() == pytest.approx(high, abs=5e-5)


def test_a_share_of_nothing_cannot_be_told():
    aggregate = SlidingShare()
    aggregate.add(0, (True, False))
    assert (aggregate.reading(), aggregate.lower(), aggregate.upper()) == (None, None, None)


PROCESS = """
import json, sys
from engine.windows.aggregates import AGGREGATES
for kind, make in sorted(AGGREGATES.items()):
    one = make()
    for n in range(3000):
        value = (n % 3 == 0, True) if kind == "share" else n * 7919 % 3001 + 0.1
        one.add(n // 50 - n % 7, value)
    one.drop_before(20)
    print(json.dumps([one.reading(), one.snapshot()]))
"""


def test_two_processes_write_the_same_bytes():
    runs = [
        subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout != b""
