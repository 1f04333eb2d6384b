"""Commands about our own accounts on platforms: accounts list, accounts check."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import OK, PROBLEMS, Format, fail, note, print_json, print_text
from engine.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.account import Account
    from engine.actions.account_check import Checked
    from engine.settings import Configuration


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Our own accounts on platforms.", no_args_is_help=True)
    group.command("list")(list_accounts)
    group.command()(check)
    app.add_typer(group, name="accounts")


def list_accounts(config: ConfigOption = None, output: FormatOption = Format.TEXT) -> None:
    """List the accounts of the settings; their tokens are never shown."""
    accounts = _accounts(configuration(config))
    if output is Format.JSON:
        print_json([_shown(one) for one in accounts])
        return
    for one in accounts:
        brands = ", ".join(one.brands) or "every brand"
        label = "  automated" if one.is_automated else ""
        who = one.handle or one.settings.get("ad_account", "")
        print_text(f"{one.name:<16} {one.platform:<10} {who}  {one.source}  {brands}{label}")
    if not accounts:
        note("the settings name no account")


def check(
    name: str | None = typer.Argument(None, help="Only this account."),
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Ask each account's platform who its token stands for, and whether that is as set up."""
    found = configuration(config)
    accounts = [one for one in _accounts(found) if name in (None, one.name)]
    if name is not None and not accounts:
        fail(f"the settings name no account {name!r}")
    checked = asyncio.run(_check(found, accounts))
    if output is Format.JSON:
        print_json([_result(one) for one in checked])
    else:
        for one in checked:
            print_text(_line(one))
    if not checked:
        note("the settings name no account")
    raise typer.Exit(PROBLEMS if any(one.faults for one in checked) else OK)


async def _check(found: Configuration, accounts: Sequence[Account]) -> list[Checked]:
    from engine.actions.account_check import check_account
    from engine.actions.http import HttpClient, HttpLimits

    now = SystemClock().now()
    async with HttpClient(HttpLimits(answer=found.settings.dispatch.timeout)) as client:
        return [await check_account(one, client, now=now) for one in accounts]


def _accounts(found: Configuration) -> tuple[Account, ...]:
    from engine.actions.accounts import build_accounts

    return build_accounts(found)


def _shown(one: Account) -> dict[str, object]:
    return {
        "name": one.name,
        "platform": one.platform,
        "source": one.source,
        "base_url": one.base_url,
        "handle": one.handle,
        "account_id": one.account_id,
        "brands": list(one.brands),
        "is_automated": one.is_automated,
        "settings": dict(one.settings),
    }


def _result(one: Checked) -> dict[str, object]:
    return {
        "name": one.account,
        "platform": one.platform,
        "ok": not one.faults,
        "found": one.found,
        "is_labelled": one.is_labelled,
        "faults": list(one.faults),
    }


def _line(one: Checked) -> str:
    label = {True: ", labelled as automated", False: ", not labelled as automated", None: ""}
    said = f"{one.account}: {'; '.join(one.faults) or 'fine'}"
    return f"{said} ({one.found}{label[one.is_labelled]})" if one.found else said
