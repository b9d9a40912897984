"""From one framework's trees to the hub's parallel arrays, for every reader of trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature
from modelport_runtime.hub import DataType, LinearLeaves, TreeEnsemble, TreeTarget, TreeTest

__all__ = ["LinearTerms", "TreeArrays", "check_tree", "join_trees", "refuse_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearTerms:
    """What leaves of one tree add to their values: a coefficient times a feature, never a missing one.

    Attributes:
        node: integers, shape (C,): the leaf's position among the nodes, ascending.
        feature: integers, shape (C,): position of the feature.
        coefficient: float64, shape (C,).
    """

    node: NDArray[np.int64]
    feature: NDArray[np.int64]
    coefficient: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeArrays:
    """One tree of n nodes; node 0 is the root and nodes name each other by position.

    Attributes:
        feature: integers, shape (n,): position of the feature tested; anything at leaves.
        test: uint8, shape (n,): a ``TreeTest``.
        threshold: float64, shape (n,): the number compared with; anything at leaves.
        when_true: integers, shape (n,): next node; anything at leaves.
        when_false: integers, shape (n,).
        when_missing: integers, shape (n,).
        values: float64, shape (n, V): value of each node; only those of leaves count.
        sets: Members of the set of each ``IN_SET`` node, in node order.
        linear: What its leaves add to their values, if any does.
    """

    feature: NDArray[Any]
    test: NDArray[np.uint8]
    threshold: NDArray[np.float64]
    when_true: NDArray[Any]
    when_false: NDArray[Any]
    when_missing: NDArray[Any]
    values: NDArray[np.float64]
    sets: Sequence[NDArray[np.float64]] = field(default=())
    linear: LinearTerms | None = None


def check_tree(tree: TreeArrays, n_features: int) -> TreeArrays:
    """Return a tree that a file described, if it is one: a damaged file must not lead a walk astray or in circles.

    Args:
        tree: The tree.
        n_features: Number of features that it may name.

    Raises:
        ValueError: Its arrays differ in length, a node has no or several parents, or a test names no feature.
    """
    n_nodes, tested = len(tree.test), tree.test != TreeTest.LEAF
    arrays = (tree.feature, tree.threshold, tree.when_true, tree.when_false, tree.when_missing, tree.values)
    if any(len(array) != n_nodes for array in arrays):
        raise ValueError(f"arrays of {[len(array) for array in arrays]} entries for {n_nodes} nodes")
    children = np.concatenate((tree.when_true[tested], tree.when_false[tested]))
    if len(children) and (children.min() < 1 or children.max() >= n_nodes or len(np.unique(children)) < len(children)):
        raise ValueError("its nodes form no tree")
    if np.any((tree.feature[tested] < 0) | (tree.feature[tested] >= n_features)):
        raise ValueError(f"a test of none of the {n_features} features")
    return tree


def join_trees(
    trees: Sequence[TreeArrays],
    features: Sequence[Feature],
    targets: tuple[TreeTarget, ...],
    *,
    text_categories: dict[int, tuple[str, ...]] | None = None,
    **options: Any,
) -> TreeEnsemble:
    """Lay trees one after another. Features that no tree names are left out.

    A comparison with infinity, by which frameworks part missing values from all others, becomes a test for missing.

    Args:
        trees: At least one tree.
        features: The features that the trees name by position.
        targets: What the score columns mean.
        text_categories: For each text feature, by position, the categories that its tests name by position.
        options: Further attributes of ``TreeEnsemble``.
    """
    trees = [_part_missing(tree) for tree in trees]
    sizes = np.array([len(tree.test) for tree in trees])
    roots = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    test = np.concatenate([tree.test for tree in trees])
    is_leaf = test == TreeTest.LEAF
    offsets = np.repeat(roots, sizes)

    def link(name: str) -> NDArray[np.int32]:
        children = np.concatenate([getattr(tree, name) for tree in trees])
        return np.where(is_leaf, -1, children + offsets).astype(np.int32)

    feature = np.where(is_leaf, -1, np.concatenate([tree.feature for tree in trees])).astype(np.int32)
    named = [feature[~is_leaf], *(tree.linear.feature for tree in trees if tree.linear is not None)]
    used: list[int] = np.unique(np.concatenate(named)).tolist() or [0]
    categories = text_categories or {}
    return TreeEnsemble(
        features=tuple(features[position].name for position in used),
        feature_categories=tuple(categories.get(position) for position in used),
        feature=np.where(is_leaf, -1, np.searchsorted(used, feature)).astype(np.int32),
        test=test,
        threshold=np.where(is_leaf, 0.0, np.concatenate([tree.threshold for tree in trees])),
        when_true=link("when_true"),
        when_false=link("when_false"),
        when_missing=link("when_missing"),
        leaf=np.where(is_leaf, np.cumsum(is_leaf) - 1, -1).astype(np.int32),
        roots=roots.astype(np.int32),
        leaf_values=np.concatenate([tree.values[tree.test == TreeTest.LEAF] for tree in trees]),
        targets=targets,
        linear=_joined_linear(trees, used),
        **_joined_sets([members for tree in trees for members in tree.sets], test),
        **options,
    )


def _joined_linear(trees: Sequence[TreeArrays], used: Sequence[int]) -> LinearLeaves | None:
    parts = [tree.linear for tree in trees if tree.linear is not None]
    if not parts:
        return None
    lengths = []
    for tree in trees:
        counts = np.zeros(len(tree.test), np.int64)
        if tree.linear is not None:
            np.add.at(counts, tree.linear.node, 1)
        lengths.append(counts[tree.test == TreeTest.LEAF])
    features = np.searchsorted(used, np.concatenate([part.feature for part in parts]))
    return LinearLeaves(
        offsets=np.concatenate(([0], np.cumsum(np.concatenate(lengths)))),
        features=features.astype(np.int32),
        coefficients=np.concatenate([part.coefficient for part in parts]),
    )


def _part_missing(tree: TreeArrays) -> TreeArrays:
    parts = (tree.test == TreeTest.LESS_OR_EQUAL) & np.isposinf(tree.threshold)
    if not parts.any():
        return tree
    return replace(
        tree,
        test=np.where(parts, TreeTest.IS_MISSING, tree.test).astype(np.uint8),
        threshold=np.where(parts, 0.0, tree.threshold),
        when_true=np.where(parts, tree.when_missing, tree.when_true),
        when_false=np.where(parts, tree.when_true, tree.when_false),
    )


def _joined_sets(sets: Sequence[NDArray[np.float64]], test: NDArray[np.uint8]) -> dict[str, Any]:
    if not sets:
        return {}
    in_set = test == TreeTest.IN_SET
    return {
        "set_index": np.where(in_set, np.cumsum(in_set) - 1, -1).astype(np.int32),
        "set_offsets": np.concatenate(([0], np.cumsum([len(members) for members in sets]))),
        "set_members": np.concatenate(sets),
    }


def refuse_text(ensemble: TreeEnsemble, features: Sequence[Feature], context: Context, step: str) -> None:
    """Note a cause for every text feature that a tree compares with a number."""
    numeric = {
        n for n, categories in zip(ensemble.features, ensemble.feature_categories, strict=True) if not categories
    }
    for feature in features:
        if feature.name in numeric and feature.data_type is DataType.STRING:
            context.unsupported(
                step, f"text column {feature.label!r} compared with numbers", "encode it, or pass numbers to convert"
            )
