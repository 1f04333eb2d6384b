"""Writes the encoder as one ONNX graph of 8-bit products, laid out by hand.

By hand, because what matters at run time is decided here: attention is one fused product for
query, key and value; activations are quantised from one text alone, so no answer can depend on a
batch; word embeddings stay the 4-bit blocks in which the base came, exactly; layer norms stay apart
from the additions before them, which onnxruntime computes five times faster than its fused form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_OPSET = 21
_IR_VERSION = 10
_CONTRIB = "com.microsoft"
BLOCK = 32  # word-embedding values that share one scale
# A channel stays apart when it is so many times larger than the largest of the ordinary ones, which
# begin after the most that may stay apart.
_OUTLYING = 1.4
_MOST_APART = 8


@dataclass(frozen=True, slots=True, eq=False)
class WordBlocks:
    """Word embeddings as the base ships them: value = code * scale.

    Attributes:
        codes: int8 in [-8, 7], (n_words, width).
        scales: float16, (n_words, width / 32).
    """

    codes: NDArray[np.int8]
    scales: NDArray[np.float16]

    def values(self) -> Floats:
        """Return the embeddings, float32, (n_words, width)."""
        blocks = self.codes.reshape(len(self.codes), -1, BLOCK).astype(np.float32)
        values = blocks * self.scales.astype(np.float32)[:, :, None]
        return values.reshape(self.codes.shape)

    def rows(self, kept: Sequence[int]) -> WordBlocks:
        """Return the embeddings of some words, in the order given."""
        chosen = np.asarray(kept)
        return WordBlocks(self.codes[chosen], self.scales[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Everything the graph computes with.

    Attributes:
        state: Weights by the names a `transformers` BertModel gives them, without word embeddings.
        heads: (weight, bias) of each task over first and mean vector, (n_labels, 2 * width).
        projection: (weight, bias) of the embedding that label sets are taught over.
        eps: Layer norm's.
    """

    words: WordBlocks
    state: Mapping[str, Floats]
    heads: Mapping[str, tuple[Floats, Floats]]
    projection: tuple[Floats, Floats]
    layers: int
    attention_heads: int
    eps: float


def encoder_graph(
    network: Network, *, bits: int | None = 8, ranges: Mapping[str, Floats] | None = None
) -> bytes:
    """Return the ONNX model: token ids of one text in, its raw scores and embedding out.

    Inputs: ``input_ids``, int64, (1, n_tokens). Outputs: ``logits``, float32, (1, n_labels), the
    tasks' labels one after another in the order of `Network.heads`; ``embedding``, float32,
    (1, width), of length 1.

    Args:
        bits: Of each weight of the layers, 8 or 7; None leaves them float32, to measure what
            quantising costs. With 7 no processor's 16-bit sums can overflow.
        ranges: What `ranges_graph` found over many texts: the one to three channels of a product
            that are several times larger than all others are then computed in float32, and the
            others keep their eight bits. Left out: every channel is quantised as it comes.

    Source: Dettmers et al. 2022, LLM.int8(), for keeping outlying channels apart.
    """
    graph = _Graph(network, bits, ranges or {})
    graph.answer()
    return bytes(graph.model().SerializeToString())


def ranges_graph(network: Network) -> bytes:
    """Return a float32 model that tells how large the inputs of each product are.

    Input as of `encoder_graph`; outputs, by the product's name: the largest absolute value of each
    channel over a text's tokens, float32, (1, n_channels).
    """
    graph = _Graph(network, None, {})
    graph.answer()
    return bytes(graph.model(tells_ranges=True).SerializeToString())


class _Graph:
    def __init__(self, network: Network, bits: int | None, ranges: Mapping[str, Floats]) -> None:
        self._network = network
        self._ranges = ranges
        self._inputs: dict[str, tuple[str, int]] = {}
        self._largest = None if bits is None else 2 ** (bits - 1) - 1
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def answer(self) -> None:
        """Lay out the whole graph."""
        hidden = self.embed()
        for layer in range(self._network.layers):
            hidden = self.layer(f"encoder.layer.{layer}.", hidden)
        self.outputs(hidden)

    def embed(self) -> str:
        words, state = self._network.words, self._network.state
        codes = (words.codes & 15).astype(np.uint8)
        packed = codes[:, 0::2] | codes[:, 1::2] << 4
        self._constants["words"] = helper.make_tensor(
            "words", TensorProto.INT4, words.codes.shape, packed.tobytes(), raw=True
        )
        # In float32, or the graph would round the products to float16 as well.
        scales = self._constant("words.scales", words.scales.astype(np.float32))
        word = self._node(
            "GatherBlockQuantized",
            ["words", "input_ids", scales],
            domain=_CONTRIB,
            gather_axis=0,
            quantize_axis=1,
            block_size=BLOCK,
        )
        # Every text is of one type, so its vector belongs to each position.
        kind = state["embeddings.token_type_embeddings.weight"][:1]
        places = state["embeddings.position_embeddings.weight"] + kind
        shape = self._node("Shape", ["input_ids"], start=1)
        first = self._constant("zero", np.array([0], np.int64))
        place = self._node("Slice", [self._constant("places", places), first, shape])
        return self._norm("embeddings.LayerNorm", self._node("Add", [word, place]))

    def layer(self, at: str, hidden: str) -> str:
        attended = self._product(self._attention(at, hidden), f"{at}attention.output.dense")
        hidden = self._norm(
            f"{at}attention.output.LayerNorm", self._node("Add", [attended, hidden])
        )
        wide = self._product(hidden, f"{at}intermediate.dense", bias=False)
        bias = self._constant(f"{at}wide", self._network.state[f"{at}intermediate.dense.bias"])
        wide = self._node("BiasGelu", [wide, bias], domain=_CONTRIB)
        narrow = self._product(wide, f"{at}output.dense")
        return self._norm(f"{at}output.LayerNorm", self._node("Add", [narrow, hidden]))

    def outputs(self, hidden: str) -> None:
        mean = self._node(
            "ReduceMean", [hidden, self._constant("one", np.array([1], np.int64))], keepdims=0
        )
        first = self._node(
            "Gather", [hidden, self._constant("none", np.array(0, np.int64))], axis=1
        )
        both = self._node("Concat", [first, mean], axis=1)
        heads = list(self._network.heads.values())
        weight = self._constant("heads.weight", np.concatenate([one for one, _ in heads]))
        bias = self._constant("heads.bias", np.concatenate([one for _, one in heads]))
        self._node("Gemm", [both, weight, bias], output="logits", transB=1)
        weight = self._constant("projection.weight", self._network.projection[0])
        bias = self._constant("projection.bias", self._network.projection[1])
        projected = self._node("Gemm", [mean, weight, bias], transB=1)
        self._node("LpNormalization", [projected], output="embedding", axis=1, p=2)

    def model(self, *, tells_ranges: bool = False) -> onnx.ModelProto:
        width = self._network.words.codes.shape[1]
        n_labels = sum(len(bias) for _, bias in self._network.heads.values())
        widths = {"logits": n_labels, "embedding": width}
        if tells_ranges:
            widths = {site: self._range(site) for site in self._inputs}
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [value("input_ids", TensorProto.INT64, [1, "n_tokens"])],
            [value(name, TensorProto.FLOAT, [1, one]) for name, one in widths.items()],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)

    def _attention(self, at: str, hidden: str) -> str:
        state = self._network.state
        parts = [f"{at}attention.self.{one}" for one in ("query", "key", "value")]
        weight = np.concatenate([state[f"{one}.weight"] for one in parts])
        bias = np.concatenate([state[f"{one}.bias"] for one in parts])
        bias_name = self._constant(f"{at}attention.bias", bias)
        heads = self._network.attention_heads
        self._inputs[f"{at}attention"] = (hidden, weight.shape[1])
        if self._largest is None:
            name = self._constant(f"{at}attention.weight", np.ascontiguousarray(weight.T))
            inputs = [hidden, name, bias_name]
            return self._node("Attention", inputs, domain=_CONTRIB, num_heads=heads)
        weights, scale, zero = self._quantised(f"{at}attention", weight)
        outputs = [f"{at}attention.{one}" for one in ("read", "step", "middle")]
        self._nodes.append(helper.make_node("DynamicQuantizeLinear", [hidden], outputs))
        read, step, middle = outputs
        inputs = [read, weights, bias_name, step, scale, "", middle, zero]
        return self._node("QAttention", inputs, domain=_CONTRIB, num_heads=heads)

    def _product(self, hidden: str, at: str, *, bias: bool = True) -> str:
        """Return hidden @ weight.T, with the bias added where wanted."""
        weight = self._network.state[f"{at}.weight"]
        added = self._constant(f"{at}.bias", self._network.state[f"{at}.bias"]) if bias else ""
        hidden, weight, part = self._apart(at, hidden, weight)
        if self._largest is None:
            name = self._constant(f"{at}.weight", np.ascontiguousarray(weight.T))
            product = self._node("MatMul", [hidden, name])
            return self._node("Add", [product, added]) if bias else product
        inputs = [hidden, *self._quantised(at, weight), *([added] if bias else [])]
        product = self._node("DynamicQuantizeMatMul", inputs, domain=_CONTRIB)
        return product if part is None else self._node("Add", [product, part])

    def _apart(self, at: str, hidden: str, weight: Floats) -> tuple[str, Floats, str | None]:
        """Return a product's input and weight without its outlying channels, and their part.

        That part is computed in float32 and to be added; None where no channel is far larger than
        the others.
        """
        self._inputs[at] = (hidden, weight.shape[1])
        sizes = self._ranges.get(at)
        if self._largest is None or sizes is None:
            return hidden, weight, None
        ordinary = np.sort(sizes)[-_MOST_APART - 1]
        chosen = np.flatnonzero(sizes > _OUTLYING * ordinary)
        if not len(chosen):
            return hidden, weight, None
        kept = np.ones(weight.shape[1], np.float32)
        kept[chosen] = 0
        places = self._constant(f"{at}.apart", chosen.astype(np.int64))
        theirs = self._constant(f"{at}.theirs", np.ascontiguousarray(weight[:, chosen].T))
        few = self._node("Gather", [hidden, places], axis=2)
        part = self._node("MatMul", [few, theirs])
        rest = self._node("Mul", [hidden, self._constant(f"{at}.kept", kept)])
        return rest, weight * kept, part

    def _range(self, at: str) -> int:
        """Add the output that tells a product's input channels; returns how many they are."""
        hidden, channels = self._inputs[at]
        size = self._node("Abs", [hidden])
        tokens = self._constant("one", np.array([1], np.int64))
        self._node("ReduceMax", [size, tokens], output=at, keepdims=0)
        return channels

    def _quantised(self, at: str, weight: Floats) -> list[str]:
        """Return the names of a weight's codes, scales and zero points, one scale an output."""
        assert self._largest is not None  # noqa: S101 - both callers have asked
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-12) / self._largest
        codes = np.rint(weight / scale[:, None]).astype(np.int8)
        return [
            self._constant(f"{at}.codes", np.ascontiguousarray(codes.T)),
            self._constant(f"{at}.scales", scale.astype(np.float32)),
            self._constant(f"{at}.zeros", np.zeros(len(scale), np.int8)),
        ]

    def _norm(self, at: str, hidden: str) -> str:
        state = self._network.state
        weight = self._constant(f"{at}.weight", state[f"{at}.weight"])
        bias = self._constant(f"{at}.bias", state[f"{at}.bias"])
        return self._node(
            "LayerNormalization", [hidden, weight, bias], axis=-1, epsilon=self._network.eps
        )

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._constants[name] = numpy_helper.from_array(value, name)
        return name

    def _node(
        self,
        kind: str,
        inputs: list[str],
        *,
        output: str | None = None,
        domain: str | None = None,
        **attributes: Any,
    ) -> str:
        name = output or f"{kind}.{len(self._nodes)}"
        node = helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes)
        self._nodes.append(node)
        return name
