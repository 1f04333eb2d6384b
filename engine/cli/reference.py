"""The pages that are made from the code, so that they cannot rot.

``python -m engine.cli.reference`` writes them; a house test fails when one is out of date.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import typer.main

from engine.cli import app
from engine.cli.language_page import with_reference
from engine.problem_codes import CODES
from engine.reasons import Reason
from engine.settings import SECRET_NAMES, SourceSettings
from engine.settings_accounts import AccountSettings
from engine.settings_ads import shown_share
from engine.settings_file import environment_name, setting_names

if TYPE_CHECKING:
    from pydantic import BaseModel

_DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
RULES_PAGE = "../rules/README.md"
_MADE = "<!-- Made by `python -m engine.cli.reference`; change the code, not this page. -->"
_SETTINGS_INTRO = (
    "One YAML file named by `--config` or `TOCSIN_CONFIG`; the environment overrides it. Secrets "
    "are written as `${NAME}` (of the environment) or `${file:/path}`, never as themselves. Paths "
    "are relative to the settings file, `bundled:` names what ships with the engine; a database "
    "path is relative to where the engine is started."
)
_LISTS: dict[str, tuple[str, type[BaseModel]]] = {
    "sources": ("A source", SourceSettings),
    "accounts": ("An account", AccountSettings),
}
_COMMANDS_INTRO = (
    "Exit status: `0` fine, `1` problems found or tests failed, `2` wrong usage or our own "
    "failure. JSON goes to standard output alone; progress, logs and faults to standard error."
)


def pages() -> dict[str, str]:
    """Return each made page's text by its path from docs/."""
    rules = _DOCS / RULES_PAGE
    return {
        RULES_PAGE: with_reference(rules.read_text("utf-8")),
        "commands.md": _commands(),
        "problems.md": _problems(),
        "reasons.md": _reasons(),
        "settings.md": _settings(),
    }


def _settings() -> str:
    rows = [
        "# Settings",
        _MADE,
        _SETTINGS_INTRO,
        "| setting | environment | default | meaning |\n|---|---|---|---|",
    ]
    table = []
    for name, field in setting_names():
        is_list = name in _LISTS
        default, meaning = _default(field), field.description or ""
        if is_list:
            meaning = f"{meaning.removesuffix('.')}: a list, each as below."
        variable = "none" if is_list else f"`{environment_name(name)}`"
        mark = " **secret**" if name in SECRET_NAMES else ""
        table.append(f"| `{name}`{mark} | {variable} | {default} | {meaning} |")
    rows[-1] += "\n" + "\n".join(table)
    for title, section in _LISTS.values():
        rows += [f"## {title}", _fields(section)]
    return "\n\n".join(rows) + "\n"


def _fields(section: type[BaseModel]) -> str:
    return "| field | default | meaning |\n|---|---|---|\n" + "\n".join(
        f"| `{name}` | {_default(field)} | {field.description} |"
        for name, field in section.model_fields.items()
    )


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    value = field.get_default()
    if value is None or value in ((), {}):
        return "none"
    if hasattr(value, "total_seconds"):
        return f"`{value.total_seconds():g}s`"
    if isinstance(value, Decimal):
        return f"`{shown_share(value)}`"
    if value == float("inf"):
        return "`max`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _commands() -> str:
    root = typer.main.get_command(app)
    rows = [
        "# Commands",
        _MADE,
        _COMMANDS_INTRO,
    ]
    rows += _command_rows(root, ["tocsin"])
    return "\n\n".join(rows) + "\n"


def _command_rows(command: Any, path: list[str]) -> list[str]:
    if hasattr(command, "commands"):
        rows = []
        for name, inner in sorted(command.commands.items()):
            rows += _command_rows(inner, [*path, name])
        return rows
    rows = [f"## `{' '.join(path)}`", command.help or ""]
    options = [
        f"| `{_option(one)}` | {_meaning(one)} |" for one in command.params if one.name != "help"
    ]
    if options:
        rows.append("| | |\n|---|---|\n" + "\n".join(options))
    return rows


def _option(parameter: click.Parameter) -> str:
    if parameter.param_type_name == "argument":
        return (parameter.name or "").upper()
    return ", ".join(parameter.opts)


def _meaning(parameter: Any) -> str:
    """Return what a parameter does, what it may be and whether it must be there."""
    choices = getattr(getattr(parameter, "type", None), "choices", None)
    parts = [getattr(parameter, "help", "") or ""]
    if choices:
        parts.append(
            "One of " + ", ".join(f"`{getattr(one, 'value', one)}`" for one in choices) + "."
        )
    if parameter.required:
        parts.append("**Required.**")
    return " ".join(part for part in parts if part)


def _problems() -> str:
    rows = ["# Problems", _MADE, "What `tocsin check` and the settings reader say, by code."]
    for code, info in sorted(CODES.items()):
        rows.append(f"## {code} {info.title}")
        rows.append(info.description)
        if info.example:
            rows.append(f"```yaml\n{_shown(info.example)}\n```")
    return "\n\n".join(rows) + "\n"


def _shown(example: str) -> str:
    """Return an example with bytes that are not UTF-8 written out, as a page can hold them."""
    raw = example.strip().encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def _reasons() -> str:
    table = "\n".join(f"| `{reason.value}` | {reason.text} |" for reason in Reason)
    rows = [
        "# Reasons",
        _MADE,
        "Why a match led to fewer actions than its rule names, or an action was not sent.",
        "| reason | meaning |\n|---|---|\n" + table,
    ]
    return "\n\n".join(rows) + "\n"


def write() -> None:
    """Write every made page."""
    _DOCS.mkdir(exist_ok=True)
    for name, text in pages().items():
        (_DOCS / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write()
