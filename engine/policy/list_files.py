"""Lists that stand in files of their own: one entry a line, ``#`` begins a remark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.located_yaml import Node, decode
from engine.policy.shape import kind_of, text_of
from engine.problem import Span

if TYPE_CHECKING:
    from engine.policy.report import Report
    from engine.policy.sources import Sources

_LARGEST = 8 * 1024 * 1024


def with_list_files(policy: Node, file: str, report: Report, *, sources: Sources) -> Node:
    """Return a policy whose lists hold the entries of the files they name.

    Args:
        file: Of the policy; lists are looked for beside it.
        sources: What list files are read through.
    """
    lists = policy.get("lists")
    if lists is None or not any(one.get("file") is not None for _, one in lists.items()):
        return policy
    values = {
        name: _entries(one, file, report, sources=sources) if one.get("file") is not None else one
        for name, one in lists.items()
    }
    return replace(policy, value={**policy.value, "lists": replace(lists, value=values)})


def _entries(node: Node, file: str, report: Report, *, sources: Sources) -> Node:
    named = node.value["file"]
    faulty = replace(node, value=None, is_faulty=True)
    for key in node.value:
        if key != "file":
            help_text = "a list is either [...] or {file: words.txt}"
            report.error("R104", node.keys[key], f"unknown field '{key}'", help_text=help_text)
            return faulty
    if named.is_mapping or named.is_list or named.value is None:
        report.error("R106", node.keys["file"], f"a file is named, not {kind_of(named)}")
        return faulty
    path = Path(file).parent / text_of(named)
    try:
        if sources.kept is None and (fault := refusal(path)):
            report.error("R100", named.span, fault)
            return faulty
        data = sources.read(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        help_text = f"looked for at {path}"
        message = f"the list's file '{text_of(named)[:60]}' cannot be read: {reason}"
        report.error("R100", named.span, message, help_text=help_text)
        return faulty
    text, problems = decode(data, str(path))
    report.problems.extend(problems)
    if problems:
        return faulty
    return replace(node, value=tuple(_lines(text, str(path))), keys={})


def refusal(path: Path) -> str:
    """Return why a file is not read although it is there; empty where it can be."""
    if path.exists() and not path.is_file():
        return "a file to read is an ordinary one, and this is none"
    if path.exists() and path.stat().st_size > _LARGEST:
        return f"the file is larger than {_LARGEST >> 20} MiB"
    return ""


def _lines(text: str, file: str) -> list[Node]:
    """Return each entry as a node that stands in the list's own file."""
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        entry = line.strip()
        if entry and not entry.startswith("# ") and entry != "#":
            column = len(line) - len(line.lstrip()) + 1
            span = Span(file, number, column, len(entry), line)
            is_quoted = len(entry) > 1 and entry[0] == entry[-1] == '"'
            found.append(Node(entry[1:-1] if is_quoted else entry, span, quoted=True))
    return found
