"""What says that something is happening: one contract, a registry, checked by the same tests.

Every detector is pure and streaming: what it says of a bucket follows from that bucket and those
before it alone, in constant time and memory. It reads no clock, and its snapshot is JSON.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from engine.windows.detectors.contract import Detector, Reading, Sensitivity
from engine.windows.detectors.level import LevelDetector
from engine.windows.detectors.share import ShareDetector
from engine.windows.detectors.volume import VolumeDetector

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTING: Mapping[str, type[Detector[float]]] = MappingProxyType(
    {"level": LevelDetector, "volume": VolumeDetector}
)
"""The detectors that judge counts, by the names that people call them."""

DETECTORS: Mapping[str, type[Detector[Any]]] = MappingProxyType(
    {**COUNTING, "share": ShareDetector}
)
"""All detectors; `share` judges a part and the whole that it is of."""

__all__ = [
    "COUNTING",
    "DETECTORS",
    "Detector",
    "LevelDetector",
    "Reading",
    "Sensitivity",
    "ShareDetector",
    "VolumeDetector",
]
