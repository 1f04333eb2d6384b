"""check, test and schema, as a rule author meets them."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

GOOD = """
policy: care
brands: [acme]
rules:
  - id: refund
    when: {text: refund, sentiment: negative}
    then: [{tag: [refund]}]
    examples:
      fires:
        - {text: "I want a refund", classifications: {sentiment: {label: negative, score: 0.9}}}
      quiet:
        - {text: "I want a refund", classifications: {sentiment: {label: positive, score: 0.9}}}
        - {text: "I want you", classifications: {sentiment: {label: negative, score: 0.9}}}
"""
FAULTY = GOOD.replace("sentiment: negative}", "sentimant: negative}", 1)
FAILING = GOOD.replace('text: "I want you"', 'text: "I want my refund"')


def test_a_good_policy_is_fine(tocsin, write):
    done = tocsin("check", write("good.yaml", GOOD), "--format", "json")

    assert (done.code, done.json) == (0, {"rules": 1, "problems": []})


def test_a_fault_is_an_error_with_its_place_and_a_suggestion(tocsin, write):
    path = write("faulty.yaml", FAULTY)

    done = tocsin("check", path, "--format", "json")

    assert done.code == 1
    (problem,) = done.json["problems"]
    assert problem["file"] == str(path)
    assert (problem["line"], problem["column"]) == (6, 26)
    assert (problem["severity"], problem["rule"]) == ("error", "refund")
    assert "sentiment" in problem["help"]
    assert set(problem) == {
        "code",
        "severity",
        "file",
        "line",
        "column",
        "rule",
        "message",
        "help",
    }


def test_the_text_form_shows_the_line_with_a_caret(tocsin, write):
    done = tocsin("check", write("faulty.yaml", FAULTY))

    assert done.code == 1
    assert ":6:26: error R" in done.out
    assert "^^^^^^^^^" in done.out
    assert "1 error(s)" in done.out


def test_a_folder_is_checked_as_a_whole(tocsin, write):
    write("rules/one.yaml", GOOD)
    write("rules/two.yaml", GOOD)

    done = tocsin("check", "rules", "--format", "json")

    assert done.code == 1
    assert "rules/one.yaml" in json.dumps(done.json["problems"])


def test_a_path_that_is_not_there_is_wrong_usage(tocsin):
    done = tocsin("check", "nowhere.yaml")

    assert done.code == 2
    assert "no such file" in done.err


def test_examples_that_hold_pass_with_full_coverage(tocsin, write):
    done = tocsin("test", write("good.yaml", GOOD), "--format", "json")

    assert done.code == 0
    assert (done.json["passed"], done.json["failed"]) == (3, 0)
    assert done.json["coverage"] == {"rules": 1.0, "branches": 1.0}
    assert [case["line"] for case in done.json["cases"]] == [10, 12, 13]


def test_an_example_that_fails_says_why(tocsin, write):
    done = tocsin("test", write("failing.yaml", FAILING), "--format", "json")

    assert done.code == 1
    (case,) = [case for case in done.json["cases"] if case["status"] == "failed"]
    assert case["line"] == 13
    assert "expected to stay quiet, fired" in case["detail"]
    assert "✓" in case["detail"]


def test_coverage_counts_the_branches_no_example_reaches(tocsin, write):
    text = "\n".join(line for line in GOOD.splitlines() if "I want you" not in line)

    done = tocsin("test", write("part.yaml", text), "--format", "json")

    assert done.json["coverage"]["rules"] == 1.0
    assert 0.5 < done.json["coverage"]["branches"] < 1.0


def test_the_branches_no_example_reaches_are_named(tocsin, write):
    text = "\n".join(line for line in GOOD.splitlines() if "I want you" not in line)

    done = tocsin("test", write("part.yaml", text))

    assert "not covered: care/refund: text: refund always held" in done.out


def test_junit_holds_the_failures(tocsin, write, tmp_path):
    tocsin("test", write("failing.yaml", FAILING), "--junit", "out.xml")

    suite = ET.parse(tmp_path / "out.xml").getroot()

    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")


def test_a_policy_with_errors_runs_no_example(tocsin, write):
    done = tocsin("test", write("faulty.yaml", FAULTY), "--format", "json")

    assert done.code == 1
    assert done.out == ""
    assert "no example was run" in done.err


@pytest.mark.parametrize("name", ["policy", "config", "tests"])
def test_the_schema_is_json_schema(tocsin, name):
    done = tocsin("schema", name)

    assert done.code == 0
    assert done.json["$defs"]


def test_an_unknown_command_is_wrong_usage(tocsin):
    assert tocsin("chekc").code == 2


def test_a_folder_without_policies_is_told_of(tocsin, tmp_path):
    (tmp_path / "empty").mkdir()

    done = tocsin("check", "empty")

    assert done.code == 0
    assert "empty: no policy here" in done.err


def test_a_very_long_line_is_shown_around_its_fault_only(tocsin, write):
    faulty = GOOD.replace("[acme]", f"[{'acme, ' * 20_000}'a*']")

    done = tocsin("check", write("long.yaml", faulty))

    shown = [line for line in done.out.splitlines() if line.startswith("    3 | ")]
    assert any("'a*'" in line for line in shown)
    assert max(map(len, done.out.splitlines())) < 300


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_standard_output_that_is_full_is_told_in_words(tocsin):
    done = tocsin("schema", stdout="/dev/full")

    assert done.code == 2
    assert done.err == "tocsin: standard output cannot be written: No space left on device\n"
