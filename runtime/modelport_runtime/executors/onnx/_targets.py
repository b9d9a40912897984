"""What is done to raw predictions (PMML 4.4, Targets)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._mathematics import round_half_up
from modelport_runtime.executors.onnx._prediction import Prediction
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.hub import DataType, Target

__all__ = ["adjust"]


def adjust(lowering: Lowering, prediction: Prediction, target: Target, math_type: DataType) -> Prediction:
    """A prediction after its target's rules: min and max, rescaleFactor, rescaleConstant, castInteger, defaults."""
    if prediction.value is not None:
        return replace(prediction, value=_adjust_number(lowering, prediction.value, target, math_type))
    if prediction.winner is not None:
        return _with_priors(lowering, prediction, target)
    return prediction


def _adjust_number(lowering: Lowering, value: Number, target: Target, math_type: DataType) -> Number:
    graph = lowering.graph
    name = value.name
    for bound, operator in ((target.min, "Less"), (target.max, "Greater")):
        if bound is not None:
            limit = graph.number(bound)
            name = graph.op("Where", graph.op(operator, name, limit), limit, name)
    name = (_rescale_float if math_type is DataType.FLOAT else _rescale)(lowering, name, target)
    if target.cast_integer == "round":
        name = round_half_up(graph, name)
    elif target.cast_integer is not None:
        name = graph.op({"ceiling": "Ceil", "floor": "Floor"}[target.cast_integer], name)
    result = Number(name, value.data_type, value.can_miss)
    default = next((known.default_value for known in target.values if known.default_value is not None), None)
    missing = lowering.is_missing(value)
    if default is None or missing is None:
        return result
    return Number(graph.op("Where", missing, graph.number(default), name), value.data_type)


def _rescale(lowering: Lowering, name: str, target: Target) -> str:
    graph = lowering.graph
    if target.rescale_factor != 1.0:
        name = graph.op("Mul", name, graph.number(target.rescale_factor))
    if target.rescale_constant != 0.0:
        name = graph.op("Add", name, graph.number(target.rescale_constant))
    return name


def _rescale_float(lowering: Lowering, name: str, target: Target) -> str:
    graph = lowering.graph
    single = graph.op("Cast", name, to=TensorProto.FLOAT)
    if target.rescale_factor != 1.0:
        single = graph.op("Mul", single, graph.constant(np.array([[target.rescale_factor]], np.float32)))
    if target.rescale_constant != 0.0:
        single = graph.op("Add", single, graph.constant(np.array([[target.rescale_constant]], np.float32)))
    return graph.op("Cast", single, to=graph.real_type)


def _with_priors(lowering: Lowering, prediction: Prediction, target: Target) -> Prediction:
    """Where there is no prediction, the class with the highest prior and the priors as probabilities."""
    priors = {known.value: known.prior_probability for known in target.values if known.prior_probability is not None}
    missing = prediction.missing(lowering)
    if not priors or missing is None:
        return prediction
    graph = lowering.graph
    row = np.array([priors.get(label, 0.0) for label in prediction.classes])
    likeliest = graph.integers([[int(np.argmax(row))]])
    probabilities = prediction.probabilities
    if probabilities is not None:
        probabilities = graph.op("Where", missing, graph.reals(row[None, :]), probabilities)
    winner = graph.op("Where", missing, likeliest, prediction.winner or likeliest)
    return replace(prediction, winner=winner, probabilities=probabilities)
