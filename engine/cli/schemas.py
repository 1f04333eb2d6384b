"""Command of rule authors' editors: schema."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.options import ConfigOption, configuration, existing
from engine.cli.output import print_json
from engine.loading import load_label_names
from engine.policy import known_names, policy_json_schema, tests_json_schema
from engine.settings import Settings


class SchemaName(StrEnum):
    """What a JSON Schema can be printed of."""

    POLICY = "policy"
    CONFIG = "config"
    TESTS = "tests"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(schema)


def schema(
    name: Annotated[SchemaName, typer.Argument(help="Of what.")] = SchemaName.POLICY,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Policy files or folders whose names are offered as completions."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Print the JSON Schema of a policy file, of the settings (config) or of tests, for editors."""
    if name is SchemaName.CONFIG:
        print_json(Settings.model_json_schema())
        return
    for path in paths or ():
        existing(path)
    tasks = load_label_names(configuration(config))
    of = tests_json_schema if name is SchemaName.TESTS else policy_json_schema
    print_json(of(known_names(paths or (), tasks=tasks)))
