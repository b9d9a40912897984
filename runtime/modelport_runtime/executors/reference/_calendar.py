"""Days and seconds of the proleptic Gregorian calendar, from ISO 8601 text and into it (PMML 4.4, DataDictionary).

Any year has days here, not only those from 1 to 9999 that Python's ``datetime`` knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SECONDS_PER_DAY",
    "Moment",
    "day_number",
    "moment_of",
    "read_date_time",
    "read_plain_date_times",
    "read_time",
]

SECONDS_PER_DAY = 86400
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d)?", re.ASCII)
_DATE_TIME = re.compile(
    r"([+-]?\d{4,})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d\d)(?::(\d\d(?:[.,]\d*)?))?)?"
    r" ?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_TIME = re.compile(r"(-?)(\d+):(\d\d)(?::(\d\d(?:[.,]\d*)?))?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_MAXIMUM_YEAR = 1_000_000
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_OF_CYCLE = 146_097
_DAYS_BEFORE_1970 = 719_468
"""From 0000-03-01, where a cycle of 400 years begins, to 1970-01-01."""


class Moment(NamedTuple):
    """A date with a time of day."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    fraction: float
    day_number: int


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01.

    Raises:
        ValueError: There is no such day.
    """
    if not (1 <= month <= 12 and 1 <= day <= _length(year, month) and abs(year) <= _MAXIMUM_YEAR):
        raise ValueError(f"{year}-{month}-{day} is no date")
    # Years begin in March here, so that a leap day is the last of its year; 400 of them are a whole cycle.
    cycle, year = divmod(year - (month < 3), 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return cycle * _DAYS_OF_CYCLE + year * 365 + year // 4 - year // 100 + day_of_year - _DAYS_BEFORE_1970


def _length(year: int, month: int) -> int:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and is_leap else _LENGTHS[month - 1]


def moment_of(seconds: float) -> Moment:
    """The moment some seconds after 1970-01-01T00:00:00."""
    whole = int(seconds // 1)
    number, rest = divmod(whole, SECONDS_PER_DAY)
    cycle, days = divmod(number + _DAYS_BEFORE_1970, _DAYS_OF_CYCLE)
    year = (days - days // 1460 + days // 36524 - days // 146096) // 365
    day_of_year = days - (year * 365 + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    return Moment(
        year=cycle * 400 + year + (month > 9),
        month=(month + 2) % 12 + 1,
        day=day_of_year - (153 * month + 2) // 5 + 1,
        hour=rest // 3600,
        minute=rest // 60 % 60,
        second=rest % 60,
        fraction=seconds - whole,
        day_number=number,
    )


def read_date_time(text: str, *, keep_local_date: bool = False) -> tuple[int, float]:
    """Days since 1970-01-01 and seconds of that day, from ISO 8601 text.

    A time zone moves the moment to UTC; 24:00:00 is midnight of the next day.

    Args:
        text: Such as ``2004-02-29``, ``2004-02-29T12:30:15.5`` or ``2004-02-29T12:30:15+02:00``; a blank may stand
            for the ``T``.
        keep_local_date: Whether only the date is wanted, which is the one where the clock stood.

    Raises:
        ValueError: It is no such text, or there is no such moment.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date")
    days = day_number(int(match[1]), int(match[2]), int(match[3]))
    seconds = 0.0 if match[4] is None else _seconds(match[4], match[5], match[6])
    if seconds > SECONDS_PER_DAY:
        raise ValueError(f"{text!r} is not a time of day")
    if match[7] is not None and not keep_local_date:
        seconds -= _offset(match[7])
    return days + int(seconds // SECONDS_PER_DAY), seconds % SECONDS_PER_DAY


def read_plain_date_times(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """Seconds since 1970-01-01T00:00:00 of many texts at once, such as ``2004-02-29`` or ``2004-02-29T12:30:15``.

    Returns:
        float64, shape (len(texts),), or ``None`` when any of them is of another form or no date.
    """
    if not all(_PLAIN.fullmatch(text) for text in texts):
        return None
    try:
        return np.array(texts, dtype="datetime64[s]").astype(np.int64).astype(np.float64)
    except ValueError:
        return None


def read_time(text: str, *, of_day: bool) -> float:
    """Seconds since midnight, from text such as ``19:30:03``.

    Args:
        text: The text; a time zone after it changes nothing, as there is no date to move.
        of_day: Whether it must lie within a day; else it may go beyond one, and below zero.

    Raises:
        ValueError: It is no such text.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time")
    seconds = _seconds(match[2], match[3], match[4])
    if of_day and (match[1] or seconds >= SECONDS_PER_DAY):
        raise ValueError(f"{text!r} is not a time of day")
    return -seconds if match[1] else seconds


def _seconds(hours: str, minutes: str, seconds: str | None) -> float:
    second = 0.0 if seconds is None else float(seconds.replace(",", "."))
    if int(minutes) >= 60 or second >= 60:
        raise ValueError(f"{hours}:{minutes}:{seconds} is not a time")
    return int(hours) * 3600 + int(minutes) * 60 + second


def _offset(zone: str) -> int:
    if zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds
