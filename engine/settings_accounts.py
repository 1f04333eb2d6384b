"""The settings of our own accounts on platforms: `accounts`."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from engine.settings_base import Section

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_BASE_URL = {"meta_ads": "https://graph.facebook.com/v26.0"}
_FIELDS_OF_ALL = {"name", "platform", "base_url", "token", "account_id", "brands"}
_FIELDS_OF_PLATFORM = {
    "mastodon": {"source", "handle", "is_automated"},
    "meta_ads": {"ad_account", "currency", "tags"},
}
_NEEDED = {"mastodon": ("base_url", "handle"), "meta_ads": ("ad_account", "currency")}


class AccountSettings(Section):
    """One account of ours; which fields a platform uses stands in docs/connectors.md."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$", description="Its name, in logs, caps and commands."
    )
    platform: Literal["mastodon", "meta_ads"] = Field(description="Where it is an account.")
    source: str | None = Field(
        default=None,
        min_length=1,
        description="Source of the mentions it answers; left out: the platform's name (mastodon).",
    )
    base_url: str | None = Field(
        default=None,
        description="Where the platform answers: `https://mastodon.example` (mastodon); left out: "
        "`https://graph.facebook.com/v26.0` (meta_ads). Plain `http` on loopback alone.",
    )
    token: str = Field(repr=False, description="Secret. What lets us in: an access token.")
    handle: str | None = Field(
        default=None,
        pattern=r"^@[^@\s]+(@[^@\s]+)?$",
        description="How others name it: `@acme`, or `@acme@mastodon.example` (mastodon).",
    )
    account_id: str | None = Field(
        default=None,
        min_length=1,
        description="Its id on the platform; left out: asked for where it is needed (mastodon).",
    )
    brands: tuple[str, ...] = Field(
        default=(), description="Brands it speaks for; left out: all of them."
    )
    is_automated: bool = Field(
        default=False,
        description="Whether its profile bears the label of automated accounts (mastodon); "
        "`tocsin accounts check` compares.",
    )
    ad_account: str | None = Field(
        default=None,
        pattern=r"^act_[0-9]+$",
        description="The ad account whose campaigns it may change: `act_123` (meta_ads).",
    )
    currency: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{3}$",
        description="The ad account's currency, ISO 4217 (meta_ads).",
    )
    tags: dict[str, tuple[str, ...]] = Field(
        default={},
        description="Names of our own for campaigns, by id: what `select: {tag: …}` means "
        "(meta_ads).",
    )

    @model_validator(mode="after")
    def _is_of_use(self) -> Self:
        missing = [one for one in _NEEDED[self.platform] if getattr(self, one) is None]
        if missing:
            message = f"an account of platform {self.platform} needs '{missing[0]}'"
            raise ValueError(message)
        known = _FIELDS_OF_ALL | _FIELDS_OF_PLATFORM[self.platform]
        unused = self.model_fields_set - known
        if unused:
            message = f"{', '.join(sorted(unused))}: no effect on platform {self.platform}"
            raise ValueError(message)
        _require_private(self.address)
        return self

    @property
    def address(self) -> str:
        """Where its platform answers, without a slash at the end."""
        return (self.base_url or _DEFAULT_BASE_URL.get(self.platform, "")).rstrip("/")

    @property
    def answered_source(self) -> str:
        """The source of the mentions it answers."""
        return self.source or self.platform


def _require_private(address: str) -> None:
    """Refuse an address on which the token could be read on its way."""
    try:
        parts = urlsplit(address)
        host, is_plain = parts.hostname, not (parts.query or parts.fragment or parts.username)
    except ValueError:
        host, is_plain = None, False
    if not host or not is_plain or not (address.isascii() and address.isprintable()):
        message = "base_url must be an address such as https://mastodon.example"
        raise ValueError(message)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        message = "base_url must begin with https://: the token goes there with each request"
        raise ValueError(message)


def _named_apart(accounts: tuple[AccountSettings, ...]) -> tuple[AccountSettings, ...]:
    twice = [name for name, count in Counter(one.name for one in accounts).items() if count > 1]
    if twice:
        message = f"two accounts have the name {twice[0]!r}"
        raise ValueError(message)
    return accounts


Accounts = Annotated[tuple[AccountSettings, ...], AfterValidator(_named_apart)]
