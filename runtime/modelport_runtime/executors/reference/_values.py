"""Values in flight: columns with the rows that an expression declared invalid, and constants as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._scalars import physical
from modelport_runtime.hub import DataType, Scalar

__all__ = ["Mask", "Numbers", "Value", "align", "constant", "missing_column", "replace", "select", "take", "union"]

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Value:
    """The result of an expression.

    Attributes:
        column: The values.
        invalid: bool, shape (n_rows,): rows in which an operation was undefined and the expression asks for an
            invalid result; ``None`` when there are none.
    """

    column: Column
    invalid: Mask | None = None


def union(masks: Iterable[Mask | None]) -> Mask | None:
    """Rows that any of the masks marks."""
    result: Mask | None = None
    for mask in masks:
        if mask is not None:
            result = mask if result is None else result | mask
    return result


def constant(value: Scalar | None, data_type: DataType, n_rows: int) -> Column:
    """One value in every row, held once (a broadcast array).

    Raises:
        ValueError: The value cannot be read as the type.
    """
    known = physical(value, data_type)
    if data_type is DataType.STRING:
        code = np.int32(-1 if known is None else 0)
        categories = () if known is None else (str(known),)
        return TextColumn(np.broadcast_to(code, n_rows), categories)
    number = np.nan if known is None else float(known)
    return NumberColumn(np.broadcast_to(np.float64(number), n_rows), data_type)


def missing_column(data_type: DataType, n_rows: int) -> Column:
    """A column in which every row is missing."""
    return constant(None, data_type, n_rows)


def take(column: Column, rows: NDArray[Any]) -> Column:
    """The given rows of a column."""
    if isinstance(column, TextColumn):
        return TextColumn(column.codes[rows], column.categories)
    return NumberColumn(column.values[rows], column.data_type)


def align(left: TextColumn, right: TextColumn) -> tuple[NDArray[np.int32], NDArray[np.int32], tuple[str, ...]]:
    """Codes of two text columns in one dictionary, which begins with the first column's."""
    if left.categories is right.categories:
        return left.codes, right.codes, left.categories
    position = {category: index for index, category in enumerate(left.categories)}
    mapping = [position.setdefault(category, len(position)) for category in right.categories]
    # The last entry serves code -1, a missing text.
    table = np.array([*mapping, -1], dtype=np.int32)
    return left.codes, table[right.codes], tuple(position)


def select(condition: Mask, where_true: Column, where_false: Column) -> Column:
    """Rows of one column or the other; both must be text, or both numbers (the caller casts)."""
    if isinstance(where_true, TextColumn) and isinstance(where_false, TextColumn):
        left, right, categories = align(where_true, where_false)
        return TextColumn(np.where(condition, left, right).astype(np.int32, copy=False), categories)
    if isinstance(where_true, NumberColumn) and isinstance(where_false, NumberColumn):
        return NumberColumn(np.where(condition, where_true.values, where_false.values), where_true.data_type)
    raise TypeError("select needs two columns of one physical kind")


def replace(column: Column, condition: Mask, value: Scalar | None) -> Column:
    """The column with a constant of its own type (or missing) in some rows."""
    return select(condition, constant(value, column.data_type, len(column)), column)
