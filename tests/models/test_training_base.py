"""The base's 4-bit file, its pruned vocabulary, and the graph made from a network over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from engine.classification import BUILT_IN_TASKS
from models.training.base import read_base
from models.training.export import WordBlocks, encoder_graph
from models.training.network import TASKS, Tuned, bert_of, network_of
from models.training.vocabulary import kept_pieces, tokenizer_of, unknown_rates
from tests.models import tiny_base

PIECES = tiny_base.PIECES


@pytest.fixture(scope="module")
def written():
    return tiny_base.tensors()


@pytest.fixture(scope="module")
def file(written, tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "tiny-q4.bin"
    tiny_base.write_base(path, written)
    return path


@pytest.fixture(scope="module")
def base(file):
    return read_base(file)


def test_the_file_gives_what_was_written(base, written):
    assert base.sizes[:-1] == (
        *(tiny_base.WIDTH, tiny_base.LAYERS, tiny_base.HEADS, tiny_base.WIDE),
        *(len(PIECES) + 3, tiny_base.PLACES, tiny_base.TYPES),
    )
    assert base.specials == (0, 2, 1, 3)
    assert base.pieces == PIECES
    assert base.log_probabilities[[0, -1]].tolist() == [-2, -9]
    words = written.pop("emb.word")
    assert np.array_equal(base.words.codes, words.codes)
    assert np.array_equal(base.words.scales, words.scales)
    for name, value in written.items():
        expected = value.values() if isinstance(value, WordBlocks) else value
        assert np.array_equal(base.tensor(name, *expected.shape), expected), name
    written["emb.word"] = words


def test_another_file_is_refused_by_name(tmp_path):
    path = tmp_path / "other.bin"
    path.write_bytes(b"GGUF and more")

    with pytest.raises(ValueError, match=r"other\.bin is not a 4-bit base: it starts with b'GGUF'"):
        read_base(path)


KEPT = [
    ("\u2581good", True, "a frequent word"),
    ("\u2581table", True, "twice in the texts"),
    ("\u2581http", False, "once in the texts"),
    ("\u2581superfluous", False, "nowhere"),
    ("<pad>", True, "special"),
    ("q", True, "short, in a script of the languages"),
    ("م", True, "short, in another script of the languages"),
    ("ж", False, "short, in a script of none of them"),
    ("\u2581Москва", False, "a word in a script of none of them"),
]


@pytest.mark.parametrize(("piece", "is_kept", "why"), KEPT, ids=[why for *_, why in KEPT])
def test_a_piece_is_kept_for_words_texts_or_spelling(base, piece, is_kept, why):
    kept = kept_pieces(base, words=[("good", 1e-5)], texts=["table http", "table"])

    assert (PIECES.index(piece) in kept) is is_kept
    assert kept == sorted(kept)


def test_a_word_too_rare_keeps_nothing(base):
    kept = kept_pieces(base, words=[("superfluous", 1e-9)], texts=[])

    assert PIECES.index("\u2581superfluous") not in kept


def test_unknown_rates_say_what_pruning_costs(base):
    kept = kept_pieces(base, words=[], texts=[])
    rates = unknown_rates(base, tokenizer_of(base, kept), {"en": ["good"], "ru": ["Москва"]})

    whole, pruned = rates["ru"]
    assert (whole.rate, whole.pieces) == (0, 3)
    assert pruned.rate > 0
    assert rates["en"][1].rate == 0
    assert rates["en"][1].pieces > rates["en"][0].pieces  # spelt out


def test_a_pruned_tokenizer_opens_and_closes_with_its_own_ids(base):
    kept = kept_pieces(base, words=[("good", 1)], texts=[])
    tokenizer = tokenizer_of(base, kept)

    ids = tokenizer.encode("good  good").ids
    assert [PIECES[kept[one]] for one in ids] == ["<s>", "\u2581good", "\u2581good", "</s>"]


@pytest.fixture(scope="module")
def tuned(base):
    torch.manual_seed(7)
    heads = {task: len(labels) for task, labels in TASKS.items()} | {"other": 3}
    network = Tuned(bert_of(base), heads, centre=torch.zeros(tiny_base.WIDTH))
    return network.eval()


@pytest.fixture(scope="module")
def network(tuned, base):
    return network_of(tuned.state_dict(), base, range(len(base.words.codes)))


TEXTS = ([0, 5, 2], [0, 6, 20, 21, 22, 40, 2], [0, *range(4, 50), 2])


def has_eight_bit_products():
    """Whether the processor multiplies 8-bit numbers into 32-bit sums: in 16 bits they overflow."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text("utf-8") if info.exists() else ""
    return "vnni" in flags or "i8mm" in flags


@pytest.mark.parametrize(
    ("bits", "within"),
    [
        (None, (1e-4, 1 - 1e-6)),
        pytest.param(
            *(8, (0.05, 0.999)),
            marks=pytest.mark.skipif(
                not has_eight_bit_products(),
                reason="this processor's 16-bit sums overflow with eight bits, which do not ship",
            ),
        ),
        (7, (0.1, 0.998)),
    ],
    ids=["fp32", "int8", "int7"],
)
def test_the_graph_says_what_the_network_says(tuned, network, bits, within):
    furthest, nearest = within
    session = onnxruntime.InferenceSession(encoder_graph(network, bits=bits))
    for ids in TEXTS:
        with torch.inference_mode():
            read = tuned(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.long))
        expected = np.concatenate(
            [
                read.logits[task][0, [TASKS[task].index(one) for one in labels]].numpy()
                for task, labels in BUILT_IN_TASKS.items()
            ]
        )
        direction = read.projected[0].numpy() / np.linalg.norm(read.projected[0].numpy())

        logits, embedding = session.run(None, {"input_ids": np.array([ids])})

        assert np.abs(logits[0] - expected).max() < furthest
        assert embedding[0] @ direction > nearest


def test_layers_left_out_are_left_out(tuned, base):
    assert (base.sizes.layers, len(tuned.enc.encoder.layer)) == (4, 3)


def test_a_checkpoint_over_another_vocabulary_is_refused(tuned, base):
    others = [*range(1, len(base.words.codes)), 0]

    with pytest.raises(ValueError, match="another base or vocabulary"):
        network_of(tuned.state_dict(), base, others)
