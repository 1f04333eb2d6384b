"""The live view: what comes in, how people feel, which rules fire, what is planned and sent."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

import structlog
from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from engine.cli.output import notes
from engine.errors import StoreUnavailableError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from engine.app import Engine

_log = structlog.get_logger("tocsin.live")
_REFRESH_SECONDS = 0.5
_LINE_SECONDS = 10
_PAUSE_TO_WORK = 10
_ROWS = 7
_BAR = 28
_COLOURS = {"negative": "red", "neutral": "white", "positive": "green", "unknown": "dim"}
_RATE_SAMPLES = 20


class LiveView:
    """Shows a running engine until cancelled: a screen on a terminal, else a log line now and then.

    Args:
        address: Where the console listens.
        is_live: Whether there is a terminal to draw on.
    """

    def __init__(self, engine: Engine, address: str, *, is_live: bool) -> None:
        self._engine = engine
        self._address = address
        self._is_live = is_live
        self._samples: deque[tuple[float, int]] = deque(maxlen=_RATE_SAMPLES)

    async def show(self) -> None:
        """Draw until cancelled."""
        if not self._is_live:
            await self._lines()
        with Live(console=notes, refresh_per_second=4, transient=False) as live:
            loop = asyncio.get_running_loop()
            while True:
                began = loop.time()
                try:
                    live.update(await self.screen())
                except StoreUnavailableError as error:
                    live.update(Panel(_cell(str(error), "yellow"), title="Tocsin"))
                # Counting takes longer as the database grows: looking must never cost much.
                spent = loop.time() - began
                await asyncio.sleep(max(_REFRESH_SECONDS, spent * _PAUSE_TO_WORK))

    async def _lines(self) -> None:
        while True:
            await asyncio.sleep(_LINE_SECONDS)
            stats = self._engine.runner.stats
            _log.info(
                "progress",
                stored=stats.stored,
                decided=stats.decided,
                decisions=stats.decisions,
                waiting=dict(stats.waiting) or None,
            )

    async def screen(self) -> RenderableType:
        """Return what stands on the screen now.

        Raises:
            StoreUnavailableError: The database cannot be read for now.
        """
        queries = self._engine.store.queries
        counts = await queries.counts()
        overview = await queries.overview()
        mentions = await queries.mentions(limit=_ROWS)
        outcomes = await queries.outcomes(limit=_ROWS)
        body = Table.grid(expand=True, padding=(0, 1))
        body.add_column(ratio=1)
        body.add_column(ratio=1)
        body.add_row(_sentiment(overview["sentiment"]), _rules(overview["rules"]))
        return Panel(
            Group(self._headline(counts), body, _mentions(mentions), _outcomes(outcomes)),
            title="Tocsin",
            subtitle=Text(self._address),
        )

    def _headline(self, counts: dict[str, Any]) -> Text:
        stats = self._engine.runner.stats
        self._samples.append((asyncio.get_running_loop().time(), stats.decided))
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        rate = (after - before) / (last - first) if last > first else 0.0
        actions = "  ".join(
            f"{state.replace('_', ' ')} {count}" for state, count in counts["actions"].items()
        )
        line = Text.assemble(
            (f"{counts['mentions']:,} mentions", "bold"),
            f"  {rate:,.1f}/s  decided {counts['decided']:,}  decisions {counts['decisions']:,}",
            f"  dead letters {counts['dead_letters']}\nactions: {actions or 'none yet'}",
        )
        for part, why in stats.waiting.items():
            line.append("\n").append_text(_cell(f"{part} waits: {why}", "yellow"))
        for source, why in stats.finished.items():
            style = "bold red" if why.startswith("failed") else "dim"
            line.append("\n").append_text(_cell(f"source {source}: {why}", style))
        status = self._engine.running.status
        if status.refused is not None:
            told = (
                f"edit refused, {status.revision[:12]} goes on deciding: {status.refused.message}"
            )
            line.append("\n").append_text(_cell(told, "bold red"))
        for one in status.held[:_ROWS]:
            line.append("\n").append_text(_cell(f"runs as draft: {one.what}: {one.why}", "yellow"))
        return line


def _sentiment(counts: dict[str, int]) -> Panel:
    total = sum(counts.values()) or 1
    text = Text()
    for label in ("negative", "neutral", "positive", "unknown"):
        share = counts.get(label, 0) / total
        text.append(f"{label:<9}", style=_COLOURS[label])
        text.append("█" * round(share * _BAR), style=_COLOURS[label])
        text.append(f" {share:.0%}\n")
    return Panel(text, title="sentiment")


def _rules(rules: list[dict[str, Any]]) -> Panel:
    table = Table.grid(padding=(0, 1))
    for row in rules[:_ROWS]:
        table.add_row(f"{row['count']:>4}", _cell(row["rule"]), _cell(row["mode"], "dim"))
    return Panel(table if rules else Text("none fired yet", style="dim"), title="rules")


def _mentions(rows: list[dict[str, Any]]) -> Panel:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=5)
    table.add_column(width=9)
    table.add_column(width=8)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for row in rows:
        label = row["classifications"].get("sentiment", {}).get("label", "unknown")
        table.add_row(
            row["published_at"][11:16],
            _cell(row["source"][:9]),
            _cell(label, _COLOURS.get(label, "")),
            _cell(" ".join(row["text"].split())),
        )
    return Panel(table, title="latest mentions")


def _outcomes(rows: list[dict[str, Any]]) -> Panel:
    table = Table.grid(padding=(0, 1), expand=True)
    for row in rows:
        why = f"({row['reason']})" if row["reason"] else ""
        told = (row["state"], row["action"], row["rule"], row["mention"], why)
        table.add_row(row["at"][11:19], *map(_cell, told))
    return Panel(table if rows else Text("none yet", style="dim"), title="outcomes")


def _cell(text: str, style: str = "") -> Text:
    """Return text as it stands: neither control characters nor markup of a mention take effect."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return Text(plain, style=style)
