"""Outlying channels kept apart, checkpoints averaged, a kindred head folded in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch

from models.training.base import read_base
from models.training.export import encoder_graph
from models.training.finishing import averaged, with_kindred_emotions
from models.training.network import TASKS, Tuned, bert_of, network_of
from models.training.ranges import input_ranges
from models.training.vocabulary import kept_pieces, tokenizer_of
from tests.models import tiny_base

TEXTS = ["good", "good bad good", "bad bad good good bad"]
OUTLYING = 3


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "tiny.bin"
    tiny_base.write_base(path, tiny_base.tensors())
    return read_base(path)


@pytest.fixture(scope="module")
def tokenizer(base):
    return tokenizer_of(base, kept_pieces(base, words=[("good", 1), ("bad", 1)], texts=[]))


@pytest.fixture(scope="module")
def network(base):
    """A tiny network one channel of which is far larger than the others wherever a norm ends."""
    torch.manual_seed(7)
    heads = {task: len(labels) for task, labels in TASKS.items()}
    tuned = Tuned(bert_of(base), heads, centre=torch.zeros(tiny_base.WIDTH))
    found = network_of(tuned.eval().state_dict(), base, range(len(base.words.codes)))
    state = dict(found.state)
    for name, value in found.state.items():
        if name.endswith("attention.output.LayerNorm.bias"):
            state[name] = value + 60 * (np.arange(len(value)) == OUTLYING).astype(np.float32)
    return replace(found, state=state)


def raw(graph, tokenizer):
    session = onnxruntime.InferenceSession(graph)
    ids = [np.array([tokenizer.encode(text).ids]) for text in TEXTS]
    return np.concatenate([session.run(None, {"input_ids": one})[0] for one in ids])


def test_ranges_name_every_product_and_find_the_outlying_channel(network, tokenizer):
    ranges = input_ranges(network, tokenizer, TEXTS)

    assert len(ranges) == 4 * network.layers
    assert ranges["encoder.layer.0.intermediate.dense"].argmax() == OUTLYING


def test_keeping_outlying_channels_apart_brings_the_answers_nearer(network, tokenizer):
    wanted = raw(encoder_graph(network, bits=None), tokenizer)
    ranges = input_ranges(network, tokenizer, TEXTS)

    plain = np.abs(raw(encoder_graph(network, bits=7), tokenizer) - wanted).max()
    apart = np.abs(raw(encoder_graph(network, bits=7, ranges=ranges), tokenizer) - wanted).max()

    assert apart < plain / 2


def test_ranges_change_nothing_that_is_not_quantised(network, tokenizer):
    ranges = input_ranges(network, tokenizer, TEXTS)

    assert encoder_graph(network, bits=None, ranges=ranges) == encoder_graph(network, bits=None)


def test_checkpoints_are_averaged_and_what_they_agree_on_stays():
    states = [{"a": torch.tensor([float(n)]), "same": torch.tensor([1 / 3])} for n in (10, 20, 40)]

    found = averaged(states, (0.2, 0.3, 0.5))

    assert found["a"].item() == pytest.approx(28)
    assert torch.equal(found["same"], states[0]["same"])


def test_of_a_short_run_the_last_shares_count():
    states = [{"a": torch.tensor([0.0])}, {"a": torch.tensor([8.0])}]

    assert averaged(states, (0.2, 0.3, 0.5))["a"].item() == pytest.approx(5)


def test_a_kindred_emotion_speaks_for_its_own_label_alone():
    emotions = ["anger", "neutral"]
    state = {
        "heads.emotion.weight": torch.zeros(4, 2),
        "heads.emotion.bias": torch.zeros(4),
        "heads.go.weight": torch.tensor([[1.0, 2.0], [5.0, 5.0]]),
        "heads.go.bias": torch.tensor([3.0, 7.0]),
    }

    found = with_kindred_emotions(state, emotions, (10, 10, 10, 10))

    assert found["heads.emotion.weight"][0].tolist() == pytest.approx([0.8, 1.6])
    assert found["heads.emotion.bias"].tolist() == pytest.approx([2.4, 0, 0, 0])
    assert not found["heads.emotion.weight"][1:].any()


def test_frequent_labels_are_given_their_frequency_back():
    state = {
        "heads.emotion.weight": torch.zeros(4, 2),
        "heads.emotion.bias": torch.zeros(4),
        "heads.go.weight": torch.zeros(1, 2),
        "heads.go.bias": torch.zeros(1),
    }

    bias = with_kindred_emotions(state, ["neutral"], (400, 100, 100, 100))["heads.emotion.bias"]

    assert (bias[0] - bias[1]).item() == pytest.approx(np.log(2))
