"""Linear classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature, Prediction, TargetClasses
from modelport.readers._document import python_scalars
from modelport.readers.sklearn._decisions import clipped_probabilities, decision_prediction, sigmoid_probabilities
from modelport.readers.sklearn._expressions import framework_version, numbers
from modelport.readers.sklearn.linear import linear_terms, sum_type
from modelport_runtime.hub import (
    MiningFunction,
    NormalizationMethod,
    RegressionModel,
    RegressionTable,
    Scalar,
)

__all__ = [
    "read_decision_classifier",
    "read_logistic_regression",
    "read_ridge_classifier",
    "read_sgd_classifier",
]


def read_logistic_regression(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """Sigmoid of two classes, softmax of more; up to 1.7 also one-versus-rest (linear_model/_logistic.py)."""
    classes = python_scalars(model.classes_)
    decisions = _decisions(model, features, context, path)
    if not _is_one_versus_rest(model):
        return _softmax(decisions, classes, context)
    if len(classes) == 2:
        return _sigmoid(decisions, classes, context)
    return decision_prediction(decisions, classes, context, probabilities=sigmoid_probabilities)


def read_sgd_classifier(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """Decision values, and probabilities for two of the losses (linear_model/_stochastic_gradient.py)."""
    classes = python_scalars(model.classes_)
    decisions = _decisions(model, features, context, path)
    if model.loss == "log_loss" and len(classes) == 2:
        return _sigmoid(decisions, classes, context)
    how = {"log_loss": sigmoid_probabilities, "modified_huber": clipped_probabilities}.get(model.loss)
    return decision_prediction(decisions, classes, context, probabilities=how)


def read_decision_classifier(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """The class of the largest decision value (linear_model/_base.py, LinearClassifierMixin.predict)."""
    decisions = _decisions(model, features, context, path)
    return decision_prediction(decisions, python_scalars(model.classes_), context)


def read_ridge_classifier(model: Any, features: Sequence[Feature], context: Context, path: str) -> Prediction:
    """As other decision classifiers, for one target (linear_model/_ridge.py)."""
    if model._label_binarizer.y_type_.startswith("multilabel"):
        context.unsupported(path, "a target of several labels", "fit one classifier a label (MultiOutputClassifier)")
        context.raise_if_unsupported()
    return read_decision_classifier(model, features, context, path)


def _is_one_versus_rest(model: Any) -> bool:
    """Whether ``predict_proba`` is one-versus-rest, by the parameter ``multi_class`` of 1.4 to 1.7."""
    multi_class = getattr(model, "multi_class", None)
    two = len(model.classes_) <= 2
    if multi_class is None:
        return two
    if multi_class in ("auto", "deprecated"):
        separate = ("liblinear", "newton-cholesky") if framework_version() < (1, 6) else ("liblinear",)
        return two or model.solver in separate
    return bool(multi_class == "ovr")


def _decisions(model: Any, features: Sequence[Feature], context: Context, path: str) -> RegressionModel:
    """``X @ coef_.T + intercept_``: one linear function a class, or one for two classes."""
    columns = numbers(features, context, path)
    terms = linear_terms(columns)
    matrix = np.atleast_2d(
        model.coef_
    )  # RidgeClassifier of two classes has one row, in newer versions without its axis
    intercepts = np.broadcast_to(np.ravel(np.asarray(model.intercept_, dtype=np.float64)), (len(matrix),))
    tables = tuple(
        RegressionTable(intercept=float(intercept), terms=terms, coefficients=np.array(row, dtype=np.float64))
        for row, intercept in zip(matrix, intercepts, strict=True)
    )
    return RegressionModel(tables=tables, sum_type=sum_type(columns, matrix))


def _sigmoid(decisions: RegressionModel, classes: tuple[Scalar, ...], context: Context) -> Prediction:
    negative, positive = classes
    (table,) = decisions.tables
    rest = RegressionTable(intercept=0.0, terms=(), coefficients=np.zeros(0), target_category=negative)
    predictor = replace(
        decisions,
        tables=(replace(table, target_category=positive), rest),
        normalization_method=NormalizationMethod.LOGIT,
        tie_goes_to_last=True,  # predict asks for a decision value above 0
    )
    return _classification(predictor, classes, context)


def _softmax(decisions: RegressionModel, classes: tuple[Scalar, ...], context: Context) -> Prediction:
    tables = decisions.tables
    if len(classes) == 2:  # the softmax of -d and d, for multi_class="multinomial" up to 1.7
        (table,) = tables
        negated = replace(table, intercept=-table.intercept, coefficients=-table.coefficients)
        tables = (negated, table)
    labelled = tuple(replace(table, target_category=label) for table, label in zip(tables, classes, strict=True))
    predictor = replace(decisions, tables=labelled, normalization_method=NormalizationMethod.SOFTMAX)
    return _classification(predictor, classes, context)


def _classification(predictor: RegressionModel, classes: tuple[Scalar, ...], context: Context) -> Prediction:
    (target,) = context.target_names
    return Prediction(
        function=MiningFunction.CLASSIFICATION,
        predictor=predictor,
        targets=(TargetClasses(name=target, classes=classes),),
    )
