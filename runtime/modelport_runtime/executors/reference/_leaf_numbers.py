"""Values of leaves that are linear functions of the features (``LinearLeaves``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import LinearLeaves

__all__ = ["LinearTerms"]


class LinearTerms:
    """The functions of an ensemble's leaves, prepared once."""

    def __init__(self, linear: LinearLeaves) -> None:
        self._lengths = np.diff(linear.offsets)
        features, coefficients = linear.padded()
        self._features, self._coefficients = np.ascontiguousarray(features.T), np.ascontiguousarray(coefficients.T)

    def added(self, values: NDArray[Any], leaf: NDArray[np.int32], matrix: Numbers) -> NDArray[Any]:
        """Values of leaves with what their functions add, term after term, in the precision of the values.

        Args:
            values: Shape (n_rows,): the value of the leaf that each row reached in one tree.
            leaf: int32, shape (n_rows,): that leaf.
            matrix: float64, shape (n_rows, n_features).
        """
        lengths = self._lengths[leaf]
        total, kind = values.copy(), values.dtype
        with np.errstate(all="ignore"):  # infinity times zero is missing, like any NaN
            for term in range(int(lengths.max(initial=0))):
                rows = np.flatnonzero(lengths > term)
                at = leaf[rows]
                feature = matrix[rows, self._features[term, at]]
                total[rows] += feature.astype(kind) * self._coefficients[term, at].astype(kind)
        return total
