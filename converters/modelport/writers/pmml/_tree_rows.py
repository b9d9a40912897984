"""Tests with three ways out, laid out as nested PMML nodes.

A node of the hub tests one column; a row goes to ``when_true``, ``when_false`` or, where the column is missing, to
``when_missing``. A PMML node lists its children with a predicate each, and a row takes the first whose predicate is
true; a comparison with a missing value is not (PMML 4.4, TreeModel, missingValueStrategy ``none``). So the way that
missing values go is written last and catches all:

- missing goes with false: ``x <= t``, then ``True``;
- missing goes with true: ``x > t``, then ``True``;
- missing has its own way: ``isMissing``, then ``x <= t``, then ``True``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import TreeEnsemble, TreeTest

__all__ = ["ALWAYS_TRUE", "Rows", "canonical", "expanded_sizes", "lay_out"]

ALWAYS_TRUE = -1
"""Code of the predicate ``True``. Others are ``2 * node`` for a node's test, one more for the opposite test, and
``-2 - node`` for the test whether the node's column is missing."""

Nodes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Rows:
    """PMML nodes of some trees in document order.

    Attributes:
        node: int32: node of the hub.
        predicate: int64: code of the predicate, see ``ALWAYS_TRUE``.
        depth: int32: 0 for a root.
    """

    node: Nodes
    predicate: NDArray[np.int64]
    depth: Nodes


def canonical(ensemble: TreeEnsemble) -> TreeEnsemble:
    """An equal ensemble without ``ALWAYS`` nodes on any way and without infinite thresholds."""
    test, threshold = ensemble.test.copy(), ensemble.threshold.copy()
    ways = [ensemble.when_true.copy(), ensemble.when_false.copy(), ensemble.when_missing.copy()]
    largest = np.finfo(np.float64).max
    for kind, limit, becomes, bound in (
        (TreeTest.LESS_OR_EQUAL, -np.inf, TreeTest.LESS_THAN, -largest),
        (TreeTest.LESS_THAN, np.inf, TreeTest.LESS_OR_EQUAL, largest),
        (TreeTest.GREATER_OR_EQUAL, np.inf, TreeTest.GREATER_THAN, largest),
        (TreeTest.GREATER_THAN, -np.inf, TreeTest.GREATER_OR_EQUAL, -largest),
    ):
        chosen = (ensemble.test == kind) & (ensemble.threshold == limit)
        test[chosen], threshold[chosen] = becomes, bound
    certain = _is(ensemble, TreeTest.LESS_OR_EQUAL, np.inf) | _is(ensemble, TreeTest.GREATER_OR_EQUAL, -np.inf)
    never = _is(ensemble, TreeTest.LESS_THAN, -np.inf) | _is(ensemble, TreeTest.GREATER_THAN, np.inf)
    taken = np.where(certain, ways[0], ways[1])
    decided = certain | never
    ways[0] = np.where(decided, ways[2], ways[0])
    ways[1] = np.where(decided, taken, ways[1])
    test[decided], threshold[decided] = TreeTest.IS_MISSING, 0.0
    ways[2] = np.where(test == TreeTest.IS_MISSING, ways[1], ways[2])
    follow = _without_detours(test, ways)
    when_true, when_false, when_missing = (np.where(way >= 0, follow[way], -1).astype(np.int32) for way in ways)
    return replace(
        ensemble,
        test=test,
        threshold=threshold,
        when_true=when_true,
        when_false=when_false,
        when_missing=when_missing,
        roots=follow[ensemble.roots],
    )


def _is(ensemble: TreeEnsemble, kind: TreeTest, threshold: float) -> NDArray[np.bool_]:
    return np.asarray((ensemble.test == kind) & (ensemble.threshold == threshold))


def _without_detours(test: NDArray[np.uint8], ways: list[Nodes]) -> Nodes:
    """For each node the first one after it, or itself, that decides anything."""
    same = (ways[0] == ways[1]) & (ways[1] == ways[2])
    passes = (test == TreeTest.ALWAYS) | ((test != TreeTest.LEAF) & same)
    follow = np.where(passes, ways[0], np.arange(len(test), dtype=np.int32)).astype(np.int32)
    while np.any(passes[follow]):
        follow = follow[follow]
    return follow


def expanded_sizes(ensemble: TreeEnsemble) -> NDArray[np.float64]:
    """float64, shape (T,): leaves and tests of each tree once shared nodes are written for each way to them."""
    sizes = np.ones(ensemble.n_nodes)
    order = _children_first(ensemble)
    for nodes in order:
        ways = [np.where(way[nodes] >= 0, sizes[way[nodes]], 0.0) for way in _distinct_ways(ensemble)]
        sizes[nodes] = 1.0 + ways[0] + ways[1] + ways[2]
    return sizes[ensemble.roots]


def _distinct_ways(ensemble: TreeEnsemble) -> tuple[Nodes, Nodes, Nodes]:
    when_true, when_false, missing = ensemble.when_true, ensemble.when_false, ensemble.when_missing
    own = (missing != when_true) & (missing != when_false)
    return when_true, when_false, np.where(own, missing, -1).astype(np.int32)


def _children_first(ensemble: TreeEnsemble) -> list[Nodes]:
    """Groups of nodes, each after all groups that its nodes lead to."""
    level = np.zeros(ensemble.n_nodes, dtype=np.int32)
    frontier, depth = np.unique(ensemble.roots), 0
    while len(frontier):
        level[frontier] = depth
        following = np.concatenate([way[frontier] for way in _distinct_ways(ensemble)])
        frontier, depth = np.unique(following[following >= 0]), depth + 1
    order = np.argsort(-level, kind="stable").astype(np.int32)
    cuts = np.flatnonzero(np.diff(level[order])) + 1
    return np.split(order, cuts)


def lay_out(ensemble: TreeEnsemble, roots: Nodes, blank_leaf: NDArray[np.bool_], present: NDArray[np.bool_]) -> Rows:
    """Lay out trees of a canonical ensemble.

    Args:
        ensemble: What ``canonical`` gave.
        roots: int32: first nodes of the trees wanted.
        blank_leaf: bool, shape (N,): leaves without a prediction.
        present: bool, shape (N,): nodes whose column is never missing.

    Returns:
        All their PMML nodes, tree after tree, parents before children.
    """
    node, predicate = roots, np.full(len(roots), ALWAYS_TRUE, dtype=np.int64)
    parent = np.full(len(roots), -1, dtype=np.int64)
    levels = []
    first = 0
    while len(node):
        levels.append((node, predicate, parent))
        node, predicate, local = _children(ensemble, node, blank_leaf, present)
        parent, first = local + first, first + len(levels[-1][0])
    return _in_document_order(levels)


def _children(
    ensemble: TreeEnsemble, node: Nodes, blank_leaf: NDArray[np.bool_], present: NDArray[np.bool_]
) -> tuple[Nodes, NDArray[np.int64], NDArray[np.int64]]:
    """Children of the nodes of one level: their nodes, predicates, and positions of their parents in that level."""
    position = np.flatnonzero(ensemble.test[node] != TreeTest.LEAF)
    tests = node[position].astype(np.int64)
    when_true, when_false, missing = (
        way[tests] for way in (ensemble.when_true, ensemble.when_false, ensemble.when_missing)
    )
    missing = np.where(present[tests], when_false, missing)
    with_true = (missing == when_true) & (missing != when_false)
    own_way = (missing != when_true) & (missing != when_false)
    unscored = own_way & blank_leaf[missing]
    # Up to three children each, in this order; a child of -1 is left out.
    asked = np.where(own_way & ~unscored, missing, -1)
    tested = np.where(with_true, when_false, when_true)
    rest = np.where(with_true, when_true, when_false)
    codes = np.stack(
        (-2 - tests, 2 * tests + with_true, np.where(unscored, 2 * tests + 1, ALWAYS_TRUE)), axis=1
    ).ravel()
    rest = np.where((codes[2::3] == ALWAYS_TRUE) & blank_leaf[rest], -1, rest)
    children = np.stack((asked, tested, rest), axis=1).ravel()
    kept = children >= 0
    return children[kept].astype(np.int32), codes[kept], np.repeat(position, 3)[kept]


def _in_document_order(levels: list[tuple[Nodes, NDArray[np.int64], NDArray[np.int64]]]) -> Rows:
    counts = [len(level[0]) for level in levels]
    starts = np.concatenate(([0], np.cumsum(counts)))
    node = np.concatenate([level[0] for level in levels])
    predicate = np.concatenate([level[1] for level in levels])
    parent = np.concatenate([level[2] for level in levels])
    depth = np.repeat(np.arange(len(levels), dtype=np.int32), counts)
    size = np.ones(len(node), dtype=np.int64)
    for level in range(len(levels) - 1, 0, -1):
        rows = slice(starts[level], starts[level + 1])
        size[: starts[level]] += np.bincount(parent[rows], size[rows], starts[level]).astype(np.int64)
    before = np.empty(len(node), dtype=np.int64)
    for level in range(len(levels)):
        rows = slice(starts[level], starts[level + 1])
        ahead = np.cumsum(size[rows]) - size[rows]  # of all rows earlier in this level
        if level == 0:
            before[rows] = ahead
            continue
        parents = parent[rows]
        opens = np.concatenate(([True], parents[1:] != parents[:-1]))
        siblings = ahead - ahead[opens][np.cumsum(opens) - 1]
        before[rows] = before[parents] + 1 + siblings
    order = np.empty(len(node), dtype=np.int64)
    order[before] = np.arange(len(node))
    return Rows(node=node[order], predicate=predicate[order], depth=depth[order])
