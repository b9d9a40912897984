"""Tree ensembles: leaves to aggregated scores, classes and probabilities (PMML 4.4, TreeModel; MultipleModels)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._leaf_numbers import LinearTerms
from modelport_runtime.executors.reference._normalization import class_probabilities, inverse_link
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction, winners
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers, TreeScoring
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._tree_missing import split_at_unknown, splits_are_whole
from modelport_runtime.executors.reference._tree_walk import UNKNOWN_TEST, feature_matrix, leaves_of, plan_walk
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    AggregationMethod,
    DataField,
    DataType,
    MissingPath,
    Model,
    NormalizationMethod,
    TreeEnsemble,
    TreeTarget,
)

__all__ = ["TreeEvaluator", "causes_of_trees", "make_trees"]

_BLOCK_CELLS = 1 << 22
"""Pairs of row and tree whose leaves are held at once, so that memory does not grow with the rows."""


@dataclass(slots=True)
class _Aggregated:
    """What an ensemble says of each row before classes are chosen.

    Attributes:
        scores: float64, shape (n_rows, K).
        leaf: int32, shape (n_rows,): the leaf of a single tree.
        counts: int32, shape (n_rows,): unknown tests and penalties on the way through a single tree.
        confidences: float64, shape (n_rows, V), of a single tree.
    """

    scores: Numbers
    leaf: NDArray[np.int32]
    counts: NDArray[np.int32]
    confidences: Numbers | None


def make_trees(
    predictor: TreeEnsemble, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """An ensemble of trees ready to run, on another engine where one is given for it."""
    return TreeEvaluator(predictor, None if tree_scorers is None else tree_scorers(predictor)).evaluate


def causes_of_trees(predictor: TreeEnsemble, where: str) -> Iterator[UnsupportedCause]:
    """Why an ensemble of trees cannot be scored."""
    if predictor.missing_path is not MissingPath.FOLLOW and not _is_plain(predictor):
        yield UnsupportedCause(
            where=where,
            what=f"missing path {predictor.missing_path!s} in an ensemble of many trees or of linear leaves",
            remedy="make each tree a member of its own",
        )
    elif predictor.missing_path is not MissingPath.FOLLOW and not splits_are_whole(predictor):
        yield UnsupportedCause(where=where, what=f"missing path {predictor.missing_path!s} without the tree's splits")


def _is_plain(ensemble: TreeEnsemble) -> bool:
    """Whether the scores are the values of one leaf."""
    is_sum = ensemble.aggregation_method is AggregationMethod.SUM and ensemble.tree_columns is None
    return ensemble.n_trees == 1 and ensemble.linear is None and is_sum


class TreeEvaluator:
    """An ensemble with its walk prepared. Safe to use from many threads.

    Args:
        ensemble: The trees.
        scorer: Gives the aggregated scores in place of the walk, from the matrix that the nodes compare.
    """

    def __init__(self, ensemble: TreeEnsemble, scorer: TreeScoring | None = None) -> None:
        self.ensemble = ensemble
        self._scorer = scorer if ensemble.n_trees > 1 else None
        self.plan = plan_walk(ensemble)
        self._linear = None if ensemble.linear is None else LinearTerms(ensemble.linear)
        columns = ensemble.tree_columns
        if columns is None:
            self._trees_per_column = np.full(ensemble.n_columns, float(ensemble.n_trees))
        else:
            self._trees_per_column = np.bincount(columns, minlength=ensemble.n_columns).astype(np.float64)

    def matrix(self, scope: Scope) -> Numbers:
        """float64, shape (n_rows, n_features): the tested columns, as nodes compare them."""
        columns = [scope.column(name) for name in self.ensemble.features]
        return feature_matrix(self.ensemble, columns) if columns else np.zeros((scope.n_rows, 1))

    def evaluate(self, model: Model, scope: Scope) -> ModelResult:
        """Predictions of every target."""
        ensemble = self.ensemble
        aggregated = self._aggregate(self.matrix(scope))
        names = model.target_names
        predictions = []
        for index, target in enumerate(ensemble.targets):
            # A member without a target of its own does not give its ensemble's.
            name = target.field if target.field in names else names[index] if index < len(names) else None
            prediction = _prediction(ensemble, target, aggregated, name)
            predictions.append(prediction)
        return ModelResult(predictions=tuple(predictions))

    def _aggregate(self, matrix: Numbers) -> _Aggregated:
        ensemble = self.ensemble
        n_rows = len(matrix)
        if self._scorer is not None:
            nothing = np.zeros(n_rows, np.int32)
            return _Aggregated(self._scorer(matrix), nothing, nothing, None)
        result = _Aggregated(
            np.empty((n_rows, ensemble.n_columns)), np.empty(n_rows, np.int32), np.zeros(n_rows, np.int32), None
        )
        step = max(1, _BLOCK_CELLS // max(ensemble.n_trees, 1))
        for start in range(0, n_rows, step):
            rows = slice(start, start + step)
            leaves, counts = leaves_of(self.plan, ensemble.roots, matrix[rows])
            result.scores[rows] = self._combine(leaves, matrix[rows])
            result.leaf[rows], result.counts[rows] = leaves[0], counts[0]
        if ensemble.n_trees == 1:
            self._single_tree(matrix, result)
        return result

    def _single_tree(self, matrix: Numbers, result: _Aggregated) -> None:
        """Confidences, and what a missing value makes of them, exist for one tree by itself."""
        ensemble = self.ensemble
        penalties = result.counts % UNKNOWN_TEST
        mixed = None
        uncertain = np.flatnonzero(result.counts >= UNKNOWN_TEST)
        if len(uncertain) and ensemble.missing_path is not MissingPath.FOLLOW:
            mixed = split_at_unknown(ensemble, self.plan, matrix[uncertain])
            result.leaf[uncertain], penalties[uncertain] = mixed.leaf, mixed.penalties
            single = self._combine(np.maximum(mixed.leaf, 0)[None, :], matrix[uncertain])
            result.scores[uncertain] = np.where(mixed.leaf[:, None] < 0, mixed.scores, single)
        if ensemble.leaf_confidences is None:
            return
        result.confidences = ensemble.leaf_confidences[result.leaf]
        if ensemble.missing_value_penalty != 1.0:
            result.confidences = result.confidences * (ensemble.missing_value_penalty**penalties)[:, None]
        if mixed is not None and mixed.confidences is not None:
            split = mixed.leaf < 0
            result.confidences[uncertain[split]] = mixed.confidences[split]

    def _combine(self, leaves: NDArray[np.int32], matrix: Numbers) -> Numbers:
        method = self.ensemble.aggregation_method
        if method in (AggregationMethod.MAJORITY_VOTE, AggregationMethod.WEIGHTED_MAJORITY_VOTE):
            return self._votes(leaves)
        with np.errstate(all="ignore"):  # linear leaves make infinities of infinite features, and NaN of their sums
            return self._aggregated(leaves, matrix)

    def _aggregated(self, leaves: NDArray[np.int32], matrix: Numbers) -> Numbers:
        method = self.ensemble.aggregation_method
        if method is AggregationMethod.MEDIAN:
            values = self.ensemble.leaf_values[leaves]
            if self._linear is not None:
                each = zip(values[:, :, 0], leaves, strict=True)
                values = np.stack([self._linear.added(value, leaf, matrix) for value, leaf in each])[:, :, None]
            return np.median(values, axis=0)
        is_float = self.ensemble.sum_type is DataType.FLOAT
        total = self._float_sum(leaves, matrix) if is_float else self._sum(leaves, matrix)
        if method is AggregationMethod.AVERAGE:
            total = total / self._trees_per_column
        elif method is AggregationMethod.WEIGHTED_AVERAGE and self.ensemble.tree_weights is not None:
            total = total / _in_order_sum(self.ensemble.tree_weights)
        if self.ensemble.base_scores is not None and self.ensemble.sum_type is not DataType.FLOAT:
            total = total + self.ensemble.base_scores
        return total

    def _sum(self, leaves: NDArray[np.int32], matrix: Numbers) -> Numbers:
        """Leaf values added tree after tree: the order of a sum is part of its meaning."""
        ensemble = self.ensemble
        total = np.zeros((ensemble.n_columns, leaves.shape[1]))
        values = np.ascontiguousarray(ensemble.leaf_values.T)
        for tree, leaf in enumerate(leaves):
            weight = 1.0 if ensemble.tree_weights is None else ensemble.tree_weights[tree]
            for column in range(len(values)):
                target = column if ensemble.tree_columns is None else ensemble.tree_columns[tree]
                part = values[column][leaf]
                if self._linear is not None:
                    part = self._linear.added(part, leaf, matrix)
                total[target] += part if weight == 1.0 else part * weight
        return total.T

    def _float_sum(self, leaves: NDArray[np.int32], matrix: Numbers) -> Numbers:
        """Leaf values added to the base score tree after tree in float32, as XGBoost does."""
        ensemble = self.ensemble
        total = np.zeros((ensemble.n_columns, leaves.shape[1]), dtype=np.float32)
        if ensemble.base_scores is not None:
            total += ensemble.base_scores.astype(np.float32)[:, None]
        values = np.ascontiguousarray(ensemble.leaf_values.T.astype(np.float32))
        weights = None if ensemble.tree_weights is None else ensemble.tree_weights.astype(np.float32)
        for tree, leaf in enumerate(leaves):
            for column in range(len(values)):
                target = column if ensemble.tree_columns is None else ensemble.tree_columns[tree]
                part = values[column][leaf]
                if self._linear is not None:
                    part = self._linear.added(part, leaf, matrix)
                total[target] += part if weights is None else part * weights[tree]
        return total.T.astype(np.float64)

    def _votes(self, leaves: NDArray[np.int32]) -> Numbers:
        """Share of the (weighted) votes that each class has; a tree without a prediction has no vote."""
        ensemble = self.ensemble
        label_of = _leaf_labels(ensemble)
        votes = np.zeros((leaves.shape[1], ensemble.n_columns))
        rows = np.arange(leaves.shape[1])
        for tree, leaf in enumerate(leaves):
            weighted = ensemble.aggregation_method is AggregationMethod.WEIGHTED_MAJORITY_VOTE
            weight = ensemble.tree_weights[tree] if weighted and ensemble.tree_weights is not None else 1.0
            label = label_of[leaf]
            voting = label >= 0
            votes[rows[voting], label[voting]] += weight
        with np.errstate(all="ignore"):
            return np.asarray(votes / votes.sum(axis=1, keepdims=True))


def _in_order_sum(values: Numbers) -> float:
    total = 0.0
    for value in values.tolist():
        total += value
    return total


def _leaf_labels(ensemble: TreeEnsemble) -> NDArray[np.int32]:
    """int32, shape (L,): the class that each leaf stands for; -1 for none."""
    target = ensemble.targets[0]
    by_value = winners(ensemble.leaf_values, tie_goes_to_last=target.tie_goes_to_last)
    if ensemble.leaf_labels is None:
        return by_value
    return np.where(ensemble.leaf_labels >= 0, ensemble.leaf_labels, by_value).astype(np.int32)


def _prediction(ensemble: TreeEnsemble, target: TreeTarget, aggregated: _Aggregated, name: str | None) -> Prediction:
    scores = aggregated.scores[:, target.first_column : target.first_column + target.n_columns]
    entity_ids = _entity_ids(ensemble, aggregated)
    if not target.classes:
        value = inverse_link(scores[:, 0], target.normalization_method, ensemble.sum_type)
        return Prediction(target=name, value=value, entity_ids=entity_ids, confidences=aggregated.confidences)
    probabilities = _probabilities(target, scores, ensemble.sum_type)
    winner = winners(probabilities, tie_goes_to_last=target.tie_goes_to_last)
    if ensemble.n_trees == 1 and ensemble.leaf_labels is not None:
        label = np.where(aggregated.leaf >= 0, ensemble.leaf_labels[aggregated.leaf], -1)
        winner = np.where(label >= 0, label, winner).astype(np.int32)
    if aggregated.confidences is not None and ensemble.missing_path is not MissingPath.FOLLOW:
        split = aggregated.leaf < 0
        winner = np.where(split, winners(aggregated.confidences), winner).astype(np.int32)
    return Prediction(
        target=name,
        classes=target.classes,
        winner=winner,
        probabilities=probabilities,
        confidences=aggregated.confidences,
        entity_ids=entity_ids,
    )


def _probabilities(target: TreeTarget, scores: Numbers, sum_type: DataType) -> Numbers:
    """float64, shape (n_rows, n_classes)."""
    if target.n_columns == 1 and len(target.classes) == 2:
        positive = inverse_link(scores[:, 0], target.normalization_method, sum_type)
        negative = 1.0 - positive
        if sum_type is DataType.FLOAT:
            negative = negative.astype(np.float32).astype(np.float64)
        return np.stack([negative, positive], axis=1)
    if target.normalization_method is NormalizationMethod.NONE:
        return scores  # the leaves hold probabilities
    return class_probabilities(scores, target.normalization_method, len(target.classes), sum_type)


def _entity_ids(ensemble: TreeEnsemble, aggregated: _Aggregated) -> Column | None:
    if not ensemble.leaf_ids or ensemble.n_trees != 1:
        return None
    position: dict[str, int] = {}
    table = [position.setdefault(leaf_id, len(position)) if leaf_id else -1 for leaf_id in ensemble.leaf_ids]
    codes = np.array([*table, -1], dtype=np.int32)
    return TextColumn(codes[aggregated.leaf], tuple(position))
