"""Naive Bayes (PMML 4.4, NaiveBayes), in logarithms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.onnx._expressions import lower_cast, lower_expression
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._mathematics import log_factorial
from modelport_runtime.executors.onnx._normalization import class_probabilities
from modelport_runtime.executors.onnx._positions import position_of
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, with_winner
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.executors.reference._naive_bayes import log_probabilities
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.hub import (
    ContinuousBayesInput,
    DiscreteBayesInput,
    Distribution,
    Model,
    NaiveBayesModel,
    NormalizationMethod,
)

__all__ = ["lower_naive_bayes"]


def lower_naive_bayes(lowering: Lowering, model: Model, predictor: NaiveBayesModel, scope: Scope) -> ModelResult:
    """The class with its probabilities.

    Raises:
        RefusedError: A field cannot be said by a graph.
    """
    graph = lowering.graph
    with np.errstate(divide="ignore"):
        total = graph.reals(np.log(predictor.class_counts)[None, :])
    total = graph.op("Add", total, lowering.rows_like(graph.number(0.0)))
    for given in predictor.inputs:
        with lowering.at(f"BayesInput[{given.field}]"):
            part = (
                _continuous(lowering, given, predictor.threshold, scope)
                if isinstance(given, ContinuousBayesInput)
                else _discrete(lowering, given, predictor.threshold, scope)
            )
            total = graph.op("Add", total, part)
    probabilities = class_probabilities(lowering, total, NormalizationMethod.SOFTMAX, len(predictor.classes))
    target = model.target_name
    prediction = Prediction(target=target, classes=predictor.classes, probabilities=probabilities)
    return ModelResult(predictions=(with_winner(lowering, prediction, probabilities),))


def _discrete(lowering: Lowering, given: DiscreteBayesInput, threshold: float, scope: Scope) -> str:
    graph = lowering.graph
    value = _value(lowering, given, scope)
    logarithms = log_probabilities(given.counts, threshold)
    keys = [held(known, value.data_type) for known in given.values]
    rows = {key: row for key, row in zip(keys, logarithms, strict=True) if key is not None}
    table = np.concatenate([*(row[None, :] for row in rows.values()), np.zeros((1, logarithms.shape[1]))])
    taken = graph.op("Gather", graph.reals(table), position_of(lowering, value, list(rows)))  # [N, 1, C]
    return graph.op("Squeeze", taken, graph.integers([1]))


def _value(lowering: Lowering, given: DiscreteBayesInput, scope: Scope) -> Value:
    if given.derived is None:
        return lowering.read(scope, given.field)
    value = lower_expression(lowering, scope, given.derived.expression)
    return lower_cast(lowering, value, given.derived.data_type)


def _continuous(lowering: Lowering, given: ContinuousBayesInput, threshold: float, scope: Scope) -> str:
    """Logarithms of the densities [N, C]; 0 where the value is missing."""
    graph = lowering.graph
    value = lowering.read_number(scope, given.field)
    known = np.array([kind is not None for kind in given.distributions])
    least = math.log(threshold) if threshold > 0 else -math.inf
    density = graph.number(0.0)
    for kind in dict.fromkeys(given.distributions):
        if kind is not None:
            is_kind = np.array([other is kind for other in given.distributions])
            # Parameters of other kinds may be none of this one.
            own = _DENSITIES[kind](lowering, value, np.where(is_kind[:, None], given.parameters, [[0.5, 1.0]]))
            density = own if is_kind.all() else graph.op("Where", graph.constant(is_kind[None, :]), own, density)
    floor = graph.number(least)
    if given.is_floored:
        too_small = lowering.compare("Less", density, floor)
    else:
        too_small = lowering.negate(lowering.compare("Greater", density, graph.number(-math.inf)))
    density = graph.op("Where", too_small, floor, density)
    if not known.all():
        density = graph.op("Where", graph.constant(known[None, :]), density, floor)
    missing = lowering.is_missing(value)
    return density if missing is None else graph.op("Where", missing, graph.number(0.0), density)


def _gaussian(lowering: Lowering, value: Number, parameters: NDArray[np.float64]) -> str:
    """Logarithms of normal densities [N, C] of means and variances, shape (C, 2)."""
    graph = lowering.graph
    mean, variance = parameters[None, :, 0], parameters[None, :, 1]
    distance = graph.op("Sub", value.name, graph.reals(mean))
    squared = graph.op("Div", graph.op("Mul", distance, distance), graph.reals(variance))
    scale = graph.reals(0.5 * np.log(2 * math.pi * variance))
    return graph.op("Sub", graph.op("Mul", graph.number(-0.5), squared), scale)


def _uniform(lowering: Lowering, value: Number, bounds: NDArray[np.float64]) -> str:
    """Logarithms of uniform densities [N, C] between bounds, shape (C, 2)."""
    graph = lowering.graph
    lower, upper = bounds[None, :, 0], bounds[None, :, 1]
    inside = lowering.all_of(
        graph.op("GreaterOrEqual", value.name, graph.reals(lower)),
        graph.op("LessOrEqual", value.name, graph.reals(upper)),
    )
    return graph.op("Where", inside, graph.reals(-np.log(upper - lower)), graph.number(-math.inf))


def _poisson(lowering: Lowering, value: Number, parameters: NDArray[np.float64]) -> str:
    """Logarithms of Poisson probabilities [N, C] of means, the first column of the parameters."""
    graph, mean = lowering.graph, parameters[None, :, 0]
    is_count = lowering.all_of(
        graph.op("GreaterOrEqual", value.name, graph.number(0.0)),
        graph.op("Equal", value.name, graph.op("Floor", value.name)),
    )
    count = graph.op("Where", is_count, value.name, graph.number(0.0))
    raised = graph.op("Sub", graph.op("Mul", count, graph.reals(np.log(mean))), graph.reals(mean))
    logarithm = graph.op("Sub", raised, log_factorial(graph, count))
    return graph.op("Where", is_count, logarithm, graph.number(-math.inf))


_DENSITIES: dict[Distribution, Callable[[Lowering, Number, NDArray[np.float64]], str]] = {
    Distribution.GAUSSIAN: _gaussian,
    Distribution.POISSON: _poisson,
    Distribution.UNIFORM: _uniform,
}
