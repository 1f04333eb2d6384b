"""Reads files into documents: what kind each is, and its parts by their declared shape."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.located_yaml import decode, load
from engine.policy.labels import read_labels
from engine.policy.list_files import with_list_files
from engine.policy.read_tests import read_tests
from engine.policy.report import suggest
from engine.policy.schema import PolicyDocument, RuleBody
from engine.policy.shape import kind_of, read_part, text_of
from engine.policy.shapes_documents import (
    CHANNELS,
    CalendarDocument,
    ChainDocument,
    PlaybookDocument,
    QueueDocument,
    RotaDocument,
)
from engine.policy.shapes_platform import PlatformDocument
from engine.policy.sources import Sources
from engine.problem import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.located_yaml import Node
    from engine.policy.labels import LabelSet
    from engine.policy.report import Report
    from engine.policy.shape import Part
    from engine.policy.shapes import Shape

# Documents that policies share beside channels and label sets.
SHARED: Mapping[str, type[Shape]] = {
    "queue": QueueDocument,
    "calendar": CalendarDocument,
    "rota": RotaDocument,
    "chain": ChainDocument,
    "playbook": PlaybookDocument,
    "platform": PlatformDocument,
}
_DOCUMENTS = ("policy", "channel", *SHARED, "labels", "tests")
_ENDINGS = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class ChannelPart:
    """A channel as read; ``part`` is None where its kind is unknown."""

    name: str
    kind: str
    span: Span
    part: Part | None


@dataclass(frozen=True, slots=True)
class LabelsPart:
    """A label set as read, and where it stands."""

    made: LabelSet
    span: Span


@dataclass(slots=True)
class Documents:
    """All documents of all files, in order.

    Attributes:
        shared: By kind: queues, calendars, rotas, chains, playbooks, platforms.
        sources: Every text that was read.
    """

    sources: Sources = field(default_factory=Sources)
    policies: list[Part] = field(default_factory=list)
    shared: dict[str, list[Part]] = field(default_factory=dict)
    channels: list[ChannelPart] = field(default_factory=list)
    labels: list[LabelsPart] = field(default_factory=list)
    tests: list[Part] = field(default_factory=list)


def find_files(paths: Sequence[Path], report: Report) -> list[Path]:
    """Return the files that the paths name, folders searched through, each once."""
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            found |= {one.resolve(): one for one in _inside(path, report)}
        elif path.exists():
            found.setdefault(path.resolve(), path)
        else:
            report.error("R100", Span(str(path), 1, 1), "there is no such file or folder")
    return list(found.values())


def _inside(folder: Path, report: Report) -> list[Path]:
    """Return the files of a folder; what cannot be looked at is reported, not passed over."""

    def refuse(error: OSError) -> None:
        place = Span(str(error.filename), 1, 1)
        report.error("R100", place, f"the folder cannot be searched: {error.strerror}")

    named = [
        Path(place, name)
        for place, _, names in os.walk(folder, onerror=refuse)
        for name in names
        if Path(name).suffix in _ENDINGS
    ]
    found = []
    for path in sorted(named):
        if os.path.isfile(path):  # noqa: PTH113 - in a folder that is closed, Path.is_file raises
            found.append(path)
        elif not path.name.startswith("."):  # editors keep their locks in hidden links
            message = "this is no file that can be read: a link that leads nowhere, or a device"
            report.error("R100", Span(str(path), 1, 1), message)
    return found


def policy_files(names: Iterable[str]) -> list[Path]:
    """Return those of some files that hold documents: not lists and the like they refer to."""
    return [Path(name) for name in names if Path(name).suffix in _ENDINGS]


def read_files(
    files: Iterable[Path], report: Report, *, sources: Sources | None = None
) -> Documents:
    """Read every file; one that cannot be read is reported and the rest goes on."""
    documents = Documents(sources or Sources())
    for path in files:
        try:
            data = documents.sources.read(path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            report.error("R100", Span(str(path), 1, 1), f"the file cannot be read: {reason}")
            continue
        text, problems = decode(data, str(path))
        report.problems.extend(problems)
        read_text(text, str(path), report, documents=documents)
    return documents


def read_text(text: str, file: str, report: Report, *, documents: Documents) -> None:
    """Read one file's text and add its documents."""
    nodes, problems = load(text, file)
    report.problems.extend(problems)
    for node in nodes:
        _read_document(node, file, report, documents=documents)


def _read_document(node: Node, file: str, report: Report, *, documents: Documents) -> None:
    if not node.is_mapping or not node.value:
        report.error(
            "R106",
            node.span,
            f"a document is a mapping, not {kind_of(node)}",
            help_text="begin it with 'policy: some-id'",
        )
        return
    kind = _document_kind(node, report)
    if kind == "policy":
        node = with_list_files(node, file, report, sources=documents.sources)
        part = read_part(node, PolicyDocument, report, span=node.keys[kind])
        documents.policies += [part] if part is not None else []
    elif kind == "channel":
        _read_channel(node, report, documents)
    elif kind == "labels":
        made = read_labels(node, Path(file).stem, report)
        documents.labels += [LabelsPart(made, node.keys[kind])] if made is not None else []
    elif kind == "tests":
        part = read_tests(node, report)
        documents.tests += [part] if part is not None else []
    elif kind is not None:
        part = read_part(node, SHARED[kind], _within(kind, node, report), span=node.keys[kind])
        documents.shared.setdefault(kind, []).extend([part] if part is not None else [])


def _within(kind: str, node: Node, report: Report) -> Report:
    named = node.value[kind]
    if named.is_mapping or named.is_list or named.value is None:
        return report
    return report.within(kind, text_of(named), named.span)


def _document_kind(node: Node, report: Report) -> str | None:
    first = str(next(iter(node.value)))
    if first in _DOCUMENTS:
        return first
    other = next((kind for kind in _DOCUMENTS if kind in node.value), None)
    help_text = suggest(first, _DOCUMENTS, what="Documents")
    if first in RuleBody.model_fields or first in PolicyDocument.model_fields:
        help_text = f"'{first}' stands in a policy: begin the document with 'policy: some-id'"
    if other is not None:
        help_text = f"put '{other}' first: a document is told by its first key"
    report.error(
        "R113", node.keys[first], f"'{first}' begins no known document", help_text=help_text
    )
    return other


def _read_channel(node: Node, report: Report, documents: Documents) -> None:
    span, name = node.keys["channel"], ""
    named = node.value["channel"]
    if not (named.is_mapping or named.is_list or named.value is None):
        name, span = text_of(named), named.span
    inner = report.within("channel", name, span)
    kind = node.get("kind")
    if kind is None or kind.is_mapping or kind.is_list or kind.value is None:
        where = node.keys.get("kind", node.keys["channel"])
        others = [key for key in node.keys if key not in ("kind", "channel", "description")]
        near = next(iter(difflib.get_close_matches("kind", others, n=1)), "")
        meant = f"did you mean it by '{near}'? " if near else ""
        help_text = f"{meant}Kinds: {', '.join(CHANNELS)}"
        inner.error("R105", where, "'kind' is missing", help_text=help_text)
        documents.channels.append(ChannelPart(name, "", span, None))
        return
    written, part = text_of(kind), None
    if written in CHANNELS:
        part = read_part(node, CHANNELS[written], inner, span=node.keys["channel"])
    else:
        help_text = suggest(written, CHANNELS, what="Kinds")
        inner.error(
            "R108", kind.span, f"'{written[:60]}' is no kind of channel", help_text=help_text
        )
    documents.channels.append(ChannelPart(name, written, span, part))
