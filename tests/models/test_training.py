"""The shipped models can be made again, and are as good as their card says."""

from __future__ import annotations

import json

import pytest

from models.evaluate import evaluate
from models.manifest import read_manifest
from models.registry import ARTIFACTS, load_default
from models.training.data import CARDS, LANGUAGES, sentiment_train, sentiment_val
from models.training.linear import main

WORDS = {
    "negative": ("awful", "broken", "angry", "worst"),
    "neutral": ("table", "nine", "route", "monday"),
    "positive": ("lovely", "great", "happy", "best"),
}
FEELINGS = {"negative": "anger", "positive": "joy"}


@pytest.fixture
def data(tmp_path):
    """A tiny made-up copy of the folders that training reads."""
    folder = tmp_path / "data"
    for name in (*(f"umsab-{code}" for code in LANGUAGES), "semeval2017-task4a"):
        write(folder / name / "train.jsonl", rows(name, range(8)))
        write(folder / name / "val.jsonl", rows(name, range(8, 12)))
    emotions = [
        {**one, "label": FEELINGS[one["label"]]}
        for one in rows("emotion", range(8))
        if one["label"] in FEELINGS
    ]
    write(folder / "tweeteval-emotion" / "train.jsonl", emotions)
    return folder


def rows(name, numbers):
    return [
        {"text": f"{name} {words[n % 4]} {words[(n + 1) % 4]} {chr(97 + n)}", "label": label}
        for label, words in WORDS.items()
        for n in numbers
    ]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


def test_one_command_makes_a_backend_that_loads_and_answers(data, labels_dir, tmp_path, capsys):
    out = tmp_path / "artifacts" / "linear"
    command = ["--data", str(data), "--labels", str(labels_dir), "--out", str(out)]

    assert main(command) == 0
    once = {path.name: path.read_bytes() for path in out.iterdir()}
    assert main(command) == 0

    assert {path.name: path.read_bytes() for path in out.iterdir()} == once
    assert set(once) == {"sentiment.skops", "coffee.skops", "card.md", "manifest.json"}
    hub = load_default(backend="linear", artifacts=tmp_path / "artifacts")
    ((feeling, _),) = hub.classify(["the worst, so awful and broken"], ["en"])
    assert feeling.label == "negative"
    assert "wrote sentiment.skops" in capsys.readouterr().out

    assert main([*command, "--only", "coffee"]) == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == once


def test_no_text_to_be_measured_on_is_learnt_from(data):
    leaked = {"text": "umsab-fr LOVELY great,  a", "label": "positive"}
    write(data / "umsab-fr" / "val.jsonl", [leaked])
    val = [row for part in sentiment_val(data).values() for row in part]

    learnt = {row.text for part in sentiment_train(data, held_out=val) for row in part.rows}

    assert "umsab-fr lovely great a" not in learnt
    assert "umsab-fr great happy b" in learnt


@pytest.mark.parametrize("forbidden", ["airline-tweets", "sanders-brands"])
def test_sets_for_replay_alone_are_not_learnt_from(forbidden, root):
    sources = (root / "models" / "training").glob("*.py")

    assert not any(forbidden in path.read_text("utf-8") for path in sources)


def test_the_card_names_every_data_set_and_what_people_must_know():
    card = (ARTIFACTS / "linear" / "card.md").read_text("utf-8")

    assert all(f"| {one.name} |" in card for one in CARDS)
    assert "## Intended use" in card
    assert "## Known failures" in card
    assert "card.md" in read_manifest(ARTIFACTS / "linear").sha256_by_file


# Macro-F1 measured when the artefact was made, see its card, less two points.
SOUND = {
    "umsab-ar": 0.607,
    "umsab-de": 0.648,
    "umsab-en": 0.649,
    "umsab-es": 0.519,
    "umsab-fr": 0.591,
    "umsab-it": 0.554,
    "umsab-pt": 0.559,
    "semeval2017-task4a": 0.644,
}


@pytest.mark.parametrize("name", list(SOUND))
def test_shipped_sentiment_is_as_good_as_its_card_says(hub, shared_data, name):
    measured = evaluate(hub, "sentiment", sentiment_val(shared_data)[name])

    assert measured.macro_f1 >= SOUND[name]
    assert measured.accuracy_answered > measured.accuracy
    assert measured.ece <= 0.08


def test_shipped_sentiment_claims_nothing_where_it_knows_nothing(hub, shared_data):
    measured = evaluate(hub, "sentiment", sentiment_val(shared_data)["umsab-hi"])

    assert measured.answered == 0
    assert measured.ece <= 0.08
