"""Our accounts as the settings describe them, secrets resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.account import Account
from engine.errors import ConfigError

if TYPE_CHECKING:
    from engine.settings import Configuration
    from engine.settings_accounts import AccountSettings


def build_accounts(configuration: Configuration) -> tuple[Account, ...]:
    """Return every account of the settings, in their order.

    Raises:
        ConfigError: The secret of one is there and empty.
    """
    return tuple(_account(one) for one in configuration.settings.accounts)


def _account(chosen: AccountSettings) -> Account:
    token = chosen.token.strip()
    # It becomes a header: what cannot stand in one would only fail when it is needed.
    if not token or not (token.isascii() and token.isprintable()):
        message = f"account {chosen.name!r}: its token is empty or not one line of ASCII"
        raise ConfigError(message)
    return Account(
        name=chosen.name,
        platform=chosen.platform,
        source=chosen.answered_source,
        base_url=chosen.address,
        handle=chosen.handle,
        account_id=chosen.account_id,
        brands=chosen.brands,
        is_automated=chosen.is_automated,
        settings=_own_settings(chosen),
        token=token,
    )


def _own_settings(chosen: AccountSettings) -> dict[str, Any]:
    """Return what one platform alone has: of Meta Ads ``ad_account``, ``currency``, ``tags``."""
    if chosen.platform != "meta_ads":
        return {}
    return {
        "ad_account": chosen.ad_account,
        "currency": chosen.currency,
        "tags": {tag: list(ids) for tag, ids in chosen.tags.items()},
    }
