"""Linear and generalised linear models (PMML 4.4, Regression)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._normalization import (
    class_probabilities,
    inverse_link,
    ordinal_probabilities,
    renormalized,
    scores_needed,
)
from modelport_runtime.executors.onnx._positions import position_of
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, with_winner
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.hub import (
    CategoricalTerm,
    DataType,
    InteractionTerm,
    MiningFunction,
    Model,
    NumericTerm,
    RegressionModel,
    RegressionTable,
    Term,
)

__all__ = ["lower_regression"]


def lower_regression(lowering: Lowering, model: Model, predictor: RegressionModel, scope: Scope) -> ModelResult:
    """The number predicted, or the class with its probabilities.

    Raises:
        RefusedError: The normalization has no kernel, or a term reads a column that a graph cannot say.
    """
    sum_type = DataType.FLOAT if model.math_type is DataType.FLOAT else predictor.sum_type
    target = model.target_name
    classes = tuple(table.target_category for table in predictor.tables if table.target_category is not None)
    method = predictor.normalization_method
    if len(classes) != len(predictor.tables) or model.function is not MiningFunction.CLASSIFICATION:
        scores = _scores(lowering, predictor.tables[:1], scope, sum_type)
        value = Number(inverse_link(lowering, scores, method, sum_type))
        return ModelResult(predictions=(Prediction(target=target, value=value),))
    needed = len(classes)
    if not predictor.ordinal and not predictor.renormalize:
        needed = scores_needed(method, needed)
    names = [name for table in predictor.tables for term in table.terms for name in _fields_of(term)]
    lowering.read_all(scope, names)
    scores = _scores(lowering, predictor.tables[:needed], scope, sum_type)
    if predictor.ordinal:
        probabilities = ordinal_probabilities(lowering, scores, method, len(classes))
    elif predictor.renormalize:
        probabilities = renormalized(lowering, inverse_link(lowering, scores, method, sum_type))
    else:
        probabilities = class_probabilities(lowering, scores, method, len(classes), sum_type)
    prediction = Prediction(target=target, classes=classes, probabilities=probabilities)
    prediction = with_winner(lowering, prediction, probabilities, predictor.tie_goes_to_last)
    return ModelResult(predictions=(prediction,))


def _scores(lowering: Lowering, tables: Sequence[RegressionTable], scope: Scope, sum_type: DataType) -> str:
    """The linear functions [N, number of tables]; tables of the same terms in one product."""
    groups: dict[int, list[int]] = {}
    for index, table in enumerate(tables):
        groups.setdefault(id(table.terms), []).append(index)
    terms = [term for members in groups.values() for term in tables[members[0]].terms]
    lowering.read_all(scope, [name for term in terms for name in _fields_of(term)])
    linear = _linear_float if sum_type is DataType.FLOAT else _linear
    order: list[int] = []
    parts: list[str] = []
    for members in groups.values():
        coefficients = np.stack([tables[index].coefficients for index in members], axis=1)
        intercepts = np.array([tables[index].intercept for index in members])
        parts.append(linear(lowering, tables[members[0]].terms, coefficients, intercepts, scope))
        order.extend(members)
    scores = parts[0] if len(parts) == 1 else lowering.graph.op("Concat", *parts, axis=1)
    if order == sorted(order):
        return scores
    return lowering.graph.op("Gather", scores, lowering.graph.integers(np.argsort(order)), axis=1)


def _fields_of(term: Term) -> tuple[str, ...]:
    return term.fields if isinstance(term, InteractionTerm) else (term.field,)


def _linear(
    lowering: Lowering,
    terms: Sequence[Term],
    coefficients: NDArray[np.float64],
    intercepts: NDArray[np.float64],
    scope: Scope,
) -> str:
    graph = lowering.graph
    numeric = [index for index, term in enumerate(terms) if not isinstance(term, CategoricalTerm)]
    result = graph.op("Expand", graph.reals(intercepts[None, :]), lowering.n_rows)
    if numeric:
        columns = [lowering.rows_like(_term_value(lowering, terms[index], scope).name) for index in numeric]
        # Columns one below the other are copied whole; side by side they are copied number by number.
        lines = [graph.op("Reshape", column, graph.integers([1, -1])) for column in columns]
        matrix = lines[0] if len(lines) == 1 else graph.op("Concat", *lines, axis=0)
        product = graph.op("MatMul", graph.reals(coefficients[numeric].T), matrix)
        product = graph.op("Transpose", product, perm=[1, 0])
        graph.full.add(product)
        result = graph.op("Add", product, graph.reals(intercepts[None, :]))
    by_field: dict[str, list[int]] = {}
    for index, term in enumerate(terms):
        if isinstance(term, CategoricalTerm):
            by_field.setdefault(term.field, []).append(index)
    for field, indices in by_field.items():
        part = _categorical(lowering, field, [terms[index] for index in indices], coefficients[indices], scope)
        result = graph.op("Add", result, part)
    return result


def _categorical(
    lowering: Lowering, field: str, terms: Sequence[Term], coefficients: NDArray[np.float64], scope: Scope
) -> str:
    """Coefficients [N, K] of the category that a field has: one look-up for all the terms of the field."""
    value = lowering.read(scope, field)
    rows: dict[float | str, NDArray[np.float64]] = {}
    for term, row in zip(terms, coefficients, strict=True):
        known = _known(term, value)
        if known is not None:
            rows[known] = rows[known] + row if known in rows else row
    table = np.concatenate([*(row[None, :] for row in rows.values()), np.zeros((1, coefficients.shape[1]))])
    position = position_of(lowering, value, list(rows))
    taken = lowering.graph.op("Gather", lowering.graph.reals(table), position)  # [N, 1, K]
    return lowering.graph.op("Squeeze", taken, lowering.graph.integers([1]))


def _known(term: Term, value: Value) -> float | str | None:
    """The term's category as the column holds it; ``None`` when the column's type cannot hold it."""
    return held(term.value, value.data_type) if isinstance(term, CategoricalTerm) else None


def _linear_float(
    lowering: Lowering,
    terms: Sequence[Term],
    coefficients: NDArray[np.float64],
    intercepts: NDArray[np.float64],
    scope: Scope,
) -> str:
    """The linear functions in float32, term after term, the intercept at the end."""
    graph = lowering.graph
    total = graph.constant(np.zeros((1, coefficients.shape[1]), np.float32))
    for term, row in zip(terms, coefficients.astype(np.float32), strict=True):
        value = graph.op("Cast", _term_value(lowering, term, scope).name, to=TensorProto.FLOAT)
        total = graph.op("Add", total, graph.op("Mul", value, graph.constant(row[None, :])))
    total = graph.op("Add", total, graph.constant(intercepts.astype(np.float32)[None, :]))
    wide = graph.op("Expand", total, lowering.n_rows)
    return graph.op("Cast", wide, to=graph.real_type)


def _term_value(lowering: Lowering, term: Term, scope: Scope) -> Number:
    match term:
        case NumericTerm():
            return _power(lowering, lowering.read_number(scope, term.field), term.exponent)
        case InteractionTerm():
            product = lowering.read_number(scope, term.fields[0])
            for field in term.fields[1:]:
                factor = lowering.read_number(scope, field)
                product = Number(lowering.graph.op("Mul", product.name, factor.name))
            return product
        case CategoricalTerm():
            indicator = _categorical(lowering, term.field, [term], np.ones((1, 1)), scope)
            return Number(indicator, can_miss=False)


def _power(lowering: Lowering, value: Number, exponent: int) -> Number:
    if exponent == 1:
        return value
    power = Number(lowering.graph.op("Pow", value.name, lowering.graph.number(exponent)))
    if exponent != 0:
        return power
    missing = lowering.make_missing(power, lowering.is_missing(value))  # NaN ** 0 is 1, but the term is missing
    return missing if isinstance(missing, Number) else power
