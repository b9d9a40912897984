"""LightGBM's trees as the hub's arrays (LightGBM/include/LightGBM/tree.h)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from modelport.readers._tree_ensembles import TreeArrays
from modelport.readers.lightgbm._inputs import ZERO_THRESHOLD, TestedColumns
from modelport_runtime.hub import TreeTest

__all__ = ["tree_arrays"]

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_TYPE_SHIFT, _MISSING_TYPE_MASK = 2, 3
_MISSING_NONE, _MISSING_ZERO = 0, 1


def tree_arrays(tree: Mapping[str, str], columns: TestedColumns) -> TreeArrays:
    """Read one tree: its tests first, then its leaves in the order in which LightGBM numbers them.

    Args:
        tree: The tree as stored.
        columns: The columns of the model; what this tree tests is noted there.
    """
    leaf_values = _floats(tree["leaf_value"])
    decision = _integers(tree.get("decision_type", ""))
    n_tests, n_leaves = len(decision), len(leaf_values)
    column, threshold = _integers(tree.get("split_feature", "")), _floats(tree.get("threshold", ""))
    left, right = (_children(tree.get(name, ""), n_tests) for name in ("left_child", "right_child"))
    is_set = (decision & _CATEGORICAL) != 0
    test, bound = _comparisons(threshold)
    leaves = np.full(n_leaves, -1)
    return TreeArrays(
        feature=np.concatenate((_features(columns, column, decision), leaves)),
        test=np.concatenate((np.where(is_set, TreeTest.IN_SET, test), np.full(n_leaves, TreeTest.LEAF))).astype(
            np.uint8
        ),
        threshold=np.concatenate((np.where(is_set, 0.0, bound), np.zeros(n_leaves))),
        when_true=np.concatenate((left, leaves)),
        when_false=np.concatenate((right, leaves)),
        when_missing=np.concatenate((np.where(_missing_goes_left(decision, threshold), left, right), leaves)),
        values=np.concatenate((np.zeros(n_tests), leaf_values))[:, None],
        sets=_sets(tree, column, threshold, is_set, columns),
    )


def _floats(text: str) -> NDArray[np.float64]:
    return np.array([float(part) for part in text.split()], dtype=np.float64)


def _integers(text: str) -> NDArray[np.int64]:
    return np.array([int(part) for part in text.split()], dtype=np.int64)


def _children(text: str, n_tests: int) -> NDArray[np.int64]:
    """A child below zero is the bitwise complement of a leaf's number."""
    child = _integers(text)
    return np.where(child >= 0, child, n_tests + ~child)


def _missing_types(decision: NDArray[np.int64]) -> NDArray[np.int64]:
    return (decision >> _MISSING_TYPE_SHIFT) & _MISSING_TYPE_MASK


def _features(columns: TestedColumns, column: NDArray[np.int64], decision: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of what the tests compare."""
    kinds = np.where((decision & _CATEGORICAL) != 0, -1, _missing_types(decision))
    positions = []
    for index, kind in zip(column.tolist(), kinds.tolist(), strict=True):
        if kind == -1:
            positions.append(columns.as_category(index))
        else:
            positions.append(columns.without_zeros(index) if kind == _MISSING_ZERO else columns.as_number(index))
    return np.array(positions, dtype=np.int64)


def _comparisons(threshold: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Tests and bounds of "goes left when at most the threshold".

    A value not farther from zero than ``ZERO_THRESHOLD`` is compared as zero (``RowPairFunctionFromDenseMatric`` in
    LightGBM/src/c_api.cpp leaves it out of the row), which matters for thresholds as close to zero.
    """
    near_below = (threshold >= -ZERO_THRESHOLD) & (threshold < 0)
    near_above = (threshold >= 0) & (threshold < ZERO_THRESHOLD)
    test = np.where(near_below, TreeTest.LESS_THAN, TreeTest.LESS_OR_EQUAL)
    return test, np.where(near_below, -ZERO_THRESHOLD, np.where(near_above, ZERO_THRESHOLD, threshold))


def _missing_goes_left(decision: NDArray[np.int64], threshold: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Without a type of missing values NaN is compared as zero; a missing category always goes right."""
    default_left = (decision & _DEFAULT_LEFT) != 0
    is_set = (decision & _CATEGORICAL) != 0
    goes_left = np.where(_missing_types(decision) == _MISSING_NONE, threshold >= 0, default_left)
    return np.asarray(~is_set & goes_left)


def _sets(
    tree: Mapping[str, str],
    column: NDArray[np.int64],
    threshold: NDArray[np.float64],
    is_set: NDArray[np.bool_],
    columns: TestedColumns,
) -> list[NDArray[np.float64]]:
    """Members of each set, in node order; the threshold of such a node is the number of its bit set."""
    if not is_set.any():
        return []
    offsets = _integers(tree["cat_boundaries"])
    words = _integers(tree["cat_threshold"]).astype(np.uint32)
    sets = []
    for index, number in zip(column[is_set].tolist(), threshold[is_set].astype(np.int64).tolist(), strict=True):
        bits = np.unpackbits(
            words[offsets[number] : offsets[number + 1]].astype("<u4").view(np.uint8), bitorder="little"
        )
        sets.append(columns.members(index, np.flatnonzero(bits)))
    return sets
