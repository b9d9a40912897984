"""Constants as they are held in columns: numbers, days, seconds, or text."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np

from modelport_runtime.hub import DataType, Scalar

__all__ = ["SECONDS_PER_DAY", "epoch_days", "limit", "number_text", "physical", "text_of"]

SECONDS_PER_DAY = 86400
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


def epoch_days(data_type: DataType) -> int:
    """Days from 1970-01-01 to the day that a date type counts from.

    ``date`` and ``dateTime`` are held as counts since 1970. Year 0 is the year before year 1 of the proleptic
    Gregorian calendar, as ISO 8601 has it (PMML 4.4, DataDictionary, dateDaysSince[0]).
    """
    name = str(data_type)
    if "[" not in name:
        return 0
    year = int(name[name.index("[") + 1 : -1])
    return int(np.datetime64(f"{year:04d}-01-01", "D").astype(np.int64))


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
    try:
        return float(text)
    except ValueError:
        pass
    if data_type in (DataType.TIME, DataType.TIME_SECONDS):
        return _seconds_of_day(text)
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    days = moment.toordinal() - dt.date(1970, 1, 1).toordinal() - epoch_days(data_type)
    if data_type not in _DATE_TIMES:
        return float(days)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return days * SECONDS_PER_DAY + (moment - midnight).total_seconds()


def _seconds_of_day(text: str) -> float:
    # timeSeconds may go beyond one day and below zero (PMML 4.4, DataDictionary), which datetime.time refuses.
    sign = -1.0 if text.startswith("-") else 1.0
    parts = text.lstrip("-").split(":")
    if len(parts) not in (2, 3):
        raise ValueError(f"{text!r} is not a time")
    seconds = float(parts[2]) if len(parts) == 3 else 0.0
    return sign * (int(parts[0]) * 3600 + int(parts[1]) * 60 + seconds)


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
        minutes, seconds = divmod(number, 60)
        hours, minutes = divmod(int(minutes), 60)
        return f"{hours:02d}:{minutes:02d}:{int(seconds):02d}"
    if data_type is DataType.DATE:
        return str(np.datetime64(int(number), "D"))
    if data_type is DataType.DATE_TIME:
        return str(np.datetime64(int(number), "s"))
    return str(int(number)) if number == math.floor(number) else repr(number)


def text_of(value: Scalar) -> str:
    """A constant as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
