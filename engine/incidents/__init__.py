"""What keeps people from being told a thing twice, or at the wrong time, and who is told in turn.

`silence`, `inhibit` and `mute` hold matches back, each with a `hold_back` of its own; `escalation`
runs chains.
"""

from __future__ import annotations

from engine.incidents.escalation import ChainRun, NotTold, Telling, telling_now
from engine.incidents.inhibit import FiringNow, mention_values
from engine.incidents.silence import Silence, hold_back

__all__ = [
    "ChainRun",
    "FiringNow",
    "NotTold",
    "Silence",
    "Telling",
    "hold_back",
    "mention_values",
    "telling_now",
]
