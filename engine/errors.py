"""Exceptions, split by what the caller can do.

::

    TocsinError
    ├── ConfigError                  the operator must change a setting; carries Problems if any
    ├── RevisionError                name another revision of the policies
    ├── IncidentActError             name another incident, or do what its state allows
    ├── VerdictError                 name another draft, or judge it as it may be judged
    ├── DoubtError                   name an action that is unknown, or another end of it
    ├── HaltError                    name another scope, or say who and why
    ├── OptOutError                  name another author, or say who asks and why
    ├── BrokenLogError               look into the outcome log: `tocsin verify-log`
    ├── LogFileError                 name another file
    ├── CaseActError                 name another case, or do what its state allows
    ├── MentionError                 this one input cannot be read: set it aside, go on
    ├── StoreError
    │   ├── StoreUnavailableError    locked, full or out of reach: wait and try again
    │   ├── StoreUnusableError       read-only, or written by a newer version: stop and say so
    │   └── StateErasedError         something was erased from the state: load it anew, go on
    ├── SourceError
    │   ├── RecoverableSourceError   try again after `retry_after`
    │   └── PermanentSourceError     stop this source, keep the others
    └── ActionError
        ├── RecoverableActionError   known not to have taken effect: try again after `retry_after`
        ├── PermanentActionError     refused for good
        └── UnconfirmedActionError   may have taken effect: read back or ask a person

A fault in a file is a `engine.problem.Problem` value, a refusal to act a `engine.reasons.Reason`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from engine.problem import Problem
    from engine.reasons import Reason


class TocsinError(Exception):
    """Base of every exception this project raises on purpose."""


class ConfigError(TocsinError):
    """The engine cannot start as it is configured.

    Args:
        problems: The faults found in files, where that is the cause; shown to the operator.
    """

    def __init__(self, message: str, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class RevisionError(TocsinError):
    """A revision of the policies that was named is not stored, or cannot be put back."""


class IncidentActError(TocsinError):
    """An incident or a silence that was named is not there, or what was asked does not fit it."""


class VerdictError(TocsinError):
    """A draft that was named is not there, or may not be judged so.

    Args:
        code: For programs: ``unknown``, ``ambiguous``, ``not_waiting``, ``changed``,
            ``own_draft``, ``conflict`` or ``invalid``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class DoubtError(TocsinError):
    """An action that a person wants to settle is not unknown, or cannot be named so."""


class HaltError(TocsinError):
    """A halt lacks its reason or its author, or what is to be resumed is not halted."""


class OptOutError(TocsinError):
    """An opt-out names nobody, does not stand, or nobody is behind its change."""


class CaseActError(TocsinError):
    """A case that was named is not there, or what was asked does not fit where it stands."""


class MentionError(TocsinError):
    """One input is not a mention; its message says which field, the value seen, what is right."""


class BrokenLogError(TocsinError):
    """A row of the outcome log is changed, missing or too many; a person has to look into it."""


class LogFileError(TocsinError):
    """A file named as an exported outcome log, or as a checkpoint, is none."""


class StoreError(TocsinError):
    """The database did not do what was asked."""


class StoreUnavailableError(StoreError):
    """The database is locked, full or out of reach for now; nothing of the call took effect."""


class StoreUnusableError(StoreError):
    """The database can never serve this version as it stands."""


class StateErasedError(StoreError):
    """Somebody was forgotten since the state was loaded; nothing was written: load it anew."""


class SourceError(TocsinError):
    """A source could not be read."""


class RecoverableSourceError(SourceError):
    """Reading may succeed later.

    Args:
        retry_after: How long the other side asked to be left alone; None when it did not say.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentSourceError(SourceError):
    """Reading can never succeed as configured."""


class ActionError(TocsinError):
    """An attempt to send did not succeed."""


class RecoverableActionError(ActionError):
    """The attempt is known not to have taken effect; another may succeed.

    Args:
        retry_after: How long the receiver asked to be left alone; None when it did not say.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentActionError(ActionError):
    """The receiver refused for good, or what was asked makes no sense to it.

    Args:
        reason: Why, where one of the closed list says it closer than that it was refused.
    """

    def __init__(self, message: str, *, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class UnconfirmedActionError(ActionError):
    """Nobody can say whether the attempt took effect: the answer was lost on the way."""
