"""Who gives a command that is written down."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from engine.cli.output import fail

ByOption = Annotated[
    str | None, typer.Option("--by", help="Who does it; left out: the system's user name.")
]


def who(by: str | None) -> str:
    """Return the name given, else the system's; leave with a message where there is none."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        fail("the system does not tell who you are: name yourself with --by")
