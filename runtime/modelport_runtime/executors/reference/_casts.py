"""Columns converted from one data type to another (PMML 4.4, DataDictionary; Transformations)."""

from __future__ import annotations

import numpy as np

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn, TextColumn
from modelport_runtime.executors.reference._calendar import SECONDS_PER_DAY, read_plain_date_times
from modelport_runtime.executors.reference._scalars import epoch_days, number_text, physical
from modelport_runtime.executors.reference._values import Mask, Numbers
from modelport_runtime.hub import DataType

__all__ = ["DAYS", "SECONDS", "TIMES", "cast", "cast_checked", "cast_result", "numbers", "round_half_up"]

DAYS = frozenset(
    {
        DataType.DATE,
        DataType.DATE_DAYS_SINCE_0,
        DataType.DATE_DAYS_SINCE_1960,
        DataType.DATE_DAYS_SINCE_1970,
        DataType.DATE_DAYS_SINCE_1980,
    }
)
SECONDS = frozenset(
    {
        DataType.DATE_TIME,
        DataType.DATE_TIME_SECONDS_SINCE_0,
        DataType.DATE_TIME_SECONDS_SINCE_1960,
        DataType.DATE_TIME_SECONDS_SINCE_1970,
        DataType.DATE_TIME_SECONDS_SINCE_1980,
    }
)

TIMES = frozenset({DataType.TIME, DataType.TIME_SECONDS})


def cast(column: Column, data_type: DataType) -> Column:
    """The column in another type; a value that cannot be converted becomes missing, reals round to integers."""
    if column.data_type is data_type:
        return column
    if data_type is DataType.INTEGER and isinstance(column, NumberColumn):
        return NumberColumn(round_half_up(column.values), data_type)
    return cast_checked(column, data_type)[0]


def cast_result(column: ResultColumn, data_type: DataType) -> ResultColumn:
    """As ``cast``, also of the items of lists."""
    if isinstance(column, ListColumn):
        return ListColumn(cast(column.items, data_type), column.offsets, column.missing)
    return cast(column, data_type)


def cast_checked(column: Column, data_type: DataType) -> tuple[Column, Mask | None]:
    """The column in another type, and where a value could not be converted (it is missing there)."""
    if column.data_type is data_type:
        return column, None
    if isinstance(column, TextColumn):
        return _from_text(column, data_type)
    if data_type is DataType.STRING:
        return _to_text(column), None
    return _from_number(column, data_type)


def _from_text(column: TextColumn, data_type: DataType) -> tuple[Column, Mask | None]:
    seconds = read_plain_date_times(column.categories) if data_type in DAYS | SECONDS else None
    if seconds is not None:
        return NumberColumn(
            np.append(_moments(seconds, DataType.DATE_TIME, data_type), np.nan)[column.codes], data_type
        ), None
    table = np.full(len(column.categories) + 1, np.nan)
    bad = np.zeros(len(column.categories) + 1, dtype=np.bool_)
    for index, category in enumerate(column.categories):
        try:
            # An empty cell of a number, a date or a boolean is a missing value.
            table[index] = physical(category, data_type) if category.strip() else np.nan
        except (ValueError, OverflowError):
            bad[index] = True
    return NumberColumn(table[column.codes], data_type), bad[column.codes] if bad.any() else None


def _to_text(column: NumberColumn) -> TextColumn:
    distinct, codes = np.unique(column.values, return_inverse=True)
    known = distinct[~np.isnan(distinct)]
    codes = np.where(np.isnan(column.values), -1, codes.reshape(-1))
    return TextColumn(codes.astype(np.int32), tuple(number_text(number, column.data_type) for number in known.tolist()))


def _from_number(column: NumberColumn, data_type: DataType) -> tuple[Column, Mask | None]:
    values = column.values
    if data_type is DataType.DOUBLE:
        return NumberColumn(values, data_type), None
    if data_type is DataType.FLOAT:
        with np.errstate(over="ignore"):
            return NumberColumn(values.astype(np.float32).astype(np.float64), data_type), None
    if data_type is DataType.INTEGER:
        return _only(values, (values == np.floor(values)) | np.isinf(values), data_type)
    if data_type is DataType.BOOLEAN:
        return _only(values, (values == 0) | (values == 1), data_type)
    return NumberColumn(_moments(values, column.data_type, data_type), data_type), None


def _only(values: Numbers, good: Mask, data_type: DataType) -> tuple[Column, Mask | None]:
    bad = ~good & ~np.isnan(values)
    if not bad.any():
        return NumberColumn(values, data_type), None
    return NumberColumn(np.where(bad, np.nan, values), data_type), bad


def _moments(values: Numbers, source: DataType, target: DataType) -> Numbers:
    if source not in DAYS | SECONDS or target not in DAYS | SECONDS:
        return values
    seconds = values * SECONDS_PER_DAY if source in DAYS else values
    seconds = seconds + (epoch_days(source) - epoch_days(target)) * SECONDS_PER_DAY
    return seconds if target in SECONDS else np.floor(seconds / SECONDS_PER_DAY)


def numbers(column: Column) -> Numbers:
    """float64, shape (n_rows,): the column's numbers; text is read as numbers, NaN where it is none."""
    if isinstance(column, NumberColumn):
        return column.values
    return _from_text(column, DataType.DOUBLE)[0].values  # type: ignore[union-attr]


def round_half_up(values: Numbers) -> Numbers:
    """Rounds halves towards positive infinity, as ``fn:round`` of XQuery, which PMML's ``round`` follows."""
    floor = np.floor(values)
    with np.errstate(invalid="ignore"):  # infinity less infinity is no half
        return np.where(values - floor >= 0.5, floor + 1.0, floor)
