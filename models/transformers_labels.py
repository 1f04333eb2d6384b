"""Which `transformers` model answers a task, and what its labels mean there."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.classification import BUILT_IN_TASKS
from engine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEYS = ("model", "labels", "temperature", "floor")
_MEANINGLESS = re.compile(r"label_\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One task's model as the operator named it."""

    task: str
    model: str
    labels: Mapping[str, str] = field(default_factory=dict)
    temperature: float = 1.0
    floor: float = 0.0

    @property
    def folder(self) -> Path | None:
        """Where it lies; None for a model of the hub."""
        path = Path(self.model).expanduser()
        return path if self.model.startswith(("/", ".", "~")) or path.is_dir() else None

    @property
    def shown(self) -> str:
        """How messages call it."""
        return f"the model {self.model!r} of task {self.task!r}"


@dataclass(frozen=True, slots=True)
class TaskLabels:
    """The task as `models.answers` reads it, and how to get there from the model.

    Attributes:
        places: For each of the model's labels the place of the task's label it counts for.
    """

    task: str
    labels: tuple[str, ...]
    floor: float
    places: tuple[int, ...]


def read_choice(task: str, value: str | Mapping[str, Any]) -> ModelChoice:
    """Return the choice of a task's model, from its name alone or the longer form.

    Raises:
        ConfigError: It names no model, or a setting is unknown or out of range.
    """
    if isinstance(value, str):
        value = {"model": value}
    strange = sorted(set(value) - set(_KEYS))
    if strange or not isinstance(value.get("model"), str) or not value["model"]:
        seen = f"unknown {', '.join(strange)}" if strange else "no model"
        message = f"the model of task {task!r}: {seen}; it has: {', '.join(_KEYS)}"
        raise ConfigError(message)
    choice = ModelChoice(task, **value)
    if not (math.isfinite(choice.temperature) and choice.temperature > 0):
        message = f"{choice.shown}: temperature must be above 0, it is {choice.temperature}"
        raise ConfigError(message)
    if not 0 <= choice.floor <= 1:
        message = f"{choice.shown}: floor must lie between 0 and 1, it is {choice.floor}"
        raise ConfigError(message)
    return choice


def task_labels(choice: ModelChoice, config: Any) -> TaskLabels:
    """Return the labels the task has with a model of this configuration.

    Raises:
        ConfigError: The model does not choose one of several labels, or its labels are not those
            of the task and are not translated to them.
    """
    kind = getattr(config, "problem_type", None)
    if kind in ("multi_label_classification", "regression") or config.num_labels < 2:  # noqa: PLR2004
        what = "gives one number" if config.num_labels < 2 else f"is made for {kind}"  # noqa: PLR2004
        message = f"{choice.shown} {what}; a task needs a model that chooses one of several labels"
        raise ConfigError(message)
    own = [str(config.id2label[place]) for place in range(config.num_labels)]
    meant = _translated(choice, own)
    labels = tuple(dict.fromkeys(meant))
    built_in = BUILT_IN_TASKS.get(choice.task)
    if built_in is not None:
        if set(labels) != set(built_in):
            message = (
                f"{choice.shown} has the labels {', '.join(own)}, the task has "
                f"{', '.join(built_in)}; give 'labels' that says which is which"
            )
            raise ConfigError(message)
        labels = built_in
    elif len(labels) < 2:  # noqa: PLR2004
        message = f"{choice.shown}: every label is called {labels[0]!r}; a task needs two"
        raise ConfigError(message)
    return TaskLabels(
        choice.task, labels, choice.floor, tuple(labels.index(label) for label in meant)
    )


def _translated(choice: ModelChoice, own: Sequence[str]) -> list[str]:
    """Return what each of the model's labels is called in the task."""
    wanted = {str(label).lower(): str(meaning) for label, meaning in choice.labels.items()}
    strange = sorted(set(wanted) - {label.lower() for label in own})
    if strange:
        message = (
            f"{choice.shown} has no label {', '.join(strange)}; its labels are: {', '.join(own)}"
        )
        raise ConfigError(message)
    meant = [wanted.get(label.lower(), label) for label in own]
    if choice.task in BUILT_IN_TASKS:
        return [label.lower() for label in meant]
    silent = [label for label in meant if _MEANINGLESS.fullmatch(label)]
    if silent:
        message = (
            f"{choice.shown} does not say what {', '.join(silent)} mean; give 'labels', such as "
            f"labels: {{{silent[0]}: negative}}"
        )
        raise ConfigError(message)
    return meant
