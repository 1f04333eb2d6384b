"""What is happening, and what keeps people from being told a thing twice or at the wrong time."""

from __future__ import annotations

from engine.incidents.cause import Cause
from engine.incidents.incident import Incident, IncidentState, TimelineEntry, firing_id
from engine.incidents.life import Act, OperatorAct
from engine.incidents.register import IncidentChange, Incidents
from engine.incidents.silence import Silence, hold_back

__all__ = [
    "Act",
    "Cause",
    "Incident",
    "IncidentChange",
    "IncidentState",
    "Incidents",
    "OperatorAct",
    "Silence",
    "TimelineEntry",
    "firing_id",
    "hold_back",
]
