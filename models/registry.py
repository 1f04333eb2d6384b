"""Finds a backend by name and puts its classifiers behind one hub.

Artefacts lie beside the code, one folder a backend. Label sets are read from the user's folder: a
set whose examples are those the shipped head was taught by is loaded, any other is learnt at start
and kept in the user's cache, so that the next start is quick again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engine.errors import ConfigError
from engine.policy.labels import read_label_set
from models.heads import read_head, write_head
from models.hub import Hub
from models.labels import examples_version, train_label_set
from models.linear import LinearClassifier
from models.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.ports import Classifier
    from models.heads import Head
    from models.labels import Examples
    from models.manifest import Manifest

ARTIFACTS = Path(__file__).resolve().parent / "artifacts"
SENTIMENT_FILE = "sentiment.skops"
_HEAD_FILES = "*.skops"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a backend finds what it needs; see `load_default`."""

    labels_dir: Path | None = None
    cache_dir: Path | None = None
    artifacts: Path = ARTIFACTS
    more_sets: Mapping[str, Examples] = field(default_factory=dict)


def load_default(  # noqa: PLR0913 - where each thing it needs lies
    *,
    backend: str = "linear",
    labels_dir: Path | None = None,
    more_sets: Mapping[str, Examples] | None = None,
    cache_dir: Path | None = None,
    artifacts: Path = ARTIFACTS,
    threads: int = 1,
) -> Hub:
    """Return the hub of a backend with its built-in tasks and the label sets of a folder.

    Args:
        labels_dir: Folder of label set files; every ``*.yaml`` in it becomes a task. Left out: the
            label sets that ship, as they ship.
        more_sets: Label sets by name with their examples, such as those of policies; one named as
            a set of the folder takes its place. Not with ``labels_dir`` left out.
        cache_dir: Where heads learnt at start are kept. Left out: they are learnt at every start.
        artifacts: Folder of the shipped artefacts, one folder a backend.
        threads: How many threads a call may use; see `Hub`.

    Raises:
        ConfigError: The backend is unknown, an artefact is missing or is not what its manifest
            names, or a label set is at fault.
    """
    make = BACKENDS.get(backend)
    if make is None:
        message = f"there is no classifier backend {backend!r}; there are: {', '.join(BACKENDS)}"
        raise ConfigError(message)
    return Hub([make(Places(labels_dir, cache_dir, artifacts, more_sets or {}))], threads=threads)


def load_linear(places: Places) -> LinearClassifier:
    """Return the small backend; see `load_default`."""
    manifest = read_manifest(places.artifacts / "linear")
    sentiment = _shipped(manifest, SENTIMENT_FILE)
    if places.labels_dir is None:
        names = [name for name in manifest.sha256_by_file if Path(name).match(_HEAD_FILES)]
        others = [_shipped(manifest, name) for name in names if name != SENTIMENT_FILE]
        return LinearClassifier([sentiment, *others])
    if not places.labels_dir.is_dir():
        message = f"{places.labels_dir} is no folder; it should hold the label sets"
        raise ConfigError(message)
    sets = dict(read_examples(path) for path in sorted(places.labels_dir.glob("*.yaml")))
    heads = [
        _label_head(name, examples, manifest=manifest, cache_dir=places.cache_dir)
        for name, examples in {**sets, **places.more_sets}.items()
    ]
    return LinearClassifier([sentiment, *heads])


BACKENDS: Mapping[str, Callable[[Places], Classifier]] = {"linear": load_linear}


def read_examples(path: Path) -> tuple[str, Examples]:
    """Return the name of a file's label set and its examples by label and language.

    Raises:
        ConfigError: The file is at fault; carries the Problems.
    """
    label_set, problems = read_label_set(path)
    if label_set is None:
        message = f"label set {path} cannot be used"
        raise ConfigError(message, problems=problems)
    return label_set.name, {name: label.examples for name, label in label_set.labels.items()}


def _shipped(manifest: Manifest, name: str) -> Head:
    return read_head(manifest.read(name), name=str(manifest.folder / name))


def _label_head(
    name: str, examples: Examples, *, manifest: Manifest, cache_dir: Path | None
) -> Head:
    version = examples_version(examples)
    file = f"{name}.skops"
    if file in manifest.sha256_by_file:
        shipped = _shipped(manifest, file)
        if shipped.version == version:
            return shipped
    cached = None if cache_dir is None else cache_dir / f"{name}-{version}.skops"
    head = None if cached is None else _from_cache(cached, name=name, version=version)
    if head is None:
        _log.info("label set changed, learning it from its examples", task=name, version=version)
        head = train_label_set(name, examples)
        if cached is not None:
            _keep(cached, head)
    return head


def _from_cache(path: Path, *, name: str, version: str) -> Head | None:
    """Return the cached head; None where there is none that can be used, which is no fault."""
    try:
        head = read_head(path.read_bytes(), name=str(path))
    except FileNotFoundError:
        return None
    except (ConfigError, OSError) as cause:
        _log.warning("cached label set cannot be used, learning it again", reason=str(cause))
        return None
    return head if (head.task, head.version) == (name, version) else None


def _keep(path: Path, head: Head) -> None:
    """Write a head to the cache; a cache that cannot be written costs time, not the start."""
    # Written beside and moved: another process starting now sees a whole file or none.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(write_head(head))
        unfinished.replace(path)
    except OSError as cause:
        _log.warning("label set cannot be kept, it will be learnt again", reason=str(cause))
