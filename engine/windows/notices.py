"""Telling people of an incident anew, with growing gaps, until somebody takes it in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from engine.decision import Firing
    from engine.incidents import Incident, IncidentChange, Incidents
    from engine.mention import Mention
    from engine.windows.over_time import OverTime


def notices(
    incidents: Incidents, until: datetime, news: list[IncidentChange]
) -> Iterator[tuple[Incident, datetime]]:
    """Yield the incidents that people are to be told of again until an instant, each with when.

    The first notice is what the rule plans on entering, so it is only noted.

    Args:
        news: Every notice is added, as what became of its incident.
    """
    while True:
        due = incidents.due(until)
        if not due:
            return
        incident = due[0]
        at = incident.next_notice or until
        news.append(incidents.notified(incident.id, at))
        if incident.last_notice is not None:
            yield incident, at


def firing_of(
    incident: Incident, over_time: OverTime
) -> Iterator[tuple[str, str, Firing, Mention]]:
    """Yield the policy, rule, firing and latest mention of what still fires of an incident."""
    for one in incident.firing_now:
        found = over_time.latest(one.policy, one.rule, one.key)
        if found is not None:
            yield one.policy, one.rule, *found
