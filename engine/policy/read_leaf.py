"""Reads leaves: a field or a task, and the operators that must all hold of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.classification import UNKNOWN
from engine.policy import operators
from engine.policy.condition import FieldLeaf, LabelLeaf
from engine.policy.fields import FIELDS, FieldKind, fold
from engine.policy.language_codes import explain_language, is_language_code
from engine.policy.needs import Limit, OneOf, Part, spellings
from engine.policy.report import suggest
from engine.policy.schema import OPERATORS
from engine.policy.shape import kind_of, text_of
from engine.policy.slips import flag_help, operator_meant, score_help

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.located_yaml import Node
    from engine.policy.condition import Condition, Origin
    from engine.policy.fields import Field
    from engine.policy.needs import Need
    from engine.policy.operators import WordList
    from engine.policy.read_condition import ConditionReader

    Test = Callable[[Any], bool]

_ON_LABELS = frozenset({"is", "is_not", "in", "not_in", "exists"}) | operators.ORDERING


@dataclass(slots=True)
class _Draft:
    """A leaf in the making."""

    tests: list[Test]
    exists: bool | None = None
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    needs: list[Need] = field(default_factory=list)
    is_sound: bool = True

    def take(self, test: Test | None) -> None:
        if test is None:
            self.is_sound = False
        else:
            self.tests.append(test)

    def need(self, need: Need, *, is_negative: bool = False) -> None:
        if not is_negative:
            self.needs.append(need)

    def restrict(self, values: frozenset[str], *, is_negative: bool) -> None:
        if is_negative:
            self.never |= values
        else:
            self.only = values if self.only is None else self.only & values


def read_leaf(
    subject: str, node: Node, origin: Origin, *, reader: ConditionReader
) -> Condition | None:
    """Return the leaf, or None where it is at fault (reported)."""
    if node.is_list:
        reader.report.error(
            "R106",
            node.span,
            "a list needs an operator",
            help_text=f"write {subject}: {{in: [...]}}",
        )
        return None
    asked = FIELDS.get(subject)
    draft = _Draft([])
    one: _FieldOperators | _LabelOperators
    if asked is not None:
        one = _FieldOperators(asked, draft, reader)
    else:
        reader.uses.tasks.add(subject)
        one = _LabelOperators(subject, draft, reader)
    _apply(subject, node, one, origin=origin)
    if not draft.is_sound:
        return None
    values = (origin, subject, node.plain(), tuple(draft.tests), draft.exists, draft.only)
    if asked is not None:
        return FieldLeaf(*values, draft.never, tuple(draft.needs), field=asked)
    return LabelLeaf(*values, draft.never, tuple(draft.needs))


def _apply(
    subject: str, node: Node, one: _FieldOperators | _LabelOperators, *, origin: Origin
) -> None:
    report = one.reader.report
    if not node.is_mapping:
        one.apply("is", node, node if node.value is not None else None)
        return
    if not node.value:
        report.error("R110", origin.span, f"nothing is asked of '{subject}'")
        one.draft.is_sound = False
    for name, operand in node.items():
        if name not in OPERATORS:
            help_text = _operator_help(subject, name, operand)
            report.error("R107", node.keys[name], f"unknown operator '{name}'", help_text=help_text)
            one.draft.is_sound = False
        elif name not in one.allowed:
            fit = ", ".join(each for each in OPERATORS if each in one.allowed)
            report.error(
                "R309",
                node.keys[name],
                f"'{name}' makes no sense on '{subject}', which is {one.kind}",
                help_text=f"operators here: {fit}",
            )
            one.draft.is_sound = False
        elif name == "exists":
            _read_exists(operand, one)
        else:
            one.apply(name, operand, operand)
    _check_range(node, one, subject=subject)


def _operator_help(subject: str, name: str, operand: Node) -> str:
    if subject == "text" and operand.value is None:
        return f"to search for a list's entries, quote it: text: '{{{name}}}'"
    if f"{subject}.{name}" in FIELDS:
        return f"a field within another is written with a dot: {subject}.{name}"
    return suggest(operator_meant(name), OPERATORS, what="Operators")


def _read_exists(operand: Node, one: _FieldOperators | _LabelOperators) -> None:
    if isinstance(operand.value, bool):
        one.draft.exists = operand.value
        return
    one.draft.is_sound = False
    seen = kind_of(operand)
    help_text = "" if operand.is_mapping or operand.is_list else flag_help(text_of(operand))
    message = f"'exists' is true or false, not {seen}"
    one.reader.report.error("R108", operand.span, message, help_text=help_text)


def _check_range(node: Node, one: _FieldOperators | _LabelOperators, *, subject: str) -> None:
    lows = [(n, n.value) for k in ("at_least", "more_than") if (n := node.get(k))]
    highs = [(n, n.value) for k in ("at_most", "less_than") if (n := node.get(k))]
    is_strict = node.get("more_than") is not None or node.get("less_than") is not None
    for _, low in lows:
        for where, high in highs:
            if not all(operators.is_number(n) for n, _ in (*lows, *highs)):
                return
            if low > high or (is_strict and low == high):
                message = f"'{subject}' can never be above {low} and below {high} at once"
                one.reader.report.error("R314", where.span, message)
                one.draft.is_sound = False
                return


def _read_list_name(node: Node, reader: ConditionReader) -> WordList | None:
    if node.is_mapping or node.is_list or node.value is None:
        reader.report.error("R106", node.span, f"a list is named, not {kind_of(node)}")
        return None
    name = text_of(node)
    reader.uses.lists.add(name)
    lists = reader.scope.lists
    if name not in lists:
        help_text = suggest(name, lists, what="Lists of this policy")
        reader.report.error("R201", node.span, f"unknown list '{name}'", help_text=help_text)
    return lists.get(name)


def _items(name: str, node: Node, reader: ConditionReader) -> tuple[Node, ...] | None:
    if name in ("is", "is_not"):
        return (node,)
    if not node.is_list or not node.value:
        seen = "an empty list" if node.is_list else kind_of(node)
        reader.report.error("R106", node.span, f"'{name}' wants a list of values, not {seen}")
        return None
    return tuple(node.value)


@dataclass(slots=True)
class _FieldOperators:
    """The operators on a field of the mention."""

    field: Field
    draft: _Draft
    reader: ConditionReader

    @property
    def allowed(self) -> frozenset[str]:
        return operators.operators_of(self.field.kind)

    @property
    def kind(self) -> str:
        return self.field.kind.value

    def apply(self, name: str, node: Node, operand: Node | None) -> None:
        if operand is None or name not in self.allowed:
            self.draft.is_sound = False
            report, path = self.reader.report, self.field.path
            message = f"'{path}' is {self.kind}: ask for one of its fields, or {{exists: true}}"
            if operand is None:
                message = f"nothing is asked of '{path}'"
            report.error("R309", node.span, message)
            return
        self.draft.take(self._test(name, operand))

    def _test(self, name: str, node: Node) -> Test | None:
        report, kind = self.reader.report, self.field.kind
        is_many = kind is FieldKind.TEXTS
        if name == "matches":
            pattern = operators.compile_pattern(node, report)
            return None if pattern is None else operators.pattern_test(pattern, is_many=is_many)
        if name == "contains":
            return self._part(node, is_many=is_many)
        if name in operators.LIST_OPERATORS:
            return self._list(name, node)
        if name in operators.ORDERING:
            limit = operators.read_value(node, kind, report)
            return self._order(name, limit, node)
        return self._whole(name, node)

    def _part(self, node: Node, *, is_many: bool) -> Test | None:
        part = operators.read_value(node, FieldKind.TEXT, self.reader.report)
        if part is None:
            return None
        self.draft.need(Part(fold(part)))
        return operators.part_test(part, is_many=is_many)

    def _list(self, name: str, node: Node) -> Test | None:
        words = _read_list_name(node, self.reader)
        if words is None:
            return None
        if not words.wild:
            self._need(words.exact, is_negative=name in operators.NEGATIVE)
        return self._member(name, words.holds)

    def _order(self, name: str, limit: Any, node: Node) -> Test | None:
        if limit is None:
            return None
        is_count = self.field.kind is FieldKind.NUMBER
        if is_count and ((name == "less_than" and limit <= 0) or (name == "at_most" and limit < 0)):
            message = f"'{self.field.path}' is never below 0"
            self.reader.report.error("R304", node.span, message)
            return None
        self.draft.need(Limit(name, limit))
        return operators.order_test(name, limit)

    def _whole(self, name: str, node: Node) -> Test | None:
        items = _items(name, node, self.reader)
        if items is None:
            return None
        values = [operators.read_value(one, self.field.kind, self.reader.report) for one in items]
        if any(value is None for value in values):
            return None
        is_negative = name in operators.NEGATIVE
        if self.field.kind in (FieldKind.NUMBER, FieldKind.FLAG, FieldKind.INSTANT):
            wanted = frozenset(values)
            self._restrict(frozenset(map(str, wanted)), is_negative=is_negative)
            self.draft.need(OneOf(wanted), is_negative=is_negative)
            return lambda value: (value in wanted) != is_negative
        self._check_possible(items)
        self._check_language(items)
        if name not in {"is", "is_not"} and any(set(value) & {"*", "?"} for value in values):
            return self._wild(name, items)
        folded = frozenset(fold(value) for value in values)
        bare = frozenset(value.removeprefix(self.field.sigil) for value in folded)
        self._restrict(bare, is_negative=is_negative)
        self._need(folded, is_negative=is_negative)
        return self._member(name, folded.__contains__)

    def _wild(self, name: str, items: tuple[Node, ...]) -> Test | None:
        """Return the test of values of which some hold wildcards, as entries of a list may."""
        for one in items:
            if len(text_of(one)) > operators.LONGEST_ENTRY:
                limit = operators.LONGEST_ENTRY
                message = f"a value with wildcards has at most {limit} characters"
                self.reader.report.error("R108", one.span, message)
                return None
        return self._member(name, operators.WordList.of("", map(text_of, items)).holds)

    def _need(self, folded: frozenset[str], *, is_negative: bool) -> None:
        values = spellings(folded, self.field.sigil)
        self.draft.need(OneOf(values), is_negative=is_negative)

    def _restrict(self, values: frozenset[str], *, is_negative: bool) -> None:
        if self.field.kind is not FieldKind.TEXTS:  # several texts may hold several values
            self.draft.restrict(values, is_negative=is_negative)

    def _check_possible(self, items: tuple[Node, ...]) -> None:
        possible = self.field.values
        for one in items:
            if possible and fold(text_of(one)) not in possible:
                seen = text_of(one)[:60]
                help_text = suggest(seen, possible, what="Possible")
                message = f"'{self.field.path}' is never '{seen}'"
                self.reader.report.error("R312", one.span, message, help_text=help_text)
                self.draft.is_sound = False

    def _check_language(self, items: tuple[Node, ...]) -> None:
        if self.field.path != "language":
            return
        for one in items:
            written = text_of(one)
            if not (is_language_code(written) or set(written) & {"*", "?"}):
                message, help_text = explain_language(written)
                self.reader.report.warning("R315", one.span, message, help_text=help_text)

    def _member(self, name: str, holds: Callable[[str], bool]) -> Test:
        return operators.member_test(
            holds,
            sigil=self.field.sigil,
            is_many=self.field.kind is FieldKind.TEXTS,
            is_negative=name in operators.NEGATIVE,
        )


@dataclass(slots=True)
class _LabelOperators:
    """The operators on a task: its label, and the score of that label."""

    task: str
    draft: _Draft
    reader: ConditionReader

    @property
    def allowed(self) -> frozenset[str]:
        return _ON_LABELS

    @property
    def kind(self) -> str:
        return "a label with a score"

    def apply(self, name: str, node: Node, operand: Node | None) -> None:
        if operand is None:
            self.draft.is_sound = False
            self.reader.report.error("R110", node.span, f"nothing is asked of '{self.task}'")
        elif name in operators.ORDERING:
            self.draft.take(self._score(name, operand))
        else:
            self.draft.take(self._label(name, operand))

    def _score(self, name: str, node: Node) -> Test | None:
        limit = operators.read_score(node, self.reader.report)
        if limit is None:
            return None
        # Beyond 0 to 1 one side can never hold and the other always does: neither was meant.
        reach = {
            "at_least": 0 <= limit <= 1,
            "more_than": 0 <= limit < 1,
            "at_most": 0 <= limit <= 1,
            "less_than": 0 < limit <= 1,
        }
        if not reach[name]:
            asks = f"{name.replace('_', ' ')} {text_of(node)}"
            is_never = 0 <= limit <= 1 or (limit > 1) == (name in {"at_least", "more_than"})
            message = f"a score is {'never' if is_never else 'always'} {asks}"
            self.reader.report.error("R304", node.span, message, help_text=score_help(limit))
            return None
        compare = operators.order_test(name, limit)
        self.draft.need(Limit(name, limit))
        return lambda found: compare(found.score)

    def _label(self, name: str, node: Node) -> Test | None:
        items = _items(name, node, self.reader)
        if items is None:
            return None
        labels = [self._known_label(one) for one in items]
        if any(label is None for label in labels):
            return None
        wanted = frozenset(fold(label) for label in labels if label is not None)
        is_negative = name in operators.NEGATIVE
        self.draft.restrict(wanted, is_negative=is_negative)
        self.draft.need(OneOf(wanted), is_negative=is_negative)
        return lambda found: (fold(found.label) in wanted) != is_negative

    def _known_label(self, node: Node) -> str | None:
        known = self.reader.scope.tasks[self.task]
        label = operators.read_value(node, FieldKind.TEXT, self.reader.report)
        if label is None or fold(label) in {fold(one) for one in known}:
            return None if label is None else str(label)
        help_text = suggest(label, known, what=f"Labels of {self.task}")
        if label == UNKNOWN:
            help_text = "no rule can ask for it; {exists: false} holds where no label is known"
        message = f"'{self.task}' has no label '{label[:60]}'"
        self.reader.report.error("R207", node.span, message, help_text=help_text)
        return None
