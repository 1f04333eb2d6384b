"""Titles, texts and replies: Jinja, checked when read and bounded when rendered.

Only values are available (no call, no arithmetic, no assignment, loops not nested), so rendering
ends soon whatever the template; what a mention holds is data and is never read as a template.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.policy.fields import FIELDS
from engine.policy.report import suggest
from engine.policy.shape import kind_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from engine.located_yaml import Node
    from engine.mention import Mention
    from engine.policy.report import Report
    from engine.problem import Span

LONGEST_TEMPLATE = 10_000
LONGEST_OUTPUT = 10_000
_LONGEST_JOINT = 20
VARIABLES = ("mention", "author", "brand", "rule", "key", "incident")
_OF_FIRINGS = frozenset({"key", "incident"})
_OF_AUTHOR = tuple(path.split(".")[1] for path in FIELDS if path.startswith("author."))
_OF_MENTION = tuple(dict.fromkeys(path.split(".")[0] for path in FIELDS))
_OF_RULE = ("id", "title", "severity", "policy", "mode")
KNOWN: dict[tuple[str, ...], tuple[str, ...]] = {
    ("mention",): _OF_MENTION,
    ("mention", "author"): _OF_AUTHOR,
    ("author",): _OF_AUTHOR,
    ("mention", "metrics"): ("likes", "shares", "replies", "reach"),
    ("mention", "place"): ("name", "country"),
    ("rule",): _OF_RULE,
    ("brand",): ("id", "name"),
    ("incident",): (
        "id",
        "title",
        "severity",
        "state",
        "rule",
        "policy",
        "brand",
        "opened_at",
        "resolved_at",
        "count",
        "peak",
        "terms",
        "url",
    ),
}
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.Filter,
    nodes.Test,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
    nodes.Neg,
)
FILTERS = (
    "capitalize",
    "d",
    "default",
    "first",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "replace",
    "round",
    "title",
    "trim",
    "truncate",
    "upper",
)
TESTS = ("defined", "undefined", "none", "string", "number", "in", "true", "false", "eq", "ne")


# What values of an unforeseen kind make filters and comparisons raise.
_RENDERING_FAILS = (
    jinja2.TemplateError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
)


class RenderError(ValueError):
    """A template could not be rendered for this mention; its message says why."""


class Brand(str):
    """A brand's name; ``brand``, ``brand.id`` and ``brand.name`` are the same in templates."""

    __slots__ = ()

    @property
    def id(self) -> str:
        """The name itself."""
        return str(self)

    @property
    def name(self) -> str:
        """The name itself."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a text may show beyond the mention and the rule.

    Attributes:
        keys: What the rule's states are kept by, which `key` has; None where it has no `key`.
        has_incident: Whether there is an incident to show.
    """

    keys: tuple[str, ...] | None = None
    has_incident: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """One text that was checked.

    Attributes:
        source: As written; two templates are equal when their sources are.
        shows: Which of `key` and `incident` it shows.
        span: Where it stands; not part of equality.
    """

    source: str
    pieces: Callable[[dict[str, Any]], Iterator[str]]
    shows: frozenset[str] = frozenset()
    span: Span | None = field(default=None, compare=False)

    def render(self, values: Mapping[str, Any]) -> str:
        """Return the text, at most LONGEST_OUTPUT characters, without spaces around it.

        Raises:
            RenderError: It is longer than that, or a value was not of the kind the template needs.
        """
        found: list[str] = []
        length = 0
        try:
            for piece in self.pieces(dict(values)):
                length += len(piece)
                if length > LONGEST_OUTPUT:
                    message = f"the text is longer than {LONGEST_OUTPUT} characters"
                    raise RenderError(message)
                found.append(piece)
        except _RENDERING_FAILS as error:
            message = f"the template cannot be rendered: {error}"
            raise RenderError(message) from error
        return "".join(found).strip()


# Holds the place of a text at fault, so that its language does not count as missing too; what holds
# a fault is never loaded, so nobody is sent it.
TEMPLATE_AT_FAULT = Template("", lambda _values: iter(()))


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """One named template: its texts by language."""

    name: str
    texts: Mapping[str, Template]

    def choose(self, language: str | None) -> tuple[str, Template] | None:
        """Return language and text for a mention: its own language, else English.

        Where the mention's language is not known, the first text stands in; where it is known and
        neither it nor English is there, None: nobody is answered in a language they did not use.
        """
        base = (language or "").lower()
        first = next(iter(self.texts), "") if not base else ""
        for wanted in (base, base.split("-")[0], "en", first):
            if wanted in self.texts:
                return wanted, self.texts[wanted]
        return None


def template_values(mention: Mention, rule: Mapping[str, str]) -> dict[str, Any]:
    """Return what a template may show of one match."""
    return {
        "mention": mention,
        "author": mention.author,
        "brand": Brand(mention.brand or ""),
        "rule": rule,
    }


def read_template(node: Node, report: Report, *, setting: Setting | None = None) -> Template | None:
    """Return the checked template of one text, or None where it is at fault (reported).

    Args:
        setting: Of the rule it stands in; None for a template by name, which may be used anywhere.
    """
    if node.is_faulty:
        return None
    if node.is_mapping or node.is_list or node.value is None:
        report.error("R106", node.span, f"a template's text is wanted here, not {kind_of(node)}")
        return None
    source = text_of(node)
    if not source.strip() or len(source) > LONGEST_TEMPLATE:
        message = "the text is empty: nothing would be said"
        if source.strip():
            message = f"a template is at most {LONGEST_TEMPLATE} characters"
        report.error("R305", node.span, message)
        return None
    try:
        tree = _ENVIRONMENT.parse(source)
        if not _check(tree, report, span=node.span, setting=setting):
            return None
        made = _ENVIRONMENT.from_string(source)
    except (jinja2.TemplateError, SyntaxError, ValueError, OverflowError, RecursionError) as error:
        shown = str(error) or type(error).__name__
        report.error("R305", node.span, f"the template is not valid: {shown}")
        return None
    shows = frozenset(one.name for one in tree.find_all(nodes.Name)) & _OF_FIRINGS
    return Template(source, made.generate, shows, node.span)


def _check(tree: nodes.Template, report: Report, *, span: Span, setting: Setting | None) -> bool:
    before = len(report.problems)
    for node in _walk(tree):
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            help_text = suggest(node.name, FILTERS, what="Filters")
            report.error(
                "R305", span, f"unknown filter '{node.name}' in a template", help_text=help_text
            )
        elif isinstance(node, nodes.Test) and node.name not in TESTS:
            help_text = suggest(node.name, TESTS, what="Tests")
            report.error(
                "R305", span, f"unknown test '{node.name}' in a template", help_text=help_text
            )
        elif isinstance(node, nodes.For) and any(
            isinstance(inner, nodes.For) for part in node.body for inner in _walk(part)
        ):
            report.error("R305", span, "a loop within a loop is not allowed in a template")
        elif (step := _step(node)) is not None and (step.startswith("_") or not _path(node)):
            report.error("R306", span, f"'.{step[:60]}' is no field a template may show")
        elif not isinstance(node, _ALLOWED):
            what = type(node).__name__.lower()
            help_text = "templates show values: names, their fields, filters, if and for"
            report.error(
                "R305", span, f"'{what}' is not allowed in a template", help_text=help_text
            )
    if len(report.problems) == before:
        _check_names(tree, report, span=span, setting=setting)
    return len(report.problems) == before


def _walk(tree: nodes.Node) -> Iterator[nodes.Node]:
    yield tree
    for child in tree.iter_child_nodes():
        yield from _walk(child)


def _check_names(
    tree: nodes.Template, report: Report, *, span: Span, setting: Setting | None
) -> None:
    loops = {
        one.target.name for one in tree.find_all(nodes.For) if isinstance(one.target, nodes.Name)
    } | {"loop"}
    names = dict.fromkeys(one.name for one in tree.find_all(nodes.Name) if one.ctx == "load")
    for name in names:
        if name not in VARIABLES and name not in loops:
            help_text = suggest(name, VARIABLES, what="Variables")
            report.error(
                "R306", span, f"unknown variable '{name}' in a template", help_text=help_text
            )
        elif setting is not None and name in _OF_FIRINGS and name not in loops:
            _check_firing(name, report, span=span, setting=setting)
    paths = dict.fromkeys(filter(None, map(_path, _walk(tree))))
    for path in _longest(paths):
        if path[0] not in loops and path[0] in VARIABLES:
            _check_path(path, report, span=span, setting=setting)


def _check_firing(name: str, report: Report, *, span: Span, setting: Setting) -> None:
    if name == "key" and setting.keys is None:
        message = "'key' in a template: only rules over time (window, sequence, absent) have it"
        report.error("R306", span, message, help_text="use 'brand', 'author' or 'mention' here")
    elif name == "incident" and not setting.has_incident:
        message = "'incident' in a template: the rule opens none"
        report.error("R306", span, message, help_text="add an 'incident' action to the rule")


def _longest(paths: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the paths that are no beginning of another one."""
    found = list(paths)
    return [one for one in found if not any(other[: len(one)] == one != other for other in found)]


def _check_path(
    path: tuple[str, ...], report: Report, *, span: Span, setting: Setting | None
) -> None:
    """Report a path that leads to nothing, at its first step that does."""
    if path[0] == "key":
        keys = None if setting is None else setting.keys
        wanted = ".".join(path[1:])
        if keys is None or any(f"{key}.".startswith(f"{wanted}.") for key in keys):
            return
        help_text = suggest(wanted, keys, what="The rule's states are kept by")
        message = f"unknown variable 'key.{wanted}' in a template"
        report.error("R306", span, message, help_text=help_text)
        return
    for at in range(1, len(path)):
        owner = path[:at]
        fields = KNOWN.get(owner, ())
        if path[at] not in fields:
            shown = ".".join(path[: at + 1])
            help_text = suggest(path[at], fields, what=f"Fields of {'.'.join(owner)}")
            report.error(
                "R306", span, f"unknown variable '{shown}' in a template", help_text=help_text
            )
            return


def _step(node: nodes.Node) -> str | None:
    """Return the field that a node looks up, as ``a.b`` or as ``a['b']``."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return node.arg.value if isinstance(node.arg.value, str) else None
    return None


def _path(node: nodes.Node) -> tuple[str, ...] | None:
    steps = []
    while (step := _step(node)) is not None and isinstance(node, nodes.Getattr | nodes.Getitem):
        steps.append(step)
        node = node.node
    return (node.name, *reversed(steps)) if steps and isinstance(node, nodes.Name) else None


def _join(values: Any, joint: str = "") -> str:
    """Join a list's items; a text stays whole, so that output cannot grow by powers."""
    if isinstance(values, str):
        return values
    shown = itertools.islice((str(value) for value in values), LONGEST_OUTPUT)
    return str(joint)[:_LONGEST_JOINT].join(shown)[:LONGEST_OUTPUT]


def _replace(text: Any, old: str, new: str) -> str:
    """Replace a part of the text; only as much of it as can be shown is looked at."""
    return str(text)[:LONGEST_OUTPUT].replace(str(old), str(new)[:200])[:LONGEST_OUTPUT]


def _blank_if_none(value: Any) -> Any:
    return "" if value is None else value


def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        finalize=_blank_if_none,
        cache_size=0,
    )
    made.globals.clear()
    own = {"join": _join, "replace": _replace}
    made.filters = {name: own.get(name, made.filters[name]) for name in FILTERS}
    made.tests = {name: made.tests[name] for name in TESTS}
    return made


_ENVIRONMENT = _environment()
