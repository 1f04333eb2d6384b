"""Which accounts and campaigns an `ads` action is about, and what it wants of each."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from engine.actions.ads.meta_api import BUDGET, STATUS
from engine.budget_guard import BUDGET as BUDGET_ORDER
from engine.budget_guard import PAUSE, RESUME
from engine.changes import Change, Wanted
from engine.errors import PermanentActionError
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.account import Account
    from engine.actions.ads.meta_api import AdObject, MetaApi
    from engine.ports import OutboxItem

PLATFORM = "meta_ads"
ACTIVE, PAUSED = "ACTIVE", "PAUSED"
_ORDERS = frozenset({PAUSE, RESUME, BUDGET_ORDER})


def accounts_of(accounts: Sequence[Account], item: OutboxItem) -> list[Account]:
    """Return the accounts an action is about: of its brand, on the platforms it selects.

    Raises:
        PermanentActionError: There is none (`NO_ACCOUNT`).
    """
    platforms = item.action.params.get("select", {}).get("platform")
    found = [
        one
        for one in accounts
        if one.platform == PLATFORM
        and one.speaks_for(item.mention.brand)
        and (not platforms or _names_platform(platforms))
    ]
    if not found:
        brand = f"brand {item.mention.brand!r}" if item.mention.brand else "a mention of no brand"
        message = f"no ad account of the settings serves {brand}" + (
            f" on {', '.join(platforms)}" if platforms else ""
        )
        raise PermanentActionError(message, reason=Reason.NO_ACCOUNT)
    return found


def _names_platform(platforms: Sequence[str]) -> bool:
    return any(one.casefold() in (PLATFORM, "meta", "facebook") for one in platforms)


def order_of(item: OutboxItem) -> str:
    """Return what an action is to do.

    Raises:
        PermanentActionError: The platform has nothing of the kind.
    """
    order = str(item.action.params.get("do"))
    if order not in _ORDERS:
        message = (
            f"{order!r} is not possible on {PLATFORM}: it has no terms to exclude from a campaign"
            if order == "exclude_terms"
            else f"{order!r} is nothing that ads can be told"
        )
        raise PermanentActionError(message)
    return order


def chosen(
    select: Mapping[str, Any], account: Account, campaigns: Sequence[AdObject]
) -> list[AdObject]:
    """Return the campaigns of an account that all of a selection fits, by id."""
    ids, names = select.get("campaign"), select.get("name")
    folded = {one.casefold() for one in names or ()}
    tagged = tagged_ids(select.get("tag") or (), account)
    found = [
        one
        for one in campaigns
        if (not ids or one.id in ids)
        and (not names or one.name.casefold() in folded)
        and (not select.get("tag") or one.id in tagged)
    ]
    return sorted(found, key=lambda one: one.id)


def tagged_ids(tags: Sequence[str], account: Account) -> set[str]:
    """Return the ids that an account's settings put under any of some tags."""
    known: Mapping[str, Sequence[str]] = account.settings.get("tags") or {}
    return {name for tag in tags for name in known.get(tag, ())}


async def wanted_of(
    item: OutboxItem, api: MetaApi, layers: Sequence[Change], *, resumes_any: bool
) -> list[Wanted]:
    """Read an account and return each change that an action wants there, made already or not.

    Args:
        layers: The account's open changes, the oldest first.
    """
    order, params = order_of(item), item.action.params
    campaigns = chosen(params.get("select", {}), api.account, await api.campaigns())
    if order == PAUSE:
        return [_wanted(api, one, PAUSE, PAUSED) for one in campaigns]
    if order == RESUME:
        may = [
            one
            for one in campaigns
            if _may_resume(one, item.action.id, layers, resumes_any=resumes_any)
        ]
        return [_wanted(api, one, RESUME, ACTIVE) for one in may]
    by = Decimal(str(params["by"]))
    found = []
    for campaign in campaigns:
        # A budget lives on the campaign or on its ad sets, never on both.
        own = [campaign] if campaign.daily_budget else await api.ad_sets(campaign.id)
        found += [one for one in own if one.daily_budget]
    if campaigns and not found:
        message = "none of the campaigns that were selected has a daily budget"
        raise PermanentActionError(message)
    return [_wanted(api, one, BUDGET_ORDER, changed_by(one.daily_budget, by)) for one in found]


def changed_by(budget: str, by: Decimal) -> str:
    """Return a budget changed by a share, in whole smallest units, never by more than the share."""
    rounding = ROUND_CEILING if by < 0 else ROUND_FLOOR
    return str((Decimal(budget) * (1 + by)).to_integral_value(rounding))


def _may_resume(
    one: AdObject, action_id: str, layers: Sequence[Change], *, resumes_any: bool
) -> bool:
    """Say whether the engine paused a campaign, and no other incident holds it paused."""
    here = [layer for layer in layers if (layer.object, layer.field) == (one.id, STATUS)]
    if any(layer.action_id == action_id for layer in here):
        return True
    if any(layer.is_passing and layer.after == PAUSED for layer in here):
        return False
    return resumes_any or (bool(here) and here[-1].after == PAUSED and here[0].before == ACTIVE)


def _wanted(api: MetaApi, one: AdObject, order: str, value: str) -> Wanted:
    field = BUDGET if order == BUDGET_ORDER else STATUS
    account = f"account:{api.account.name}"
    return Wanted(account, one.id, one.name, field, order, one.value(field), value)
