"""Policies: text files in, frozen rules out, every fault of every file at its line and column.

Three steps, each a module: `read` (files to documents of a declared shape), `collect` (what they
define together), `compile` (references resolved, conditions built). Nothing here reads a clock or
the environment; both are parameters. No text makes these functions raise.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.classification import BUILT_IN_TASKS
from engine.policy.collect import collect
from engine.policy.compile import compile_documents
from engine.policy.condition import Facts
from engine.policy.json_schema import Known, policy_json_schema, tests_json_schema
from engine.policy.known_names import known_names
from engine.policy.labels import Label, LabelSet, read_label_set
from engine.policy.platform import PlatformPack
from engine.policy.read import Documents, find_files, policy_files, read_files, read_text
from engine.policy.read_platforms import read_platform_packs
from engine.policy.report import Report
from engine.policy.rule import Cooldown, Example, PlannedAction, Policy, PolicySet, Rule
from engine.policy.shapes_actions import Approval
from engine.policy.sources import Sources
from engine.problem import Problem, sort_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

__all__ = [
    "Approval",
    "Cooldown",
    "Example",
    "Facts",
    "Known",
    "Label",
    "LabelSet",
    "PlannedAction",
    "PlatformPack",
    "Policy",
    "PolicySet",
    "Rule",
    "Sources",
    "known_names",
    "load_paths",
    "load_text",
    "load_texts",
    "policy_json_schema",
    "read_label_set",
    "read_platform_packs",
    "tests_json_schema",
]

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_PACKS: Mapping[str, PlatformPack] = MappingProxyType({})


def load_paths(  # noqa: PLR0913 - what is read, and what holds beside it
    paths: Sequence[Path],
    *,
    now: datetime,
    env: Mapping[str, str] = _NOTHING,
    tasks: Mapping[str, tuple[str, ...]] | None = None,
    platforms: Mapping[str, PlatformPack] = _NO_PACKS,
    sources: Sources | None = None,
) -> tuple[PolicySet | None, list[Problem]]:
    """Read every policy file that the paths name.

    Args:
        paths: Files, or folders searched through for ``*.yaml`` and ``*.yml``.
        now: Aware UTC, for what has expired.
        env: Where ``${NAME}`` in channels is looked up.
        tasks: Label sets in scope whatever the files say, with their labels; the built-in tasks
            (sentiment, emotion, …) are always in scope.
        platforms: Packs that hold where no `platform` document says otherwise.
        sources: Filled with what is read, for whoever needs it although there are errors.

    Returns:
        The policies, or None where there is any error; and all problems, sorted.
    """
    report = Report()
    documents = read_files(find_files(paths, report), report, sources=sources)
    return _finish(documents, report, now=now, env=env, tasks=tasks, platforms=platforms)


def load_texts(
    texts: Mapping[str, str],
    *,
    now: datetime,
    env: Mapping[str, str] = _NOTHING,
    tasks: Mapping[str, tuple[str, ...]] | None = None,
    platforms: Mapping[str, PlatformPack] = _NO_PACKS,
) -> tuple[PolicySet | None, list[Problem]]:
    """Load what `PolicySet.sources` once held, without the disk; as `load_paths` otherwise."""
    report = Report()
    documents = read_files(policy_files(texts), report, sources=Sources(kept=texts))
    return _finish(documents, report, now=now, env=env, tasks=tasks, platforms=platforms)


def load_text(  # noqa: PLR0913 - as above
    text: str,
    file: str = "policy.yaml",
    *,
    now: datetime,
    env: Mapping[str, str] = _NOTHING,
    tasks: Mapping[str, tuple[str, ...]] | None = None,
    platforms: Mapping[str, PlatformPack] = _NO_PACKS,
) -> tuple[PolicySet | None, list[Problem]]:
    """Read one file's text; as `load_paths` otherwise."""
    report, documents = Report(), Documents()
    read_text(text, file, report, documents=documents)
    return _finish(documents, report, now=now, env=env, tasks=tasks, platforms=platforms)


def _finish(  # noqa: PLR0913 - as above
    documents: Documents,
    report: Report,
    *,
    now: datetime,
    env: Mapping[str, str],
    tasks: Mapping[str, tuple[str, ...]] | None,
    platforms: Mapping[str, PlatformPack],
) -> tuple[PolicySet | None, list[Problem]]:
    known = {**BUILT_IN_TASKS, **(tasks or {})}
    shared = collect(documents, report, env=env, tasks=known)
    shared.shipped = platforms
    made = compile_documents(documents, report, shared=shared, now=now)
    # What stands in a base is read again for each policy that extends it.
    found = {(one.code, one.span, one.message): one for one in reversed(report.problems)}
    return (None if report.has_errors else made), sort_problems(list(found.values())[::-1])
