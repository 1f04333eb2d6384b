"""Where a load takes its texts from, and exactly what it read: nothing is read twice."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(slots=True)
class Sources:
    """The files of one load, each kept as it was read.

    Whatever policies are made of is read through here: a revision is stored with these texts, and
    loads from them alone, whatever the disk holds by then.

    Attributes:
        kept: Texts by normal file name that stand for the disk; None reads the disk.
        texts: What was read, by file name, in the order of reading. A file that is not UTF-8 is
            left out: it cannot load.
    """

    kept: Mapping[str, str] | None = None
    texts: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path) -> bytes:
        """Return a file's bytes.

        Raises:
            OSError: It cannot be read, or is not among the kept ones.
        """
        name = str(path)
        if self.kept is None:
            data = path.read_bytes()
        else:
            # A list is looked for from its policy's folder, by way of `..` where it lies elsewhere.
            kept = self.kept.get(os.path.normpath(name))
            if kept is None:
                raise FileNotFoundError(errno.ENOENT, "it is not among the stored files", name)
            data = kept.encode("utf-8", "surrogateescape")
        with suppress(UnicodeDecodeError):
            self.texts[name] = data.decode("utf-8")
        return data
