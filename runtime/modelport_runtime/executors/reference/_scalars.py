"""Constants as they are held in columns: numbers, days, seconds, or text."""

from __future__ import annotations

import math

import numpy as np

from modelport_runtime.executors.reference._calendar import (
    SECONDS_PER_DAY,
    day_number,
    moment_of,
    read_date_time,
    read_time,
)
from modelport_runtime.hub import DataType, Scalar

__all__ = ["epoch_days", "held", "limit", "number_text", "physical", "text_of"]

_TRUE = frozenset({"true", "1", "1.0"})
_FALSE = frozenset({"false", "0", "0.0"})
_DATE_TIMES = frozenset(
    {
        DataType.DATE_TIME,
        DataType.DATE_TIME_SECONDS_SINCE_0,
        DataType.DATE_TIME_SECONDS_SINCE_1960,
        DataType.DATE_TIME_SECONDS_SINCE_1970,
        DataType.DATE_TIME_SECONDS_SINCE_1980,
    }
)
_COUNTS = frozenset(DataType) - {DataType.DATE, DataType.TIME, DataType.DATE_TIME}
"""Types whose values are counts of days or seconds, so that a plain number is one too."""


def epoch_days(data_type: DataType) -> int:
    """Days from 1970-01-01 to the day that a date type counts from.

    ``date`` and ``dateTime`` are held as counts since 1970. Year 0 is the year before year 1 of the proleptic
    Gregorian calendar, as ISO 8601 has it (PMML 4.4, DataDictionary, dateDaysSince[0]).
    """
    name = str(data_type)
    if "[" not in name:
        return 0
    year = int(name[name.index("[") + 1 : -1])
    return day_number(year, 1, 1)


def physical(value: Scalar | None, data_type: DataType) -> float | str | None:
    """A constant as a column of the type holds it; ``None`` is missing.

    Raises:
        ValueError: The value cannot be read as the type.
    """
    if value is None:
        return None
    if data_type is DataType.STRING:
        return text_of(value)
    if data_type is DataType.BOOLEAN:
        return _boolean(value)
    if data_type.is_number:
        return _number(value, data_type)
    if isinstance(value, int | float):
        return float(value)
    return _moment(value.strip(), data_type)


def held(value: Scalar | None, data_type: DataType) -> float | str | None:
    """As :func:`physical`; ``None`` also when the type cannot hold the value, so that nothing equals it."""
    try:
        return physical(value, data_type)
    except ValueError:
        return None


def limit(value: float, data_type: DataType) -> float:
    """A number that a column of the type is compared with: of its precision, and not of its kind.

    An integer is less than 2.5 or more; a margin need not be a value that the field can have.
    """
    return float(np.float32(value)) if data_type is DataType.FLOAT else float(value)


def _boolean(value: Scalar) -> float:
    text = str(value).strip().lower()
    if text in _TRUE:
        return 1.0
    if text in _FALSE:
        return 0.0
    raise ValueError(f"{value!r} is not a boolean")


def _number(value: Scalar, data_type: DataType) -> float:
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in ("true", "false"):
            return float(text.lower() == "true")
        if "_" in text:  # Python reads "1_0" as ten; nobody else does
            raise ValueError(f"{value!r} is not a number")
        number = float({"INF": "inf", "-INF": "-inf"}.get(text, text))
    else:
        number = float(value)
    if data_type is DataType.FLOAT:
        return float(np.float32(number))
    if data_type is DataType.INTEGER and math.isfinite(number) and number != math.floor(number):
        raise ValueError(f"{value!r} is not an integer")
    return number


def _moment(text: str, data_type: DataType) -> float:
    if data_type in _COUNTS:
        try:
            return float(text)
        except ValueError:
            pass
    if data_type in (DataType.TIME, DataType.TIME_SECONDS):
        # timeSeconds may go beyond one day and below zero (PMML 4.4, DataDictionary).
        return read_time(text, of_day=data_type is DataType.TIME)
    is_date = data_type not in _DATE_TIMES
    days, seconds = read_date_time(text, keep_local_date=is_date)
    days -= epoch_days(data_type)
    return float(days) if is_date else days * SECONDS_PER_DAY + seconds


def number_text(number: float, data_type: DataType) -> str:
    """A number of a column as text: integers and booleans plainly, reals so that they read back the same."""
    if data_type is DataType.BOOLEAN:
        return "true" if number else "false"
    if data_type in (DataType.FLOAT, DataType.DOUBLE):
        return str(np.float32(number)) if data_type is DataType.FLOAT else repr(float(number))
    if data_type is DataType.INTEGER:
        return str(int(number)) if math.isfinite(number) else repr(number)
    return _moment_text(number, data_type)


def _moment_text(number: float, data_type: DataType) -> str:
    if data_type in (DataType.TIME, DataType.TIME_SECONDS):
        whole, fraction = divmod(abs(number), 1)
        minutes, seconds = divmod(int(whole), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{'-' if number < 0 else ''}{hours:02d}:{minutes:02d}:{seconds:02d}{_fraction(fraction)}"
    if data_type in (DataType.DATE, DataType.DATE_TIME):
        m = moment_of(number if data_type is DataType.DATE_TIME else number * SECONDS_PER_DAY)
        date = f"{m.year:04d}-{m.month:02d}-{m.day:02d}"
        clock = f"T{m.hour:02d}:{m.minute:02d}:{m.second:02d}{_fraction(m.fraction)}"
        return date if data_type is DataType.DATE else date + clock
    return str(int(number)) if number == math.floor(number) else repr(number)


def _fraction(fraction: float) -> str:
    """Fraction of a second, to the microsecond, without trailing zeros."""
    return f"{fraction:.6f}"[1:].rstrip("0").rstrip(".")


def text_of(value: Scalar) -> str:
    """A constant as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
