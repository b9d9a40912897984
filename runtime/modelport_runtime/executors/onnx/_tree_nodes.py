"""A tree ensemble's arrays as the attributes of ONNX ``TreeEnsemble`` (``ai.onnx.ml`` 5).

The hub's nodes have three ways out and may be shared; ONNX's have two, a flag that says which of them a missing value
takes, and one parent. A node whose missing values go a third way gets a test for missing in front
(``x < -inf`` with the flag set), and shared nodes are copied for each parent. So every leaf has one way to it, and what
is due on that way (PMML 4.4, TreeModel, missingValuePenalty) is a number of the leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from modelport_runtime.hub import TreeEnsemble, TreeTest

__all__ = ["BinaryNodes", "NodeAttributes", "TooLargeError", "add_tree_attributes", "binary_nodes", "node_attributes"]

MAX_COPIES = 8
FEW_NODES = 1 << 15
"""Shared nodes may become this many times as many nodes when they are copied, or this many in all: past that a graph
takes longer to make than the reference takes to score."""

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
        due: int64, shape (number of nodes, 2): penalties due where a test is true and where it is false; ``None`` where
            nobody asks.
        due_before: int64, shape (number of trees,): those due before the root.
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
    due: NDArray[np.int64] | None = None
    due_before: NDArray[np.int64] | None = None


def binary_nodes(ensemble: TreeEnsemble, *, with_penalties: bool = False) -> BinaryNodes:
    """Bring an ensemble's nodes to two ways out.

    Args:
        ensemble: The trees.
        with_penalties: Whether the penalties due on each way are asked for.
    """
    test = ensemble.test
    penalties = ensemble.penalties if with_penalties else None
    target, due_on_way = _without_always(ensemble, penalties)
    is_test = ensemble.leaf < 0
    ways = np.stack((ensemble.when_true, ensemble.when_false, ensemble.when_missing), axis=1)
    due: NDArray[Any] = np.zeros(ways.shape, np.uint8) if penalties is None else penalties + due_on_way[ways]
    ways = np.where(is_test[:, None], target[ways], -1).astype(np.int32)
    swapped = test == TreeTest.NOT_EQUAL
    asks_missing = test == TreeTest.IS_MISSING
    for array in (ways, due):
        array[swapped, :2] = array[swapped, 1::-1]
        array[asks_missing, 2] = array[asks_missing, 0]
    (when_true, when_false, when_missing), missing_is = ways.T, _same_way(ways, due)
    threshold = np.where(asks_missing, -np.inf, ensemble.threshold)
    set_index = np.full(len(test), -1, np.int32) if ensemble.set_index is None else ensemble.set_index
    nodes = BinaryNodes(
        feature=ensemble.feature,
        mode=_MODES[test],
        threshold=threshold,
        set_index=set_index,
        when_true=when_true,
        when_false=when_false,
        missing_is_true=missing_is[:, 0],
        leaf=ensemble.leaf,
        roots=target[ensemble.roots].astype(np.int32),
        due=None if penalties is None else due[:, :2],
        due_before=None if penalties is None else due_on_way[ensemble.roots],
    )
    third_way = np.flatnonzero(is_test & ~missing_is.any(axis=1))
    return _with_missing_tests(nodes, third_way, when_missing[third_way], due[third_way, 2])


def _same_way(ways: NDArray[np.int32], due: NDArray[Any]) -> NDArray[np.bool_]:
    """bool, shape (number of nodes, 2): whether a missing value goes the way of true, and that of false."""
    return np.asarray((ways[:, 2:] == ways[:, :2]) & (due[:, 2:] == due[:, :2]))


def _without_always(
    ensemble: TreeEnsemble, penalties: NDArray[np.uint8] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each node the first one that is no ``ALWAYS``, following ``when_true``, and the penalties due until there."""
    target, due = np.arange(ensemble.n_nodes), np.zeros(ensemble.n_nodes, np.int64)
    always = ensemble.test == TreeTest.ALWAYS
    while True:
        passes = always[target]
        if not passes.any():
            return target, due
        if penalties is not None:
            due[passes] += penalties[target[passes], 0]
        target[passes] = ensemble.when_true[target[passes]]


def _with_missing_tests(
    nodes: BinaryNodes,
    places: NDArray[np.intp],
    when_missing: NDArray[np.int32],
    due_when_missing: NDArray[Any],
) -> BinaryNodes:
    """Put a test for missing in the given places; the tests that stood there follow at the end."""
    if not len(places):
        return nodes
    moved = np.arange(len(nodes.leaf), len(nodes.leaf) + len(places), dtype=np.int32)

    def at_places(array: NDArray[Any], value: Any) -> NDArray[Any]:
        grown = np.concatenate((array, array[places]))
        grown[places] = value
        return grown

    due = nodes.due
    if due is not None:
        due = at_places(due, np.stack((due_when_missing, np.zeros_like(due_when_missing)), axis=1))
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
        due=due,
        due_before=nodes.due_before,
    )


@dataclass(frozen=True, slots=True)
class ForestLayout:
    """Nodes of a forest, those of each tree together, shared ones copied; tests and leaves are numbered apart.

    Attributes:
        tests: Nodes that are tests, tree after tree; a tree that is a leaf has a test of nothing.
        test_bounds: Tests of tree t are ``tests[test_bounds[t]:test_bounds[t + 1]]``.
        leaves: Nodes that are leaves, tree after tree.
        leaf_bounds: Likewise.
        children: int64, shape (number of tests, 2): where true and false lead, numbered within the tree.
        are_leaves: bool, of the same shape: whether they lead to leaves.
        n_below: int64, of the same shape: leaves below each.
        due: int64, shape (number of leaves,): penalties due on the way to each leaf; ``None`` where nobody asks.
    """

    tests: NDArray[np.int64]
    test_bounds: NDArray[np.int64]
    leaves: NDArray[np.int64]
    leaf_bounds: NDArray[np.int64]
    children: NDArray[np.int64]
    are_leaves: NDArray[np.bool_]
    n_below: NDArray[np.int64]
    due: NDArray[np.int64] | None = None


def lay_out(nodes: BinaryNodes) -> ForestLayout:
    """Visit all trees at once, level by level, then put each tree's nodes together.

    Raises:
        TooLargeError: Copies of shared nodes are too many.
    """
    is_leaf = nodes.leaf >= 0
    most = max(FEW_NODES, MAX_COPIES * len(nodes.leaf))
    level, trees = nodes.roots.astype(np.int64), np.arange(len(nodes.roots))
    tests, test_trees, leaves, leaf_trees = [], [], [], []
    links, ends_of = [], []
    owed, owed_at_leaves = nodes.due_before, []
    n_tests, n_leaves = len(level), 0
    while len(level):
        tests.append(level)
        test_trees.append(trees)
        both = np.stack((nodes.when_true[level], nodes.when_false[level]), axis=1).astype(np.int64)
        both = np.where(is_leaf[level][:, None], level[:, None], both).reshape(-1)
        ends = is_leaf[both]
        links.append(np.where(ends, n_leaves - 1 + np.cumsum(ends), n_tests - 1 + np.cumsum(~ends)))
        ends_of.append(ends)
        owners = np.repeat(trees, 2)
        leaves.append(both[ends])
        leaf_trees.append(owners[ends])
        if owed is not None and nodes.due is not None:
            own = np.where(is_leaf[level][:, None], 0, nodes.due[level])
            owed = np.repeat(owed, 2) + own.reshape(-1)
            owed_at_leaves.append(owed[ends])
            owed = owed[~ends]
        level, trees = both[~ends], owners[~ends]
        n_tests, n_leaves = n_tests + len(level), n_leaves + len(leaves[-1])
        if n_tests > most:
            raise TooLargeError
    test_order, test_number, test_bounds = _by_tree(np.concatenate(test_trees), len(nodes.roots))
    leaf_order, leaf_number, leaf_bounds = _by_tree(np.concatenate(leaf_trees), len(nodes.roots))
    n_below = _leaves_below(links, ends_of)[test_order]
    children = np.concatenate(links).reshape(-1, 2)[test_order]
    are_leaves = np.concatenate(ends_of).reshape(-1, 2)[test_order]
    last_leaf, last_test = len(leaf_number) - 1, len(test_number) - 1
    return ForestLayout(
        tests=np.concatenate(tests)[test_order],
        test_bounds=test_bounds,
        leaves=np.concatenate(leaves)[leaf_order],
        leaf_bounds=leaf_bounds,
        children=np.where(
            are_leaves, leaf_number[np.minimum(children, last_leaf)], test_number[np.minimum(children, last_test)]
        ),
        are_leaves=are_leaves,
        n_below=n_below,
        due=np.concatenate(owed_at_leaves)[leaf_order] if owed_at_leaves else None,
    )


def _leaves_below(links: list[NDArray[np.int64]], ends_of: list[NDArray[np.bool_]]) -> NDArray[np.int64]:
    """int64, shape (number of tests, 2): leaves below each way out, from the lowest level of tests upwards."""
    levels: list[NDArray[np.int64]] = []
    first = sum(len(level) // 2 for level in links)
    below = np.ones(1, np.int64)  # of tests of the level below, numbered from ``first``
    for level, ends in zip(reversed(links), reversed(ends_of), strict=True):
        counts = np.where(ends, 1, below[np.where(ends, 0, level - first)]).reshape(-1, 2)
        first -= len(counts)
        below = counts.sum(axis=1)
        levels.append(counts)
    return np.concatenate(levels[::-1])


def _by_tree(trees: NDArray[np.int64], n_trees: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """An order that puts trees together, the number that each entry has within its tree, and the trees' bounds."""
    order = np.argsort(trees, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(np.bincount(trees, minlength=n_trees))))
    number = np.empty_like(order)
    number[order] = np.arange(len(order)) - bounds[:-1][trees[order]]
    return order, number, bounds


@dataclass(frozen=True, slots=True)
class NodeAttributes:
    """What the ``TreeEnsemble`` nodes of a forest, one a tree, are made of.

    Attributes:
        layout: Where each tree's nodes stand.
        modes: ONNX node modes.
        splits: Thresholds.
        features: The column of the input matrix that each test looks at.
        missing_is_true: Whether a missing value counts as true.
        asks_negative: Whether some test looks at the negative of a column.
        members: Members of the set of each membership test, each list ended by NaN.
        leaf: The hub's number of each leaf.
    """

    layout: ForestLayout
    modes: NDArray[np.uint8]
    splits: NDArray[np.floating[Any]]
    features: NDArray[np.int64]
    missing_is_true: NDArray[np.bool_]
    asks_negative: bool
    members: dict[int, NDArray[np.float64]]
    leaf: NDArray[np.int32]


def node_attributes(
    nodes: BinaryNodes,
    columns: NDArray[np.int32],
    sets: list[NDArray[np.float64]],
    real: type[np.float64] | type[np.float32],
    n_negated: int = 0,
) -> NodeAttributes:
    """Prepare the attributes of all trees.

    ONNX Runtime puts the node where a test is false next to the test itself, and a processor guesses the way that most
    rows take. So with ``n_negated`` a test whose true way leads to more leaves is asked the other way round:
    ``x <= t`` is the opposite of ``-x < -t``. A forest of 266,100 nodes is walked in nine tenths of the time.

    Args:
        nodes: Nodes of the forest.
        columns: For each node the column of the input matrix that it tests.
        sets: Members of each set.
        real: float64 or float32: the type of the matrix.
        n_negated: Number of columns of the matrix where their negatives follow them, else 0.

    Raises:
        TooLargeError: Copies of shared nodes are too many.
    """
    layout = lay_out(nodes)
    tests = layout.tests
    is_test = nodes.leaf[tests] < 0
    mode = np.where(is_test, nodes.mode[tests], _LT).astype(np.uint8)
    is_empty = np.array([len(members) == 0 for members in sets] + [False])[nodes.set_index[tests]] & (mode == _MEMBER)
    mode[is_empty] = _LT  # nothing is below minus infinity
    threshold = np.where(is_empty | ~is_test, -np.inf, np.where(mode == _MEMBER, 0.0, nodes.threshold[tests]))
    if real is np.float32:
        mode, threshold = _in_single(mode, threshold)
    mode, splits, swapped = _of_one_mode(mode, threshold.astype(real))
    features = np.where(is_test, columns[tests], 0).astype(np.int64)
    turned = np.zeros(len(tests), np.bool_)
    if n_negated:
        n_true, n_false = np.where(swapped[:, None], layout.n_below[:, ::-1], layout.n_below).T
        splits, turned = _negated(mode, splits, n_true > n_false)
        features[turned] += n_negated
        swapped = swapped != turned
    for ways in (layout.children, layout.are_leaves):
        ways[swapped] = ways[swapped, ::-1]
    return NodeAttributes(
        layout=layout,
        modes=mode,
        splits=splits,
        features=features,
        missing_is_true=nodes.missing_is_true[tests] != swapped,
        asks_negative=bool(turned.any()),
        members={
            int(place): np.append(sets[nodes.set_index[tests[place]]], np.nan)
            for place in np.flatnonzero(mode == _MEMBER).tolist()
        },
        leaf=nodes.leaf[layout.leaves],
    )


def add_tree_attributes(node: onnx.NodeProto, prepared: NodeAttributes, tree: int, leaf_weights: NDArray[Any]) -> None:
    """Add the attributes of the ``TreeEnsemble`` node of one tree.

    They are made where they stay: protobuf copies what is added to a message, and a forest has millions of numbers.

    Args:
        node: The node.
        prepared: Attributes of all trees.
        tree: Which tree.
        leaf_weights: What the node gives for each leaf of the forest's layout.
    """
    layout = prepared.layout
    first, last = int(layout.test_bounds[tree]), int(layout.test_bounds[tree + 1])
    tests = slice(first, last)
    leaves = slice(int(layout.leaf_bounds[tree]), int(layout.leaf_bounds[tree + 1]))
    real = prepared.splits.dtype
    attributes = {
        "aggregate_function": 1,
        "post_transform": 0,
        "n_targets": 1,
        "tree_roots": np.zeros(1, np.int64),
        "nodes_featureids": prepared.features[tests],
        "nodes_modes": numpy_helper.from_array(prepared.modes[tests], "nodes_modes"),
        "nodes_splits": numpy_helper.from_array(prepared.splits[tests], "nodes_splits"),
        "nodes_truenodeids": layout.children[tests, 0],
        "nodes_trueleafs": layout.are_leaves[tests, 0],
        "nodes_falsenodeids": layout.children[tests, 1],
        "nodes_falseleafs": layout.are_leaves[tests, 1],
        "nodes_missing_value_tracks_true": prepared.missing_is_true[tests],
        "leaf_targetids": np.zeros(leaves.stop - leaves.start, np.int64),
        "leaf_weights": numpy_helper.from_array(leaf_weights[leaves].astype(real), "leaf_weights"),
    }
    if prepared.members:
        members = [prepared.members[place] for place in range(first, last) if place in prepared.members]
        if members:
            attributes["membership_values"] = numpy_helper.from_array(np.concatenate(members).astype(real), "members")
    for name, value in attributes.items():
        if isinstance(value, np.ndarray):
            # make_attribute would look at every element.
            attribute = node.attribute.add(name=name, type=onnx.AttributeProto.INTS)
            attribute.ints.extend(value.astype(np.int64).tolist())
        else:
            node.attribute.append(onnx.helper.make_attribute(name, value))


def _of_one_mode(
    mode: NDArray[np.uint8], splits: NDArray[Any]
) -> tuple[NDArray[np.uint8], NDArray[Any], NDArray[np.bool_]]:
    """Order tests all as ``<=`` or all as ``<``; the last result says whose ways out are to be swapped for it.

    ONNX Runtime walks a tree in two thirds of the time when all its tests are of one mode.
    """
    orders = mode <= _GT
    never = orders & np.isnan(splits) | (mode == _LT) & np.isneginf(splits)
    swapped = orders & ~never & ((mode == _GT) | (mode == _GTE))
    strict = (mode == _LT) | (mode == _GTE)
    if strict[orders & ~never].all():
        return np.where(orders, _LT, mode).astype(np.uint8), np.where(never, -np.inf, splits), swapped
    splits = np.where(never, np.nan, np.where(strict, _before(splits), splits))
    return np.where(orders, _LEQ, mode).astype(np.uint8), splits, swapped


def _negated(
    mode: NDArray[np.uint8], splits: NDArray[Any], wanted: NDArray[np.bool_]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Splits with which negated columns give the opposite outcome, where that is wanted and can be; and where it is."""
    opposite = np.where(mode == _LEQ, _before(-splits), -_before(splits))
    never = np.where(mode == _LT, np.isneginf(splits), np.isnan(splits))
    # Where a session takes subnormal numbers for zero, so would zero be.
    is_subnormal = (opposite != 0) & (np.abs(opposite) < np.finfo(splits.dtype).tiny)
    turned = wanted & ((mode == _LEQ) | (mode == _LT)) & ~never & ~is_subnormal
    return np.where(turned, opposite, splits), turned


def _before(splits: NDArray[Any]) -> NDArray[Any]:
    """The largest number below each; NaN, which nothing is at most, where there is none."""
    with np.errstate(over="ignore"):
        before: NDArray[Any] = np.nextafter(splits, splits.dtype.type(-np.inf))
    before[np.isneginf(splits)] = np.nan
    return before


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
