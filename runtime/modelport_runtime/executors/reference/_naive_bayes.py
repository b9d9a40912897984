"""Naive Bayes (PMML 4.4, NaiveBayes, Scoring procedure), in logarithms so that many inputs do not underflow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._expressions import evaluate_derived
from modelport_runtime.executors.reference._normalization import softmax
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction, winners
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    ContinuousBayesInput,
    DataField,
    DiscreteBayesInput,
    Distribution,
    Model,
    NaiveBayesModel,
    Scalar,
)

__all__ = ["log_probabilities", "make_naive_bayes"]

_log_gamma = np.vectorize(math.lgamma, otypes=[np.float64])


def make_naive_bayes(
    predictor: NaiveBayesModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A naive Bayes model with the logarithms of its counts taken."""
    tables = [
        log_probabilities(given.counts, predictor.threshold) if isinstance(given, DiscreteBayesInput) else None
        for given in predictor.inputs
    ]
    return lambda model, scope: _evaluate(predictor, tables, model, scope)


def log_probabilities(counts: Numbers, threshold: float) -> Numbers:
    """Logarithm of each value's share among all of a class, shape (V, C); of the threshold where it never occurs."""
    with np.errstate(all="ignore"):
        shares = counts / counts.sum(axis=0, keepdims=True)
        result: Numbers = np.log(np.where(counts > 0, shares, threshold))
    return result


def _evaluate(predictor: NaiveBayesModel, tables: list[Numbers | None], model: Model, scope: Scope) -> ModelResult:
    with np.errstate(all="ignore"):
        total = np.tile(np.log(predictor.class_counts), (scope.n_rows, 1))
        for given, table in zip(predictor.inputs, tables, strict=True):
            if isinstance(given, ContinuousBayesInput):
                total += _continuous(given, numbers(scope.column(given.field)), predictor.threshold)
            elif table is not None:
                total += _discrete(given, table, scope)
    target = model.target_name
    probabilities = softmax(total)
    prediction = Prediction(
        target=target, classes=predictor.classes, winner=winners(probabilities), probabilities=probabilities
    )
    return ModelResult(predictions=(prediction,))


def _discrete(given: DiscreteBayesInput, table: Numbers, scope: Scope) -> Numbers:
    """Logarithms of each row's value, shape (n_rows, C); 0 where it is missing or known of no class."""
    if given.derived is None:
        column = scope.column(given.field)
    else:
        value = evaluate_derived(given.derived, scope)
        scope.mark(value.invalid)
        column = value.column
    nothing = np.zeros((1, table.shape[1]))
    taken: Numbers = np.concatenate([table, nothing])[_positions(column, given.values)]
    return taken


def _positions(column: Column, values: tuple[Scalar, ...]) -> NDArray[np.int64]:
    """Position of each row's value among the values; -1 where it is none of them or missing."""
    keys = [held(value, column.data_type) for value in values]
    if isinstance(column, TextColumn):
        position = {text: index for index, text in enumerate(keys)}
        table = np.array([*(position.get(category, -1) for category in column.categories), -1], dtype=np.int64)
        codes: NDArray[np.int64] = table[column.codes]
        return codes
    result = np.full(len(column), -1, dtype=np.int64)
    for index, value in enumerate(keys):
        if value is not None:
            result[column.values == value] = index
    return result


def _continuous(given: ContinuousBayesInput, values: Numbers, threshold: float) -> Numbers:
    """Logarithms of the densities, shape (n_rows, C); 0 where the value is missing."""
    least = math.log(threshold) if threshold > 0 else -math.inf
    result = np.full((len(values), len(given.distributions)), least)
    for index, distribution in enumerate(given.distributions):
        if distribution is not None:
            first, second = given.parameters[index]
            density = _DENSITIES[distribution](values, first, second)
            result[:, index] = (
                np.maximum(density, least) if given.is_floored else np.where(density > -np.inf, density, least)
            )
    result[np.isnan(values)] = 0.0
    return result


def _gaussian(values: Numbers, mean: float, variance: float) -> Numbers:
    result: Numbers = -0.5 * ((values - mean) ** 2 / variance) - 0.5 * math.log(2 * math.pi * variance)
    return result


def _poisson(values: Numbers, mean: float, _: float) -> Numbers:
    is_count = (values >= 0) & (values == np.floor(values))
    logarithm = values * math.log(mean) - mean - _log_gamma(np.where(is_count, values, 0.0) + 1.0)
    result: Numbers = np.where(is_count, logarithm, -np.inf)
    return result


def _uniform(values: Numbers, lower: float, upper: float) -> Numbers:
    result: Numbers = np.where((values >= lower) & (values <= upper), -math.log(upper - lower), -np.inf)
    return result


_DENSITIES: dict[Distribution, Callable[[Numbers, float, float], Numbers]] = {
    Distribution.GAUSSIAN: _gaussian,
    Distribution.POISSON: _poisson,
    Distribution.UNIFORM: _uniform,
}
