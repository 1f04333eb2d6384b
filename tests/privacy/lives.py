"""A database with a life in it: mentions of one person and of others, through a real engine."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.mention import Author
from engine.policy import load_text
from engine.ports import DeadLetter, SourceBatch
from engine.testing import NOON, ManualClock, ScriptedClassifier, mention
from models.hub import Hub
from streams.embedded import EmbeddedRunner
from streams.pipeline import Pipeline
from streams.runner_parts import RunnerLimits
from tests.store.samples import outside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.mention import Mention
    from engine.store import Store

HANDLE, NAME, ID = "Jeanne_Élodie.77", "Jeanne Quimperlé", "acc-990011-zq"
TEXT = "Zut, la tondeuse verte de Plouescat fume encore « bleu » sous la pluie"
OTHER = "la tondeuse rouge fume"

POLICY = """
policy: care
rules:
  - id: smoke
    when: {text: fume}
    then:
      - {notify: {channel: team, text: "{{ author.handle }}: {{ mention.text }}"}}
      - {tag: [smoke]}
    cooldown: {per: author, for: 1h}
  - id: crowd
    severity: major
    when: {text: fume}
    window: {over: 1h, by: [brand], having: {count: {at_least: 2}}}
    then:
      - {incident: {title: "Fumée : {{ mention.text }}"}}
      - {notify: {channel: team, text: "{{ mention.text }} ({{ author.name }})"}}
  - id: voices
    when: {text: fume}
    window: {over: 1h, having: {distinct: {field: author.handle, at_least: 900}}}
    then: [{tag: [voices]}]
  - id: loud
    when: {text: fume}
    window: {over: 1h, by: [author.id], having: {count: {at_least: 50}}}
    then: [{tag: [loud]}]
"""
CHANNELS = """
channel: team
kind: log
"""


def theirs(number: int = 1, text: str = TEXT, **fields: Any) -> Mention:
    """A mention of the person."""
    known: dict[str, Any] = {
        "external_id": f"https://mastodon.example/@{HANDLE}/{number}",
        "url": f"https://mastodon.example/@{HANDLE}/{number}",
        "source": "mastodon",
        "author": Author(fields.pop("author_id", ID), HANDLE, NAME),
        "language": "fr",
        "brand": "verte",
        "published_at": NOON + timedelta(minutes=number),
    }
    return mention(text, **{**known, **fields})


def of_others(number: int, text: str = OTHER, **fields: Any) -> Mention:
    """A mention of somebody else."""
    known: dict[str, Any] = {
        "external_id": f"o{number}",
        "source": "mastodon",
        "author": Author(f"other-{number}", f"other_{number}"),
        "language": "fr",
        "brand": "verte",
        "published_at": NOON + timedelta(minutes=number),
    }
    return mention(text, **{**known, **fields})


MENTIONS = (
    of_others(0),
    theirs(1),
    of_others(2, f"@{HANDLE} elle fume chez moi aussi, courage {NAME} !"),
    theirs(3, "elle fume ENCORE la coquine de Plouescat"),
    of_others(4, f"merci {HANDLE.lower()} pour la tondeuse", in_reply_to=theirs(1).external_id),
)
DEAD = (
    DeadLetter(
        "mastodon",
        "f:9",
        "published_at is missing",
        json.dumps({"text": "oups", "author": {"handle": HANDLE}}),
    ),
    DeadLetter("mastodon", "f:10", "text is missing", '{"nobody": "here"}'),
)


class NoIdentifier:
    """Never asked: every mention here says its language."""


class OneSource:
    """Brings mentions once, then ends."""

    name = "list"

    def __init__(self, *batches: SourceBatch) -> None:
        self._batches = batches

    async def batches(self, _cursor: object):
        for batch in self._batches:
            yield batch


class NoSender:
    """Sends nothing; ends when stopped."""

    async def run(self, stop, wake):
        await stop.wait()


def runner(
    store: Store, mentions: Iterable[Mention] = MENTIONS, dead=DEAD, log=None
) -> EmbeddedRunner:
    """An engine on the store that reads the mentions."""
    policies, problems = load_text(f"{CHANNELS}---{POLICY}", now=NOON)
    assert policies is not None, problems
    hub = Hub([ScriptedClassifier({"fume": ("sentiment", "negative", 0.95)})])
    return EmbeddedRunner(
        log=log or store.log,
        pipeline=Pipeline(
            identifier=NoIdentifier(), classify=hub.classify_mentions, policies=policies
        ),
        sources=[OneSource(SourceBatch("list", tuple(mentions), tuple(dead)))],
        sender=NoSender(),
        clock=ManualClock(),
        limits=RunnerLimits(batch=2),
    )


async def lived(store: Store, **options: Any) -> EmbeddedRunner:
    """Let an engine take all of it in and decide it."""
    run = runner(store, **options)
    await asyncio.wait_for(run.run(asyncio.Event(), until_drained=True), timeout=120)
    return run


def forms(word: str) -> set[bytes]:
    """Every way in which a word may lie in a file."""
    escaped = json.dumps(word)[1:-1]
    found = {word, word.lower(), word.upper(), word.casefold(), escaped, escaped.lower()}
    return {one.encode(code) for one in found for code in ("utf-8", "utf-16-le", "utf-16-be")}


def bytes_of(url: str) -> dict[str, bytes]:
    """All that a database has on disk, or, of a server, all that its tables hold."""
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        return {path.name: path.read_bytes() for path in folder.iterdir()}
    from sqlalchemy import text  # noqa: PLC0415

    from engine.store.tables import metadata  # noqa: PLC0415

    with outside(url) as connection:
        return {
            name: "\n".join(
                str(row) for row in connection.execute(text(f"SELECT * FROM {name}"))
            ).encode()
            for name in metadata.tables
        }


def left_of(url: str, *words: str) -> list[tuple[str, str]]:
    """Where any of the words still stands, as file or table and word."""
    held = bytes_of(url)
    return [
        (name, word)
        for word in words
        for name, data in held.items()
        if any(form in data for form in forms(word))
    ]
