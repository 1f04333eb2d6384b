"""What operators scrape: the runner's counters and the store's counts, by Prometheus' names."""

# No postponed annotations: FastAPI reads them when the routes are made.

from collections.abc import Iterable, Iterator

import structlog
from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from engine import __version__
from engine.console.counts import CachedCounts
from engine.console.health import failed_sources
from engine.console.parts import CountsOf, PartsOf, Stats
from engine.decision import ActionState
from engine.errors import StoreError
from engine.life.running import PolicyStatus

_log = structlog.get_logger("tocsin.console")
router = APIRouter(tags=["health"])

# Name, the runner's field, help. `docs/metrics.md` is checked against what the collector yields.
_COUNTERS = (
    ("tocsin_mentions_read", "read", "Inputs read from the sources since the start."),
    ("tocsin_mentions_stored", "stored", "Mentions stored since the start."),
    ("tocsin_mentions_duplicates", "duplicates", "Inputs that were stored before."),
    ("tocsin_dead_letters", "dead_letters", "Inputs that were no mention, set aside."),
    ("tocsin_mentions_classified", "classified", "Mentions classified since the start."),
    ("tocsin_mentions_decided", "decided", "Mentions decided since the start."),
    ("tocsin_decisions", "decisions", "Rules that matched, one a rule and mention."),
    ("tocsin_alerts", "incidents", "Rules over time that entered since the start."),
    ("tocsin_faults", "faults", "Mentions a stage failed on; each is a dead letter too."),
)
_CASES = (
    ("open", "Cases that are not resolved, by queue; empty for those of a person alone."),
    ("overdue", "Cases past their time and not resolved, by queue."),
)


class EngineCollector(Collector):
    """Reads the runner and the last counts at each scrape; keeps nothing of its own."""

    def __init__(
        self, stats: Stats, counts: CachedCounts, policies: PolicyStatus | None = None
    ) -> None:
        self._stats = stats
        self._counts = counts
        self._policies = policies

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, those of the store only once it has answered."""
        for name, field, text in _COUNTERS:
            yield CounterMetricFamily(name, text, value=getattr(self._stats, field))
        stats = self._stats
        yield GaugeMetricFamily(
            "tocsin_incidents_open",
            "Incidents that are not resolved.",
            value=stats.open_incidents,
        )
        if stats.event_time is not None:
            yield GaugeMetricFamily(
                "tocsin_event_time_seconds",
                "How far event time has come, in seconds since 1970: the watermark.",
                value=stats.event_time.timestamp(),
            )
        waits = "1 for each part that cannot go on."
        yield _flags("tocsin_waiting", waits, "part", stats.waiting)
        ended = "1 for each source that stopped for good."
        yield _flags("tocsin_failed_sources", ended, "source", failed_sources(stats))
        build = GaugeMetricFamily(
            "tocsin_build_info", "Always 1; the version is the label.", labels=["version"]
        )
        build.add_metric([__version__], 1)
        yield build
        if self._policies is not None:
            yield from _policies(self._policies)
        if self._counts.last is not None:
            yield from self._stored()

    def _stored(self) -> Iterator[Metric]:
        stored = self._counts.last.stored if self._counts.last else {}
        yield GaugeMetricFamily(
            "tocsin_backlog", "Stored mentions that are not decided yet.", value=stored["backlog"]
        )
        actions = GaugeMetricFamily("tocsin_actions", "Actions by state.", labels=["state"])
        for state in ActionState:
            actions.add_metric([state.value], stored["actions"].get(state.value, 0))
        yield actions
        yield GaugeMetricFamily(
            "tocsin_halts", "Scopes that people have halted.", value=len(stored["halted"])
        )
        for which, text in _CASES:
            family = GaugeMetricFamily(f"tocsin_cases_{which}", text, labels=["queue"])
            for row in self._counts.last.cases if self._counts.last else ():
                family.add_metric([row["queue"]], row[which])
            yield family


def _policies(status: PolicyStatus) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "tocsin_policy_info", "Always 1; what decides now is the label.", labels=["revision"]
    )
    info.add_metric([status.revision], 1)
    yield info
    for name, text, value in (
        ("tocsin_policy_rules", "Rules of what decides now.", status.rules),
        ("tocsin_policy_held", "Rules and actions held at draft.", len(status.held)),
        (
            "tocsin_policy_refused",
            "1 while the files on the disk did not take effect.",
            int(status.refused is not None),
        ),
    ):
        yield GaugeMetricFamily(name, text, value=value)
    reloads = CounterMetricFamily(
        "tocsin_policy_reloads", "Edits taken up or refused since the start.", labels=["result"]
    )
    reloads.add_metric(["accepted"], status.reloads)
    reloads.add_metric(["refused"], status.refusals)
    yield reloads


def _flags(name: str, text: str, label: str, names: Iterable[str]) -> Metric:
    """Return a gauge that is 1 for each name."""
    family = GaugeMetricFamily(name, text, labels=[label])
    for one in sorted(names):
        family.add_metric([one], 1)
    return family


def build_registry(
    stats: Stats, counts: CachedCounts, policies: PolicyStatus | None = None
) -> CollectorRegistry:
    """Return a registry of one engine's own: two in one process do not meet."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EngineCollector(stats, counts, policies))
    return registry


@router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
async def metrics(parts: PartsOf, counts: CountsOf) -> Response:
    """Answer in Prometheus' text format; a database that does not answer leaves its last counts."""
    try:
        await counts.fresh()
    except StoreError as error:
        _log.warning("metrics without fresh counts", why=str(error))
    registry = build_registry(parts.stats, counts, parts.policies)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
