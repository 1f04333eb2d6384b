"""The halt switch and doubtful actions, from the command line."""

import pytest


@pytest.fixture
def ready(tocsin):
    assert tocsin("db", "upgrade").code == 0
    return tocsin


def test_halt_is_shown_and_resumed(ready):
    assert ready("halts").err.strip().endswith("nothing is halted")
    done = ready("halt", "all", "--reason", "storm", "--by", "ann")
    assert done.code == 0
    assert "all is halted; tocsin resume all lifts it" in done.out
    again = ready("halt", "all", "--reason", "other", "--by", "tom")
    assert "by ann: storm (already)" in again.out
    [row] = ready("halts", "--format", "json").json
    assert (row["scope"], row["by"], row["reason"]) == ("all", "ann", "storm")
    assert ready("resume", "all", "--by", "tom").code == 0
    assert ready("halts", "--format", "json").json == []
    [row] = ready("halts", "--all", "--format", "json").json
    assert row["lifted_by"] == "tom"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["halt", "everything", "--reason", "x"], "'everything' is no scope: write all, brand:"),
        (
            ["halt", "action:replyy", "--reason", "x"],
            "'replyy' is no kind of action; there are ads",
        ),
        (["halt", "all"], "Missing option '--reason'"),
        (["halt", "all", "--reason", " "], "a halt needs a reason"),
        (["resume", "brand:acme"], "brand:acme is not halted; halted now: nothing"),
        (["doubt", "settle", "abcdef", "--as", "maybe", "--reason", "x"], "'maybe' is none of"),
        (["doubt", "settle", "abcdef", "--as", "sent", "--reason", "x"], "no action 'abcdef'"),
    ],
)
def test_misuse_is_told_in_words(ready, arguments, said):
    done = ready(*arguments)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_nothing_in_doubt(ready):
    assert ready("doubt", "list", "--format", "json").json == []
    assert "nothing is in doubt" in ready("doubt", "list").err


def test_where_publishing_is_suspended_stands_beside_what_is_halted(tocsin):
    tocsin("db", "upgrade")
    made = tocsin("publishing", "suspend", "all", "--reason", "a recall", "--by", "zoe")
    assert made.code == 0, made.err
    listed = tocsin("halts").out
    assert listed.startswith("publishing  ")
    assert "by zoe: a recall" in listed
