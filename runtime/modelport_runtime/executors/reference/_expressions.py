"""Expressions to columns (PMML 4.4, Transformations and Functions)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._casts import cast, numbers
from modelport_runtime.executors.reference._fields import in_interval
from modelport_runtime.executors.reference._functions import FUNCTIONS
from modelport_runtime.executors.reference._functions._logic import truth
from modelport_runtime.executors.reference._map_values import evaluate_map_values
from modelport_runtime.executors.reference._row_history import evaluate_aggregate, evaluate_lag, known
from modelport_runtime.executors.reference._scalars import physical
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._text_index import evaluate_text_index
from modelport_runtime.executors.reference._values import (
    Mask,
    Value,
    constant,
    missing_column,
    replace,
    select,
    take,
    union,
)
from modelport_runtime.hub import (
    Aggregate,
    Apply,
    Cast,
    Constant,
    DataType,
    DerivedField,
    Discretize,
    Expression,
    FieldRef,
    Function,
    InvalidValueTreatment,
    Lag,
    MapValues,
    NormContinuous,
    NormDiscrete,
    OutlierTreatment,
    Scalar,
    TextIndex,
)

__all__ = ["evaluate", "evaluate_derived", "holds"]


def evaluate(expression: Expression, scope: Scope) -> Value:
    """The value of an expression in every row of a scope."""
    return _EVALUATORS[type(expression)](expression, scope)


def evaluate_derived(field: DerivedField, scope: Scope) -> Value:
    """A derived field: its expression, cast to its type."""
    value = evaluate(field.expression, scope)
    return Value(cast(value.column, field.data_type), value.invalid)


def holds(predicate: Expression | None, scope: Scope) -> Mask | None:
    """Where a predicate is true (not where it is unknown); ``None`` means everywhere."""
    if predicate is None:
        return None
    value = evaluate(predicate, scope)
    scope.mark(value.invalid)
    result = truth(value.column) == 1
    return None if result.all() else result


def _replace_missing(column: Column, value: Scalar | None) -> Column:
    return column if value is None else _put(column, column.missing, value)


def _put(column: Column, rows: Mask, value: Scalar | None) -> Column:
    """The column with a constant in some rows; it widens where its type cannot hold the constant."""
    if not rows.any():
        return column
    if column.data_type is DataType.INTEGER and isinstance(value, float) and not value.is_integer():
        # The median of whole numbers need not be whole: the result is then real (SimpleImputer, on an integer column).
        column = NumberColumn(numbers(column), DataType.DOUBLE)
    try:
        return replace(column, rows, value)
    except ValueError:
        return replace(cast(column, DataType.STRING), rows, value)


def _constant(expression: Constant, scope: Scope) -> Value:
    return Value(constant(expression.value, expression.data_type, scope.n_rows))


def _field_ref(expression: FieldRef, scope: Scope) -> Value:
    value = scope.value(expression.field)
    if expression.map_missing_to is None:
        return value
    return Value(_replace_missing(value.column, expression.map_missing_to), value.invalid)


def _cast(expression: Cast, scope: Scope) -> Value:
    value = evaluate(expression.expression, scope)
    return Value(cast(value.column, expression.data_type), value.invalid)


def _apply(expression: Apply, scope: Scope) -> Value:
    if expression.function == "if":
        result = _if(expression, scope)
    elif expression.function in scope.functions:
        result = _call(scope.functions[expression.function], expression, scope)
    else:
        result = _call_built_in(expression, scope)
    return Value(_replace_missing(result.column, expression.default_value), result.invalid)


def _if(expression: Apply, scope: Scope) -> Value:
    condition = evaluate(expression.arguments[0], scope)
    decided = truth(condition.column)
    branches = [evaluate(argument, scope) for argument in expression.arguments[1:]]
    if len(branches) == 1:
        branches.append(Value(missing_column(branches[0].column.data_type, scope.n_rows)))
    left, right = _one_type(branches[0].column, branches[1].column)
    column = select(decided == 1, left, right)
    unknown = np.isnan(decided)
    column = _put(column, unknown, None)
    if expression.map_missing_to is not None:
        # The arguments are the condition and the branch that it takes; an absent branch is none.
        absent = unknown | ((decided == 1) & left.missing)
        if len(expression.arguments) == 3:
            absent |= (decided == 0) & right.missing
        column = _put(column, absent, expression.map_missing_to)
    taken = (
        branch.invalid & side if branch.invalid is not None else None
        for branch, side in zip(branches, (decided == 1, decided == 0), strict=True)
    )
    return Value(column, union((condition.invalid, *taken)))


def _one_type(left: Column, right: Column) -> tuple[Column, Column]:
    """Two branches in one type: text wins over anything, and the wider number over the narrower one."""
    if left.data_type is right.data_type:
        return left, right
    if left.missing.all():
        return cast(left, right.data_type), right
    if right.missing.all():
        return left, cast(right, left.data_type)
    if isinstance(left, TextColumn) or isinstance(right, TextColumn):
        return cast(left, DataType.STRING), cast(right, DataType.STRING)
    widths = (DataType.BOOLEAN, DataType.INTEGER, DataType.FLOAT, DataType.DOUBLE)
    if left.data_type in widths and right.data_type in widths:
        wider = max(left.data_type, right.data_type, key=widths.index)
        return cast(left, wider), cast(right, wider)
    return left, right


def _call(function: Function, expression: Apply, scope: Scope) -> Value:
    """A function of the document: its expression over its parameters only."""
    arguments = [evaluate(argument, scope) for argument in expression.arguments]
    inner = Scope(scope.n_rows, functions=scope.functions, math_type=scope.math_type)
    for parameter, argument in zip(function.parameters, arguments, strict=True):
        column = argument.column if parameter.data_type is None else cast(argument.column, parameter.data_type)
        inner.define_value(parameter.name, Value(column, argument.invalid))
    result = evaluate(function.expression, inner)
    column = result.column if function.data_type is None else cast(result.column, function.data_type)
    if expression.map_missing_to is not None:
        column = _where_any_missing([argument.column for argument in arguments], column, expression.map_missing_to)
    return Value(column, result.invalid)


def _call_built_in(expression: Apply, scope: Scope) -> Value:
    function = FUNCTIONS[expression.function]
    values = [evaluate(argument, scope) for argument in expression.arguments]
    arguments = [value.column for value in values]
    with np.errstate(all="ignore"):  # what is no number is missing, or undefined, which is treated below
        column = function.evaluate(arguments)
    invalid = union(value.invalid for value in values)
    if not function.sees_missing:
        column, undefined = _undefined(expression, arguments, column)
        invalid = union((invalid, undefined))
    if expression.map_missing_to is not None:
        column = _where_any_missing(arguments, column, expression.map_missing_to)
    return Value(column, invalid)


def _where_any_missing(arguments: list[Column], column: Column, value: Scalar) -> Column:
    missing = union(argument.missing for argument in arguments)
    return column if missing is None else _put(column, missing, value)


def _undefined(expression: Apply, arguments: list[Column], column: Column) -> tuple[Column, Mask | None]:
    """A missing argument gives missing; an undefined result such as 1 / 0 is treated as the expression asks."""
    undefined = column.missing
    if expression.function == "/" and isinstance(column, NumberColumn):
        undefined = undefined | np.isinf(column.values)
    if not undefined.any():
        missing = union(argument.missing for argument in arguments)
        return (column if missing is None or not missing.any() else replace(column, missing, None)), None
    missing = union(argument.missing for argument in arguments)
    if missing is not None and missing.any():
        column = replace(column, missing, None)
        undefined = undefined & ~missing
    if expression.function == "/":
        undefined = undefined & (numbers(arguments[1]) == 0)
    if not undefined.any() or expression.invalid_value_treatment is InvalidValueTreatment.AS_IS:
        return column, None
    if expression.invalid_value_treatment is InvalidValueTreatment.RETURN_INVALID:
        return column, undefined
    return replace(column, undefined, None), None


def _norm_continuous(expression: NormContinuous, scope: Scope) -> Value:
    value = scope.value(expression.field)
    given = numbers(value.column)
    original, norm = expression.original, expression.norm
    segment = np.clip(np.searchsorted(original, given, side="right") - 1, 0, len(original) - 2)
    with np.errstate(all="ignore"):
        slope = (norm[segment + 1] - norm[segment]) / (original[segment + 1] - original[segment])
        result = norm[segment] + (given - original[segment]) * slope
    # The last point itself belongs to the last segment; take its value exactly.
    result = np.where(given == original[-1], norm[-1], result)
    below, above = given < original[0], given > original[-1]
    if expression.outlier_treatment is OutlierTreatment.AS_MISSING_VALUES:
        result = np.where(below | above, np.nan, result)
    elif expression.outlier_treatment is OutlierTreatment.AS_EXTREME_VALUES:
        result = np.where(below, norm[0], np.where(above, norm[-1], result))
    if expression.map_missing_to is not None:
        result = np.where(np.isnan(given), expression.map_missing_to, result)
    return Value(NumberColumn(result), value.invalid)


def _norm_discrete(expression: NormDiscrete, scope: Scope) -> Value:
    value = scope.value(expression.field)
    column = value.column
    result = _equals(column, expression.value).astype(np.float64)
    if expression.map_missing_to is None:
        result[column.missing] = np.nan
    else:
        result[column.missing] = expression.map_missing_to
    return Value(NumberColumn(result), value.invalid)


def _equals(column: Column, value: Scalar) -> Mask:
    try:
        known = physical(value, column.data_type)
    except ValueError:
        return np.zeros(len(column), dtype=np.bool_)
    if isinstance(column, TextColumn):
        code = column.categories.index(str(known)) if known in column.categories else -2
        return np.asarray(column.codes == code)
    return np.asarray(column.values == known)


def _discretize(expression: Discretize, scope: Scope) -> Value:
    value = scope.value(expression.field)
    column = value.column
    if isinstance(column, TextColumn):
        column = cast(column, DataType.DOUBLE)
    result = constant(expression.default_value, expression.data_type, scope.n_rows)
    for discretize_bin in reversed(expression.bins):
        inside = in_interval(column, discretize_bin.interval)
        result = select(inside, constant(discretize_bin.value, expression.data_type, scope.n_rows), result)
    missing = column.missing
    if missing.any():
        result = replace(result, missing, expression.map_missing_to)
    return Value(result, value.invalid)


def _map_values(expression: MapValues, scope: Scope) -> Value:
    values = [scope.value(field) for field in expression.fields]
    column = evaluate_map_values(expression, [value.column for value in values])
    return Value(column, union(value.invalid for value in values))


def _text_index(expression: TextIndex, scope: Scope) -> Value:
    text = scope.value(expression.text_field)
    term = evaluate(expression.term, scope)
    return Value(evaluate_text_index(expression, text.column, term.column), union((text.invalid, term.invalid)))


def _lag(expression: Lag, scope: Scope) -> Value:
    (series, *blocks), rows = scope.series((expression.field, *expression.block_fields))
    column = evaluate_lag(expression, known(series), [block.column for block in blocks])
    return Value(column if rows is None else take(column, rows))


def _aggregate(expression: Aggregate, scope: Scope) -> Value:
    names = (expression.field,) if expression.group_field is None else (expression.field, expression.group_field)
    (series, *groups), rows = scope.series(names)
    column = evaluate_aggregate(expression, known(series), groups[0].column if groups else None)
    return Value(column if rows is None else take(column, rows))


_EVALUATORS: dict[type[Any], Callable[[Any, Scope], Value]] = {
    Constant: _constant,
    FieldRef: _field_ref,
    Apply: _apply,
    Cast: _cast,
    NormContinuous: _norm_continuous,
    NormDiscrete: _norm_discrete,
    Discretize: _discretize,
    MapValues: _map_values,
    TextIndex: _text_index,
    Lag: _lag,
    Aggregate: _aggregate,
}
