"""Read labelled texts, as a classifier is measured on them: JSON lines with ``text``, ``label``.

A label set elsewhere rarely spells its labels as a task does, so what differs in case, in ``-`` for
``_`` or in ``non_`` for ``not_`` is taken for the same label; what is left over is never guessed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.classification import UNKNOWN
from engine.errors import MentionError
from engine.mention_json import read_mention
from engine.proving.classify_file import STANDARD
from streams.normalise import normalise
from streams.pipeline import with_languages
from streams.sources.lines import LONGEST_LINE, decode_json, split_lines
from streams.sources.stdin import standard_input

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from engine.mention import Mention
    from engine.ports import LanguageIdentifier
    from models.evaluate import Row

_SOME_DAY = "2000-01-01T00:00:00Z"  # a mention has one, its classification does not depend on it


@dataclass(slots=True)
class LabelledFile:
    """How a file read.

    Attributes:
        mentions: Each text as a mention, in order.
        labels: Each text's label as the file spells it.
        faults: ``file:line: reason`` of each line that was set aside, in order.
    """

    mentions: list[Mention] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MatchedLabels:
    """Labels as a task spells them.

    Attributes:
        labels: In the order given; ``unknown`` where out of scope, as given where nothing fits.
        respelt: How many rows of each spelling were taken for which label, by the two.
        unknown: How many rows have each label that nothing fits.
    """

    labels: list[str]
    respelt: Mapping[tuple[str, str], int]
    unknown: Mapping[str, int]


def read_labelled(source: Path) -> LabelledFile:
    """Read a file; a line that is no labelled text is noted and keeps no other from being read.

    Args:
        source: JSON lines of objects with ``text``, ``label`` and, if known, ``language``; anything
            else in them is passed over. ``-`` for standard input.
    """
    if str(source) == STANDARD:
        return _read(standard_input(), STANDARD)
    with source.open("rb") as stream:
        return _read(stream, str(source))


def _read(stream: BinaryIO, place: str) -> LabelledFile:
    found = LabelledFile()
    for line in split_lines(stream.read):
        if line is None or not line.data.strip():
            continue
        try:
            if line.is_too_long:
                message = f"{line.size} bytes; a line has at most {LONGEST_LINE}"
                raise MentionError(message)  # noqa: TRY301  told like any other fault of a line
            mention, label = _labelled(decode_json(line.data))
        except MentionError as error:
            found.faults.append(f"{place}:{line.number}: {error}")
            continue
        found.mentions.append(mention)
        found.labels.append(label)
    return found


def _labelled(data: Any) -> tuple[Mention, str]:
    if not isinstance(data, dict):
        message = f"an object with text and label is wanted, not {_kind(data)}"
        raise MentionError(message)
    label = data.get("label")
    if not isinstance(label, str) or not label.strip():
        seen = "it is missing" if label is None else f"not {_kind(label)}"
        message = f"label: a name is wanted; {seen}"
        raise MentionError(message)
    given = {name: data.get(name) for name in ("text", "language")}
    return read_mention({**given, "published_at": _SOME_DAY}), label.strip()


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "an empty text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


def match_labels(
    given: Sequence[str], known: Collection[str], *, out_of_scope: Collection[str] = ()
) -> MatchedLabels:
    """Return labels as a task spells them.

    Args:
        known: The task's labels.
        out_of_scope: Spellings, beside ``unknown``, of texts that have none of the task's labels.
    """
    plain: dict[str, list[str]] = {}
    for label in known:
        plain.setdefault(_plain(label), []).append(label)
    # Two labels that differ in spelling alone cannot be told apart by anything but their spelling.
    meant = {spelling: labels[0] for spelling, labels in plain.items() if len(labels) == 1}
    meant |= dict.fromkeys(map(_plain, {UNKNOWN, *out_of_scope}), UNKNOWN)
    by_spelling = {one: one if one in known else meant.get(_plain(one)) for one in set(given)}
    counts = Counter(given)
    return MatchedLabels(
        labels=[by_spelling[one] or one for one in given],
        respelt={
            (one, label): counts[one]
            for one, label in sorted(by_spelling.items())
            if label not in (one, None, UNKNOWN)
        },
        unknown={one: n for one, n in counts.most_common() if by_spelling[one] is None},
    )


def _plain(label: str) -> str:
    folded = "_".join(label.casefold().replace("-", " ").replace("_", " ").split())
    return f"not_{folded.removeprefix('non_')}" if folded.startswith("non_") else folded


def rows_as_live(
    mentions: Sequence[Mention], labels: Sequence[str], identifier: LanguageIdentifier
) -> list[Row]:
    """Return rows whose texts and languages are what a running engine would hand a classifier."""
    # Seconds to import, and the command line imports this module whatever command it runs.
    from models.evaluate import Row  # noqa: PLC0415

    prepared = with_languages(identifier, [_normalised(one) for one in mentions])
    return [
        Row(mention.text, label, mention.language)
        for mention, label in zip(prepared, labels, strict=True)
    ]


def _normalised(mention: Mention) -> Mention:
    try:
        return normalise(mention)
    except MentionError:
        # Nothing but markup: measured as it stands, so that no row of a set is lost.
        return mention
