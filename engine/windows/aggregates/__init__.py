"""Measures of a window that slides: exact while small, mergeable, and resumed as they were.

One contract, checked on all by the same tests. An addition, a departure and a reading take constant
time in the long run, whatever a window holds. They know whole-numbered buckets and no clock.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.windows.aggregates.contract import Sliding
from engine.windows.aggregates.count import SlidingCount
from engine.windows.aggregates.distinct import SlidingDistinct
from engine.windows.aggregates.percentile import SlidingPercentile
from engine.windows.aggregates.share import SlidingShare
from engine.windows.aggregates.sums import SlidingSum

if TYPE_CHECKING:
    from collections.abc import Mapping

AGGREGATES: Mapping[str, type[Sliding]] = MappingProxyType(
    {
        "count": SlidingCount,
        "distinct": SlidingDistinct,
        "percentile": SlidingPercentile,
        "share": SlidingShare,
        "sum": SlidingSum,
    }
)
"""The aggregates by the names that a window's ``having`` has for them."""

__all__ = [
    "AGGREGATES",
    "Sliding",
    "SlidingCount",
    "SlidingDistinct",
    "SlidingPercentile",
    "SlidingShare",
    "SlidingSum",
]
