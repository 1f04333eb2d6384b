"""backtest, as a rule author meets it: on a file, on the store, against another policy."""

import json
import sqlite3

import pytest

POLICY = """
policy: care
brands: [acme]
rules:
  - id: refund
    when: {text: refund}
    except: [{name: staff, when: {author.handle: "@acme"}}]
    then: [{tag: [refund]}, {webhook: {channel: crm}}]
    cooldown: {per: author, for: 1h}
  - id: angry
    when: {sentiment: {is: negative, at_least: 0.6}}
    then: [{tag: [angry]}]
---
channel: crm
kind: webhook
url: http://127.0.0.1:9/
secret: ${CRM}
"""


def row(name, text, minute=0, *, hour=9, handle="@zoe", sentiment="neutral"):
    return {
        "id": name,
        "text": text,
        "language": "en",
        "brand": "acme",
        "published_at": f"2026-03-02T{hour:02}:{minute:02}:00Z",
        "author": {"id": handle, "handle": handle},
        "classifications": {
            "sentiment": {"label": sentiment, "score": 0.9},
            "intent": {"label": "other", "score": 0.9},
            "topic": {"label": "other", "score": 0.9},
            "emotion": {"label": "joy", "score": 0.9},
            "offensive": {"label": "not_offensive", "score": 0.9},
            "irony": {"label": "not_irony", "score": 0.9},
        },
    }


ROWS = [
    row("a", "a refund now", 0),
    row("b", "a refund please", 40, sentiment="negative"),
    row("late", "my refund", 5, handle="@lea"),
    row("a", "a refund now", 0),
    row("c", "our refund desk is open", 50, handle="@acme"),
    row("d", "refund at last", 5, hour=11),
    row("e", "hello", 10, hour=11),
]


@pytest.fixture
def files(write):
    return write("rules/care.yaml", POLICY), write("in.jsonl", ROWS)


def test_it_prints_the_contract_s_json_and_the_same_bytes_twice(tocsin, files):
    first, second = (
        tocsin("backtest", "--policy", "rules", "--input", "in.jsonl", "--format", "json", CRM="x")
        for _ in range(2)
    )

    assert (first.code, first.out) == (0, second.out)
    assert list(first.json) == [
        "revision",
        "mentions",
        "dead_letters",
        "decisions",
        "incidents",
        "suppressed",
    ]
    assert first.json["mentions"] == 6
    assert [(one["mention"], one["rule"]) for one in first.json["decisions"]] == [
        ("a", "refund"),
        ("b", "refund"),
        ("b", "angry"),
        ("late", "refund"),
        ("d", "refund"),
    ]
    assert "stood there twice" in first.err


def test_bad_lines_are_named_and_change_no_exit_status(tocsin, files, write):
    write("in.jsonl", [ROWS[0], "{", {"text": "no time"}, {**ROWS[1], "text": "<b></b>"}])

    done = tocsin(
        "backtest", "--policy", "rules", "--input", "in.jsonl", "--format", "json", CRM="x"
    )

    assert (done.code, done.json["mentions"], done.json["dead_letters"]) == (0, 1, 3)
    places = [line.partition(": ")[0] for line in done.err.splitlines() if "in.jsonl" in line]
    assert places == ["in.jsonl:2", "in.jsonl:3", "in.jsonl:4"]


def test_a_table_is_read_by_its_mapping(tocsin, files, write):
    write("in.csv", "tweet,when,airline\nI want a refund,2026-03-02T09:00:00Z,acme\n")

    done = tocsin(
        *("backtest", "--policy", "rules", "--input", "in.csv", "--format", "json"),
        *("--map", "text=tweet,published_at=when,brand=airline"),
        CRM="x",
    )

    assert done.json["decisions"][0]["rule"] == "refund"


def test_standard_input_is_read(tocsin, files):
    lines = "".join(json.dumps(one) + "\n" for one in ROWS[:2]).encode()

    done = tocsin("backtest", "--policy", "rules", "--input", "-", stdin=lines, CRM="x")

    assert "care/refund (draft): 2 match(es)" in done.out


def test_a_period_leaves_the_rest_out(tocsin, files):
    done = tocsin(
        *("backtest", "--policy", "rules", "--input", "in.jsonl", "--format", "json"),
        *("--since", "2026-03-02T09:40:00Z", "--until", "2026-03-02T11:10:00Z"),
        CRM="x",
    )

    assert done.json["mentions"] == 3
    assert [one["mention"] for one in done.json["decisions"]] == ["b", "b", "d"]


def stored(database):
    """What the live engine decided, as a backtest says it."""
    with sqlite3.connect(database) as connection:
        decisions = connection.execute("SELECT id, mention, rule, mode FROM decisions ORDER BY seq")
        actions = "SELECT kind, params FROM actions WHERE decision_id = ? AND state != 'suppressed' ORDER BY idx"
        made = [
            (
                *found[1:],
                [
                    (kind, json.loads(params))
                    for kind, params in connection.execute(actions, found[:1])
                ],
            )
            for found in decisions.fetchall()
        ]
        held = connection.execute(
            "SELECT mentions.id, rule, action, reason FROM held_back"
            " JOIN mentions ON mentions.seq = mention_seq ORDER BY mention_seq, place"
        )
        return made, held.fetchall()


@pytest.mark.parametrize("where", [("--store",), ("--input", "in.jsonl")], ids=["store", "file"])
def test_it_decides_exactly_what_the_live_engine_decided(tocsin, files, tmp_path, where):
    live = tocsin("replay", "in.jsonl", "--policy", "rules", CRM="c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")
    assert live.code == 0, live.err

    done = tocsin("backtest", "--policy", "rules", *where, "--format", "json", CRM="x")

    decisions = [
        (
            one["mention"],
            one["rule"],
            one["mode"],
            [(action["action"], action["params"]) for action in one["actions"]],
        )
        for one in done.json["decisions"]
    ]
    held = [
        (one["mention"], one["rule"], one["action"], one["by"]) for one in done.json["suppressed"]
    ]
    assert (decisions, held) == stored(tmp_path / "test.db")


def test_against_another_policy_it_says_what_changes(tocsin, files, write):
    write("old/care.yaml", POLICY.replace("0.6", "0.95").replace("for: 1h", "for: 10m"))

    done = tocsin(
        *("backtest", "--policy", "rules", "--against", "old", "--input", "in.jsonl"),
        *("--format", "json"),
        CRM="x",
    )

    assert list(done.json) == [
        "revision",
        "against",
        "mentions",
        "dead_letters",
        "added",
        "removed",
        "changed",
    ]
    assert [(one["mention"], one["rule"]) for one in done.json["added"]] == [("b", "angry")]
    assert done.json["removed"] == []
    (changed,) = done.json["changed"]
    assert (changed["mention"], changed["rule"]) == ("b", "refund")
    assert changed["before"]["suppressed"] == []
    assert [one["by"] for one in changed["after"]["suppressed"]] == ["cooldown", "cooldown"]


def test_differences_are_shown_with_the_texts(tocsin, files, write):
    write("old/care.yaml", POLICY.replace("text: refund}", "text: cheque}", 1))

    done = tocsin(
        "backtest", "--policy", "rules", "--against", "old", "--input", "in.jsonl", CRM="x"
    )

    assert done.out.splitlines()[:4] == [
        "6 mention(s): 4 added, 0 removed, 0 changed",
        "",
        "added:",
        "  care/refund  a  a refund now",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param((), "--input FILE, or --store", id="no mentions"),
        pytest.param(("--input", "in.jsonl", "--store"), "--input FILE, or --store", id="both"),
        pytest.param(("--input", "nowhere.jsonl"), "no such file", id="no file"),
        pytest.param(
            ("--input", "in.jsonl", "--against", "nowhere"), "no such file", id="no other policy"
        ),
        pytest.param(("--input", "in.jsonl", "--against", ""), "names nothing", id="no name"),
        pytest.param(("--input", "in.jsonl", "--since", "Monday"), "Monday", id="no instant"),
        pytest.param(
            ("--input", "in.jsonl", "--since", "1d", "--until", "2d"), "--since", id="no period"
        ),
    ],
)
def test_wrong_usage_is_told(tocsin, files, options, words):
    done = tocsin("backtest", "--policy", "rules", *options, CRM="x")

    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_policies_with_errors_run_nothing(tocsin, files, write):
    write("rules/care.yaml", POLICY.replace("sentiment", "sentimant"))

    done = tocsin(
        "backtest", "--policy", "rules", "--input", "in.jsonl", "--format", "json", CRM="x"
    )

    assert (done.code, done.out) == (1, "")
    assert "unknown field or task 'sentimant'" in done.err


def test_mentions_that_name_no_brand_get_the_one_that_is_given(tocsin, tmp_path):
    (tmp_path / "policy.yaml").write_text(
        "policy: a\nbrands: [acme]\nrules: [{id: b, when: {text: hello}, then: [{tag: [t]}]}]\n"
    )
    (tmp_path / "said.jsonl").write_text(
        '{"text": "hello", "language": "en", "published_at": "2026-03-02T09:00:00Z"}\n'
        '{"text": "hello", "language": "en", "published_at": "2026-03-02T10:00:00Z", "brand": "x"}\n'
    )
    call = ("backtest", "--policy", "policy.yaml", "--input", "said.jsonl", "--format", "json")

    assert [len(tocsin(*call, *more).json["decisions"]) for more in ((), ("--brand", "acme"))] == [
        0,
        1,
    ]
