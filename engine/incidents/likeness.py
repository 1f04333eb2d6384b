"""Which texts are nearly the same: keys that near-identical texts share.

Four keys a text, each of five minima of hashes over its pairs of neighbouring words. Two texts that
have nine tenths of their pairs in common share one of the keys 97 times in 100, two with half of
them 12 in 100, two that merely speak of the same thing, with a tenth, 4 in 100,000: pairs and not
words, as a crowd has its words in common.

Source: Broder, On the resemblance and containment of documents, 1997; keys in bands after Leskovec,
Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from itertools import pairwise

from engine.policy.text_query.words import cut

BANDS = 4
_ROWS = 5
_PRIME = (1 << 61) - 1
_NOT_SAID = re.compile(r"(?:https?://|www\.)\S+|[@\uff20]\w+", re.IGNORECASE)


def likeness(text: str) -> tuple[str, ...]:
    """Return the keys of a text, one a band; links, handles and numbers do not count."""
    words = [word for word in cut(_NOT_SAID.sub(" ", text)).folded if not word.isdigit()]
    pairs = {f"{one} {other}" for one, other in pairwise(words)} or set(words)
    hashes = [_hash(pair) for pair in pairs] or [_hash(text)]
    minima = [min((a * one + b) % _PRIME for one in hashes) for a, b in _permutations()]
    return tuple(_joined(minima[_ROWS * band : _ROWS * (band + 1)]) for band in range(BANDS))


def _joined(minima: list[int]) -> str:
    written = ",".join(map(str, minima)).encode("ascii")
    return hashlib.blake2b(written, digest_size=8).hexdigest()


@lru_cache(maxsize=1 << 14)
def _hash(text: str) -> int:
    raw = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big") % _PRIME


@lru_cache(maxsize=1)
def _permutations() -> tuple[tuple[int, int], ...]:
    """Return the same random functions in every process."""
    drawn = [_hash(f"permutation {number}") for number in range(2 * BANDS * _ROWS)]
    return tuple(zip(drawn[::2], drawn[1::2], strict=True))
