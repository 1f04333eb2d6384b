"""Mentions a second that many rules let through, against what else could match them.

    pip install '.[bench]'
    python benchmarks/rules.py

The same made-up mentions and rules for all: 500 rules, then 10,000, each two to four predicates
(labels with scores, values, thresholds, lists, words); then 2,000 text queries of five terms for
Tocsin alone. What is timed of Tocsin is `decide`, cutting the words included. All take turns in
short rounds and the medians are printed, in seconds of processor time: the machine may be busy.
The figures to watch are the ratios.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from itertools import cycle
from statistics import median
from typing import TYPE_CHECKING, Any

from rules_contenders import closures, load_policy, policy_text, rule_engine, tocsin, zen_table
from rules_made import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules_contenders import Contender

    from engine.mention import Mention

_SIZES = (500, 10_000)
_QUERIES = 2_000
_MENTIONS = 4_000
_COMPARED = 10  # mentions of which all contenders must say the same
_ROUND_SECONDS = 0.5
_PEERS = {"closures": closures, "zen-engine table": zen_table, "rule-engine": rule_engine}
_OURS = "tocsin"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    world = World()
    rules = [world.rule() for _ in range(max(_SIZES))]
    queries = [world.query() for _ in range(_QUERIES)]
    mentions = [world.mention(number) for number in range(_MENTIONS)]
    ours: dict[int, float] = {}
    for size in _SIZES:
        contenders = _contenders(world, rules[:size])
        _check_equal(contenders, mentions[:_COMPARED])
        rates = _rates(contenders, mentions, rounds=arguments.rounds)
        ours[size] = rates[_OURS]
        _print_table(f"{size:,} rules", rates, _matches(contenders[_OURS], mentions))
    small, large = _SIZES
    print(f"{large:,} rules cost {ours[small] / ours[large]:.2f} times what {small:,} cost\n")
    _tell(f"reading {_QUERIES:,} text queries")
    policy = load_policy(_queries_text(queries), mentions[0])
    asked: dict[str, Contender] = {_OURS: tocsin(policy)}
    rates = _rates(asked, mentions, rounds=arguments.rounds)
    title = f"{_QUERIES:,} text queries of five terms"
    _print_table(title, rates, _matches(asked[_OURS], mentions))


def _contenders(world: World, rules: list[Any]) -> dict[str, Contender]:
    """Return Tocsin and those peers that are installed."""
    _tell(f"reading {len(rules):,} rules")
    policy = load_policy(policy_text(world, rules), world.mention(0))
    policy.index  # noqa: B018 - made when first asked for
    found = {_OURS: tocsin(policy)}
    for name, make in _PEERS.items():
        try:
            found[name] = make(world, rules)
        except ImportError as error:
            _tell(f"{name} is not here ({error}): pip install '.[bench]'")
    return found


def _check_equal(contenders: Mapping[str, Contender], mentions: list[Mention]) -> None:
    """Stop where a contender finds other rules than Tocsin: it would be timed on other work."""
    for mention in mentions:
        wanted = contenders[_OURS](mention)
        for name, run in contenders.items():
            found = run(mention)
            if found != wanted:
                message = f"{name} matches {found} where Tocsin matches {wanted}: {mention}"
                raise SystemExit(message)


def _rates(
    contenders: Mapping[str, Contender], mentions: list[Mention], *, rounds: int
) -> dict[str, float]:
    """Return the median of each contender's mentions a second; they take turns."""
    streams = {name: cycle(mentions) for name in contenders}
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name, run in contenders.items():
            _tell(f"round {number + 1} of {rounds}: {name}")
            stream, count = streams[name], 0
            started = time.process_time()
            while (spent := time.process_time() - started) < _ROUND_SECONDS:
                # The clock is read once in a while: it costs as much as a rule.
                for _ in range(1 + count // 8):
                    run(next(stream))
                    count += 1
            measured[name].append(count / spent)
    return {name: median(one) for name, one in measured.items()}


def _matches(run: Contender, mentions: list[Mention]) -> str:
    found = [len(run(mention)) for mention in mentions]
    share = sum(1 for count in found if count) / len(found)
    return f"{share:.1%} of the mentions match, {sum(found) / len(found):.2f} rules a mention"


def _print_table(title: str, rates: Mapping[str, float], matches: str) -> None:
    print(f"{title}; {matches}")
    print(f"{'':<20}{'mentions/s':>12}{'tocsin is faster by':>22}")
    for name, rate in rates.items():
        print(f"{name:<20}{rate:>12,.0f}{rates[_OURS] / rate:>21,.1f}x")
    print(flush=True)


def _queries_text(queries: list[str]) -> str:
    rules = [{"id": f"q{at}", "when": {"text": query}} for at, query in enumerate(queries)]
    return json.dumps({"policy": "bench", "rules": rules}, ensure_ascii=False, indent=0)


def _tell(what: str) -> None:
    print(f"\r{what:<70}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
