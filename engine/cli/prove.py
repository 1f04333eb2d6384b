"""Commands that prove policies on history: backtest, explain."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from engine.cli.options import (
    BrandOption,
    ConfigOption,
    FormatOption,
    MapOption,
    PolicyOption,
    SinceOption,
    configuration,
    read_since,
)
from engine.cli.output import Format, fail, note, print_json, print_text, print_written
from engine.cli.proving import (
    Input,
    InputOption,
    StoreOption,
    arrivals,
    chosen_policies,
    policies_of,
    run,
    simulation,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.proving.backtest import Backtest, Comparison
    from engine.proving.explain import Explanation
    from engine.settings import Configuration

UntilOption = Annotated[
    datetime | None,
    typer.Option(parser=read_since, help="Likewise; mentions of that instant are left out."),
]
AgainstOption = Annotated[
    str | None,
    typer.Option(help="A file, a folder or a stored revision: show what --policy would change."),
]
_MOST_EXPLAINED = 12  # rules shown to people who named none


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(backtest)
    app.command()(explain)


def backtest(  # noqa: PLR0913 - one parameter an option of the contract
    *,
    policy: PolicyOption = None,
    source: InputOption = None,
    store: StoreOption = False,
    fields: MapOption = None,
    brand: BrandOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    against: AgainstOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Run the engine on history, on virtual time, nothing sent: what would have been decided."""
    from engine.proving.backtest import Backtest, Comparison
    from engine.proving.history import Period

    if since is not None and until is not None and since >= until:
        fail("--since is not before --until: no mention could lie between them")
    found = configuration(config)
    policies = chosen_policies(found, policy)
    given, period = Input(source, fields, brand), Period(since, until)
    mentions = arrivals(found, given, is_store=store, period=period)
    if against is None:
        with Backtest.lists() as lists:
            result = Backtest(policies, lists)
            simulated = simulation(found, [policies])
            run(simulated, mentions, result.add, total=size(source))
            result.finish(simulated.states[0])
            _print(result, output, lambda: _print_backtest(result))
        return
    other = policies_of(found, against)
    with Comparison.lists() as lists:
        difference = Comparison(policies, other, lists)
        run(simulation(found, [policies, other]), mentions, difference.add, total=size(source))
        difference.finish()
        _print(difference, output, lambda: _print_comparison(difference))


def _print(
    result: Backtest | Comparison, output: Format, print_for_people: Callable[[], None]
) -> None:
    if output is Format.JSON:
        print_written(result.write)
    else:
        print_for_people()
    if result.duplicates:
        note(f"{result.duplicates:,} mention(s) stood there twice and were decided once")


def _print_backtest(result: Backtest) -> None:
    for line in result.load.lines():
        print_text(line)
    if result.dead_letters:
        print_text(f"\n{result.dead_letters:,} input(s) set aside")


def _print_comparison(result: Comparison) -> None:
    from engine.proving.views import shorten

    counts = ", ".join(f"{count:,} {name}" for name, count in result.counts.items())
    print_text(f"{result.mentions:,} mention(s): {counts}")
    for name, samples in result.samples.items():
        if samples:
            print_text(f"\n{name}:")
        for one, text in samples:
            about = f"{one['mention']}  {shorten(text)}" if "mention" in one else _incident(one)
            print_text(f"  {one['policy']}/{one['rule']}  {about}")
            if name == "changed":
                print_text(f"    {_difference(one['before'], one['after'])}")
        if result.counts[name] > len(samples):
            print_text(f"  and {result.counts[name] - len(samples):,} more")


def _incident(one: dict[str, Any]) -> str:
    """Return which incident a difference is about, in words."""
    key = "".join(f" {name}={value}" for name, value in one["key"].items())
    if "before" in one:
        return f"incident{key}"
    ended = f"resolved {one['resolved_at']}" if one["resolved_at"] else "still open at the end"
    return f"incident{key} opened {one['opened_at']}, {ended}, peak {one['peak']:g}"


def _difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Return in words what is not the same on both sides."""
    changes = [
        f"{key}: {_in_words(before[key])} -> {_in_words(after[key])}"
        for key in before
        if before[key] != after[key]
    ]
    return "; ".join(changes)


def _in_words(value: Any) -> str:
    from engine.proving.views import shorten

    if not isinstance(value, list):
        return "none" if value is None else str(value)
    told = [
        f"{one['action']} by {one['by']}"
        if "by" in one
        else f"{one['action']} ({one['state']}) {one['params']}"
        for one in value
    ]
    return shorten(", ".join(told) or "none", 300)


def explain(  # noqa: PLR0913 - one parameter an option of the contract
    *,
    mention: Annotated[str, typer.Option(help="The mention's id.")],
    rule: Annotated[
        str | None, typer.Option(help="The rule's id, or policy/rule; left out: every rule.")
    ] = None,
    policy: PolicyOption = None,
    source: InputOption = None,
    store: StoreOption = False,
    fields: MapOption = None,
    brand: BrandOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say why a rule fired for a mention, did not, or was held back; nearest miss first.

    With --input or --store the mentions up to that one are decided anew; without either, the log of
    past decisions answers, with the revision that decided.
    """
    found = configuration(config)
    if source is None and not store:
        if policy is not None:
            fail("--policy needs mentions: add --input FILE, or --store for those of the database")
        explanations = _from_log(found, mention, rule)
    else:
        explanations = _anew(found, mention, rule, paths=policy, given=Input(source, fields, brand))
    if output is Format.TEXT:
        _print_explanations(explanations)
    elif rule is not None:
        print_json(explanations[0].as_json())
    else:
        print_json({"mention": mention, "rules": [one.as_json() for one in explanations]})


def _anew(
    found: Configuration,
    mention: str,
    name: str | None,
    *,
    paths: list[Path] | None,
    given: Input,
) -> list[Explanation]:
    from engine.policy import Facts
    from engine.proving.explain import Search, by_nearness, chosen_rules, only, remembers
    from engine.proving.explain import explain as explain_rule
    from engine.proving.history import ALWAYS

    policies = chosen_policies(found, paths)
    rules = chosen_rules(policies, name)
    if name is not None and len(rules) != 1:
        _fail_rule(
            name, [f"{its.id}/{one.id}" for its, one in rules or chosen_rules(policies, None)]
        )
    alone = only(policies, rules)
    mentions = arrivals(found, given, is_store=given.source is None, period=ALWAYS)
    search = Search(mention, has_past=remembers(alone))
    tasks = frozenset[str]().union(*(one.tasks for _, one in rules))
    simulated = simulation(found, [alone], tasks)
    decided = search.decided(simulated, mentions)
    if decided is None:
        _fail_mention(mention, search.near, search.dead_letters)
    facts, (state,) = Facts(decided.mention, decided.classifications), simulated.states
    return by_nearness(
        explain_rule(
            its,
            one,
            decided,
            revision=policies.revision,
            views=state.over_time.look(its.id, one.id, facts),
        )
        for its, one in rules
    )


def _fail_rule(name: str, known: list[str]) -> NoReturn:
    from engine.policy.report import suggest

    if all(one.endswith(f"/{name}") for one in known):
        fail(f"several policies have a rule '{name}': name one of {', '.join(known)}")
    ids = {one.partition("/")[2]: None for one in known}
    fail(f"no rule '{name}'. {suggest(name, ids, what='Rules')}")


def _fail_mention(name: str, near: list[str], dead: int) -> NoReturn:
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    aside = f" ({dead:,} input(s) were set aside)" if dead else ""
    fail(f"no mention '{name}' stands there{aside}{hint}")


def _from_log(found: Configuration, mention: str, name: str | None) -> list[Explanation]:
    from engine.proving.logged import logged_explanations

    explanations = logged_explanations(found.settings.database.url, mention)
    if explanations is None:
        fail(f"no mention '{mention}' is stored; --input FILE looks for it in a file")
    chosen = [one for one in explanations if name in (None, one.rule, f"{one.policy}/{one.rule}")]
    if name is not None and not chosen:
        known = ", ".join(f"{one.policy}/{one.rule}" for one in explanations) or "none"
        fail(
            f"the log holds no decision of rule '{name}' about '{mention}' (it holds: {known}); "
            "--store --policy DIR explains it by the policies of today"
        )
    return chosen


def _print_explanations(found: list[Explanation]) -> None:
    from engine.proving.explain_text import explanation_lines

    for one in found[:_MOST_EXPLAINED]:
        print_text("\n".join(explanation_lines(one)) + "\n")
    if len(found) > _MOST_EXPLAINED:
        print_text(f"and {len(found) - _MOST_EXPLAINED:,} further away; --rule names one")
    if not found:
        note("no rule matched, and none was held back")
