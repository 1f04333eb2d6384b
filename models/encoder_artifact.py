"""Reads the encoder's folder: graph, tokenizer and what the graph's outputs mean.

Each file is the one the manifest names, bit for bit, and the three fit one another; what does not
is said at load, never at the first mention.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

import onnxruntime as ort
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tokenizers import Tokenizer

from engine.errors import ConfigError
from models.calibration import Calibration

if TYPE_CHECKING:
    from models.manifest import Manifest

GRAPH = "encoder.onnx"
TOKENIZER = "tokenizer.json"
ABOUT = "encoder.json"
# Raise it when the same files may answer otherwise: another normal form, other windows.
_READING = 1
_FATAL = 4  # onnxruntime's own log, on standard error: what matters is raised as well

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TaskAbout(BaseModel):
    """One task of the graph: its part of the raw scores, and how to read them.

    Attributes:
        temperature: Divides raw scores where the language has none of its own.
        temperatures: By language.
        floor: Least calibrated score of an answer; below it the label is ``unknown``.
        measured: What was measured when the artefact was made, for people.
    """

    model_config = ConfigDict(frozen=True)

    labels: tuple[str, ...] = Field(min_length=2)
    temperature: Positive = 1.0
    temperatures: dict[str, Positive] = Field(default_factory=dict)
    floor: float = Field(default=0.0, ge=0, le=1)
    measured: dict[str, Any] = Field(default_factory=dict)


class EncoderAbout(BaseModel):
    """What a folder's graph computes.

    Attributes:
        tasks: In the order of the raw scores, one task's labels after another's.
        width: Numbers in an embedding.
        longest: Tokens the graph takes at once, beside the two that open and close a text.
    """

    model_config = ConfigDict(frozen=True)

    tasks: dict[str, TaskAbout] = Field(min_length=1)
    width: int = Field(ge=1)
    longest: int = Field(ge=4)


@dataclass(frozen=True, slots=True)
class EncoderTask:
    """A task as it is answered; `part` is where its raw scores stand among all."""

    task: str
    labels: tuple[str, ...]
    calibration: Calibration
    floor: float
    part: slice


@dataclass(frozen=True, slots=True, eq=False)
class EncoderArtifact:
    """An encoder ready to run.

    Attributes:
        graph: Safe to run from several threads at once.
        opens: Token that opens every text.
        closes: Token that closes every text.
        embedding_version: Changes when an embedding may change; 16 hexadecimal digits.
        version: Changes when an answer of a built-in task may change; 16 hexadecimal digits.
    """

    about: EncoderAbout
    graph: ort.InferenceSession
    tokenizer: Tokenizer
    opens: int
    closes: int
    embedding_version: str
    version: str

    @property
    def tasks(self) -> tuple[EncoderTask, ...]:
        """The built-in tasks, in the order of the raw scores."""
        found: list[EncoderTask] = []
        start = 0
        for name, one in self.about.tasks.items():
            part = slice(start, start + len(one.labels))
            calibration = Calibration(one.temperature, one.temperatures)
            found.append(EncoderTask(name, one.labels, calibration, one.floor, part))
            start = part.stop
        return tuple(found)


def read_encoder(manifest: Manifest) -> EncoderArtifact:
    """Read a folder's encoder.

    Raises:
        ConfigError: A file is missing, is not the one the manifest names, cannot be read, or does
            not fit the others.
    """
    about = _about(manifest)
    graph = _graph(manifest, about)
    tokenizer, opens, closes = _tokenizer(manifest)
    embedding_version, version = _versions(manifest, about)
    return EncoderArtifact(about, graph, tokenizer, opens, closes, embedding_version, version)


def _about(manifest: Manifest) -> EncoderAbout:
    try:
        return EncoderAbout.model_validate_json(manifest.read(ABOUT))
    except ValidationError as cause:
        first = cause.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the whole"
        message = f"{manifest.folder / ABOUT} does not describe an encoder: {place}: {first['msg']}"
        raise ConfigError(message) from cause


def _graph(manifest: Manifest, about: EncoderAbout) -> ort.InferenceSession:
    options = ort.SessionOptions()
    # One thread a text: several texts run side by side instead, which nothing has to wait for.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Texts differ in length, and what an arena once took it keeps; without one nothing is slower.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _FATAL
    content = manifest.read(GRAPH)
    path = manifest.folder / GRAPH
    try:
        graph = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as cause:  # the library's own exceptions share no narrower base
        message = f"{path} is no graph that onnxruntime {ort.__version__} runs: {cause}"
        raise ConfigError(message) from cause
    n_labels = sum(len(one.labels) for one in about.tasks.values())
    expected: dict[str, tuple[int | None, ...]] = {
        "input_ids": (1, None),
        "logits": (1, n_labels),
        "embedding": (1, about.width),
    }
    found = {
        one.name: tuple(size if isinstance(size, int) else None for size in one.shape)
        for one in (*graph.get_inputs(), *graph.get_outputs())
    }
    if found != expected:
        message = (
            f"{path} does not fit {ABOUT}: its inputs and outputs are {_shapes(found)}; "
            f"{_shapes(expected)} was expected"
        )
        raise ConfigError(message)
    return graph


def _shapes(shapes: dict[str, tuple[int | None, ...]]) -> str:
    return ", ".join(
        f"{name} ({', '.join('any' if size is None else str(size) for size in shape)})"
        for name, shape in shapes.items()
    )


def _tokenizer(manifest: Manifest) -> tuple[Tokenizer, int, int]:
    """Return the tokenizer and the tokens with which it opens and closes a text."""
    content = manifest.read(TOKENIZER)
    path = manifest.folder / TOKENIZER
    try:
        tokenizer = Tokenizer.from_buffer(content)
    except Exception as cause:  # the library raises nothing narrower
        message = f"{path} is no tokenizer: {cause}"
        raise ConfigError(message) from cause
    # Long texts go in windows and each is read at its own length.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    around = tokenizer.encode("").ids
    if len(around) != 2:  # noqa: PLR2004
        message = f"{path} should put one token before a text and one after, it puts {len(around)}"
        raise ConfigError(message)
    return tokenizer, around[0], around[1]


def _versions(manifest: Manifest, about: EncoderAbout) -> tuple[str, str]:
    hashes = [manifest.sha256_by_file[name] for name in (GRAPH, TOKENIZER)]
    embedding = _hash([_READING, about.longest, *hashes])
    tasks = {name: one.model_dump(exclude={"measured"}) for name, one in about.tasks.items()}
    return embedding, _hash([embedding, tasks])


def _hash(content: list[Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
