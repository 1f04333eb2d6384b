"""The encoder's run time, on an encoder of two small layers made here."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from engine.classification import BUILT_IN_TASKS, UNKNOWN, Classification
from engine.errors import ConfigError
from models.encoder import EncoderClassifier
from models.encoder_artifact import read_encoder
from models.encoder_reader import MOST_WINDOWS, EncoderReader, windows
from models.manifest import read_manifest, write_manifest
from tests.tiny_encoder import LONGEST, WIDTH

TEXTS = [
    "I love hot coffee",
    "ok",
    "",
    "cold cold cold!!",
    "😡",
    "too long to be read at once " * 5,
]


@pytest.fixture(scope="module")
def artifact(tiny_encoder):
    return read_encoder(read_manifest(tiny_encoder))


@pytest.fixture(scope="module")
def reader(artifact):
    return EncoderReader(artifact)


@pytest.fixture
def folder(tiny_encoder, tmp_path):
    """A copy of the small encoder that a test may spoil."""
    return shutil.copytree(tiny_encoder, tmp_path / "encoder")


def load(folder, **more):
    return EncoderClassifier(EncoderReader(read_encoder(read_manifest(folder))), **more)


def edit(folder, **changes):
    """Change the description of a folder's encoder, and name the changed file in its manifest."""
    path = folder / "encoder.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")
    write_manifest(folder)


def by_hand(artifact, tokens):
    """Run the graph once on a whole text's tokens."""
    ids = np.array([[artifact.opens, *tokens, artifact.closes]])
    logits, embedding = artifact.graph.run(["logits", "embedding"], {"input_ids": ids})
    return logits[0], embedding[0]


def tokens_of(artifact, text):
    return artifact.tokenizer.encode(text, add_special_tokens=False).ids


class LengthHead:
    """Says whether a text is long; keeps what it was shown."""

    task = "length"
    labels = ("short", "long")
    version = "1"

    def __init__(self):
        self.seen = []

    def answers(self, embeddings, texts, languages, *, classifier):
        self.seen.append((embeddings, texts, languages))
        return [
            Classification(
                self.task, "long" if len(text) > 5 else "short", 1.0, {}, classifier, self.version
            )
            for text in texts
        ]


# --- windows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, LONGEST])
def test_a_short_text_is_its_own_only_window(count):
    assert windows(list(range(count)), LONGEST) == [list(range(count))]


@pytest.mark.parametrize("count", [LONGEST + 1, 28, 29, 100, 12 * (MOST_WINDOWS - 1) + LONGEST])
def test_windows_hold_every_token_are_equally_long_and_overlap_by_a_quarter(count):
    found = windows(list(range(count)), LONGEST)

    assert {len(window) for window in found} == {LONGEST}
    assert (found[0][0], found[-1][-1]) == (0, count - 1)
    starts = [window[0] for window in found]
    steps = [after - before for before, after in pairwise(starts)]
    assert max(steps) <= LONGEST - LONGEST // 4
    assert len(found) <= MOST_WINDOWS


def test_tokens_beyond_the_last_window_are_left_out():
    assert windows(list(range(10_000)), LONGEST) == windows(
        list(range(12 * (MOST_WINDOWS - 1) + LONGEST)), LONGEST
    )


# --- reading ----------------------------------------------------------------------------------


def test_a_text_is_read_as_the_graph_gives_it(artifact, reader):
    logits, embedding = by_hand(artifact, tokens_of(artifact, "hot coffee"))

    read = reader.read(["hot  coffee\n"])

    assert read.texts == ("hot coffee",)
    assert read.logits[0] == pytest.approx(logits, abs=1e-6)
    assert read.embeddings[0] == pytest.approx(embedding, abs=1e-6)
    assert read.logits.dtype == read.embeddings.dtype == np.float32


def test_a_long_text_is_the_mean_of_its_windows_with_an_embedding_of_length_one(artifact, reader):
    text = "hot and cold coffee again and again"
    tokens = tokens_of(artifact, text)
    several = [by_hand(artifact, window) for window in windows(tokens, LONGEST)]
    assert len(several) > 1

    read = reader.read([text])

    assert read.logits[0] == pytest.approx(np.mean([one for one, _ in several], axis=0), abs=1e-5)
    mean = np.mean([one for _, one in several], axis=0)
    assert read.embeddings[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_what_a_tokenizer_cuts_off_or_fills_up_by_itself_is_undone(artifact, tiny_encoder):
    saved = json.loads((tiny_encoder / "tokenizer.json").read_text("utf-8"))
    assert saved["truncation"]
    assert saved["padding"]

    assert len(tokens_of(artifact, "abcdefghijkl")) > 8
    assert len(tokens_of(artifact, "a")) < 8


def test_several_threads_read_what_one_reads(artifact, reader):
    texts = [f"{text} {number}" for number in range(40) for text in TEXTS]

    alone, together = reader.read(texts), EncoderReader(artifact, threads=3).read(texts)

    assert np.array_equal(alone.logits, together.logits)
    assert np.array_equal(alone.embeddings, together.embeddings)


def test_a_text_is_read_the_same_in_any_company(reader):
    together = reader.read(TEXTS * 8)
    for place, text in enumerate(TEXTS):
        alone = reader.read([text])
        assert np.array_equal(alone.logits[0], together.logits[place + 3 * len(TEXTS)])
        assert np.array_equal(alone.embeddings[0], together.embeddings[place])


def test_embeddings_are_those_of_the_same_pass(reader):
    assert np.array_equal(reader.embed(TEXTS), reader.read(TEXTS).embeddings)
    assert reader.embed([]).shape == (0, WIDTH)


def test_half_a_character_is_read_as_a_question_mark(reader):
    assert reader.read(["\ud83d hot"]).texts == ("? hot",)


# --- answers ----------------------------------------------------------------------------------


def test_each_task_reads_its_own_raw_scores(tiny_encoder, reader):
    ((*answer,),) = load(tiny_encoder).classify(["hot coffee"], ["en"])

    logits = reader.read(["hot coffee"]).logits[0].astype(float)
    start = 0
    for one, (task, labels) in zip(answer, BUILT_IN_TASKS.items(), strict=True):
        raised = [math.exp(value) for value in logits[start : start + len(labels)]]
        expected = {label: value / sum(raised) for label, value in zip(labels, raised, strict=True)}
        assert (one.task, one.classifier) == (task, "encoder")
        assert one.scores == pytest.approx(expected)
        start += len(labels)


def test_a_languages_own_temperature_is_used(tiny_encoder):
    classifier = load(tiny_encoder)

    english, french = classifier.classify(["hot coffee"] * 2, ["en", "fr"])

    for one, other in zip(english, french, strict=True):
        assert one.score > other.score, "French is divided by 2"


def test_below_the_floor_the_label_is_unknown_and_the_scores_stay_whole(folder):
    tasks = json.loads((folder / "encoder.json").read_text("utf-8"))["tasks"]
    tasks["sentiment"]["floor"] = 1.0
    tasks["emotion"]["floor"] = 0.0
    edit(folder, tasks=tasks)

    ((sentiment, emotion, *_),) = load(folder).classify(["hot coffee"], [None])

    assert sentiment.label == UNKNOWN
    assert sum(sentiment.scores.values()) == pytest.approx(1)
    assert emotion.label == max(emotion.scores, key=emotion.scores.__getitem__)


def test_heads_are_shown_the_embeddings_of_the_one_pass_and_the_texts_as_read(reader):
    head = LengthHead()

    answers = EncoderClassifier(reader, [head]).classify(["ok ", "cold coffee"], ["en", None])

    ((embeddings, texts, languages),) = head.seen
    assert np.array_equal(embeddings, reader.embed(["ok", "cold coffee"]))
    assert texts == ("ok", "cold coffee")
    assert languages == ["en", None]
    assert [answer[-1].label for answer in answers] == ["short", "long"]
    assert [one.task for one in answers[0]] == [*BUILT_IN_TASKS, "length"]


def test_a_task_left_to_others_is_not_answered(reader):
    classifier = EncoderClassifier(reader, without={"sentiment"})

    ((*answer,),) = classifier.classify(["hot"], [None])

    assert list(classifier.tasks) == [one.task for one in answer] == list(BUILT_IN_TASKS)[1:]
    ((*whole,),) = EncoderClassifier(reader).classify(["hot"], [None])
    assert answer == whole[1:]


def test_two_answers_to_one_task_are_refused(reader):
    with pytest.raises(ConfigError, match=r"needs distinct tasks, got .*'length', 'length'"):
        EncoderClassifier(reader, [LengthHead(), LengthHead()])


def test_no_task_at_all_is_refused(reader):
    with pytest.raises(ConfigError, match=r"needs distinct tasks, got \[\]"):
        EncoderClassifier(reader, without=set(BUILT_IN_TASKS))


def test_the_classifiers_version_follows_its_tasks_and_heads(reader):
    versions = {
        EncoderClassifier(reader).version,
        EncoderClassifier(reader, [LengthHead()]).version,
        EncoderClassifier(reader, without={"irony"}).version,
    }

    assert len(versions) == 3
    assert EncoderClassifier(reader).version in versions


# --- what it costs to start -------------------------------------------------------------------

_CHILD = """
import sys
from pathlib import Path
from models.registry import load_default
hub = load_default(artifacts=Path(sys.argv[1]))
assert hub.classify(["hot coffee"], ["en"])[0]
slow = {"torch", "transformers", "onnx", "sklearn", "scipy", "skops", "sqlalchemy"}
print(sorted(slow & set(sys.modules)))
"""


def test_the_encoder_loads_and_answers_without_the_libraries_of_training(tiny_encoder, root):
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tiny_encoder.parent)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("[]\n", "")
