"""Tree ensembles: aggregated scores to numbers, classes and probabilities (PMML 4.4, TreeModel; MultipleModels)."""

from __future__ import annotations

from dataclasses import replace

from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._normalization import class_probabilities, inverse_link, scores_needed
from modelport_runtime.executors.onnx._positions import gather_scalars
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, with_winner
from modelport_runtime.executors.onnx._tree_scores import lower_tree_scores
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.hub import (
    DataType,
    Model,
    NormalizationMethod,
    TreeEnsemble,
    TreeTarget,
)

__all__ = ["lower_trees"]


def lower_trees(lowering: Lowering, model: Model, ensemble: TreeEnsemble, scope: Scope) -> ModelResult:
    """Predictions of every target.

    Raises:
        RefusedError: Rows that go several ways at once, or copies of shared nodes are too many.
    """
    scores, leaf = lower_tree_scores(lowering, ensemble, scope)
    names = model.target_names
    predictions = []
    for index, target in enumerate(ensemble.targets):
        # A member without a target of its own does not give its ensemble's.
        name = target.field if target.field in names else names[index] if index < len(names) else None
        predictions.append(_prediction(lowering, ensemble, target, scores, leaf, name))
    return ModelResult(predictions=tuple(predictions))


def _prediction(
    lowering: Lowering, ensemble: TreeEnsemble, target: TreeTarget, scores: str, leaf: str | None, name: str | None
) -> Prediction:
    graph = lowering.graph
    place = None if leaf is None else graph.op("Reshape", leaf, graph.integers([-1, 1]))
    if ensemble.n_columns > target.n_columns:
        wanted = range(target.first_column, target.first_column + target.n_columns)
        scores = graph.op("Gather", scores, graph.integers(wanted), axis=1)
    entity_ids = None
    if ensemble.leaf_ids and place is not None:
        ids = [leaf_id or None for leaf_id in ensemble.leaf_ids]
        entity_ids = gather_scalars(lowering, ids, place, DataType.STRING)
    confidences = None
    if ensemble.leaf_confidences is not None and place is not None:
        rows = graph.op("Gather", graph.reals(ensemble.leaf_confidences), place)
        confidences = graph.op("Squeeze", rows, graph.integers([1]))
    prediction = Prediction(target=name, classes=target.classes, entity_ids=entity_ids, confidences=confidences)
    if not target.classes:
        value = inverse_link(lowering, scores, target.normalization_method, ensemble.sum_type)
        return replace(prediction, value=Number(value))
    probabilities = _probabilities(lowering, target, scores, ensemble.sum_type)
    prediction = replace(prediction, probabilities=probabilities)
    prediction = with_winner(lowering, prediction, probabilities, target.tie_goes_to_last)
    if place is None or ensemble.leaf_labels is None:
        return prediction
    label = graph.op("Gather", graph.integers(ensemble.leaf_labels), place)
    unlabelled = graph.op("Less", label, graph.integers([[0]]))
    return replace(prediction, winner=graph.op("Where", unlabelled, prediction.winner or label, label))


def _probabilities(lowering: Lowering, target: TreeTarget, scores: str, sum_type: DataType) -> str:
    """[N, number of classes]."""
    graph = lowering.graph
    if target.n_columns == 1 and len(target.classes) == 2:
        positive = inverse_link(lowering, scores, target.normalization_method, sum_type)
        negative = graph.op("Sub", graph.number(1.0), positive)
        if sum_type is DataType.FLOAT:
            negative = lowering.to_float32(negative)
        return graph.op("Concat", negative, positive, axis=1)
    if target.normalization_method is NormalizationMethod.NONE:
        return scores  # the leaves hold probabilities
    needed = scores_needed(target.normalization_method, len(target.classes))
    if needed < len(target.classes):
        scores = graph.op("Gather", scores, graph.integers(range(needed)), axis=1)
    return class_probabilities(lowering, scores, target.normalization_method, len(target.classes), sum_type)
