"""The live view over a real store, rendered to text: all there, and nothing that drives a terminal."""

from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from engine.cli.live import LiveView
from engine.decision import ActionState, Decision, Match, Mode, Severity, TraceNode
from engine.life.modes import Held
from engine.life.running import PolicyStatus, Refusal
from engine.ports import Decided, Settled
from engine.store import Store
from engine.testing import NOON, given, mention
from streams.runner_parts import RunnerStats
from tests.store.samples import action, batch

ESCAPE = "\x1b]0;mine\x07\x1b[31m"


@pytest.fixture
async def opened(sqlite_url):
    store = await Store.open(sqlite_url)
    yield store
    await store.close()


async def rendered(store, stats=None, status=None):
    runner = SimpleNamespace(stats=stats or RunnerStats())
    running = SimpleNamespace(status=status or PolicyStatus("ab" * 32, 7, NOON))
    view = LiveView(
        SimpleNamespace(store=store, runner=runner, running=running),
        "http://[fe80::1]:8080",
        is_live=True,
    )
    out = StringIO()
    Console(file=out, width=160).print(await view.screen())
    return out.getvalue()


async def fill(store, said):
    """Store a mention, what one rule says of it, and a sent action."""
    await store.log.append(batch(said), observed_at=NOON)
    (entry,) = await store.log.undecided(limit=5)
    planned = replace(action(), state=ActionState.PLANNED)
    match = Match(
        "refund", "r1", Severity.MINOR, Mode.ENFORCE, (planned,), TraceNode("text", held=True)
    )
    decision = Decision("care", "p1", said.id, NOON, (match,), ())
    answers = given(sentiment="negative")
    await store.log.record([Decided(entry.seq, said, answers, (decision,))], state={}, at=NOON)
    await store.outbox.claim(now=NOON, limit=5)
    await store.outbox.settle([Settled(planned.id, ActionState.SENT)], at=NOON)


async def test_an_empty_store_is_shown_as_such(opened):
    text = await rendered(opened)

    assert "0 mentions" in text
    assert "none fired yet" in text
    assert "actions: none yet" in text
    assert "http://[fe80::1]:8080" in text


async def test_what_came_in_what_fired_and_what_was_sent_are_shown(opened):
    await fill(opened, mention("a refund,\n please", source="mastodon", external_id="7"))

    text = await rendered(opened)

    assert "1 mentions" in text
    assert "decided 1  decisions 1" in text
    assert "12:00 mastodon  negative a refund, please" in text
    assert "negative ████████████████████████████ 100%" in text
    assert "actions: sent 1" in text
    (outcome,) = [line for line in text.splitlines() if "mastodon:7" in line]
    assert "sent" in outcome
    assert "refund" in outcome


async def test_what_waits_and_what_ended_is_told(opened):
    stats = RunnerStats(
        waiting={"press": "no route [b]now[/b]"}, finished={"gone": "failed: 410", "file": "ended"}
    )

    text = await rendered(opened, stats)

    assert "press waits: no route [b]now[/b]" in text
    assert "source gone: failed: 410" in text
    assert "source file: ended" in text


async def test_a_refused_edit_and_what_is_held_are_told(opened):
    status = PolicyStatus(
        "ab" * 32,
        7,
        NOON,
        refused=Refusal(NOON, "the policies have 3 problem(s)"),
        held=(Held("care", "angry", "needs 20 reviewed drafts, has 3"),),
    )

    text = await rendered(opened, status=status)

    assert "edit refused, abababababab goes on deciding: the policies have 3 problem(s)" in text
    assert "runs as draft: care/angry: needs 20 reviewed drafts, has 3" in text


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(f"{ESCAPE}text", id="terminal control sequences"),
        pytest.param("[/not] [bold]a tag[/]", id="markup of the screen's own library"),
        pytest.param("\u202etxet\u2066", id="changes of the direction of writing"),
    ],
)
async def test_nothing_in_a_mention_drives_the_terminal(opened, hostile):
    await fill(opened, mention(hostile, source=hostile, external_id=hostile))
    stats = RunnerStats(waiting={"press": hostile})

    text = await rendered(opened, stats)

    assert not {"\x1b", "\x07", "\u202e", "\u2066"} & set(text)
    assert hostile.strip("\x1b\x07\u202e\u2066")[-4:] in text
