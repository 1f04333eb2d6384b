"""Finds a backend by name and puts its classifiers behind one hub.

Artefacts lie beside the code, one folder a backend. A backend's libraries are imported when it is
asked for: none waits for what another needs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ConfigError
from models.hub import Hub
from models.label_sets import HeadKind, LabelSets, read_examples, shipped_head
from models.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.ports import Classifier
    from models.encoder import EncoderClassifier
    from models.heads import Head
    from models.label_heads import LabelHead
    from models.label_sets import Examples
    from models.linear import LinearClassifier

__all__ = [
    "ARTIFACTS",
    "BACKENDS",
    "SENTIMENT_FILE",
    "Places",
    "default_threads",
    "load_default",
    "load_encoder",
    "load_linear",
    "read_examples",
]

ARTIFACTS = Path(__file__).resolve().parent / "artifacts"
SENTIMENT_FILE = "sentiment.skops"
TRANSFORMERS = "transformers"
_MOST_THREADS = 4  # beyond, texts of a live stream seldom come fast enough to fill them


@dataclass(frozen=True, slots=True)
class Places:
    """Where a backend finds what it needs; see `load_default`.

    Attributes:
        elsewhere: Tasks that another backend answers; they are left out here.
    """

    labels_dir: Path | None = None
    cache_dir: Path | None = None
    artifacts: Path = ARTIFACTS
    more_sets: Mapping[str, Examples] = field(default_factory=dict)
    threads: int = 1
    elsewhere: frozenset[str] = frozenset()

    @property
    def label_sets(self) -> LabelSets:
        """The label sets wanted of this backend."""
        return LabelSets(self.labels_dir, self.more_sets, self.cache_dir, self.elsewhere)


def load_default(  # noqa: PLR0913 - where each thing it needs lies
    *,
    backend: str = "encoder",
    labels_dir: Path | None = None,
    more_sets: Mapping[str, Examples] | None = None,
    cache_dir: Path | None = None,
    artifacts: Path = ARTIFACTS,
    threads: int | None = None,
    transformers: Mapping[str, str | Mapping[str, Any]] | None = None,
) -> Hub:
    """Return the hub of a backend with its built-in tasks and the label sets of a folder.

    Args:
        backend: One of `BACKENDS`, or ``transformers`` for the models of ``transformers`` alone.
        labels_dir: Folder of label set files; every ``*.yaml`` in it becomes a task. Left out: the
            label sets that ship, as they ship.
        more_sets: Label sets by name with their examples, such as those of policies; one named as
            a set of the folder takes its place. Not with ``labels_dir`` left out.
        cache_dir: Where heads learnt at start are kept. Left out: they are learnt at every start.
        artifacts: Folder of the shipped artefacts, one folder a backend.
        threads: How many texts a call may read side by side; left out: `default_threads`.
        transformers: Model of the `transformers` library that answers a task, by task; it takes
            the place of the backend's own answer. See `models.transformers_backend`.

    Raises:
        ConfigError: The backend is unknown, an artefact is missing or is not what its manifest
            names, or a label set is at fault.
    """
    others = dict(transformers or {})
    n_threads = default_threads() if threads is None else threads
    places = Places(
        labels_dir=labels_dir,
        cache_dir=cache_dir,
        artifacts=artifacts,
        more_sets=more_sets or {},
        threads=n_threads,
        elsewhere=frozenset(others),
    )
    own = [] if backend == TRANSFORMERS else [_backend(backend)(places)]
    return Hub([*own, *_transformers(others, threads=n_threads, is_all=not own)])


def default_threads() -> int:
    """Return how many texts are read side by side where nobody says: one a core, at most four."""
    return min(_MOST_THREADS, os.cpu_count() or 1)


def load_linear(places: Places) -> LinearClassifier:
    """Return the small backend; see `load_default`."""
    from models.heads import read_head, write_head  # noqa: PLC0415 - as the module says
    from models.labels import examples_version, train_label_set  # noqa: PLC0415
    from models.linear import LinearClassifier  # noqa: PLC0415

    sentiment = Path(SENTIMENT_FILE).stem
    kind: HeadKind[Head] = HeadKind(
        suffix=".skops",
        read=lambda content, name: read_head(content, name=name),
        write=write_head,
        version=examples_version,
        learn=train_label_set,
        built_in=frozenset({sentiment}),
    )
    manifest = read_manifest(places.artifacts / "linear")
    heads = places.label_sets.heads(manifest, kind)
    if sentiment not in places.elsewhere:
        heads.insert(0, shipped_head(manifest, kind, sentiment))
    return LinearClassifier(heads)


def load_encoder(places: Places) -> EncoderClassifier:
    """Return the default backend; see `load_default`."""
    from models import label_heads  # noqa: PLC0415 - as the module says
    from models.encoder import EncoderClassifier  # noqa: PLC0415
    from models.encoder_artifact import read_encoder  # noqa: PLC0415
    from models.encoder_reader import EncoderReader  # noqa: PLC0415

    manifest = read_manifest(places.artifacts / "encoder")
    artifact = read_encoder(manifest)
    reader = EncoderReader(artifact, threads=places.threads)
    version = artifact.embedding_version
    kind: HeadKind[LabelHead] = HeadKind(
        suffix=".npz",
        read=lambda content, name: label_heads.read_label_head(content, name=name),
        write=label_heads.write_label_head,
        version=lambda examples: label_heads.label_head_version(examples, version),
        learn=lambda name, examples: label_heads.train_label_head(
            name, examples, reader.embed, encoder_version=version
        ),
    )
    heads = places.label_sets.heads(manifest, kind)
    return EncoderClassifier(reader, heads, without=places.elsewhere)


BACKENDS: Mapping[str, Callable[[Places], Classifier]] = {
    "encoder": load_encoder,
    "linear": load_linear,
}


def _backend(name: str) -> Callable[[Places], Classifier]:
    make = BACKENDS.get(name)
    if make is None:
        known = ", ".join((*BACKENDS, TRANSFORMERS))
        message = f"there is no classifier backend {name!r}; there are: {known}"
        raise ConfigError(message)
    return make


def _transformers(
    models: Mapping[str, str | Mapping[str, Any]], *, threads: int, is_all: bool
) -> Sequence[Classifier]:
    if not models and is_all:
        message = "backend 'transformers' needs a model for at least one task, it was given none"
        raise ConfigError(message)
    if not models:
        return ()
    from models.transformers_backend import load_transformers  # noqa: PLC0415 - as the module says

    return load_transformers(models, threads=threads)
