"""Functions of dates and times (PMML 4.4, Built-in functions, formatDatetime to dateSecondsSinceMidnight)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from modelport_runtime.columns import Column, NumberColumn
from modelport_runtime.executors.reference._calendar import SECONDS_PER_DAY, day_number
from modelport_runtime.executors.reference._casts import TIMES, cast, numbers
from modelport_runtime.executors.reference._functions._date_patterns import format_date, is_of_day
from modelport_runtime.executors.reference._functions._signature import BuiltIn
from modelport_runtime.executors.reference._functions._strings import coded, text_column
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import DataType

__all__ = ["DATES"]


def _seconds(column: Column) -> Numbers:
    """Seconds since 1970 of a date, a date with time, or their text."""
    return numbers(cast(column, DataType.DATE_TIME))


def _start_of_year(column: Column) -> Numbers:
    """Seconds from 1970 to the start of the years in the column; a year that is none is missing."""
    distinct, inverse = np.unique(numbers(column), return_inverse=True)
    return np.array([_first_second(year) for year in distinct.tolist()])[inverse]


def _first_second(year: float) -> float:
    try:
        return float(day_number(int(year), 1, 1) * SECONDS_PER_DAY)
    except (ValueError, OverflowError):
        return math.nan


def _days_since_year(arguments: Sequence[Column]) -> Column:
    seconds = _seconds(arguments[0]) - _start_of_year(arguments[1])
    return NumberColumn(np.floor(seconds / SECONDS_PER_DAY), DataType.INTEGER)


def _seconds_since_year(arguments: Sequence[Column]) -> Column:
    return NumberColumn(np.floor(_seconds(arguments[0]) - _start_of_year(arguments[1])), DataType.INTEGER)


def _seconds_since_midnight(arguments: Sequence[Column]) -> Column:
    column = arguments[0]
    if column.data_type is DataType.STRING:
        as_time = numbers(cast(column, DataType.TIME))
        seconds = np.where(np.isnan(as_time), np.mod(_seconds(column), SECONDS_PER_DAY), as_time)
    elif column.data_type in TIMES:
        seconds = numbers(column)
    else:
        seconds = np.mod(_seconds(column), SECONDS_PER_DAY)
    return NumberColumn(np.floor(seconds), DataType.INTEGER)


def _format_datetime(arguments: Sequence[Column]) -> Column:
    column, patterns = arguments[0], text_column(arguments[1])
    seconds = numbers(column) if column.data_type in TIMES else _seconds(column)
    if all(_is_of_day(pattern) for pattern in patterns.categories):
        seconds = np.floor(seconds / SECONDS_PER_DAY) * SECONDS_PER_DAY  # there are fewer days than moments
    distinct, inverse = np.unique(seconds, return_inverse=True)
    width = len(patterns.categories)
    codes = np.where(np.isnan(seconds) | (patterns.codes < 0), -1, inverse * width + patterns.codes)
    texts = [_formatted(moment, pattern) for moment in distinct.tolist() for pattern in patterns.categories]
    none = np.array([*(text is None for text in texts), False])
    return coded(np.where(none[codes], -1, codes), [text or "" for text in texts])


def _is_of_day(pattern: str) -> bool:
    try:
        return is_of_day(pattern)
    except ValueError:
        return True  # it has no result, whatever the moment


def _formatted(seconds: float, pattern: str) -> str | None:
    try:
        return None if math.isnan(seconds) else format_date(seconds, pattern)
    except (ValueError, OverflowError):
        return None


DATES: dict[str, BuiltIn] = {
    "formatDatetime": BuiltIn(_format_datetime, 2, 2),
    "dateDaysSinceYear": BuiltIn(_days_since_year, 2, 2),
    "dateSecondsSinceYear": BuiltIn(_seconds_since_year, 2, 2),
    "dateSecondsSinceMidnight": BuiltIn(_seconds_since_midnight, 1, 1),
}
