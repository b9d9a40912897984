"""Lists in the rows of a result: taken, chosen, and made of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn, TextColumn
from modelport_runtime.executors.reference._values import Mask, align, select, take
from modelport_runtime.hub import DataType

__all__ = [
    "concatenate",
    "lists_of_columns",
    "missing_lists",
    "select_results",
    "take_lists",
    "without_rows",
]


def missing_lists(data_type: DataType, n_rows: int) -> ListColumn:
    """A column of lists in which every row is missing."""
    items: Column = NumberColumn(np.zeros(0), data_type)
    if data_type is DataType.STRING:
        items = TextColumn(np.zeros(0, dtype=np.int32), ())
    return ListColumn(items, np.zeros(n_rows + 1, dtype=np.int64), np.ones(n_rows, dtype=np.bool_))


def take_lists(column: ListColumn, rows: NDArray[Any]) -> ListColumn:
    """The given rows of a column of lists; a row -1 is missing."""
    starts, stops = column.offsets[:-1], column.offsets[1:]
    known = rows >= 0
    lengths = np.where(known, (stops - starts)[rows], 0) if len(starts) else np.zeros(len(rows), dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    first = starts[rows] if len(starts) else lengths
    # Item j of the result is as far from the start of its row as there.
    positions = np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], lengths)
    missing = np.where(known, column.missing[rows], True) if len(starts) else ~known
    return ListColumn(take(column.items, positions), offsets, missing.astype(np.bool_))


def without_rows(column: ListColumn, rows: Mask) -> ListColumn:
    """The column with missing lists in some rows."""
    return take_lists(column, np.where(rows, -1, np.arange(len(column))))


def select_results(condition: Mask, where_true: ResultColumn, where_false: ResultColumn) -> ResultColumn:
    """Rows of one column or the other, of one kind: both of lists, both text or both numbers."""
    if isinstance(where_true, ListColumn) and isinstance(where_false, ListColumn):
        items = concatenate([where_true.items, where_false.items])
        later = where_false.offsets[1:] + len(where_true.items)
        both = ListColumn(
            items,
            np.concatenate([where_true.offsets, later]),
            np.concatenate([where_true.missing, where_false.missing]),
        )
        rows = np.arange(len(condition))
        return take_lists(both, np.where(condition, rows, rows + len(condition)))
    if isinstance(where_true, ListColumn) or isinstance(where_false, ListColumn):
        raise TypeError("select needs two columns of one kind")
    return select(condition, where_true, where_false)


def concatenate(columns: Sequence[Column]) -> Column:
    """One column after another, all text or all numbers."""
    texts = [column for column in columns if isinstance(column, TextColumn)]
    if len(texts) < len(columns):
        numbers = [column for column in columns if isinstance(column, NumberColumn)]
        if texts:
            raise TypeError("text and numbers cannot stand in one column")
        return NumberColumn(np.concatenate([column.values for column in numbers]), numbers[0].data_type)
    result = texts[0]
    for more in texts[1:]:
        left, right, categories = align(result, more)
        result = TextColumn(np.concatenate([left, right]).astype(np.int32, copy=False), categories)
    return result


def lists_of_columns(columns: Sequence[Column], included: NDArray[np.bool_], missing: Mask) -> ListColumn:
    """Lists of the columns' values, row by row, in the order of the columns.

    Args:
        columns: All text or all numbers.
        included: bool, shape (n_columns, n_rows): whether a column's value is an item.
        missing: bool, shape (n_rows,): rows without a list.
    """
    included = included & ~missing
    all_items = concatenate(columns)
    n_rows = len(missing)
    rows, which = np.nonzero(included.T)
    offsets = np.concatenate([[0], np.cumsum(included.sum(axis=0))]).astype(np.int64)
    return ListColumn(take(all_items, which * n_rows + rows), offsets, missing)
