"""From firings to one incident an event; every test draws its timeline in minutes after noon."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import Mode, Severity
from engine.errors import IncidentActError
from engine.incidents import Act, Incidents, OperatorAct, firing_id
from engine.incidents.incident import FIRST_KEPT, LAST_KEPT, write_incident
from engine.reasons import Reason
from engine.testing import NOON, mention
from tests.incidents.stories import (
    action,
    enters,
    joins,
    minute,
    resolves,
    silenced,
    tells,
    told,
)


def after(*decisions):
    """The incidents after a story."""
    found = Incidents()
    for decision in decisions:
        found.apply(decision, mention())
    return found


def only(incidents):
    [one] = incidents.open()
    return one


def test_a_firing_opens_an_incident_that_resolves_with_it():
    incidents = Incidents()
    [opened] = incidents.apply(enters("surge", 0), mention())
    [resolved] = incidents.apply(resolves("surge", 20, 0, peak=44.0), None)

    assert opened.before is None
    assert opened.incident.title == "surge fires"
    assert opened.incident.brand == "acme"
    assert resolved.incident.state == "resolved"
    assert resolved.incident.resolved_at == minute(20)
    assert resolved.incident.firings[0].peak == 44.0
    assert told(resolved.incident) == [
        "0 opened surge",
        "0 entered surge",
        "20 settled surge",
        "20 resolved",
    ]
    assert [entry.what for entry in resolved.entries] == ["settled", "resolved"]


def test_the_same_story_gives_the_same_id():
    one, other = only(after(enters("surge", 0))), only(after(enters("surge", 0)))

    assert one == other
    assert one.id == "inc-" + firing_id("care", "surge", {"brand": "acme"}, opened_at=NOON)[:10]
    assert only(after(enters("surge", 1))).id != one.id


def test_two_rules_that_see_one_event_open_one_incident():
    incident = only(after(enters("surge", 0), enters("spike", 3), resolves("surge", 9, 0)))

    assert incident.state == "open"
    assert incident.fired == 2
    assert told(incident) == [
        "0 opened surge",
        "0 entered surge",
        "3 entered spike",
        "9 settled surge",
    ]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        pytest.param({"brand": "acme"}, {"brand": "acme"}, 1, id="the same brand is one"),
        pytest.param({"brand": "acme"}, {"brand": "ACME"}, 1, id="case does not count"),
        pytest.param({"brand": "acme"}, {"brand": "velo"}, 2, id="different brands are two"),
        pytest.param(
            {"brand": "acme"}, {"brand": "acme", "source": "x"}, 1, id="a finer key is part of it"
        ),
        pytest.param({"brand": "acme"}, {"source": "x"}, 2, id="nothing in common is two"),
        pytest.param({"brand": "acme"}, {}, 2, id="no key has nothing in common"),
        pytest.param({}, {}, 1, id="no key in one policy is one"),
    ],
)
def test_keys_say_which_firings_are_one_event(one, other, count):
    incidents = after(enters("surge", 0, key=one), enters("spike", 1, key=other))

    assert len(incidents.open()) == count


def test_a_finer_firing_of_another_source_is_another_incident():
    incidents = after(
        enters("surge", 0, key={"brand": "acme", "source": "x"}),
        enters("surge", 1, key={"brand": "acme", "source": "rss"}),
    )

    assert len(incidents.open()) == 2


def test_rules_without_a_key_of_two_policies_are_two():
    incidents = after(enters("a", 0, key={}), enters("a", 1, key={}, policy="other"))

    assert len(incidents.open()) == 2


def test_two_playbooks_are_two_incidents():
    fire = (action(title="fire", playbook="recall"),)
    theft = (action(title="theft", playbook="police"),)

    incidents = after(
        enters("fire", 0, actions=fire),
        enters("theft", 1, actions=theft),
        enters("surge", 2, actions=(action(title="surge"),)),
    )

    assert [one.playbook for one in incidents.open()] == ["recall", "police"]
    assert incidents.open()[0].fired == 2


def test_a_rule_without_an_incident_action_only_joins():
    assert after(joins("spike", 0)).open() == []
    assert only(after(enters("surge", 0), joins("spike", 1))).fired == 2


def test_what_fired_before_the_incident_opened_is_part_of_it():
    incident = only(after(joins("spike", 0), joins("calm", 1), enters("surge", 5)))

    assert incident.fired == 3
    assert incident.opened_at == minute(5)
    assert incident.timeline[-1].detail.startswith("firing since 2026-03-02T12:0")


def test_what_had_resolved_before_the_incident_opened_is_not_part_of_it():
    assert only(after(joins("spike", 0), resolves("spike", 2, 0), enters("surge", 5))).fired == 1


def test_a_rule_in_shadow_has_no_part_in_incidents():
    incidents = after(enters("surge", 0), enters("trial", 1, mode=Mode.SHADOW))

    assert only(incidents).fired == 1
    assert after(enters("trial", 1, mode=Mode.SHADOW)).open() == []


def test_a_silenced_rule_opens_no_incident():
    assert after(silenced("surge", 0)).open() == []


def test_a_silenced_rule_is_listed_where_it_would_have_joined():
    incident = only(after(enters("surge", 0), silenced("spike", 1, severity=Severity.CRITICAL)))

    assert told(incident)[-1] == "1 silenced spike"
    assert incident.timeline[-1].detail == "silence: sil-1: planned; brand=acme; count 30"
    assert incident.severity == "major"
    assert incident.fired == 1


def test_a_cooling_rule_opens_nothing_and_still_joins():
    cooled = enters("surge", 5, reason=Reason.COOLDOWN)

    assert after(cooled).open() == []
    assert only(after(enters("spike", 0), cooled)).fired == 2


def test_severity_only_rises():
    incidents = Incidents()
    incidents.apply(enters("surge", 0, severity=Severity.MINOR))
    incidents.apply(joins("info", 1, severity=Severity.INFO))
    assert only(incidents).severity == "minor"
    grave = (action(title="Battery fire", severity="critical"),)
    [risen] = incidents.apply(enters("fire", 2, actions=grave, severity=Severity.MAJOR))
    incidents.apply(resolves("fire", 3, 2))

    assert only(incidents).severity == "critical"
    assert only(incidents).title == "Battery fire"
    assert risen.entries[-1].detail == "from minor to critical"


def test_a_chain_that_tells_people_is_on_the_timeline():
    incident = only(after(enters("surge", 0), tells("surge", 1, 0, ["lea", "tom"], step=1)))

    assert incident.timeline[-1].detail == "step 2: lea, tom"


def test_a_firing_within_the_grace_time_reopens_the_incident():
    incidents = after(enters("surge", 0), resolves("surge", 10, 0), enters("surge", 39))

    incident = only(incidents)
    assert (incident.state, incident.reopened, incident.resolved_at) == ("open", 1, None)
    assert told(incident)[4:] == ["39 reopened surge", "39 entered surge"]


def test_a_firing_after_the_grace_time_is_another_incident():
    incidents = after(enters("surge", 0), resolves("surge", 10, 0), enters("surge", 40))

    assert only(incidents).opened_at == minute(40)
    assert only(incidents).reopened == 0


def test_a_reopened_incident_has_to_be_acknowledged_again():
    incidents = after(enters("surge", 0))
    incidents.acknowledge(only(incidents).id, "lea", minute(1))
    for decision in (resolves("surge", 2, 0), enters("surge", 3)):
        incidents.apply(decision)

    assert only(incidents).state == "open"
    assert only(incidents).acknowledged_at is None


def test_an_acknowledged_incident_resolves_by_itself():
    incidents = after(enters("surge", 0))
    incidents.acknowledge(only(incidents).id, "lea", minute(1), "looking")
    [change] = incidents.apply(resolves("surge", 9, 0))

    assert (change.before, change.incident.state) == ("acknowledged", "resolved")
    assert told(change.incident)[2] == "1 acknowledged by lea"


def test_a_life_runs_from_open_to_mitigated_to_resolved():
    incidents = after(enters("surge", 0))
    name = only(incidents).id
    states = [
        incidents.acknowledge(name, "lea", minute(1)).incident.state,
        incidents.mitigate(name, "lea", minute(2), "ads are paused").incident.state,
        incidents.note(name, "tom", minute(3), "press called").incident.state,
        incidents.resolve(name, "lea", minute(4)).incident.state,
    ]

    assert states == ["acknowledged", "mitigated", "mitigated", "resolved"]


def test_what_a_person_resolved_is_not_resolved_again_by_its_firing():
    incidents = after(enters("surge", 0))
    incidents.resolve(only(incidents).id, "lea", minute(4))
    [change] = incidents.apply(resolves("surge", 9, 0))

    assert change.incident.resolved_at == minute(4)
    assert told(change.incident)[-2:] == ["4 resolved by lea", "9 settled surge"]


def test_a_refused_act_says_where_the_incident_stands_and_what_would_be_right():
    incidents = after(enters("surge", 0))
    name = only(incidents).id
    with pytest.raises(IncidentActError, match=rf"no incident 'inc-x'.*; open are: {name}"):
        incidents.acknowledge("inc-x", "lea", minute(1))
    incidents.mitigate(name, "lea", minute(1))
    with pytest.raises(IncidentActError, match=r"is mitigated: 'acknowledge'.*: resolve, note"):
        incidents.acknowledge(name, "lea", minute(2))
    incidents.resolve(name, "lea", minute(3))
    with pytest.raises(IncidentActError, match="is resolved since 2026-03-02T12:03:00Z"):
        incidents.resolve(name, "lea", minute(4))


def test_an_act_that_comes_too_late_is_noted_and_changes_nothing():
    incidents = after(enters("surge", 0))
    name = only(incidents).id
    incidents.apply(resolves("surge", 9, 0))
    [change] = incidents.follow([OperatorAct(name, Act.ACKNOWLEDGE, "lea", minute(10), seq=1)])

    assert change.incident.state == "resolved"
    assert change.entries[0].detail == "acknowledge when it was resolved already"


def test_each_act_is_followed_once_and_in_order():
    incidents = after(enters("surge", 0))
    name = only(incidents).id
    acts = [
        OperatorAct(name, Act.MITIGATE, "lea", minute(2), seq=2),
        OperatorAct(name, Act.ACKNOWLEDGE, "lea", minute(1), seq=1),
        OperatorAct("inc-of-last-year", Act.NOTE, "lea", minute(2), seq=3),
    ]

    assert [one.incident.state for one in incidents.follow(acts)] == ["acknowledged", "mitigated"]
    assert incidents.follow(acts) == []
    assert incidents.acts == 3


def test_people_are_told_anew_with_growing_gaps_until_somebody_acknowledges():
    incidents = after(enters("surge", 0))
    name, rung = only(incidents).id, []
    while len(rung) < 8:
        at = incidents.notify_due(name)
        rung.append((at - NOON) / timedelta(minutes=1))
        assert [one.id for one in incidents.due(at)] == [name]
        incidents.notified(name, at)
    incidents.acknowledge(name, "lea", minute(10_000))

    assert rung == [0, 15, 45, 105, 225, 465, 705, 945]
    assert incidents.notify_due(name) is None
    assert incidents.due(minute(100_000)) == []


def test_a_graver_severity_tells_people_at_once():
    incidents = after(enters("surge", 0))
    name = only(incidents).id
    incidents.notified(name, minute(0))
    incidents.acknowledge(name, "lea", minute(1))
    incidents.apply(enters("fire", 2, severity=Severity.CRITICAL))

    assert incidents.notify_due(name) == minute(2)


def test_a_rule_that_flaps_ten_times_in_an_hour_is_one_incident_and_rings_three_times():
    incidents, rung = Incidents(), []
    for number in range(10):
        incidents.apply(enters("surge", 6 * number))
        for one in incidents.due(minute(6 * number)):
            incidents.notified(one.id, minute(6 * number))
            rung.append(6 * number)
        incidents.apply(resolves("surge", 6 * number + 3, 6 * number))

    incidents.apply(enters("surge", 60))
    incident = only(incidents)
    assert (incident.reopened, incident.fired) == (10, 11)
    assert rung == [0, 18, 48]


def test_a_rule_that_flaps_for_weeks_fills_no_memory():
    incidents = Incidents()
    for number in range(500):
        incidents.apply(enters("surge", 2 * number))
        incidents.apply(resolves("surge", 2 * number + 1, 2 * number))
    incidents.apply(enters("surge", 1001))

    incident = only(incidents)
    assert len(incident.timeline) == FIRST_KEPT + LAST_KEPT
    entries = 1 + 501 + 500 * 2 + 500  # opened, entered, settled and resolved, reopened
    assert incident.left_out + len(incident.timeline) == entries
    assert incident.fired == 501
    assert len(incident.firings) <= 102
    assert len(json.dumps(write_incident(incident))) < 100_000


def test_what_is_over_leaves_memory_after_the_grace_time():
    incidents = after(enters("surge", 0), resolves("surge", 10, 0))
    incidents.changes()
    incidents.advance(minute(39))
    assert set(incidents.changes()) == {"incident:clock"}
    incidents.advance(minute(40))

    dropped = [name for name, piece in incidents.changes().items() if piece is None]
    assert [name.rpartition(":")[0] for name in dropped] == ["incident:one", "incident:cause"]


def test_the_same_firing_told_twice_is_told_once():
    incidents = after(enters("surge", 0))

    assert incidents.apply(enters("surge", 0)) == []
    assert incidents.apply(resolves("other", 3, 1)) == []


def test_an_unknown_piece_of_state_is_refused_and_anothers_is_passed_over():
    with pytest.raises(ValueError, match="'incident:what' is no piece"):
        Incidents.restore({"incident:what": {}})
    assert Incidents.restore({"watermark": {}}).open() == []


RULES = st.sampled_from(["surge", "spike", "fire"])
KEYS = st.sampled_from([{"brand": "acme"}, {"brand": "velo"}, {"brand": "acme", "source": "x"}, {}])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["enter", "join", "silence", "resolve", "ack", "resolve-it", "notify"]),
        RULES,
        KEYS,
        st.integers(0, 20),
    ),
    max_size=30,
)


def play(incidents, step, at, since):
    """One step of a random story; returns the changes as text."""
    what, rule, key, _ = step
    where = (rule, json.dumps(key))
    if what in ("enter", "join", "silence") and where not in since:
        since[where] = at
        made = {"enter": enters, "join": joins, "silence": silenced}[what]
        return incidents.apply(made(rule, at, key=key), mention())
    if what == "resolve" and where in since:
        return incidents.apply(resolves(rule, at, since.pop(where), key=key))
    if what == "notify":
        return [incidents.notified(one.id, minute(at)) for one in incidents.due(minute(at))]
    acts = {"ack": Act.ACKNOWLEDGE, "resolve-it": Act.RESOLVE}
    if what in acts:
        named = [one.id for one in incidents.open()][:1]
        seq = incidents.acts
        return incidents.follow(
            [OperatorAct(one, acts[what], "lea", minute(at), seq=seq + 1) for one in named]
        )
    return []


@given(STEPS, st.sets(st.integers(0, 30)))
def test_a_restart_anywhere_changes_nothing(steps, restarts):
    whole, parted, kept = Incidents(), Incidents(), {}
    since, other_since, at = {}, {}, 0
    for number, step in enumerate(steps):
        at += step[3]
        if number in restarts:
            parted = Incidents.restore(json.loads(json.dumps(kept)))
        assert play(whole, step, at, since) == play(parted, step, at, other_since)
        for name, piece in parted.changes().items():
            kept[name] = piece
            if piece is None:
                del kept[name]
        assert whole.open() == parted.open()


@given(STEPS)
def test_every_open_incident_fires_or_was_left_open_by_nobody(steps):
    incidents, since, at = Incidents(), {}, 0
    for step in steps:
        at += step[3]
        play(incidents, step, at, since)
    for one in incidents.open():
        assert one.firing_now
        assert one.severity == max(
            (firing.severity for firing in one.firings), key=list(Severity).index
        )


def test_history_that_is_played_again_keeps_its_own_grace_time():
    incidents = after(enters("surge", 0))
    years_later = NOON + timedelta(days=900)
    incidents.resolve(only(incidents).id, "lea", years_later)
    incidents.apply(resolves("surge", 5, 0))
    incidents.apply(enters("surge", 29))
    assert only(incidents).reopened == 1

    incidents.resolve(only(incidents).id, "lea", years_later)
    incidents.apply(resolves("surge", 30, 29))
    incidents.apply(enters("surge", 59))
    assert only(incidents).reopened == 0


def test_a_clock_that_goes_backwards_closes_and_forgets_nothing():
    incidents = after(enters("surge", 60))
    incidents.apply(enters("spike", 10, key={"brand": "velo"}))
    incidents.advance(minute(5))

    assert [one.rule for one in incidents.open()] == ["spike", "surge"]


def test_a_chain_asks_whether_somebody_has_it():
    incidents = after(enters("surge", 0))
    firing = firing_id("care", "surge", {"brand": "acme"}, opened_at=NOON)
    assert incidents.of_firing(firing).state == "open"
    incidents.acknowledge(only(incidents).id, "lea", minute(1))

    assert incidents.of_firing(firing).state == "acknowledged"
    assert incidents.of_firing("unknown") is None
