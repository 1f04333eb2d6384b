"""Reads what a rule judges over time: each part's references, thresholds and combinations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.policy.check_shared import check_name
from engine.policy.fields import FIELDS, FieldKind
from engine.policy.over_time import (
    Absent,
    Inhibition,
    OverTime,
    Sequence,
    Unanswered,
    Window,
)
from engine.policy.read_condition import ConditionReader, Uses
from engine.policy.read_having import HavingReader
from engine.policy.report import suggest
from engine.policy.schema import OVER_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.policy.compile import PolicyScope
    from engine.policy.condition import Condition
    from engine.policy.report import Report
    from engine.policy.shape import Part
    from engine.problem import Span

_KEPT_BY = ("window", "sequence", "absent")
_BESIDE_WINDOW = ("for", "resolve")


@dataclass(slots=True)
class OverTimeReader:
    """Reads what one rule judges over time.

    Attributes:
        uses: Filled while reading.
    """

    rule: Part
    scope: PolicyScope
    report: Report
    uses: Uses

    def read(self) -> OverTime | None:
        """Return it, or None where the rule is of single mentions or at fault (reported)."""
        kinds = [kind for kind in OVER_TIME if self.rule.says(kind)]
        for second in kinds[1:]:
            message = f"a rule is either of '{kinds[0]}' or of '{second}'"
            help_text = "make two rules of it"
            self.report.error("R115", self.rule.key(second), message, help_text=help_text)
        self._check_beside(kinds)
        made: OverTime | None = None
        for kind in kinds:
            part: Part | None = self.rule.get(kind)
            if part is not None:
                made = self._made(kind, part)
        return made

    def _made(self, kind: str, part: Part) -> OverTime | None:
        if kind == "window":
            return self._window(part)
        if kind == "sequence":
            return self._sequence(part)
        return self._absent(part) if kind == "absent" else self._unanswered(part)

    def _check_beside(self, kinds: list[str]) -> None:
        for field in _BESIDE_WINDOW:
            if self.rule.says(field) and "window" not in kinds:
                message = f"'{field}' stands beside 'window' only"
                help_text = "add 'window', or leave it out"
                if field == "for" and {"absent", "unanswered"} & set(kinds):
                    help_text = "write it inside, as in absent: {for: 45m}"
                self.report.error("R115", self.rule.key(field), message, help_text=help_text)

    def _window(self, part: Part) -> Window | None:
        over = self._time(part, "over", "a window of no time holds nothing")
        by = self.keys(part, "by")
        having = None
        node = part.get("having")
        if node is not None:
            reader = HavingReader(self.scope, self.report, self.uses)
            having = reader.read(node, part.key("having"))
        lasting: timedelta = self.rule.get("for") or timedelta()
        below, resolve_for = self._resolve()
        if over is None or by is None or having is None:
            return None
        return Window(over, by, having, lasting, below, resolve_for)

    def _resolve(self) -> tuple[float, timedelta | None]:
        part: Part | None = self.rule.get("resolve")
        if part is None:
            return 1.0, None
        below: float = part.get("below", 1.0)
        if not part.node.value:
            message, help_text = "'resolve' says nothing", "write {below: 60%, for: 30m}"
            self.report.error("R105", self.rule.key("resolve"), message, help_text=help_text)
        if below == 0:
            message = "no measure is ever below 0%: the rule would never resolve"
            self.report.error("R304", part.at("below"), message)
        return below, part.get("for")

    def _sequence(self, part: Part) -> Sequence | None:
        within = self._time(part, "within", "nothing follows anything within no time")
        by = self.keys(part, "by")
        written: list[Part] | None = part.get("steps")
        if written is None:
            return None
        if len(part.node.value["steps"].value) < 2:  # noqa: PLR2004 - a sequence
            message = "a sequence has two steps or more"
            help_text = "for one step write 'when' in the rule"
            self.report.error("R110", part.key("steps"), message, help_text=help_text)
        steps = [self.condition(step) for step in written]
        if within is None or by is None or None in steps:
            return None
        return Sequence(tuple(step for step in steps if step is not None), within, by)

    def condition(self, part: Part) -> Condition | None:
        """Return the condition under a part's ``when``, or None where it is at fault."""
        node = part.get("when")
        if node is None:
            return None
        reader = ConditionReader(self.scope.conditions, self.report)
        made = reader.read(node, part.key("when"))
        self.uses.add(reader.uses)
        return made

    def _absent(self, part: Part) -> Absent | None:
        lasting = self._time(part, "for", "no mention for no time is always so")
        by = self.keys(part, "by")
        return None if lasting is None or by is None else Absent(lasting, by)

    def _unanswered(self, part: Part) -> Unanswered | None:
        lasting = self._time(part, "for", "every mention waits longer than no time")
        shared = self.scope.shared
        calendar = check_name("calendar", part, "calendar", shared, report=self.report)
        queue = check_name("queue", part, "queue", shared, report=self.report)
        return None if lasting is None else Unanswered(lasting, calendar, queue)

    def _time(self, part: Part, name: str, why: str) -> timedelta | None:
        """Return a duration above zero, or None where there is none (reported)."""
        found: timedelta | None = part.get(name)
        if found is not None and not found:
            self.report.error("R304", part.at(name), why)
            return None
        return found

    def keys(self, part: Part, name: str) -> tuple[str, ...] | None:
        """Return fields or tasks that states are kept by; None where one is at fault."""
        written: Iterable[str] | None = part.get(name)
        if written is None:
            return None
        found = [
            check_key(one, part, name, scope=self.scope, report=self.report) for one in written
        ]
        tasks = self.scope.conditions.tasks
        sound = [one for one in found if one is not None]
        self.uses.tasks |= {one for one in sound if one in tasks}
        return None if len(sound) < len(found) else tuple(sound)


def check_key(
    name: str, part: Part, field: str, *, scope: PolicyScope, report: Report
) -> str | None:
    """Return a field or task by whose values things are told apart, or None (reported)."""
    tasks, found = scope.conditions.tasks, FIELDS.get(name)
    if name in tasks or (found is not None and found.kind is not FieldKind.OBJECT):
        return name
    node = part.node.get(field)
    listed = node.value if node is not None and node.is_list else ()
    where = next((one.span for one in listed if one.value == name), part.at(field))
    options = [*(key for key, one in FIELDS.items() if one.kind is not FieldKind.OBJECT), *tasks]
    help_text = suggest(name, options, what="Possible")
    if found is not None:
        help_text = f"name one of its fields, such as {name}.{'id' if name == 'author' else 'name'}"
    report.error("R206", where, f"unknown field or task '{name}'", help_text=help_text)
    return None


def read_inhibitions(policy: Part, scope: PolicyScope, report: Report) -> tuple[Inhibition, ...]:
    """Return the sound inhibitions of a policy; the others are reported."""
    rules = {body.get("id"): body for body in policy.get("rules", []) if body.get("id")}
    found = []
    for part in policy.get("inhibit", []):
        source = part.get("source")
        if source is not None:
            _check_source(source, part, rules, report)
        target: Part | None = part.get("target")
        if target is None or source is None:
            continue
        check_target(target, part, rules, what="inhibited", report=report)
        equal = [
            check_key(one, part, "equal", scope=scope, report=report)
            for one in part.get("equal", ())
        ]
        kept = tuple(one for one in equal if one is not None)
        _check_equal(source, kept, part, rules, report=report)
        found.append(
            Inhibition(
                source,
                frozenset(target.get("severity", ())),
                frozenset(target.get("rule", ())),
                kept,
            )
        )
    return tuple(found)


def check_target(
    target: Part, part: Part, rules: Mapping[str, Part], *, what: str, report: Report
) -> None:
    """Report a target that names nothing, or rules that the policy does not have.

    Args:
        part: What the target stands in.
        rules: The policy's, by id.
        what: What becomes of them, for the message.
    """
    if not (target.says("severity") or target.says("rule")):
        message = f"nothing is {what}"
        help_text = "name severities or rules"
        report.error("R105", part.key("target"), message, help_text=help_text)
    for name in target.get("rule", ()):
        _known_rule(name, target.at("rule"), rules, report)


def _check_source(name: str, part: Part, rules: Mapping[str, Part], report: Report) -> None:
    where = part.at("source")
    is_known = _known_rule(name, where, rules, report)
    if is_known and not any(rules[name].says(kind) for kind in OVER_TIME):
        message = f"rule '{name}' judges single mentions, so it never goes on firing"
        report.warning("R332", where, message)


def _check_equal(
    name: str,
    equal: tuple[str, ...],
    part: Part,
    rules: Mapping[str, Part],
    *,
    report: Report,
) -> None:
    """Report values that the source's firings do not have, so that none is ever equal."""
    kinds = (rules[name].get(kind) for kind in _KEPT_BY if name in rules)
    timed: Part | None = next((one for one in kinds if one is not None), None)
    if timed is None or "by" not in timed.values:
        return
    for one in equal:
        if one not in timed.get("by"):
            message = f"rule '{name}' is not kept by '{one}', so no value is ever equal to its own"
            help_text = f"add '{one}' to the rule's 'by', or leave it out here"
            report.warning("R353", part.at("equal"), message, help_text=help_text)


def _known_rule(name: str, span: Span, rules: Mapping[str, Part], report: Report) -> bool:
    if name in rules:
        return True
    help_text = suggest(name, rules, what="Rules of this policy")
    report.error("R212", span, f"unknown rule '{name}'", help_text=help_text)
    return False
