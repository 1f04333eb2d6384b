"""Add what the engine reads in mentions to a file of them, line by line, keeping all else.

Language and classifications; brands, products and competitors where brands are configured; persons,
organisations and places where a model that reads them is installed.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from engine.mention_json import write_classification
from engine.ports import DeadLetter
from streams.sources.lines import MentionReader, decode_json, split_lines
from streams.sources.mapping import UNMAPPED
from streams.sources.stdin import standard_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from engine.mention import Mention
    from engine.proving.stages import Stages
    from streams.sources.lines import Line
    from streams.sources.mapping import FieldMapping

_BATCH = 256
STANDARD = "-"
"""What names standard input or output in place of a file."""


@dataclass(slots=True)
class ClassifiedFile:
    """How a file went.

    Attributes:
        written: Mentions written.
        faults: ``file:line: reason`` of each input that is no mention, in order.
    """

    written: int = 0
    faults: list[str] = field(default_factory=list)


def classify_file(
    source: Path,
    target: Path,
    stages: Stages,
    *,
    mapping: FieldMapping | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> ClassifiedFile:
    """Write each mention of a file with its language and classifications, in the same order.

    Args:
        source: JSON lines; ``-`` for standard input.
        target: ``-`` for standard output; must not be the source.
        on_progress: Told now and then how many were written.
    """
    result = ClassifiedFile()
    reader = MentionReader(str(source), str(source), mapping or UNMAPPED)
    with ExitStack() as stack:
        stream = _input(source, stack)
        out: BinaryIO = (
            sys.stdout.buffer if str(target) == STANDARD else stack.enter_context(target.open("wb"))
        )
        for batch in _batches(stream, reader, result):
            out.writelines(_classified(batch, _read(batch, stages), reader, result))
            on_progress(result.written)
        out.flush()
    return result


def _input(source: Path, stack: ExitStack) -> BinaryIO:
    if str(source) == STANDARD:
        return standard_input()
    return stack.enter_context(source.open("rb"))


def _batches(
    stream: BinaryIO, reader: MentionReader, result: ClassifiedFile
) -> Iterator[list[tuple[Line, Mention]]]:
    """Yield the lines that are mentions, a batch at a time; the others are noted as faults."""
    batch: list[tuple[Line, Mention]] = []
    for line in split_lines(stream.read):
        found = reader.read_line(line) if line is not None else None
        if isinstance(found, DeadLetter):
            result.faults.append(f"{reader.place}:{found.reason.removeprefix('line ')}")
        elif found is not None and line is not None:
            batch.append((line, found))
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _read(batch: list[tuple[Line, Mention]], stages: Stages) -> list[dict[str, Any]]:
    """Return what each line gains."""
    mentions, answers = stages.classify_all([mention for _, mention in batch])
    gains: list[dict[str, Any]] = [
        {
            "language": mention.language,
            "classifications": {one.task: write_classification(one) for one in answer},
        }
        for mention, answer in zip(mentions, answers, strict=True)
    ]
    named = stages.find_brands(mentions)
    for at, mention in enumerate(mentions):
        if named is not None:
            gains[at] |= {"brand": mention.brand, "brands": named[at].as_json()}
        found = stages.find_entities(mention)
        if found is not None:
            gains[at]["entities"] = [one.as_json() for one in found]
    return gains


def _classified(
    batch: list[tuple[Line, Mention]],
    gains: list[dict[str, Any]],
    reader: MentionReader,
    result: ClassifiedFile,
) -> Iterator[bytes]:
    mapping, place = reader.mapping, reader.place
    for (line, _), gain in zip(batch, gains, strict=True):
        data: dict[str, Any] = decode_json(line.data)
        if mapping.columns:
            data = mapping.apply(data)
        data |= gain
        try:
            written = orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE)
        except orjson.JSONEncodeError as error:
            # Read leniently, a field of no interest to us may nest deeper than can be written.
            result.faults.append(f"{place}:{line.number}: cannot be written again: {error}")
            continue
        result.written += 1
        yield written
