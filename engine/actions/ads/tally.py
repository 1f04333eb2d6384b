"""How the many steps of one action went, and what that means for the whole of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from engine.errors import ActionError, PermanentActionError, RecoverableActionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.changes import Change

_SHOWN = 5


@dataclass(slots=True)
class Tally:
    """What was done, what needed nothing, and what failed, in the order it came.

    Attributes:
        done: By what became of it (``changed``, ``unchanged``, ``restored``, ``left``, …).
        failed: The object's id with what went wrong.
    """

    done: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failed: list[tuple[str, ActionError]] = field(default_factory=list)

    def add(self, how: str, change: Change, *, held_by: str = "") -> None:
        """Note one step that ended well."""
        said = {
            "account": change.account.removeprefix("account:"),
            "object": change.object,
            "name": change.name,
            "field": change.field,
            "before": change.before,
            "after": change.after,
        }
        self.done.setdefault(how, []).append(said | ({"held_by": held_by} if held_by else {}))

    def receipt(self) -> Mapping[str, Any]:
        """Return the receipt of an action all of whose steps ended well.

        Raises:
            RecoverableActionError: A step failed that may succeed when all is tried again; what was
                done is not done twice.
            PermanentActionError: Every step that failed did so for good.
        """
        if self.failed:
            self._fail()
        return dict(self.done)

    def _fail(self) -> NoReturn:
        done = sum(len(some) for some in self.done.values())
        said = "; ".join(f"{name}: {error}" for name, error in self.failed[:_SHOWN])
        more = f" and {len(self.failed) - _SHOWN} more" if len(self.failed) > _SHOWN else ""
        message = f"{done} of {done + len(self.failed)} done; {said}{more}"
        errors = [error for _, error in self.failed]
        if all(isinstance(error, PermanentActionError) for error in errors):
            reasons = {getattr(error, "reason", None) for error in errors}
            reason = reasons.pop() if len(reasons) == 1 else None
            raise PermanentActionError(message, reason=reason) from errors[0]
        waits = [
            error.retry_after
            for error in errors
            if isinstance(error, RecoverableActionError) and error.retry_after is not None
        ]
        raise RecoverableActionError(message, retry_after=max(waits, default=None)) from errors[0]
