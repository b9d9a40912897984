"""Leaves that are linear functions of the features, term after term as the reference adds them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.hub import LinearLeaves

__all__ = ["add_linear_terms"]


def add_linear_terms(
    lowering: Lowering,
    linear: LinearLeaves,
    columns: dict[int, int],
    matrix: str,
    leaf: str,
    values: str,
    constant: Callable[[NDArray[np.float64]], str],
) -> str:
    """[trees, N]: values of leaves with what their functions add.

    Args:
        lowering: State of the lowering.
        linear: The functions of all leaves.
        columns: Column of the matrix of each feature that they read.
        matrix: Tensor [N, number of columns]: the features, none missing where a function reads it.
        leaf: int64 tensor [trees, N]: the leaves reached.
        values: Tensor [trees, N]: their values.
        constant: How numbers become constants of the type in which matrix and values are.
    """
    graph = lowering.graph
    features, coefficients = linear.padded()
    n_terms = features.shape[1]
    if not n_terms:
        return values
    # What fills a shorter function up reads a column of zeros, which is put before the others.
    filled = np.arange(n_terms) < np.diff(linear.offsets)[:, None]
    place = np.array([columns.get(feature, -1) for feature in range(int(features.max(initial=0)) + 1)])
    zeros = graph.op("Expand", constant(np.zeros((1, 1))), lowering.n_rows)
    with_zeros = graph.op("Concat", zeros, matrix, axis=1)
    by_row = graph.op("Transpose", leaf, perm=[1, 0])
    total = graph.op("Transpose", values, perm=[1, 0])
    for term in range(n_terms):
        positions = graph.constant(np.where(filled[:, term], place[features[:, term]] + 1, 0))
        feature = graph.op("GatherElements", with_zeros, graph.op("Gather", positions, by_row), axis=1)
        coefficient = graph.op("Gather", constant(coefficients[:, term]), by_row)
        total = graph.op("Add", total, graph.op("Mul", feature, coefficient))
    return graph.op("Transpose", total, perm=[1, 0])
