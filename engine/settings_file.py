"""Read a settings file and the environment into a Configuration, or say every fault."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from engine.errors import ConfigError
from engine.located_yaml import Node, decode, load
from engine.problem import Problem, ProblemSeverity, Span, sort_problems
from engine.settings import (
    ENVIRONMENT_PREFIX,
    SECRET_NAMES,
    Configuration,
    Settings,
    bundled,
)
from engine.settings_base import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

_SECRET = re.compile(r"\$\{(?:file:(?P<file>[^}]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*))\}")
_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]+@")
_ENVIRONMENT = "environment"
# Read elsewhere: which file to read, and what only tests look at.
_NOT_SETTINGS = ("CONFIG", "TEST_")
# In the environment separated by commas.
_LISTS = frozenset({"policies", "http.webhook_secrets", "audit.earlier"})
DEFAULT_FILE = "config/default.yaml"


def read_configuration(
    path: Path | None, environment: Mapping[str, str] | None = None
) -> tuple[Configuration, list[Problem]]:
    """Read the settings file, then the environment over it.

    Args:
        path: The file named on the command line; else ``TOCSIN_CONFIG``, else the bundled default.
        environment: In place of the process's own.

    Returns:
        The configuration and the warnings.

    Raises:
        ConfigError: There are errors; it carries every problem, warnings too.
    """
    env = os.environ if environment is None else environment
    if path is None:
        named = env.get(f"{ENVIRONMENT_PREFIX}CONFIG")
        path = Path(named) if named else bundled(DEFAULT_FILE)
    reader = _SettingsReader(str(path), env)
    settings = reader.read(_bytes(path))
    problems = sort_problems(reader.problems)
    if settings is None or any(one.severity is ProblemSeverity.ERROR for one in problems):
        message = f"{path}: the settings have {len(problems)} problem(s)"
        raise ConfigError(message, problems=problems)
    return Configuration(settings, path.resolve().parent, str(path), dict(env)), problems


def setting_names(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting's dotted name with its pydantic field, sections left out."""
    for written, field in model.model_fields.items():
        name = field.alias or written  # `from` is no name that Python takes
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from setting_names(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def environment_name(setting: str) -> str:
    """Return the environment's name of a setting: ``TOCSIN_DATABASE_URL`` of ``database.url``."""
    return ENVIRONMENT_PREFIX + setting.replace(".", "_").upper()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: the settings file cannot be read: {error.strerror}"
        raise ConfigError(message) from error


class _SettingsReader:
    """Reads one file, collecting problems."""

    def __init__(self, file: str, environment: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._environment = environment

    def read(self, data: bytes) -> Settings | None:
        root = self._root(data)
        values = root.plain() if root.is_mapping else {}
        from_environment = self._overlay(values)
        self._resolve_secrets(values, root, from_environment)
        try:
            return Settings.model_validate(values)
        except ValidationError as error:
            for fault in error.errors():
                self._fault(fault, root, from_environment)
            return None

    def _root(self, data: bytes) -> Node:
        text, problems = decode(data, self._file, family="C")
        documents, more = load(text, self._file, family="C")
        self.problems += [*problems, *more]
        for extra in documents[1:]:
            self._report("101", extra.span, "a settings file holds one document")
        root = documents[0] if documents else Node({}, Span(self._file, 1, 1))
        if not root.is_mapping:
            self._report("104", root.span, "settings are a mapping of names to values")
        return root

    def _overlay(self, values: dict[str, Any]) -> set[str]:
        """Put the environment's settings over the file's; return the names it gave."""
        by_variable = {environment_name(name): name for name, _ in setting_names()}
        given: set[str] = set()
        for variable in sorted(self._environment):
            if not variable.startswith(ENVIRONMENT_PREFIX):
                continue
            name = by_variable.get(variable)
            if name is None:
                self._unknown_variable(variable, by_variable)
                continue
            value: Any = self._environment[variable]
            if name in _LISTS:
                value = [part for part in value.split(",") if part]
            self._put(values, name, value)
            given.add(name)
        return given

    def _put(self, values: dict[str, Any], name: str, value: Any) -> None:
        *sections, last = name.split(".")
        for section in sections:
            inner = values.get(section)
            if not isinstance(inner, dict):
                inner = values[section] = {}
            values = inner
        values[last] = value

    def _unknown_variable(self, variable: str, known: Mapping[str, str]) -> None:
        if variable.removeprefix(ENVIRONMENT_PREFIX).startswith(_NOT_SETTINGS):
            return
        close = difflib.get_close_matches(variable, known, n=1)
        self._report(
            "105",
            Span(_ENVIRONMENT, 1, 1, source=f"{variable}=…"),
            f"{variable} is no setting and has no effect",
            f"did you mean {close[0]}?" if close else "docs/settings.md lists them",
            severity=ProblemSeverity.WARNING,
        )

    def _resolve_secrets(
        self, values: dict[str, Any], root: Node, from_environment: set[str]
    ) -> None:
        for name in sorted(SECRET_NAMES - from_environment):
            *steps, key = name.split(".")
            for holder, place in _holders(values, root, steps):
                if holder.get(key) is None:
                    continue
                node = place.find([key])
                if node.is_list:
                    holder[key] = [self._secret(name, one) for one in node.value]
                else:
                    holder[key] = self._secret(name, node)
        self._check_database_url(values, root, from_environment)

    def _check_database_url(
        self, values: dict[str, Any], root: Node, from_environment: set[str]
    ) -> None:
        holder = values.get("database")
        url = holder.get("url") if isinstance(holder, dict) else None
        if "database.url" in from_environment or not isinstance(url, str):
            return
        node = root.find(["database", "url"])
        if isinstance(holder, dict) and _SECRET.fullmatch(url):
            holder["url"] = self._secret("database.url", node)
        elif _PASSWORD.search(url):
            self._report(
                "107",
                replace(node.span, source=""),
                "database.url holds a password, which must not be written in the file",
                "set TOCSIN_DATABASE_URL, or write ${NAME} and set NAME in the environment",
            )

    def _secret(self, name: str, node: Node) -> str:
        found = _SECRET.fullmatch(str(node.value))
        if found is None:
            # The value itself must not reach a terminal or a log.
            span = replace(node.span, source="")
            self._report(
                "107",
                span,
                f"{name} is a secret and must not be written in the file",
                "write ${NAME} and set NAME in the environment, or ${file:/path}",
            )
            return ""
        if found["file"]:
            return self._secret_file(Path(found["file"]), node.span)
        if found["name"] not in self._environment:
            self._report(
                "108",
                node.span,
                f"{found['name']} is not set in the environment",
                f"export {found['name']}=…",
            )
        return self._environment.get(found["name"], "")

    def _secret_file(self, path: Path, span: Span) -> str:
        try:
            return path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self._report("108", span, f"the secret file {path} cannot be read: {error}")
            return ""

    def _fault(self, fault: Any, root: Node, from_environment: set[str]) -> None:
        path = [step for step in fault["loc"] if isinstance(step, (str, int))]
        name = ".".join(str(step) for step in path)
        if name in from_environment:
            variable = environment_name(name)
            span = Span(_ENVIRONMENT, 1, 1, source=f"{variable}={self._environment[variable]}")
        else:
            span = _span_of(root, path, wants_key=fault["type"] == "extra_forbidden")
        if fault["type"] == "extra_forbidden":
            self._unknown_setting(path, span)
        elif fault["type"] == "missing":
            self._report("104", span, f"{name} is missing")
        else:
            message = str(fault["msg"]).removeprefix("Value error, ")
            self._report("106", span, f"{name}: {message[:1].lower()}{message[1:]}")

    def _unknown_setting(self, path: list[str | int], span: Span) -> None:
        fields = _fields_at(path[:-1])
        close = difflib.get_close_matches(str(path[-1]), fields, n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        self._report(
            "103",
            span,
            f"unknown setting '{path[-1]}'",
            f"{hint}settings here: {', '.join(fields)}",
        )

    def _report(
        self,
        number: str,
        span: Span,
        message: str,
        help_text: str = "",
        *,
        severity: ProblemSeverity = ProblemSeverity.ERROR,
    ) -> None:
        self.problems.append(Problem(f"C{number}", severity, span, message, help_text))


def _holders(values: Any, node: Node, steps: list[str]) -> Iterator[tuple[dict[str, Any], Node]]:
    """Yield the mappings that a path of keys leads to, through every entry of lists on it."""
    if isinstance(values, list) and node.is_list:
        for value, inner in zip(values, node.value, strict=True):
            yield from _holders(value, inner, steps)
    elif isinstance(values, dict) and steps:
        yield from _holders(values.get(steps[0]), node.find([steps[0]]), steps[1:])
    elif isinstance(values, dict):
        yield values, node


def _span_of(root: Node, path: list[str | int], *, wants_key: bool) -> Span:
    """Return where a path stands: its last key, or what stands under it."""
    node = root
    for at, step in enumerate(path):
        inner = node.find([step])
        if inner is node:
            return node.span
        if at == len(path) - 1 and isinstance(step, str) and step in node.keys:
            key = node.keys[step]
            return key if wants_key or inner.is_mapping or inner.is_list else inner.span
        node = inner
    return node.span


def _fields_at(path: list[str | int]) -> list[str]:
    """Return the names allowed where a path of known sections leads."""
    model: type[BaseModel] = Settings
    for step in path:
        if not isinstance(step, str):
            continue
        annotation = _fields_by_name(model)[step].annotation
        inner = getattr(annotation, "__args__", (annotation,))[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return list(_fields_by_name(model))


def _fields_by_name(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}
