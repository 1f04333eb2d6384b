"""explain, as a rule author meets it: from a file, from the store, from the log of decisions."""

import pytest

POLICY = """
policy: care
brands: [acme]
rules:
  - id: refund
    when: {text: refund}
    then: [{tag: [refund]}]
    cooldown: {per: author, for: 1h}
  - id: parcel
    when: {text: parcel, author.followers: {at_least: 10}}
    then: [{tag: [parcel]}]
"""


def row(name, text, minute):
    return {
        "id": name,
        "text": text,
        "language": "en",
        "brand": "acme",
        "published_at": f"2026-03-02T09:{minute:02}:00Z",
        "author": {"id": "7", "handle": "@zoe", "followers": 3},
        "classifications": {
            task: {"label": "other", "score": 0.9}
            for task in ("sentiment", "intent", "topic", "emotion", "offensive", "irony")
        },
    }


@pytest.fixture
def files(write):
    write("rules/care.yaml", POLICY)
    return write("in.jsonl", [row("first", "a refund", 0), row("second", "my refund", 9)])


def test_from_a_file_the_mentions_before_it_count(tocsin, files):
    done = tocsin(
        *("explain", "--policy", "rules", "--input", "in.jsonl", "--mention", "second"),
        *("--rule", "refund", "--format", "json"),
    )

    assert done.code == 0, done.err
    assert (done.json["fired"], done.json["suppressed_by"]) == (True, "cooldown")
    assert done.json["revision"]
    assert {"condition", "value", "wanted", "held"} <= set(done.json["trace"][0])


def test_without_a_rule_all_are_told_nearest_miss_first(tocsin, files):
    done = tocsin("explain", "--policy", "rules", "--input", "in.jsonl", "--mention", "first")

    assert done.out.splitlines()[0] == "care/refund: fired"
    assert "care/parcel: did not fire; 2 answers would have to change (marked <-)" in done.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(
            ("--input", "in.jsonl", "--mention", "secnd"),
            "no mention 'secnd' stands there; did you mean second?",
            id="mention",
        ),
        pytest.param(
            ("--input", "in.jsonl", "--mention", "second", "--rule", "refnd"),
            "no rule 'refnd'. did you mean 'refund'?",
            id="rule",
        ),
        pytest.param(("--mention", "second"), "--policy needs mentions", id="no mentions"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(tocsin, files, options, words):
    done = tocsin("explain", "--policy", "rules", *options)

    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_the_log_answers_for_past_decisions_by_the_revision_of_then(tocsin, files, write):
    assert tocsin("replay", "in.jsonl", "--policy", "rules").code == 0
    write("rules/care.yaml", POLICY.replace("text: refund", "text: other"))

    then = tocsin("explain", "--mention", "second", "--rule", "care/refund", "--format", "json")
    now = tocsin(
        *("explain", "--mention", "second", "--rule", "refund", "--format", "json"),
        *("--store", "--policy", "rules"),
    )
    other = tocsin("explain", "--mention", "second", "--rule", "parcel")

    assert (then.json["fired"], then.json["suppressed_by"]) == (True, "cooldown")
    assert then.json["trace"][0]["condition"] == "text: refund"
    assert (now.json["fired"], now.json["trace"][0]["condition"]) == (False, "text: other")
    assert then.json["revision"] != now.json["revision"]
    assert other.code == 2
    assert "it holds: care/refund" in other.err
