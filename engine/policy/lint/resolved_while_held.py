"""Windows that resolve although they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint
from engine.policy.over_time import Measure, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject
    from engine.policy.over_time import Having

_LOW, _HIGH = frozenset({"at_most", "less_than"}), frozenset({"at_least", "more_than"})


class ResolvedWhileHeld(Lint):
    """A ``resolve: {below: …}`` where every measure is asked to stay low."""

    codes = ("R356",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at the ``below``."""
        window, resolve = rule.rule.over_time, rule.part.get("resolve")
        if not isinstance(window, Window) or resolve is None or not resolve.says("below"):
            return
        asked = list(_asked(window.having, negated=False))
        if all(not limits & _HIGH for _, limits in asked):
            kind = asked[0][0].kind
            yield rule.finding(
                "R356",
                resolve.at("below"),
                f"'{kind}' is asked to stay low, so it is below {window.below:.0%} of its "
                "threshold while the rule holds: it resolves at once",
                help_text="leave 'below' out: the rule then resolves when it does not hold",
            )


def _asked(having: Having, *, negated: bool) -> Iterator[tuple[Measure, frozenset[str]]]:
    """Yield each measure with the limits that must hold of it, those below ``not`` turned round."""
    turned = negated != (having.combiner == "not")
    for part in having.parts:
        if not isinstance(part, Measure):
            yield from _asked(part, negated=turned)
            continue
        names = frozenset(part.limits)
        if turned:
            names = frozenset(
                (_HIGH if names & _LOW else set()) | (_LOW if names & _HIGH else set())
            )
        yield part, names
