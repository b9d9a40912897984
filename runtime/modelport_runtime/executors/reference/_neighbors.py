"""Votes and averages of the nearest training instances (PMML 4.4, Nearest Neighbors)."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._clustering import record_matrix
from modelport_runtime.executors.reference._entities import RankedEntities, text_column
from modelport_runtime.executors.reference._expressions import evaluate_derived
from modelport_runtime.executors.reference._measures import Comparison, categories_of, encode
from modelport_runtime.executors.reference._nearest import nearest_entities
from modelport_runtime.executors.reference._prediction import Answer, ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._references import fields_of
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Mask, Numbers
from modelport_runtime.hub import (
    CategoricalScoringMethod,
    ContinuousScoringMethod,
    DataField,
    DataType,
    Function,
    InstanceColumn,
    Model,
    NearestNeighborModel,
    NeighborTarget,
    ResultFeature,
)

__all__ = ["causes_of_neighbors", "instance_matrix", "make_neighbors", "vote_order"]


def make_neighbors(
    predictor: NearestNeighborModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """Training instances ready to vote."""
    return _Neighbors(predictor).evaluate


def causes_of_neighbors(predictor: NearestNeighborModel, where: str) -> Iterator[UnsupportedCause]:
    """Targets that cannot be voted on."""
    for target in predictor.targets:
        if np.isnan(target.values).all():
            yield UnsupportedCause(where=where, what=f"target {target.field!r} is missing in every training instance")


def instance_matrix(
    predictor: NearestNeighborModel, functions: Mapping[str, Function], math_type: DataType
) -> tuple[Numbers, tuple[tuple[str, ...], ...]]:
    """The instances as what records are compared with.

    Returns:
        float64, shape (n_instances, n_fields), text by position; and the categories of each field of text.
    """
    scope = Scope(len(predictor.instance_ids), functions=functions, math_type=math_type)
    for column in predictor.columns:
        scope.define(column.field, _column(column))
    for derived in predictor.derived_fields:
        scope.define_derived(derived, tuple(dict.fromkeys(fields_of(derived.expression))), evaluate_derived)
    matrix = np.empty((scope.n_rows, len(predictor.fields)), order="F")
    categories: list[tuple[str, ...]] = []
    for index, field in enumerate(predictor.fields):
        values = scope.column(field.field)
        known = categories_of(field) or (values.categories if isinstance(values, TextColumn) else ())
        categories.append(known)
        matrix[:, index] = encode(values, known)
    return matrix, tuple(categories)


def _column(column: InstanceColumn) -> Column:
    if not column.data_type.is_number and column.data_type is not DataType.BOOLEAN:
        codes = np.where(np.isnan(column.values), -1.0, column.values).astype(np.int32)
        return TextColumn(codes, column.categories)
    return NumberColumn(column.values, column.data_type)


def vote_order(target: NeighborTarget) -> NDArray[np.intp]:
    """Classes in the order in which they win among equally many votes.

    The most frequent in the training instances comes first, then the smallest (PMML 4.4, categoricalScoringMethod).
    """
    known = target.values[~np.isnan(target.values)].astype(np.intp)
    counts = np.bincount(known, minlength=len(target.classes))
    by_value = sorted(range(len(target.classes)), key=lambda index: _value_key(target.classes[index]))
    return np.array(sorted(by_value, key=lambda index: -counts[index]), dtype=np.intp)


def _value_key(value: object) -> tuple[float, str]:
    return (0.0, value) if isinstance(value, str) else (float(value), "")  # type: ignore[arg-type]  # a number


class _Neighbors:
    """A model whose instances are put into place when the first rows come: only then are its functions known."""

    def __init__(self, predictor: NearestNeighborModel) -> None:
        self._predictor = predictor
        self._lock = threading.Lock()
        self._prepared: tuple[Comparison, tuple[tuple[str, ...], ...]] | None = None
        self._orders = tuple(vote_order(target) if target.classes else None for target in predictor.targets)

    def evaluate(self, model: Model, scope: Scope) -> ModelResult:
        """A prediction for each target; without targets the nearest instance's identifier."""
        predictor = self._predictor
        comparison, categories = self._prepare(scope, model.math_type)
        records = record_matrix(predictor.fields, categories, scope)
        n_neighbors = min(predictor.n_neighbors, comparison.n_entities)
        positions, affinities = nearest_entities(comparison, records, n_neighbors)
        nearest = positions.astype(np.int32)
        answers = _entities(predictor, comparison, records, nearest, affinities).answers()
        if not predictor.targets:
            ids = text_column(nearest[:, 0], predictor.instance_ids)
            prediction = Prediction(target=model.target_name, text=ids, answers=answers)
            return ModelResult(predictions=(prediction,))
        weights = _weights(predictor, affinities)
        return ModelResult(
            predictions=tuple(
                _predict(predictor, target, order, nearest, weights, answers)
                for target, order in zip(predictor.targets, self._orders, strict=True)
            )
        )

    def _prepare(self, scope: Scope, math_type: DataType) -> tuple[Comparison, tuple[tuple[str, ...], ...]]:
        with self._lock:
            if self._prepared is None:
                matrix, categories = instance_matrix(self._predictor, scope.functions, math_type)
                comparison = Comparison(self._predictor.measure, self._predictor.fields, matrix, math_type=math_type)
                self._prepared = comparison, categories
            return self._prepared


def _entities(
    predictor: NearestNeighborModel,
    comparison: Comparison,
    records: Numbers,
    nearest: NDArray[np.int32],
    affinities: Numbers,
) -> RankedEntities:
    n_rows, n_ranks = nearest.shape

    def position_at(rank: int) -> NDArray[np.int32]:
        return nearest[:, rank - 1] if 1 <= rank <= n_ranks else np.full(n_rows, -1, dtype=np.int32)

    def affinity_at(rank: int) -> Numbers:
        return np.array(affinities[:, rank - 1]) if 1 <= rank <= n_ranks else np.full(n_rows, np.nan)

    def affinity_of(position: int) -> Numbers:
        return comparison.only(position).affinities(records)[:, 0]

    return RankedEntities(predictor.instance_ids, predictor.instance_ids, position_at, affinity_at, affinity_of)


def _weights(predictor: NearestNeighborModel, affinities: Numbers) -> Numbers:
    """float64, shape (n_rows, n_neighbors): what each neighbour weighs where weights are asked for; NaN for none."""
    if predictor.measure.is_similarity:
        return affinities
    with np.errstate(divide="ignore"):
        weights = 1.0 / (affinities + predictor.threshold)
    at_once = np.isinf(weights)
    # As the distance goes to 0, its weight outgrows all others.
    return np.where(at_once.any(axis=1, keepdims=True) & ~np.isnan(weights), at_once.astype(np.float64), weights)


def _predict(
    predictor: NearestNeighborModel,
    target: NeighborTarget,
    order: NDArray[np.intp] | None,
    nearest: NDArray[np.int32],
    weights: Numbers,
    answers: Mapping[ResultFeature, Answer],
) -> Prediction:
    values = np.append(target.values, np.nan)[nearest]
    counted = ~np.isnan(values)
    with np.errstate(all="ignore"):
        if order is None:
            numbers = _average(predictor.continuous_scoring_method, values, counted, weights)
            return Prediction(target=target.field, value=numbers, answers=answers)
        if predictor.categorical_scoring_method is CategoricalScoringMethod.MAJORITY_VOTE:
            weights = np.ones(values.shape)
        votes = _votes(values, counted, weights, len(target.classes))
        winner = np.where(counted.any(axis=1), order[np.argmax(votes[:, order], axis=1)], -1).astype(np.int32)
        shares = votes / votes.sum(axis=1, keepdims=True)
    return Prediction(target=target.field, classes=target.classes, winner=winner, probabilities=shares, answers=answers)


def _average(method: ContinuousScoringMethod, values: Numbers, counted: Mask, weights: Numbers) -> Numbers:
    """float64, shape (n_rows,): the neighbours' numbers as one; missing where no neighbour has one."""
    if method is ContinuousScoringMethod.MEDIAN:
        ordered = np.sort(values, axis=1)  # missing ones last
        n = counted.sum(axis=1)
        rows = np.arange(len(values))
        median: Numbers = (ordered[rows, np.maximum(n - 1, 0) // 2] + ordered[rows, np.minimum(n // 2, n - 1)]) / 2
        return median
    if method is ContinuousScoringMethod.AVERAGE:
        weights = np.ones(values.shape)
    total = np.zeros(len(values))
    weight = np.zeros(len(values))
    for rank in range(values.shape[1]):
        total += np.where(counted[:, rank], values[:, rank] * weights[:, rank], 0.0)
        weight += np.where(counted[:, rank], weights[:, rank], 0.0)
    return total / weight


def _votes(values: Numbers, counted: Mask, weights: Numbers, n_classes: int) -> Numbers:
    """float64, shape (n_rows, n_classes): the weights of the neighbours of each class, added from the nearest on."""
    votes = np.zeros((len(values), n_classes))
    for rank in range(values.shape[1]):
        rows = np.flatnonzero(counted[:, rank])
        votes[rows, values[rows, rank].astype(np.intp)] += weights[rows, rank]
    return votes
