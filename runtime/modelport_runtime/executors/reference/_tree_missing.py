"""A tree at an unknown predicate under ``weightedConfidence`` and ``aggregateNodes`` (PMML 4.4, TreeModel).

Both enter the child whose predicate is unknown and every later one that may be true, up to the first that is true:
those after it cannot be chosen whatever the missing value is. ``weightedConfidence`` weighs each child's answer by its
share of the records of those entered; ``aggregateNodes`` adds up the records of each class in all leaves reached.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.reference._tree_walk import UNKNOWN_TEST, WalkPlan, step
from modelport_runtime.executors.reference._values import Mask, Numbers
from modelport_runtime.hub import MissingPath, TreeEnsemble, TreeSplits

__all__ = ["Mixture", "leaf_answers", "split_at_unknown", "split_positions", "splits_are_whole"]

_FALSE, _TRUE, _UNKNOWN = 0, 1, 2


@dataclass(slots=True)
class Mixture:
    """What several leaves make of each row.

    Attributes:
        leaf: int32, shape (n_rows,): the leaf of rows that never entered several children; -1 for the others.
        penalties: int32, shape (n_rows,): penalties due to those rows.
        scores: float64, shape (n_rows, V).
        confidences: float64, shape (n_rows, V), or ``None``.
    """

    leaf: NDArray[np.int32]
    penalties: NDArray[np.int32]
    scores: Numbers
    confidences: Numbers | None


@dataclass(slots=True)
class _Visit:
    """Rows that come to a node, and with what."""

    node: int
    rows: NDArray[np.intp]
    weight: Numbers
    penalties: NDArray[np.int32]


def split_at_unknown(ensemble: TreeEnsemble, plan: WalkPlan, matrix: Numbers) -> Mixture:
    """Scores and confidences of rows of a single tree."""
    splitter = _Splitter(ensemble, plan, matrix)
    splitter.run()
    return splitter.mixture()


def splits_are_whole(ensemble: TreeEnsemble) -> bool:
    """Whether every node to which a split leads is a leaf or a split."""
    entered = ensemble.roots
    known = np.zeros(0, dtype=np.int32)
    if ensemble.splits is not None:
        splits = ensemble.splits
        entered = np.concatenate([entered, splits.content, splits.otherwise[splits.otherwise >= 0]])
        known = splits.begin[splits.offsets[:-1]]
    return bool(np.isin(entered[ensemble.leaf[entered] < 0], known).all())


def split_positions(splits: TreeSplits) -> dict[int, int]:
    """The split at each node that begins one: with the predicate of its first child."""
    return {int(splits.begin[at]): split for split, at in enumerate(splits.offsets[:-1])}


def leaf_answers(ensemble: TreeEnsemble) -> tuple[Numbers, Numbers]:
    """What each leaf answers: values, then confidences; and its weight, 0 for a leaf without a prediction."""
    width = 1 if ensemble.leaf_confidences is None else 2
    parts = [ensemble.leaf_values, ensemble.leaf_confidences][:width]
    records = np.ones(len(ensemble.leaf_values))
    if ensemble.missing_path is MissingPath.AGGREGATE_NODES:
        counts = ensemble.leaf_class_counts
        if counts is not None:
            records = np.add.accumulate(counts, axis=1)[:, -1]
            if counts.shape[1] > 1 or ensemble.targets[0].classes:
                with np.errstate(all="ignore"):
                    parts = [counts / records[:, None]] * width
        elif ensemble.leaf_record_counts is not None:
            records = np.nan_to_num(ensemble.leaf_record_counts)
    records = np.where(np.isnan(ensemble.leaf_values).all(axis=1), 0.0, records)
    return np.nan_to_num(np.concatenate([part for part in parts if part is not None], axis=1)), records


class _Splitter:
    def __init__(self, ensemble: TreeEnsemble, plan: WalkPlan, matrix: Numbers) -> None:
        self._ensemble, self._plan, self._matrix = ensemble, plan, matrix
        self._aggregates = ensemble.missing_path is MissingPath.AGGREGATE_NODES
        splits = ensemble.splits
        self._splits = splits
        self._split_at = {} if splits is None else split_positions(splits)
        self._answers, self._records = leaf_answers(ensemble)
        shape = (len(matrix), self._answers.shape[1])
        self._total, self._weight = np.zeros(shape), np.zeros(len(matrix))
        self._is_split: Mask = np.zeros(len(matrix), dtype=np.bool_)
        self._leaf, self._penalties = np.full(len(matrix), -1, np.int32), np.zeros(len(matrix), np.int32)

    def run(self) -> None:
        n_rows = len(self._matrix)
        waiting = [_Visit(int(self._ensemble.roots[0]), np.arange(n_rows), np.ones(n_rows), np.zeros(n_rows, np.int32))]
        while waiting:
            visit = waiting.pop()
            leaf = int(self._plan.leaf[visit.node])
            if leaf >= 0:
                self._arrive(leaf, visit)
            elif self._splits is not None:
                waiting.extend(self._enter(self._splits, self._split_at[visit.node], visit))

    def _arrive(self, leaf: int, visit: _Visit) -> None:
        weight = visit.weight * self._records[leaf]
        width = self._ensemble.leaf_values.shape[1]
        self._leaf[visit.rows], self._penalties[visit.rows] = leaf, visit.penalties
        self._weight[visit.rows] += weight
        self._total[visit.rows, :width] += weight[:, None] * self._answers[leaf, :width]
        trusted = weight * self._ensemble.missing_value_penalty**visit.penalties
        self._total[visit.rows, width:] += trusted[:, None] * self._answers[leaf, width:]

    def _enter(self, splits: TreeSplits, split: int, visit: _Visit) -> list[_Visit]:
        """The children that rows enter, or what follows where they enter none."""
        first, last = int(splits.offsets[split]), int(splits.offsets[split + 1])
        n_rows, otherwise = len(visit.rows), int(splits.otherwise[split])
        searching = np.ones(n_rows, dtype=np.bool_)
        entered = np.zeros((last - first, n_rows), dtype=np.bool_)
        penalties = visit.penalties.copy()
        for child in range(first, last):
            rows = np.flatnonzero(searching)
            if not len(rows):
                break
            after = int(splits.begin[child + 1]) if child + 1 < last else otherwise
            verdict, due = self._verdicts(visit.rows[rows], splits, child, after)
            entered[child - first, rows] = verdict != _FALSE
            searching[rows[verdict == _TRUE]] = False
            penalties[rows] += due
        several = entered.sum(axis=0) > 1
        self._is_split[visit.rows[several]] = True
        visits = []
        weights = self._weights(splits.record_counts[first:last], entered)
        for child, chosen in enumerate(entered):
            rows = np.flatnonzero(chosen)
            if len(rows):
                weight = visit.weight[rows] * weights[child, rows]
                visits.append(_Visit(int(splits.content[first + child]), visit.rows[rows], weight, penalties[rows]))
        rows = np.flatnonzero(~entered.any(axis=0))
        if len(rows) and otherwise >= 0:
            visits.append(_Visit(otherwise, visit.rows[rows], visit.weight[rows], penalties[rows]))
        return visits

    def _weights(self, records: Numbers, entered: NDArray[np.bool_]) -> Numbers:
        """Weight of each child in each row: its share of the records of those entered; 1 where leaves count."""
        if self._aggregates:
            return np.ones(entered.shape)
        weights = np.where(entered, records[:, None], 0.0)
        with np.errstate(all="ignore"):
            # In the order of the children: numpy's own sum has another for one row than for many.
            shares = weights / np.add.accumulate(weights, axis=0)[-1]
        known: Numbers = np.nan_to_num(shares)
        return known

    def _verdicts(
        self, rows: NDArray[np.intp], splits: TreeSplits, child: int, after: int
    ) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Whether a child's predicate is false, true or unknown in each row, and the penalties for finding out."""
        plan, content = self._plan, int(splits.content[child])
        node = np.full(len(rows), splits.begin[child], dtype=np.int32)
        penalties = np.zeros(len(rows), dtype=np.int32)
        going = np.flatnonzero((node != content) & (node != after))
        while len(going):
            way = step(plan, node[going], self._matrix[rows[going]])
            node[going] = plan.children[way]
            penalties[going] += plan.counts[way] % UNKNOWN_TEST
            at = node[going]
            going = going[(at != content) & (at != after) & (plan.leaf[at] < 0)]
        verdict = np.where(node == content, _TRUE, np.where(node == after, _FALSE, _UNKNOWN))
        return verdict.astype(np.int8), penalties

    def mixture(self) -> Mixture:
        with np.errstate(all="ignore"):
            result = np.where(self._weight[:, None] > 0, self._total / self._weight[:, None], np.nan)
        width = self._ensemble.leaf_values.shape[1]
        confidences = None if self._ensemble.leaf_confidences is None else result[:, width:]
        leaf = np.where(self._is_split, np.int32(-1), self._leaf)
        return Mixture(leaf, self._penalties, result[:, :width], confidences)
