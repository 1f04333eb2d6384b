"""Reads `tests` documents: their shape alone first, then what they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.errors import MentionError
from engine.mention_json import read_mention
from engine.policy.policy_test import NUMBER, Expectation, Given, PolicyTest, TestSilence
from engine.policy.read_examples import check_mention, mention_values
from engine.policy.report import suggest
from engine.policy.shape import read_part
from engine.policy.shapes_actions import ActionItem
from engine.policy.tests_shape import TestsDocument
from engine.reasons import Reason
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from engine.located_yaml import Node
    from engine.policy.report import Report
    from engine.policy.rule import Policy
    from engine.policy.shape import Part
    from engine.problem import Span

ANY = "any"
# What holds back before anything is sent; the other reasons arise while sending.
HELD_BACK_BY = tuple(
    one.value
    for one in (
        Reason.SHADOW,
        Reason.EXCEPT,
        Reason.COOLDOWN,
        Reason.INHIBIT,
        Reason.SILENCE,
        Reason.MUTE,
        Reason.LATE,
        Reason.OUTSIDE_CALENDAR,
        Reason.TOO_FEW_ALERTS,
        Reason.NOBODY_ON_CALL,
        Reason.NO_TEMPLATE,
    )
)
INCIDENT_STATES = ("open", "acknowledged", "mitigated", "resolved")
_CLOCK = datetime(2026, 1, 5, 12, tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)
_VARIABLE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_FIELD = re.compile(r"[a-z_]+(?:\.[\w-]+)*")
# What may stand beside the word that says what is expected.
_BESIDE: Mapping[str, frozenset[str]] = {
    "firing": frozenset({"at"}),
    "told": frozenset({"at", "by"}),
    "incident": frozenset({"at", "state", "times"}),
    "action": frozenset({"do", "rule", "times"}),
    "never": frozenset({"do", "rule"}),
    "suppressed": frozenset({"by", "rule", "times"}),
    "rule": frozenset({"times"}),
}
_NEEDED = {"firing": "at", "told": "at", "incident": "state"}


@dataclass(frozen=True, slots=True)
class Home:
    """What tests may name.

    Attributes:
        brands: By policy: its brands in the order it names them.
        tasks: With their labels.
        chains: Ids of the chains and rotas by which people are told.
    """

    policies: Sequence[Policy]
    brands: Mapping[str, Sequence[str]]
    tasks: Mapping[str, tuple[str, ...]]
    chains: Collection[str]

    @property
    def rules(self) -> list[str]:
        """Every rule's id, and each with its policy's before it."""
        pairs = [(policy.id, rule.id) for policy in self.policies for rule in policy.rules]
        return [*(rule for _, rule in pairs), *(f"{policy}/{rule}" for policy, rule in pairs)]

    def brand(self, rules: Sequence[str]) -> str | None:
        """Return the first brand of the policy that holds one of the rules, else of the first."""
        for policy in self.policies:
            if any(
                one in (rule.id, f"{policy.id}/{rule.id}") for one in rules for rule in policy.rules
            ):
                return next(iter(self.brands.get(policy.id, ())), None)
        named = (brand for policy in self.policies for brand in self.brands.get(policy.id, ()))
        return next(named, None)


def read_tests(node: Node, report: Report) -> Part | None:
    """Read a `tests` document by its shape; what it names is checked by `compile_tests`."""
    return read_part(node, TestsDocument, report, span=node.keys["tests"])


def compile_tests(documents: Sequence[Part], home: Home, report: Report) -> tuple[PolicyTest, ...]:
    """Return the sound tests, in order; the others are reported."""
    made = []
    for document in documents:
        for part in document.get("tests", []):
            inner = report.within("test", part.get("name", "?"), part.key("name"))
            before = len(report.problems)
            test = _Compiler(part, home, inner).test()
            made += [test] if len(report.problems) == before else []
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Compiler:
    part: Part
    home: Home
    report: Report

    def test(self) -> PolicyTest:
        """Return the test; of use only where nothing was reported."""
        get = self.part.get
        silences = tuple(self._silence(one) for one in get("silences", []))
        found = [self._expectation(one) for one in get("expect", [])]
        expectations = tuple(one for one in found if one is not None)
        if "expect" in self.part.values and not get("expect"):
            self.report.error("R117", self.part.key("expect"), "the test expects nothing")
        rules = [one.rule for one in silences]
        for one in expectations:
            rules += [one.rule] if one.rule else []
            rules += one.names if one.kind in ("firing", "incident") else []
        brand = self.home.brand(rules)
        return PolicyTest(
            name=get("name", ""),
            clock=get("clock") or _CLOCK,
            given=tuple(
                self._given(place, one, brand)
                for place, one in enumerate(get("given", []), start=1)
            ),
            silences=silences,
            expectations=expectations,
            span=self.part.key("name"),
            brand=brand,
        )

    def _silence(self, part: Part) -> TestSilence:
        rule = part.get("rule", "")
        self._check_rule(rule, part.at("rule"))
        since, until = part.get("from") or timedelta(), part.get("until", timedelta())
        if "until" in part.values and until <= since:
            self.report.error("R304", part.at("until"), "a silence ends after it begins")
        self._check_reach(until, part.at("until"))
        return TestSilence(rule, since, until, part.get("reason", ""))

    def _given(self, place: int, part: Part, brand: str | None) -> Given:
        node: Node | None = part.get("mention")
        is_sound = (
            node is not None
            and not node.is_faulty
            and check_mention(node, self.home.tasks, self.report)
        )
        given = Given(
            place=place,
            at=part.get("at") or timedelta(),
            every=part.get("every") or timedelta(),
            times=part.get("times", 1),
            mention={"brand": brand, **mention_values(node)} if node and is_sound else {},
            span=part.span,
        )
        self._check_reach(given.at + (given.times - 1) * given.every, part.span)
        if node is not None and is_sound:
            self._check_mention(node, given)
        return given

    def _check_reach(self, after: timedelta, span: Span) -> None:
        """Report what would happen later than any clock can say."""
        if after > _END - (self.part.get("clock") or _CLOCK):
            message = "that is after the year 9999: no clock goes so far"
            help_text = "take an earlier clock, or shorter times"
            self.report.error("R108", span, message, help_text=help_text)

    def _check_mention(self, node: Node, given: Given) -> None:
        for name in ("published_at", "observed_at"):
            if name in node.value:
                message = f"'{name}' is said by 'at': a test's mentions arrive on its clock"
                self.report.error("R112", node.keys[name], message)
                return
        for text in _texts(node):
            for found in _VARIABLE.findall(text.value):
                if not NUMBER.fullmatch(found):
                    help_text = "{{ i }} is the number of the mention from 0, {{ i % 7 }} a part"
                    message = f"'{found[:60]}' is no number of a mention"
                    self.report.error("R306", text.span, message, help_text=help_text)
        try:
            ids = {read_test_mention(given, number).id for number in range(min(given.times, 2))}
        except MentionError as error:
            field = _FIELD.match(str(error))
            path = field.group().split(".") if field else []
            message = f"the mention is none: {error}"
            self.report.error("R112", node.find(path).span, message)
            return
        if len(ids) < min(given.times, 2):
            help_text = "show the number in it: {{ i }}"
            message = "all of these have one id, so only the first would be decided"
            where = node.keys.get("id") or node.keys.get("external_id") or node.span
            self.report.error("R112", where, message, help_text=help_text)

    def _expectation(self, part: Part) -> Expectation | None:
        kind = self._kind(part)
        if kind is None:
            return None
        head = part.get(kind)
        if head is None:  # at fault, which was reported
            return None
        names = tuple(head) if isinstance(head, list) else (head,)
        if kind in ("firing", "incident", "rule"):
            for at, name in enumerate(names):
                where = part.node.find([kind, at] if isinstance(head, list) else [kind])
                self._check_rule(name, where.span)
        if kind != "rule" and part.get("rule") is not None:
            self._check_rule(part.get("rule"), part.at("rule"))
        self._check_words(kind, names[0] if names else "", part)
        return Expectation(
            kind=kind,
            names=names,
            span=part.span,
            at=part.get("at"),
            times=part.get("times"),
            rule=part.get("rule"),
            do=part.get("do"),
            by=part.get("by"),
            state=part.get("state"),
        )

    def _kind(self, part: Part) -> str | None:
        """Return what is expected; None, and reported, where that is not clear."""
        keys = list(part.node.value)
        kinds = [key for key in _BESIDE if key in keys]
        if len(kinds) > 1 and "rule" in kinds:
            kinds.remove("rule")
        if len(kinds) != 1:
            if kinds:
                message, where = f"'{kinds[0]}' and '{kinds[1]}' are two expectations", kinds[1]
            else:
                message, where = "nothing is expected here", ""
            help_text = f"one of {', '.join(_BESIDE)}"
            if not any(key not in _ALL for key in keys):  # else an unknown field was reported
                self.report.error("R117", part.key(where), message, help_text=help_text)
            return None
        (kind,) = kinds
        for key in keys:
            if key in _ALL and key != kind and key not in _BESIDE[kind]:
                message = f"'{key}' means nothing beside '{kind}'"
                help_text = f"beside '{kind}': {', '.join(sorted(_BESIDE[kind]))}"
                self.report.error("R117", part.key(key), message, help_text=help_text)
        needed = _NEEDED.get(kind)
        if needed is not None and needed not in keys:
            message = f"'{kind}' needs '{needed}' beside it"
            self.report.error("R105", part.span, message, help_text=f"add '{needed}'")
        return kind

    def _check_words(self, kind: str, name: str, part: Part) -> None:
        if kind in ("action", "never", "suppressed"):
            kinds = (*ActionItem.kinds, ANY) if kind == "suppressed" else ActionItem.kinds
            self._check_word(name, kinds, part.at(kind), what="kind of action")
        by = part.get("by")
        if kind == "told" and by is not None and by not in self.home.chains:
            help_text = suggest(by, self.home.chains, what="Chains")
            self.report.error("R211", part.at("by"), f"unknown chain '{by}'", help_text=help_text)
        if kind == "suppressed" and by is not None:
            self._check_word(by, HELD_BACK_BY, part.at("by"), what="reason")
        state = part.get("state")
        if state is not None:
            self._check_word(state, INCIDENT_STATES, part.at("state"), what="state of an incident")

    def _check_word(self, word: str, known: Sequence[str], span: Span, *, what: str) -> None:
        if word not in known:
            help_text = suggest(word, known, what="Possible")
            self.report.error("R108", span, f"'{word}' is no {what}", help_text=help_text)

    def _check_rule(self, name: str, span: Span) -> None:
        known = self.home.rules
        if name and name not in known:
            ids = [one for one in known if "/" not in one]
            help_text = suggest(name, ids, what="Rules")
            self.report.error("R212", span, f"unknown rule '{name}'", help_text=help_text)


_ALL = frozenset({*_BESIDE, *(key for beside in _BESIDE.values() for key in beside)})


def read_test_mention(given: Given, number: int, clock: datetime = _CLOCK) -> Any:
    """Return the mention of a number, as it arrives.

    Raises:
        MentionError: What the number makes of it is no mention.
    """
    at = clock + given.at + number * given.every
    data = {
        "id": f"given{given.place}#{number}",
        "external_id": f"given{given.place}#{number}",
        **given.numbered(number),
        "published_at": format_instant(at),
    }
    return read_mention(data)


def _texts(node: Node) -> Iterator[Node]:
    """Yield every text of a mention."""
    if isinstance(node.value, str):
        yield node
    inside = node.value.values() if node.is_mapping else node.value if node.is_list else ()
    for inner in inside:
        yield from _texts(inner)
