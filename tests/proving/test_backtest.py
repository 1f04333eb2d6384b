"""Results of backtests: the contract's JSON, the load a rule brings, the differences of two."""

import io
import json
from datetime import timedelta

import pytest

from engine.policy import load_text
from engine.proving.backtest import Backtest, Comparison
from engine.proving.lists import Lists
from engine.simulate import Arrivals, Side, Simulation
from engine.testing import NOON, given, mention

POLICY = """
policy: care
brands: [acme]
templates: {sorry: {en: "Sorry, {{ author.handle }}"}}
rules:
  - id: refund
    when: {text: refund}
    except: [{name: staff, when: {author.handle: "@acme"}}]
    then: [{reply: {template: sorry}}, {tag: [refund]}]
    cooldown: {per: author, for: 1h}
  - id: watched
    mode: shadow
    when: {text: refund}
    then: [{tag: [watched]}]
  - id: noted
    mode: shadow
    when: {text: refund}
  - id: "off"
    mode: "off"
    when: {text: refund}
    then: [{tag: [never]}]
"""
HOUR = timedelta(hours=1)


class Nobody:
    def identify(self, texts, declared=None):
        return [None] * len(texts)


def policies(text=POLICY):
    made, problems = load_text(text, now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    return made


def side(made):
    return Side(made, as_given)


def as_given(mentions):
    return [one.classifications for one in mentions]


def backtest(*mentions, text=POLICY):
    made = policies(text)
    simulation = Simulation([side(made)], identifier=Nobody())
    with Backtest.lists() as lists:
        result = Backtest(made, lists)
        for some in simulation.run([Arrivals(mentions)]):
            result.add(some)
        return written(result), result.load.lines()


def written(result):
    out = io.BytesIO()
    result.write(out)
    return json.loads(out.getvalue())


def compare(new, old, *mentions):
    new, old = policies(new), policies(old)
    simulation = Simulation([side(new), side(old)], identifier=Nobody())
    with Comparison.lists() as lists:
        result = Comparison(new, old, lists)
        for some in simulation.run([Arrivals(mentions)]):
            result.add(some)
        return written(result)


def refund(name, **fields):
    return mention("I want a refund", id=name, language="en", **fields)


def test_the_json_is_the_contract_s():
    found, _ = backtest(refund("a"), mention("hello", id="b"))

    assert list(found) == [
        "revision",
        "mentions",
        "dead_letters",
        "decisions",
        "incidents",
        "suppressed",
    ]
    assert (found["mentions"], found["dead_letters"], found["incidents"]) == (2, 0, [])
    first = found["decisions"][0]
    assert first == {
        "mention": "a",
        "policy": "care",
        "rule": "refund",
        "at": "2026-03-02T12:00:00Z",
        "mode": "draft",
        "actions": [
            {
                "action": "reply",
                "mode": "draft",
                "state": "awaiting_approval",
                "params": {
                    "text": "Sorry, @zoe",
                    "language": "en",
                    "template": "sorry",
                    "approval": "required",
                    "channel": "import",
                },
            },
            {"action": "tag", "mode": "draft", "state": "planned", "params": {"tags": ["refund"]}},
        ],
    }


def test_a_shadow_rule_is_a_decision_with_all_of_it_held_back():
    found, _ = backtest(refund("a"))

    assert [(one["rule"], one["actions"]) for one in found["decisions"][1:]] == [
        ("watched", []),
        ("noted", []),
    ]
    assert found["suppressed"] == [
        {"mention": "a", "rule": "watched", "action": "tag", "by": "shadow"},
        {"mention": "a", "rule": "noted", "action": "", "by": "shadow"},
    ]


def test_a_cooldown_leaves_a_decision_without_its_actions():
    found, _ = backtest(refund("a"), refund("b", published_at=NOON + HOUR / 2))

    (second,) = [
        one for one in found["decisions"] if (one["mention"], one["rule"]) == ("b", "refund")
    ]
    assert second["actions"] == []
    assert [one for one in found["suppressed"] if one["rule"] == "refund"] == [
        {"mention": "b", "rule": "refund", "action": "reply", "by": "cooldown"},
        {"mention": "b", "rule": "refund", "action": "tag", "by": "cooldown"},
    ]


def test_what_an_exception_holds_back_is_no_decision():
    found, _ = backtest(refund("a", handle="@acme"))

    assert "refund" not in {one["rule"] for one in found["decisions"]}
    assert found["suppressed"][0] == {
        "mention": "a",
        "rule": "refund",
        "action": "",
        "by": "except",
    }


def test_people_are_told_the_load_of_each_rule():
    mentions = [
        refund(f"m{at}", author_id=str(at), published_at=NOON + at * 6 * HOUR) for at in range(9)
    ]

    _, lines = backtest(*mentions, refund("late", author_id="8", published_at=NOON + 48 * HOUR))

    assert lines[0].startswith("10 mention(s) over 2.0 days: 2026-03-02T12:00:00Z to")
    assert lines[2:7] == [
        "care/refund (draft): 10 match(es), 5.0 a day; most in one hour 2 (2026-03-04 12:00 UTC)",
        "  planned: reply 9, tag 9",
        "  held back: cooldown 2",
        "  m0  I want a refund",
        "  m1  I want a refund",
    ]


def test_a_rule_that_never_matched_is_named_and_one_that_is_off_is_not():
    _, lines = backtest(mention("hello", id="a"))

    assert lines[-1] == "never matched: care/refund, care/watched, care/noted"


def test_brands_that_no_mention_has_are_told_of():
    _, lines = backtest(
        mention("I want a refund", id="a", brand="other"), mention("x", id="b", brand=None)
    )
    _, met = backtest(mention("hello", id="a", brand="ACME"))

    assert lines[-1] == "no mention is of the brands of care: acme"
    assert met[-1].startswith("never matched: ")


def test_nothing_to_read_is_said():
    assert backtest()[1] == ["no mention"]


PLANTED = {
    "added": POLICY.replace("{text: refund}\n    except", "{text: refund OR money}\n    except"),
    "removed": POLICY.replace("{text: refund}\n    except", "{text: cheque}\n    except"),
}
HISTORY = (
    refund("a"),
    mention("my money", id="b", author_id="2"),
    mention("hello", id="c"),
    refund("d", author_id="3", classifications=given(sentiment="negative")),
)


def names(found):
    return {
        kind: [(one["mention"], one["rule"]) for one in found[kind]]
        for kind in ("added", "removed", "changed")
    }


def test_a_wider_rule_adds_exactly_what_it_newly_matches():
    found = names(compare(PLANTED["added"], POLICY, *HISTORY))

    assert found == {"added": [("b", "refund")], "removed": [], "changed": []}


def test_a_narrower_rule_removes_exactly_what_it_no_longer_matches():
    found = names(compare(PLANTED["removed"], POLICY, *HISTORY))

    assert found == {"added": [], "removed": [("a", "refund"), ("d", "refund")], "changed": []}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        pytest.param("id: watched\n    mode: shadow", "id: watched\n    mode: draft", "mode"),
        pytest.param("{tag: [watched]}", "{tag: [seen]}", None),
        pytest.param("id: watched\n", "id: watched\n    severity: major\n", "severity"),
        pytest.param("per: author", "per: rule", "suppressed"),
        pytest.param("Sorry, {{", "So sorry, {{", "actions"),
    ],
    ids=["mode", "an action nobody plans", "severity", "what is held back", "a text"],
)
def test_what_a_rule_does_otherwise_is_a_change(old, new, key):
    found = compare(POLICY.replace(old, new), POLICY, *HISTORY)

    assert (found["added"], found["removed"]) == ([], [])
    if key is None:
        assert found["changed"] == []
    else:
        assert found["changed"]
        for one in found["changed"]:
            assert one["before"][key] != one["after"][key]


def test_a_rule_rewritten_to_the_same_effect_is_no_difference():
    hooked = POLICY + (
        "  - id: told\n    when: {text: refund}\n    then: [{webhook: {channel: crm}}]\n"
        "---\nchannel: crm\nkind: webhook\nurl: https://crm.example/\nsecret: ${CRM}\n"
    )
    rewritten = hooked.replace(
        "id: told\n    when: {text: refund}", "id: told\n    when: {text: 'refund OR refund'}"
    )

    found = compare(rewritten, hooked, *HISTORY)

    assert found["revision"] != found["against"]
    assert names(found) == {"added": [], "removed": [], "changed": []}


def test_lists_that_outgrow_memory_are_written_whole():
    with Lists("numbers", "none") as lists:
        for number in range(300_000):
            lists.add("numbers", number)
        out = io.BytesIO()
        lists.write(out, {"count": 300_000})

    assert json.loads(out.getvalue()) == {
        "count": 300_000,
        "numbers": list(range(300_000)),
        "none": [],
    }
