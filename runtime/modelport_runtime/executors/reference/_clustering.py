"""The nearest cluster (PMML 4.4, Clustering Models)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from modelport_runtime.executors.reference._entities import rank_all
from modelport_runtime.executors.reference._measures import Comparison, blocks, categories_of, encode
from modelport_runtime.executors.reference._prediction import ModelResult
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import ClusteringModel, ComparedField, DataField, Model

__all__ = ["make_clustering", "record_matrix"]


def make_clustering(
    predictor: ClusteringModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """Clusters ready to run."""
    return lambda model, scope: _evaluate(model, predictor, scope)


def record_matrix(fields: tuple[ComparedField, ...], categories: tuple[tuple[str, ...], ...], scope: Scope) -> Numbers:
    """float64, shape (n_rows, n_fields): the records' values of compared fields, text by position."""
    matrix = np.empty((scope.n_rows, len(fields)), order="F")
    for index, field in enumerate(fields):
        matrix[:, index] = encode(scope.column(field.field), categories[index])
    return matrix


def _evaluate(model: Model, predictor: ClusteringModel, scope: Scope) -> ModelResult:
    comparison = Comparison(
        predictor.measure, predictor.fields, predictor.centers, predictor.missing_value_weights, model.math_type
    )
    records = record_matrix(predictor.fields, tuple(categories_of(field) for field in predictor.fields), scope)
    affinities = np.empty((scope.n_rows, comparison.n_entities))
    for rows in blocks(scope.n_rows, comparison.n_entities):
        affinities[rows] = comparison.affinities(records[rows])
    entities = rank_all(affinities, predictor.measure.is_similarity, predictor.cluster_ids, predictor.cluster_names)
    return ModelResult(predictions=(entities.prediction(model.target_name),))
