"""Scorecards: the points of the first attribute of each characteristic that holds, added up (PMML 4.4, Scorecard)."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._conditions import lower_holds
from modelport_runtime.executors.onnx._expressions import lower_expression
from modelport_runtime.executors.onnx._lowering import Lowering, RefusedError, Scope
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.hub import (
    Characteristic,
    DataType,
    Model,
    OutputField,
    ResultFeature,
    Scorecard,
    ScorecardAttribute,
)

__all__ = ["lower_scorecard"]


def lower_scorecard(lowering: Lowering, model: Model, predictor: Scorecard, scope: Scope) -> ModelResult:
    """The score; missing where a characteristic has no points.

    Raises:
        RefusedError: A predicate or an expression is nothing that a graph can say.
    """
    parts = []
    for index, characteristic in enumerate(predictor.characteristics, 1):
        with lowering.at(f"Characteristic[{characteristic.name or index}]"), lowering.collecting():
            parts.append(_points(lowering, characteristic, scope))
    if len(parts) < len(predictor.characteristics):
        raise RefusedError("characteristics")
    prediction = Prediction(
        target=model.target_name,
        value=Number(_sum(lowering, predictor.initial_score, parts, model.math_type)),
        answers={ResultFeature.REASON_CODE: partial(_refuse_reasons, lowering)},
    )
    return ModelResult(predictions=(prediction,))


def _refuse_reasons(lowering: Lowering, field: OutputField) -> Value:
    raise lowering.refuse("reason codes")


def _sum(lowering: Lowering, initial: float, parts: list[str], math_type: DataType) -> str:
    """The points added characteristic after characteristic, in float32 where the model computes so."""
    graph = lowering.graph
    if math_type is not DataType.FLOAT:
        total = graph.number(initial)
        for part in parts:
            total = graph.op("Add", total, part)
        return total
    single = graph.constant(np.array([[initial]], np.float32))
    for part in parts:
        single = graph.op("Add", single, graph.op("Cast", part, to=TensorProto.FLOAT))
    return graph.op("Cast", single, to=graph.real_type)


def _points(lowering: Lowering, characteristic: Characteristic, scope: Scope) -> str:
    graph = lowering.graph
    conditions = [lower_holds(lowering, scope, attribute.predicate) for attribute in characteristic.attributes]
    points = graph.number(math.nan)
    for index in range(len(conditions) - 1, -1, -1):
        chosen = conditions[index]
        if index and characteristic.attributes[index].complex_partial_score is not None:
            earlier = lowering.any_of(*conditions[:index])
            chosen = lowering.all_of(chosen, lowering.negate(str(earlier)))
        own = _own_points(lowering, characteristic.attributes[index], scope, chosen)
        points = graph.op("Where", conditions[index], own, points)
    return points


def _own_points(lowering: Lowering, attribute: ScorecardAttribute, scope: Scope, chosen: str) -> str:
    """The points of an attribute; what its expression makes invalid is so only where the attribute is chosen."""
    if attribute.complex_partial_score is None:
        return lowering.graph.number(math.nan if attribute.partial_score is None else attribute.partial_score)
    with lowering.recording_invalid() as invalid:
        value = lower_expression(lowering, scope, attribute.complex_partial_score)
    condition = lowering.any_of(*invalid)
    if condition is not None:
        lowering.mark_invalid(lowering.all_of(condition, chosen))
    if isinstance(value, Text):
        raise lowering.refuse("a partial score that is text")
    return value.name
