"""A tree at an unknown test under ``weightedConfidence`` and ``aggregateNodes`` (PMML 4.4, TreeModel).

Both go on in every child that is not ruled out. ``weightedConfidence`` weights each child's answer by the records of
the child as a whole; ``aggregateNodes`` adds up the record counts of all leaves reached. Nodes are visited once, from
the leaves to the root, for all rows at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.reference._tree_walk import WalkPlan, outcomes
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import MissingPath, TreeEnsemble

__all__ = ["split_at_unknown"]


def split_at_unknown(ensemble: TreeEnsemble, plan: WalkPlan, matrix: Numbers) -> tuple[Numbers, Numbers | None]:
    """Score columns and confidences of rows of a single tree, both float64, shape (n_rows, V)."""
    parts = [ensemble.leaf_values]
    if ensemble.leaf_confidences is not None:
        parts.append(ensemble.leaf_confidences)
    answers = np.concatenate(parts, axis=1)
    result = np.empty((len(matrix), answers.shape[1]))
    step = max(1, (1 << 22) // max(ensemble.n_nodes * answers.shape[1], 1))
    for start in range(0, len(matrix), step):
        result[start : start + step] = _split(ensemble, plan, matrix[start : start + step], answers)
    width = ensemble.leaf_values.shape[1]
    return result[:, :width], result[:, width:] if len(parts) == 2 else None


def _split(ensemble: TreeEnsemble, plan: WalkPlan, matrix: Numbers, answers: Numbers) -> Numbers:
    n_rows = len(matrix)
    weighted = ensemble.missing_path is MissingPath.WEIGHTED_CONFIDENCE
    order = _from_leaves_to_root(ensemble)
    counts = _leaf_counts(ensemble)
    total = _records_below(ensemble, order, counts)
    answer: dict[int, Numbers] = {}
    weight: dict[int, Numbers] = {}
    for node in order:
        if ensemble.leaf[node] >= 0:
            leaf = int(ensemble.leaf[node])
            answer[node] = np.broadcast_to(np.nan_to_num(answers[leaf]), (n_rows, answers.shape[1]))
            weight[node] = np.full(n_rows, counts[leaf])
            continue
        outcome = outcomes(plan, node, matrix)
        ways = [int(plan.children[3 * node + way]) for way in (0, 1, 2)]
        if not plan.counts_unknown[node]:
            # "always" and "is missing" are never unknown: three certain ways.
            answer[node] = np.choose(outcome[:, None], [answer[way] for way in ways])
            weight[node] = np.choose(outcome, [weight[way] for way in ways])
            continue
        answer[node], weight[node] = _mix(outcome, ways, answer, weight, total if weighted else None)
    root = int(ensemble.roots[0])
    return np.where(weight[root][:, None] > 0, answer[root], np.nan)


def _mix(
    outcome: NDArray[np.int8],
    ways: list[int],
    answer: dict[int, Numbers],
    weight: dict[int, Numbers],
    total: Numbers | None,
) -> tuple[Numbers, Numbers]:
    """Answer and weight at a test: of one side where it is known, of both where it is unknown."""
    no, yes = ways[0], ways[1]
    # A child that is entered counts with all of its records, however few of its leaves are reached.
    weight_yes = weight[yes] if total is None else np.where(weight[yes] > 0, total[yes], 0.0)
    both = weight[no] + weight_yes
    with np.errstate(all="ignore"):
        mixed = (weight[no][:, None] * answer[no] + weight_yes[:, None] * answer[yes]) / both[:, None]
    mixed = np.where(both[:, None] > 0, mixed, 0.0)
    return np.choose(outcome[:, None], [answer[no], answer[yes], mixed]), np.choose(
        outcome, [weight[no], weight_yes, both]
    )


def _leaf_counts(ensemble: TreeEnsemble) -> Numbers:
    """Record count of each leaf, 0 for a leaf without a prediction; 1 where the tree gives none."""
    given = ensemble.leaf_record_counts
    counts = np.ones(len(ensemble.leaf_values)) if given is None else np.nan_to_num(given)
    return np.where(np.isnan(ensemble.leaf_values).all(axis=1), 0.0, counts)


def _from_leaves_to_root(ensemble: TreeEnsemble) -> list[int]:
    """Every node after all that it leads to."""
    seen: set[int] = set()
    order: list[int] = []
    stack = [(int(ensemble.roots[0]), False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
            continue
        if node in seen:
            continue
        seen.add(node)
        stack.append((node, True))
        if ensemble.leaf[node] < 0:
            following = (ensemble.when_true[node], ensemble.when_false[node], ensemble.when_missing[node])
            stack.extend((int(child), False) for child in following if child >= 0 and int(child) not in seen)
    return order


def _records_below(ensemble: TreeEnsemble, order: list[int], counts: Numbers) -> Numbers:
    """Records of each node: those of the distinct leaves below it, a leaf that two paths share counted once."""
    below: dict[int, frozenset[int]] = {}
    total = np.zeros(ensemble.n_nodes)
    for node in order:
        leaf = int(ensemble.leaf[node])
        if leaf >= 0:
            below[node] = frozenset((leaf,))
        else:
            below[node] = below[int(ensemble.when_true[node])] | below[int(ensemble.when_false[node])]
        total[node] = sum(float(counts[index]) for index in below[node])
    return total
