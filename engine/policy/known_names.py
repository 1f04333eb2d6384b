"""What policy files define by name, read leniently: for an editor's completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.json_schema import Known
from engine.policy.read import find_files, read_files
from engine.policy.report import Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_OF_POLICIES = {"list": "lists", "macro": "macros", "template": "templates"}


def known_names(paths: Sequence[Path], *, tasks: Mapping[str, tuple[str, ...]]) -> Known:
    """Return the names that files define, files with faults among them.

    Args:
        tasks: Label sets in scope whatever the files say, with their labels.
    """
    report = Report()
    documents = read_files(find_files(paths, report), report)
    names: dict[str, dict[str, None]] = {}
    for policy in documents.policies:
        for what, field in _OF_POLICIES.items():
            names.setdefault(what, {}).update(dict.fromkeys(policy.get(field, {})))
    for kind, parts in documents.shared.items():
        names[kind] = {part.get(kind): None for part in parts if part.get(kind)}
    names["channel"] = {one.name: None for one in documents.channels if one.name}
    own = {one.made.name: one.made.label_names for one in documents.labels}
    return Known({**tasks, **own}, {what: sorted(found) for what, found in names.items()})
