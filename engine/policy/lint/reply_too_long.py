"""Replies that a platform would refuse for their length, whatever is filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
from jinja2 import nodes

from engine.policy.lint.admitted import admitted
from engine.policy.lint.base import Finding, Lint
from engine.policy.platform import pack_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject
    from engine.policy.platform import LengthLimit
    from engine.policy.rule import PlannedAction
    from engine.policy.templates import Template


class ReplyTooLong(Lint):
    """A template whose fixed words alone are over the limit of a platform the rule names."""

    codes = ("R347",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at each such reply, once a platform."""
        replies = [action for action in rule.rule.actions if action.template is not None]
        if not replies or rule.true is None:
            return
        sources = admitted("source", [rule.true], rule.policy.context()) or frozenset()
        for action in replies:
            for name in sorted(sources):
                pack = pack_of(rule.policy.platforms, name)
                found = [_too_long(action, name, limit) for limit in pack.length] if pack else []
                for message in filter(None, found):
                    help_text = "shorten it, or answer that platform with a template of its own"
                    yield rule.finding("R347", action.span, message, help_text=help_text)


def _too_long(action: PlannedAction, platform: str, limit: LengthLimit) -> str:
    assert action.template is not None  # noqa: S101 - those without are left out above
    counts = {
        language: limit.count(least_text(template))
        for language, template in action.template.texts.items()
    }
    over = {language: count for language, count in counts.items() if count > limit.most}
    if not over:
        return ""
    shown = ", ".join(f"{language} {count}" for language, count in over.items())
    return (
        f"template '{action.template.name}' is longer than the {limit.most} {limit.unit.called}"
        f" that {platform} allows, before anything is filled in: {shown}"
    )


def least_text(template: Template) -> str:
    """Return the words that a template always says, of branches those of the shortest."""
    tree = jinja2.Environment(autoescape=False).parse(template.source)  # noqa: S701 - plain text
    return _least(tree.body).strip()


def _least(body: list[nodes.Node]) -> str:
    return "".join(map(_of_node, body))


def _of_node(node: nodes.Node) -> str:
    if isinstance(node, nodes.TemplateData):
        return node.data
    if isinstance(node, nodes.Output):
        return _least(list(node.nodes))
    if isinstance(node, nodes.If):
        branches = [node.body, *(one.body for one in node.elif_), node.else_]
        return min((_least(list(branch)) for branch in branches), key=len)
    return ""
