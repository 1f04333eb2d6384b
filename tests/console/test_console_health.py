"""Health and metrics, and the page that describes the metrics."""

import re
from datetime import timedelta

import pytest

from engine.console.counts import CachedCounts
from engine.console.metrics import build_registry
from engine.errors import StoreUnavailableError
from engine.life.modes import Held
from engine.life.running import PolicyStatus, Refusal
from engine.problem import Problem, ProblemSeverity, Span
from engine.testing import NOON
from streams.runner_parts import RunnerStats


async def test_the_process_is_alive_even_without_its_database(console):
    console.reads.failure = StoreUnavailableError("the database is locked")

    assert (await console.client.get("/healthz")).status_code == 200


async def test_an_engine_that_waits_for_nothing_is_ready(console):
    answer = await console.client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "waiting": {},
        "failed_sources": {},
        "policies": None,
    }


async def test_what_the_runner_waits_for_is_named(console):
    console.stats.waiting["decide"] = "the database is full"

    answer = await console.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["waiting"] == {"decide": "the database is full"}


async def test_a_database_that_does_not_answer_is_waited_for(console):
    console.reads.failure = StoreUnavailableError("the database is locked")

    answer = await console.client.get("/readyz")

    assert (answer.status_code, answer.json()["waiting"]) == (
        503,
        {"database": "the database is locked"},
    )


async def test_a_stopping_engine_is_not_ready(console):
    console.parts.stopping.set()

    assert (await console.client.get("/readyz")).status_code == 503


async def test_a_failed_source_is_named_and_an_ended_one_is_not(console):
    console.stats.finished |= {"old-feed": "failed: gone (410)", "demo": "ended"}

    answer = await console.client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["failed_sources"] == {"old-feed": "failed: gone (410)"}


def refused_status():
    problem = Problem(
        "R104", ProblemSeverity.ERROR, Span("care.yaml", 4, 5), "unknown field <b>wehn</b>"
    )
    return PolicyStatus(
        "ab" * 32,
        7,
        NOON,
        refused=Refusal(NOON, "the policies have 1 problem(s)", (problem,)),
        held=(Held("care", "angry", "needs 20 reviewed drafts, has 3"),),
        reloads=2,
        refusals=1,
    )


async def test_a_refused_edit_is_told_and_leaves_the_engine_ready(console):
    console.parts.policies = refused_status()

    answer = await console.client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["policies"] == {
        "revision": "ab" * 32,
        "rules": 7,
        "since": "2026-03-02T12:00:00Z",
        "refused": "the policies have 1 problem(s)",
        "problems": ["care.yaml:4:5: R104: unknown field <b>wehn</b>"],
        "held": ["care/angry: needs 20 reviewed drafts, has 3"],
    }


async def test_metrics_tell_what_decides_and_what_was_refused(console):
    console.parts.policies = refused_status()

    found = await scraped(console)

    assert found[f'tocsin_policy_info{{revision="{"ab" * 32}"}}'] == 1
    assert found["tocsin_policy_refused"] == found["tocsin_policy_held"] == 1
    assert found['tocsin_policy_reloads_total{result="accepted"}'] == 2
    assert found['tocsin_policy_reloads_total{result="refused"}'] == 1


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_the_page_shows_a_refused_edit_and_what_is_held(console, language):
    console.parts.policies = refused_status()

    shown = (await console.client.get("/", headers={"accept-language": language})).text

    assert {"en": "Edit refused at 12:00", "fr": "Changement refusé à 12:00"}[language] in shown
    assert "care.yaml:4:5: R104: unknown field &lt;b&gt;wehn&lt;/b&gt;" in shown
    assert "needs 20 reviewed drafts, has 3" in shown


async def scraped(console):
    text = (await console.client.get("/metrics")).text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


async def test_metrics_follow_the_runner_and_the_store(console):
    console.stats.read, console.stats.dead_letters = 12, 2
    console.stats.waiting["store"] = "locked"
    console.stats.finished |= {"old-feed": "failed: gone (410)"}
    console.reads.states = {"sent": 4}

    found = await scraped(console)

    assert found["tocsin_mentions_read_total"] == 12
    assert found["tocsin_dead_letters_total"] == 2
    assert found['tocsin_waiting{part="store"}'] == 1
    assert found['tocsin_failed_sources{source="old-feed"}'] == 1
    assert found['tocsin_actions{state="sent"}'] == 4
    assert found['tocsin_actions{state="unknown"}'] == 0


async def test_metrics_outlive_their_database(console):
    await scraped(console)
    console.stats.read = 3
    console.clock.advance(timedelta(seconds=10))
    console.reads.failure = StoreUnavailableError("the database is locked")

    found = await scraped(console)

    assert (found["tocsin_mentions_read_total"], found["tocsin_backlog"]) == (3, 0)


@pytest.mark.parametrize(
    ("seconds", "times"),
    [pytest.param(1, 1, id="within two seconds"), pytest.param(2, 2, id="after two")],
)
async def test_many_scrapes_count_once(console, seconds, times):
    for _ in range(5):
        await scraped(console)
    console.clock.advance(timedelta(seconds=seconds))
    await scraped(console)

    assert console.reads.counted == times


async def test_a_clock_set_back_does_not_freeze_the_counts(console):
    await scraped(console)
    console.clock.advance(timedelta(hours=-1))
    await scraped(console)

    assert console.reads.counted == 2


class OneQueue:
    """Cases of one queue."""

    async def counts(self, now):
        return [{"queue": "care", "open": 2, "overdue": 1}]


async def test_the_page_of_metrics_and_the_metrics_agree(console, root):
    stats = RunnerStats(waiting={"store": "x"}, finished={"feed": "failed: x"}, event_time=NOON)
    counts = CachedCounts(console.reads, console.clock, OneQueue())
    await counts.fresh()
    kept = {}
    for family in build_registry(stats, counts, refused_status()).collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels}
        kept[name] = (family.type, labels)

    described = {}
    for line in (root / "docs" / "metrics.md").read_text("utf-8").splitlines():
        if found := re.match(r"\| `(tocsin_\w+)` \| (\w+) \| ([^|]*)\| \S", line):
            described[found[1]] = (found[2], set(re.findall(r"`(\w+)`", found[3])))

    assert described == kept
