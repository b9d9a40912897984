"""Naive Bayes (PMML 4.4, NaiveBayes), in logarithms."""

from __future__ import annotations

import math

import numpy as np

from modelport_runtime.executors.onnx._expressions import lower_cast, lower_expression
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._normalization import class_probabilities
from modelport_runtime.executors.onnx._positions import position_of
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, with_winner
from modelport_runtime.executors.onnx._values import Value
from modelport_runtime.executors.reference._naive_bayes import log_probabilities
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.hub import (
    ContinuousBayesInput,
    DataType,
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
        RefusedError: A distribution that a graph cannot say.
    """
    if model.math_type is DataType.FLOAT:
        raise lowering.refuse("naive Bayes in float32")
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
    if any(kind not in (Distribution.GAUSSIAN, None) for kind in given.distributions):
        raise lowering.refuse("a distribution other than the Gaussian one")
    value = lowering.read_number(scope, given.field)
    known = np.array([kind is not None for kind in given.distributions])
    mean = np.where(known, given.parameters[:, 0], 0.0)[None, :]
    variance = np.where(known, given.parameters[:, 1], 1.0)[None, :]
    least = math.log(threshold) if threshold > 0 else -math.inf
    distance = graph.op("Sub", value.name, graph.reals(mean))
    squared = graph.op("Div", graph.op("Mul", distance, distance), graph.reals(variance))
    scale = graph.reals(0.5 * np.log(2 * math.pi * variance))
    density = graph.op("Sub", graph.op("Mul", graph.number(-0.5), squared), scale)
    floor = graph.number(least)
    too_small = lowering.compare(
        "Less" if given.is_floored else "Equal", density, graph.number(least if given.is_floored else -math.inf)
    )
    density = graph.op("Where", too_small, floor, density)
    if not known.all():
        density = graph.op("Where", graph.constant(known[None, :]), density, floor)
    missing = lowering.is_missing(value)
    return density if missing is None else graph.op("Where", missing, graph.number(0.0), density)
