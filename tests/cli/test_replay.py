"""replay, classify, outcomes and db, as a person would call them."""

import fcntl
import json
import sqlite3

import pytest

POLICY = """
policy: care
rules:
  - id: refund
    when: {text: refund}
    then: [{tag: [refund]}, {notify: {channel: room, text: "{{ mention.text }}"}}]
  - id: answer
    when: {text: sorry}
    then: [{reply: {template: hello, approval: required}}]
    cooldown: {per: author, for: 1h}
templates:
  hello: {en: "Hello {{ author.name or author.handle }}"}
---
channel: room
kind: log
"""
LABELS = {
    "sentiment": {"label": "neutral", "score": 0.9},
    "intent": {"label": "other", "score": 0.9},
}


def row(number, text, **fields):
    return {
        "external_id": str(number),
        "text": text,
        "language": "en",
        "published_at": f"2026-03-02T09:{number:02}:00Z",
        "author": {"id": "1", "handle": "@jo"},
        **fields,
    }


@pytest.fixture
def replay(tocsin, write):
    policy = write("policy.yaml", POLICY)

    def call(rows, *options, name="stream.jsonl"):
        return tocsin("replay", write(name, rows), "--policy", policy, "--format", "json", *options)

    call.folder = policy.parent
    return call


def test_every_line_is_accounted_for(replay):
    rows = [row(1, "a refund"), row(2, "sorry"), "{ broken", row(3, "fine"), row(1, "a refund")]

    done = replay(rows)

    assert done.code == 0, done.err
    result = done.json
    assert result.pop("seconds") > 0
    assert result == {
        "read": 5,
        "stored": 3,
        "duplicates": 1,
        "dead_letters": 1,
        "classified": 3,
        "decided": 3,
        "decisions": 2,
        "actions": {"awaiting_approval": 1, "sent": 2},
        "incidents": 0,
    }


def test_the_same_file_again_brings_nothing_new(replay):
    rows = [row(1, "a refund"), row(2, "sorry"), "{ broken"]
    replay(rows)

    again = replay(rows).json

    assert (again["read"], again["stored"], again["duplicates"], again["dead_letters"]) == (
        3,
        0,
        2,
        1,
    )
    assert (again["classified"], again["decided"], again["decisions"], again["actions"]) == (
        0,
        0,
        0,
        {},
    )


def test_bad_lines_are_kept_with_their_place_and_reason(replay, tmp_path):
    rows = [
        "{ broken",
        json.dumps({"published_at": "2026-03-02T09:00:00Z"}),
        json.dumps({"text": "no zone", "published_at": "2026-03-02T09:00:00"}),
        json.dumps({"text": "x" * 2_000_000, "published_at": "2026-03-02T09:00:00Z"}),
        "[]",
        row(1, "fine"),
        row(1, "another text under the same id"),
    ]

    done = replay(rows)

    assert (done.code, done.json["stored"], done.json["dead_letters"]) == (0, 1, 6)
    with sqlite3.connect(tmp_path / "test.db") as database:
        reasons = [
            reason
            for (reason,) in database.execute("SELECT reason FROM dead_letters ORDER BY place")
        ]
    for word in ("JSON", "text is missing", "zone", "bytes", "object", "another text"):
        assert any(word in reason for reason in reasons), (word, reasons)


def test_names_in_the_file_are_mapped(replay):
    rows = [{"tweet": "a refund", "at": "2026-03-02T09:00:00Z", "airline": "Delta", "id": "a1"}]

    done = replay(rows, "--map", "text=tweet,published_at=at,brand=airline")

    assert (done.json["stored"], done.json["decisions"]) == (1, 1)


def test_a_csv_file_is_read_too(replay):
    text = 'text,published_at\n"a refund, please",2026-03-02T09:00:00Z\n'

    assert replay(text, name="export.csv").json["decisions"] == 1


@pytest.mark.parametrize("speed", ["fast", "0x", "-3"])
def test_a_speed_without_sense_is_wrong_usage(replay, speed):
    assert replay([row(1, "x")], f"--speed={speed}").code == 2


def test_a_mapping_without_sense_is_wrong_usage(replay):
    done = replay([row(1, "x")], "--map", "txet=tweet")

    assert done.code == 2
    assert "text" in done.err


def test_a_policy_with_faults_is_shown_and_nothing_runs(tocsin, write, tmp_path):
    policy = write("policy.yaml", POLICY.replace("text: refund", "txet: refund"))

    done = tocsin("replay", write("s.jsonl", [row(1, "x")]), "--policy", policy)

    assert done.code == 2
    assert "error R" in done.err
    assert not (tmp_path / "test.db").exists()


def test_the_outcome_log_is_shown_and_filtered(replay, tocsin):
    done = replay([row(1, "a refund"), row(2, "sorry"), row(3, "sorry")])
    assert done.code == 0, done.err

    whole = tocsin("outcomes", "--format", "json").json
    cooled = tocsin("outcomes", "--rule", "answer", "--format", "json").json
    none = tocsin("outcomes", "--mention", "nobody", "--format", "json").json

    assert {(one["rule"], one["state"]) for one in whole} == {
        ("refund", "sent"),
        ("answer", "suppressed"),
    }
    assert [one["reason"] for one in cooled] == ["cooldown"]
    assert none == []
    assert "cooldown" in tocsin("outcomes").out


def test_a_changed_row_of_the_outcome_log_is_named(replay, tocsin, tmp_path):
    replay([row(1, "a refund")])
    assert tocsin("verify-log", "--format", "json").json["intact"] is True

    with sqlite3.connect(tmp_path / "test.db") as database:
        database.execute("UPDATE outcomes SET mention = 'another' WHERE seq = 2")
    done = tocsin("verify-log", "--format", "json")

    assert done.code == 1
    assert (done.json["intact"], done.json["bad_row"], done.json["rows"]) == (False, 2, 1)


def test_an_engine_at_work_is_not_joined_by_a_second(replay, tocsin, write, tmp_path):
    replay([row(1, "a refund")])
    with (tmp_path / "test.db.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = replay([row(2, "a refund")])

    assert done.code == 2
    assert "another engine runs on" in done.err


def test_a_brand_is_given_to_mentions_that_name_none(replay, tocsin):
    replay([row(1, "a refund"), row(2, "a refund", brand="other")], "--brand", "acme")

    with sqlite3.connect(replay.folder / "test.db") as database:
        brands = [brand for (brand,) in database.execute("SELECT brand FROM mentions ORDER BY seq")]

    assert brands == ["acme", "other"]


def test_classify_adds_language_and_labels_and_keeps_the_rest(tocsin, write, tmp_path):
    rows = [
        {"text": "This is awful, I hate it", "published_at": "2026-03-02T09:00:00Z", "mine": 7},
        "{ broken",
        {"text": "Merci beaucoup, c'est parfait", "published_at": "2026-03-02T09:00:00Z"},
        {
            "text": "x",
            "published_at": "2026-03-02T09:00:00Z",
            "language": "de",
            "classifications": LABELS,
        },
    ]

    done = tocsin("classify", "--input", write("in.jsonl", rows), "--output", "out.jsonl")

    assert done.code == 0, done.err
    assert "in.jsonl:2: " in done.err
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [one["text"] for one in found] == [rows[0]["text"], rows[2]["text"], "x"]
    assert [one["language"] for one in found] == ["en", "fr", "de"]
    assert found[0]["mine"] == 7
    assert found[0]["classifications"]["sentiment"]["label"] == "negative"
    assert found[1]["classifications"]["sentiment"]["label"] == "positive"
    assert found[2]["classifications"]["sentiment"]["classifier"] == "given"


def test_classify_reads_and_writes_the_standard_streams(tocsin):
    line = json.dumps({"text": "Lovely, thank you", "published_at": "2026-03-02T09:00:00Z"})

    done = tocsin("classify", "--input", "-", "--output", "-", stdin=line.encode())

    assert json.loads(done.out)["classifications"]["sentiment"]["label"] == "positive"


def test_db_upgrade_makes_and_keeps_a_database(tocsin, tmp_path):
    first = tocsin("db", "upgrade")
    second = tocsin("db", "upgrade")

    assert (first.code, second.code) == (0, 0)
    assert "revision" in first.err
    assert (tmp_path / "test.db").exists()


def test_a_database_of_a_newer_version_is_refused(tocsin, tmp_path):
    tocsin("db", "upgrade")
    with sqlite3.connect(tmp_path / "test.db") as database:
        database.execute("UPDATE tocsin_revision SET version_num = 'from-the-future'")

    done = tocsin("outcomes")

    assert done.code == 2
    assert "newer" in done.err


def test_a_file_that_is_no_database_is_refused(tocsin, write):
    write("test.db", "this is a letter to my aunt, not a database " * 50)

    done = tocsin("outcomes")

    assert done.code == 2
    assert "not a database" in done.err


def test_what_was_set_aside_is_told_with_its_place_and_reason(replay):
    done = replay([row(1, "fine"), "{ broken"])

    assert done.json["dead_letters"] == 1
    assert "set aside 1 input" in done.err
    assert "stream.jsonl:2: not JSON" in done.err


def test_classify_never_writes_over_its_input(tocsin, write):
    path = write("in.jsonl", [row(1, "x")])
    before = path.read_bytes()

    done = tocsin("classify", "--input", path, "--output", path)

    assert (done.code, path.read_bytes()) == (2, before)
    assert "is the input itself" in done.err


def test_a_folder_in_place_of_the_database_is_told_without_a_traceback(tocsin, tmp_path):
    (tmp_path / "test.db").mkdir()

    done = tocsin("db", "upgrade")

    assert done.code == 2
    assert "cannot be opened" in done.err
    assert "Traceback" not in done.err
