"""One field of one object: written, read back, and noted in the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.actions.ads.meta_api import DeadTokenError, MissingObjectError, ThrottledError
from engine.changes import Change, ChangeState, Released
from engine.errors import (
    ActionError,
    PermanentActionError,
    RecoverableActionError,
    UnconfirmedActionError,
)

if TYPE_CHECKING:
    from datetime import datetime

    from engine.actions.ads.meta_api import MetaApi
    from engine.changes import ChangeLedger

# After these nothing further can be done on the account, so the other steps are not tried.
END_OF_ALL = (DeadTokenError, ThrottledError)


async def make(change: Change, api: MetaApi, ledger: ChangeLedger, *, now: datetime) -> None:
    """Make a change that is begun, and settle it as far as reading back tells.

    Raises:
        ActionError: It was refused, or it is not there (yet).
    """
    error = await _try(change.object, change.field, change.after, api)
    if error is None or isinstance(error, UnconfirmedActionError):
        error = await _differs(change.object, change.field, change.after, api)
    if error is None:
        await ledger.settle(change, ChangeState.MADE, at=now, by=change.action_id)
        return
    if isinstance(error, PermanentActionError):
        await ledger.settle(change, ChangeState.REFUSED, at=now, by=change.action_id)
    raise error


async def put_back(
    change: Change, api: MetaApi, ledger: ChangeLedger, *, now: datetime, by: str
) -> Released:
    """Put one change back where it is still as we left it, and return how it stands then.

    Raises:
        ActionError: It could not be put back, or nobody can say.
    """
    there = await api.read(change.object)
    found = "" if there is None else there.value(change.field)
    released = await ledger.release(change, found=found, at=now, by=by)
    if released.change.state is not ChangeState.RESTORING:
        return released
    value = released.change.before
    error = await _try(change.object, change.field, value, api)
    if isinstance(error, MissingObjectError):
        return await _settled(released.change, ChangeState.LEFT, ledger, now=now, by=by)
    if error is None or isinstance(error, UnconfirmedActionError):
        error = await _differs(change.object, change.field, value, api)
    if error is not None:
        raise error
    return await _settled(released.change, ChangeState.RESTORED, ledger, now=now, by=by)


async def _settled(
    change: Change, state: ChangeState, ledger: ChangeLedger, *, now: datetime, by: str
) -> Released:
    await ledger.settle(change, state, at=now, by=by)
    return Released(replace(change, state=state))


async def _try(name: str, field: str, value: str, api: MetaApi) -> ActionError | None:
    try:
        await api.write(name, field, value)
    except ActionError as error:
        return error
    return None


async def _differs(name: str, field: str, value: str, api: MetaApi) -> ActionError | None:
    """Return what reading back tells against a value having been set; None for nothing."""
    there = await api.read(name)
    found = "" if there is None else there.value(field)
    if found == value:
        return None
    return RecoverableActionError(f"{field} reads {found or 'nothing'!r} after {value!r} was set")
