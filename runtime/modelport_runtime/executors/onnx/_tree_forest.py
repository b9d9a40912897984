"""An ensemble of trees as ``TreeEnsemble`` nodes of the graph, one a tree, that say which leaf each row reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from modelport_runtime.executors.onnx._graph import ML_DOMAIN
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._tree_features import FeatureMatrix, feature_matrix
from modelport_runtime.executors.onnx._tree_nodes import (
    NodeAttributes,
    TooLargeError,
    add_tree_attributes,
    binary_nodes,
    node_attributes,
)
from modelport_runtime.hub import AggregationMethod, DataType, TreeEnsemble

__all__ = ["Forest", "make_forest"]

_MAXIMUM_NEGATED = 64
"""Columns of whose negatives trees of at least as many may ask: to make them costs less than it saves, and little
memory."""


@dataclass(frozen=True, slots=True)
class Forest:
    """An ensemble ready to be put into nodes of the graph.

    Attributes:
        ensemble: The trees.
        matrix: What their nodes test.
        attributes: What their nodes are made of.
        real: float64 or float32: the type of the matrix.
    """

    ensemble: TreeEnsemble
    matrix: FeatureMatrix
    attributes: NodeAttributes
    real: type[np.float64] | type[np.float32]

    def per_tree(self, lowering: Lowering, trees: Sequence[int], values: NDArray[Any]) -> str:
        """[number of trees, N]: what stands for the leaf reached in each tree.

        Args:
            lowering: State of the lowering.
            trees: The trees wanted.
            values: What stands for each leaf of the forest's layout.
        """
        graph = lowering.graph
        rows = []
        for tree in trees:
            fill = partial(add_tree_attributes, prepared=self.attributes, tree=tree, leaf_weights=values)
            output = graph.add_large_node("TreeEnsemble", [self.matrix.name], fill, domain=ML_DOMAIN)
            rows.append(graph.op("Reshape", output, graph.integers([1, -1])))
        return rows[0] if len(rows) == 1 else graph.op("Concat", *rows, axis=0)

    def whole_per_tree(self, lowering: Lowering, trees: Sequence[int], values: NDArray[Any]) -> str:
        """int64 [number of trees, N]: as ``per_tree``, of whole numbers from 0 on.

        Raises:
            RefusedError: float32 cannot tell them apart.
        """
        if self.real is np.float32 and values.max(initial=0) > 1 << 24:
            raise lowering.refuse("more leaves than float32 can number", "use float64")
        return lowering.graph.op("Cast", self.per_tree(lowering, trees, values), to=TensorProto.INT64)

    def leaf(self, lowering: Lowering, trees: Sequence[int]) -> str:
        """int64 [number of trees, N]: the leaf reached in each tree.

        Raises:
            RefusedError: As ``whole_per_tree``.
        """
        return self.whole_per_tree(lowering, trees, self.attributes.leaf)


def make_forest(lowering: Lowering, ensemble: TreeEnsemble, scope: Scope, *, with_penalties: bool = False) -> Forest:
    """Bring an ensemble into the form of ONNX.

    Args:
        lowering: State of the lowering.
        ensemble: The trees.
        scope: The model's fields.
        with_penalties: Whether the penalties due on the way to each leaf are asked for.

    Raises:
        RefusedError: A feature has no exact column, or copies of shared nodes are too many.
    """
    # A median takes the values of leaves as they are, whatever the type of sums.
    adds_single = ensemble.sum_type is DataType.FLOAT and ensemble.aggregation_method is not AggregationMethod.MEDIAN
    single = ensemble.input_type is DataType.FLOAT and adds_single
    nodes = binary_nodes(ensemble, with_penalties=with_penalties)
    matrix = feature_matrix(lowering, ensemble, nodes, scope, single)
    real = np.float32 if single else lowering.graph.real
    try:
        n_negated = matrix.n_columns if matrix.n_columns <= min(ensemble.n_trees, _MAXIMUM_NEGATED) else 0
        attributes = node_attributes(nodes, matrix.columns, matrix.sets, real, n_negated)
    except TooLargeError:
        raise lowering.refuse("trees that share so many nodes that their copies are too many") from None
    if attributes.asks_negative:
        negative = lowering.graph.op("Neg", matrix.name)
        matrix = replace(matrix, name=lowering.graph.op("Concat", matrix.name, negative, axis=1))
    return Forest(ensemble, matrix, attributes, real)
