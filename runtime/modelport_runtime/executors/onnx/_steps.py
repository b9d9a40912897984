"""Step functions of a number: a search by halves, which ``TreeEnsemble`` does in the time of a few comparisons."""

from __future__ import annotations

from functools import partial

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from modelport_runtime.executors.onnx._graph import ML_DOMAIN
from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._values import Number

__all__ = ["step_function"]

_LT = 1


def step_function(lowering: Lowering, value: Number, edges: NDArray[np.float64], levels: NDArray[np.float64]) -> str:
    """[N, 1]: the level at the number of edges that a value has reached; any level where it is missing.

    Args:
        lowering: State of the lowering.
        value: The number.
        edges: Shape (E,), ascending.
        levels: Shape (E + 1,).
    """
    graph = lowering.graph
    if not len(edges):
        return lowering.rows_like(graph.number(levels[0]))
    fill = partial(_add_attributes, edges=edges.astype(graph.real), levels=levels.astype(graph.real))
    name = graph.add_large_node("TreeEnsemble", [lowering.rows_like(value.name)], fill, domain=ML_DOMAIN)
    graph.full.add(name)
    return name


def _add_attributes(node: onnx.NodeProto, edges: NDArray[np.floating], levels: NDArray[np.floating]) -> None:
    """A tree of tests ``x < edge``, each in the middle of the edges that are left."""
    order: list[int] = []
    below: list[int] = []
    above: list[int] = []
    below_is_leaf: list[int] = []
    above_is_leaf: list[int] = []
    waiting = [(0, len(edges))]
    for first, last in waiting:  # grows as it goes: tests are numbered level by level
        middle = (first + last) // 2
        order.append(middle)
        for start, stop, ways, leaves in (
            (first, middle, below, below_is_leaf),
            (middle + 1, last, above, above_is_leaf),
        ):
            leaves.append(int(start == stop))
            ways.append(start if start == stop else len(waiting))
            if start < stop:
                waiting.append((start, stop))
    count = len(order)
    attributes = {
        "aggregate_function": 1,
        "post_transform": 0,
        "n_targets": 1,
        "tree_roots": [0],
        "nodes_featureids": [0] * count,
        "nodes_modes": numpy_helper.from_array(np.full(count, _LT, np.uint8), "nodes_modes"),
        "nodes_splits": numpy_helper.from_array(edges[order], "nodes_splits"),
        "nodes_truenodeids": below,
        "nodes_trueleafs": below_is_leaf,
        "nodes_falsenodeids": above,
        "nodes_falseleafs": above_is_leaf,
        "leaf_targetids": [0] * len(levels),
        "leaf_weights": numpy_helper.from_array(levels, "leaf_weights"),
    }
    node.attribute.extend(onnx.helper.make_attribute(name, value) for name, value in attributes.items())
