"""What rules remember between mentions, in event time: windows, sequences, silence, cooldowns.

The state changes only by `take`, `advance` and `apply`, and its `changes` are the pieces to store
beside the decisions that made them, so that a restart goes on exactly where a crash left off.
"""

from __future__ import annotations

from engine.windows.run_on import end_of_run, longest
from engine.windows.state import LATENESS, WindowState

__all__ = ["LATENESS", "WindowState", "end_of_run", "longest"]
