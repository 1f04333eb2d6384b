"""Makes an encoder of two small layers with weights by chance: quick, and wrong about everything.

Its tokenizer knows letters, signs and a few words, and asks for the cutting and filling that a
tokenizer brings from training, which the run time has to undo.
"""

from __future__ import annotations

import json
import string

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing

from engine.classification import BUILT_IN_TASKS
from models.manifest import write_manifest
from models.training.export import BLOCK, Network, WordBlocks, encoder_graph

WIDTH = 2 * BLOCK
LONGEST = 16
_LAYERS = 2
_WORDS = ("hot", "cold", "coffee", "drink", "chaud", "froid", "café", "love", "hate")
_SIGNS = (*string.ascii_letters, *string.digits, *".,!?'@#-:/éèçàôü", "😍", "😡")


def write_tiny_encoder(folder, *, tasks=BUILT_IN_TASKS, seed=5):
    """Write the artefact folder of a small encoder and return it; equal seeds, equal files."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    chance = np.random.default_rng(seed)
    heads = {task: _linear(chance, len(labels), 2 * WIDTH) for task, labels in tasks.items()}
    n_words = tokenizer.get_vocab_size()
    network = Network(
        words=WordBlocks(
            chance.integers(-8, 8, (n_words, WIDTH), dtype=np.int8),
            np.full((n_words, WIDTH // BLOCK), 0.1, np.float16),
        ),
        state=_state(chance),
        heads=heads,
        projection=_linear(chance, WIDTH, WIDTH),
        layers=_LAYERS,
        attention_heads=2,
        eps=1e-12,
    )
    about = {
        "width": WIDTH,
        "longest": LONGEST,
        "tasks": {
            task: {
                "labels": list(labels),
                "temperature": 1.0,
                "temperatures": {"fr": 2.0},
                "floor": 0.4,
                "measured": {},
            }
            for task, labels in tasks.items()
        },
    }
    (folder / "encoder.onnx").write_bytes(encoder_graph(network))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "encoder.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "card.md").write_text("# An encoder for tests\n", encoding="utf-8")
    write_manifest(folder)
    return folder


def _tokenizer():
    pieces = [("<s>", 0.0), ("<unk>", 0.0), ("</s>", 0.0), ("▁", -3.0)]
    pieces += [(sign, -4.0) for sign in _SIGNS]
    pieces += [(f"▁{word}", -2.0) for word in _WORDS]
    tokenizer = Tokenizer(Unigram(pieces, unk_id=1))
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=32)
    return tokenizer


def _state(chance):
    state = {
        "embeddings.token_type_embeddings.weight": _floats(chance, 2, WIDTH),
        "embeddings.position_embeddings.weight": _floats(chance, LONGEST + 2, WIDTH),
        **_norm("embeddings.LayerNorm"),
    }
    for layer in range(_LAYERS):
        at = f"encoder.layer.{layer}."
        for name, n_out, n_in in (
            ("attention.self.query", WIDTH, WIDTH),
            ("attention.self.key", WIDTH, WIDTH),
            ("attention.self.value", WIDTH, WIDTH),
            ("attention.output.dense", WIDTH, WIDTH),
            ("intermediate.dense", 2 * WIDTH, WIDTH),
            ("output.dense", WIDTH, 2 * WIDTH),
        ):
            state[f"{at}{name}.weight"], state[f"{at}{name}.bias"] = _linear(chance, n_out, n_in)
        state |= _norm(f"{at}attention.output.LayerNorm") | _norm(f"{at}output.LayerNorm")
    return state


def _norm(at):
    return {f"{at}.weight": np.ones(WIDTH, np.float32), f"{at}.bias": np.zeros(WIDTH, np.float32)}


def _linear(chance, n_out, n_in):
    return _floats(chance, n_out, n_in), _floats(chance, n_out)


def _floats(chance, *shape):
    return chance.normal(0, 0.3, shape).astype(np.float32)
