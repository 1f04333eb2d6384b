"""The engine on history: what a policy would have decided, and what another would have instead."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Any

import orjson

from engine.proving.compare import compare
from engine.proving.load import Load
from engine.proving.views import decision_json, held_back_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

    from engine.policy import PolicySet
    from engine.ports import Decided
    from engine.simulate import Simulated

_IN_MEMORY = 1 << 20  # bytes of a list; a longer one goes to a temporary file


class Lists:
    """Lists of JSON values that may grow beyond memory, by name; to be used in a `with`."""

    def __init__(self, *names: str) -> None:
        self._stack = ExitStack()
        self._files: dict[str, IO[bytes]] = {
            name: self._stack.enter_context(
                tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - see __exit__
            )
            for name in names
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def add(self, name: str, value: Any) -> None:
        """Add a value to the end of a list."""
        file = self._files[name]
        file.write(b",\n    " if file.tell() else b"\n    ")
        file.write(orjson.dumps(value))

    def write(self, out: IO[bytes], head: Mapping[str, Any]) -> None:
        """Write one JSON object: the fields of the head, then the lists, an item a line."""
        fields = [b"  " + orjson.dumps(key) + b": " for key in (*head, *self._files)]
        plain = [orjson.dumps(value) for value in head.values()]
        out.write(b"{\n")
        for at, start in enumerate(fields):
            out.write(start)
            if at < len(plain):
                out.write(plain[at])
            else:
                _write_list(out, list(self._files.values())[at - len(plain)])
            out.write(b",\n" if at < len(fields) - 1 else b"\n")
        out.write(b"}\n")


def _write_list(out: IO[bytes], items: IO[bytes]) -> None:
    is_empty = not items.tell()
    items.seek(0)
    out.write(b"[")
    shutil.copyfileobj(items, out)
    out.write(b"]" if is_empty else b"\n  ]")


class Backtest:
    """What one policy set decides of a stream.

    Attributes:
        load: Counts a rule, for people.
        dead_letters: Inputs that are no mention.
        duplicates: Mentions known already, decided no second time.
    """

    def __init__(self, policies: PolicySet, lists: Lists) -> None:
        self.load = Load(policies)
        self.dead_letters = 0
        self.duplicates = 0
        self._revision = policies.revision
        self._lists = lists

    @staticmethod
    def lists() -> Lists:
        """Return the lists of its result."""
        return Lists("decisions", "incidents", "suppressed")

    def add(self, some: Simulated) -> None:
        """Take in what became of some arrivals."""
        self.dead_letters += len(some.dead)
        self.duplicates += some.duplicates
        for (decided,) in some.decided:
            self.load.add(decided)
            self._add(decided)

    def _add(self, decided: Decided) -> None:
        for decision in decided.decisions:
            for match in decision.matches:
                self._lists.add("decisions", decision_json(decision, match))
            for held in decision.held_back:
                self._lists.add("suppressed", held_back_json(decision.mention, held))

    def write(self, out: IO[bytes]) -> None:
        """Write the result as JSON, in the contract's form."""
        head = {
            "revision": self._revision,
            "mentions": self.load.mentions,
            "dead_letters": self.dead_letters,
        }
        self._lists.write(out, head)


class Comparison:
    """What changes for a stream when one policy set takes the place of another.

    Args:
        policies: The new ones: the first side of the simulation.
        against: The old ones: its second side.

    Attributes:
        counts: By list (added, removed, changed): how many differences.
        samples: By list: the first differences, each with its mention's text.
    """

    LISTS = ("added", "removed", "changed")
    SAMPLES = 5

    def __init__(self, policies: PolicySet, against: PolicySet, lists: Lists) -> None:
        self.mentions = 0
        self.dead_letters = 0
        self.duplicates = 0
        self.counts = dict.fromkeys(self.LISTS, 0)
        self.samples: dict[str, list[tuple[dict[str, Any], str]]] = {
            name: [] for name in self.LISTS
        }
        self._revisions = (policies.revision, against.revision)
        self._lists = lists

    @classmethod
    def lists(cls) -> Lists:
        """Return the lists of its result."""
        return Lists(*cls.LISTS)

    def add(self, some: Simulated) -> None:
        """Take in what became of some arrivals on both sides."""
        self.dead_letters += len(some.dead)
        self.duplicates += some.duplicates
        for new, old in some.decided:
            self.mentions += 1
            self._note(compare(new.decisions, old.decisions), new.mention.text)

    def _note(self, found: Iterable[tuple[str, dict[str, Any]]], text: str) -> None:
        for name, difference in found:
            self._lists.add(name, difference)
            self.counts[name] += 1
            if len(self.samples[name]) < self.SAMPLES:
                self.samples[name].append((difference, text))

    def write(self, out: IO[bytes]) -> None:
        """Write the differences as JSON."""
        revision, against = self._revisions
        head = {
            "revision": revision,
            "against": against,
            "mentions": self.mentions,
            "dead_letters": self.dead_letters,
        }
        self._lists.write(out, head)
