"""Arithmetic and mathematical functions (PMML 4.4, Built-in functions)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from modelport_runtime.columns import Column, NumberColumn
from modelport_runtime.executors.reference._casts import numbers, round_half_up
from modelport_runtime.executors.reference._functions._signature import BuiltIn
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import DataType

__all__ = ["ARITHMETIC", "in_type", "promoted"]

_erf_elements = np.frompyfunc(math.erf, 1, 1)


def promoted(columns: Sequence[Column]) -> DataType:
    """The type that arithmetic on the columns gives: integer before float before double."""
    types = {column.data_type for column in columns}
    if types <= {DataType.INTEGER, DataType.BOOLEAN}:
        return DataType.INTEGER
    if types <= {DataType.INTEGER, DataType.BOOLEAN, DataType.FLOAT}:
        return DataType.FLOAT
    return DataType.DOUBLE


def in_type(values: Numbers, data_type: DataType) -> NumberColumn:
    """Numbers as a column; under ``float`` each is rounded to float32."""
    if data_type is DataType.FLOAT:
        with np.errstate(over="ignore"):
            values = values.astype(np.float32).astype(np.float64)
    return NumberColumn(values, data_type)


def _binary(operation: Callable[[Numbers, Numbers], Numbers], arguments: Sequence[Column]) -> Column:
    with np.errstate(all="ignore"):
        values = operation(numbers(arguments[0]), numbers(arguments[1]))
    return in_type(values, promoted(arguments))


def _add(arguments: Sequence[Column]) -> Column:
    return _binary(np.add, arguments)


def _subtract(arguments: Sequence[Column]) -> Column:
    if len(arguments) == 1:
        return in_type(-numbers(arguments[0]), promoted(arguments))
    return _binary(np.subtract, arguments)


def _multiply(arguments: Sequence[Column]) -> Column:
    return _binary(np.multiply, arguments)


def _divide(arguments: Sequence[Column]) -> Column:
    left, right = numbers(arguments[0]), numbers(arguments[1])
    with np.errstate(all="ignore"):
        quotient = left / right
    data_type = promoted(arguments)
    if data_type is DataType.INTEGER:
        # PMML's functions follow XQuery, whose op:numeric-divide of two integers is a decimal: 7 / 2 is 3.5.
        return NumberColumn(quotient, DataType.DOUBLE)
    return in_type(quotient, data_type)


def _modulo(arguments: Sequence[Column]) -> Column:
    # "modulo: the sign of the result is the sign of the divisor" (PMML 4.4, Built-in functions): a - b * floor(a / b).
    return _binary(np.mod, arguments)


def _pow(arguments: Sequence[Column]) -> Column:
    result = _binary(np.power, arguments)
    if result.data_type is DataType.INTEGER and isinstance(result, NumberColumn):
        return NumberColumn(result.values, DataType.DOUBLE)
    return result


def _threshold(arguments: Sequence[Column]) -> Column:
    above = numbers(arguments[0]) > numbers(arguments[1])
    return NumberColumn(above.astype(np.float64), DataType.INTEGER)


def _hypot(arguments: Sequence[Column]) -> Column:
    with np.errstate(all="ignore"):
        return in_type(np.hypot(numbers(arguments[0]), numbers(arguments[1])), _real(arguments))


def _real(arguments: Sequence[Column]) -> DataType:
    data_type = promoted(arguments)
    return DataType.DOUBLE if data_type is DataType.INTEGER else data_type


def _to_real(operation: Callable[[Numbers], Numbers]) -> BuiltIn:
    def evaluate(arguments: Sequence[Column]) -> Column:
        with np.errstate(all="ignore"):
            return in_type(operation(numbers(arguments[0])), _real(arguments))

    return BuiltIn(evaluate, 1, 1)


def _to_whole(operation: Callable[[Numbers], Numbers]) -> BuiltIn:
    def evaluate(arguments: Sequence[Column]) -> Column:
        return NumberColumn(operation(numbers(arguments[0])), DataType.INTEGER)

    return BuiltIn(evaluate, 1, 1)


def _abs(arguments: Sequence[Column]) -> Column:
    return in_type(np.abs(numbers(arguments[0])), promoted(arguments))


def _rint(arguments: Sequence[Column]) -> Column:
    return in_type(np.rint(numbers(arguments[0])), _real(arguments))


def erf(values: Numbers) -> Numbers:
    """The error function, element by element on distinct values (numpy has none)."""
    distinct, inverse = np.unique(values, return_inverse=True)
    result: Numbers = np.asarray(_erf_elements(distinct), dtype=np.float64)[inverse].reshape(values.shape)
    return result


ARITHMETIC: dict[str, BuiltIn] = {
    "+": BuiltIn(_add, 2, 2),
    "-": BuiltIn(_subtract, 1, 2),
    "*": BuiltIn(_multiply, 2, 2),
    "/": BuiltIn(_divide, 2, 2),
    "modulo": BuiltIn(_modulo, 2, 2),
    "pow": BuiltIn(_pow, 2, 2),
    "threshold": BuiltIn(_threshold, 2, 2),
    "hypot": BuiltIn(_hypot, 2, 2),
    "abs": BuiltIn(_abs, 1, 1),
    "rint": BuiltIn(_rint, 1, 1),
    "floor": _to_whole(np.floor),
    "ceil": _to_whole(np.ceil),
    "round": _to_whole(round_half_up),
    "log10": _to_real(np.log10),
    "ln": _to_real(np.log),
    "ln1p": _to_real(np.log1p),
    "exp": _to_real(np.exp),
    "expm1": _to_real(np.expm1),
    "sqrt": _to_real(np.sqrt),
    "sin": _to_real(np.sin),
    "cos": _to_real(np.cos),
    "tan": _to_real(np.tan),
    "asin": _to_real(np.arcsin),
    "acos": _to_real(np.arccos),
    "atan": _to_real(np.arctan),
    "sinh": _to_real(np.sinh),
    "cosh": _to_real(np.cosh),
    "tanh": _to_real(np.tanh),
    "erf": _to_real(erf),
}
