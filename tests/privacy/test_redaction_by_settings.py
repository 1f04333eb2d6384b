"""The whole engine, as it is built from settings, takes out what they name and stores the rest."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from engine.app import build_engine
from engine.settings_file import read_configuration
from engine.testing import ScriptedClassifier
from models.hub import Hub
from streams.sources.file import FileSource

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "tel 06 12 34 56 78, mail a@b.fr"


async def stored(tmp_path: Path, setting: str) -> list[str]:
    """Run an engine over one mention and one broken line; return what it stored of them."""
    config, stream = tmp_path / "tocsin.yaml", tmp_path / "in.jsonl"
    config.write_text(f"database: {{url: 'sqlite:///{tmp_path}/t.db'}}\n{setting}\n")
    said = {"text": TEXT, "published_at": "2026-03-02T12:00:00Z", "language": "fr", "id": "m-1"}
    lines = [said, {"text": TEXT, "published_at": "never"}]
    stream.write_text("".join(json.dumps(line) + "\n" for line in lines))
    configuration, _ = read_configuration(config)
    async with AsyncExitStack() as stack:
        engine = await build_engine(
            stack,
            configuration,
            policy_paths=[],
            sources=[FileSource("in", stream)],
            hub=Hub([ScriptedClassifier()]),
        )
        await engine.drain()
        [mention] = await engine.store.queries.mentions(limit=5)
        [dead] = await engine.store.queries.dead_letters(limit=5)
    return [mention["text"], json.loads(dead["raw"])["text"]]


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("", "tel [phone], mail [email]"),
        ("privacy: {redact: [email]}", "tel 06 12 34 56 78, mail [email]"),
        ("privacy: {redact: []}", TEXT),
    ],
    ids=["all of it by default", "what is named", "nothing"],
)
async def test_takes_out(tmp_path: Path, setting: str, wanted: str) -> None:
    assert await stored(tmp_path, setting) == [wanted, wanted]
