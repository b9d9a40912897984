"""XGBoost's trees as the hub's arrays (xgboost/include/xgboost/tree_model.h, src/predictor/predict_fn.h)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._tree_ensembles import TreeArrays
from modelport_runtime.hub import TreeTest

__all__ = ["categorical_columns", "tree_arrays", "tree_width"]


def tree_width(tree: Mapping[str, Any]) -> int:
    """Numbers that one leaf holds: 1, or one a target (``multi_strategy="multi_output_tree"``)."""
    return max(int(tree["tree_param"].get("size_leaf_vector", 1) or 1), 1)


def categorical_columns(tree: Mapping[str, Any]) -> set[int]:
    """Columns that the tree splits by sets of categories."""
    nodes = np.asarray(tree.get("categories_nodes", ()), dtype=np.int64)
    return set(np.asarray(tree["split_indices"], dtype=np.int64)[nodes].tolist())


def tree_arrays(tree: Mapping[str, Any], n_features: int, members: Mapping[int, NDArray[np.float64]]) -> TreeArrays:
    """Read one tree.

    A number goes left when it is less than the split condition, both in float32. A category goes right when it is in
    the node's set, and left when it is not or was never seen (``Decision`` in src/common/categorical.h).

    Args:
        tree: The tree as stored.
        n_features: Number of columns; a node that names another one was deleted by pruning and is never reached.
        members: For each categorical column, by position, what a set test names for each code.
    """
    left = np.asarray(tree["left_children"], dtype=np.int64)
    right = np.asarray(tree["right_children"], dtype=np.int64)
    feature = np.asarray(tree["split_indices"], dtype=np.int64)
    threshold = np.asarray(tree["split_conditions"], dtype=np.float32).astype(np.float64)
    is_leaf = (left < 0) | (feature >= n_features)
    is_set = (np.asarray(tree.get("split_type", np.zeros(len(left)))) == 1) & ~is_leaf
    return TreeArrays(
        feature=feature,
        test=np.select((is_leaf, is_set), (TreeTest.LEAF, TreeTest.IN_SET), TreeTest.LESS_THAN).astype(np.uint8),
        threshold=np.where(is_set, 0.0, threshold),
        when_true=np.where(is_set, right, left),
        when_false=np.where(is_set, left, right),
        when_missing=np.where(np.asarray(tree["default_left"], dtype=np.bool_), left, right),
        values=_values(tree, threshold, right, is_leaf),
        sets=_sets(tree, feature, is_set, members),
    )


def _values(
    tree: Mapping[str, Any], threshold: NDArray[np.float64], right: NDArray[np.int64], is_leaf: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """A leaf's number stands in place of its split condition; a vector in a table, at the row that ``right`` names."""
    width = tree_width(tree)
    if width == 1:
        return threshold[:, None]
    table = np.asarray(tree["leaf_weights"], dtype=np.float32).astype(np.float64).reshape(-1, width)
    return table[np.where(is_leaf, right, 0)]


def _sets(
    tree: Mapping[str, Any],
    feature: NDArray[np.int64],
    is_set: NDArray[np.bool_],
    members: Mapping[int, NDArray[np.float64]],
) -> list[NDArray[np.float64]]:
    """Members of each set, in node order."""
    if not is_set.any():
        return []
    codes = np.asarray(tree["categories"], dtype=np.int64)
    starts = np.asarray(tree["categories_segments"], dtype=np.int64)
    sizes = np.asarray(tree["categories_sizes"], dtype=np.int64)
    nodes = np.asarray(tree["categories_nodes"], dtype=np.int64).tolist()
    by_node = {node: codes[start : start + size] for node, start, size in zip(nodes, starts, sizes, strict=True)}
    return [_named(by_node[node], members.get(int(feature[node]))) for node in np.flatnonzero(is_set).tolist()]


def _named(codes: NDArray[np.int64], members: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return codes.astype(np.float64) if members is None else members[codes[codes < len(members)]]
