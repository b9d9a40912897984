"""Expressions that look a value up: piecewise interpolation, bins and tables (PMML 4.4, Transformations)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._fields import inside
from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._positions import gather_scalars, position_of
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.hub import Discretize, MapValues, NormContinuous, OutlierTreatment, Scalar

__all__ = ["lower_discretize", "lower_map_values", "lower_norm_continuous"]

_MAX_TABLE = 1 << 22
"""Cells of the table that a look-up by several keys is spread out to."""


def lower_norm_continuous(lowering: Lowering, value: Number, expression: NormContinuous) -> Value:
    """Linear interpolation between the points around the value."""
    graph = lowering.graph
    original, norm = expression.original, expression.norm
    with np.errstate(all="ignore"):
        slope = np.diff(norm) / np.diff(original)
    segment = _segment(lowering, value, original)
    first, start, rise = (
        graph.op("Gather", graph.reals(table), segment) for table in (original[:-1], norm[:-1], slope)
    )
    distance = graph.op("Sub", value.name, first)
    result = graph.op("Add", start, graph.op("Mul", distance, rise))
    low, high = graph.number(original[0]), graph.number(original[-1])
    result = graph.op("Where", graph.op("Equal", value.name, high), graph.number(norm[-1]), result)
    below, above = graph.op("Less", value.name, low), graph.op("Greater", value.name, high)
    if expression.outlier_treatment is OutlierTreatment.AS_MISSING_VALUES:
        result = graph.op("Where", graph.op("Or", below, above), graph.number(math.nan), result)
    elif expression.outlier_treatment is OutlierTreatment.AS_EXTREME_VALUES:
        result = graph.op("Where", below, graph.number(norm[0]), result)
        result = graph.op("Where", above, graph.number(norm[-1]), result)
    if expression.map_missing_to is not None and value.can_miss:
        absent = str(lowering.is_missing(value))
        result = graph.op("Where", absent, graph.number(expression.map_missing_to), result)
    return Number(result)


def _segment(lowering: Lowering, value: Number, original: np.ndarray) -> str:
    """int64 [N, 1]: how many of the inner points the value has reached."""
    graph = lowering.graph
    if len(original) == 2:
        return graph.integers([[0]])
    reached = graph.op("GreaterOrEqual", value.name, graph.reals(original[None, 1:-1]))
    return graph.op("ReduceSum", graph.op("Cast", reached, to=TensorProto.INT64), graph.integers([1]), keepdims=1)


def lower_discretize(lowering: Lowering, value: Number, expression: Discretize) -> Value:
    """The value of the first bin that holds the number."""
    result = lowering.scalar(expression.default_value, expression.data_type)
    for discretize_bin in reversed(expression.bins):
        chosen = lowering.scalar(discretize_bin.value, expression.data_type)
        result = lowering.choose(inside(lowering, value, discretize_bin.interval), chosen, result)
    replacement = lowering.scalar(expression.map_missing_to, expression.data_type)
    return lowering.choose(lowering.is_missing(value), replacement, result)


def lower_map_values(lowering: Lowering, keys: Sequence[Value], expression: MapValues) -> Value:
    """The result of the first row of the table that matches."""
    graph = lowering.graph
    columns = [_distinct_keys(value, [row[index] for row in expression.keys]) for index, value in enumerate(keys)]
    shape = [len(distinct) + 1 for distinct in columns]
    if math.prod(shape) > _MAX_TABLE:
        raise lowering.refuse(f"a table of {len(expression.keys)} rows over {len(keys)} fields")
    table = _spread(expression, keys, columns, shape)
    offset = graph.integers([[0]])
    for value, distinct in zip(keys, columns, strict=True):
        position = position_of(lowering, value, distinct)
        offset = graph.op("Add", graph.op("Mul", offset, graph.integers([[len(distinct) + 1]])), position)
    row = graph.op("Gather", graph.integers(table.ravel()), offset)
    result = gather_scalars(lowering, (*expression.results, expression.default_value), row, expression.data_type)
    replacement = lowering.scalar(expression.map_missing_to, expression.data_type)
    return lowering.choose(lowering.any_missing(*keys), replacement, result)


def _distinct_keys(value: Value, keys: Sequence[Scalar | None]) -> list[float | str]:
    distinct: dict[float | str, None] = {}
    for key in keys:
        known = held(key, value.data_type)
        if known is not None:
            distinct[known] = None
    return list(distinct)


def _spread(
    expression: MapValues, keys: Sequence[Value], columns: list[list[float | str]], shape: list[int]
) -> np.ndarray:
    """For each combination of keys, "none of them" included, the first matching row; the last means no row."""
    table = np.full(shape, len(expression.keys), dtype=np.int64)
    for row in reversed(range(len(expression.keys))):
        index: list[int | slice] = []
        for value, distinct, key in zip(keys, columns, expression.keys[row], strict=True):
            known = held(key, value.data_type)
            if key is not None and known is None:
                break  # the column's type cannot hold this key
            index.append(slice(None) if known is None else distinct.index(known))
        else:
            table[tuple(index)] = row
    return table
