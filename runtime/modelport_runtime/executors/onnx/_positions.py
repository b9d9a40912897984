"""Values to their positions among keys, and positions to values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from onnx import numpy_helper

from modelport_runtime.executors.onnx._graph import ML_DOMAIN
from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._values import MISSING_TEXT, Number, Text, Value
from modelport_runtime.executors.reference._scalars import physical
from modelport_runtime.hub import DataType, Scalar

__all__ = ["gather_scalars", "position_of"]


def position_of(lowering: Lowering, value: Value, keys: Sequence[float | str]) -> str:
    """int64 [N, 1]: position of a value among keys; ``len(keys)`` when it is none of them or missing."""
    if not keys:
        return lowering.graph.integers([[0]])
    graph = lowering.graph
    held = graph.text_array(keys) if isinstance(value, Text) else np.array(keys, dtype=graph.real)
    return lowering.graph.op(
        "LabelEncoder",
        value.name,
        domain=ML_DOMAIN,
        keys_tensor=numpy_helper.from_array(held, "keys"),
        values_tensor=numpy_helper.from_array(np.arange(len(keys)), "values"),
        default_tensor=numpy_helper.from_array(np.array([len(keys)]), "default"),
    )


def gather_scalars(lowering: Lowering, scalars: Sequence[Scalar | None], positions: str, data_type: DataType) -> Value:
    """The scalars at positions (int64 [N, 1] or [1, 1]); ``None`` is missing."""
    graph = lowering.graph
    held = [physical(scalar, data_type) for scalar in scalars]
    can_miss = any(value is None for value in held)
    if data_type is DataType.STRING:
        texts = graph.texts([MISSING_TEXT if value is None else value for value in held])
        return Text(graph.op("Gather", texts, positions), can_miss)
    numbers = graph.reals([math.nan if value is None else float(value) for value in held])
    # GatherElements of one row takes a quarter of the time that Gather takes.
    taken = graph.op("GatherElements", numbers, graph.op("Reshape", positions, graph.integers([-1])))
    column = graph.op("Reshape", taken, graph.integers([-1, 1]))
    if positions in graph.full:
        graph.full.add(column)
    return Number(column, data_type, can_miss)
