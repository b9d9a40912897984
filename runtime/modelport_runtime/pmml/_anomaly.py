"""AnomalyDetectionModel: a score made of another model's prediction (PMML 4.4, Anomaly Detection Models)."""

from __future__ import annotations

import numpy as np

from modelport_runtime.hub import AnomalyAlgorithm, AnomalyDetectionModel, ClusteringModel, MiningFunction
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._matrices import NUMBER_ARRAYS, read_numbers
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._models import MODEL_ELEMENTS, read_model
from modelport_runtime.pmml._reading import Reading, Scope

__all__ = ["read_anomaly"]


def read_anomaly(reading: Reading, element: Element, context: ModelContext) -> AnomalyDetectionModel | None:
    """Read the algorithm of an ``AnomalyDetectionModel``, and the model inside it.

    Raises:
        ArtifactError: There is no model inside, or the algorithm lacks what it needs.
    """
    algorithm = element.choice("algorithmType", AnomalyAlgorithm)
    models = element.all(*MODEL_ELEMENTS)
    if len(models) != 1:
        raise element.error(f"AnomalyDetectionModel holds {len(models)} models; it must hold one")
    scope = Scope(context.scope)
    inner = read_model(reading, models[0], scope, context)
    # What the model puts out, an output field of this one may name.
    scope.export(context.scope, scope.names)
    if inner is None or reading.causes:
        return None
    if algorithm is AnomalyAlgorithm.IFOREST and inner.function is not MiningFunction.REGRESSION:
        raise models[0].error("algorithmType iforest needs a model that predicts path lengths, a regression")
    distances = np.zeros(0)
    if algorithm is AnomalyAlgorithm.CLUSTER_MEAN_DIST:
        if not isinstance(inner.predictor, ClusteringModel):
            raise models[0].error("algorithmType clusterMeanDist needs a ClusteringModel; correct the document")
        array = element.require_child("MeanClusterDistances").require_child(*NUMBER_ARRAYS)
        distances = read_numbers(array, len(inner.predictor.cluster_ids))
    return AnomalyDetectionModel(
        algorithm=algorithm,
        model=inner,
        sample_data_size=_sample_data_size(element) if algorithm is AnomalyAlgorithm.IFOREST else None,
        mean_cluster_distances=distances,
    )


def _sample_data_size(element: Element) -> float:
    size = element.number("sampleDataSize")
    if not 2 <= size < float("inf"):
        raise element.error(f"sampleDataSize={size:g} must be at least 2; correct the document")
    return size
