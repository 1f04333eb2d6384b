"""The encoder can be made again: its mixture, its run, and the one command."""

from __future__ import annotations

import json
from random import Random

import numpy as np
import pytest
import torch

from engine.classification import BUILT_IN_TASKS
from models.registry import load_default
from models.training.base import read_base
from models.training.batches import SIZE, learning_order, padded
from models.training.data import ENCODER_CARDS, every_text, val_sets
from models.training.encoder import Run, remake
from models.training.encoder_card import TRIED
from models.training.measuring import headlines, of_task, shipped_task
from models.training.mixture import mixture
from models.training.network import Tuned, bert_of
from models.training.tuning import Lesson, Tuning, hidden_words, label_weights, rate_at
from models.training.vocabulary import tokenizer_of
from tests.models import tiny_base


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    tiny_base.write_data(folder)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "tiny-q4.bin"
    tiny_base.write_base(path, tiny_base.tensors())
    return path


def mixed(data, seed=7):
    return mixture(data, chance=Random(seed), say=lambda line: None)


def test_the_same_seed_mixes_the_same_and_another_does_not(data):
    assert mixed(data).items == mixed(data).items
    assert mixed(data).version == mixed(data).version != mixed(data, seed=8).version


def test_no_labelled_text_that_is_measured_on_is_learnt_from(data, tmp_path):
    tiny_base.write_data(tmp_path)
    leaked = {"text": "GOOD, umsab-fr: train 3!", "label": "positive"}
    tiny_base.write_rows(tmp_path / "semeval2017-task4a" / "val.jsonl", [leaked])

    def texts(folder):
        return {item.text for item in mixed(folder).items}

    assert texts(data) - texts(tmp_path) == {"good umsab-fr train 3"}


def test_a_text_of_hindi_that_semeval_has_is_learnt_from_there_alone(tmp_path):
    tiny_base.write_data(tmp_path)
    shared = {"text": "good semeval2017-task4a train 1", "label": "negative"}
    tiny_base.write_rows(tmp_path / "umsab-hi" / "train.jsonl", [shared])

    found = [item for item in mixed(tmp_path).items if item.text == shared["text"]]

    assert {item.target for item in found} == {2}
    assert not any(item.is_taught for item in found)


def test_doubtful_labels_of_hindi_are_not_learnt_from(data):
    hindi = [item for item in mixed(data).items if "umsab-hi" in item.text]

    assert len(hindi) == 4 * 18
    assert all(item.is_taught and item.head is None and item.target is None for item in hindi)


SPANS = [
    ("umsab-fr", "sentiment", (4, 0.05, 1.0)),
    ("irony tweeteval-irony", "irony", (5, 0.05, 1.0)),
    ("goemotions", "go", (1, 0.0, 0.55)),
    ("mlma", "toxic", (1, 0.0, 0.8)),
    ("youtube-spam", None, (1, 0.0, 1.0)),
]


@pytest.mark.parametrize(("words", "head", "expected"), SPANS)
def test_a_source_is_spread_over_its_span(data, words, head, expected):
    passes, first, last = expected
    items = [item for item in mixed(data).items if words in item.text]

    assert {item.head for item in items} == {head}
    assert all(first <= item.place <= last for item in items)
    assert len(items) == passes * len({item.text for item in items})


def test_texts_for_the_vocabulary_are_those_of_the_cards_alone(data, tmp_path):
    tiny_base.write_data(tmp_path)
    tiny_base.write_rows(tmp_path / "kept-for-replay" / "stream.jsonl", [{"text": "never"}])

    assert list(every_text(tmp_path)) == list(every_text(data))
    assert "never" not in set(every_text(tmp_path))


def test_batches_hold_every_text_once_and_texts_of_like_length(data):
    lengths = [n % 50 for n in range(70)]
    order = learning_order(lengths, chance=Random(1))

    assert sorted(place for batch in order for place in batch) == list(range(70))
    assert max(map(len, order)) == SIZE
    spread = [max(lengths[at] for at in one) - min(lengths[at] for at in one) for one in order]
    assert max(spread) < 30


def test_padding_is_masked():
    batch = padded([[0, 5, 2], [0, 2]])

    assert batch.ids.tolist() == [[0, 5, 2], [0, 2, 1]]
    assert batch.mask.tolist() == [[1, 1, 1], [1, 1, 0]]


def test_only_words_are_hidden():
    torch.manual_seed(1)
    ids = torch.tensor([[0, *[9] * 2000, 2, 1]])
    hidden = hidden_words(ids, (ids != 1).long())

    assert hidden[0, [0, -2, -1]].tolist() == [0, 2, 1]
    assert 0.03 < (hidden == 3).float().mean() < 0.09


def test_rates_grow_then_fall_to_nothing():
    rates = [rate_at(step, 1000) for step in range(1001)]

    assert max(rates) == rates[60] == 1.0
    assert rates[0] == pytest.approx(1 / 60)
    assert rates[1000] == 0
    assert rates[:61] == sorted(rates[:61])
    assert rates[60:] == sorted(rates[60:], reverse=True)


def test_a_rarer_label_counts_for_more():
    assert label_weights((400, 100)).tolist() == pytest.approx([2 / 3, 4 / 3])


class StoppedError(Exception):
    pass


def tuning(base_file, data, file, *, check=lambda step: None):
    torch.manual_seed(7)
    chance = Random(7)
    found = mixture(data, chance=chance, say=lambda line: None)
    base = read_base(base_file)
    encoder = bert_of(base, range(len(base.pieces)))
    network = Tuned(encoder, found.heads, centre=torch.zeros(tiny_base.WIDTH))
    teacher = {item.text: torch.eye(tiny_base.WIDTH)[0] for item in found.items}
    lesson = Lesson(found, tokenizer_of(base), teacher)
    run = Tuning(
        *(network, lesson),
        chance=chance,
        file=file,
        say=lambda line: None,
        check=check,
        kept_every=10,
    )
    return network, run


def test_an_interrupted_run_ends_where_a_whole_one_does(base, data, tmp_path):
    def interrupt(step):
        raise StoppedError

    whole, run = tuning(base, data, tmp_path / "whole.pt")
    before = {name: value.clone() for name, value in whole.state_dict().items()}
    run.run()
    _, run = tuning(base, data, tmp_path / "halves.pt", check=interrupt)
    with pytest.raises(StoppedError):
        run.run()
    halves, run = tuning(base, data, tmp_path / "halves.pt")
    run.run()

    changed = {name for name, value in whole.state_dict().items() if (value != before[name]).any()}
    assert all(
        torch.equal(halves.state_dict()[name], value) for name, value in whole.state_dict().items()
    )
    assert not any("embeddings" in name or ".layer.1." in name for name in changed)
    assert {
        "proj.weight",
        "heads.irony.weight",
        "enc.encoder.layer.2.output.dense.weight",
    } <= changed


def test_one_command_makes_a_backend_that_loads_and_answers(base, data, labels_dir, tmp_path):
    said = []
    run = Run(
        data=data,
        labels=labels_dir,
        out=tmp_path / "artifacts" / "encoder",
        base=base,
        work=tmp_path / "work",
        seed=7,
        checkpoint=None,
        ships="int8",
        words=lambda: [("good", 1.0), ("awful", 1.0)],
        say=said.append,
    )
    remake(run)
    once = {path.name: path.read_bytes() for path in run.out.iterdir()}
    remake(run)

    assert {path.name: path.read_bytes() for path in run.out.iterdir()} == once
    assert set(once) == {
        *("encoder.onnx", "tokenizer.json", "encoder.json"),
        *("coffee.npz", "card.md", "manifest.json"),
    }
    assert any("was tuned before" in line for line in said)
    hub = load_default(backend="encoder", artifacts=tmp_path / "artifacts")
    (found,) = hub.classify(["good"], ["en"])
    assert {one.task for one in found} == {*BUILT_IN_TASKS, "coffee"}
    about = json.loads(once["encoder.json"])
    assert {name: tuple(one["labels"]) for name, one in about["tasks"].items()} == BUILT_IN_TASKS
    assert set(about["measured"]["precisions"]) == {"fp32", "int8", "int7"}
    card = once["card.md"].decode()
    assert all(f"| {one.name} |" in card for one in ENCODER_CARDS)
    assert TRIED in card
    assert "## Known failures" in card


def test_figures_are_those_of_the_raw_scores(data):
    sets = val_sets(data)
    sure = [perfect(one) for one in sets]

    found = headlines(sets, sure)

    assert set(found.values()) == {1.0}
    assert "umsab-mean" in found
    at = [index for index, one in enumerate(sets) if one.task == "irony"]
    shipped = shipped_task(
        "irony", [sets[one] for one in at], [of_task(sure[one], "irony") for one in at]
    )
    assert shipped.measured["all"]["macro_f1"] == 1.0
    assert shipped.measured["sets"]["tweeteval-irony"]["n"] == 8


def perfect(one):
    """Raw scores of all tasks, of which the right label's is highest."""
    labels = [(task, label) for task, known in BUILT_IN_TASKS.items() for label in known]
    return np.array(
        [
            [float((task, label) == (one.task, row.label)) for task, label in labels]
            for row in one.rows
        ],
        dtype=np.float32,
    )
