"""What says that something is happening: one contract, a registry, checked by the same tests.

Every detector is pure and streaming: what it says of a bucket follows from that bucket and those
before it alone, in constant time and memory. It reads no clock, and its snapshot is JSON.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.windows.detectors.contract import Detector, Reading, Sensitivity
from engine.windows.detectors.volume import VolumeDetector

if TYPE_CHECKING:
    from collections.abc import Mapping

DETECTORS: Mapping[str, type[Detector]] = MappingProxyType({"volume": VolumeDetector})
"""The detectors by the names that people call them."""

__all__ = ["DETECTORS", "Detector", "Reading", "Sensitivity", "VolumeDetector"]
