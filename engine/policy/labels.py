"""Label sets: tasks of one's own, declared by ``labels:`` documents with examples to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.located_yaml import decode, load
from engine.policy.report import Report, suggest
from engine.policy.shape import kind_of, read_part, text_of
from engine.policy.shapes_documents import LabelsDocument
from engine.problem import Problem, Span, sort_problems

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from engine.located_yaml import Node


@dataclass(frozen=True, slots=True)
class Label:
    """One label.

    Attributes:
        examples: Texts by language, as the author gave them.
    """

    description: str
    examples: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LabelSet:
    """One task: its name (the file's, without the ending) and its labels in the file's order."""

    name: str
    labels: Mapping[str, Label]

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels, in order."""
        return tuple(self.labels)


def read_label_set(path: Path) -> tuple[LabelSet | None, list[Problem]]:
    """Read one file whose first document is ``labels``; None where anything in it is at fault."""
    file = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        report = Report()
        report.error("R100", Span(file, 1, 1), f"the file cannot be read: {error.strerror}")
        return None, report.problems
    text, problems = decode(data, file)
    nodes, found = load(text, file)
    report = Report([*problems, *found])
    labelled = [node for node in nodes if node.get("labels") is not None]
    if not labelled and not report.problems:
        report.error("R105", Span(file, 1, 1), "the file holds no 'labels' document")
    made = [read_labels(node, path.stem, report) for node in labelled]
    if report.has_errors or not made:
        return None, sort_problems(report.problems)
    return made[0], sort_problems(report.problems)


def read_labels(node: Node, name: str, report: Report) -> LabelSet | None:
    """Return the label set of one document, or None where its shape is lost (reported)."""
    span = node.keys.get("labels", node.span)
    part = read_part(node, LabelsDocument, report, span=span)
    bodies = None if part is None else part.get("labels")
    if bodies is None:
        return None
    if not bodies:
        report.error("R105", span, "a label set needs at least one label")
    if "unknown" in bodies:
        where = node.value["labels"].keys["unknown"]
        report.error("R108", where, "'unknown' cannot be a label: it means that none is sure")
    return LabelSet(
        name, {label: _read_label(label, body, report, span=span) for label, body in bodies.items()}
    )


def _read_label(name: str, node: Node, report: Report, *, span: Span) -> Label:
    if not node.is_mapping:
        where = span if node.value is None else node.span
        seen = kind_of(node)
        report.error("R106", where, f"label '{name}' must be a mapping, not {seen}")
        return Label("", {})
    known = ("description", "examples")
    for key in node.value:
        if key not in known:
            help_text = suggest(key, known, what="Fields here")
            report.error("R104", node.keys[key], f"unknown field '{key}'", help_text=help_text)
    described = node.get("description")
    description = ""
    if described is not None and not (described.is_mapping or described.is_list):
        description = text_of(described)
    examples = node.get("examples")
    if examples is None:
        return Label(description, {})
    if not examples.is_mapping:
        seen = kind_of(examples)
        report.error("R106", examples.span, f"examples are texts by language, not {seen}")
        return Label(description, {})
    return Label(
        description,
        {
            language: _read_texts(one, report, span=examples.keys[language])
            for language, one in examples.items()
        },
    )


def _read_texts(node: Node, report: Report, *, span: Span) -> tuple[str, ...]:
    if not node.is_list:
        where = span if node.value is None else node.span
        report.error("R106", where, f"a list of texts is wanted here, not {kind_of(node)}")
        return ()
    texts = []
    for one in node.value:
        if one.is_mapping or one.is_list or one.value is None:
            report.error("R106", one.span, f"a text is wanted here, not {kind_of(one)}")
        else:
            texts.append(text_of(one))
    return tuple(texts)
