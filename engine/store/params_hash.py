"""What the outcome log says of an action's parameters."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from engine.store.chain import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping


def params_hash(params: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hex, of an action's parameters: what the outcome log says of them."""
    return hashlib.sha256(canonical_json(params).encode("ascii")).hexdigest()
