"""The kinds of sources by the names that settings call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.sources.feed import FeedSource
from streams.sources.file import FileSource
from streams.sources.folder import FolderSource
from streams.sources.intake import IntakeSource
from streams.sources.stdin import StdinSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.ports import Source

SOURCES: Mapping[str, type[Source]] = {
    "file": FileSource,
    "stdin": StdinSource,
    "folder": FolderSource,
    "feed": FeedSource,
    "intake": IntakeSource,
}
