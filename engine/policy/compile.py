"""From what was read to frozen policies: references resolved, revisions hashed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.decision import Mode, Severity
from engine.policy.collect import Names
from engine.policy.compile_shared import compile_shared
from engine.policy.condition import AllOf, Origin
from engine.policy.extend import extended
from engine.policy.fields import FIELDS, FieldKind
from engine.policy.language_codes import explain_language, is_language_code
from engine.policy.lint import ALLOWABLE, Linter, add_rule, check_reach, check_reviews
from engine.policy.operators import LONGEST_ENTRY, WordList
from engine.policy.read_actions import ActionReader
from engine.policy.read_condition import ConditionReader, Scope, Uses, read_macro
from engine.policy.read_examples import read_examples
from engine.policy.read_mutes import read_mutes
from engine.policy.read_over_time import OverTimeReader, read_inhibitions
from engine.policy.read_playbook import read_playbooks
from engine.policy.read_tests import Home, compile_tests
from engine.policy.report import suggest
from engine.policy.revision import content_hash, judged_revision, rule_revision
from engine.policy.rule import Allowance, Cooldown, Policy, PolicySet, Rule, RuleException
from engine.policy.schema import OVER_TIME
from engine.policy.shape import kind_of, text_of
from engine.policy.templates import TEMPLATE_AT_FAULT, TemplateSet, read_template
from engine.problem_codes import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from engine.located_yaml import Node
    from engine.policy.collect import Collected
    from engine.policy.condition import Condition
    from engine.policy.extend import Family
    from engine.policy.lint.base import PolicySubject
    from engine.policy.read import Documents
    from engine.policy.report import Report
    from engine.policy.shape import Part

_COOLDOWN_KEYS = ("author", "thread", "brand", "rule")


@dataclass(frozen=True, slots=True)
class PolicyScope:
    """One policy's own names, and what it shares with the others.

    Attributes:
        templates: None stands for a template that is defined but at fault.
        subject: Where lints are told of the rules.
    """

    id: str
    part: Part
    brands: tuple[str, ...]
    conditions: Scope
    templates: Mapping[str, TemplateSet | None]
    shared: Collected
    subject: PolicySubject

    def default(self, name: str) -> Any:
        """Return what the policy's ``defaults`` say, else the language's own."""
        fallback = {"mode": Mode.DRAFT, "severity": Severity.MINOR}[name]
        defaults = self.part.get("defaults")
        return fallback if defaults is None else defaults.get(name, fallback)


def compile_documents(
    documents: Documents, report: Report, *, shared: Collected, now: datetime
) -> PolicySet:
    """Return the policies; of use only where the report holds no error."""
    made_of_shared = compile_shared(shared, report, sources=documents.sources)
    check_reach(made_of_shared.chains, shared.named("chain"), report, now=now)
    check_reviews(shared.named("platform"), report, now=now)
    own = frozenset(shared.named("platform"))
    linter = Linter(report, now, made_of_shared.platforms, own)
    family = extended(documents.policies, report)
    names = _rule_names(family)
    playbooks = read_playbooks(shared, report, made=made_of_shared, rules=names)
    compiled = [
        (part, _compile_policy(part, report, family=family, shared=shared, linter=linter))
        for part in family.policies
    ]
    linter.run()
    made = tuple(policy for part, policy in compiled if not part.get("abstract"))
    content = [[policy.id, policy.revision] for policy in made]
    brands = {part.get("policy", ""): part.get("brands", ()) for part in family.policies}
    return PolicySet(
        policies=made,
        channels=shared.channels,
        revision=content_hash([content, shared.contents]),
        missing_environment=shared.missing_environment,
        label_sets=shared.label_sets,
        tests=compile_tests(
            documents.tests,
            Home(made, brands, shared.tasks, {**shared.named("chain"), **shared.named("rota")}),
            report,
        ),
        sources=documents.sources.texts,
        shared=replace(made_of_shared, playbooks=playbooks),
    )


def _rule_names(family: Family) -> frozenset[str]:
    """Return what rules may be called from outside: by policy, by id, and by both."""
    found = set()
    for part in family.policies:
        policy = part.get("policy", "")
        ids = [rule.get("id") for rule in part.get("rules", [])]
        found |= {policy, *(one for one in ids if one)}
        found |= {f"{policy}/{one}" for one in ids if one}
    return frozenset(found - {""})


def _compile_policy(
    part: Part, report: Report, *, family: Family, shared: Collected, linter: Linter
) -> Policy:
    name = part.get("policy", "")
    conditions = _conditions(part, report, shared)
    templates = {
        key: _read_templates(key, node, report, part=part)
        for key, node in part.get("templates", {}).items()
    }
    brands = tuple(part.get("brands", ()))
    _check_brands(brands, part, report)
    elsewhere = family.brought.get(name, frozenset())
    if name in family.bases:
        elsewhere = frozenset({*conditions.lists, *conditions.macros, *templates})
    subject = linter.add_policy(part, conditions, brands, used_elsewhere=elsewhere)
    scope = PolicyScope(name, part, brands, conditions, templates, shared, subject)
    rules = _compile_rules(part, report, scope=scope)
    inhibitions = read_inhibitions(part, scope, report)
    return Policy(
        id=name,
        revision=content_hash(
            [
                name,
                sorted(brands),
                [[rule.id, rule.revision] for rule in rules],
                [[one.node.plain() for one in part.get(key, [])] for key in ("inhibit", "mute")],
            ]
        ),
        brands=frozenset(brands),
        rules=rules,
        span=part.span,
        inhibitions=inhibitions,
        mutes=read_mutes(part, report, shared=shared),
        owner=part.get("owner", ""),
        description=part.get("description", ""),
    )


def _conditions(part: Part, report: Report, shared: Collected) -> Scope:
    """Return what the policy's conditions may name, its macros read."""
    lists = {
        key: _read_list(key, node, report, part=part) for key, node in part.get("lists", {}).items()
    }
    macro_nodes = part.get("macros", {})
    keys = part.node.value["macros"].keys if macro_nodes else {}
    macros = {key: (node, keys[key]) for key, node in macro_nodes.items()}
    conditions = Scope(lists, macros, shared.tasks, report)
    for macro in macros:
        read_macro(macro, conditions)
    return conditions


def _check_brands(brands: tuple[str, ...], part: Part, report: Report) -> None:
    """Report brands that mean to be patterns: no mention is of a brand with that name."""
    for index, brand in enumerate(brands):
        if "*" in brand:
            report.error(
                "R108",
                part.node.find(["brands", index]).span,
                f"'{brand}' is no brand: names are compared whole, '*' has no meaning in them",
                help_text="leave brands out for every brand, or name each",
            )


def _compile_rules(part: Part, report: Report, *, scope: PolicyScope) -> tuple[Rule, ...]:
    names = Names("rule", report)
    rules = []
    for body in part.get("rules", []):
        rule_id = body.get("id")
        shown = rule_id or "?"
        inner = report
        if rule_id is not None:
            inner = report.within("rule", shown, body.key("id"), rule=shown)
            Names.is_new(names, shown, body.at("id"))
        rule = _RuleCompiler(body, scope, inner, rule_id or "").compile()
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


@dataclass(slots=True)
class _RuleCompiler:
    """Makes one rule; every part is checked although another is at fault."""

    part: Part
    scope: PolicyScope
    report: Report
    id: str

    def compile(self) -> Rule | None:
        """Return the rule, or None where it has no sound condition (reported)."""
        get = self.part.get
        mode: Mode = get("mode") or self.scope.default("mode")
        uses = Uses()
        when = self._condition("when", self.part, uses) or self._without_when()
        over_time = OverTimeReader(self.part, self.scope, self.report, uses).read()
        is_over_time = any(map(self.part.says, OVER_TIME))
        exceptions = self._exceptions(uses)
        cooldown = self._cooldown()
        actions = ActionReader(self.part, self.scope, self.report, mode, is_over_time).read()
        examples = read_examples(self.part, self.scope, self.report)
        allowed = self._allowed()
        severity: Severity = get("severity") or self.scope.default("severity")
        if when is None or (is_over_time and over_time is None):
            return None
        rule = Rule(
            id=self.id,
            policy=self.scope.id,
            title=get("title") or self.id,
            severity=severity,
            mode=mode,
            revision=rule_revision(self.part, self.scope, uses, mode=mode, severity=severity),
            condition=when,
            span=self.part.key("id"),
            over_time=over_time,
            judged_revision=judged_revision(self.part, self.scope, uses) if over_time else "",
            exceptions=exceptions,
            cooldown=cooldown,
            actions=actions,
            examples=examples,
            owner=get("owner", "") or self.scope.part.get("owner", ""),
            description=get("description", ""),
            brands=frozenset(self.scope.brands),
            tasks=frozenset(uses.tasks),
            expires=get("expires"),
            allowed=allowed,
        )
        return add_rule(self.scope.subject, rule, self.part, self.report)

    def _without_when(self) -> Condition | None:
        """Return what stands for a condition that was left out, where it may be."""
        if self.part.says("when"):
            return None
        if any(map(self.part.says, OVER_TIME)):
            return AllOf(Origin("every mention", self.part.span), ())
        message, help_text = "'when' is missing", "add 'when'"
        self.report.error("R105", self.part.span, message, help_text=help_text)
        return None

    def _condition(self, name: str, part: Part, uses: Uses) -> Condition | None:
        node: Node | None = part.get(name)
        if node is None:
            return None
        reader = ConditionReader(self.scope.conditions, self.report)
        made = reader.read(node, part.key(name))
        uses.add(reader.uses)
        return made

    def _exceptions(self, uses: Uses) -> tuple[RuleException, ...]:
        found = []
        names = Names("exception", self.report)
        for one in self.part.get("except", []):
            name = one.get("name", "")
            if name:
                names.is_new(name, one.at("name"))
            when = self._condition("when", one, uses)
            expires: date | None = one.get("expires")
            if when is not None:
                span = one.at("name")
                found.append(RuleException(name, when, span, one.get("owner", ""), expires))
        return tuple(found)

    def _allowed(self) -> tuple[Allowance, ...]:
        found = []
        for one in self.part.get("allow", []):
            lint, reason = one.get("lint"), one.get("reason")
            if lint is None or reason is None:
                continue
            if lint in ALLOWABLE:
                found.append(Allowance(lint, reason, one.at("lint")))
                continue
            what = "is no warning about a rule" if lint in CODES else "does not exist"
            help_text = f"Possible: {', '.join(sorted(ALLOWABLE))}"
            self.report.error(
                "R250",
                one.at("lint"),
                f"'{lint}' {what}: it cannot be allowed",
                help_text=help_text,
            )
        return tuple(found)

    def _cooldown(self) -> Cooldown | None:
        part: Part | None = self.part.get("cooldown")
        if part is None:
            return None
        per, every = part.get("per"), part.get("for")
        if every is not None and not every:
            self.report.error("R304", part.at("for"), "a cooldown of no time holds nothing back")
        if per is None or every is None:
            return None
        field = FIELDS.get(per)
        if per not in _COOLDOWN_KEYS and field is None:
            options = (*_COOLDOWN_KEYS, *FIELDS)
            help_text = suggest(per, options, what="Possible")
            self.report.error("R206", part.at("per"), f"unknown field '{per}'", help_text=help_text)
        elif (
            per not in _COOLDOWN_KEYS
            and field is not None
            and field.kind
            in (
                FieldKind.TEXTS,
                FieldKind.OBJECT,
            )
        ):
            message = f"'{per}' is {field.kind.value}; a cooldown needs one value"
            self.report.error("R309", part.at("per"), message)
        return Cooldown(per, every)


def _read_list(name: str, node: Node, report: Report, *, part: Part) -> WordList | None:
    span = part.node.value["lists"].keys[name]
    inner = report.within("list", name, span)
    if node.is_faulty:
        return None
    if not node.is_list:
        where = span if node.value is None else node.span
        inner.error("R106", where, f"a list of texts is wanted here, not {kind_of(node)}")
        return None
    if not node.value:
        inner.warning("R307", span, f"list '{name}' is empty, so nothing is ever in it")
    before = len(inner.problems)
    entries = []
    for one in (each for each in node.value if not each.is_faulty):
        if one.is_mapping or one.is_list or one.value is None or not text_of(one).strip():
            inner.error("R106", one.span, f"a text is wanted here, not {kind_of(one)}")
        elif len(text_of(one)) > LONGEST_ENTRY:
            inner.error("R108", one.span, f"an entry has at most {LONGEST_ENTRY} characters")
        else:
            entries.append(text_of(one))
    return WordList.of(name, entries) if len(inner.problems) == before or entries else None


def _read_templates(name: str, node: Node, report: Report, *, part: Part) -> TemplateSet | None:
    span = part.node.value["templates"].keys[name]
    inner = report.within("template", name, span)
    if node.is_faulty:
        return None
    if not node.is_mapping or not node.value:
        where = span if node.value is None else node.span
        seen = "an empty mapping" if node.is_mapping else kind_of(node)
        message = f"a template has a text for each language, not {seen}"
        inner.error("R106", where, message, help_text='write {en: "...", fr: "..."}')
        return None
    for language in node.keys:
        if not is_language_code(language):
            message, help_text = explain_language(language)
            inner.warning("R315", node.keys[language], message, help_text=help_text)
    texts = {language: read_template(one, inner) for language, one in node.items()}
    return TemplateSet(
        name, {language.lower(): one or TEMPLATE_AT_FAULT for language, one in texts.items()}
    )
