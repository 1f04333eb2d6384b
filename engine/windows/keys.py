"""What the states of a rule over time are kept by: the values of fields and labels."""

from __future__ import annotations

from functools import cache
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from engine.classification import UNKNOWN
from engine.policy.fields import FIELDS, FieldKind, fold, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.policy import Facts

    _Found = list[tuple[tuple[Any, ...], tuple[Any, ...]]]

_MOST_KEYS = 32


def values_of(name: str) -> Callable[[Facts], tuple[Any, ...]]:
    """Return what reads a field's or a task's values from a mention: none where it is absent.

    A label that is `unknown` is none.
    """
    field = FIELDS.get(name)
    if field is None:
        return lambda facts: _label(facts, name)
    get = field.get
    if field.kind is FieldKind.TEXTS:
        return lambda facts: tuple(dict.fromkeys(get(facts.mention) or ()))
    return lambda facts: _one(get(facts.mention))


def _one(value: Any) -> tuple[Any, ...]:
    return () if value is None or value == "" else (show(value),)


def _label(facts: Facts, task: str) -> tuple[Any, ...]:
    found = facts.classified.get(task)
    return () if found is None or found.label == UNKNOWN else (found.label,)


def identity_of(name: str) -> Callable[[Any], Any]:
    """Return what makes values of a field the same: case and a leading sign make no difference."""
    field = FIELDS.get(name)
    sigil = "" if field is None else field.sigil
    return lambda value: fold(value).removeprefix(sigil) if isinstance(value, str) else value


class Keys:
    """Reads the keys that a mention has under ``by``.

    A field with several values (``hashtags``) gives a key each, at most 32 in all; a mention that
    lacks one of the values has none, and is of no state.
    """

    __slots__ = ("_getters", "_identities", "_latest", "names")

    def __init__(self, by: tuple[str, ...]) -> None:
        self.names = by
        self._getters = tuple(values_of(name) for name in by)
        self._identities = tuple(identity_of(name) for name in by)
        self._latest: tuple[Facts | None, _Found] = (None, [])

    @classmethod
    @cache
    def by(cls, names: tuple[str, ...]) -> Keys:
        """Return the one that all rules of equal ``by`` share: a mention's keys are read once."""
        return cls(names)

    def of(self, facts: Facts) -> _Found:
        """Return each key as what identifies it and as its values are shown."""
        latest, found = self._latest
        if latest is not facts:
            found = self._read(facts)
            self._latest = (facts, found)
        return found

    def _read(self, facts: Facts) -> _Found:
        if not self._getters:
            return [((), ())]
        if len(self._getters) == 1:
            combined: Any = [(one,) for one in self._getters[0](facts)]
        else:
            combined = product(*[get(facts) for get in self._getters])
        return [(self.identity(shown), shown) for shown in islice(combined, _MOST_KEYS)]

    def identity(self, shown: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return what makes two keys the same."""
        return tuple([same(one) for same, one in zip(self._identities, shown, strict=True)])

    def named(self, shown: tuple[Any, ...]) -> dict[str, Any]:
        """Return a key's values by name."""
        return dict(zip(self.names, shown, strict=True))
