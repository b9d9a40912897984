"""Tree ensembles: aggregated scores to numbers, classes and probabilities (PMML 4.4, TreeModel; MultipleModels)."""

from __future__ import annotations

from dataclasses import replace

from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._normalization import class_probabilities, inverse_link, scores_needed
from modelport_runtime.executors.onnx._positions import gather_scalars
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, with_winner
from modelport_runtime.executors.onnx._tree_scores import TreeScores, lower_tree_scores
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
        RefusedError: A feature has no exact column, or copies of shared nodes are too many.
    """
    aggregated = lower_tree_scores(lowering, ensemble, scope)
    names = model.target_names
    predictions = []
    for index, target in enumerate(ensemble.targets):
        # A member without a target of its own does not give its ensemble's.
        name = target.field if target.field in names else names[index] if index < len(names) else None
        predictions.append(_prediction(lowering, ensemble, target, aggregated, name))
    return ModelResult(predictions=tuple(predictions))


def _prediction(
    lowering: Lowering, ensemble: TreeEnsemble, target: TreeTarget, aggregated: TreeScores, name: str | None
) -> Prediction:
    graph, scores, leaf = lowering.graph, aggregated.scores, aggregated.leaf
    if ensemble.n_columns > target.n_columns:
        wanted = range(target.first_column, target.first_column + target.n_columns)
        scores = graph.op("Gather", scores, graph.integers(wanted), axis=1)
    entity_ids = None
    if ensemble.leaf_ids and leaf is not None:
        ids = [leaf_id or None for leaf_id in ensemble.leaf_ids]
        beyond = [] if aggregated.is_mixture is None else [None]
        entity_ids = gather_scalars(lowering, [*ids, *beyond], leaf, DataType.STRING)
    confidences = aggregated.confidences
    prediction = Prediction(target=name, classes=target.classes, entity_ids=entity_ids, confidences=confidences)
    if not target.classes:
        value = inverse_link(lowering, scores, target.normalization_method, ensemble.sum_type)
        return replace(prediction, value=Number(value))
    probabilities = _probabilities(lowering, target, scores, ensemble.sum_type)
    prediction = replace(prediction, probabilities=probabilities)
    prediction = with_winner(lowering, prediction, probabilities, target.tie_goes_to_last)
    return _with_label(lowering, ensemble, aggregated, prediction)


def _with_label(
    lowering: Lowering, ensemble: TreeEnsemble, aggregated: TreeScores, prediction: Prediction
) -> Prediction:
    """The prediction with the label of a single tree's leaf itself; several leaves choose by their confidences."""
    graph, leaf = lowering.graph, aggregated.leaf
    if leaf is not None and ensemble.leaf_labels is not None:
        label = graph.op("Gather", graph.integers([*ensemble.leaf_labels.tolist(), -1]), leaf)
        unlabelled = graph.op("Less", label, graph.integers([[0]]))
        prediction = replace(prediction, winner=graph.op("Where", unlabelled, prediction.winner or label, label))
    if aggregated.is_mixture is None or aggregated.confidences is None:
        return prediction
    trusted = with_winner(lowering, prediction, aggregated.confidences).winner
    winner = graph.op("Where", aggregated.is_mixture, trusted or "", prediction.winner or "")
    return replace(prediction, winner=winner)


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
