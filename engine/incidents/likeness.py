"""Which texts are nearly the same: keys that near-identical texts share.

Three keys a text, each of three minima of hashes over its different words. Two texts whose words
are nine tenths the same share one of them 98 times in 100, two that are half the same 33 in 100,
two that are a quarter the same 5 in 100.

Source: Broder, On the resemblance and containment of documents, 1997; keys in bands after Leskovec,
Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from engine.policy.text_query.words import cut

BANDS = 3
_ROWS = 3
_PRIME = (1 << 61) - 1
_NOT_SAID = re.compile(r"(?:https?://|www\.)\S+|[@\uff20]\w+", re.IGNORECASE)


def likeness(text: str) -> tuple[str, ...]:
    """Return the keys of a text, one a band; links, handles and numbers do not count."""
    words = {word for word in cut(_NOT_SAID.sub(" ", text)).folded if not word.isdigit()}
    hashes = [_hash(word) for word in words] or [_hash(text)]
    minima = [min((a * one + b) % _PRIME for one in hashes) for a, b in _permutations()]
    return tuple(_joined(minima[_ROWS * band : _ROWS * (band + 1)]) for band in range(BANDS))


def _joined(minima: list[int]) -> str:
    written = ",".join(map(str, minima)).encode("ascii")
    return hashlib.blake2b(written, digest_size=8).hexdigest()


@lru_cache(maxsize=1 << 14)
def _hash(word: str) -> int:
    raw = word.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big") % _PRIME


@lru_cache(maxsize=1)
def _permutations() -> tuple[tuple[int, int], ...]:
    """Return the same random functions in every process."""
    drawn = [_hash(f"permutation {number}") for number in range(2 * BANDS * _ROWS)]
    return tuple(zip(drawn[::2], drawn[1::2], strict=True))
