"""The list of a backend's files with the hash of each, checked whenever one is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from engine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder of artefacts holds.

    Attributes:
        folder: Where the files lie.
        sha256_by_file: Hash of every file beside the manifest, in hexadecimal.
    """

    folder: Path
    sha256_by_file: Mapping[str, str]

    @property
    def version(self) -> str:
        """Hash over all files; changes when any of them does."""
        lines = "\n".join(f"{name} {digest}" for name, digest in sorted(self._pairs()))
        return sha256(lines.encode()).hexdigest()[:16]

    def read(self, name: str) -> bytes:
        """Return a file's content, which is what the manifest says it is.

        Raises:
            ConfigError: The manifest does not name the file, the file is missing, or its content is
                another.
        """
        path = self.folder / name
        expected = self.sha256_by_file.get(name)
        if expected is None:
            message = f"{self.folder / MANIFEST} names no file {name!r}: {_REMEDY}"
            raise ConfigError(message)
        try:
            content = path.read_bytes()
        except OSError as cause:
            message = f"{path} cannot be read ({cause.strerror}): {_REMEDY}"
            raise ConfigError(message) from cause
        found = sha256(content).hexdigest()
        if found != expected:
            message = (
                f"{path} is not the file its manifest names: sha256 is {found[:16]}…, "
                f"{expected[:16]}… was expected: {_REMEDY}"
            )
            raise ConfigError(message)
        return content

    def _pairs(self) -> list[tuple[str, str]]:
        return list(self.sha256_by_file.items())


_REMEDY = "install the engine again, or remake the artefacts as models/training says"


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest.

    Raises:
        ConfigError: There is none, or it is not one.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
        files = {str(name): str(digest) for name, digest in content["sha256"].items()}
    except OSError as cause:
        message = f"{path} cannot be read ({cause.strerror}): {_REMEDY}"
        raise ConfigError(message) from cause
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        message = f"{path} is not a manifest of artefacts: {_REMEDY}"
        raise ConfigError(message) from cause
    return Manifest(folder, files)


def write_manifest(folder: Path) -> Manifest:
    """Write the manifest of every other file of a folder, and return it."""
    files = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != MANIFEST
    }
    manifest = Manifest(folder, files)
    content = {"version": manifest.version, "sha256": files}
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return manifest
