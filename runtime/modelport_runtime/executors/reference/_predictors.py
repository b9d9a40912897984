"""The kinds of predictors that the reference executor runs: one literal table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._prediction import ModelResult
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    AnomalyDetectionModel,
    ArimaModel,
    AssociationModel,
    BaselineModel,
    BayesianNetworkModel,
    ClusteringModel,
    DataField,
    Ensemble,
    ExponentialSmoothing,
    GarchModel,
    GaussianProcessModel,
    GeneralRegressionModel,
    Model,
    NaiveBayesModel,
    NearestNeighborModel,
    NeuralNetwork,
    Predictor,
    RegressionModel,
    ResultFeature,
    RuleSet,
    Scorecard,
    SequenceModel,
    StateSpaceModel,
    SupportVectorMachineModel,
    TextModel,
    TreeEnsemble,
)
from modelport_runtime.results import RULE_FEATURES

__all__ = [
    "PREDICTORS",
    "PredictorEvaluator",
    "PredictorRow",
    "TreeScorers",
    "TreeScoring",
    "causes_of_predictor",
    "prepare",
]

PredictorEvaluator = Callable[[Model, Scope], ModelResult]
"""Scores the rows of a scope; safe to call from many threads."""

TreeScoring = Callable[[Numbers], Numbers]
"""From what the nodes compare, shape (n_rows, n_features), to aggregated scores, shape (n_rows, K)."""

TreeScorers = Callable[[TreeEnsemble], TreeScoring | None]
"""Gives ensembles of trees another engine for their aggregated scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictorRow:
    """Where a kind of predictor is evaluated.

    Attributes:
        module: Module of this package.
        make: Its function ``make(predictor, data_fields, tree_scorers) -> PredictorEvaluator``, which does once what
            does not depend on rows.
        causes: Its function ``causes(predictor, where) -> Iterable[UnsupportedCause]``, when some predictors of the
            kind cannot be scored.
        features: What its predictions answer in output fields (``Prediction.answers``).
        given: Attribute of the predictor without which it answers none of them.
    """

    module: str
    make: str
    causes: str | None = None
    features: frozenset[ResultFeature] = frozenset()
    given: str | None = None


_ERRORS = frozenset(
    {
        ResultFeature.STANDARD_ERROR,
        ResultFeature.STANDARD_DEVIATION,
        ResultFeature.CONFIDENCE_INTERVAL_LOWER,
        ResultFeature.CONFIDENCE_INTERVAL_UPPER,
    }
)
ENTITY_FEATURES = frozenset(
    {
        ResultFeature.AFFINITY,
        ResultFeature.CLUSTER_AFFINITY,
        ResultFeature.CLUSTER_ID,
        ResultFeature.ENTITY_AFFINITY,
        ResultFeature.ENTITY_ID,
    }
)
"""What is answered about entities such as clusters; ``cluster...`` are names of PMML 4.0 (PMML 4.4, Output)."""

PREDICTORS: dict[type[Any], PredictorRow] = {
    RegressionModel: PredictorRow(module="_regression", make="make_regression"),
    TreeEnsemble: PredictorRow(module="_trees", make="make_trees", causes="causes_of_trees"),
    ClusteringModel: PredictorRow(module="_clustering", make="make_clustering", features=ENTITY_FEATURES),
    NearestNeighborModel: PredictorRow(
        module="_neighbors", make="make_neighbors", causes="causes_of_neighbors", features=ENTITY_FEATURES
    ),
    TextModel: PredictorRow(
        module="_text_model", make="make_text_model", causes="causes_of_text_model", features=ENTITY_FEATURES
    ),
    AnomalyDetectionModel: PredictorRow(module="_anomaly", make="make_anomaly"),
    Ensemble: PredictorRow(module="_ensembles", make="make_ensemble", causes="causes_of_ensemble"),
    BaselineModel: PredictorRow(module="_baseline", make="make_baseline", causes="causes_of_baseline"),
    ExponentialSmoothing: PredictorRow(module="_time_series", make="make_time_series"),
    StateSpaceModel: PredictorRow(module="_time_series", make="make_time_series", features=_ERRORS),
    ArimaModel: PredictorRow(
        module="_time_series", make="make_time_series", causes="causes_of_time_series", features=_ERRORS
    ),
    GarchModel: PredictorRow(module="_time_series", make="make_time_series", features=_ERRORS),
    GeneralRegressionModel: PredictorRow(
        module="_general_regression",
        make="make_general_regression",
        features=frozenset({ResultFeature.STANDARD_ERROR}),
        given="parameter_covariance",
    ),
    NaiveBayesModel: PredictorRow(module="_naive_bayes", make="make_naive_bayes"),
    BayesianNetworkModel: PredictorRow(
        module="_bayesian_network", make="make_bayesian_network", causes="causes_of_bayesian_network"
    ),
    GaussianProcessModel: PredictorRow(
        module="_gaussian_process",
        make="make_gaussian_process",
        causes="causes_of_gaussian_process",
        features=frozenset({ResultFeature.STANDARD_DEVIATION, ResultFeature.STANDARD_ERROR}),
    ),
    NeuralNetwork: PredictorRow(module="_neural_network", make="make_neural_network"),
    SupportVectorMachineModel: PredictorRow(module="_support_vectors", make="make_support_vectors"),
    RuleSet: PredictorRow(module="_rule_sets", make="make_rule_set"),
    AssociationModel: PredictorRow(module="_association", make="make_association", features=RULE_FEATURES),
    SequenceModel: PredictorRow(module="_sequences", make="make_sequences", features=RULE_FEATURES),
    Scorecard: PredictorRow(
        module="_scorecards", make="make_scorecard", features=frozenset({ResultFeature.REASON_CODE})
    ),
}
"""A new kind of predictor is one row, and one module that is imported when a model needs it."""


def prepare(
    predictor: Predictor | None, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A predictor ready to run; ``None`` only transforms inputs into outputs."""
    if predictor is None:
        return lambda model, scope: ModelResult(predictions=())
    row = PREDICTORS[type(predictor)]
    evaluator: PredictorEvaluator = _function(row.module, row.make)(predictor, data_fields, tree_scorers)
    return evaluator


def causes_of_predictor(predictor: Predictor | None, where: str) -> Iterable[UnsupportedCause]:
    """Why a predictor cannot be scored; members of an ensemble are not looked into."""
    if predictor is None:
        return ()
    row = PREDICTORS.get(type(predictor))
    if row is None:
        return (UnsupportedCause(where=where, what=f"predictor {type(predictor).__name__}"),)
    if row.causes is None:
        return ()
    causes: Iterable[UnsupportedCause] = _function(row.module, row.causes)(predictor, where)
    return causes


def _function(module: str, name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(import_module(f"modelport_runtime.executors.reference.{module}"), name)
    return function
