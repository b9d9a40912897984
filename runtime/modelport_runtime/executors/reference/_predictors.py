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
    DataField,
    Ensemble,
    GeneralRegressionModel,
    Model,
    NaiveBayesModel,
    Predictor,
    RegressionModel,
    ResultFeature,
    TreeEnsemble,
)

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
    """

    module: str
    make: str
    causes: str | None = None
    features: frozenset[ResultFeature] = frozenset()


PREDICTORS: dict[type[Any], PredictorRow] = {
    RegressionModel: PredictorRow(module="_regression", make="make_regression"),
    TreeEnsemble: PredictorRow(module="_trees", make="make_trees", causes="causes_of_trees"),
    Ensemble: PredictorRow(module="_ensembles", make="make_ensemble", causes="causes_of_ensemble"),
    GeneralRegressionModel: PredictorRow(module="_general_regression", make="make_general_regression"),
    NaiveBayesModel: PredictorRow(module="_naive_bayes", make="make_naive_bayes"),
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
