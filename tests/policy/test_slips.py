from __future__ import annotations

import pytest
from loading import NOW

from engine.policy import load_text
from engine.policy.slips import duration_help, flag_help, score_help

RULE = "policy: a\nbrands: [acme]\ntemplates: {sorry: {en: Sorry}}\nrules:\n  - id: b\n"
REPLY = "    then: [{reply: {template: sorry}}]\n"
COOLDOWN = "    cooldown: {per: author, for: 1d}\n"


def told(text):
    """Every problem but that the template of the head is not used."""
    return [one for one in load_text(text, now=NOW)[1] if one.code != "R210"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("R306", RULE.replace("Sorry", "'{{ author.nam }}'") + "    when: {source: x}\n" + COOLDOWN + REPLY),
        ("R305", RULE.replace("Sorry", "'{{ author.name }'") + "    when: {source: x}\n" + COOLDOWN + REPLY),
        ("R104", RULE + "    when: {source: x}\n    cool_down: {per: author, for: 1d}\n" + REPLY),
        ("R104", RULE + "    when: {source: x}\n    mode: enforce\n    exmples: {fires: []}\n"),
        ("R104", RULE + "    wehn: {source: x}\n"),
        ("R104", RULE + "    if: {source: x}\n"),
        ("R315", RULE + "    when: {language: english}\n" + COOLDOWN + REPLY),
        ("R101", RULE + "    when:\n      - not {text: a}\n"),
        ("R101", RULE + "    when:{text: a}\n"),
        ("R101", RULE + "    when: {text: &fire OR b}\n"),
        ("R101", RULE.replace("Sorry", "{{ author.name }}") + "    when: {source: x}\n" + COOLDOWN + REPLY),
        ("R103", RULE + "    when:\n      text: !fire\n"),
    ],
    ids=["template's variable", "template's braces", "cooldown misspelt", "examples misspelt", "when misspelt", "if", "language", "not without colon", "no space", "ampersand", "template in braces", "tag"],
)  # fmt: skip
def test_one_fault_is_one_problem(code, text):
    assert [one.code for one in told(text)] == [code]


def test_a_language_without_a_text_is_told_beside_a_faulty_text():
    text = RULE.replace("Sorry", "'{{ autor }}'") + "    when: {language: {in: [en, fr]}}\n"

    found = told(text + COOLDOWN + REPLY)

    assert [one.code for one in found] == ["R306", "R311"]
    assert "no text for fr," in found[1].message


@pytest.mark.parametrize(
    ("name", "place", "text"),
    [
        ("window", "beside 'when'", RULE + "    when:\n      - window: {over: 1h}\n"),
        ("count", "'having' of 'window'", RULE + "    when: {source: x}\n    count: {at_least: 3}\n"),
        ("having", "'window'", RULE + "    when: {source: x}\n    having: {count: {at_least: 3}}\n"),
        ("escalate", "'then'", RULE + "    when: {source: x}\n    escalate: {chain: x}\n"),
        ("extends", "the policy itself", RULE + "    when: {source: x}\n    extends: x\n"),
        ("rules", "begin the document with 'policy: some-id'", "rules: []\n"),
    ],
    ids=["window in when", "count of a rule", "having of a rule", "escalate of a rule", "extends of a rule", "rules of nothing"],
)  # fmt: skip
def test_a_word_in_the_wrong_place_is_told_where_it_belongs(name, place, text):
    (problem,) = told(text)

    assert problem.code in {"R104", "R113", "R206"}
    assert f"'{name}'" in problem.message
    assert place in problem.help


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("thing: x\n", "Documents: policy, channel, queue, calendar, rota, chain"),
        ("channel: c\nkind: pigeon\n", "Kinds: log, webhook, email, slack, pagerduty"),
    ],
    ids=["documents", "channels"],
)
def test_help_tells_what_there_may_be(text, options):
    (problem,) = told(text)

    assert options in problem.help


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("mean 'when'", "    if: {source: x}\n"),
        ("mean 'any'", "    when: {or: [{source: x}]}\n"),
        ("mean 'all'", "    when: {and: [{source: x}]}\n"),
        ("write true", "    when: {author.verified: yes}\n"),
        ("write false", "    when: {place: {exists: no}}\n"),
        ("mean 'at_least'", "    when: {author.followers: {'>=': 10}}\n"),
        ("mean 'less_than'", "    when: {author.followers: {'<': 10}}\n"),
        ("mean 'is_not'", "    when: {source: {'!=': x}}\n"),
        ("a dot: author.handle", "    when: {author: {handle: '@x'}}\n"),
        ("0.6 for 60%", "    when: {sentiment: {is: negative, at_least: 60}}\n"),
        ("write 7d", "    when: {source: x}\n    cooldown: {per: author, for: 7 days}\n"),
        ("text: '{press}'", "    when: {text: {press}}\n"),
        ("begin each item", "    when: {source: x}\n    then: {tag: [x]}\n"),
    ],
)
def test_what_one_would_say_is_told_how_it_is_written(words, text):
    (problem,) = told(RULE + text)

    assert words in problem.help


@pytest.mark.parametrize(
    ("said", "help_text"),
    [
        ("1 day", "write 1d"),
        ("2 hours and 30 minutes", "write 2h30m"),
        ("2 Weeks", "write 14d"),
        ("90 secs", "write 90s"),
        ("24", "a unit is missing: write 24s, 24m, 24h or 24d"),
        ("3 months", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_durations_said_in_words(said, help_text):
    assert duration_help(said) == help_text


def test_a_duration_that_is_too_long_is_not_told_to_be_written_as_it_is():
    assert duration_help("900000d") == ""


def test_words_that_are_neither_yes_nor_no_and_scores_beyond_a_hundred_get_no_example():
    assert (flag_help("No"), flag_help("maybe")) == ("write false", "")
    assert (score_help(101), score_help(-1)) == ("scores go from 0 to 1",) * 2


def test_a_missing_variable_says_that_the_engine_will_not_start():
    (problem,) = told("channel: c\nkind: webhook\nurl: https://e.example\nsecret: ${HOOK}\n")

    assert "'HOOK': 'tocsin run' will refuse to start until it is set" in problem.message
