"""What rules remember between mentions, in event time; for now the cooldowns that run.

The state changes only by `apply` and `advance`, and its `changes` are the pieces to store beside
the decisions that made them, so that a restart goes on exactly where a crash left off.
"""

from __future__ import annotations

from engine.windows.state import WindowState

__all__ = ["WindowState"]
