"""A base small enough to tune in a second, and made-up data, in the forms that training reads."""

from __future__ import annotations

import json
import struct

import numpy as np

from models.training.data import LANGUAGES
from models.training.export import BLOCK, WordBlocks

WIDTH, LAYERS, HEADS, WIDE, PLACES, TYPES = 64, 4, 2, 128, 130, 2
PIECES = (
    *("<s>", "<pad>", "</s>", "<unk>", "\u2581", "\u2581good", "\u2581awful", "\u2581table"),
    *("\u2581@user", "\u2581http", "\u2581superfluous", "\u2581Москва", "ж"),
    *"abcdefghijklmnopqrstuvwxyz0123456789-",
    *"éم",
)


def shapes():
    wide = {"fi": (WIDE, WIDTH), "fo": (WIDTH, WIDE)}
    found = {
        "emb.word": (len(PIECES) + 3, WIDTH),
        "emb.pos": (PLACES, WIDTH),
        "emb.type": (1, WIDTH),
        "emb.ln.w": (WIDTH,),
        "emb.ln.b": (WIDTH,),
    }
    for at in range(LAYERS):
        for short in ("q", "k", "v", "ao", "fi", "fo"):
            shape = wide.get(short, (WIDTH, WIDTH))
            found |= {f"l{at}.{short}.w": shape, f"l{at}.{short}.b": shape[:1]}
        for short in ("aln", "oln"):
            found |= {f"l{at}.{short}.w": (WIDTH,), f"l{at}.{short}.b": (WIDTH,)}
    return found


def tensors():
    """What a written base should give again: vectors, and matrices as blocks of 4-bit weights.

    The same at every call: what a test finds must not hang on which tests went before it.
    """
    chance = np.random.default_rng(7)
    found = {}
    for name, shape in shapes().items():
        if len(shape) == 1:
            middle = 1.0 if name.endswith("ln.w") else 0.0
            found[name] = chance.normal(middle, 0.1, shape).astype(np.float32)
        else:
            codes = chance.integers(-8, 8, shape).astype(np.int8)
            scales = chance.uniform(0.01, 0.03, (shape[0], shape[1] // BLOCK)).astype(np.float16)
            found[name] = WordBlocks(codes, scales)
    return found


def write_base(path, found):
    """Write tensors and `PIECES` as a base's file; what is no vector goes in 4 bits."""
    blob = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, blob)]).astype("<u4")
    chances = np.linspace(-2, -9, len(PIECES)).astype("<f4")
    words = len(PIECES) + 3
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", WIDTH, LAYERS, HEADS, WIDE, words, PLACES, TYPES)
    head += struct.pack("<fi", 1e-12, BLOCK)
    head += struct.pack("<i4iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + chances.tobytes() + b"".join(blob)
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xAA, 1, 0x61)
    contents = {
        name: packed(value) if isinstance(value, WordBlocks) else value.astype("<f4").tobytes()
        for name, value in found.items()
    }
    directory = struct.pack("<i", len(contents))
    at = len(head) + 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in contents)
    for name, content in contents.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        is_packed = isinstance(found[name], WordBlocks)
        size = found[name].codes.size if is_packed else found[name].size
        directory += struct.pack("<BIQQ", is_packed, size, at, len(content))
        at += len(content)
    path.write_bytes(head + directory + b"".join(contents.values()))


def packed(blocks):
    """Blocks of 32: a scale and 16 bytes, low nibble the first half, high nibble the second."""
    codes = (blocks.codes.reshape(-1, BLOCK).astype(int) + 8).astype(np.uint8)
    nibbles = codes[:, : BLOCK // 2] | codes[:, BLOCK // 2 :] << 4
    rows = zip(blocks.scales.reshape(-1), nibbles, strict=True)
    return b"".join(scale.tobytes() + row.tobytes() for scale, row in rows)


SENTIMENT = {"negative": "awful", "neutral": "table", "positive": "good"}


def write_data(folder):
    """Made-up sets under the names and with the labels of the real ones."""
    for name in (*(f"umsab-{code}" for code in LANGUAGES), "semeval2017-task4a"):
        for part, numbers in (("train", range(6)), ("val", range(6, 10))):
            rows = [
                {"text": f"{word} {name} {part} {n}", "label": label}
                for label, word in SENTIMENT.items()
                for n in numbers
            ]
            write_rows(folder / name / f"{part}.jsonl", rows)
    labels = {
        "tweeteval-emotion": ("anger", "joy", "optimism", "sadness"),
        "tweeteval-offensive": ("not-offensive", "offensive"),
        "tweeteval-irony": ("non_irony", "irony"),
        "isarcasmeval-en": ("not_sarcastic", "sarcastic"),
    }
    for name, known in labels.items():
        for part in ("train", "val"):
            rows = [
                {"text": f"{label} {name} {part} {n}", "label": label}
                for label in known
                for n in range(4)
            ]
            write_rows(folder / name / f"{part}.jsonl", rows)
    for name in ("goemotions", "xed-fr"):
        rows = [
            {"text": f"{name} {n}", "labels": ["neutral"] if n % 3 else ["fear", "joy"]}
            for n in range(9)
        ]
        write_rows(folder / name / "train.jsonl", rows)
    hostile = [{"text": f"mlma {n}", "labels": ["normal"], "toxic": n % 2} for n in range(4)]
    write_rows(folder / "mlma-hate-fr" / "train.jsonl", hostile)
    for file in (
        *("hwu64/train", "complaints-twitter/train", "ibm-twitter-customer-care/val"),
        *("wikit-fr-intents/train", "churn-intent-swisscom/de", "churn-intent-swisscom/en"),
        *("tweet-acts/train", "crisislext26/train", "pheme-rumours/train"),
        *("youtube-spam/train", "purchase-intent-iphone/train"),
    ):
        rows = [{"text": f"{file} {n}"} for n in range(3)]
        write_rows(folder / f"{file}.jsonl", rows)


def write_rows(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
