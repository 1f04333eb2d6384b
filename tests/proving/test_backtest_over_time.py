"""Backtests of rules over time: incidents in the contract's form, their load, their differences."""

from __future__ import annotations

import io
import json

from over_time_doubles import MINUTE, Remembering, action, entered, resolved, told

from engine.decision import ActionState, Firing, Mode, Phase, Severity
from engine.policy import load_text
from engine.ports import Decided
from engine.proving.backtest import Backtest, Comparison
from engine.reasons import Reason
from engine.simulate import Simulated
from engine.testing import NOON, mention
from engine.windows import WindowState

POLICY = """
policy: care
brands: [acme]
rules:
  - id: surge
    when: {text: refund}
    window: {over: 10m, by: [brand], having: {count: {at_least: 3}}}
    then: [{incident: {title: Surge}}]
  - id: watched
    mode: shadow
    window: {over: 10m, having: {count: {at_least: 3}}}
  - id: quiet
    absent: {for: 1h, by: [source]}
"""


def policies():
    made, problems = load_text(POLICY, now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    return made


def at(minute, *over_time):
    one = mention("hello", id=f"m{minute}", published_at=NOON + minute * MINUTE)
    return Decided(minute, one, (), (), tuple(over_time))


def backtest(*decided, later=(), state=None):
    made = policies()
    with Backtest.lists() as lists:
        result = Backtest(made, lists)
        result.add(Simulated([(one,) for one in decided], [], 0, 0))
        result.add(Simulated([], [], 0, 0, over_time=[tuple(later)]))
        result.finish(WindowState() if state is None else state)
        out = io.BytesIO()
        result.write(out)
        return json.loads(out.getvalue()), result.load.lines()


def compare(new, old):
    with Comparison.lists() as lists:
        result = Comparison(policies(), policies(), lists)
        result.add(Simulated([(at(0, *new), at(0, *old))], [], 0, 0))
        result.finish()
        out = io.BytesIO()
        result.write(out)
        return json.loads(out.getvalue()), result.counts


def test_a_firing_is_an_incident_with_its_key_and_times():
    found, _ = backtest(at(3, entered(3)), later=[resolved(16, opened=3, peak=41.0)])

    assert found["incidents"] == [
        {
            "policy": "care",
            "rule": "surge",
            "key": {"brand": "acme"},
            "opened_at": "2026-03-02T12:03:00Z",
            "resolved_at": "2026-03-02T12:16:00Z",
            "peak": 41,
            "mode": "draft",
        }
    ]


def test_one_that_fires_to_the_end_is_open_and_as_high_as_it_rose():
    state = Remembering(
        Firing({"brand": "other"}, Phase.ENTERED, NOON, peak=99.0),
        Firing({"brand": "acme"}, Phase.ENTERED, NOON + 3 * MINUTE, peak=17.5),
    )

    (incident,) = backtest(at(3, entered(3)), state=state)[0]["incidents"]

    assert (incident["resolved_at"], incident["peak"]) == (None, 17.5)


def test_incidents_stand_in_the_order_they_opened_then_of_the_rules():
    """
    surge    acme   |----------------|
    watched            |---|
    surge    other     |-------|
    surge    other              |-----
    """
    other = {"key": {"brand": "other"}}
    shadow = {"rule": "watched", "key": {}, "mode": Mode.SHADOW}
    found, _ = backtest(
        at(1, entered(1)),
        at(4, entered(4, **shadow), entered(4, **other)),
        at(8, resolved(6, opened=4, **shadow), resolved(7, opened=4, **other)),
        at(9, entered(9, **other)),
        later=[resolved(12, opened=1)],
    )

    assert [(one["rule"], one["key"], one["opened_at"][14:16]) for one in found["incidents"]] == [
        ("surge", {"brand": "acme"}, "01"),
        ("surge", {"brand": "other"}, "04"),
        ("watched", {}, "04"),
        ("surge", {"brand": "other"}, "09"),
    ]


def test_entering_is_a_decision_and_resolving_only_where_it_puts_something_back():
    pause, restore = action("ads", do="pause"), action("ads", do="restore")
    tell = action("notify", people=["lea"], chain="on-call")
    found, _ = backtest(
        at(3, entered(3, actions=[action("incident"), pause], mention="m2")),
        at(5, told(4, opened=3, actions=[tell])),
        at(9, resolved(9, opened=3, actions=[restore])),
        at(12, entered(12)),
        at(15, resolved(15, opened=12)),
    )

    assert [
        (one["mention"], one["at"][14:16], [act["action"] for act in one["actions"]])
        for one in found["decisions"]
    ] == [("m2", "03", ["incident", "ads"]), ("m9", "09", ["ads"]), ("m12", "12", [])]


def test_what_is_held_back_of_a_firing_is_among_the_suppressed():
    silenced = action("incident", state=ActionState.SUPPRESSED)
    found, lines = backtest(
        at(3, entered(3, actions=[silenced], held=[("incident", Reason.SILENCE)]))
    )

    assert found["suppressed"] == [
        {"mention": "m3", "rule": "surge", "action": "incident", "by": "silence"}
    ]
    assert found["decisions"][0]["actions"] == []
    assert "  held back: silence 1" in lines


def test_a_step_of_a_chain_that_reached_nobody_holds_back_no_decision():
    step = told(4, opened=3, held=[("notify", Reason.NOBODY_ON_CALL)])
    found, lines = backtest(at(5, entered(3), step))

    assert found["suppressed"] == []
    assert "  held back: nobody_on_call 1" in lines


def test_people_are_told_when_incidents_opened_how_long_they_lasted_and_how_high_they_rose():
    _, lines = backtest(
        at(3, entered(3, actions=[action("incident")])),
        at(20, resolved(16, opened=3, peak=41.0), entered(20, peak=5.0)),
    )

    assert lines[2:6] == [
        "care/surge (draft): 2 incident(s); most in one hour 2 (2026-03-02 12:00 UTC)",
        "  planned: incident 1",
        "  brand=acme  opened 2026-03-02T12:03:00Z, lasted 13m, peak 41",
        "  brand=acme  opened 2026-03-02T12:20:00Z, still fires at the end, peak 5",
    ]
    assert lines[-1] == "never fired: care/watched, care/quiet"


def test_of_many_incidents_the_first_are_told():
    many = [at(n, entered(n), resolved(n + 1, opened=n)) for n in range(0, 40, 2)]

    _, lines = backtest(*many)

    assert "  and 15 more" in lines


def test_an_incident_of_one_side_alone_is_added_or_removed():
    found, counts = compare(
        [entered(1), resolved(5, opened=1)],
        [entered(5), resolved(9, opened=5), entered(20)],
    )

    assert [(one["rule"], one["opened_at"][14:16]) for one in found["added"]] == [("surge", "01")]
    assert [(one["opened_at"][14:16], one["resolved_at"]) for one in found["removed"]] == [
        ("05", "2026-03-02T12:09:00Z"),
        ("20", None),
    ]
    assert counts == {"added": 1, "removed": 2, "changed": 0}


def test_one_that_overlaps_with_other_times_is_changed():
    """
    new   |-----|   |--|
    old    |-----------|
    """
    found, _ = compare(
        [entered(1), resolved(5, opened=1), entered(9), resolved(12, opened=9)],
        [entered(2), resolved(12, opened=2)],
    )

    (changed,) = found["changed"]
    assert (changed["rule"], changed["key"]) == ("surge", {"brand": "acme"})
    assert (changed["before"]["opened_at"], changed["after"]["opened_at"]) == (
        "2026-03-02T12:02:00Z",
        "2026-03-02T12:01:00Z",
    )
    assert [one["opened_at"][14:16] for one in found["added"]] == ["09"]
    assert found["removed"] == []


def test_equal_incidents_are_no_difference_and_other_severities_and_keys_are():
    same = [entered(1), resolved(5, opened=1)]
    worse = [entered(1, severity=Severity.CRITICAL), resolved(5, opened=1)]
    elsewhere = [entered(1, key={"brand": "other"}), resolved(5, opened=1, key={"brand": "other"})]

    assert compare(same, same)[1] == {"added": 0, "removed": 0, "changed": 0}
    assert compare(worse, same)[1] == {"added": 0, "removed": 0, "changed": 1}
    assert compare(elsewhere, same)[1] == {"added": 1, "removed": 1, "changed": 0}
