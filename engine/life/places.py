"""Where policy files lie, and how a stored revision names them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from engine.errors import ConfigError
from engine.policy.read import find_files
from engine.policy.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.settings import Configuration


@dataclass(frozen=True, slots=True)
class Places:
    """The paths that policies are loaded from.

    A file's name in the store is what the settings would call it: ``policies/care.yaml``. So a
    revision means the same files after the whole installation has moved.

    Attributes:
        roots: Files and folders, each as it is named and where it lies.
    """

    configuration: Configuration
    roots: tuple[tuple[str, Path], ...]

    @classmethod
    def of(cls, configuration: Configuration, paths: Sequence[Path] | None = None) -> Places:
        """Return the settings' places, or others in their stead."""
        if paths is None:
            named = configuration.settings.policies
            return cls(configuration, tuple((one, configuration.path(one)) for one in named))
        return cls(configuration, tuple((str(path.absolute()), path) for path in paths))

    @property
    def paths(self) -> list[Path]:
        """Every root's path."""
        return [path for _, path in self.roots]

    def require(self) -> None:
        """Check that every root is there.

        Raises:
            ConfigError: One is not.
        """
        missing = [str(path) for path in self.paths if not path.exists()]
        if missing:
            message = f"no such policy file or folder: {', '.join(missing)}"
            raise ConfigError(message)

    def name(self, file: str) -> str:
        """Return what a file that was read is called in the store."""
        path = Path(os.path.normpath(file))
        for named, root in self.roots:
            whole = Path(os.path.normpath(root))
            if path == whole:
                return named
            if path.is_relative_to(whole):
                return str(PurePosixPath(named) / path.relative_to(whole).as_posix())
        folder = self.configuration.folder
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
        return str(path.absolute())

    def named(self, sources: Mapping[str, str]) -> dict[str, str]:
        """Return texts by their names in the store."""
        return {self.name(file): text for file, text in sources.items()}

    def path(self, name: str) -> Path:
        """Return where a file of the store lies on this disk."""
        return Path(os.path.normpath(self.configuration.path(name)))

    def on_disk(self, files: Mapping[str, str]) -> dict[str, str]:
        """Return stored texts by the paths they are read from."""
        return {str(self.path(name)): text for name, text in files.items()}

    def reads(self, path: Path) -> bool:
        """Say whether a file at this path would be loaded."""
        return any(path.is_relative_to(os.path.normpath(root)) for root in self.paths)

    def read(self, more: Iterable[str] = (), *, errors: str = "strict") -> dict[str, str]:
        """Return the text of every policy file on the disk now, by its path.

        Args:
            more: Files to read as well, such as those the policies refer to.
            errors: What to do with bytes that are not UTF-8, as `bytes.decode` has it.

        Raises:
            OSError: One cannot be read.
            UnicodeDecodeError: One is not UTF-8, and errors are strict.
        """
        names = dict.fromkeys([*map(str, find_files(self.paths, Report())), *more])
        return {name: Path(name).read_bytes().decode("utf-8", errors) for name in names}
