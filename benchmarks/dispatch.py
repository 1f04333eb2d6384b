"""Actions a second through all gates to a platform on loopback, and what the gates cost of it.

    python benchmarks/dispatch.py [--actions 250] [--rounds 3]

Replies to as many authors go to a strict imitation of a Mastodon server, a process of its own, each
answered under a key after its mention was read: two requests an action once the instance is known.
Then actions are decided one by one at half the rate that was reached, and the time from the moment
a decision is stored to the moment its request is written is measured. The gates' own time, with the
turn of the ledger they are asked in, is set against that; a bare client that sends the same
requests, without store and gates, is the peer beside it. A phase stays below the 300 actions in
five minutes that the platform's pack allows an account.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx

from engine.app_dispatch import dispatcher_of, join_parts
from engine.app_gates import build_gates, last_look
from engine.clock import SystemClock
from engine.decision import Action, ActionState, Decision, Match, Mode, Severity
from engine.life.loader import load_checked
from engine.life.places import Places
from engine.life.running import Running
from engine.mention import Author, Mention
from engine.ports import Decided, SourceBatch
from engine.settings_file import read_configuration
from engine.store import Store
from tests.platforms.imitation import Remote
from tests.platforms.mastodon_server import TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_POLICY = """
policy: care
templates:
  sorry: {en: "Sorry."}
rules:
  - id: angry
    mode: enforce
    when: {text: mention}
    then: [{reply: {template: sorry, approval: none}}]
"""
_CONFIG = """
policies: [policy.yaml]
limits:
  caps: {account: {most: 1000000}, rule: {most: 1000000}}
  duplicates: {authors: 1000000}
accounts:
  - name: care
    platform: mastodon
    base_url: "%s"
    token: ${BENCH_TOKEN}
    handle: "@acme"
    account_id: "1"
    is_automated: true
"""


class Timed:
    """Every gate with a watch: how long actions stood before it."""

    def __init__(self, gates: Sequence[Any], last: Sequence[Any]) -> None:
        self.gates = [self._watched(one) for one in gates]
        self.last = [self._watched(one) for one in last]
        self.spent: dict[str, float] = {}

    def _watched(self, gate: Any) -> Any:
        name = type(gate).__name__

        async def watched(items: Any, *, now: Any) -> Any:
            begun = time.perf_counter()
            try:
                return await gate(items, now=now)
            finally:
                self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - begun

        return watched


class Noting:
    """Receivers that note when each send begins."""

    def __init__(self, receivers: Any) -> None:
        self._receivers = receivers
        self.begun: dict[str, float] = {}

    def for_item(self, item: Any) -> Any:
        """Return the receiver of an action, with a note taken of each send."""
        receiver, begun = self._receivers.for_item(item), self.begun

        class Noted(type(receiver)):  # type: ignore[misc]
            async def send(self, item: Any, *, now: Any) -> Any:
                begun.setdefault(item.action.id, time.perf_counter())
                return await receiver.send(item, now=now)

        noted = object.__new__(Noted)
        noted.__dict__.update(receiver.__dict__)
        return noted


class World:
    """One fresh database and one server, with everything between them."""

    def __init__(self, folder: Path, remote: Remote) -> None:
        self.remote = remote
        self.clock = SystemClock()
        (folder / "policy.yaml").write_text(_POLICY, "utf-8")
        (folder / "config.yaml").write_text(_CONFIG % remote.url, "utf-8")
        self.configuration, _ = read_configuration(
            folder / "config.yaml", {**os.environ, "BENCH_TOKEN": TOKEN}
        )
        self.url = f"sqlite:///{folder}/bench.db"
        self.number = 0
        self.decided: dict[str, float] = {}

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[tuple[Any, Timed, Noting]]:
        """Open the database and build what sends, its gates and sends watched."""
        now = self.clock.now()
        policies, _ = load_checked(Places.of(self.configuration, None), now=now)
        running = Running(policies, (), since=now)
        self.store = await Store.open(self.url)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.store.close)
            parts, receivers = await join_parts(
                stack, self.configuration, running, store=self.store
            )
            timed, noting = Timed(build_gates(parts), last_look(parts)), Noting(receivers)
            yield (
                dispatcher_of(parts, noting, self.clock, gates=timed.gates, last=timed.last),
                timed,
                noting,
            )

    async def decide(self, named: str) -> None:
        """Store one mention and the reply it brings."""
        self.number += 1
        now, key = self.clock.now(), f"{self.number:064x}"
        said = Mention(
            f"mastodon:{named}",
            "mastodon",
            named,
            f"@acme mention {self.number}",
            now,
            language="en",
            author=Author(id=f"b{self.number}", handle=f"@bob{self.number}"),
        )
        await self.store.log.append(SourceBatch("bench", (said,)), observed_at=now)
        [entry] = await self.store.log.undecided(limit=2)
        params = {"text": f"Answer {self.number}", "approval": "none", "language": "en"}
        reply = Action(key, "reply", 0, params, Mode.ENFORCE, ActionState.PLANNED)
        match = Match("angry", f"r{self.number}", Severity.MINOR, Mode.ENFORCE, (reply,))
        decision = Decision("care", "p1", said.id, now, (match,))
        await self.store.log.record([Decided(entry.seq, said, (), (decision,))], state={}, at=now)
        self.decided[key] = time.perf_counter()


async def throughput(world: World, names: Sequence[str]) -> tuple[float, float, dict[str, float]]:
    """Return actions a second, seconds in gates an action, and each gate's share of these."""
    async with world.engine() as (dispatcher, timed, _):
        for named in names:
            await world.decide(named)
        begun = time.perf_counter()
        await dispatcher.run_until_idle(asyncio.Event())
        spent = time.perf_counter() - begun
        counts = await world.store.queries.counts()
        if counts["actions"] != {"sent": len(names)}:
            message = f"not everything was sent: {counts['actions']}"
            raise SystemExit(message)
    return len(names) / spent, sum(timed.spent.values()) / len(names), timed.spent


async def latency(world: World, names: Sequence[str], rate: float) -> tuple[list[float], float]:
    """Return seconds from decision to send, at a rate, and seconds in gates an action."""
    stop, wake = asyncio.Event(), asyncio.Event()
    async with world.engine() as (dispatcher, timed, noting):
        task = asyncio.create_task(dispatcher.run(stop, wake))
        begun = time.perf_counter()
        for number, named in enumerate(names):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            await world.decide(named)
            wake.set()
        while len(noting.begun) < len(names):  # noqa: ASYNC110 - watched from outside
            await asyncio.sleep(0.05)
        stop.set()
        wake.set()
        await task
        waits = [noting.begun[key] - world.decided[key] for key in noting.begun]
    return waits, sum(timed.spent.values()) / len(names)


async def bare(url: str, names: Sequence[str]) -> float:
    """Return actions a second of a client that only sends the two requests, eight at once."""
    gate = asyncio.Semaphore(8)
    headers = {"authorization": f"Bearer {TOKEN}", "user-agent": "tocsin/bench"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:

        async def one(number: int, named: str) -> None:
            async with gate:
                (await client.get(f"/api/v1/statuses/{named}")).raise_for_status()
                said = f"@bob{number} Answer"
                form = {"status": said, "in_reply_to_id": named, "visibility": "public"}
                key = {"idempotency-key": f"bare-{named}"}
                answer = await client.post("/api/v1/statuses", data=form, headers=key)
                answer.raise_for_status()

        begun = time.perf_counter()
        await asyncio.gather(*(one(*numbered) for numbered in enumerate(names)))
        return len(names) / (time.perf_counter() - begun)


def mentions(remote: Remote, count: int) -> list[str]:
    """Have so many people write to us on the server."""
    found: list[str] = []
    for number in range(count):
        text = f"@acme mention {number}"
        found.append(remote.do("add_status", by=f"bob{number}", text=text))  # type: ignore[no-untyped-call]
    return found


def measure(count: int) -> dict[str, float]:
    """Measure one round on a server and databases of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = folder / "port"
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.sending_servers", "--port-file", str(port)],
            cwd=Path(__file__).parents[1],
        )
        try:
            while not port.exists():
                time.sleep(0.05)
            remote = Remote(int(port.read_text("utf-8")))  # type: ignore[no-untyped-call]
            return asyncio.run(_round(folder, remote, count))
        finally:
            server.kill()
            server.wait()


async def _round(folder: Path, remote: Remote, count: int) -> dict[str, float]:
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    alone = await bare(remote.url, mentions(remote, count))
    rate, gates, by_gate = await throughput(World(folder / "a", remote), mentions(remote, count))
    waits, calm = await latency(World(folder / "b", remote), mentions(remote, count), rate / 2)
    p99 = quantiles(waits, n=100)[98]
    slowest = max(by_gate, key=lambda name: by_gate[name])
    print(
        f"{rate:6.0f} actions/s (bare client {alone:.0f}); gates {gates * 1e3:.1f} ms an action, "
        f"most in {slowest}; at half load decision to send median {median(waits) * 1e3:.0f} ms, "
        f"p99 {p99 * 1e3:.0f} ms, gates {calm * 1e3:.1f} ms: {calm / p99:.1%} of p99"
    )
    return {"rate": rate, "alone": alone, "gates": gates, "p99": p99, "share": calm / p99}


def main() -> None:
    """Print each round, then the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    rounds = [measure(chosen.actions) for _ in range(chosen.rounds)]
    middle = {name: median(one[name] for one in rounds) for name in rounds[0]}
    print(
        f"median of {len(rounds)}: {middle['rate']:.0f} actions/s, "
        f"{middle['rate'] / middle['alone']:.2f} of a bare client; "
        f"p99 {middle['p99'] * 1e3:.0f} ms from decision to send at half load, "
        f"gates {middle['share']:.1%} of it"
    )


if __name__ == "__main__":
    main()
