"""Tells labels apart by how near a text's embedding lies to examples; numpy alone, quick to import.

A text is described by its nearness to landmarks, which are examples; each label weighs those
nearnesses. Far from every example every weight meets a nearness of almost nothing, so the raw
scores fall towards 0: that is how a text out of scope is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Embeddings of chosen examples.

    Attributes:
        vectors: float32, (n_landmarks, width), rounded to what float16 holds: so they are kept in
            a file, and a head read from its file answers as the one that was written.
        slope: How quickly nearness falls with squared distance.
    """

    vectors: NDArray[np.float32]
    slope: float

    def nearness(self, embeddings: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return float32, (n_texts, n_landmarks), in (0, 1]: 1 where a text lies on a landmark."""
        cosines = embeddings.astype(np.float32) @ self.vectors.astype(np.float32).T
        return np.asarray(self._fallen(cosines), dtype=np.float32)

    def exact_nearness(self, embeddings: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return nearness in float64, of which a row's digits do not show its batch."""
        return np.asarray(self._fallen(embeddings.astype(np.float64) @ self._exact.T))

    @cached_property
    def _exact(self) -> NDArray[np.float64]:
        return self.vectors.astype(np.float64)

    def _fallen(self, cosines: NDArray[np.floating]) -> NDArray[np.floating]:
        cosines -= 1
        cosines *= 2 * self.slope
        return np.asarray(np.exp(np.minimum(cosines, 0, out=cosines), out=cosines))
