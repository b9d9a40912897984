"""General regression (PMML 4.4, GeneralRegression): parameters, linear functions, links, hazards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._functions._distributions import normal_cdf
from modelport_runtime.executors.reference._normalization import inverse_link, ordinal_probabilities, softmax
from modelport_runtime.executors.reference._prediction import Answer, ModelResult, Prediction, winners
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    BaselineStratum,
    CovariateFactor,
    DataField,
    DataType,
    GeneralParameter,
    GeneralRegressionModel,
    GeneralRegressionType,
    IndicatorFactor,
    LinkFunction,
    Model,
    NormalizationMethod,
    ResultFeature,
)

__all__ = ["coefficients_by_category", "make_general_regression", "split_parameters"]

_Type = GeneralRegressionType


def make_general_regression(
    predictor: GeneralRegressionModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A general regression ready to run."""
    return lambda model, scope: _evaluate(predictor, model, scope)


def _evaluate(predictor: GeneralRegressionModel, model: Model, scope: Scope) -> ModelResult:
    target = model.target_name
    scores = _scores(predictor, scope)
    if not predictor.classes:
        value = _hazard(predictor, scores[:, 0], scope) if predictor.baseline else _mean(predictor, scores, scope)
        covariance = predictor.parameter_covariance
        answers: dict[ResultFeature, Answer] = {}
        if covariance is not None:
            known = covariance
            answers[ResultFeature.STANDARD_ERROR] = lambda field: _standard_error(predictor, known, scope)
        return ModelResult(predictions=(Prediction(target=target, value=value, answers=answers),))
    probabilities = _probabilities(predictor, scores)
    winner = winners(probabilities)
    prediction = Prediction(target=target, classes=predictor.classes, winner=winner, probabilities=probabilities)
    return ModelResult(predictions=(prediction,))


def _standard_error(predictor: GeneralRegressionModel, covariance: Numbers, scope: Scope) -> NumberColumn:
    """That of the linear function of estimated parameters, the root of ``p V p``; below 0 there is none."""
    known: dict[tuple[object, ...], Numbers] = {}
    products = np.stack([_product(parameter, scope, known) for parameter in predictor.parameters], axis=1)
    with np.errstate(all="ignore"):
        return NumberColumn(np.sqrt(((products @ covariance) * products).sum(axis=1)))


def split_parameters(predictor: GeneralRegressionModel) -> tuple[dict[str, list[int]], list[int]]:
    """Parameters that are one indicator each, by its field, and all the others: positions among the parameters.

    Those of one field are looked up at once, whatever their number.
    """
    by_field: dict[str, list[int]] = {}
    others: list[int] = []
    for index, parameter in enumerate(predictor.parameters):
        first = parameter.factors[0] if len(parameter.factors) == 1 and not parameter.reference_point else None
        if isinstance(first, IndicatorFactor) and not first.is_contrast:
            by_field.setdefault(first.field, []).append(index)
        else:
            others.append(index)
    return by_field, others


def coefficients_by_category(
    predictor: GeneralRegressionModel, indices: Sequence[int], data_type: DataType
) -> dict[float | str, Numbers]:
    """What parameters that are one indicator each add for a category, shape (E,), by the category as a column holds it.

    Args:
        predictor: The general regression.
        indices: Positions of the parameters, all of one field, as :func:`split_parameters` gives them.
        data_type: The column's type; categories that it cannot hold are left out.
    """
    rows: dict[float | str, Numbers] = {}
    for index in indices:
        factor = predictor.parameters[index].factors[0]
        if isinstance(factor, IndicatorFactor):
            for category, number in zip(factor.categories, factor.values, strict=True):
                key = held(category, data_type)
                if key is not None:
                    row = predictor.coefficients[:, index] * number
                    rows[key] = rows[key] + row if key in rows else row
    return rows


def _scores(predictor: GeneralRegressionModel, scope: Scope) -> Numbers:
    """float64, shape (n_rows, E): the linear functions."""
    by_field, others = split_parameters(predictor)
    matrix = np.empty((scope.n_rows, len(others)), order="F")
    known: dict[tuple[object, ...], Numbers] = {}
    for position, index in enumerate(others):
        matrix[:, position] = _product(predictor.parameters[index], scope, known)
    with np.errstate(all="ignore"):
        scores: Numbers = matrix @ predictor.coefficients[:, others].T
        scores = scores + _number_or_field(predictor.offset, scope)[:, None]
        for field, indices in by_field.items():
            scores = scores + _categories(predictor, scope.column(field), indices)
    return scores


def _categories(predictor: GeneralRegressionModel, column: Column, indices: Sequence[int]) -> Numbers:
    """Coefficients of each row's category, shape (n_rows, E); missing where it is missing."""
    rows = coefficients_by_category(predictor, indices, column.data_type)
    width = len(predictor.coefficients)
    if isinstance(column, TextColumn):
        nothing = np.zeros(width)
        table = np.array([*(rows.get(category, nothing) for category in column.categories), np.full(width, np.nan)])
        taken: Numbers = table[column.codes]
        return taken
    result = np.zeros((len(column), width))
    result[np.isnan(column.values)] = np.nan
    for key, row in rows.items():
        result[column.values == key] = row
    return result


def _number_or_field(value: float | str, scope: Scope) -> Numbers:
    if isinstance(value, str):
        return numbers(scope.column(value))
    return np.full(scope.n_rows, float(value))


def _product(parameter: GeneralParameter, scope: Scope, known: dict[tuple[object, ...], Numbers]) -> Numbers:
    product = np.ones(scope.n_rows)
    with np.errstate(all="ignore"):
        for factor in parameter.factors:
            if isinstance(factor, CovariateFactor):
                product = product * _power(factor, scope, known)
            else:
                product = product * _indicator(factor, scope)
        return product - parameter.reference_point if parameter.reference_point else product


def _power(factor: CovariateFactor, scope: Scope, known: dict[tuple[object, ...], Numbers]) -> Numbers:
    key = factor.field, factor.exponent
    if key not in known:
        values = numbers(scope.column(factor.field))
        power = values if factor.exponent == 1.0 else values**factor.exponent
        # NaN ** 0 is 1, but what is missing stays missing.
        known[key] = np.where(np.isnan(values), np.nan, power) if factor.exponent == 0.0 else power
    return known[key]


def _indicator(factor: IndicatorFactor, scope: Scope) -> Numbers:
    column = scope.column(factor.field)
    other = np.nan if factor.is_contrast else 0.0
    keys = [held(category, column.data_type) for category in factor.categories]
    values = list(zip(keys, factor.values, strict=True))
    if isinstance(column, TextColumn):
        by_text = dict(values)
        table = np.array([*(by_text.get(category, other) for category in column.categories), np.nan])
        taken: Numbers = table[column.codes]
        return taken
    result = np.where(np.isnan(column.values), np.nan, other)
    for category, value in values:
        if category is not None:
            result = np.where(column.values == category, value, result)
    return result


def _probabilities(predictor: GeneralRegressionModel, scores: Numbers) -> Numbers:
    """float64, shape (n_rows, n_classes)."""
    n_classes, places = len(predictor.classes), predictor.equation_classes
    if places is None:
        raise TypeError("a classification scores classes")
    if predictor.model_type is _Type.GENERALIZED_LINEAR:
        probability = _inverse(predictor, scores[:, 0])
        result = np.empty((len(scores), n_classes))
        result[:, places[0]] = probability
        result[:, 1 - places[0]] = 1.0 - probability
        return result
    every = np.zeros((len(scores), n_classes))
    every[np.isnan(scores).any(axis=1)] = np.nan
    every[:, places] = scores
    if predictor.model_type is _Type.ORDINAL_MULTINOMIAL:
        return ordinal_probabilities(every, predictor.cumulative_link)
    return softmax(every)


def _mean(predictor: GeneralRegressionModel, scores: Numbers, scope: Scope) -> Numbers:
    value = scores[:, 0]
    if predictor.model_type is _Type.GENERALIZED_LINEAR:
        value = _inverse(predictor, value)
        if predictor.trials is not None:
            value = value * _number_or_field(predictor.trials, scope)
    return value


def _inverse(predictor: GeneralRegressionModel, scores: Numbers) -> Numbers:
    parameter = predictor.link_parameter if predictor.link_parameter is not None else 1.0
    with np.errstate(all="ignore"):
        return _INVERSE_LINKS[predictor.link_function](scores, parameter)


def _negative_binomial(scores: Numbers, parameter: float) -> Numbers:
    result: Numbers = 1.0 / (parameter * np.expm1(-scores))
    return result


def _odds_power(scores: Numbers, parameter: float) -> Numbers:
    if parameter == 0.0:
        return inverse_link(scores, NormalizationMethod.LOGIT)
    result: Numbers = 1.0 / (1.0 + np.power(1.0 + parameter * scores, -1.0 / parameter))
    return result


def _root(scores: Numbers, parameter: float) -> Numbers:
    result: Numbers = np.exp(scores) if parameter == 0.0 else np.power(scores, 1.0 / parameter)
    return result


_INVERSE_LINKS: dict[LinkFunction, Callable[[Numbers, float], Numbers]] = {
    LinkFunction.CLOGLOG: lambda scores, _: inverse_link(scores, NormalizationMethod.CLOGLOG),
    LinkFunction.IDENTITY: lambda scores, _: scores,
    LinkFunction.LOG: lambda scores, _: np.exp(scores),
    LinkFunction.LOGC: lambda scores, _: -np.expm1(scores),
    LinkFunction.LOGIT: lambda scores, _: inverse_link(scores, NormalizationMethod.LOGIT),
    LinkFunction.LOGLOG: lambda scores, _: inverse_link(scores, NormalizationMethod.LOGLOG),
    LinkFunction.NEGBIN: _negative_binomial,
    LinkFunction.ODDSPOWER: _odds_power,
    LinkFunction.POWER: _root,
    LinkFunction.PROBIT: lambda scores, _: normal_cdf(scores),
}
"""PMML 4.4, GeneralRegression, LINK-FUNCTION: from linear function and link parameter to the mean."""


def _hazard(predictor: GeneralRegressionModel, scores: Numbers, scope: Scope) -> Numbers:
    """The cumulative hazard at the row's time in its stratum (PMML 4.4, GeneralRegression, CoxRegression)."""
    if predictor.end_time is None:
        raise TypeError("a Cox regression has an end time")
    times = numbers(scope.column(predictor.end_time))
    baseline = np.full(scope.n_rows, np.nan)
    for stratum in predictor.baseline:
        rows = np.ones(scope.n_rows, dtype=np.bool_)
        if predictor.strata is not None and stratum.value is not None:
            column = scope.column(predictor.strata)
            rows = _is(column, held(stratum.value, column.data_type))
        baseline[rows] = _baseline(stratum, times[rows])
    with np.errstate(all="ignore"):
        return baseline * np.exp(scores)


def _is(column: Column, value: float | str | None) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if isinstance(column, TextColumn):
        table = np.array([*(category == value for category in column.categories), False])
        return np.asarray(table[column.codes])
    return np.asarray(column.values == value)


def _baseline(stratum: BaselineStratum, times: Numbers) -> Numbers:
    position = np.searchsorted(stratum.times, times, side="right")
    hazards = np.concatenate([[0.0], stratum.hazards])[position]
    result: Numbers = np.where(np.isnan(times) | (times > stratum.max_time), np.nan, hazards)
    return result
