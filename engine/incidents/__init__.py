"""What keeps people from being told a thing twice, or at the wrong time; for now silences."""

from __future__ import annotations

from engine.incidents.silence import Silence, hold_back

__all__ = ["Silence", "hold_back"]
