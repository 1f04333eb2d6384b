"""The small print of rules over time: what waits, what is held back, what is put back, what a key is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.incidents import silence
from engine.incidents.silence import Silence
from engine.mention import Author, Metrics
from engine.reasons import Reason
from tests.windows.stories import START, Story, said

HOUR = 3600
RULE = """policy: p
rules:
  - id: r
    when: {sentiment: negative}
"""
PAUSES = "    then: [{incident: {title: t}}, {ads: {do: pause, select: {tag: brand}, restore: on_resolve}}]\n"
THREE = "    window: {over: 1m, by: [brand], having: {count: {at_least: 3}}}\n"


def told(text, *mentions, until=None):
    """Return the timeline of (phase, seconds)."""
    story = Story(text).tell(*mentions).wait(until)
    assert not story.faults
    return [(phase, at) for _, phase, at, _ in story.timeline()]


def held(story):
    """Return what was held back of rules over time: (action, by)."""
    return [(one.action, one.by) for decision, _ in story.happened for one in decision.held_back]


# --- how long -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lasting", "fires"),
    [("57s", True), ("58s", False), ("59s", False)],
    ids=["held to the step", "let go at that step", "one step short"],
)
def test_what_must_hold_a_time_holds_it_exactly(lasting, fires):
    #  seconds 0 1 2 ........ 60     three hold from 2 until the first leaves at 60
    found = told(f"{RULE}{THREE}    for: {lasting}\n", said(0), said(1), said(2))

    assert (found[:1] == [("entered", 2 + 57)]) is fires
    assert bool(found) is fires


def test_what_must_stay_low_resolves_after_exactly_its_time_and_a_rise_begins_it_anew():
    #  0 1 2 -- low from 60 -- 65: high again (2 of the old left by 62, so 3 new) -- low from 125
    text = f"{RULE}{THREE}    resolve: {{below: 100%, for: 10s}}\n"

    assert told(text, said(0), said(1), said(2), until=HOUR)[1] == ("resolved", 70)
    again = [said(0), said(1), said(2), said(65), said(66), said(67)]
    assert told(text, *again, until=HOUR) == [("entered", 2), ("resolved", 125 + 10)]


@pytest.mark.parametrize(
    ("late", "found", "by"),
    [(4, [("entered", 122), ("resolved", 183)], []), (1, [], [Reason.LATE])],
    ids=["by less than two minutes it completes the window", "by more it is held back"],
)
def test_a_late_mention_counts_within_the_lateness_alone(late, found, by):
    #  over 3m:   4 . . 122 124 | then comes one of 4 (118 s before 122), or of 1 (121 s before)
    text = RULE + THREE.replace("1m", "3m")
    story = Story(text).tell(said(60), said(122), said(late, number="late")).wait(HOUR)

    assert [(p, a) for _, p, a, _ in story.timeline()] == found
    assert [h.by for each in story.decided for d in each.decisions for h in d.held_back] == by


# --- what is held back ----------------------------------------------------------------------------


@pytest.mark.parametrize("is_target_first", [True, False], ids=["target first", "source first"])
def test_what_enters_at_the_same_instant_inhibits_in_either_order_of_rules(is_target_first):
    rules = [
        f"  - id: {name}\n    severity: {severity}\n    when: {{sentiment: negative}}\n{THREE}{PAUSES}"
        for name, severity in (("small", "minor"), ("great", "critical"))
    ]
    rules = rules if is_target_first else rules[::-1]
    inhibit = "inhibit: [{source: great, target: {severity: [minor]}, equal: [brand]}]\n"
    story = Story("policy: p\nrules:\n" + "".join(rules) + inhibit)
    story.tell(said(0), said(1), said(2)).wait()

    assert [m.rule for _, m in story.happened if any(a.reason is None for a in m.actions)] == [
        "great",
        "great",
    ]
    assert held(story) == [("incident", Reason.INHIBIT), ("ads", Reason.INHIBIT)]


@pytest.mark.parametrize("is_target_first", [True, False], ids=["target first", "source first"])
def test_what_resolves_at_an_instant_does_not_inhibit_at_it_in_either_order(is_target_first):
    #  source: 0 1 2 ..... resolves at 60, when the first leaves; target: enters at 60, `for` 58s
    source = (
        f"  - id: great\n    severity: critical\n    when: {{sentiment: negative}}\n{THREE}{PAUSES}"
    )
    target = (
        "  - id: small\n    when: {sentiment: negative}\n    window: {over: 2m, by: [brand], "
        f"having: {{count: {{at_least: 3}}}}}}\n    for: 58s\n{PAUSES}"
    )
    rules = [target, source] if is_target_first else [source, target]
    inhibit = "inhibit: [{source: great, target: {rule: [small]}, equal: [brand]}]\n"
    story = Story("policy: p\nrules:\n" + "".join(rules) + inhibit)
    story.tell(said(0), said(1), said(2)).wait()

    assert ("small", "entered", 60.0, {"brand": "acme"}) in story.timeline()
    assert held(story) == []


def test_a_silenced_firing_fires_and_plans_nothing_and_restores_nothing():
    story = Story(RULE + THREE + PAUSES)
    quiet = Silence("r", START, START + timedelta(seconds=30), "planned", "zoe")
    story.pipeline._hold_back = lambda decision: silence.hold_back(decision, [quiet])
    story.tell(said(0), said(1), said(2)).wait()

    assert [(phase, at) for _, phase, at, _ in story.timeline()] == [
        ("entered", 2),
        ("resolved", 60),
    ]
    assert story.actions("ads") == []
    assert held(story) == [("incident", Reason.SILENCE), ("ads", Reason.SILENCE)]


@pytest.mark.parametrize("is_killed", [False, True], ids=["running", "killed in between"])
def test_ads_that_a_firing_paused_are_restored_once(is_killed):
    story = Story(RULE + THREE + PAUSES).tell(said(0), said(1), said(2))
    if is_killed:
        story.restart()
    story.wait(40).tell(said(50)).wait()
    if is_killed:
        story.restart()
    story.wait(HOUR)

    pause, restore = story.actions("ads")
    assert (pause.params["do"], restore.params["do"]) == ("pause", "restore")
    assert (restore.params["undoes"], restore.params["was"]) == (pause.id, "pause")
    assert restore.id != pause.id


def test_what_an_exception_excepts_does_not_count_until_the_exception_expires():
    day = timedelta(days=1).total_seconds()
    text = RULE + (
        "    except: [{name: own, when: {author.id: {in: [bot]}}, owner: zoe, expires: 2026-03-03}]\n"
    )
    mentions = [said(at, number=f"m{at}", author_id="bot") for at in (0, 1, 2)]
    later = [said(day + at, number=f"n{at}", author_id="bot") for at in (0, 1, 2)]

    assert told(text + THREE, *mentions) == []
    assert told(text + THREE, *mentions, *later)[0] == ("entered", day + 2)


def test_a_shadow_rule_fires_and_plans_nothing():
    story = Story(RULE + THREE + PAUSES + "    mode: shadow\n")
    story.tell(said(0), said(1), said(2)).wait()

    assert [phase for _, phase, *_ in story.timeline()] == ["entered", "resolved"]
    assert story.actions("ads") == story.actions("incident") == []
    assert {by for _, by in held(story)} == {Reason.SHADOW}


def test_a_cooldown_holds_back_the_actions_of_the_next_firing_and_not_the_firing():
    #  fires at 2 and at 102, within the cooldown, and at 402, after it
    text = RULE + THREE + PAUSES + "    cooldown: {per: brand, for: 5m}\n"
    mentions = [said(start + at) for start in (0, 100, 400) for at in (0, 1, 2)]
    story = Story(text).tell(*mentions).wait()

    assert [at for _, phase, at, _ in story.timeline() if phase == "entered"] == [2, 102, 402]
    assert held(story) == [("incident", Reason.COOLDOWN), ("ads", Reason.COOLDOWN)]
    assert [one.params["do"] for one in story.actions("ads")] == ["pause", "restore"] * 2


# --- keys and measures ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "fields", "keys"),
    [
        ("[brand, source]", {"source": "x"}, [{"brand": "acme", "source": "x"}]),
        ("[sentiment]", {}, [{"sentiment": "negative"}]),
        ("[hashtags]", {"hashtags": ("a", "b")}, [{"hashtags": "a"}, {"hashtags": "b"}]),
        ("[]", {}, [{}]),
        ("[place.country]", {}, []),
    ],
    ids=["two fields", "a label", "a list of two", "nothing", "what is absent"],
)
def test_a_window_is_kept_by_any_field_or_label(by, fields, keys):
    text = RULE + THREE.replace("[brand]", by)
    story = Story(text).tell(*[said(at, **fields) for at in (0, 1, 2)])

    assert [key for *_, key in story.timeline()] == keys


@pytest.mark.parametrize(
    ("measure", "reaches", "fires"),
    [
        ("sum: {field: metrics.reach, at_least: 10}", [None, 4, None, 6], True),
        ("sum: {field: metrics.reach, at_least: 10}", [None, None, None], False),
        ("percentile: {field: metrics.reach, rank: 50%, at_least: 5}", [None, None, 5], True),
        ("percentile: {field: metrics.reach, rank: 50%, at_most: 5}", [None, None], False),
        ("percentile: {field: metrics.reach, rank: 50%, at_most: 5}", [9, 9, 9, 5, 5, 5], True),
    ],
    ids=["absent adds nothing", "all absent", "of those there are", "of none", "at most"],
)
def test_absent_numbers_are_no_numbers(measure, reaches, fires):
    text = RULE + f"    window: {{over: 1m, by: [brand], having: {{{measure}}}}}\n"
    mentions = [said(at, metrics=Metrics(reach=one)) for at, one in enumerate(reaches)]

    assert bool(told(text, *mentions)) is fires


def test_a_ceiling_holds_once_enough_has_left():
    #  ten in ten seconds, one more at 30: at 61 two are left of them … only the last by 69
    text = RULE + (
        "    window: {over: 1m, by: [brand], having: {count: {at_most: 1}, "
        "not: {count: {at_most: 0}}}}\n    for: 5s\n"
    )

    assert told(text, *[said(at) for at in range(10)], said(30)) == [
        ("entered", 69 + 5),
        ("resolved", 90),
    ]


# --- sequences ------------------------------------------------------------------------------------

STEPS = "{when: {text: 'one'}}, {when: {text: 'two'}}"


def sequence(steps=STEPS, by="[brand]"):
    """Return a policy of one sequence within a minute."""
    return (
        f"policy: p\nrules:\n  - id: r\n    sequence: {{steps: [{steps}], within: 1m, by: {by}}}\n"
    )


def words(*given):
    """Return mentions from (seconds, text) or (seconds, text, brand)."""
    return [
        said(at, text=text, number=f"m{number}", brand=brand[0] if brand else "acme")
        for number, (at, text, *brand) in enumerate(given)
    ]


@pytest.mark.parametrize(
    ("given", "steps", "found"),
    [
        ([(0, "one two")], STEPS, []),
        ([(0, "one two"), (9, "one two")], STEPS, [("entered", 9), ("resolved", 69)]),
        ([(9, "two"), (10, "one")], STEPS, []),
        ([(0, "one"), (61, "two")], STEPS, []),
        ([(0, "one"), (60, "two")], STEPS, [("entered", 60), ("resolved", 120)]),
        (
            [(0, "one"), (5, "two"), (6, "three")],
            STEPS + ", {when: {text: 'three'}}",
            [("entered", 6), ("resolved", 66)],
        ),
        ([(0, "one"), (5, "three"), (6, "two")], STEPS + ", {when: {text: 'three'}}", []),
        (
            [(0, "one"), (5, "two"), (30, "one"), (40, "two")],
            STEPS,
            [("entered", 5), ("resolved", 100)],
        ),
        ([(0, "one"), (5, "two"), (8, "two")], STEPS, [("entered", 5), ("resolved", 65)]),
        ([(9, "two"), (5, "one")], STEPS, [("entered", 9), ("resolved", 69)]),
        ([(0, "one", "a"), (5, "two", "b")], STEPS, []),
    ],
    ids=[
        "one mention is not two steps",
        "but it is one, and the next another",
        "not in order",
        "too far apart",
        "just within",
        "three steps",
        "three steps not in order",
        "completed again within the time it goes on",
        "a last step alone completes nothing",
        "the first step comes late and is put in its place",
        "keys do not mix",
    ],
)
def test_a_sequence(given, steps, found):
    assert told(sequence(steps), *words(*given), until=HOUR) == found


def test_interleaved_keys_each_complete_their_own_sequence():
    story = Story(sequence()).tell(
        *words((0, "one", "a"), (1, "one", "b"), (2, "two", "b"), (3, "two", "a"))
    )

    assert [(at, key["brand"]) for _, _, at, key in story.timeline()] == [(2, "b"), (3, "a")]


# --- silence and answers --------------------------------------------------------------------------


def test_an_unanswered_rule_with_a_queue_waits_for_what_another_rule_assigned():
    text = """policy: p
rules:
  - id: give
    when: {text: 'help'}
    then: [{assign: {queue: care}}]
  - id: waiting
    unanswered: {for: 10m, queue: care}
---
queue: care
members: [zoe]
"""
    asked = said(0, text="help", number="m1", author_id="u1")
    chat = said(1, text="hello", number="m2", author_id="u2")
    own = said(60, text="hello?", number="m3", author_id="u1", in_reply_to="m1")
    answer = said(900, text="sorry", number="m4", author=Author(id="care"), in_reply_to="m1")

    assert told(text, asked, chat, own, answer, until=HOUR) == [("entered", 600), ("resolved", 900)]


def test_a_mention_from_before_a_silence_does_not_break_it():
    #  x at 0, 50 and 100; silent from 160 on; then y brings one of 45, which is not late for y
    text = "policy: p\nrules:\n  - {id: r, absent: {for: 1m, by: [brand]}}\n"
    before = [said(0), said(50), said(100)]
    story = Story(text).tell(*before).wait(200).tell(said(45, number="y", source="y")).wait(300)

    assert [(phase, at) for _, phase, at, _ in story.timeline()] == [("entered", 160)]


@pytest.mark.parametrize("month", [3, 10], ids=["spring", "autumn"])
def test_a_rota_is_told_by_its_own_clock_on_a_daylight_saving_night(month):
    #  lea has 00:00 to 03:00 in Paris, tom the rest: 03:00 is 01:00 UTC in spring, 02:00 in autumn
    text = (
        RULE
        + THREE
        + """    then: [{escalate: {chain: c}}]
---
channel: phone
kind: log
---
rota: nights
time_zone: Europe/Paris
channel: phone
shifts: [{who: lea, hours: {mon-sun: ["00:00-03:00"]}}, {who: tom, hours: {mon-sun: ["03:00-24:00"]}}]
---
chain: c
steps: [{notify: {rota: nights}}]
"""
    )
    night = datetime(2026, month, 29 if month == 3 else 25, tzinfo=UTC)
    change = (night - START).total_seconds() + HOUR
    found = []
    for at in (change - 60, change + 60, change + HOUR + 60):
        story = Story(text).tell(said(at), said(at + 1), said(at + 2))
        found += [action.params["people"] for action in story.actions("notify")]

    wanted = {3: [["lea"], ["tom"], ["tom"]], 10: [["lea"], ["lea"], ["tom"]]}
    assert [list(one) for one in found] == wanted[month]
