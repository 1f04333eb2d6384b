"""Any local or hub sequence-classification model of the `transformers` library, as a classifier.

A model answers one task. It is named as the library names it: ``owner/name`` on the hub,
``owner/name@revision`` to hold it at one, or the path of a folder, which starts with ``/``, ``.``
or ``~``. Its labels are read from its configuration. Those that do not say what they mean
(``LABEL_0``), or are not the words of a built-in task, are translated in the longer form::

    sentiment:
      model: owner/five-stars
      labels: {1 star: negative, 2 stars: negative, 3 stars: neutral, 4 stars: positive, ...}

Labels that mean the same have their scores added. ``temperature`` (1 when left out) and ``floor``
(0) may stand beside them. Weights are read from safetensors alone, and no code of a model's
author is run. It computes on the processor, in 32-bit numbers whatever the weights are stored in.
"""

from __future__ import annotations

import threading
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import ConfigError
from models.answers import answers
from models.text import normalise
from models.transformers_labels import read_choice, task_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.classification import Classification
    from engine.ports import Classifier
    from models.transformers_labels import ModelChoice, TaskLabels

NAME = "transformers"
_REMEDY = "install it with: pip install 'tocsin[transformers]'"
_READ_FILES = (".safetensors", ".json", ".txt", ".model", ".jinja")
_CHUNK = 1024  # texts held as tokens at once
_BATCH = 32
_BATCH_TOKENS = 8192  # padding counts: bounds the memory of a batch of long texts
_LONGEST = 512  # tokens, where a model does not say how many it can read


def load_transformers(
    models: Mapping[str, str | Mapping[str, Any]], *, threads: int = 1
) -> list[Classifier]:
    """Return a classifier for each task, in the order given.

    Args:
        models: From a task to its model, in one of the forms this module describes.
        threads: Cores one call computes on; the library knows one number for the whole process.

    Raises:
        ConfigError: The library is not installed, a model cannot be found or read, or its labels
            are not those of the task.
    """
    choices = [read_choice(task, value) for task, value in models.items()]
    if not choices:
        return []
    torch, library = _library("torch"), _library("transformers")
    torch.set_num_threads(threads)
    return [_load(choice, torch, library) for choice in choices]


class TransformersClassifier:
    """One model behind one task; made by `load_transformers`.

    Safe to call from several threads: calls wait for one another, each computes on every core it
    may use.
    """

    def __init__(
        self, answered: TaskLabels, network: _Network, *, version: str, temperature: float
    ) -> None:
        self._answered = answered
        self._network = network
        self._version = version
        self._temperature = temperature
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Always ``transformers``."""
        return NAME

    @property
    def version(self) -> str:
        """The hub's revision or a hash of the folder's files, then one of the choices made here."""
        return self._version

    @property
    def tasks(self) -> Mapping[str, tuple[str, ...]]:
        """Its one task."""
        return {self._answered.task: self._answered.labels}

    def classify(
        self, texts: Sequence[str], languages: Sequence[str | None]
    ) -> list[tuple[Classification, ...]]:
        """Return one Classification for each text, in the order of the texts.

        Beyond as many tokens as the model can read, a text is cut. Languages count for nothing.
        """
        if len(texts) != len(languages):
            message = f"{len(texts)} texts came with {len(languages)} languages"
            raise ValueError(message)
        found: list[tuple[Classification, ...]] = []
        for start in range(0, len(texts), _CHUNK):
            plain = [_plain(text) for text in texts[start : start + _CHUNK]]
            with self._lock:
                scores = self._scores(self._network.logits(plain))
            told = answers(scores, self._answered, classifier=NAME, version=self._version)
            found.extend((one,) for one in told)
        return found

    def _scores(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the task's scores, float64, (n_texts, n_labels), rows sum to 1."""
        cooled = logits / self._temperature
        powers = np.exp(cooled - cooled.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        scores = np.zeros((len(logits), len(self._answered.labels)))
        for column, place in enumerate(self._answered.places):
            scores[:, place] += shares[:, column]
        return scores


class _Network:
    """A tokenizer and a model; texts of like length go through together."""

    def __init__(self, tokenizer: Any, model: Any, torch: Any) -> None:
        self._tokenizer = tokenizer
        self._model = model
        self._torch = torch
        self._longest = _longest(tokenizer, model)
        # Without a sign for padding, texts of unequal length cannot share a batch.
        self._is_padded = None not in (tokenizer.pad_token_id, model.config.pad_token_id)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the model's logits, (n_texts, n_model_labels)."""
        found = np.zeros((len(texts), self._model.config.num_labels))
        encoded = [self._encode(text) for text in texts]
        with self._torch.inference_mode():
            for places in self._batches([len(one["input_ids"]) for one in encoded]):
                rows = {
                    name: [encoded[place][name] for place in places] for name in encoded[places[0]]
                }
                if self._is_padded:
                    batch = self._tokenizer.pad(rows, return_tensors="pt")
                else:
                    batch = {name: self._torch.tensor(row) for name, row in rows.items()}
                found[places] = self._model(**batch).logits.double().numpy()
        return found

    def _encode(self, text: str) -> dict[str, list[int]]:
        encoded = dict(self._tokenizer(text, truncation=True, max_length=self._longest))
        # A tokenizer without signs of its own makes nothing of nothing, which no model reads.
        return encoded if encoded["input_ids"] else self._encode(".")

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Yield places, shortest texts first."""
        most = _BATCH if self._is_padded else 1
        batch: list[int] = []
        for place in sorted(range(len(lengths)), key=lengths.__getitem__):
            if batch and (len(batch) >= most or (len(batch) + 1) * lengths[place] > _BATCH_TOKENS):
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as cause:
        message = f"models of the transformers library need {name} ({cause}); {_REMEDY}"
        raise ConfigError(message) from cause


def _load(choice: ModelChoice, torch: Any, library: Any) -> TransformersClassifier:
    folder = choice.folder
    if folder is not None and not (folder / "config.json").is_file():
        message = f"{choice.shown}: {folder} is no folder with a config.json"
        raise ConfigError(message)
    source, _, revision = (str(folder), "", "") if folder else choice.model.partition("@")
    options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": folder is not None}
    try:
        config = library.AutoConfig.from_pretrained(source, revision=revision or "main", **options)
        answered = task_labels(choice, config)
        # Tokenizer and weights of the very revision whose labels were read.
        options["revision"] = commit = getattr(config, "_commit_hash", None) or "main"
        tokenizer = library.AutoTokenizer.from_pretrained(source, config=config, **options)
        model, report = library.AutoModelForSequenceClassification.from_pretrained(
            source,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )
    except _faults() as cause:
        raise ConfigError(_explain(choice, cause)) from cause
    _check_whole(choice, tokenizer, report)
    network = _Network(tokenizer, model.eval(), torch)
    version = _version(choice, commit if folder is None else _hash(folder))
    return TransformersClassifier(
        answered, network, version=version, temperature=choice.temperature
    )


def _check_whole(choice: ModelChoice, tokenizer: Any, report: Mapping[str, Any]) -> None:
    """Refuse what the library fills in at random, or leaves empty, with no more than a warning."""
    lacking = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
    if lacking:
        message = (
            f"{choice.shown} is not trained to classify: it has no weights for "
            f"{', '.join(lacking[:3])}; name one that is"
        )
        raise ConfigError(message)
    if len(tokenizer) <= len(set(tokenizer.all_special_ids)):
        message = f"{choice.shown} has no vocabulary: its tokenizer's files are missing"
        raise ConfigError(message)


def _faults() -> tuple[type[Exception], ...]:
    """Return what the library raises where a model is not there or not whole."""
    safetensors = _library("safetensors")
    return (OSError, ValueError, KeyError, RuntimeError, ImportError, safetensors.SafetensorError)


def _explain(choice: ModelChoice, cause: Exception) -> str:
    first = (str(cause).strip() or type(cause).__name__).splitlines()[0]
    if choice.folder is not None:
        return f"{choice.shown} cannot be read: {first}"
    return (
        f"{choice.shown} cannot be had from the hub: {first} If the network is closed, fetch the "
        "model elsewhere and give the path of its folder"
    )


def _longest(tokenizer: Any, model: Any) -> int:
    """Return how many tokens a model reads, by its table of positions and its tokenizer."""
    limits = [tokenizer.model_max_length]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and hasattr(module, "num_embeddings"):
            # RoBERTa's kin count positions from behind the padding sign's.
            unused = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - unused)
            break
    else:
        # XLNet says -1, T5 nothing.
        said = getattr(model.config, "max_position_embeddings", None) or 0
        limits.append(said if said > 0 else _LONGEST)
    return int(min(limits))


def _plain(text: str) -> str:
    """Return the text in the one form, without half characters, which tokenizers refuse."""
    return normalise(text).encode("utf-8", "replace").decode()


def _version(choice: ModelChoice, identity: str) -> str:
    made = (sorted(choice.labels.items()), choice.temperature, choice.floor)
    if made == ([], 1.0, 0.0):
        return identity[:16]
    return f"{identity[:16]}-{sha256(repr(made).encode()).hexdigest()[:6]}"


def _hash(folder: Path) -> str:
    whole = sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _READ_FILES and path.is_file():
            # Read by pieces: weights may be larger than what memory is left.
            part = sha256()
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    part.update(piece)
            whole.update(f"{path.name} {part.hexdigest()}\n".encode())
    return whole.hexdigest()
