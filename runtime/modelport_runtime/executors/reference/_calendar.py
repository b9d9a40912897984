"""Days and seconds of the proleptic Gregorian calendar, from ISO 8601 text and into it (PMML 4.4, DataDictionary).

Any year has days here, not only those from 1 to 9999 that Python's ``datetime`` knows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

__all__ = ["SECONDS_PER_DAY", "Moment", "day_number", "moment_of", "read_date_time", "read_time"]

SECONDS_PER_DAY = 86400
_DATE_TIME = re.compile(
    r"([+-]?\d{4,})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d\d)(?::(\d\d(?:[.,]\d*)?))?)?"
    r" ?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_TIME = re.compile(r"(-?)(\d+):(\d\d)(?::(\d\d(?:[.,]\d*)?))?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_MAXIMUM_YEAR = 1_000_000


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
    if not (1 <= month <= 12 and abs(year) <= _MAXIMUM_YEAR):
        raise ValueError(f"{year}-{month}-{day} is no date")
    months = (year - 1970) * 12 + month - 1
    first = _first_day(months)
    if not 1 <= day <= _first_day(months + 1) - first:
        raise ValueError(f"{year}-{month}-{day} is no date")
    return first + day - 1


def _first_day(months: int) -> int:
    """Days from 1970-01-01 to the first day of a month, counted from January 1970."""
    return int(np.datetime64(months, "M").astype("datetime64[D]").astype(np.int64))


def moment_of(seconds: float) -> Moment:
    """The moment some seconds after 1970-01-01T00:00:00."""
    whole = int(seconds // 1)
    days, rest = divmod(whole, SECONDS_PER_DAY)
    date = np.datetime64(days, "D")
    months = int(date.astype("datetime64[M]").astype(np.int64))
    year, month = divmod(months, 12)
    return Moment(
        year=year + 1970,
        month=month + 1,
        day=days - _first_day(months) + 1,
        hour=rest // 3600,
        minute=rest // 60 % 60,
        second=rest % 60,
        fraction=seconds - whole,
        day_number=days,
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
