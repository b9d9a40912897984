"""Kernels between rows and the vectors of a model, and the precision in which a predictor computes.

The formulas are those of ``reference/_kernels.py``, step by step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto

from modelport_runtime.executors.onnx._graph import Graph
from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.hub import DataType

__all__ = ["Precision", "squared_distances"]


class Precision:
    """Constants and casts of a part of a graph that computes in float32 or in the graph's own real type."""

    def __init__(self, graph: Graph, math_type: DataType) -> None:
        self.graph = graph
        self.dtype = np.dtype(np.float32 if math_type is DataType.FLOAT else graph.real)

    def constant(self, values: ArrayLike) -> str:
        """A constant of the part's type."""
        with np.errstate(over="ignore"):
            return self.graph.constant(np.ascontiguousarray(values, dtype=np.float64).astype(self.dtype))

    def number(self, value: float) -> str:
        """A constant of shape [1, 1]."""
        return self.constant([[value]])

    def enter(self, name: str) -> str:
        """A tensor of the graph's real type in the part's type."""
        return name if self.dtype == self.graph.real else self.graph.op("Cast", name, to=TensorProto.FLOAT)

    def leave(self, name: str) -> str:
        """A tensor of the part's type in the graph's real type."""
        return name if self.dtype == self.graph.real else self.graph.op("Cast", name, to=self.graph.real_type)

    def matrix(self, lowering: Lowering, columns: Sequence[Number]) -> str:
        """Columns of numbers as one tensor [N, number of columns] of the part's type."""
        names = [lowering.rows_like(column.name) for column in columns]
        return self.enter(names[0] if len(names) == 1 else self.graph.op("Concat", *names, axis=1))


def squared_distances(precision: Precision, rows: str, vectors: NDArray[np.float64]) -> str:
    """|row - vector|**2 of all pairs, a tensor [N, n_vectors]; ``vectors`` has a row a vector, and at least one."""
    graph = precision.graph
    known = vectors.astype(precision.dtype)
    origin = known.mean(axis=0, dtype=known.dtype)
    centred = known - origin
    moved = graph.op("Sub", rows, precision.constant(origin[None, :]))
    squares = graph.op("ReduceSum", graph.op("Mul", moved, moved), graph.integers([1]), keepdims=1)
    cross = graph.op("MatMul", moved, precision.constant(-2.0 * centred.T))
    lengths = precision.constant(np.einsum("ij,ij->i", centred, centred)[None, :])
    distances = graph.op("Add", graph.op("Add", cross, squares), lengths)
    zero = precision.number(0.0)
    # Where rather than Max: it keeps NaN whatever a kernel's Max does with it.
    distances = graph.op("Where", graph.op("Less", distances, zero), zero, distances)
    return graph.op("Where", graph.op("IsInf", squares), precision.number(np.inf), distances)
