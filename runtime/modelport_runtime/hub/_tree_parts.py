"""What only some ensembles of trees have: linear functions in leaves, and nodes that a row leaves several ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field

__all__ = ["LinearLeaves", "TreeSplits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearLeaves:
    """What leaves add to their values: ``value + coefficient * feature + ...`` (PMML 4.4, Model Composition; LightGBM).

    A row in which a feature of the function is missing does not come to its leaf: tests for missing stand before it.
    With L leaves and C coefficients:

    Attributes:
        offsets: int64, shape (L + 1,): coefficients of leaf l are those at ``offsets[l]`` to ``offsets[l + 1]``.
        features: int32, shape (C,): position in the ensemble's ``features``; a feature of numbers.
        coefficients: float64, shape (C,).
    """

    offsets: NDArray[np.int64]
    features: NDArray[np.int32]
    coefficients: NDArray[np.float64]

    def __post_init__(self) -> None:
        offsets = freeze_field(self, "offsets", np.int64, 1)
        count = len(freeze_field(self, "features", np.int32, 1))
        if len(freeze_field(self, "coefficients", np.float64, 1)) != count:
            raise ValueError(f"LinearLeaves has {len(self.coefficients)} coefficients of {count} features")
        if not len(offsets) or offsets[0] != 0 or offsets[-1] != count or (np.diff(offsets) < 0).any():
            raise ValueError("LinearLeaves.offsets do not divide the coefficients among leaves")

    def padded(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Features and coefficients, both of shape (L, most coefficients of a leaf), filled up with zeros."""
        lengths = np.diff(self.offsets)
        shape = (len(lengths), int(lengths.max(initial=0)))
        features, coefficients = np.zeros(shape, np.int64), np.zeros(shape)
        filled = np.arange(shape[1]) < lengths[:, None]
        features[filled], coefficients[filled] = self.features, self.coefficients
        return features, coefficients


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSplits:
    """Nodes of one tree whose children are tried in turn, for strategies that enter several (PMML 4.4, TreeModel).

    A child's predicate is a block of tests: it is true where the walk comes to the child's content, false where it
    comes to where the next child begins, and unknown elsewhere. With S splits and B children:

    Attributes:
        offsets: int64, shape (S + 1,): children of split s are those at ``offsets[s]`` to ``offsets[s + 1]``.
        begin: int32, shape (B,): the node with which the child's predicate begins.
        content: int32, shape (B,): the node with which the child itself begins.
        otherwise: int32, shape (S,): the node after the last child, for rows that enter none; -1 where there is none.
        record_counts: float64, shape (B,): records of each child.
    """

    offsets: NDArray[np.int64]
    begin: NDArray[np.int32]
    content: NDArray[np.int32]
    otherwise: NDArray[np.int32]
    record_counts: NDArray[np.float64]

    def __post_init__(self) -> None:
        offsets = freeze_field(self, "offsets", np.int64, 1)
        freeze_field(self, "otherwise", np.int32, 1)
        count = len(freeze_field(self, "begin", np.int32, 1))
        freeze_field(self, "content", np.int32, 1)
        freeze_field(self, "record_counts", np.float64, 1)
        if len(self.content) != count or len(self.record_counts) != count or len(self.otherwise) + 1 != len(offsets):
            raise ValueError("TreeSplits has arrays of unequal lengths")
        if offsets[0] != 0 or offsets[-1] != count or (np.diff(offsets) < 1).any():
            raise ValueError("TreeSplits.offsets do not divide the children among splits")
