"""Expressions over other rows than their own: earlier ones, and those of a group (PMML 4.4, Lag and Aggregate)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._functions._aggregates import AGGREGATES
from modelport_runtime.executors.reference._functions._arithmetic import in_type, promoted
from modelport_runtime.executors.reference._values import Numbers, Value, missing_column, replace, take
from modelport_runtime.hub import Aggregate, DataType, Lag

__all__ = ["evaluate_aggregate", "evaluate_lag", "known"]

_Positions = NDArray[np.int64]
_CELLS = 1 << 22
"""Values held at once by a summary that needs all of them in each row."""


def known(value: Value) -> Column:
    """A value's column without what its rows were rejected for."""
    return value.column if value.invalid is None else replace(value.column, value.invalid, None)


def evaluate_lag(expression: Lag, column: Column, blocks: Sequence[Column]) -> Column:
    """The earlier value, or the summary of the earlier values, for each row of a column.

    Args:
        expression: What is asked for.
        column: The field's values, in order of time.
        blocks: Columns by whose values rows are told apart.
    """
    n_rows = len(column)
    groups = _groups(blocks, n_rows)
    order = np.argsort(groups, kind="stable")
    is_first = np.diff(groups[order], prepend=-1) != 0
    first = np.maximum.accumulate(np.where(is_first, np.arange(n_rows), 0)) if n_rows else np.zeros(0, np.int64)
    ordered = take(column, order)
    back = np.empty(n_rows, dtype=np.int64)
    back[order] = np.arange(n_rows)
    if expression.aggregate == "none":
        return take(_earlier(ordered, first, np.arange(n_rows), expression.n), back)
    return take(_summaries(expression, ordered, first), back)


def _groups(columns: Sequence[Column], n_rows: int) -> _Positions:
    """Number of the combination of values in each row; a missing value is one of its own."""
    groups = np.zeros(n_rows, dtype=np.int64)
    for column in columns:
        if isinstance(column, TextColumn):
            codes = column.codes.astype(np.int64)
        else:
            _, codes = np.unique(column.values, return_inverse=True)
        _, groups = np.unique(groups * (codes.max(initial=0) + 2) + codes + 1, return_inverse=True)
    return groups


def _earlier(ordered: Column, first: _Positions, rows: _Positions, n: int) -> Column:
    """The value ``n`` rows before in the same block, for some rows."""
    if n >= len(ordered):
        return missing_column(ordered.data_type, len(rows))
    before = rows - n
    earlier = take(ordered, np.maximum(before, 0))
    return replace(earlier, before < first[rows], None)


def _summaries(expression: Lag, ordered: Column, first: _Positions) -> Column:
    """The summary in each row, some rows at a time."""
    n_rows = len(ordered)
    n = min(expression.n, max(n_rows, 1))
    step = max(_CELLS // n, 1)
    parts = []
    for start in range(0, max(n_rows, 1), step):
        rows = np.arange(start, min(start + step, n_rows))
        # From the earliest to the latest: the order of a sum is part of its meaning.
        window = [_earlier(ordered, first, rows, back) for back in range(n, 0, -1)]
        parts.append(_summary(expression.aggregate, window))
    values = np.concatenate([numbers(part) for part in parts])
    return NumberColumn(values, parts[0].data_type)


def _summary(aggregate: str, window: Sequence[Column]) -> Column:
    if aggregate != "stddev":
        return AGGREGATES[aggregate].evaluate(window)
    values = np.stack([numbers(column) for column in window])
    count = (~np.isnan(values)).sum(axis=0)
    centred = values - np.nansum(values, axis=0) / np.maximum(count, 1)
    variance = np.nansum(centred * centred, axis=0) / np.maximum(count - 1, 1)
    deviation = np.where(count > 0, np.sqrt(variance), np.nan)
    return in_type(deviation, DataType.FLOAT if promoted(window) is DataType.FLOAT else DataType.DOUBLE)


def evaluate_aggregate(expression: Aggregate, column: Column, group: Column | None) -> Column:
    """The summary of a row's group, for each row; missing where the row is in none."""
    n_rows = len(column)
    groups = _groups(() if group is None else (group,), n_rows)
    n_groups = int(groups.max(initial=-1)) + 1
    present = ~column.missing
    counts = np.bincount(groups[present], minlength=n_groups)
    if expression.function == "count":
        result = NumberColumn(counts[groups].astype(np.float64), DataType.INTEGER)
    else:
        summaries = _per_group(expression.function, numbers(column)[present], groups[present], counts)
        result = NumberColumn(summaries[groups], _aggregate_type(expression.function, column))
    return result if group is None else replace(result, group.missing, None)


def _aggregate_type(function: str, column: Column) -> DataType:
    data_type = column.data_type
    if function == "average" or data_type in (DataType.STRING, DataType.BOOLEAN):
        return DataType.DOUBLE
    return data_type


def _per_group(function: str, values: Numbers, groups: _Positions, counts: _Positions) -> Numbers:
    """float64, shape (n_groups,); NaN for a group without values."""
    if function in ("sum", "average"):
        sums = np.bincount(groups, weights=values, minlength=len(counts))
        result = sums / np.maximum(counts, 1) if function == "average" else sums
    else:
        result = np.full(len(counts), -np.inf if function == "max" else np.inf)
        (np.maximum if function == "max" else np.minimum).at(result, groups, values)
    return np.where(counts > 0, result, np.nan)
