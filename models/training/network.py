"""The network that is tuned, and how its weights become those of the exported graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertModel

from engine.classification import BUILT_IN_TASKS
from models.training.export import Network, WordBlocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.training.base import Base

    State = Mapping[str, torch.Tensor]

# Labels of the tasks that ship, in the order of the tuned heads' rows.
TASKS: Mapping[str, tuple[str, ...]] = {
    "sentiment": ("negative", "neutral", "positive"),
    "emotion": ("anger", "joy", "optimism", "sadness"),
    "offensive": ("not_offensive", "offensive"),
    "irony": ("not_irony", "irony"),
}
# Of the base's twelve layers, those left out: every answer then has a sixth fewer to go through.
DROPPED = frozenset({3, 6})
_HEAD_DROPOUT = 0.1
_WORD_ROWS = "enc.embeddings.word_embeddings.weight"
_CLOSE = 1e-6
_LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class Read(NamedTuple):
    """What the network says of a batch.

    Attributes:
        logits: Raw scores of each head, (n_texts, n_labels).
        projected: The embedding before it is brought to length 1, (n_texts, width).
    """

    logits: dict[str, torch.Tensor]
    projected: torch.Tensor


class Tuned(nn.Module):
    """The base with fewer layers, a projection for label sets, and one head a task.

    Its three parts are called as the checkpoints call them. A head reads the first vector beside
    the mean one; the projection starts as the mean vector less `centre`.

    Args:
        encoder: The whole base; takes it over.
        heads: Number of labels by task.
        centre: Mean of the base's own embeddings, (width,).
    """

    def __init__(
        self, encoder: BertModel, heads: Mapping[str, int], *, centre: torch.Tensor
    ) -> None:
        super().__init__()
        self.enc = encoder
        layers = [one for at, one in enumerate(encoder.encoder.layer) if at not in DROPPED]
        self.enc.encoder.layer = nn.ModuleList(layers)
        self.enc.config.num_hidden_layers = len(layers)
        _forget_dropout(self.enc)
        width = encoder.config.hidden_size
        self.proj = nn.Linear(width, width)
        with torch.no_grad():
            self.proj.weight.copy_(torch.eye(width))
            self.proj.bias.copy_(-centre)
        self.heads = nn.ModuleDict({task: nn.Linear(2 * width, n) for task, n in heads.items()})
        self.drop = nn.Dropout(_HEAD_DROPOUT)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Read:
        """Read a batch of token ids, (n_texts, n_tokens), where `mask` is 1."""
        hidden = self.enc(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        mean = mean_vector(hidden, mask)
        both = self.drop(torch.cat([hidden[:, 0], mean], 1))
        return Read({task: head(both) for task, head in self.heads.items()}, self.proj(mean))


def mean_vector(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean over a text's tokens, (n_texts, width)."""
    counted = mask[..., None].to(hidden.dtype)
    return (hidden * counted).sum(1) / counted.sum(1)


def bert_of(base: Base, kept: Sequence[int] | None = None) -> BertModel:
    """Return the base as a BertModel that is not learning.

    Draws from torch's random numbers for weights it then replaces: the draws that follow depend
    on how often it was called.

    Args:
        kept: Ids of the word embeddings to hold, in this order; None for all.
    """
    sizes = base.sizes
    words = base.words if kept is None else base.words.rows(kept)
    config = BertConfig(
        vocab_size=len(words.codes),
        hidden_size=sizes.hidden,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.ffn,
        max_position_embeddings=sizes.positions,
        type_vocab_size=sizes.types,
        layer_norm_eps=sizes.eps,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(_bert_state(base, words), strict=True)
    model.train(mode=False)
    return model


def network_of(state: State, base: Base, kept: Sequence[int]) -> Network:
    """Return a checkpoint's weights as the exported graph wants them.

    Only the tasks that ship come along, each with its rows in the order of `BUILT_IN_TASKS`.

    Args:
        state: Of a `Tuned`.
        kept: Ids of the base's pieces that it was tuned with.

    Raises:
        ValueError: Its word embeddings are not those of the base's kept pieces.
    """
    words = base.words.rows(kept)
    rows = _plain(state[_WORD_ROWS])
    if rows.shape != words.codes.shape or not np.allclose(words.values(), rows, atol=_CLOSE):
        message = (
            f"the checkpoint's {len(rows)} word embeddings are not the base's {len(words.codes)} "
            "kept ones: it was tuned with another base or vocabulary"
        )
        raise ValueError(message)
    weights = {
        name.removeprefix("enc."): _plain(value)
        for name, value in state.items()
        if name.startswith("enc.") and name != _WORD_ROWS
    }
    return Network(
        words=words,
        state=weights,
        heads={task: _head(state, task) for task in TASKS},
        projection=(_plain(state["proj.weight"]), _plain(state["proj.bias"])),
        layers=len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")}),
        attention_heads=base.sizes.heads,
        eps=base.sizes.eps,
    )


def _head(state: State, task: str) -> tuple[np.ndarray, np.ndarray]:
    order = [TASKS[task].index(label) for label in BUILT_IN_TASKS[task]]
    return _plain(state[f"heads.{task}.weight"])[order], _plain(state[f"heads.{task}.bias"])[order]


def _plain(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().float().numpy()


def _forget_dropout(encoder: BertModel) -> None:
    """Make the encoder give the same vectors while learning as after."""
    encoder.config.hidden_dropout_prob = 0.0
    encoder.config.attention_probs_dropout_prob = 0.0
    encoder.config._attn_implementation = "eager"  # noqa: SLF001 - it has no other switch
    for module in encoder.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0  # type: ignore[assignment]  # some modules' own number


def _bert_state(base: Base, words: WordBlocks) -> dict[str, torch.Tensor]:
    sizes, wide = base.sizes, base.sizes.hidden
    kind = torch.from_numpy(base.tensor("emb.type", -1, wide))
    state = {
        "embeddings.word_embeddings.weight": torch.from_numpy(words.values()),
        "embeddings.position_embeddings.weight": _tensor(base, "emb.pos", sizes.positions, wide),
        "embeddings.token_type_embeddings.weight": kind.expand(sizes.types, wide).clone(),
        "embeddings.LayerNorm.weight": _tensor(base, "emb.ln.w", wide),
        "embeddings.LayerNorm.bias": _tensor(base, "emb.ln.b", wide),
    }
    outputs, inputs = {"fi": sizes.ffn}, {"fo": sizes.ffn}
    for at in range(sizes.layers):
        for short, name in _LINEAR.items():
            out, into = outputs.get(short, wide), inputs.get(short, wide)
            mine = f"encoder.layer.{at}.{name}"
            state[f"{mine}.weight"] = _tensor(base, f"l{at}.{short}.w", out, into)
            state[f"{mine}.bias"] = _tensor(base, f"l{at}.{short}.b", out)
        for short, name in _NORMS.items():
            mine = f"encoder.layer.{at}.{name}"
            state[f"{mine}.weight"] = _tensor(base, f"l{at}.{short}.w", wide)
            state[f"{mine}.bias"] = _tensor(base, f"l{at}.{short}.b", wide)
    return state


def _tensor(base: Base, name: str, *shape: int) -> torch.Tensor:
    return torch.from_numpy(base.tensor(name, *shape))
