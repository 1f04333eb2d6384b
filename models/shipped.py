"""Says what lies among the artefacts: backends, their tasks, and what was measured of them.

Nothing is made ready to run for it: only what describes the artefacts is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ConfigError
from models.manifest import MANIFEST, read_manifest
from models.registry import ARTIFACTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.manifest import Manifest

CARD = "card.md"
_ABOUT = "encoder.json"


@dataclass(frozen=True, slots=True)
class ShippedTask:
    """One task of a backend.

    Attributes:
        floor: Least score of an answer, in [0, 1]; below it the label is ``unknown``.
        measured: What was measured when the artefact was made, as JSON.
    """

    name: str
    labels: tuple[str, ...]
    floor: float
    version: str
    measured: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShippedBackend:
    """One folder of artefacts.

    Attributes:
        version: Hash over all of its files.
        card: The page on its data, licences, figures and known failures.
        bytes_by_file: How large each file is.
        measured: What was measured of the backend as a whole, as JSON; empty where nothing was.
    """

    name: str
    version: str
    card: Path
    bytes_by_file: Mapping[str, int]
    tasks: tuple[ShippedTask, ...]
    measured: Mapping[str, Any] = field(default_factory=dict)


def shipped_backends(artifacts: Path = ARTIFACTS) -> list[ShippedBackend]:
    """Return every backend whose artefacts are here, by name.

    Raises:
        ConfigError: A file that describes one is missing or is not the one its manifest names.
    """
    folders = sorted(path.parent for path in artifacts.glob(f"*/{MANIFEST}"))
    return [_backend(read_manifest(folder)) for folder in folders]


def _backend(manifest: Manifest) -> ShippedBackend:
    about = _about(manifest)
    tasks = [
        ShippedTask(
            name, tuple(one["labels"]), one["floor"], manifest.version, one.get("measured", {})
        )
        for name, one in about.get("tasks", {}).items()
    ]
    tasks += [_head(manifest, name) for name in sorted(manifest.sha256_by_file) if _is_head(name)]
    return ShippedBackend(
        name=manifest.folder.name,
        version=manifest.version,
        card=manifest.folder / CARD,
        bytes_by_file={
            path.name: path.stat().st_size
            for path in sorted(manifest.folder.iterdir())
            if path.is_file()
        },
        tasks=tuple(tasks),
        measured=about.get("measured", {}),
    )


def _about(manifest: Manifest) -> dict[str, Any]:
    if _ABOUT not in manifest.sha256_by_file:
        return {}
    try:
        found: dict[str, Any] = json.loads(manifest.read(_ABOUT))
    except ValueError as cause:
        message = f"{manifest.folder / _ABOUT} is not JSON: {cause}"
        raise ConfigError(message) from cause
    return found


def _is_head(name: str) -> bool:
    return Path(name).suffix in {".skops", ".npz"}


def _head(manifest: Manifest, name: str) -> ShippedTask:
    content, place = manifest.read(name), str(manifest.folder / name)
    # Each reader brings libraries that the other backend does without.
    head: Any
    if name.endswith(".npz"):
        from models.label_heads import read_label_head  # noqa: PLC0415

        head = read_label_head(content, name=place)
    else:
        from models.heads import read_head  # noqa: PLC0415

        head = read_head(content, name=place)
    return ShippedTask(head.task, head.labels, head.floor, head.version, head.measured)
