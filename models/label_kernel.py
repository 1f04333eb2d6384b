"""Tells labels apart by how near a text's embedding lies to examples; numpy alone, quick to import.

A text is described by its nearness to landmarks, which are examples; each label weighs those
nearnesses. Far from every example every weight meets a nearness of almost nothing, so the raw
scores fall towards 0: that is how a text out of scope is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Embeddings of chosen examples.

    Attributes:
        vectors: float32, (n_landmarks, width), rounded to what float16 holds: so they are kept in
            a file, and a head read from its file answers as the one that was written.
        slope: How quickly nearness falls with squared distance.
    """

    vectors: NDArray[np.float32]
    slope: float

    def nearness(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return float32, (n_texts, n_landmarks), in (0, 1]: 1 where a text lies on a landmark.

        Args:
            embeddings: float32, (n_texts, width), rows of length 1.
        """
        near = embeddings @ self.vectors.T
        near -= 1
        near *= np.float32(2 * self.slope)
        # Rounding makes some lengths a little more than 1.
        return np.asarray(np.exp(np.minimum(near, 0, out=near), out=near))
