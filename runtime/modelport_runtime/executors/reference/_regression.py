"""Linear and generalised linear models (PMML 4.4, Regression)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._normalization import (
    class_probabilities,
    inverse_link,
    ordinal_probabilities,
)
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction, winners
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    CategoricalTerm,
    DataField,
    DataType,
    InteractionTerm,
    Model,
    NumericTerm,
    RegressionModel,
    RegressionTable,
    Term,
)

__all__ = ["evaluate_regression", "make_regression"]


def make_regression(
    predictor: RegressionModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A linear predictor ready to run."""
    return lambda model, scope: evaluate_regression(model, predictor, scope)


def evaluate_regression(model: Model, predictor: RegressionModel, scope: Scope) -> ModelResult:
    """The number predicted, or the class with its probabilities."""
    sum_type = DataType.FLOAT if model.math_type is DataType.FLOAT else predictor.sum_type
    scores = _scores(predictor.tables, scope, sum_type)
    target = model.target_name
    classes = tuple(table.target_category for table in predictor.tables if table.target_category is not None)
    if len(classes) != len(predictor.tables) or model.function != "classification":
        value = inverse_link(scores[:, 0], predictor.normalization_method, sum_type)
        return ModelResult(predictions=(Prediction(target=target, value=value),))
    if predictor.ordinal:
        probabilities = ordinal_probabilities(scores, predictor.normalization_method)
    elif predictor.renormalize:
        each = inverse_link(scores, predictor.normalization_method, sum_type)
        with np.errstate(all="ignore"):
            probabilities = each / each.sum(axis=1, keepdims=True)
    else:
        probabilities = class_probabilities(scores, predictor.normalization_method, len(classes), sum_type)
    winner = winners(probabilities, tie_goes_to_last=predictor.tie_goes_to_last)
    return ModelResult(
        predictions=(Prediction(target=target, classes=classes, winner=winner, probabilities=probabilities),)
    )


def _scores(tables: Sequence[RegressionTable], scope: Scope, sum_type: DataType) -> Numbers:
    """float64, shape (n_rows, n_tables): the linear functions; tables of the same terms in one product."""
    scores = np.empty((scope.n_rows, len(tables)))
    groups: dict[int, list[int]] = {}
    for index, table in enumerate(tables):
        groups.setdefault(id(table.terms), []).append(index)
    for members in groups.values():
        terms = tables[members[0]].terms
        coefficients = np.stack([tables[index].coefficients for index in members], axis=1)
        intercepts = np.array([tables[index].intercept for index in members])
        linear = _linear_float if sum_type is DataType.FLOAT else _linear
        scores[:, members] = linear(terms, coefficients, intercepts, scope)
    return scores


def _linear(terms: Sequence[Term], coefficients: Numbers, intercepts: Numbers, scope: Scope) -> Numbers:
    if not terms:
        return np.broadcast_to(intercepts, (scope.n_rows, len(intercepts)))
    numeric = [index for index, term in enumerate(terms) if not isinstance(term, CategoricalTerm)]
    matrix = np.empty((scope.n_rows, len(numeric)), order="F")
    for position, index in enumerate(numeric):
        matrix[:, position] = _term_values(terms[index], scope)
    with np.errstate(all="ignore"):
        result: Numbers = matrix @ coefficients[numeric] + intercepts
    categorical: dict[str, list[int]] = {}
    for index, term in enumerate(terms):
        if isinstance(term, CategoricalTerm):
            categorical.setdefault(term.field, []).append(index)
    for field, indices in categorical.items():
        result += _categorical(field, [terms[index] for index in indices], coefficients[indices], scope)
    return result


def _categorical(field: str, terms: Sequence[Term], coefficients: Numbers, scope: Scope) -> Numbers:
    """Coefficient of the category that a field has: one look-up for all the terms of the field."""
    column = scope.column(field)
    if isinstance(column, TextColumn):
        position = {category: index for index, category in enumerate(column.categories)}
        table = np.zeros((len(column.categories) + 1, coefficients.shape[1]))
        for term, row in zip(terms, coefficients, strict=True):
            known = _known(term, column)
            if known in position:
                table[position[str(known)]] += row
        taken: Numbers = table[column.codes]
        return taken
    total = np.zeros((scope.n_rows, coefficients.shape[1]))
    with np.errstate(all="ignore"):  # an infinite coefficient times zero is missing, like any NaN
        for term, row in zip(terms, coefficients, strict=True):
            known = _known(term, column)
            if known is not None:
                total += np.where(column.values == known, 1.0, 0.0)[:, None] * row
    return total


def _known(term: Term, column: Column) -> float | str | None:
    """The term's category as the column holds it; ``None`` when the column's type cannot hold it."""
    return held(term.value, column.data_type) if isinstance(term, CategoricalTerm) else None


def _linear_float(terms: Sequence[Term], coefficients: Numbers, intercepts: Numbers, scope: Scope) -> Numbers:
    """The linear functions in float32, term after term, the intercept at the end."""
    weights = coefficients.astype(np.float32)
    total = np.zeros((scope.n_rows, coefficients.shape[1]), dtype=np.float32)
    with np.errstate(all="ignore"):
        for term, row in zip(terms, weights, strict=True):
            total += _term_values(term, scope).astype(np.float32)[:, None] * row
        return (total + intercepts.astype(np.float32)).astype(np.float64)


def _term_values(term: Term, scope: Scope) -> Numbers:
    match term:
        case NumericTerm():
            values = numbers(scope.column(term.field))
            with np.errstate(all="ignore"):
                return values if term.exponent == 1 else values**term.exponent
        case InteractionTerm():
            product = numbers(scope.column(term.fields[0]))
            with np.errstate(all="ignore"):  # infinity times zero is missing, like any NaN
                for field in term.fields[1:]:
                    product = product * numbers(scope.column(field))
            return product
        case CategoricalTerm():
            column = scope.column(term.field)
            return _categorical(term.field, [term], np.ones((1, 1)), scope)[:, 0] if len(column) else np.zeros(0)
    raise TypeError(f"unknown term {type(term).__name__}")
