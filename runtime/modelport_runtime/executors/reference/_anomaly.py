"""Anomaly scores (PMML 4.4, Anomaly Detection Models)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from modelport_runtime.columns import ListColumn, NumberColumn
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    AnomalyAlgorithm,
    AnomalyDetectionModel,
    DataField,
    Model,
    OutputField,
    ResultFeature,
)

__all__ = ["CLUSTER_AFFINITY", "make_anomaly", "mean_path_length"]

CLUSTER_AFFINITY = OutputField(name="distance", feature=ResultFeature.AFFINITY)
"""What is asked of clusters: the distance to the nearest."""

_LABELS = (ResultFeature.PREDICTED_VALUE, ResultFeature.PREDICTED_DISPLAY_VALUE)


def make_anomaly(
    predictor: AnomalyDetectionModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A score ready to be computed."""
    # The model inside is a whole model again: the import cannot stand at the top.
    from modelport_runtime.executors.reference._model import ModelEvaluator

    inner = ModelEvaluator(predictor.model, data_fields, tree_scorers=tree_scorers)
    return lambda model, scope: _evaluate(model, predictor, scope, inner.evaluate)


def _evaluate(
    model: Model, predictor: AnomalyDetectionModel, scope: Scope, inner: Callable[[Scope], ModelResult]
) -> ModelResult:
    within = scope.on_all_rows()
    result = inner(within)
    scope.mark(within.invalid)
    for name, column in result.outputs.items():
        if not isinstance(column, ListColumn):  # no expression can read a list
            scope.define(name, column)
    if not result.predictions:
        return ModelResult(predictions=())
    return ModelResult(predictions=(_score(model, predictor, result.predictions[0]),))


def _score(model: Model, predictor: AnomalyDetectionModel, prediction: Prediction) -> Prediction:
    target = model.target_name
    answers = {feature: answer for feature, answer in prediction.answers.items() if feature not in _LABELS}
    if predictor.algorithm is AnomalyAlgorithm.IFOREST:
        path = prediction.value
        if path is None:
            raise TypeError("an isolation forest predicts the length of a path")
        score = 2.0 ** (-path / mean_path_length(predictor.sample_data_size or 0.0))
    elif predictor.algorithm is AnomalyAlgorithm.CLUSTER_MEAN_DIST:
        score = _relative_distance(predictor, prediction)
    else:
        return replace(prediction, target=target)
    return Prediction(target=target, value=score, answers=answers)


def _relative_distance(predictor: AnomalyDetectionModel, prediction: Prediction) -> Numbers:
    """The distance to the nearest cluster as a multiple of that cluster's mean distance."""
    distance = prediction.answers[ResultFeature.AFFINITY](CLUSTER_AFFINITY)
    if prediction.winner is None or not isinstance(distance, NumberColumn):
        raise TypeError("a clustering model gives a cluster and a distance")
    means = np.append(predictor.mean_cluster_distances, np.nan)
    with np.errstate(all="ignore"):
        result: Numbers = distance.values / means[prediction.winner]
    return result


def mean_path_length(n: float) -> float:
    """Mean length of an unsuccessful search in a binary search tree of n items.

    ``2 H(n - 1) - 2 (n - 1) / n``, ``H(i)`` being about ``ln(i)`` plus Euler's constant (PMML 4.4, Anomaly Detection
    Models; Liu, Ting and Zhou, Isolation Forest, 2008).
    """
    return float(2.0 * (math.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n)
