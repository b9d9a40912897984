"""The walk: which leaf each row reaches in each tree, level by level, vectorised over rows and trees.

Tests are first brought to one of three kinds, so that a step is a few gathers and one comparison: ``x <= t``,
``x == t`` and membership. ``x < t`` is ``x <= the double before t``; ``>`` and ``>=`` swap the children. Every node has
three ways out, in one array: ``children[3 * node + outcome]`` with outcome 0 false, 1 true, 2 unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._casts import cast, numbers
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import DataType, TreeEnsemble, TreeTest

__all__ = ["PENALTY", "UNKNOWN_TEST", "WalkPlan", "feature_matrix", "leaves_of", "plan_walk", "step"]

_FALSE, _TRUE, _UNKNOWN = 0, 1, 2
PENALTY = 1
UNKNOWN_TEST = 1 << 15
"""A count is made of two: unknown tests passed, and penalties due, of which there are fewer than this."""
_UNSEEN = -1.0
"""Position of a text that is none of the ensemble's categories: it equals none of them."""
_PAIRS = 1 << 16
"""Pairs of row and tree walked at once: their working arrays stay in the cache."""
_ROWS = 1 << 15


@dataclass(frozen=True, slots=True)
class WalkPlan:
    """Arrays prepared once for an ensemble.

    Attributes:
        feature: int32, shape (N,): column of the feature matrix; 0 where no feature is tested.
        threshold: float64, shape (N,): the number compared with.
        children: int32, shape (3 N,): where each outcome leads.
        is_equality: bool, shape (N,), or ``None`` when no node tests equality.
        set_of: int32, shape (N,), or ``None`` when no node tests membership.
        universe: float64: all members of all sets, ascending.
        membership: bool, shape (S, len(universe) + 1): which of them each set holds; the last column is "none".
        counts: int32, shape (3 N,): what each way adds to a row's count: ``UNKNOWN_TEST`` where the test is unknown,
            ``PENALTY`` where the ensemble's penalty is due.
    """

    feature: NDArray[np.int32]
    threshold: Numbers
    children: NDArray[np.int32]
    leaf: NDArray[np.int32]
    is_equality: NDArray[np.bool_] | None
    set_of: NDArray[np.int32] | None
    universe: Numbers
    membership: NDArray[np.bool_]
    counts: NDArray[np.int32]


def plan_walk(ensemble: TreeEnsemble) -> WalkPlan:
    """Prepare an ensemble for walking."""
    test = ensemble.test
    threshold = np.array(ensemble.threshold)
    strict = (test == TreeTest.LESS_THAN) | (test == TreeTest.GREATER_OR_EQUAL)
    with np.errstate(all="ignore"):
        below = np.nextafter(threshold, -np.inf)
    # Nothing is below minus infinity: a comparison with NaN is never true.
    threshold[strict] = np.where(np.isneginf(threshold), np.nan, below)[strict]
    swapped = np.isin(test, (TreeTest.GREATER_THAN, TreeTest.GREATER_OR_EQUAL, TreeTest.NOT_EQUAL))
    always, is_missing = test == TreeTest.ALWAYS, test == TreeTest.IS_MISSING
    children = np.stack([ensemble.when_false, ensemble.when_true, ensemble.when_missing], axis=1)
    children[swapped, :2] = children[swapped, 1::-1]
    children[always] = ensemble.when_true[always, None]
    children[is_missing, _TRUE] = ensemble.when_false[is_missing]
    children[is_missing, _UNKNOWN] = ensemble.when_true[is_missing]
    is_equality = (test == TreeTest.EQUAL) | (test == TreeTest.NOT_EQUAL)
    in_set = test == TreeTest.IN_SET
    universe, membership = _membership(ensemble)
    set_of = None
    if in_set.any() and ensemble.set_index is not None:
        set_of = np.where(in_set, ensemble.set_index, -1).astype(np.int32)
    return WalkPlan(
        feature=np.maximum(ensemble.feature, 0).astype(np.int32),
        threshold=threshold,
        children=np.ascontiguousarray(children.reshape(-1), dtype=np.int32),
        leaf=ensemble.leaf,
        is_equality=is_equality if is_equality.any() else None,
        set_of=set_of,
        universe=universe,
        membership=membership,
        counts=_counts(ensemble, swapped, is_missing),
    )


def _counts(ensemble: TreeEnsemble, swapped: NDArray[np.bool_], is_missing: NDArray[np.bool_]) -> NDArray[np.int32]:
    counts = np.zeros((ensemble.n_nodes, 3), dtype=np.int32)
    if ensemble.penalties is not None:
        counts[:, [_TRUE, _FALSE, _UNKNOWN]] = ensemble.penalties * PENALTY
        counts[swapped, :2] = counts[swapped, 1::-1]
        counts[is_missing, _UNKNOWN] = counts[is_missing, _TRUE]
        always = ensemble.test == TreeTest.ALWAYS
        counts[always] = counts[always, _TRUE, None]  # whatever its outcome is taken to be
    compares = ~(is_missing | (ensemble.test == TreeTest.ALWAYS) | (ensemble.test == TreeTest.LEAF))
    counts[compares, _UNKNOWN] += UNKNOWN_TEST
    return np.ascontiguousarray(counts.reshape(-1))


def _membership(ensemble: TreeEnsemble) -> tuple[Numbers, NDArray[np.bool_]]:
    if ensemble.set_members is None or ensemble.set_offsets is None:
        return np.zeros(0), np.zeros((0, 1), dtype=np.bool_)
    universe, position = np.unique(ensemble.set_members, return_inverse=True)
    count = len(ensemble.set_offsets) - 1
    membership = np.zeros((count, len(universe) + 1), dtype=np.bool_)
    owner = np.repeat(np.arange(count), np.diff(ensemble.set_offsets))
    membership[owner, position] = True
    return universe, membership


def feature_matrix(ensemble: TreeEnsemble, columns: list[Column]) -> Numbers:
    """float64, shape (n_rows, n_features): what the nodes compare; text as positions of the ensemble's categories."""
    n_rows = len(columns[0]) if columns else 0
    matrix = np.empty((n_rows, max(len(columns), 1)))
    for index, (column, categories) in enumerate(zip(columns, ensemble.feature_categories, strict=True)):
        matrix[:, index] = numbers(column) if categories is None else _positions(column, categories)
        if categories is None and ensemble.input_type is DataType.FLOAT:
            with np.errstate(over="ignore"):
                matrix[:, index] = matrix[:, index].astype(np.float32)
    return matrix


def _positions(column: Column, categories: tuple[str, ...]) -> Numbers:
    """Position of each text among the ensemble's categories, found once a distinct text."""
    text = cast(column, DataType.STRING)
    if not isinstance(text, TextColumn):
        return np.full(len(column), np.nan)
    position = {category: float(index) for index, category in enumerate(categories)}
    table = np.array([*(position.get(category, _UNSEEN) for category in text.categories), np.nan])
    result: Numbers = table[text.codes]
    return result


def leaves_of(plan: WalkPlan, roots: NDArray[np.int32], matrix: Numbers) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Leaf, and count of unknown tests and penalties on the way, each int32, shape (n_trees, n_rows)."""
    n_rows = len(matrix)
    leaves = np.empty((len(roots), n_rows), dtype=np.int32)
    unknown = np.zeros((len(roots), n_rows), dtype=np.int32)
    for start in range(0, n_rows, _ROWS):
        block = np.ascontiguousarray(matrix[start : start + _ROWS])
        step = max(1, _PAIRS // max(len(block), 1))
        for first in range(0, len(roots), step):
            part = roots[first : first + step]
            nodes, passed = _walk(plan, part, block)
            leaves[first : first + step, start : start + len(block)] = plan.leaf[nodes].reshape(len(part), -1)
            if passed is not None:
                unknown[first : first + step, start : start + len(block)] = passed.reshape(len(part), -1)
    return leaves, unknown


def _walk(
    plan: WalkPlan, roots: NDArray[np.int32], block: Numbers
) -> tuple[NDArray[np.intp], NDArray[np.int32] | None]:
    """Last node of each pair of tree and row, and the counts of ways taken (``None``: nothing is missing)."""
    n_rows, width = block.shape
    flat = block.reshape(-1)
    final = np.repeat(roots.astype(np.intp), n_rows)
    passed = np.zeros(len(final), dtype=np.int32) if np.isnan(flat).any() else None
    offset = np.tile(np.arange(n_rows) * width, len(roots))
    # ``take`` gathers in about half the time that an index in brackets needs.
    active = np.flatnonzero(plan.leaf.take(final) < 0)
    node, offset = final.take(active), offset.take(active)
    while len(active):
        values = flat.take(offset + plan.feature.take(node))
        outcome = _outcome(plan, node, values)
        if passed is not None:
            outcome[np.isnan(values)] = _UNKNOWN
        way = 3 * node
        way += outcome
        if passed is not None:
            passed[active] += plan.counts.take(way)
        node = plan.children.take(way).astype(np.intp)
        ended = plan.leaf.take(node) >= 0
        if ended.any():
            final[active[ended]] = node[ended]
            going = np.flatnonzero(~ended)
            active, node, offset = active.take(going), node.take(going), offset.take(going)
    return final, passed


def _outcome(plan: WalkPlan, node: NDArray[np.integer[Any]], values: Numbers) -> NDArray[np.int8]:
    threshold = plan.threshold.take(node)
    result = values <= threshold
    if plan.is_equality is not None:
        result = np.where(plan.is_equality[node], values == threshold, result)
    if plan.set_of is not None:
        set_index = plan.set_of[node]
        tests_set = np.flatnonzero(set_index >= 0)
        if len(tests_set):
            tested = values[tests_set]
            position = np.searchsorted(plan.universe, tested)
            # The last place stands for what is in no set; with sets that have no members it is the only one.
            found = np.append(plan.universe, np.nan)[position] == tested
            position[~found] = len(plan.universe)
            result[tests_set] = plan.membership[set_index[tests_set], position]
    return result.view(np.int8)


def step(plan: WalkPlan, node: NDArray[np.int32], matrix: Numbers) -> NDArray[np.int64]:
    """The way that each row takes at its node: a position in ``children`` and ``counts``."""
    values = matrix[np.arange(len(node)), plan.feature[node]]
    outcome = _outcome(plan, node, values)
    outcome[np.isnan(values)] = _UNKNOWN
    return 3 * node.astype(np.int64) + outcome
