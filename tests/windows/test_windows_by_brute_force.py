"""Windows against the plainest way to judge them: everything anew at every step and mention."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from stories import START, Story, said

from engine.policy import Facts

STEP = 2  # seconds: a window of two minutes in sixty steps
OVER = 120
LATENESS = 120
POLICY = """policy: p
rules:
  - id: surge
    when: {{sentiment: negative}}
    window: {{over: 2m, by: [brand], having: {having}}}
{rest}"""
HAVINGS = [
    "{count: {at_least: 4}}",
    "{distinct: {field: author.id, at_least: 3}}",
    "{sum: {field: metrics.reach, at_least: 25}}",
    "{percentile: {field: metrics.reach, rank: 50%, at_least: 6}}",
    "{share: {at_least: 60%, min_total: 3}}",
    "{share: {at_least: 35%, min_total: 3, bound: lower}}",
    "{count: {at_least: 3}, share: {at_least: 50%, min_total: 2}}",
    "{any: [{count: {at_least: 6}}, {distinct: {field: source, at_least: 2}}]}",
    "{count: {at_least: 2}, not: {share: {at_least: 70%, min_total: 2}}}",
    "{count: {at_most: 2}}",
]
RESTS = [
    "",
    "    for: 10s\n",
    "    resolve: {below: 50%, for: 20s}\n",
    "    for: 6s\n    resolve: {for: 8s}\n",
]


@dataclass(frozen=True)
class Given:
    """One mention of a random stream."""

    at: int
    label: str
    brand: str
    author: str
    reach: int | None
    source: str


def streams(*, disorder):
    """Random streams of two keys, in order or with late ones."""
    one = st.builds(
        Given,
        at=st.integers(0, 600),
        label=st.sampled_from(["negative", "negative", "positive"]),
        brand=st.sampled_from(["a", "b"]),
        author=st.sampled_from(["1", "2", "3", "4"]),
        reach=st.one_of(st.none(), st.integers(0, 12)),
        source=st.sampled_from(["x", "y"]),
    )
    many = st.lists(one, max_size=60)
    return many if disorder else many.map(lambda found: sorted(found, key=lambda each: each.at))


def written(number, one):
    """Return the mention of a random stream's entry."""
    from engine.mention import Metrics  # noqa: PLC0415

    return said(
        one.at,
        one.label,
        number=f"m{number}",
        brand=one.brand,
        author_id=one.author,
        source=one.source,
        metrics=Metrics(reach=one.reach),
    )


# --- the plain way ------------------------------------------------------------------------------


def inside(held, now):
    """Return what the window of an instant holds."""
    newest = now // STEP
    return [one for one in held if newest - 60 < one.at // STEP <= newest]


def value(name, spec, held):  # noqa: PLR0911 - a measure a return
    """Return a measure of what a window holds, by its definition."""
    counted = [one for one in held if one.label == "negative"]
    if name == "count":
        return len(counted)
    if name == "distinct":
        field = {"author.id": "author", "source": "source"}[spec["field"]]
        return len({getattr(one, field) for one in counted})
    reaches = sorted(one.reach for one in counted if one.reach is not None)
    if name == "sum":
        return sum(reaches)
    if name == "percentile":
        return reaches[max(math.ceil(0.5 * len(reaches)), 1) - 1] if reaches else None
    if not held or len(held) < spec.get("min_total", 0):
        return None
    share, whole, z = len(counted) / len(held), len(held), 1.959963984540054
    if spec.get("bound") == "lower":
        middle = share + z * z / (2 * whole)
        half = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
        return (middle - half) / (1 + z * z / whole)
    return share


def reached(spec, found, share=1.0):
    """Say whether a value reaches a share of its thresholds; None where it cannot be told."""
    if found is None:
        return None
    low, high = spec.get("at_least"), spec.get("at_most")
    if low is not None and found < low * share:
        return False
    return high is None or found <= high / share


def held(having, mentions):
    """Say whether what is asked for holds, three-valued."""
    if isinstance(having, list):
        return every([held(one, mentions) for one in having])
    found = []
    for name, spec in having.items():
        if name == "any":
            inner = [held(one, mentions) for one in spec]
            found.append(True if True in inner else None if None in inner else False)
        elif name == "not":
            inner = held(spec, mentions)
            found.append(None if inner is None else not inner)
        else:
            found.append(reached(spec, value(name, spec, mentions)))
    return every(found)


def every(found):
    """Combine three-valued answers that must all hold."""
    return False if False in found else None if None in found else True


def is_low(having, mentions, below, *, whole):
    """Say whether no measure outside a `not` reaches its share, nor the whole with one inside."""
    for name, spec in having.items():
        if name == "any":
            if not all(is_low(one, mentions, below, whole=False) for one in spec):
                return False
        elif name != "not" and reached(spec, value(name, spec, mentions), below):
            return False
    return not (whole and "not" in having and held(having, mentions))


def plainly(having, stream, *, hold, low, below, until):
    """Return the firings of each key, judged at every step and at every mention, and in between."""
    found = []
    for key in sorted({one.brand for one in stream}):
        mine = [one for one in stream if one.brand == key]
        first = next((at for at, one in enumerate(mine) if one.label == "negative"), None)
        if "share" not in json.dumps(having):
            mine = [] if first is None else mine[first:]
        if mine:
            found += _of_key(key, having, mine, hold=hold, low=low, below=below, until=until)
    return sorted(found, key=str)


def _of_key(key, having, mine, *, hold, low, below, until):
    begin = mine[0].at
    instants = [(at, None) for at in range(begin // STEP * STEP + STEP, until + 1, STEP)]
    instants += [(one.at, number) for number, one in enumerate(mine)]
    instants.sort(key=lambda one: (one[0], one[1] is not None, one[1] or 0))
    since = opened = quiet = None
    found, seen = [], []
    for at, number in instants:
        # What lasted long enough between two looks did so: nothing changed in between.
        if opened is None and since is not None and since + hold < at:
            opened, quiet = since + hold, None
        elif opened is not None and quiet is not None and quiet + low < at:
            found.append((key, opened, quiet + low))
            opened = quiet = since = None
        if number is not None:
            seen.append(mine[number])
        mentions = inside(seen, at)
        holds = held(having, mentions) is True
        since = (at if since is None else since) if holds else None
        if opened is None:
            if since is not None and at >= since + hold:
                opened, quiet = since + hold, None
            continue
        if low is None:
            ended = None if holds else at
        else:
            quiet = (
                (quiet if quiet is not None else at)
                if is_low(having, mentions, below, whole=True)
                else None
            )
            ended = quiet + low if quiet is not None and at >= quiet + low else None
        if ended is not None:
            found.append((key, opened, ended))
            opened, quiet, since = None, None, at if holds else None
    return [*found, *([(key, opened, None)] if opened is not None else [])]


TERMS = {
    "": {"hold": 0, "low": None, "below": 1.0},
    RESTS[1]: {"hold": 10, "low": None, "below": 1.0},
    RESTS[2]: {"hold": 0, "low": 20, "below": 0.5},
    RESTS[3]: {"hold": 6, "low": 8, "below": 1.0},
}


def spec_of(having):
    """Return a `having` as JSON has it, thresholds as numbers."""
    import yaml  # noqa: PLC0415

    def plain(node):
        if isinstance(node, dict):
            return {key: plain(one) for key, one in node.items()}
        if isinstance(node, list):
            return [plain(one) for one in node]
        return float(node[:-1]) / 100 if isinstance(node, str) and node.endswith("%") else node

    return plain(yaml.safe_load(having))


_EARLY = Given(0, "negative", "a", "1", None, "x")


@example(  # lasts ten seconds to an instant at which nobody looks, and not to the next one
    stream=[*[_EARLY] * 9, *[replace(_EARLY, at=at) for at in (18, 18, 127)]],
    having="{share: {at_least: 60%, min_total: 3}}",
    rest=RESTS[1],
)
@settings(max_examples=100, deadline=None)
@given(streams(disorder=False), st.sampled_from(HAVINGS), st.sampled_from(RESTS))
def test_firings_equal_those_of_judging_everything_anew(stream, having, rest):
    story = Story(POLICY.format(having=having, rest=rest))
    story.tell(*[written(number, one) for number, one in enumerate(stream)]).wait(1_000)

    found = [
        (match.firing.key["brand"], match.firing.opened_at, match.firing.resolved_at)
        for _, match in story.happened
    ]
    ended = {(key, opened) for key, opened, resolved in found if resolved is not None}
    spans = [
        (key, _seconds(opened), resolved and _seconds(resolved))
        for key, opened, resolved in found
        if resolved is not None or (key, opened) not in ended
    ]
    assert sorted(spans, key=str) == plainly(spec_of(having), stream, until=1_000, **TERMS[rest])
    assert not story.faults


def _seconds(at):
    return int((at - START).total_seconds())


@settings(max_examples=60, deadline=None)
@given(streams(disorder=True), st.sampled_from(HAVINGS[:6]))
def test_measures_equal_brute_force_with_lateness_and_disorder(stream, having):
    story = Story(POLICY.format(having=having, rest=""))
    spec = spec_of(having)
    name = next(iter(spec))
    reached_by, admitted, now = {}, {}, {}
    for number, one in enumerate(stream):
        mention = written(number, one)
        story.tell(mention)
        known = reached_by.get(one.source)
        is_late = known is not None and one.at < known - LATENESS
        reached_by[one.source] = max(one.at, known if known is not None else one.at)
        if is_late:
            assert all(
                held.by == "late" for each in story.decided[-1].decisions for held in each.held_back
            )
            continue
        admitted.setdefault(one.brand, []).append(one)
        facts = Facts(mention, mention.classifications)
        (view,) = story.windows.over_time.look("p", "surge", facts)
        # What is neither counted nor part of a whole is nothing to the rule, its time neither.
        moves = one.at if one.label == "negative" or name == "share" else 0
        now[one.brand] = max(now.get(one.brand, 0), moves)
        state_at = max(now[one.brand], one.at)  # a look is one at the mention's instant
        floor = story.windows.watermark
        state_at = max(state_at, _seconds(floor)) if floor is not None else state_at
        wanted = value(name, spec[name], inside(admitted[one.brand], state_at))
        counted_any = any(
            each.label == "negative" for each in inside(admitted[one.brand], state_at)
        )
        if counted_any or name == "share":
            assert view.measured[0].value == wanted or math.isclose(
                view.measured[0].value, wanted, abs_tol=1e-12
            )


@settings(max_examples=40, deadline=None)
@given(
    streams(disorder=True),
    st.sampled_from(HAVINGS),
    st.sampled_from(RESTS),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_killed_at_any_point_the_engine_goes_on_to_the_same_firings(stream, having, rest, kills):
    policy = POLICY.format(having=having, rest=rest)
    mentions = [written(number, one) for number, one in enumerate(stream)]
    whole = Story(policy).tell(*mentions).wait(1_000)
    parted = Story(policy)
    for number, one in enumerate(mentions):
        if number in kills:
            parted.restart()
        parted.tell(one)
    parted.restart().wait(1_000)

    assert parted.timeline() == whole.timeline()
    assert [d.mention for d, _ in parted.happened] == [d.mention for d, _ in whole.happened]
