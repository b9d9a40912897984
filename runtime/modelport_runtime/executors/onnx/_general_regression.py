"""General regression (PMML 4.4, GeneralRegression): parameters, linear functions and links."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._mathematics import expm1
from modelport_runtime.executors.onnx._normalization import class_probabilities, inverse_link, ordinal_probabilities
from modelport_runtime.executors.onnx._positions import gather_scalars, position_of
from modelport_runtime.executors.onnx._prediction import Answer, ModelResult, Prediction, column_of, with_winner
from modelport_runtime.executors.onnx._steps import step_function
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.executors.reference._general_regression import coefficients_by_category, split_parameters
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.hub import (
    BaselineStratum,
    CovariateFactor,
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

__all__ = ["lower_general_regression"]

_Type = GeneralRegressionType


def lower_general_regression(
    lowering: Lowering, model: Model, predictor: GeneralRegressionModel, scope: Scope
) -> ModelResult:
    """The number predicted, or the class with its probabilities.

    Raises:
        RefusedError: A field cannot be said by a graph.
    """
    target = model.target_name
    scores = _scores(lowering, predictor, scope)
    if not predictor.classes:
        of_score = _hazard if predictor.baseline else _mean
        value = Number(of_score(lowering, predictor, column_of(lowering, scores, 0), scope))
        covariance = predictor.parameter_covariance
        answers: dict[ResultFeature, Answer] = {}
        if covariance is not None:
            known = covariance
            answers[ResultFeature.STANDARD_ERROR] = lambda field: _standard_error(lowering, predictor, known, scope)
        return ModelResult(predictions=(Prediction(target=target, value=value, answers=answers),))
    probabilities = _probabilities(lowering, predictor, scores)
    prediction = Prediction(target=target, classes=predictor.classes, probabilities=probabilities)
    return ModelResult(predictions=(with_winner(lowering, prediction, probabilities),))


def _scores(lowering: Lowering, predictor: GeneralRegressionModel, scope: Scope) -> str:
    """The linear functions [N, E]."""
    graph = lowering.graph
    by_field, others = split_parameters(predictor)
    scores = _offset(lowering, predictor.offset, scope)
    if others:
        columns = [lowering.rows_like(_product(lowering, predictor.parameters[index], scope).name) for index in others]
        matrix = columns[0] if len(columns) == 1 else graph.op("Concat", *columns, axis=1)
        product = graph.op("MatMul", matrix, graph.reals(predictor.coefficients[:, others].T))
        scores = graph.op("Add", product, scores)
    for field, indices in by_field.items():
        scores = graph.op("Add", scores, _categories(lowering, predictor, field, indices, scope))
    return graph.op("Expand", scores, lowering.graph.integers([1, len(predictor.coefficients)]))


def _standard_error(
    lowering: Lowering, predictor: GeneralRegressionModel, covariance: NDArray[np.float64], scope: Scope
) -> Number:
    """That of the linear function of estimated parameters."""
    graph = lowering.graph
    columns = [lowering.rows_like(_product(lowering, each, scope).name) for each in predictor.parameters]
    products = columns[0] if len(columns) == 1 else graph.op("Concat", *columns, axis=1)
    weighted = graph.op("Mul", graph.op("MatMul", products, graph.reals(covariance)), products)
    variance = graph.op("ReduceSum", weighted, graph.integers([1]), keepdims=1)
    return Number(graph.op("Sqrt", variance))


def _offset(lowering: Lowering, value: float | str, scope: Scope) -> str:
    if isinstance(value, str):
        return lowering.rows_like(lowering.read_number(scope, value).name)
    return lowering.rows_like(lowering.graph.number(value))


def _categories(
    lowering: Lowering, predictor: GeneralRegressionModel, field: str, indices: Sequence[int], scope: Scope
) -> str:
    """Coefficients [N, E] of the category that a field has, missing where it is missing."""
    graph = lowering.graph
    value = lowering.read(scope, field)
    rows = coefficients_by_category(predictor, indices, value.data_type)
    width = len(predictor.coefficients)
    table = np.concatenate([*(row[None, :] for row in rows.values()), np.zeros((1, width))])
    taken = graph.op("Gather", graph.reals(table), position_of(lowering, value, list(rows)))  # [N, 1, E]
    part = graph.op("Squeeze", taken, graph.integers([1]))
    missing = lowering.is_missing(value)
    return part if missing is None else graph.op("Where", missing, graph.number(math.nan), part)


def _product(lowering: Lowering, parameter: GeneralParameter, scope: Scope) -> Number:
    product = lowering.number(1.0)
    for position, factor in enumerate(parameter.factors):
        value = _factor(lowering, factor, scope)
        product = value if position == 0 else Number(lowering.graph.op("Mul", product.name, value.name))
    if parameter.reference_point:
        return Number(lowering.graph.op("Sub", product.name, lowering.graph.number(parameter.reference_point)))
    return product


def _factor(lowering: Lowering, factor: CovariateFactor | IndicatorFactor, scope: Scope) -> Number:
    if isinstance(factor, IndicatorFactor):
        return _indicator(lowering, factor, lowering.read(scope, factor.field))
    value = lowering.read_number(scope, factor.field)
    if factor.exponent == 1.0:
        return value
    power = Number(lowering.graph.op("Pow", value.name, lowering.graph.number(factor.exponent)))
    if factor.exponent != 0.0:
        return power
    missing = lowering.make_missing(power, lowering.is_missing(value))  # NaN ** 0 is 1, but what is missing stays so
    return missing if isinstance(missing, Number) else power


def _indicator(lowering: Lowering, factor: IndicatorFactor, value: Value) -> Number:
    known = {
        key: float(number)
        for category, number in zip(factor.categories, factor.values, strict=True)
        if (key := held(category, value.data_type)) is not None
    }
    other = None if factor.is_contrast else 0.0
    position = position_of(lowering, value, list(known))
    found = gather_scalars(lowering, (*known.values(), other), position, DataType.DOUBLE)
    result = lowering.make_missing(found, lowering.is_missing(value))
    if not isinstance(result, Number):
        raise TypeError("an indicator is a number")
    return result


def _probabilities(lowering: Lowering, predictor: GeneralRegressionModel, scores: str) -> str:
    """Probabilities [N, number of classes]."""
    graph, places = lowering.graph, predictor.equation_classes
    if places is None:
        raise TypeError("a classification scores classes")
    if predictor.model_type is _Type.GENERALIZED_LINEAR:
        probability = _inverse(lowering, predictor, column_of(lowering, scores, 0))
        rest = graph.op("Sub", graph.number(1.0), probability)
        order = (probability, rest) if places[0] == 0 else (rest, probability)
        return graph.op("Concat", *order, axis=1)
    by_class = {int(place): index for index, place in enumerate(places)}
    columns = [
        column_of(lowering, scores, by_class[place]) if place in by_class else lowering.rows_like(graph.number(0.0))
        for place in range(len(predictor.classes))
    ]
    every = graph.op("Concat", *columns, axis=1)
    if predictor.model_type is _Type.ORDINAL_MULTINOMIAL:
        return ordinal_probabilities(lowering, every, predictor.cumulative_link, len(predictor.classes))
    return class_probabilities(lowering, every, NormalizationMethod.SOFTMAX, len(predictor.classes))


def _mean(lowering: Lowering, predictor: GeneralRegressionModel, score: str, scope: Scope) -> str:
    if predictor.model_type is not _Type.GENERALIZED_LINEAR:
        return score
    value = _inverse(lowering, predictor, score)
    if predictor.trials is None:
        return value
    return lowering.graph.op("Mul", value, _offset(lowering, predictor.trials, scope))


def _hazard(lowering: Lowering, predictor: GeneralRegressionModel, score: str, scope: Scope) -> str:
    """The cumulative hazard at the row's time in its stratum (PMML 4.4, GeneralRegression, CoxRegression)."""
    graph, missing = lowering.graph, lowering.graph.number(math.nan)
    if predictor.end_time is None:
        raise TypeError("a Cox regression has an end time")
    time = lowering.read_number(scope, predictor.end_time)
    hazard = lowering.rows_like(missing)
    for stratum in predictor.baseline:
        own = _baseline(lowering, stratum, time)
        if predictor.strata is not None and stratum.value is not None:
            value = lowering.read(scope, predictor.strata)
            if held(stratum.value, value.data_type) is None:
                continue  # the column's type cannot hold it, so no row has it
            own = graph.op("Where", lowering.equals(value, stratum.value), own, hazard)
        hazard = own
    return graph.op("Mul", hazard, graph.op("Exp", score))


def _baseline(lowering: Lowering, stratum: BaselineStratum, time: Number) -> str:
    graph = lowering.graph
    hazard = step_function(lowering, time, stratum.times, np.concatenate([[0.0], stratum.hazards]))
    unknown = lowering.any_of(
        lowering.is_missing(time), lowering.compare("Greater", time.name, graph.number(stratum.max_time))
    )
    return graph.op("Where", str(unknown), graph.number(math.nan), hazard)


def _inverse(lowering: Lowering, predictor: GeneralRegressionModel, score: str) -> str:
    link = predictor.link_function
    parameter = predictor.link_parameter if predictor.link_parameter is not None else 1.0
    if link in _SHARED:
        return inverse_link(lowering, score, _SHARED[link])
    return _INVERSE_LINKS[link](lowering, score, parameter)


_SHARED = {
    LinkFunction.IDENTITY: NormalizationMethod.NONE,
    LinkFunction.LOG: NormalizationMethod.EXP,
    LinkFunction.LOGIT: NormalizationMethod.LOGIT,
    LinkFunction.CLOGLOG: NormalizationMethod.CLOGLOG,
    LinkFunction.LOGLOG: NormalizationMethod.LOGLOG,
    LinkFunction.PROBIT: NormalizationMethod.PROBIT,
}
"""Links that regression models have too."""


def _complementary_log(lowering: Lowering, score: str, _: float) -> str:
    return lowering.graph.op("Neg", expm1(lowering.graph, score))


def _negative_binomial(lowering: Lowering, score: str, parameter: float) -> str:
    graph = lowering.graph
    difference = expm1(graph, graph.op("Neg", score))
    return graph.op("Div", graph.number(1.0), graph.op("Mul", graph.number(parameter), difference))


def _odds_power(lowering: Lowering, score: str, parameter: float) -> str:
    if parameter == 0.0:
        return inverse_link(lowering, score, NormalizationMethod.LOGIT)
    graph = lowering.graph
    base = graph.op("Add", graph.number(1.0), graph.op("Mul", graph.number(parameter), score))
    power = graph.op("Pow", base, graph.number(-1.0 / parameter))
    return graph.op("Div", graph.number(1.0), graph.op("Add", graph.number(1.0), power))


def _root(lowering: Lowering, score: str, parameter: float) -> str:
    if parameter == 0.0:
        return lowering.graph.op("Exp", score)
    return lowering.graph.op("Pow", score, lowering.graph.number(1.0 / parameter))


_INVERSE_LINKS: dict[LinkFunction, Callable[[Lowering, str, float], str]] = {
    LinkFunction.LOGC: _complementary_log,
    LinkFunction.NEGBIN: _negative_binomial,
    LinkFunction.ODDSPOWER: _odds_power,
    LinkFunction.POWER: _root,
}
