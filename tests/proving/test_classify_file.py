"""A file with labels added: same lines, same order, all else kept."""

import json

import pytest

from engine.proving.classify_file import classify_file
from engine.proving.stages import Stages
from engine.testing import ScriptedClassifier
from models.hub import Hub
from streams.sources.mapping import parse_mapping

AT = "2026-03-02T09:00:00Z"


class English:
    """Takes every text for English."""

    def identify(self, texts, declared=None):
        return ["en"] * len(texts)


@pytest.fixture
def classified(tmp_path):
    def run(*lines, **options):
        source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_text(
            "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), "utf-8"
        )
        scripted = ScriptedClassifier({"awful": ("sentiment", "negative", 0.95)})
        stages = Stages(lambda: Hub([scripted]), English)
        result = classify_file(source, target, stages, **options)
        return result, [json.loads(one) for one in target.read_text("utf-8").splitlines()]

    return run


def test_language_and_every_task_are_added_and_nothing_else_is_touched(classified):
    row = {"text": "<b>awful</b>  ", "published_at": AT, "mine": {"deep": [1, None]}}

    result, (found,) = classified(row)

    added = found.pop("classifications")
    assert found == {**row, "language": "en"}
    assert added["sentiment"]["label"] == "negative"
    assert set(added["sentiment"]) == {"label", "score", "scores", "classifier", "version"}
    assert (result.written, result.faults) == (1, [])


def test_given_labels_and_language_stand(classified):
    row = {
        "text": "awful",
        "published_at": AT,
        "language": "FR",
        "classifications": {"sentiment": "positive"},
    }

    _, (found,) = classified(row)

    assert found["language"] == "fr"
    assert found["classifications"]["sentiment"]["label"] == "positive"
    assert found["classifications"]["intent"]["label"] == "other"


def test_lines_that_are_no_mention_are_told_with_their_number_and_left_out(classified, tmp_path):
    result, found = classified(
        "{ broken", {"text": "a", "published_at": AT}, "", {"text": "", "published_at": AT}, "[1]"
    )

    assert [one["text"] for one in found] == ["a"]
    places = [one.partition(": ")[0] for one in result.faults]
    assert places == [f"{tmp_path / 'in.jsonl'}:{line}" for line in (1, 4, 5)]
    assert "text is missing" in result.faults[1]


def test_a_line_that_cannot_be_written_again_is_told_and_the_others_are_written(classified):
    deep = '{"text": "a", "published_at": "' + AT + '", "more": ' + "[" * 300 + "]" * 300 + "}"

    result, found = classified(deep, {"text": "b", "published_at": AT})

    assert [one["text"] for one in found] == ["b"]
    assert (result.written, len(result.faults)) == (1, 1)
    assert "cannot be written again" in result.faults[0]


def test_a_mapped_file_comes_out_with_the_names_of_a_mention(classified):
    row = {"tweet": "awful", "at": AT, "who": "@zoe", "id": "m1"}

    _, (found,) = classified(
        row, mapping=parse_mapping("text=tweet,published_at=at,author.handle=who")
    )

    assert (found["id"], found["text"], found["author"]) == ("m1", "awful", {"handle": "@zoe"})


def test_more_lines_than_a_batch_keep_their_order_and_are_counted_aloud(classified):
    told = []
    rows = [{"text": f"number {at}", "published_at": AT} for at in range(600)]

    result, found = classified(*rows, on_progress=told.append)

    assert [one["text"] for one in found] == [one["text"] for one in rows]
    assert (result.written, told) == (600, [256, 512, 600])
