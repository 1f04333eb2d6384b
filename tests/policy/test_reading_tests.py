"""`tests` documents: what they mean once read, and every fault where it stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from engine.policy import load_text
from engine.policy.policy_test import Given
from engine.policy.read_tests import read_test_mention
from engine.testing import NOON

POLICY = """policy: care
brands: [zeta, acme]
rules:
  - {id: refund, when: {text: refund}, then: [{tag: [refund]}]}
---
"""
CHAIN = """---
channel: desk
kind: log
---
chain: crisis-on-call
steps: [{notify: {channel: desk}}]
"""
SURGE = """tests:
  - name: it works
    clock: 2026-03-02T09:00:00Z
    silences: [{rule: care/refund, from: 5m, until: 1h, reason: planned}]
    given:
      - {at: 1m, every: 5s, times: 3, mention: {text: "refund {{ i }}", author: {id: "u{{ i % 2 }}"}}}
      - {mention: {text: "hello", brand: acme}}
    expect:
      - {at: 7m30s, firing: []}
      - {action: tag, times: 3}
      - {never: reply}
      - {suppressed: any, by: silence, rule: refund}
      - {rule: refund}
      - {incident: refund, state: open}
      - {at: 2d3h, told: [lea], by: crisis-on-call}
"""


def load(text, policy=POLICY):
    return load_text(policy + text + CHAIN, now=NOON)


def the_test(text=SURGE):
    made, problems = load(text)
    assert made is not None, [one.as_text() for one in problems]
    (test,) = made.tests
    return test


def test_a_test_is_read_whole():
    test = the_test()

    assert (test.name, test.clock) == ("it works", datetime(2026, 3, 2, 9, tzinfo=UTC))
    (silence,) = test.silences
    assert (silence.rule, silence.since, silence.until) == (
        "care/refund",
        timedelta(minutes=5),
        timedelta(hours=1),
    )
    assert [one.text for one in test.expectations] == [
        "firing none",
        "action tag times 3",
        "never reply",
        "suppressed any rule refund by silence",
        "rule refund",
        "incident refund state open",
        "told lea by crisis-on-call",
    ]
    assert [one.span.line for one in test.expectations] == list(range(14, 21))


def test_mentions_arrive_on_the_clock_numbered_from_0_for_the_first_brand():
    test = the_test()
    several, one = test.given

    found = [read_test_mention(several, number, test.clock) for number in range(several.times)]

    assert [
        (mention.text, mention.author.id, mention.brand, mention.published_at.isoformat()[11:19])
        for mention in found
    ] == [
        ("refund 0", "u0", "zeta", "09:01:00"),
        ("refund 1", "u1", "zeta", "09:01:05"),
        ("refund 2", "u0", "zeta", "09:01:10"),
    ]
    assert len({mention.id for mention in found}) == 3
    assert read_test_mention(one, 0, test.clock).brand == "acme"


def test_the_brand_is_that_of_the_policy_whose_rules_are_named():
    other = "policy: other\nbrands: [gamma]\nrules:\n  - {id: x, when: {text: x}}\n---\n"
    made, problems = load_text(
        other
        + POLICY
        + "tests: [{name: t, given: [{mention: {text: x}}], expect: [{rule: refund}]}]",
        now=NOON,
    )

    assert made is not None, problems
    assert made.tests[0].brand == "zeta"


def test_tests_do_not_count_in_the_revision():
    assert load(SURGE)[0].revision == load("")[0].revision


@pytest.mark.parametrize(
    ("written", "number", "shown"),
    [
        ("u{{ i }}", 7, "u7"),
        ("{{i}}{{ i }}", 1, "11"),
        ("{{ i % 3 }}", 7, "1"),
        ("{{ i // 3 }}", 7, "2"),
        ("{{ i + 1 }}", 7, "8"),
        ("{{ i - 1 }}", 0, "-1"),
        ("{{ i * 10 }}", 7, "70"),
        ("{{ i % 0 }}", 7, "7"),
    ],
)
def test_texts_show_the_number(written, number, shown):
    some = Given(1, timedelta(), timedelta(), 1, {"a": [{"text": written}], "b": 3}, None)

    assert some.numbered(number) == {"a": [{"text": shown}], "b": 3}


FAULTS = [
    pytest.param("expect: [{rule: refnd}]", "R212", "refnd", "did you mean 'refund'", id="rule"),
    pytest.param("expect: [{at: 1m, firing: [refnd]}]", "R212", "refnd", "refund", id="firing"),
    pytest.param(
        "expect: [{action: tag, rule: refnd}]", "R212", "refnd", "refund", id="rule of an action"
    ),
    pytest.param("expect: [{action: tags}]", "R108", "tags", "did you mean 'tag'", id="action"),
    pytest.param(
        "expect: [{at: 1m, told: [lea], by: nights}]", "R211", "nights", "crisis-on-call", id="told"
    ),
    pytest.param("expect: [{never: any}]", "R108", "any", "Possible: reply", id="never any"),
    pytest.param(
        "expect: [{suppressed: tag, by: cooldwn}]", "R108", "cooldwn", "'cooldown'", id="reason"
    ),
    pytest.param(
        "expect: [{incident: refund, state: opened}]", "R108", "opened", "'open'", id="state"
    ),
    pytest.param("expect: [{never: tag, times: 2}]", "R117", "times", "do, rule", id="beside"),
    pytest.param("expect: [{never: tag, action: tag}]", "R117", "never", "one of", id="two"),
    pytest.param("expect: [{at: 1m}]", "R117", "{at", "one of", id="none"),
    pytest.param("expect: []", "R117", "expect", "", id="nothing"),
    pytest.param("expect: [{firing: []}]", "R105", "{firing", "add 'at'", id="no time"),
    pytest.param("expect: [{fires: refund}]", "R104", "fires", "did you mean 'rule'", id="slip"),
    pytest.param("expect: [{rule: refund, times: many}]", "R108", "many", "", id="times"),
    pytest.param(
        "silences: [{rule: refnd, until: 1h}]", "R212", "refnd", "refund", id="silenced rule"
    ),
    pytest.param(
        "silences: [{rule: refund, from: 2h, until: 1h}]", "R304", "1h", "", id="silence ends first"
    ),
    pytest.param("clock: Monday", "R108", "Monday", "", id="clock"),
    pytest.param("given: [{mention: {text: 'x {{ j }}'}}]", "R306", "'x", "{{ i }}", id="variable"),
    pytest.param("given: [{mention: {txt: x}}]", "R104", "txt", "'text'", id="field of a mention"),
    pytest.param(
        "given: [{mention: {text: x, classifications: {sentiment: bad}}}]",
        *("R207", "bad", "negative"),
        id="label",
    ),
    pytest.param(
        "given: [{mention: {text: x, published_at: '2026-03-02T09:00:00Z'}}]",
        *("R112", "published_at", ""),
        id="a time of its own",
    ),
    pytest.param(
        "given: [{times: 2, mention: {text: x, id: a}}]", "R112", "id", "{{ i }}", id="one id"
    ),
    pytest.param("given: [{mention: {text: ''}}]", "R112", "''", "", id="no text"),
    pytest.param(
        "given: [{at: 1d, every: 3000d, times: 9000, mention: {text: x}}]",
        *("R108", "{at", "earlier clock"),
        id="beyond all clocks",
    ),
    pytest.param("given: [{times: 0, mention: {text: x}}]", "R108", "0", "", id="never arrives"),
]


@pytest.mark.parametrize(("part", "code", "at", "words"), FAULTS)
def test_a_fault_is_told_where_it_stands(part, code, at, words):
    parts = {
        "given": "given: [{mention: {text: x}}]",
        "expect": "expect: [{rule: refund}]",
        part.partition(":")[0]: part,
    }
    text = "tests:\n  - name: t\n" + "".join(f"    {one}\n" for one in parts.values())

    made, problems = load(text)

    assert made is None
    (problem,) = [one for one in problems if one.severity == "error"]
    assert problem.code == code, problem.as_text()
    span = problem.span
    assert span.source[span.column - 1 :].startswith(at), problem.as_text()
    assert words in problem.help
    assert problem.trail[-1:] == ("test 't' (line 7)",)


@each(st.text(alphabet=list("tests:-{}[] \nagivenxpcmo1h'\"!"), max_size=80))
def test_no_text_makes_the_reader_raise(text):
    load("tests:\n  - " + text)
