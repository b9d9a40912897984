"""A model: fields in, predictor, targets, outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from modelport_runtime.executors.onnx._ensembles import lower_ensemble
from modelport_runtime.executors.onnx._expressions import define_fields
from modelport_runtime.executors.onnx._fields import treat_inner, treat_raw
from modelport_runtime.executors.onnx._inputs import UNREAD
from modelport_runtime.executors.onnx._lowering import Lowering, Scope, ScopedValue
from modelport_runtime.executors.onnx._outputs import lower_outputs
from modelport_runtime.executors.onnx._prediction import ModelResult
from modelport_runtime.executors.onnx._targets import adjust
from modelport_runtime.executors.reference._scalars import text_of
from modelport_runtime.hub import (
    AnomalyDetectionModel,
    BaselineModel,
    BayesianNetworkModel,
    ClusteringModel,
    DataField,
    DerivedField,
    Ensemble,
    GaussianProcessModel,
    GeneralRegressionModel,
    MiningField,
    Model,
    NaiveBayesModel,
    NearestNeighborModel,
    NeuralNetwork,
    RegressionModel,
    RuleSet,
    Scorecard,
    SupportVectorMachineModel,
    TextModel,
    TreeEnsemble,
)

__all__ = ["lower_model"]


def lower_model(
    lowering: Lowering, model: Model, outer: Scope, derived_fields: tuple[DerivedField, ...] | None = None
) -> ModelResult:
    """Lower a model; a condition under which a row is invalid is marked for the model around it.

    Args:
        lowering: State of the lowering.
        model: The model.
        outer: The fields that it is given.
        derived_fields: Fields of the document, for the outermost model; ``None`` marks a nested one.

    Raises:
        RefusedError: A graph cannot say the predictor.
    """
    if model.group_field is not None:
        raise lowering.refuse(f"records that are groups of rows, by {model.group_field!r}")
    scope = Scope(outer, model.math_type)
    is_outermost = derived_fields is not None
    with lowering.recording_invalid() as invalid:
        for field in model.mining_fields:
            if field.is_target or field.usage_type in UNREAD:
                continue
            with lowering.at(f"MiningField[{field.name}]"), lowering.collecting():
                _define_field(lowering, field, outer, scope, is_outermost)
        define_fields(lowering, scope, (*(derived_fields or ()), *model.derived_fields))
        result = _lower_predictor(lowering, model, scope)
        _adjust(lowering, model, result)
        rows = lowering.any_of(*invalid)
        result.predictions = tuple(prediction.without(lowering, rows) for prediction in result.predictions)
        lower_outputs(lowering, model, result, scope, _display_values(model, lowering.data_fields))
    result.invalid = lowering.any_of(*invalid)
    lowering.mark_invalid(result.invalid)
    return result


def _define_field(lowering: Lowering, field: MiningField, outer: Scope, scope: Scope, is_outermost: bool) -> None:
    data_field = lowering.data_fields.get(field.name)
    if not is_outermost:
        scope.define(field.name, partial(_inner_field, lowering, field, data_field, outer))
        return
    found = outer.find(field.name)
    if found is None:
        return
    value = found if data_field is None else treat_raw(lowering, field, data_field, found.value)
    scope.values[field.name] = value
    lowering.mark_invalid(value.invalid)


def _inner_field(lowering: Lowering, field: MiningField, data_field: DataField | None, outer: Scope) -> ScopedValue:
    found = outer.find(field.name) or ScopedValue(lowering.missing_number())
    return treat_inner(lowering, field, data_field, found)


def _adjust(lowering: Lowering, model: Model, result: ModelResult) -> None:
    for target in model.targets:
        result.predictions = tuple(
            adjust(lowering, prediction, target, model.math_type)
            if target.field is None or prediction.target in (target.field, None)
            else prediction
            for prediction in result.predictions
        )


def _display_values(model: Model, data_fields: Mapping[str, DataField]) -> dict[str, str]:
    """Texts to show for target values; those of ``Targets`` win over those of the data dictionary."""
    display: dict[str, str] = {}
    for name in model.target_names:
        if name in data_fields:
            display.update({text_of(value): shown for value, shown in data_fields[name].display_values})
    for target in model.targets:
        for value in target.values:
            if value.value is not None and value.display_value is not None:
                display[text_of(value.value)] = value.display_value
    return display


def _lower_predictor(lowering: Lowering, model: Model, scope: Scope) -> ModelResult:
    """Lower what predicts; no predictor only transforms inputs into outputs.

    Raises:
        RefusedError: A graph cannot say it.
    """
    if model.predictor is None:
        return ModelResult(predictions=())
    if isinstance(model.predictor, Ensemble):
        with lowering.at("Ensemble"):
            return lower_ensemble(lowering, model, model.predictor, scope, partial(lower_model, lowering))
    kind = type(model.predictor)
    with lowering.at(kind.__name__):
        if kind not in PREDICTORS:
            raise lowering.refuse(f"a predictor of kind {kind.__name__}")
        module, name = PREDICTORS[kind]
        lower: PredictorLowering = getattr(import_module(f"modelport_runtime.executors.onnx.{module}"), name)
        return lower(lowering, model, model.predictor, scope)


PredictorLowering = Callable[[Lowering, Model, Any, Scope], ModelResult]

PREDICTORS: dict[type[Any], tuple[str, str]] = {
    RegressionModel: ("_regression", "lower_regression"),
    TreeEnsemble: ("_trees", "lower_trees"),
    GeneralRegressionModel: ("_general_regression", "lower_general_regression"),
    NaiveBayesModel: ("_naive_bayes", "lower_naive_bayes"),
    ClusteringModel: ("_clustering", "lower_clustering"),
    NearestNeighborModel: ("_neighbors", "lower_neighbors"),
    AnomalyDetectionModel: ("_anomaly", "lower_anomaly"),
    GaussianProcessModel: ("_gaussian_process", "lower_gaussian_process"),
    NeuralNetwork: ("_neural_network", "lower_neural_network"),
    SupportVectorMachineModel: ("_support_vectors", "lower_support_vectors"),
    RuleSet: ("_rule_sets", "lower_rule_set"),
    Scorecard: ("_scorecards", "lower_scorecard"),
    BaselineModel: ("_baseline", "lower_baseline"),
    BayesianNetworkModel: ("_bayesian_network", "lower_bayesian_network"),
    TextModel: ("_text_model", "lower_text_model"),
}
"""Module and function that lower a kind of predictor, imported when a model needs them. A kind that is absent is
refused: the reference executor runs it."""
