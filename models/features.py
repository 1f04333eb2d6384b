"""Turns short social text into the sparse features that the linear models weigh.

A text becomes the set of its words, word pairs and the character n-grams inside each word, hashed
into a fixed number of columns. No vocabulary is kept, so any script works, memory is bounded, and
what a text becomes depends on nothing but the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.utils import murmurhash3_32

from models.text import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Changes whenever the same text may become other features: artefacts made under another number
# are refused.
FEATURES_VERSION = 1
COLUMNS = 1 << 20
_LONGEST_TOKEN = 40
_SIZES = (2, 3, 4, 5)

_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
# Arabic vowel signs and stretching, joiners, directions and emoji styles: spelling, not meaning.
_MARKS = re.compile("[\u0640\u064b-\u0652\u200b-\u200f\u2060\ufe0e\ufe0f]")
# Letters that writers of Arabic use freely for one another.
_LETTERS = str.maketrans("أإآٱىةؤئ’", "اااايهوي'")  # noqa: RUF001  the letters are the point
# A word with the combining marks of its script and inner apostrophes; a run of punctuation; else
# one sign, which is how each emoji becomes a word of its own.
_TOKEN = re.compile(
    r"(?:\w[\u0300-\u036f\u0900-\u0903\u093a-\u094f]*|(?<=\w)'(?=\w))+"
    r"|[!-/:-@\[-`{-~…¿¡«»“”]+|\S"
)


def featurise(texts: Sequence[str]) -> csr_matrix:
    """Return the features of texts.

    Returns:
        float32, (n_texts, COLUMNS); a feature that occurs in a text has the value one over the
        square root of how many distinct ones the text has, so rows have length 1 or are empty.
    """
    rows = [_columns(text) for text in texts]
    counts = np.array([len(row) for row in rows], dtype=np.int64)
    indptr = np.concatenate(([0], np.cumsum(counts)))
    indices = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int32)
    values = np.repeat((1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32), counts)
    return csr_matrix((values, indices, indptr), shape=(len(rows), COLUMNS))


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", normalise(text)).casefold()
    text = _DIGITS.sub("0", _MARKS.sub("", text).translate(_LETTERS))
    return _REPEATED.sub(r"\1\1", text)


def _columns(text: str) -> NDArray[np.int32]:
    tokens = [token[:_LONGEST_TOKEN] for token in _TOKEN.findall(_fold(text))]
    if not tokens:
        return np.zeros(0, dtype=np.int32)
    pairs = [_hash(f"b{first} {second}") for first, second in pairwise(tokens)]
    parts = [_token_columns(token) for token in tokens]
    return np.unique(np.concatenate([*parts, np.array(pairs, dtype=np.int32)]))


# Words repeat (Zipf), so most of the hashing is done once: this makes the whole four times faster.
@lru_cache(maxsize=1 << 15)
def _token_columns(token: str) -> NDArray[np.int32]:
    padded = f" {token} "
    grams = [
        padded[start : start + size] for size in _SIZES for start in range(len(padded) - size + 1)
    ]
    hashed = [_hash(f"w{token}"), *(_hash(f"c{gram}") for gram in grams)]
    return np.array(hashed, dtype=np.int32)


def _hash(feature: str) -> int:
    # A lone surrogate is no character and cannot be encoded, yet may stand in what people send.
    encoded = feature.encode("utf-8", errors="replace")
    return int(murmurhash3_32(encoded, 0, positive=True)) % COLUMNS
