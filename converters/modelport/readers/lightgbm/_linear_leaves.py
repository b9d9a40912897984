"""Leaves that hold linear functions (``linear_tree=True``; ``Tree::Predict`` in LightGBM/src/io/tree.cpp).

A leaf gives ``leaf_const`` and its coefficients times the columns as they are, added in the stored order. Where one of
these is NaN it gives ``leaf_value`` instead, so tests for missing values stand before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from modelport.readers._tree_ensembles import LinearTerms, TreeArrays
from modelport.readers.lightgbm._inputs import TestedColumns
from modelport_runtime.hub import TreeTest

__all__ = ["with_linear_leaves"]


def with_linear_leaves(tree: TreeArrays, stored: Mapping[str, str], columns: TestedColumns) -> TreeArrays:
    """Put the linear functions of a tree into its leaves.

    Args:
        tree: The tree with ``leaf_value`` in its leaves, which are its last nodes.
        stored: The tree as stored.
        columns: The columns of the model; what the functions name is noted there.

    Raises:
        ValueError: The stored functions fit neither each other nor the leaves.
    """
    constants = np.array([float(part) for part in stored["leaf_const"].split()])
    counts = [int(part) for part in stored["num_features"].split()]
    names = [int(part) for part in stored["leaf_features"].split()]
    coefficients = np.array([float(part) for part in stored["leaf_coeff"].split()])
    leaves = np.flatnonzero(tree.test == TreeTest.LEAF)
    if not len(constants) == len(counts) == len(leaves):
        raise ValueError(f"{len(constants)} constants and {len(counts)} counts of features for {len(leaves)} leaves")
    if min(counts) < 0 or not sum(counts) == len(names) == len(coefficients):
        raise ValueError(f"{len(names)} features and {len(coefficients)} coefficients for {sum(counts)} terms")
    if any(not 0 <= name < columns.count for name in names):
        raise ValueError(f"a linear function of none of the {columns.count} features")
    growing = _Growing(tree)
    end, terms = 0, []
    for leaf, constant, count in zip(leaves.tolist(), constants.tolist(), counts, strict=True):
        begin, end = end, end + count
        features = [columns.as_number(name) for name in names[begin:end]]
        terms.append((growing.put(leaf, constant, features), features, coefficients[begin:end]))
    return replace(
        growing.tree(),
        linear=LinearTerms(
            node=np.array([node for node, features, _ in terms for _ in features], dtype=np.int64),
            feature=np.array([feature for _, features, _ in terms for feature in features], dtype=np.int64),
            coefficient=np.concatenate([part for *_, part in terms]),
        ),
    )


class _Growing:
    """The nodes of a tree, to which tests for missing values are added."""

    def __init__(self, tree: TreeArrays) -> None:
        self._tree = tree
        self._columns = [
            array.tolist() for array in (tree.feature, tree.test, tree.when_true, tree.when_false, tree.values[:, 0])
        ]

    def put(self, leaf: int, constant: float, features: Sequence[int]) -> int:
        """The position of a leaf with another value, where no feature is missing; else the leaf as it was."""
        values = self._columns[-1]
        if not features:
            values[leaf] = constant
            return leaf
        plain = self._add(-1, TreeTest.LEAF, -1, -1, values[leaf])
        following = self._add(-1, TreeTest.LEAF, -1, -1, constant)
        linear = following
        for feature in features[1:]:
            following = self._add(feature, TreeTest.IS_MISSING, plain, following, 0.0)
        replaced = (features[0], TreeTest.IS_MISSING, plain, following, 0.0)
        for column, value in zip(self._columns, replaced, strict=True):
            column[leaf] = value
        return linear

    def _add(self, *node: float) -> int:
        for column, value in zip(self._columns, node, strict=True):
            column.append(value)
        return len(self._columns[0]) - 1

    def tree(self) -> TreeArrays:
        """The tree with what was added; a missing value is what its tests are true for."""
        feature, test, when_true, when_false, values = self._columns
        added = len(test) - len(self._tree.test)
        when_missing = np.append(self._tree.when_missing, np.full(added, -1))
        return replace(
            self._tree,
            feature=np.array(feature),
            test=np.array(test, dtype=np.uint8),
            threshold=np.append(self._tree.threshold, np.zeros(added)),
            when_true=np.array(when_true),
            when_false=np.array(when_false),
            when_missing=np.where(np.equal(test, TreeTest.IS_MISSING), when_true, when_missing),
            values=np.array(values)[:, None],
        )
