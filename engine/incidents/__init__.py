"""What is happening, whom it is told, and what keeps people from being told it at the wrong time.

`register` groups firings into incidents; `silence`, `inhibit` and `mute` hold matches back, each
with a `hold_back` of its own; `escalation` runs chains.
"""

from __future__ import annotations

from engine.incidents.cause import Cause
from engine.incidents.escalation import ChainRun, NotTold, Telling, telling_now
from engine.incidents.incident import Incident, IncidentState, TimelineEntry, firing_id
from engine.incidents.inhibit import FiringNow, mention_values
from engine.incidents.life import Act, OperatorAct
from engine.incidents.register import IncidentChange, Incidents
from engine.incidents.silence import Silence, hold_back

__all__ = [
    "Act",
    "Cause",
    "ChainRun",
    "FiringNow",
    "Incident",
    "IncidentChange",
    "IncidentState",
    "Incidents",
    "NotTold",
    "OperatorAct",
    "Silence",
    "Telling",
    "TimelineEntry",
    "firing_id",
    "hold_back",
    "mention_values",
    "telling_now",
]
