"""What cases cover: each rule and each part of its condition, both ways, on paper and as a page."""

from xml.etree import ElementTree as ET

from engine.decision import TraceNode
from engine.policy import load_text
from engine.proving.coverage import Coverage
from engine.proving.coverage_page import coverage_page
from engine.testing import NOON

POLICY = """policy: care
rules:
  - id: both
    title: Two <things>
    when: {any: [{text: refund}, {language: fr}]}
    then: [{tag: [x]}]
  - id: idle
    mode: "off"
    when: {text: refund}
  - id: silent
    absent: {for: 45m, by: [source]}
    then: [{incident: {title: Silent}}]
"""


def coverage():
    made, problems = load_text(POLICY, now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    return Coverage.of(made)


def trace(text, language):
    """A look at the rule: what its two parts answered."""
    parts = (TraceNode("text: refund", text), TraceNode("language: fr", language))
    return TraceNode("any", text is True or language is True, children=parts)


def seen(*looks):
    found = coverage()
    for text, language in looks:
        fired = text is True or language is True
        found.rules["care", "both"].see(trace(text, language), fired=fired)
    return found


def test_nothing_seen_is_nothing_covered_and_what_is_off_does_not_count():
    found = coverage()

    assert list(found.rules) == [("care", "both"), ("care", "silent")]
    assert found.as_json() == {"rules": 0.0, "branches": 0.0}
    assert found.gaps() == ["care/both: no example", "care/silent: no example"]


def test_each_part_is_to_be_seen_both_ways():
    found = seen((True, None), (False, False))

    both = found.rules["care", "both"]
    assert [(one.text, one.held, one.failed) for one in both.branches.values()] == [
        ("[{text: refund}, {language: fr}]", True, True),
        ("text: refund", True, True),
        ("language: fr", False, True),
    ]
    assert both.is_covered
    assert not both.is_whole
    assert found.as_json() == {"rules": 0.5, "branches": 0.625}
    assert found.gaps() == ["care/both: language: fr never held", "care/silent: no example"]


def test_a_rule_that_never_fired_or_was_never_quiet_is_a_gap():
    assert "care/both: never fired" in seen((False, False)).gaps()
    assert "care/both: never quiet" in seen((True, True)).gaps()


def test_a_rule_over_time_is_whole_when_tests_saw_it_fire_and_stay_quiet():
    found = coverage()
    silent = found.rules["care", "silent"]

    silent.see_over_time(fired=True, quiet=False)
    assert found.gaps()[1:] == ["care/silent: never quiet", "care/silent: absent always held"]

    silent.see_over_time(fired=False, quiet=True)
    assert (silent.branches, silent.is_whole) == ({}, True)


def test_what_a_window_asks_is_a_branch_of_its_rule():
    surge = (
        "policy: care\nrules:\n  - id: surge\n    when: {text: refund}\n"
        "    window: {over: 1m, having: {count: {at_least: 3}, share: {at_least: 40%}}}\n"
    )
    found = Coverage.of(load_text(surge, now=NOON)[0])
    found.rules["care", "surge"].see_condition(TraceNode("text: refund", held=True))

    assert found.gaps() == [
        "care/surge: never fired",
        "care/surge: text: refund always held",
        "care/surge: having count at_least 3, share at_least 0.4 never evaluated",
    ]
    assert found.as_json() == {"rules": 0.0, "branches": 0.25}


def test_what_is_not_whole_is_never_shown_as_whole():
    many = "policy: care\nrules:\n" + "".join(
        f"  - {{id: r{n}, when: {{text: a}}}}\n" for n in range(10_001)
    )
    found = Coverage.of(load_text(many, now=NOON)[0])
    for rule in list(found.rules.values())[1:]:
        rule.see(TraceNode("text: a", held=True), fired=True)
        rule.see(TraceNode("text: a", held=False), fired=False)

    assert found.rule_share < 1
    assert found.branch_share < 1


def test_the_details_name_every_branch_with_its_line():
    found = seen((True, None)).details()

    assert (found["rules"], found["branches"]) == (0.0, 0.375)
    assert found["by_rule"][0] == {
        "policy": "care",
        "rule": "both",
        "file": "policy.yaml",
        "line": 3,
        "fired": True,
        "quiet": False,
        "branches": [
            {
                "condition": "[{text: refund}, {language: fr}]",
                "line": 5,
                "path": [],
                "held": True,
                "failed": False,
            },
            {"condition": "text: refund", "line": 5, "path": [0], "held": True, "failed": False},
            {"condition": "language: fr", "line": 5, "path": [1], "held": False, "failed": True},
        ],
    }


def test_the_page_shows_gaps_open_and_marked_and_escapes_what_authors_wrote():
    page = coverage_page(seen((True, False), (False, False)))

    assert "Two &lt;things&gt;" in page
    assert "62%" in page
    assert '<details id="care/both" class="short" open>' in page
    body = page[page.index("<main>") : page.index("</body>")].replace(" open>", ">")
    rows = ET.fromstring(body).findall(".//tr")
    marks = {
        row[2].find("code").text: (row.get("class"), row[0].text)
        for row in rows
        if len(row) == 3 and row[2].find("code") is not None
    }
    assert marks["language: fr"] == ("gap", "✗ never")
    assert marks["text: refund"] == (None, "✓ seen")


def test_the_page_needs_nothing_but_itself():
    page = coverage_page(seen((True, True), (False, False)))

    assert "http" not in page
    assert "<script" not in page
    assert page == coverage_page(seen((True, True), (False, False)))


def test_without_rules_the_page_says_so():
    assert "There is no rule to cover." in coverage_page(Coverage())
