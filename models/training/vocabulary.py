"""Prunes the base's vocabulary to the pieces its languages need.

Of 250,002 pieces a third stays: every piece that a word of the languages is cut into, every piece
that the labelled sets use twice, and every short piece in their scripts, so that any word in them
can still be spelt. What others write is `<unk>` more often than before; `unknown_rates` says how
often.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers import models as tokenizer_models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from models.training.base import Base

_T = TypeVar("_T")

LANGUAGES = ("ar", "en", "fr", "de", "hi", "it", "pt", "es", "nl")
WORDS_A_LANGUAGE = 300_000
_RAREST = 1e-8  # summed word frequency above which a piece is kept
_FEWEST = 2  # uses in the labelled sets from which a piece is kept
_SHORT = 2  # characters up to which every piece of the scripts is kept
_SCRIPTS = frozenset({"LATIN", "ARABIC", "DEVANAGARI"})
_BEFORE_A_WORD = "\u2581"
# A word counts as it is, and less with a capital or as a hashtag.
_CAPITAL, _HASHTAG = 0.2, 0.05


class Unknown(NamedTuple):
    """How well a vocabulary reads the texts of one language.

    Attributes:
        rate: Share of pieces that are unknown, in [0, 1].
        pieces: Mean number of pieces a text.
    """

    rate: float
    pieces: float


def tokenizer_of(base: Base, kept: Sequence[int] | None = None) -> Tokenizer:
    """Return the base's tokenizer, which puts each text between ``<s>`` and ``</s>``.

    Args:
        kept: Ids of the pieces it may use, which get new ids in this order; None for all.
    """
    ids = range(len(base.pieces)) if kept is None else kept
    new = {old: index for index, old in enumerate(ids)}
    vocabulary = [(base.pieces[old], float(base.log_probabilities[old])) for old in ids]
    tokenizer = Tokenizer(tokenizer_models.Unigram(vocabulary, unk_id=new[base.specials.unk]))
    # The file's own rows of normalisation are close to NFKC.
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        special_tokens=[("<s>", new[base.specials.bos]), ("</s>", new[base.specials.eos])],
    )
    tokenizer.add_special_tokens(["<s>", "</s>", "<pad>", "<unk>"])
    return tokenizer


def frequent_words(languages: Iterable[str] = LANGUAGES) -> Iterator[tuple[str, float]]:
    """Yield the commonest words of the languages, each with its frequency in its language."""
    # Used while training alone, so not a need of whoever reads a vocabulary.
    from wordfreq import top_n_list, word_frequency  # noqa: PLC0415

    for code in languages:
        for word in top_n_list(code, WORDS_A_LANGUAGE):
            yield word, word_frequency(word, code)


def kept_pieces(
    base: Base, *, words: Iterable[tuple[str, float]], texts: Iterable[str]
) -> list[int]:
    """Return the ids of the pieces to keep, growing.

    Args:
        words: Words of the languages with their frequencies.
        texts: Whose pieces count too; labels are not looked at.
    """
    tokenizer = tokenizer_of(base)
    by_words = _word_weights(tokenizer, words)
    by_texts = _uses(tokenizer, texts)
    kept = set(base.specials)
    kept |= {piece for piece, weight in by_words.items() if weight > _RAREST}
    kept |= {piece for piece, uses in by_texts.items() if uses >= _FEWEST}
    kept |= {index for index, piece in enumerate(base.pieces) if _spells(piece)}
    return sorted(kept)


def unknown_rates(
    base: Base, tokenizer: Tokenizer, texts: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Unknown, Unknown]]:
    """Return by language how well texts are read, by the base's whole vocabulary and by another."""
    whole = tokenizer_of(base)
    return {
        code: (_unknown(whole, some), _unknown(tokenizer, some)) for code, some in texts.items()
    }


def _word_weights(tokenizer: Tokenizer, words: Iterable[tuple[str, float]]) -> dict[int, float]:
    weights: dict[int, float] = defaultdict(float)
    for some in _batches(words, size=100_000):
        spelt: list[str] = []
        weight: list[float] = []
        for word, frequency in some:
            spelt += [word, word.capitalize(), f"#{word}"]
            weight += [frequency, frequency * _CAPITAL, frequency * _HASHTAG]
        encoded = tokenizer.encode_batch(spelt, add_special_tokens=False)
        for one, frequency in zip(encoded, weight, strict=True):
            for piece in set(one.ids):
                weights[piece] += frequency
    return weights


def _uses(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[int]:
    uses: Counter[int] = Counter()
    for some in _batches(texts, size=10_000):
        for one in tokenizer.encode_batch(some, add_special_tokens=False):
            uses.update(one.ids)
    return uses


def _batches(things: Iterable[_T], *, size: int) -> Iterator[list[_T]]:
    batch: list[_T] = []
    for one in things:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _spells(piece: str) -> bool:
    letters = piece.lstrip(_BEFORE_A_WORD)
    return len(letters) <= _SHORT and all(
        not letter.isalpha() or unicodedata.name(letter, "?").split()[0] in _SCRIPTS
        for letter in letters
    )


def _unknown(tokenizer: Tokenizer, texts: Sequence[str]) -> Unknown:
    unknown = tokenizer.token_to_id("<unk>")
    encoded = tokenizer.encode_batch(list(texts))
    ids = [piece for one in encoded for piece in one.ids]
    return Unknown(sum(piece == unknown for piece in ids) / len(ids), len(ids) / len(encoded))
