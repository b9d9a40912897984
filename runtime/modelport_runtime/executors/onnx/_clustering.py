"""The nearest cluster (PMML 4.4, Clustering Models)."""

from __future__ import annotations

from modelport_runtime.executors.onnx._entities import RankedEntities
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._measures import Entities, affinities_of, sort_keys
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._measures import categories_of
from modelport_runtime.hub import ClusteringModel, Model, ResultFeature

__all__ = ["lower_clustering"]


def lower_clustering(lowering: Lowering, model: Model, predictor: ClusteringModel, scope: Scope) -> ModelResult:
    """The nearest cluster, and what output fields ask of clusters.

    Raises:
        RefusedError: A record's value cannot be compared in a graph.
    """
    graph, n_clusters = lowering.graph, len(predictor.cluster_ids)
    entities = Entities(
        measure=predictor.measure,
        fields=predictor.fields,
        categories=[categories_of(field) for field in predictor.fields],
        values=predictor.centers,
        weights=predictor.missing_value_weights,
    )
    affinities = affinities_of(lowering, entities, scope, model.math_type)
    keys = sort_keys(lowering, entities, affinities)

    def order(rank: int) -> str:
        if rank == 1:
            return graph.op("ArgMax", graph.op("Neg", keys), axis=1, keepdims=1)
        # TopK puts the lower index first among equals (ONNX, TopK).
        ranked = graph.ops("TopK", keys, graph.integers([n_clusters]), outputs=2, axis=1, largest=0)[1]
        return graph.op("Gather", ranked, graph.integers([rank - 1]), axis=1)

    def affinity_at(rank: int) -> str:
        return graph.op("GatherElements", affinities, order(rank), axis=1)

    def position_at(rank: int) -> str:
        missing = graph.op("IsNaN", affinity_at(rank))
        return graph.op("Where", missing, graph.integers([[n_clusters]]), order(rank))

    ranked = RankedEntities(
        lowering, predictor.cluster_ids, predictor.cluster_names, n_clusters, position_at, affinity_at, affinities
    )
    prediction = Prediction(
        target=model.target_name,
        classes=predictor.cluster_ids,
        winner=position_at(1),
        answers={
            **ranked.answers(),
            ResultFeature.PREDICTED_VALUE: ranked.identifier,
            ResultFeature.PREDICTED_DISPLAY_VALUE: ranked.name,
        },
    )
    return ModelResult(predictions=(prediction,))
