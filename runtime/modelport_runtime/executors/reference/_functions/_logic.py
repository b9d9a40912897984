"""Logical functions in three values, comparisons, and tests for missing (PMML 4.4, Built-in functions).

A missing boolean is unknown: NaN in a column of 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._casts import cast, cast_checked
from modelport_runtime.executors.reference._functions._signature import BuiltIn
from modelport_runtime.executors.reference._values import Mask, Numbers, align, select
from modelport_runtime.hub import DataType

__all__ = ["LOGIC", "common_kind", "equal_columns", "truth"]


def truth(column: Column) -> Numbers:
    """1, 0 or NaN (unknown) for each row of a boolean column."""
    boolean = cast(column, DataType.BOOLEAN)
    return boolean.values  # type: ignore[union-attr]


def _boolean(values: Mask, unknown: Mask | None = None) -> NumberColumn:
    numbers = values.astype(np.float64)
    if unknown is not None:
        numbers[unknown] = np.nan
    return NumberColumn(numbers, DataType.BOOLEAN)


def _and(arguments: Sequence[Column]) -> Column:
    values = [truth(argument) for argument in arguments]
    false = np.logical_or.reduce([value == 0 for value in values])
    unknown = np.logical_or.reduce([np.isnan(value) for value in values])
    return _boolean(~false, unknown & ~false)


def _or(arguments: Sequence[Column]) -> Column:
    values = [truth(argument) for argument in arguments]
    true = np.logical_or.reduce([value == 1 for value in values])
    unknown = np.logical_or.reduce([np.isnan(value) for value in values])
    return _boolean(true, unknown & ~true)


def _xor(arguments: Sequence[Column]) -> Column:
    result = truth(arguments[0])
    for argument in arguments[1:]:
        # Unknown where any is unknown (PMML 4.4, TreeModel, CompoundPredicate): NaN passes through.
        result = np.abs(result - truth(argument))
    return NumberColumn(result, DataType.BOOLEAN)


def _not(arguments: Sequence[Column]) -> Column:
    return NumberColumn(1.0 - truth(arguments[0]), DataType.BOOLEAN)


def _surrogate(arguments: Sequence[Column]) -> Column:
    result = arguments[0]
    for argument in arguments[1:]:
        result, other = common_kind(result, argument)
        result = select(result.missing, other, result)
    return result


def common_kind(left: Column, right: Column) -> tuple[Column, Column]:
    """Two columns of one physical kind: text is read as the other's type where they differ."""
    if isinstance(left, TextColumn) and isinstance(right, NumberColumn):
        return cast(left, right.data_type), right
    if isinstance(left, NumberColumn) and isinstance(right, TextColumn):
        return left, cast(right, left.data_type)
    return left, right


def _numeric_pair(left: Column, right: Column) -> tuple[Numbers, Numbers, Mask | None]:
    """Numbers to compare, and where text could not be read as the other's type (it equals nothing then)."""
    bad: Mask | None = None
    if isinstance(left, TextColumn):
        left, bad = cast_checked(left, right.data_type)
    elif isinstance(right, TextColumn):
        right, bad = cast_checked(right, left.data_type)
    return left.values, right.values, bad  # type: ignore[union-attr]


def _has_plain_text(column: Column) -> bool:
    return column.data_type.is_number or column.data_type is DataType.BOOLEAN


def equal_columns(left: Column, right: Column) -> Mask:
    """Where two columns hold the same value; false where either is missing.

    A text and a number are compared as texts: "1" is the integer 1, and not the real number 1.0. A text and a date
    are compared as dates.
    """
    if isinstance(left, TextColumn) and _has_plain_text(right):
        right = cast(right, DataType.STRING)
    elif isinstance(right, TextColumn) and _has_plain_text(left):
        left = cast(left, DataType.STRING)
    if isinstance(left, TextColumn) and isinstance(right, TextColumn):
        first, second, _ = align(left, right)
        return np.asarray((first == second) & (first >= 0))
    first_number, second_number, _ = _numeric_pair(left, right)
    return np.asarray(first_number == second_number, dtype=np.bool_)


def _unknown(arguments: Sequence[Column]) -> Mask:
    result = arguments[0].missing
    for argument in arguments[1:]:
        result = result | argument.missing
    return result


def _equal(arguments: Sequence[Column]) -> Column:
    return _boolean(equal_columns(arguments[0], arguments[1]), _unknown(arguments))


def _not_equal(arguments: Sequence[Column]) -> Column:
    return _boolean(~equal_columns(arguments[0], arguments[1]), _unknown(arguments))


def _order(operation: Callable[[Numbers, Numbers], Mask]) -> BuiltIn:
    def evaluate(arguments: Sequence[Column]) -> Column:
        left, right = arguments
        if isinstance(left, TextColumn) and isinstance(right, TextColumn):
            first, second, categories = align(left, right)
            rank = np.empty(len(categories) + 1)
            rank[np.array(sorted(range(len(categories)), key=categories.__getitem__), dtype=np.int64)] = np.arange(
                len(categories)
            )
            return _boolean(operation(rank[first], rank[second]), (first < 0) | (second < 0))
        first_number, second_number, bad = _numeric_pair(left, right)
        unknown = np.isnan(first_number) | np.isnan(second_number)
        return _boolean(operation(first_number, second_number), unknown if bad is None else unknown & ~bad)

    return BuiltIn(evaluate, 2, 2, sees_missing=True)


def _is_missing(arguments: Sequence[Column]) -> Column:
    return _boolean(arguments[0].missing)


def _is_not_missing(arguments: Sequence[Column]) -> Column:
    return _boolean(~arguments[0].missing)


def _is_not_valid(arguments: Sequence[Column]) -> Column:
    # An invalid input is settled by its field's treatment before any expression sees it; a missing one is not invalid.
    return _boolean(np.zeros(len(arguments[0]), dtype=np.bool_))


def _is_in(arguments: Sequence[Column]) -> Column:
    first = arguments[0]
    found = np.logical_or.reduce([equal_columns(first, other) for other in arguments[1:]])
    return _boolean(found, first.missing)


def _is_not_in(arguments: Sequence[Column]) -> Column:
    first = arguments[0]
    found = np.logical_or.reduce([equal_columns(first, other) for other in arguments[1:]])
    return _boolean(~found, first.missing)


LOGIC: dict[str, BuiltIn] = {
    "and": BuiltIn(_and, 1, None, sees_missing=True),
    "or": BuiltIn(_or, 1, None, sees_missing=True),
    "xor": BuiltIn(_xor, 1, None, sees_missing=True),
    "not": BuiltIn(_not, 1, 1, sees_missing=True),
    "surrogate": BuiltIn(_surrogate, 1, None, sees_missing=True),
    "isMissing": BuiltIn(_is_missing, 1, 1, sees_missing=True),
    "isNotMissing": BuiltIn(_is_not_missing, 1, 1, sees_missing=True),
    "isValid": BuiltIn(_is_not_missing, 1, 1, sees_missing=True),
    "isNotValid": BuiltIn(_is_not_valid, 1, 1, sees_missing=True),
    "equal": BuiltIn(_equal, 2, 2, sees_missing=True),
    "notEqual": BuiltIn(_not_equal, 2, 2, sees_missing=True),
    "lessThan": _order(np.less),
    "lessOrEqual": _order(np.less_equal),
    "greaterThan": _order(np.greater),
    "greaterOrEqual": _order(np.greater_equal),
    "isIn": BuiltIn(_is_in, 2, None, sees_missing=True),
    "isNotIn": BuiltIn(_is_not_in, 2, None, sees_missing=True),
}
