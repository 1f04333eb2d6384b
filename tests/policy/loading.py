"""Short ways to make policies and to ask conditions, for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.policy import Facts, load_text
from engine.problem import ProblemSeverity
from engine.testing import mention

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TASKS = {"intent": ("complaint", "question", "praise")}


def policy_of(text, **options):
    """The one policy of a text without errors."""
    made, problems = load_text(text, now=NOW, tasks=TASKS, **options)
    assert made is not None, "\n".join(
        one.as_text() for one in problems if one.severity is ProblemSeverity.ERROR
    )
    return made.policies[0]


def rule_of(when, *, head="", rest=""):
    """The one rule of a policy with this condition."""
    return policy_of(f"policy: a\n{head}rules:\n  - id: b\n    when: {when}\n{rest}").rules[0]


def holds(when, said="hello acme", classified=(), *, head="", **fields):
    """What a condition says of a mention; its trace must agree."""
    condition = rule_of(when, head=head).condition
    facts = Facts(mention(said, **fields), classified)
    answer = condition.evaluate(facts)
    assert condition.trace(facts).held is answer
    return answer
