"""Who matches the made-up rules in `rules.py`: Tocsin and its peers, all on the same predicates.

Each contender is a function from a mention to the ids of the rules that hold. Peers are given the
mention as a flat mapping, made anew for each mention as it would be in earnest; its words are cut
by one regular expression, which knows less of words than Tocsin's text queries do.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rules_made import LABELS, AtLeast, Equals, InList, Label, Words

from engine.decide import decide
from engine.policy import load_text
from engine.windows import WindowState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rules_made import Predicate, RuleSpec, World

    from engine.mention import Mention
    from engine.policy import Policy

    Contender = Callable[[Mention], list[str]]

_WORD = re.compile(r"\w+")


def policy_text(world: World, rules: Sequence[RuleSpec]) -> str:
    """Return the rules as a policy file."""
    body = {
        "policy": "bench",
        "brands": ["acme"],
        "lists": {name: list(handles) for name, handles in world.lists.items()},
        "rules": [
            {"id": f"r{at}", "when": [_as_condition(one) for one in rule], "then": [{"tag": ["t"]}]}
            for at, rule in enumerate(rules)
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=0)


def load_policy(text: str, mention: Mention) -> Policy:
    """Return the one policy of a file, as a run at the mention's time reads it.

    Raises:
        ValueError: The text is at fault.
    """
    made, problems = load_text(text, now=mention.published_at, tasks=LABELS)
    if made is None:
        raise ValueError("\n".join(one.as_text() for one in problems[:5]))
    return made.policies[0]


def tocsin(policy: Policy) -> Contender:
    """Return Tocsin's `decide`, its words cut and its traces made for each mention."""
    windows = WindowState()

    def run(mention: Mention) -> list[str]:
        decision = decide(
            policy, mention, mention.classifications, windows, now=mention.published_at
        )
        return [match.rule for match in decision.matches]

    return run


def closures(world: World, rules: Sequence[RuleSpec]) -> Contender:
    """Return a plain loop over one closure a rule, each as quick as Python can say it."""
    # One expression a rule, compiled: no calls but the rule's own, and `and` stops early.
    scope = {"groups": [], "lists": {name: frozenset(one) for name, one in world.lists.items()}}
    tests = [
        eval(f"lambda m: {' and '.join(_as_python(one, scope) for one in rule)}", scope)
        for rule in rules
    ]
    named = [(f"r{at}", test) for at, test in enumerate(tests)]

    def run(mention: Mention) -> list[str]:
        facts = flat(mention)
        return [name for name, test in named if test(facts)]

    return run


def rule_engine(world: World, rules: Sequence[RuleSpec]) -> Contender:
    """Return a loop over the rules of the package rule-engine."""
    import rule_engine as package  # noqa: PLC0415 - an extra that need not be there

    lists = {name: list(one) for name, one in world.lists.items()}
    made = [
        (f"r{at}", package.Rule(" and ".join(_as_rule(one, lists) for one in rule)))
        for at, rule in enumerate(rules)
    ]

    def run(mention: Mention) -> list[str]:
        facts = {**flat(mention)}
        facts["words"] = set(facts["words"])
        return [name for name, rule in made if rule.matches(facts)]

    return run


def zen_table(world: World, rules: Sequence[RuleSpec]) -> Contender:
    """Return a GoRules decision table that collects every row that holds."""
    import zen  # noqa: PLC0415 - an extra that need not be there

    # A row is given up at its first cell that fails, so the quickest columns stand first.
    columns = ("label", "value", "number", "list", "text")
    rows, fields = [], {}
    for at, rule in enumerate(rules):
        row = {"_id": str(at), "out": f"'r{at}'"}
        for one in rule:
            for kind, field, cell in _as_cells(one, world):
                fields[field] = (columns.index(kind), field)
                row[field] = f"{row[field]} and {cell}" if field in row else cell
        rows.append(row)
    ordered = sorted(fields, key=lambda column: fields[column])
    for row in rows:
        for column in ordered:
            row.setdefault(column, "")
    content = {
        "hitPolicy": "collect",
        "inputs": [
            {"id": column, "name": column, "field": fields[column][1], "type": "expression"}
            for column in ordered
        ],
        "outputs": [{"id": "out", "name": "out", "field": "rule", "type": "expression"}],
        "rules": rows,
    }
    decision = zen.ZenEngine().create_decision(json.dumps(_zen_graph(content)))

    def run(mention: Mention) -> list[str]:
        facts = flat(mention)
        del facts["words"]
        result = decision.evaluate(facts)["result"]
        return [row["rule"] for row in result]

    return run


def flat(mention: Mention) -> dict[str, Any]:
    """Return a mention as the peers see it."""
    words = _WORD.findall(mention.text.lower().replace("é", "e"))
    author, metrics = mention.author, mention.metrics
    facts: dict[str, Any] = {
        "source": mention.source,
        "language": mention.language,
        "kind": mention.kind,
        "handle": author.handle,
        "followers": author.followers,
        "likes": metrics.likes,
        "shares": metrics.shares,
        "words": frozenset(words),
        "text": f" {' '.join(words)} ",
    }
    for one in mention.classifications:
        facts[one.task] = one.label
        facts[f"{one.task}_score"] = one.score
    return facts


def _as_condition(predicate: Predicate) -> dict[str, Any]:
    match predicate:
        case Label(task, labels, at_least):
            return {task: {"in": list(labels), "at_least": at_least}}
        case Equals(path, values):
            return {path: {"in": list(values)}}
        case AtLeast(path, limit):
            return {path: {"at_least": limit}}
        case InList(name, is_negative):
            asked = {"author.handle": {"in_list": name}}
            return {"not": asked, "missing": "match"} if is_negative else asked
        case Words(groups):
            return {"text": " AND ".join(f"({' OR '.join(group)})" for group in groups)}


def _folded(words: Sequence[str]) -> list[str]:
    return [word.replace("é", "e") for word in words]


def _as_python(predicate: Predicate, scope: dict[str, Any]) -> str:
    match predicate:
        case Label(task, labels, at_least):
            asked = f"m['{task}'] == '{labels[0]}'"
            if len(labels) > 1:
                asked = f"m['{task}'] in {labels!r}"
            return f"{asked} and m['{task}_score'] >= {at_least}"
        case Equals(path, values):
            return f"m['{path}'] in {values!r}"
        case AtLeast(path, limit):
            return f"m['{path.rpartition('.')[2]}'] >= {limit}"
        case InList(name, is_negative):
            return f"m['handle'] {'not ' * is_negative}in lists['{name}']"
        case Words(groups):
            found = []
            for group in groups:
                scope["groups"].append(frozenset(_folded(group)))
                found.append(f"not groups[{len(scope['groups']) - 1}].isdisjoint(m['words'])")
            return " and ".join(found)


def _as_rule(predicate: Predicate, lists: Mapping[str, list[str]]) -> str:
    match predicate:
        case Label(task, labels, at_least):
            return f"{task} in {_quoted(labels)} and {task}_score >= {at_least}"
        case Equals(path, values):
            return f"{path} in {_quoted(values)}"
        case AtLeast(path, limit):
            return f"{path.rpartition('.')[2]} >= {limit}"
        case InList(name, is_negative):
            return f"{'not ' * is_negative}(handle in {_quoted(lists[name])})"
        case Words(groups):
            return " and ".join(
                f"({' or '.join(f'{json.dumps(word)} in words' for word in _folded(group))})"
                for group in groups
            )


def _as_cells(predicate: Predicate, world: World) -> list[tuple[str, str, str]]:
    """Return for each cell the kind of its column, the field it reads, and what it holds."""
    match predicate:
        case Label(task, labels, at_least):
            score = ("number", f"{task}_score", f"($ >= {at_least})")
            return [("label", task, f"($ in {_quoted(labels)})"), score]
        case Equals(path, values):
            return [("value", path, f"($ in {_quoted(values)})")]
        case AtLeast(path, limit):
            return [("number", path.rpartition(".")[2], f"($ >= {limit})")]
        case InList(name, is_negative):
            cell = f"$ in {_quoted(world.lists[name])}"
            return [("list", "handle", f"(not ({cell}))" if is_negative else f"({cell})")]
        case Words(groups):
            return [("text", "text", " and ".join(_as_search(group) for group in groups))]


def _as_search(group: Sequence[str]) -> str:
    # The table does not read parentheses around an `or` in a cell.
    words = [f" {word} " for word in _folded(group)]
    if len(words) == 1:
        return f"contains($, {_quoted(words)[1:-1]})"
    return f"some({_quoted(words)}, contains($, #))"


def _quoted(values: Sequence[str]) -> str:
    return f"[{', '.join(json.dumps(value, ensure_ascii=False) for value in values)}]"


def _zen_graph(content: Mapping[str, Any]) -> dict[str, Any]:
    nodes = [("in", "inputNode"), ("table", "decisionTableNode"), ("out", "outputNode")]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}}
            | ({"content": content} if name == "table" else {})
            for name, kind in nodes
        ],
        "edges": [
            {"id": f"{one}-{other}", "sourceId": one, "targetId": other, "type": "edge"}
            for one, other in (("in", "table"), ("table", "out"))
        ],
    }
