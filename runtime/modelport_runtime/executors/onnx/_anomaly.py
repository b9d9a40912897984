"""Anomaly scores (PMML 4.4, Anomaly Detection Models)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modelport_runtime.executors.onnx._lowering import Lowering, Scope, ScopedValue
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.executors.reference._anomaly import CLUSTER_AFFINITY, mean_path_length
from modelport_runtime.hub import AnomalyAlgorithm, AnomalyDetectionModel, Model, ResultFeature

__all__ = ["lower_anomaly"]

_LABELS = (ResultFeature.PREDICTED_VALUE, ResultFeature.PREDICTED_DISPLAY_VALUE)


def lower_anomaly(lowering: Lowering, model: Model, predictor: AnomalyDetectionModel, scope: Scope) -> ModelResult:
    """A score made of another model's prediction.

    Raises:
        RefusedError: A graph cannot say the other model.
    """
    # The model inside is a whole model again: the import cannot stand at the top.
    from modelport_runtime.executors.onnx._model import lower_model

    result = lower_model(lowering, predictor.model, Scope(scope, scope.math_type))
    for name, column in result.outputs.items():
        scope.pending.pop(name, None)
        scope.values[name] = ScopedValue(column)
    if not result.predictions:
        return ModelResult(predictions=())
    prediction = result.predictions[0]
    target = model.target_name
    value = _score(lowering, predictor, prediction)
    if value is None:
        return ModelResult(predictions=(replace(prediction, target=target),))
    answers = {feature: answer for feature, answer in prediction.answers.items() if feature not in _LABELS}
    return ModelResult(predictions=(Prediction(target=target, value=value, answers=answers),))


def _score(lowering: Lowering, predictor: AnomalyDetectionModel, prediction: Prediction) -> Number | None:
    """The score; ``None`` where it is the prediction itself."""
    graph = lowering.graph
    if predictor.algorithm is AnomalyAlgorithm.IFOREST:
        path = prediction.column(lowering)
        if not isinstance(path, Number):
            raise lowering.refuse("path lengths that are text")
        scale = graph.number(-1.0 / mean_path_length(predictor.sample_data_size or 0.0))
        return Number(graph.op("Pow", graph.number(2.0), graph.op("Mul", path.name, scale)))
    if predictor.algorithm is not AnomalyAlgorithm.CLUSTER_MEAN_DIST:
        return None
    distance = prediction.answers[ResultFeature.AFFINITY](CLUSTER_AFFINITY)
    if prediction.winner is None or not isinstance(distance, Number):
        raise TypeError("a clustering model gives a cluster and a distance")
    means = graph.reals(np.append(predictor.mean_cluster_distances, np.nan))
    return Number(graph.op("Div", distance.name, graph.op("Gather", means, prediction.winner)))
