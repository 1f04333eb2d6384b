"""Load what several commands need: policies with the shipped label sets, and the classifiers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.brands_file import read_brands
from engine.errors import ConfigError
from engine.policy import load_paths, load_texts, read_label_set, read_platform_packs
from engine.problem import sort_problems
from engine.settings import bundled

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from engine.policy import PolicySet, Sources
    from engine.ports import LanguageIdentifier
    from engine.problem import Problem
    from engine.settings import Configuration
    from models.brands import BrandMatcher
    from models.entities import EntityReader
    from models.hub import Hub


def load_policies(
    configuration: Configuration,
    paths: Sequence[Path],
    *,
    now: datetime,
    sources: Sources | None = None,
) -> tuple[PolicySet | None, list[Problem]]:
    """Load policies with the shipped label sets and platform packs; None where there are errors.

    Args:
        sources: Filled with what is read; where it keeps texts, those are loaded and ``paths`` are
            not looked at.
    """
    tasks, found = _label_names(configuration)
    packs, wrong = read_platform_packs(bundled("rules/platforms"))
    env = configuration.environment
    if sources is not None and sources.kept is not None:
        policies, problems = load_texts(
            sources.kept, now=now, env=env, tasks=tasks, platforms=packs
        )
    else:
        policies, problems = load_paths(
            paths, now=now, env=env, tasks=tasks, platforms=packs, sources=sources
        )
    # With a pack at fault nothing runs: what it forbids would be allowed.
    return None if wrong else policies, sort_problems([*found, *wrong, *problems])


def load_label_names(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    """Return the shipped label sets, each with its labels; those at fault are left out."""
    return _label_names(configuration)[0]


def _label_names(
    configuration: Configuration,
) -> tuple[dict[str, tuple[str, ...]], list[Problem]]:
    folder = configuration.path(configuration.settings.models.labels)
    tasks: dict[str, tuple[str, ...]] = {}
    found: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        labels, problems = read_label_set(path)
        found += problems
        if labels is not None:
            tasks[labels.name] = labels.label_names
    return tasks, found


def unanswered_tasks(policies: PolicySet, answered: Collection[str]) -> list[str]:
    """Return a sentence for each task that rules ask for and no classifier here answers."""
    found = []
    for task in sorted(policies.required_tasks - set(answered)):
        rules = [
            f"{policy.id}/{rule.id}"
            for policy in policies.policies
            for rule in policy.rules
            if task in rule.tasks and rule.mode.freedom > 0
        ]
        found.append(
            f"no classifier here answers '{task}': {', '.join(rules)} see it only where the input "
            "brings it"
        )
    return found


def load_hub(configuration: Configuration, policies: PolicySet) -> Hub:
    """Load the classifiers the settings name, and teach the label sets the policies define."""
    # Seconds to import, and a check or a test with given labels needs none of it.
    from models.registry import load_default  # noqa: PLC0415

    chosen = configuration.settings.models
    return load_default(
        backend=chosen.backend,
        labels_dir=configuration.path(chosen.labels),
        more_sets={
            name: {label: one.examples for label, one in labels.labels.items()}
            for name, labels in policies.label_sets.items()
        },
        cache_dir=Path(chosen.cache),
        threads=chosen.threads,
        transformers={
            task: _model(configuration, named) for task, named in chosen.transformers.items()
        },
    )


def _model(configuration: Configuration, named: str | dict[str, Any]) -> str | dict[str, Any]:
    """Return a model as it is named, a path resolved: names on the hub hold a slash as well."""
    if isinstance(named, dict):
        inner = named.get("model")
        return {**named, "model": _model(configuration, inner)} if inner else named
    return str(configuration.path(named)) if named.startswith((".", "/", "~")) else named


def load_language_identifier() -> LanguageIdentifier:
    """Return what names the language of mentions that do not say theirs."""
    from models.language import PackagedLanguageIdentifier  # noqa: PLC0415 - as above

    return PackagedLanguageIdentifier()


def load_brands(configuration: Configuration) -> tuple[BrandMatcher | None, list[Problem]]:
    """Load what finds the brands of the settings in texts; None where they name no file.

    Returns:
        What finds them, and the warnings of the file.

    Raises:
        ConfigError: The file has errors; it carries every problem, warnings too.
    """
    named = configuration.settings.brands
    if not named:
        return None, []
    path = configuration.path(named)
    brands, problems = read_brands(path)
    if brands is None:
        message = f"{path}: the file of brands has {len(problems)} problem(s)"
        raise ConfigError(message, problems=problems)
    from models.brands import BrandMatcher  # noqa: PLC0415 - as above

    return BrandMatcher(brands), problems


def load_own_handles(configuration: Configuration) -> frozenset[str]:
    """Return the handles of our accounts and of the settings' brands, as they are written."""
    found = {one.handle for one in configuration.settings.accounts if one.handle}
    if configuration.settings.brands:
        brands, _ = read_brands(configuration.path(configuration.settings.brands))
        found |= {handle for brand in brands or () for handle in brand.handles}
    return frozenset(found)


def load_entity_reader() -> EntityReader:
    """Return what reads persons, organisations and places where a model for it is installed."""
    from models.entities import EntityReader  # noqa: PLC0415 - as above

    return EntityReader()
