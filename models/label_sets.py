"""Finds the head of each label set: shipped, kept from an earlier start, or learnt now.

A set whose examples are those the shipped head was taught by is loaded; any other is learnt at
start and kept in the user's cache, so that the next start is quick again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import structlog

from engine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from models.manifest import Manifest

    # Examples by language, by label.
    Examples = Mapping[str, Mapping[str, Sequence[str]]]

_log = structlog.get_logger(__name__)


class TaughtHead(Protocol):
    """What is asked of a head here, whatever it weighs."""

    @property
    def task(self) -> str:
        """The label set's name."""
        ...

    @property
    def version(self) -> str:
        """Names the examples, and all else that taught it."""
        ...


HeadT = TypeVar("HeadT", bound=TaughtHead)


@dataclass(frozen=True, slots=True)
class HeadKind(Generic[HeadT]):
    """How one backend's heads are read, written and taught.

    Attributes:
        suffix: Of their files, with the dot.
        read: From a file's content and the name that messages call it by; raises ConfigError.
        version: That a head taught by these examples would have.
        learn: A label set from its name and examples.
        built_in: Names of shipped heads that belong to no label set.
    """

    suffix: str
    read: Callable[[bytes, str], HeadT]
    write: Callable[[HeadT], bytes]
    version: Callable[[Examples], str]
    learn: Callable[[str, Examples], HeadT]
    built_in: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LabelSets:
    """Which label sets are wanted.

    Attributes:
        folder: Every ``*.yaml`` in it is one; None for those that ship, as they ship.
        more: Others by name; one named as a set of the folder takes its place.
        cache_dir: Where heads learnt at start are kept; None to learn them at every start.
        without: Names of sets left to others.
    """

    folder: Path | None
    more: Mapping[str, Examples]
    cache_dir: Path | None
    without: Collection[str] = ()

    def heads(self, manifest: Manifest, kind: HeadKind[HeadT]) -> list[HeadT]:
        """Return the head of every set.

        Raises:
            ConfigError: The folder is none, a set is at fault, or a shipped head is not what the
                manifest names.
        """
        if self.folder is None:
            files = [Path(file) for file in manifest.sha256_by_file]
            names = {file.stem for file in files if file.suffix == kind.suffix} - kind.built_in
            return [shipped_head(manifest, kind, one) for one in sorted(names - set(self.without))]
        found = {
            name: examples
            for name, examples in {**_read_folder(self.folder), **self.more}.items()
            if name not in self.without
        }
        return [self._head(name, found[name], manifest, kind=kind) for name in found]

    def _head(
        self, name: str, examples: Examples, manifest: Manifest, *, kind: HeadKind[HeadT]
    ) -> HeadT:
        version = kind.version(examples)
        if f"{name}{kind.suffix}" in manifest.sha256_by_file:
            shipped = shipped_head(manifest, kind, name)
            if shipped.version == version:
                return shipped
        if self.cache_dir is None:
            return _learnt(name, examples, version, kind=kind)
        cached = self.cache_dir / f"{name}-{version}{kind.suffix}"
        head = _from_cache(cached, kind, named=(name, version))
        if head is None:
            head = _learnt(name, examples, version, kind=kind)
            _keep(cached, kind.write(head))
        return head


def read_examples(path: Path) -> tuple[str, Examples]:
    """Return the name of a file's label set and its examples by label and language.

    Raises:
        ConfigError: The file is at fault; carries the Problems.
    """
    # Slow to import beside the rest, and a classifier with the shipped sets reads none.
    from engine.policy.labels import read_label_set  # noqa: PLC0415

    label_set, problems = read_label_set(path)
    if label_set is None:
        message = f"label set {path} cannot be used"
        raise ConfigError(message, problems=problems)
    return label_set.name, {name: label.examples for name, label in label_set.labels.items()}


def shipped_head(manifest: Manifest, kind: HeadKind[HeadT], name: str) -> HeadT:
    """Return a head that lies among the artefacts; see `Manifest.read` for what it raises."""
    file = f"{name}{kind.suffix}"
    return kind.read(manifest.read(file), str(manifest.folder / file))


def _read_folder(folder: Path) -> dict[str, Examples]:
    if not folder.is_dir():
        message = f"{folder} is no folder; it should hold the label sets"
        raise ConfigError(message)
    return dict(read_examples(path) for path in sorted(folder.glob("*.yaml")))


def _learnt(name: str, examples: Examples, version: str, *, kind: HeadKind[HeadT]) -> HeadT:
    _log.info("label set changed, learning it from its examples", task=name, version=version)
    return kind.learn(name, examples)


def _from_cache(path: Path, kind: HeadKind[HeadT], *, named: tuple[str, str]) -> HeadT | None:
    """Return the cached head; None where there is none that can be used, which is no fault."""
    try:
        head = kind.read(path.read_bytes(), str(path))
    except FileNotFoundError:
        return None
    except (ConfigError, OSError) as cause:
        _log.warning("cached label set cannot be used, learning it again", reason=str(cause))
        return None
    return head if (head.task, head.version) == named else None


def _keep(path: Path, content: bytes) -> None:
    """Write a head to the cache; a cache that cannot be written costs time, not the start."""
    # Written beside and moved: another process starting now sees a whole file or none.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as cause:
        _log.warning("label set cannot be kept, it will be learnt again", reason=str(cause))
