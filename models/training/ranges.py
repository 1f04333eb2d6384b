"""Finds how large the inputs of each product grow, over texts of every language learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort

from models.text import normalise
from models.training.data import LANGUAGES, umsab_texts
from models.training.export import ranges_graph

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from models.training.export import Network

    Floats = NDArray[np.float32]

_EVERY = 30  # of UMSAB's train, which gives about 500 texts
_FATAL = 4
_LONGEST = 64


def input_ranges(
    network: Network, tokenizer: Tokenizer, texts: Sequence[str]
) -> Mapping[str, Floats]:
    """Return the largest absolute value of each input channel of each product, by its name."""
    options = ort.SessionOptions()
    options.log_severity_level = _FATAL
    session = ort.InferenceSession(ranges_graph(network), options)
    names = [one.name for one in session.get_outputs()]
    largest: dict[str, Floats] = {}
    for text in texts:
        ids = np.array([tokenizer.encode(normalise(text)).ids[:_LONGEST]])
        for name, found in zip(names, session.run(None, {"input_ids": ids}), strict=True):
            largest[name] = np.maximum(largest.get(name, 0), found[0])
    return largest


def texts_to_range_over(data: Path) -> list[str]:
    """Return some texts of UMSAB's train, of each language as many."""
    return [text for code in LANGUAGES for text in umsab_texts(data, code)[::_EVERY]]
