"""The trees of a model on ONNX Runtime while the reference executor does the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.onnx._graph import Graph
from modelport_runtime.executors.onnx._lowering import Lowering, Scope, ScopedValue
from modelport_runtime.executors.onnx._session import Session
from modelport_runtime.executors.onnx._tree_scores import lower_tree_scores
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.hub import Card, Document, MiningFunction, Model, TreeEnsemble

__all__ = ["TreeScorer"]

_INPUT, _OUTPUT = "X", "scores"


class TreeScorer:
    """Aggregated scores of an ensemble. Safe to call from many threads at once.

    Args:
        ensemble: The trees; texts are given by their positions.

    Raises:
        UnsupportedModelError: A graph cannot say them.
    """

    def __init__(self, ensemble: TreeEnsemble) -> None:
        model = Model(function=MiningFunction.REGRESSION, predictor=ensemble, mining_fields=())
        lowering = Lowering(Document(data_fields=(), model=model, card=Card()), Graph())
        scope = _columns(lowering, ensemble)
        by_position = replace(ensemble, feature_categories=(None,) * len(ensemble.features))
        scores = ""
        with lowering.at("TreeEnsemble"), lowering.collecting():
            scores = lower_tree_scores(lowering, by_position, scope).scores
        if lowering.causes:
            raise UnsupportedModelError(lowering.causes)
        lowering.graph.nodes.append(helper.make_node("Identity", [scores], [_OUTPUT]))
        matrix = helper.make_tensor_value_info(_INPUT, TensorProto.DOUBLE, ["N", len(ensemble.features)])
        output = helper.make_tensor_value_info(_OUTPUT, TensorProto.DOUBLE, ["N", ensemble.n_columns])
        onnx_model = lowering.graph.model("trees", [matrix], [output])
        self._session = Session(onnx_model.SerializeToString())

    def __call__(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores, shape (n_rows, K).

        Args:
            matrix: float64, shape (n_rows, n_features): what the nodes compare, texts as positions, NaN for missing.

        Raises:
            EngineError: ONNX Runtime failed.
        """
        scores: NDArray[np.float64] = self._session.run({_INPUT: np.ascontiguousarray(matrix)}, len(matrix))[0]
        return scores


def _columns(lowering: Lowering, ensemble: TreeEnsemble) -> Scope:
    graph = lowering.graph
    graph.unique(_INPUT)
    graph.unique(_OUTPUT)
    graph.full.add(_INPUT)
    scope = Scope()
    for position, name in enumerate(ensemble.features):
        column = graph.op("Gather", _INPUT, graph.integers([position]), axis=1)
        graph.full.add(column)
        scope.values[name] = ScopedValue(Number(column))
    rows = graph.op("Gather", graph.op("Shape", _INPUT), graph.integers([0]))
    lowering.n_rows = graph.op("Concat", rows, graph.integers([1]), axis=0)
    return scope
