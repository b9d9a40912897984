"""A tree ensemble's arrays as the attributes of ONNX ``TreeEnsemble`` (``ai.onnx.ml`` 5).

The hub's nodes have three ways out and may be shared; ONNX's have two, a flag that says which of them a missing value
takes, and one parent. A node whose missing values go a third way gets a test for missing in front
(``x < -inf`` with the flag set), and shared nodes are copied for each parent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from modelport_runtime.hub import TreeEnsemble, TreeTest

__all__ = ["BinaryNodes", "TooLargeError", "binary_nodes", "tree_attributes"]

MAX_NODES = 1 << 23
"""Nodes to which copies of shared nodes may grow."""

_LEQ, _LT, _GTE, _GT, _EQ, _, _MEMBER = range(7)
_MODES = np.full(len(TreeTest), _LEQ, dtype=np.uint8)
_MODES[TreeTest.LESS_OR_EQUAL] = _LEQ
_MODES[TreeTest.LESS_THAN] = _LT
_MODES[TreeTest.GREATER_OR_EQUAL] = _GTE
_MODES[TreeTest.GREATER_THAN] = _GT
_MODES[TreeTest.EQUAL] = _EQ
_MODES[TreeTest.NOT_EQUAL] = _EQ  # with its ways swapped: ONNX Runtime takes a missing value to differ from anything
_MODES[TreeTest.IN_SET] = _MEMBER
_MODES[TreeTest.IS_MISSING] = _LT


class TooLargeError(Exception):
    """Copies of shared nodes would be too many."""


@dataclass(frozen=True, slots=True)
class BinaryNodes:
    """Nodes with two ways out, ``ALWAYS`` nodes skipped; leaves keep their places.

    Attributes:
        feature: Position of the tested feature; -1 at leaves.
        mode: ONNX node mode.
        threshold: The number compared with.
        set_index: Which set a membership test asks; -1 elsewhere.
        when_true: Next node.
        when_false: Next node.
        missing_is_true: Whether a missing value goes to ``when_true``.
        leaf: Leaf number, -1 at tests.
        roots: First node of each tree.
    """

    feature: NDArray[np.int32]
    mode: NDArray[np.uint8]
    threshold: NDArray[np.float64]
    set_index: NDArray[np.int32]
    when_true: NDArray[np.int32]
    when_false: NDArray[np.int32]
    missing_is_true: NDArray[np.bool_]
    leaf: NDArray[np.int32]
    roots: NDArray[np.int32]


def binary_nodes(ensemble: TreeEnsemble) -> BinaryNodes:
    """Bring an ensemble's nodes to two ways out."""
    test = ensemble.test
    target = _without_always(ensemble)
    is_test = ensemble.leaf < 0
    when_true, when_false, when_missing = (
        np.where(is_test, target[ways], -1).astype(np.int32)
        for ways in (ensemble.when_true, ensemble.when_false, ensemble.when_missing)
    )
    swapped = test == TreeTest.NOT_EQUAL
    when_true, when_false = np.where(swapped, when_false, when_true), np.where(swapped, when_true, when_false)
    asks_missing = test == TreeTest.IS_MISSING
    when_missing = np.where(asks_missing, when_true, when_missing)
    threshold = np.where(asks_missing, -np.inf, ensemble.threshold)
    set_index = np.full(len(test), -1, np.int32) if ensemble.set_index is None else ensemble.set_index
    nodes = BinaryNodes(
        feature=ensemble.feature,
        mode=_MODES[test],
        threshold=threshold,
        set_index=set_index,
        when_true=when_true,
        when_false=when_false,
        missing_is_true=when_missing == when_true,
        leaf=ensemble.leaf,
        roots=target[ensemble.roots].astype(np.int32),
    )
    third_way = np.flatnonzero(is_test & (when_missing != when_true) & (when_missing != when_false))
    return _with_missing_tests(nodes, third_way, when_missing[third_way])


def _without_always(ensemble: TreeEnsemble) -> NDArray[np.int64]:
    """For each node the first one that is no ``ALWAYS``, following ``when_true``."""
    target = np.arange(ensemble.n_nodes)
    always = ensemble.test == TreeTest.ALWAYS
    while True:
        passes = always[target]
        if not passes.any():
            return target
        target[passes] = ensemble.when_true[target[passes]]


def _with_missing_tests(nodes: BinaryNodes, places: NDArray[np.intp], when_missing: NDArray[np.int32]) -> BinaryNodes:
    """Put a test for missing in the given places; the tests that stood there follow at the end."""
    if not len(places):
        return nodes
    moved = np.arange(len(nodes.leaf), len(nodes.leaf) + len(places), dtype=np.int32)

    def at_places(array: NDArray[Any], value: Any) -> NDArray[Any]:
        grown = np.concatenate((array, array[places]))
        grown[places] = value
        return grown

    return BinaryNodes(
        feature=np.concatenate((nodes.feature, nodes.feature[places])),
        mode=at_places(nodes.mode, _LT),
        threshold=at_places(nodes.threshold, -np.inf),
        set_index=at_places(nodes.set_index, -1),
        when_true=at_places(nodes.when_true, when_missing),
        when_false=at_places(nodes.when_false, moved),
        missing_is_true=at_places(nodes.missing_is_true, True),
        leaf=np.concatenate((nodes.leaf, nodes.leaf[places])),
        roots=nodes.roots,
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Nodes of a forest in breadth-first order, shared ones copied; ``children`` count tests and leaves apart."""

    tests: NDArray[np.int64]
    leaves: NDArray[np.int64]
    leaf_trees: NDArray[np.int64]
    true_child: NDArray[np.int64]
    false_child: NDArray[np.int64]
    true_is_leaf: NDArray[np.bool_]
    false_is_leaf: NDArray[np.bool_]


def _lay_out(nodes: BinaryNodes, roots: NDArray[np.int32]) -> _Layout:
    """Visit the trees level by level. A root that is a leaf is entered twice, as both ways of a test of nothing."""
    is_leaf = nodes.leaf >= 0
    level = roots.astype(np.int64)
    trees = np.arange(len(roots))
    tests: list[NDArray[np.int64]] = []
    leaves: list[NDArray[np.int64]] = []
    leaf_trees: list[NDArray[np.int64]] = []
    links: list[tuple[NDArray[np.int64], NDArray[np.bool_]]] = []
    n_tests, n_leaves = len(level), 0
    while len(level):
        tests.append(level)
        both = np.stack((nodes.when_true[level], nodes.when_false[level]), axis=1).astype(np.int64)
        both = np.where(is_leaf[level][:, None], level[:, None], both).reshape(-1)
        owners = np.repeat(trees, 2)
        ends = is_leaf[both]
        number = np.where(ends, n_leaves - 1 + np.cumsum(ends), n_tests - 1 + np.cumsum(~ends))
        links.append((number, ends))
        leaves.append(both[ends])
        leaf_trees.append(owners[ends])
        level, trees = both[~ends], owners[~ends]
        n_tests, n_leaves = n_tests + len(level), n_leaves + len(leaves[-1])
        if n_tests > MAX_NODES:
            raise TooLargeError
    children = np.concatenate([number for number, _ in links]).reshape(-1, 2)
    are_leaves = np.concatenate([ends for _, ends in links]).reshape(-1, 2)
    return _Layout(
        tests=np.concatenate(tests),
        leaves=np.concatenate(leaves),
        leaf_trees=np.concatenate(leaf_trees),
        true_child=children[:, 0],
        false_child=children[:, 1],
        true_is_leaf=are_leaves[:, 0],
        false_is_leaf=are_leaves[:, 1],
    )


def tree_attributes(
    nodes: BinaryNodes,
    roots: NDArray[np.int32],
    columns: NDArray[np.int32],
    sets: list[NDArray[np.float64]],
    weigh: Callable[[NDArray[np.int32], NDArray[np.int64]], NDArray[np.float64]],
    real: type[np.float64] | type[np.float32],
) -> list[onnx.AttributeProto]:
    """Attributes of a ``TreeEnsemble`` node whose output has one column a tree: the weight of the leaf reached.

    Args:
        nodes: Nodes of the forest.
        roots: First node of each of the trees wanted.
        columns: For each node the column of the input matrix that it tests.
        sets: Members of each set.
        weigh: The number that stands for a leaf in a tree, from the numbers of both.
        real: float64 or float32.

    Raises:
        TooLargeError: Copies of shared nodes are too many.
    """
    layout = _lay_out(nodes, roots)
    tests = layout.tests
    is_test = nodes.leaf[tests] < 0
    mode = np.where(is_test, nodes.mode[tests], _LEQ).astype(np.uint8)
    is_empty = np.array([len(members) == 0 for members in sets] + [False])[nodes.set_index[tests]] & (mode == _MEMBER)
    mode[is_empty] = _LT  # nothing is below minus infinity
    threshold = np.where(is_test & (mode != _MEMBER), np.where(is_empty, -np.inf, nodes.threshold[tests]), 0.0)
    if real is np.float32:
        mode, threshold = _in_single(mode, threshold)
    weights = weigh(nodes.leaf[layout.leaves], layout.leaf_trees)
    attributes = {
        "aggregate_function": 1,
        "post_transform": 0,
        "n_targets": len(roots),
        "tree_roots": np.arange(len(roots)),
        "nodes_featureids": np.where(is_test, columns[tests], 0),
        "nodes_modes": numpy_helper.from_array(mode, "nodes_modes"),
        "nodes_splits": numpy_helper.from_array(threshold.astype(real), "nodes_splits"),
        "nodes_truenodeids": layout.true_child,
        "nodes_trueleafs": layout.true_is_leaf,
        "nodes_falsenodeids": layout.false_child,
        "nodes_falseleafs": layout.false_is_leaf,
        "nodes_missing_value_tracks_true": nodes.missing_is_true[tests],
        "leaf_targetids": layout.leaf_trees,
        "leaf_weights": numpy_helper.from_array(weights.astype(real), "leaf_weights"),
    }
    members = [np.append(sets[index], np.nan) for index in nodes.set_index[tests[mode == _MEMBER]].tolist()]
    if members:
        attributes["membership_values"] = numpy_helper.from_array(np.concatenate(members).astype(real), "members")
    return [_attribute(name, value) for name, value in attributes.items()]


def _in_single(
    mode: NDArray[np.uint8], threshold: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Tests of float32 numbers against doubles as tests against float32 numbers, with the same outcome."""
    single = threshold.astype(np.float32)
    wide = single.astype(np.float64)
    down = np.where(wide > threshold, np.nextafter(single, np.float32(-np.inf)), single)
    up = np.where(wide < threshold, np.nextafter(single, np.float32(np.inf)), single)
    never = (mode == _EQ) & (wide != threshold)
    folded = np.where((mode == _LEQ) | (mode == _GT), down, np.where((mode == _LT) | (mode == _GTE), up, single))
    return np.where(never, _LT, mode).astype(np.uint8), np.where(never, -np.inf, folded).astype(np.float64)


def _attribute(name: str, value: Any) -> onnx.AttributeProto:
    if not isinstance(value, np.ndarray):
        return onnx.helper.make_attribute(name, value)
    # make_attribute looks at every element; a forest has a million.
    attribute = onnx.AttributeProto(name=name, type=onnx.AttributeProto.INTS)
    attribute.ints.extend(value.astype(np.int64).tolist())
    return attribute
