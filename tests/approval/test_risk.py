"""Risk: what makes a draft delicate, and how much."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine.classification import Classification
from engine.decision import Severity
from engine.risk import assess_risk
from engine.testing import given, mention

FOUR_EYES = 0.8


def score(labels=None, severity=Severity.MINOR, text="We are sorry", **fields):
    return assess_risk(
        mention(**fields), given(**(labels or {})), severity=severity, text=text
    ).score


def names(labels=None, severity=Severity.INFO, text="", **fields):
    found = assess_risk(mention(**fields), given(**(labels or {})), severity=severity, text=text)
    return [one.name for one in found.factors]


def test_nothing_special_is_no_risk():
    found = assess_risk(mention(), (), severity=Severity.INFO, text="Thank you")
    assert (found.score, found.factors, found.reasons) == (0.0, (), ())


@pytest.mark.parametrize(
    ("labels", "severity", "is_delicate"),
    [
        pytest.param({"intent": "complaint"}, Severity.MAJOR, False, id="a grave complaint"),
        pytest.param({"intent": "legal_threat"}, Severity.MINOR, False, id="law, but minor"),
        pytest.param({"intent": "legal_threat"}, Severity.MAJOR, True, id="law on a major rule"),
        pytest.param({"intent": "safety_issue"}, Severity.MAJOR, True, id="safety on a major rule"),
        pytest.param({"intent": "press_request"}, Severity.CRITICAL, True, id="press in a crisis"),
        pytest.param({"intent": "boycott_call"}, Severity.CRITICAL, True, id="boycott in a crisis"),
        pytest.param({"sentiment": "negative"}, Severity.CRITICAL, False, id="a crisis alone"),
    ],
)
def test_where_two_people_have_to_look_by_default(labels, severity, is_delicate):
    assert (score(labels, severity) >= FOUR_EYES) is is_delicate


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        pytest.param({"followers": 9_999}, [], id="few follow"),
        pytest.param({"followers": 10_000}, ["reach"], id="many follow"),
        pytest.param({"text": "see https://acme.example"}, ["link"], id="a link"),
        pytest.param({"text": "it costs 12 euros"}, ["number"], id="a number"),
        pytest.param({"text": "we will refund you"}, ["promise"], id="a promise"),
        pytest.param({"text": "Nous vous remboursons"}, ["promise"], id="a promise in French"),
        pytest.param({"text": "the free world"}, [], id="no promise"),
        pytest.param({"labels": {"emotion": "anger"}}, ["anger"], id="anger"),
        pytest.param({"labels": {"irony": "irony"}}, ["irony"], id="irony"),
        pytest.param({"labels": {"irony": "not_irony"}}, [], id="no irony"),
        pytest.param({"labels": {"irony": "unknown"}}, [], id="irony nobody can tell"),
        pytest.param({"labels": {"intent": "unknown"}}, ["unknown_intent"], id="nobody can tell"),
        pytest.param({"labels": {"intent": ("question", 0.4)}}, ["unsure_intent"], id="a guess"),
        pytest.param({"severity": Severity.MAJOR}, ["severity"], id="a major rule"),
    ],
)
def test_each_factor_is_named(fields, wanted):
    assert names(**fields) == wanted


def test_a_label_that_lost_counts_by_its_score():
    def intent(label, threat):
        scores = {"complaint": 0.7, "legal_threat": threat}
        return [Classification("intent", label, 0.7, scores)]

    def judged(threat):
        found = assess_risk(mention(), intent("complaint", threat), severity=Severity.INFO)
        return found.score, found.reasons

    assert judged(0.2) == (0.0, ())
    assert judged(0.3) == (0.225, ("the mention may be a legal threat (0.30)",))


def test_the_gravest_reason_is_told_first():
    found = assess_risk(
        mention(followers=2_000_000),
        given(intent=("legal_threat", 0.91)),
        severity=Severity.MAJOR,
        text="call 12",
    )
    assert found.reasons == (
        "the mention reads as a legal threat (0.91)",
        "the author has 2,000,000 followers",
        "the rule is of severity major",
        "the text states a number",
    )


@for_all(
    answers=st.lists(
        st.builds(
            Classification,
            st.sampled_from(["intent", "irony", "emotion", "offensive"]),
            st.sampled_from(["legal_threat", "irony", "anger", "unknown", "other"]),
            st.floats(0, 1),
            st.dictionaries(st.sampled_from(["legal_threat", "irony"]), st.floats(0, 1)),
        ),
        max_size=4,
    ),
    severity=st.sampled_from(Severity),
    text=st.text(max_size=40),
    followers=st.integers(0, 10**9) | st.none(),
)
def test_a_risk_lies_between_0_and_1_and_more_reasons_never_lower_it(
    answers, severity, text, followers
):
    one = mention(followers=followers)
    whole = assess_risk(one, answers, severity=severity, text=text)
    fewer = assess_risk(one, answers[:-1], severity=severity, text=text)
    assert 0 <= fewer.score <= whole.score <= 1
    assert len(whole.reasons) == len(whole.factors)


def test_a_guess_of_a_threat_weighs_less_than_a_sure_one():
    sure = assess_risk(mention(), given(intent=("legal_threat", 0.9)), severity=Severity.MINOR)
    guess = assess_risk(mention(), given(intent=("legal_threat", 0.36)), severity=Severity.MINOR)
    factors = {one.name: one.weight for one in guess.factors}
    assert guess.score < sure.score
    assert factors["legal_threat"] == pytest.approx(0.75 * 0.36 / 0.5)
