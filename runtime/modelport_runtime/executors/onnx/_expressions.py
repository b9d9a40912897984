"""Expressions: derived columns (PMML 4.4, Transformations)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._dates import MOMENTS, moments
from modelport_runtime.executors.onnx._functions import FUNCTIONS, UNDEFINED_FUNCTIONS
from modelport_runtime.executors.onnx._lookups import lower_discretize, lower_map_values, lower_norm_continuous
from modelport_runtime.executors.onnx._lowering import Lowering, RefusedError, Scope, ScopedValue
from modelport_runtime.executors.onnx._mathematics import round_half_up
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.executors.reference._functions import FUNCTIONS as BUILT_IN
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
    TextIndex,
)

__all__ = ["define_fields", "lower_cast", "lower_condition", "lower_expression"]


def define_fields(lowering: Lowering, scope: Scope, fields: tuple[DerivedField, ...]) -> None:
    """Add derived fields to a scope; each is lowered when first asked for."""
    for field in fields:
        scope.define(field.name, partial(_derive, lowering, scope, field))


def _derive(lowering: Lowering, scope: Scope, field: DerivedField) -> ScopedValue:
    with lowering.at(f"DerivedField[{field.name}]"), lowering.recording_invalid() as invalid:
        value = lower_cast(lowering, lower_expression(lowering, scope, field.expression), field.data_type)
    return ScopedValue(value, lowering.any_of(*invalid))


def lower_expression(lowering: Lowering, scope: Scope, expression: Expression) -> Value:
    """The column of an expression; rows that an undefined operation makes invalid are marked.

    Raises:
        RefusedError: A graph cannot say it exactly; the causes are noted.
    """
    return _EXPRESSIONS[type(expression)](lowering, scope, expression)


def lower_condition(lowering: Lowering, scope: Scope, predicate: Expression) -> Number:
    """A predicate's truth value.

    Raises:
        RefusedError: As ``lower_expression``.
    """
    value = lower_expression(lowering, scope, predicate)
    if isinstance(value, Text):
        raise lowering.refuse("a predicate whose result is text")
    return lowering.as_truth(value)


def lower_cast(lowering: Lowering, value: Value, data_type: DataType) -> Value:
    """A column in another data type.

    Raises:
        RefusedError: A graph has no exact conversion.
    """
    if value.data_type is data_type:
        return value
    if isinstance(value, Text):
        return _cast_text(lowering, value, data_type)
    if data_type is DataType.STRING:
        return _cast_to_text(lowering, value)
    if data_type is DataType.DOUBLE or (value.constant is not None and np.isnan(value.constant)):
        return Number(value.name, data_type, value.can_miss, value.constant)
    if data_type is DataType.FLOAT:
        return Number(lowering.to_float32(value.name), data_type, value.can_miss)
    if data_type is DataType.INTEGER:
        return Number(round_half_up(lowering.graph, value.name), data_type, value.can_miss)
    if data_type is DataType.BOOLEAN:
        return lowering.as_truth(value)
    if data_type in MOMENTS:
        return Number(moments(lowering.graph, value.name, value.data_type, data_type), data_type, value.can_miss)
    raise lowering.refuse(f"a conversion from {value.data_type} to {data_type}")


def _cast_text(lowering: Lowering, value: Text, data_type: DataType) -> Value:
    if value.constant is not None:
        return lowering.scalar(None if value.can_miss else value.constant, data_type)
    raise lowering.refuse(f"a conversion from text to {data_type}")


def _cast_to_text(lowering: Lowering, value: Number) -> Value:
    if value.data_type is DataType.BOOLEAN:
        text = lowering.choose(lowering.is_true(value), lowering.text("true"), lowering.text("false"))
        return lowering.make_missing(text, lowering.is_missing(value))
    if value.data_type is DataType.INTEGER:
        lowering.require_text()
        number = lowering.replace_missing(value, lowering.number(0.0))
        integers = lowering.graph.op("Cast", number.name, to=TensorProto.INT64)
        text = Text(lowering.graph.op("Cast", integers, to=TensorProto.STRING), False)
        return lowering.make_missing(text, lowering.is_missing(value))
    raise lowering.refuse(f"a conversion from {value.data_type} to text")


def _constant(lowering: Lowering, scope: Scope, expression: Constant) -> Value:
    return lowering.scalar(expression.value, expression.data_type)


def _field_ref(lowering: Lowering, scope: Scope, expression: FieldRef) -> Value:
    value = lowering.read(scope, expression.field)
    if expression.map_missing_to is None:
        return value
    replacement = expression.map_missing_to
    whole = not isinstance(replacement, float) or replacement.is_integer()
    if isinstance(value, Number) and value.data_type is DataType.INTEGER and not whole:
        value = replace(value, data_type=DataType.DOUBLE)  # as reference: the median of whole numbers need not be whole
    return lowering.replace_missing(value, lowering.scalar(replacement, value.data_type))


def _cast(lowering: Lowering, scope: Scope, expression: Cast) -> Value:
    return lower_cast(lowering, lower_expression(lowering, scope, expression.expression), expression.data_type)


def _norm_discrete(lowering: Lowering, scope: Scope, expression: NormDiscrete) -> Value:
    value = lowering.read(scope, expression.field)
    result = lowering.truth(lowering.equals_or_never(value, expression.value), lowering.is_missing(value))
    number = Number(result.name, DataType.DOUBLE, result.can_miss)
    if expression.map_missing_to is None:
        return number
    return lowering.replace_missing(number, lowering.number(expression.map_missing_to))


def _norm_continuous(lowering: Lowering, scope: Scope, expression: NormContinuous) -> Value:
    return lower_norm_continuous(lowering, lowering.read_number(scope, expression.field), expression)


def _discretize(lowering: Lowering, scope: Scope, expression: Discretize) -> Value:
    return lower_discretize(lowering, lowering.read_number(scope, expression.field), expression)


def _map_values(lowering: Lowering, scope: Scope, expression: MapValues) -> Value:
    return lower_map_values(lowering, [lowering.read(scope, name) for name in expression.fields], expression)


def _text_index(lowering: Lowering, scope: Scope, expression: TextIndex) -> Value:
    raise lowering.refuse(f"TextIndex of {expression.text_field!r}")


def _other_rows(lowering: Lowering, scope: Scope, expression: Lag | Aggregate) -> Value:
    what = f"{type(expression).__name__} of {expression.field!r}"
    raise lowering.refuse(what, "a graph scores each row by itself: use the reference engine")


def _apply(lowering: Lowering, scope: Scope, expression: Apply) -> Value:
    with lowering.at(f"Apply[{expression.function}]"):
        if expression.function == "if":
            result = _branch(lowering, scope, expression)
        elif expression.function in lowering.functions:
            result = _call_defined(lowering, scope, lowering.functions[expression.function], expression)
        else:
            result = _call_built_in(lowering, scope, expression)
        if expression.default_value is None:
            return result
        return lowering.replace_missing(result, lowering.scalar(expression.default_value, result.data_type))


def _arguments(lowering: Lowering, scope: Scope, expression: Apply) -> list[Value]:
    """The arguments' columns; each is looked at even if another cannot be lowered, so that every cause is found."""
    arguments: list[Value] = []
    for argument in expression.arguments:
        with lowering.collecting():
            arguments.append(lower_expression(lowering, scope, argument))
    if len(arguments) < len(expression.arguments):
        raise RefusedError(expression.function)
    return arguments


def _branch(lowering: Lowering, scope: Scope, expression: Apply) -> Value:
    """``if``: an undefined operation counts only in the branch taken; an unknown condition takes neither."""
    if len(expression.arguments) not in (2, 3):
        raise lowering.refuse(f"function 'if' with {len(expression.arguments)} argument(s)")
    condition = lower_condition(lowering, scope, expression.arguments[0])
    decided = lowering.is_true(condition), lowering.compare("Equal", condition.name, lowering.graph.number(0.0))
    branches = []
    for argument, side in zip(expression.arguments[1:], decided, strict=False):
        with lowering.recording_invalid() as invalid:
            branches.append(lower_expression(lowering, scope, argument))
        undefined = lowering.any_of(*invalid)
        lowering.mark_invalid(None if undefined is None else lowering.all_of(undefined, side))
    if len(branches) == 1:
        branches.append(lowering.scalar(None, branches[0].data_type))
    left, right = _one_type(lowering, *branches)
    result = lowering.choose(decided[0], left, right)
    unknown = lowering.is_missing(condition)
    result = lowering.choose(unknown, lowering.scalar(None, result.data_type), result)
    if expression.map_missing_to is None:
        return result
    absent = [unknown]
    for branch, side in zip((left, right)[: len(expression.arguments) - 1], decided, strict=False):
        missing = lowering.is_missing(branch)
        absent.append(None if missing is None else lowering.all_of(missing, side))
    return lowering.choose(
        lowering.any_of(*absent), lowering.scalar(expression.map_missing_to, result.data_type), result
    )


def _one_type(lowering: Lowering, left: Value, right: Value) -> tuple[Value, Value]:
    """Two branches in one type: text wins over anything, and the wider number over the narrower one."""
    if left.data_type is right.data_type:
        return left, right
    if _is_missing_constant(left):
        return lowering.scalar(None, right.data_type), right
    if _is_missing_constant(right):
        return left, lowering.scalar(None, left.data_type)
    if isinstance(left, Text) or isinstance(right, Text):
        return lower_cast(lowering, left, DataType.STRING), lower_cast(lowering, right, DataType.STRING)
    widths = (DataType.BOOLEAN, DataType.INTEGER, DataType.FLOAT, DataType.DOUBLE)
    if left.data_type not in widths or right.data_type not in widths:
        return left, right
    wider = max(left.data_type, right.data_type, key=widths.index)
    return lower_cast(lowering, left, wider), lower_cast(lowering, right, wider)


def _is_missing_constant(value: Value) -> bool:
    return value.constant is not None and value.can_miss


def _call_defined(lowering: Lowering, scope: Scope, function: Function, expression: Apply) -> Value:
    """A function of the document: its body with the arguments for parameters (PMML 4.4, DefineFunction)."""
    if len(expression.arguments) != len(function.parameters):
        raise lowering.refuse(f"{len(expression.arguments)} arguments where {len(function.parameters)} are defined")
    inner = Scope(math_type=scope.math_type)
    arguments: list[Value] = []
    for parameter, argument in zip(function.parameters, expression.arguments, strict=True):
        with lowering.recording_invalid() as invalid:
            value = lower_expression(lowering, scope, argument)
        arguments.append(value)
        typed = value if parameter.data_type is None else lower_cast(lowering, value, parameter.data_type)
        inner.values[parameter.name] = ScopedValue(typed, lowering.any_of(*invalid))
    result = lower_expression(lowering, inner, function.expression)
    if function.data_type is not None:
        result = lower_cast(lowering, result, function.data_type)
    return _map_missing(lowering, arguments, result, expression)


def _call_built_in(lowering: Lowering, scope: Scope, expression: Apply) -> Value:
    if expression.function not in FUNCTIONS:
        raise lowering.refuse(f"function {expression.function!r}")
    count, known = len(expression.arguments), BUILT_IN[expression.function]
    if count < known.min_arguments or (known.max_arguments is not None and count > known.max_arguments):
        raise lowering.refuse(f"function {expression.function!r} with {count} argument(s)")
    arguments = _arguments(lowering, scope, expression)
    result = FUNCTIONS[expression.function](lowering, arguments)
    if expression.function in UNDEFINED_FUNCTIONS and isinstance(result, Number):
        if _is_always_defined(expression.function, arguments):
            result = replace(result, can_miss=any(argument.can_miss for argument in arguments))
        else:
            result = _treat_undefined(lowering, expression, arguments, result)
    return _map_missing(lowering, arguments, result, expression)


def _is_always_defined(function: str, arguments: list[Value]) -> bool:
    """Whether arithmetic with a constant is defined for every number, the infinite ones included."""
    constants = [value.constant for value in arguments if isinstance(value, Number) and value.constant is not None]
    if len(arguments) != 2 or not all(math.isfinite(constant) for constant in constants):
        return False
    if function == "/":
        divisor = arguments[1].constant
        return isinstance(divisor, float) and divisor != 0.0
    return (function in ("+", "-") and bool(constants)) or (function == "*" and any(constants))


def _treat_undefined(lowering: Lowering, expression: Apply, arguments: list[Value], result: Number) -> Value:
    """An undefined result such as 1 / 0, which no missing argument explains, is treated as the expression asks."""
    missing = lowering.any_missing(*arguments)
    if expression.function == "/":
        undefined = lowering.compare("Equal", arguments[1].name, lowering.graph.number(0.0))
    else:
        undefined = lowering.graph.op("IsNaN", result.name)
    if missing is not None:
        undefined = lowering.all_of(undefined, lowering.negate(missing))
    match expression.invalid_value_treatment:
        case InvalidValueTreatment.AS_IS:
            return result
        case InvalidValueTreatment.RETURN_INVALID:
            lowering.mark_invalid(undefined)
            return result
    return lowering.make_missing(result, undefined)


def _map_missing(lowering: Lowering, arguments: list[Value], result: Value, expression: Apply) -> Value:
    if expression.map_missing_to is None:
        return result
    replacement = lowering.scalar(expression.map_missing_to, result.data_type)
    return lowering.choose(lowering.any_missing(*arguments), replacement, result)


_EXPRESSIONS: dict[type[Any], Callable[[Lowering, Scope, Any], Value]] = {
    Constant: _constant,
    FieldRef: _field_ref,
    Apply: _apply,
    Cast: _cast,
    NormContinuous: _norm_continuous,
    NormDiscrete: _norm_discrete,
    Discretize: _discretize,
    MapValues: _map_values,
    TextIndex: _text_index,
    Lag: _other_rows,
    Aggregate: _other_rows,
}
