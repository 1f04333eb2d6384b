"""The shipped classifier against XLM-R base, in one run: texts a second, latency, memory, start.

    python benchmarks/classify.py [--input FILE] [--texts 600] [--rounds 3]

The peer is `transformers` with an XLM-R base of random weights (speed does not depend on what they
are), float32 torch, the same tokens, and the batch size that suits it best. Both are given the
texts in the order of their arrival and both may use every core. Ours is the whole answer: clean the
text, cut it into tokens, every task and both label sets, calibrated; the peer's is one task's raw
scores. Each runs in a process of its own, by turns, and the figures are medians of the rounds, so
what else the machine does falls on both. Watch the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_AIRLINE = Path(__file__).parents[2] / "shared" / "data" / "airline-tweets" / "stream.jsonl"
_TOKENIZER = Path(__file__).parents[1] / "models" / "artifacts" / "encoder" / "tokenizer.json"
_VOCABULARY = 250_002  # XLM-R's own: a look-up costs the same whatever its size
_LONGEST = 128
_BATCHES = (1, 4, 8, 16, 32)
_CHOOSING = 64  # texts the peer's batch size is chosen on
_ALONE = 60  # texts whose latency is measured one by one


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=_AIRLINE, help="JSON lines with a text each")
    parser.add_argument("--texts", type=int, default=600, help="texts our classifier is given")
    parser.add_argument("--peer-texts", type=int, default=120, help="texts the peer is given")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--child", choices=tuple(_CHILDREN), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(_CHILDREN[options.child](options)))
        return 0
    if not options.input.is_file():
        print(f"{options.input} is missing: name a file of texts with --input", file=sys.stderr)
        return 2
    _report(_rounds(options))
    return 0


def _rounds(options: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in _CHILDREN}
    for number in range(options.rounds):
        for name, found in measured.items():
            print(f"round {number + 1} of {options.rounds}: {name}", file=sys.stderr)
            found.append(_child(name, options))
    return measured


def _child(name: str, options: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", name, "--input", str(options.input)]
    for option in ("texts", "peer_texts", "threads"):
        command += [f"--{option.replace('_', '-')}", str(getattr(options, option))]
    command_env = {**os.environ, "TOCSIN_BENCH_STARTED": repr(time.time())}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=command_env)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _report(measured: dict[str, list[dict[str, float]]]) -> None:
    def median(name: str, figure: str) -> float:
        return statistics.median(one[figure] for one in measured[name])

    for name, rounds in measured.items():
        spread = sorted(round(one["rate"], 1) for one in rounds)
        print(
            f"{name:7}{median(name, 'rate'):9.1f} texts/s {spread}"
            f"{median(name, 'alone') * 1e3:9.1f} ms one text alone"
            f"{median(name, 'memory'):8.0f} MB peak{median(name, 'start'):7.2f} s to first answer"
        )
    faster = median("tocsin", "rate") / median("xlm-r", "rate")
    sooner = median("tocsin", "alone") / median("xlm-r", "alone")
    print(f"texts a second: {faster:.1f} times the peer's")
    print(f"latency of one text: {sooner:.3f} of the peer's")


def _ours(options: argparse.Namespace) -> dict[str, Any]:
    from models.registry import load_default  # noqa: PLC0415 - the start is measured

    hub = load_default(backend="encoder", threads=options.threads)
    hub.classify(["ready"], ["en"])
    start = time.time() - float(os.environ["TOCSIN_BENCH_STARTED"])
    texts = _texts(options.input, options.texts + _ALONE)
    alone = _alone(texts[-_ALONE:], lambda text: hub.classify([text], ["en"]))
    several = texts[: options.texts]
    began = time.perf_counter()
    hub.classify(several, ["en"] * len(several))
    rate = len(several) / (time.perf_counter() - began)
    return {"rate": rate, "alone": alone, "start": start, "memory": _peak()}


def _peer(options: argparse.Namespace) -> dict[str, Any]:
    classify = _peer_classify(options.threads)

    def rate(texts: Sequence[str], batch: int) -> float:
        began = time.perf_counter()
        for start in range(0, len(texts), batch):
            classify(texts[start : start + batch])
        return len(texts) / (time.perf_counter() - began)

    classify(["ready"])
    start = time.time() - float(os.environ["TOCSIN_BENCH_STARTED"])
    texts = _texts(options.input, options.peer_texts)
    best = max(_BATCHES, key=lambda batch: rate(texts[:_CHOOSING], batch))
    alone = _alone(texts[:_ALONE], lambda text: classify([text]))
    return {"rate": rate(texts, best), "alone": alone, "start": start, "memory": _peak()}


def _peer_classify(threads: int) -> Callable[[Sequence[str]], None]:
    import torch  # noqa: PLC0415 - ours never loads it
    from tokenizers import Tokenizer  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        XLMRobertaConfig,
        XLMRobertaForSequenceClassification,
    )

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    # The other sizes are the configuration's defaults, which are those of the base model.
    shape = XLMRobertaConfig(vocab_size=_VOCABULARY, max_position_embeddings=514, type_vocab_size=1)
    model = XLMRobertaForSequenceClassification(shape).train(mode=False)
    tokenizer = Tokenizer.from_file(str(_TOKENIZER))
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")

    def classify(texts: Sequence[str]) -> None:
        read = tokenizer.encode_batch(list(texts))
        ids = torch.tensor([one.ids for one in read])
        mask = torch.tensor([one.attention_mask for one in read])
        with torch.inference_mode():
            model(input_ids=ids, attention_mask=mask)

    return classify


_CHILDREN: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "tocsin": _ours,
    "xlm-r": _peer,
}


def _texts(path: Path, most: int) -> list[str]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line, _ in zip(lines, range(most), strict=False)]


def _alone(texts: Sequence[str], classify: Callable[[str], object]) -> float:
    took = []
    for text in texts:
        began = time.perf_counter()
        classify(text)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _peak() -> float:
    """Return this process's peak memory, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
