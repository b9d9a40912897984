"""Scorecards: the points of the first attribute of each characteristic that holds, added up (PMML 4.4, Scorecard)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._conditions import lower_holds
from modelport_runtime.executors.onnx._expressions import lower_expression
from modelport_runtime.executors.onnx._lowering import Lowering, RefusedError, Scope
from modelport_runtime.executors.onnx._positions import gather_scalars
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.hub import (
    Characteristic,
    DataType,
    Model,
    OutputField,
    ReasonCodeAlgorithm,
    ResultFeature,
    Scorecard,
    ScorecardAttribute,
)

__all__ = ["lower_scorecard"]


@dataclass(frozen=True, slots=True)
class _Part:
    """What one characteristic gives: its points [N, 1], and the position of its reason code, int64 [N, 1] or -1."""

    points: str
    code: str


def lower_scorecard(lowering: Lowering, model: Model, predictor: Scorecard, scope: Scope) -> ModelResult:
    """The score and the reasons for it; missing where a characteristic has no points.

    Raises:
        RefusedError: A predicate or an expression is nothing that a graph can say.
    """
    parts = []
    for index, characteristic in enumerate(predictor.characteristics, 1):
        with lowering.at(f"Characteristic[{characteristic.name or index}]"), lowering.collecting():
            parts.append(_part(lowering, predictor, characteristic, scope))
    if len(parts) < len(predictor.characteristics):
        raise RefusedError("characteristics")
    score = _sum(lowering, predictor.initial_score, [part.points for part in parts], model.math_type)
    reasons = partial(_reason_code, lowering, predictor, parts, score)
    prediction = Prediction(target=model.target_name, value=Number(score), answers={ResultFeature.REASON_CODE: reasons})
    return ModelResult(predictions=(prediction,))


def _reason_code(
    lowering: Lowering, predictor: Scorecard, parts: Sequence[_Part], score: str, field: OutputField
) -> Value:
    """The code at a rank; where there are fewer reasons than asked for, the last of them is repeated."""
    graph, codes = lowering.graph, predictor.reason_codes
    if not codes or field.rank < 1 or not predictor.use_reason_codes:
        return lowering.scalar(None, DataType.STRING)
    distances, first = _distances(lowering, predictor, parts)
    is_off = graph.op("Greater", distances, graph.number(0.0))
    is_reason = graph.op("And", is_off, graph.op("Not", graph.op("IsNaN", score)))
    count = graph.op("Cast", is_reason, to=TensorProto.INT64)
    count = graph.op("ReduceSum", count, graph.integers([1]), keepdims=1)
    # By the characteristic that gave the code, then by distance: TopK is stable (ONNX, TopK).
    n_codes = graph.integers([len(codes)])
    by_first = graph.ops("TopK", first, n_codes, outputs=2, axis=1, largest=0)[1]
    largest = int(field.rank_order != "ascending")
    none = graph.number(-math.inf if largest else math.inf)
    ordered = graph.op("GatherElements", graph.op("Where", is_reason, distances, none), by_first, axis=1)
    by_distance = graph.ops("TopK", ordered, n_codes, outputs=2, axis=1, largest=largest)[1]
    order = graph.op("GatherElements", by_first, by_distance, axis=1)
    one = graph.integers([[1]])
    place = graph.op("Sub", graph.op("Min", graph.integers([[field.rank]]), graph.op("Max", count, one)), one)
    chosen = graph.op("GatherElements", order, place, axis=1)
    none_at_all = graph.op("Equal", count, graph.integers([[0]]))
    chosen = graph.op("Where", none_at_all, graph.integers([[len(codes)]]), chosen)
    return gather_scalars(lowering, (*codes, None), chosen, DataType.STRING)


def _distances(lowering: Lowering, predictor: Scorecard, parts: Sequence[_Part]) -> tuple[str, str]:
    """Of each reason code how far its points are off their baselines, [N, codes], and the first characteristic that
    gave it.
    """
    graph, codes = lowering.graph, predictor.reason_codes
    sign = 1.0 if predictor.reason_code_algorithm is ReasonCodeAlgorithm.POINTS_ABOVE else -1.0
    zero, never = graph.number(0.0), graph.number(float(len(parts)))
    distances, first = [zero] * len(codes), [never] * len(codes)
    for number, (characteristic, part) in enumerate(zip(predictor.characteristics, parts, strict=True)):
        off = graph.op("Sub", part.points, graph.number(characteristic.baseline_score))
        off = graph.op("Mul", graph.number(sign), off)
        for code in sorted(set(_codes(predictor, characteristic)) - {-1}):
            is_given = graph.op("Equal", part.code, graph.integers([[code]]))
            distances[code] = graph.op("Add", distances[code], graph.op("Where", is_given, off, zero))
            own = graph.op("Where", is_given, graph.number(float(number)), never)
            first[code] = graph.op("Min", first[code], own)
    return _beside(lowering, distances), _beside(lowering, first)


def _beside(lowering: Lowering, columns: Sequence[str]) -> str:
    rows = [lowering.rows_like(column) for column in columns]
    return rows[0] if len(rows) == 1 else lowering.graph.op("Concat", *rows, axis=1)


def _codes(predictor: Scorecard, characteristic: Characteristic) -> list[int]:
    """The position of each attribute's reason code; -1 for none."""
    positions = {code: index for index, code in enumerate(predictor.reason_codes)}
    codes = [attribute.reason_code for attribute in characteristic.attributes]
    own = [characteristic.reason_code if code is None else code for code in codes]
    return [-1 if code is None else positions[code] for code in own]


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


def _part(lowering: Lowering, predictor: Scorecard, characteristic: Characteristic, scope: Scope) -> _Part:
    conditions = [lower_holds(lowering, scope, attribute.predicate) for attribute in characteristic.attributes]
    code = lowering.graph.integers([[-1]])
    codes = _codes(predictor, characteristic)
    for index in range(len(conditions) - 1, -1, -1):
        code = lowering.graph.op("Where", conditions[index], lowering.graph.integers([[codes[index]]]), code)
    return _Part(_points(lowering, characteristic, conditions, scope), code)


def _points(lowering: Lowering, characteristic: Characteristic, conditions: Sequence[str], scope: Scope) -> str:
    graph = lowering.graph
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
