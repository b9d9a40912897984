"""Dates as text by the patterns of POSIX's ``strftime``, which ``formatDatetime`` follows, in the C locale.

Written here because Python's own ``strftime`` is that of the host: its locale, its width of years, its bounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from modelport_runtime.executors.reference._calendar import SECONDS_PER_DAY, Moment, day_number, moment_of

__all__ = ["check_date_pattern", "format_date", "is_of_day"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_OF_TIME = frozenset("HkIlMSLNpPsQRrTXc")
"""Directives that show something of the time of day."""
_DIRECTIVE = re.compile(r"%[EO]?(.?)", re.DOTALL)


def format_date(seconds: float, pattern: str) -> str:
    """Text of a moment.

    Args:
        seconds: Seconds since 1970-01-01T00:00:00.
        pattern: Text with directives such as ``%Y``.

    Raises:
        ValueError: A directive is unknown.
    """
    moment = moment_of(seconds)
    return "".join(part if isinstance(part, str) else part(moment) for part in _parts(pattern))


def is_of_day(pattern: str) -> bool:
    """Whether a pattern shows nothing of the time of day.

    Raises:
        ValueError: A directive is unknown.
    """
    _parts(pattern)
    return not _OF_TIME & {match[1] for match in _DIRECTIVE.finditer(pattern)}


def check_date_pattern(pattern: str) -> None:
    """Check a pattern before there is a date.

    Raises:
        ValueError: A directive is unknown.
    """
    _parts(pattern)


@lru_cache(maxsize=64)
def _parts(pattern: str) -> tuple[str | Callable[[Moment], str], ...]:
    """The pattern as pieces of text, and what makes the others from a moment."""
    pieces: list[str | Callable[[Moment], str]] = []
    end = 0
    for match in _DIRECTIVE.finditer(pattern):
        part = _PARTS.get(match[1])
        if part is None:
            raise ValueError(f"%{match[1]} is no directive of formatDatetime; known are {' '.join(_PARTS)}")
        pieces += [pattern[end : match.start()], part]
        end = match.end()
    return (*pieces, pattern[end:])


def _weekday(moment: Moment) -> int:
    """0 is Monday: 1970-01-01 was a Thursday."""
    return (moment.day_number + 3) % 7


def _day_of_year(moment: Moment) -> int:
    return moment.day_number - day_number(moment.year, 1, 1) + 1


def _week(moment: Moment, first_weekday: int) -> int:
    """Week of the year; days before the first such weekday are in week 0."""
    since = (_weekday(moment) - first_weekday) % 7
    return (_day_of_year(moment) + 6 - since) // 7


def _iso_week(moment: Moment) -> tuple[int, int]:
    """Year and week of ISO 8601: the week belongs to the year of its Thursday."""
    thursday = moment_of((moment.day_number - _weekday(moment) + 3) * float(SECONDS_PER_DAY))
    return thursday.year, (_day_of_year(thursday) - 1) // 7 + 1


def _year(year: int) -> str:
    return f"{year:04d}"


def _twelve(hour: int) -> int:
    return hour % 12 or 12


def _digits_of_second(moment: Moment, count: int) -> str:
    return f"{int(moment.fraction * 10**count):0{count}d}"


def _seconds_since_1970(moment: Moment) -> int:
    return moment.day_number * SECONDS_PER_DAY + moment.hour * 3600 + moment.minute * 60 + moment.second


def _composed(pattern: str) -> Callable[[Moment], str]:
    return lambda moment: "".join(part if isinstance(part, str) else part(moment) for part in _parts(pattern))


_PARTS: dict[str, Callable[[Moment], str]] = {
    "%": lambda _: "%",
    "n": lambda _: "\n",
    "t": lambda _: "\t",
    "Y": lambda m: _year(m.year),
    "C": lambda m: f"{m.year // 100:02d}",
    "y": lambda m: f"{m.year % 100:02d}",
    "m": lambda m: f"{m.month:02d}",
    "B": lambda m: _MONTHS[m.month - 1],
    "b": lambda m: _MONTHS[m.month - 1][:3],
    "h": lambda m: _MONTHS[m.month - 1][:3],
    "d": lambda m: f"{m.day:02d}",
    "e": lambda m: f"{m.day:2d}",
    "j": lambda m: f"{_day_of_year(m):03d}",
    "A": lambda m: _DAYS[_weekday(m)],
    "a": lambda m: _DAYS[_weekday(m)][:3],
    "u": lambda m: str(_weekday(m) + 1),
    "w": lambda m: str((_weekday(m) + 1) % 7),
    "U": lambda m: f"{_week(m, 6):02d}",
    "W": lambda m: f"{_week(m, 0):02d}",
    "V": lambda m: f"{_iso_week(m)[1]:02d}",
    "G": lambda m: _year(_iso_week(m)[0]),
    "g": lambda m: f"{_iso_week(m)[0] % 100:02d}",
    "H": lambda m: f"{m.hour:02d}",
    "k": lambda m: f"{m.hour:2d}",
    "I": lambda m: f"{_twelve(m.hour):02d}",
    "l": lambda m: f"{_twelve(m.hour):2d}",
    "M": lambda m: f"{m.minute:02d}",
    "S": lambda m: f"{m.second:02d}",
    "L": lambda m: _digits_of_second(m, 3),
    "N": lambda m: _digits_of_second(m, 9),
    "p": lambda m: "AM" if m.hour < 12 else "PM",
    "P": lambda m: "am" if m.hour < 12 else "pm",
    "s": lambda m: str(_seconds_since_1970(m)),
    "Q": lambda m: f"{_seconds_since_1970(m)}{_digits_of_second(m, 3)}",
    "z": lambda _: "+0000",
    "Z": lambda _: "UTC",
    "D": _composed("%m/%d/%y"),
    "F": _composed("%Y-%m-%d"),
    "R": _composed("%H:%M"),
    "r": _composed("%I:%M:%S %p"),
    "T": _composed("%H:%M:%S"),
    "X": _composed("%H:%M:%S"),
    "x": _composed("%m/%d/%y"),
    "c": _composed("%a %b %e %H:%M:%S %Y"),
}
"""Letter of each directive, those that Java and GNU add included; times are held in UTC."""
