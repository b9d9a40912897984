"""Constants of a document read as the type of a field."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time

from modelport_runtime.hub import DataType
from modelport_runtime.pmml._reading import cast_text

__all__ = [
    "NUMERIC_TYPES",
    "are_numbers",
    "are_whole",
    "is_of_type",
    "is_value_of",
    "items_of",
    "number_of",
]

NUMERIC_TYPES = frozenset(("integer", "float", "double"))

_CALENDAR: dict[str, type[date] | type[time] | type[datetime]] = {"date": date, "time": time, "dateTime": datetime}
"""Types whose constants are written as ISO 8601 has it (PMML 4.4, Data Dictionary)."""

_NUMBERS = re.compile(r"(?:[+-]?[0-9]{1,300}(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?\n)*")
"""Numbers, one a line, that are surely finite."""

_WHOLE = re.compile(r"(?:[+-]?[0-9]{1,300}(?:\.0*)?\n)*")
"""Whole numbers, one a line."""

_ITEM = re.compile(r'"(?:[^"\\]|\\.)*"|\S+', re.DOTALL)


def is_of_type(text: str, data_type: str) -> bool:
    """Whether a constant can be read as a data type; types that are not checked hold anything."""
    if data_type == "integer":
        number = number_of(text)
        return number is not None and math.isfinite(number)
    if data_type in _CALENDAR:
        return _is_date(text, data_type)
    if data_type not in ("float", "double", "boolean"):
        return True
    try:
        cast_text(text, DataType(data_type))
    except ValueError:
        return False
    return True


def is_value_of(text: str, data_type: str) -> bool:
    """Whether a constant is a value that a field of a data type may have: 1.5 is above the integer 1, and is none."""
    return is_of_type(text, data_type) and (data_type != "integer" or float(text).is_integer())


def are_whole(texts: Iterable[str | None]) -> bool:
    """Whether many constants are surely whole numbers; ``None`` is no constant."""
    return _WHOLE.fullmatch("".join(f"{text}\n" for text in texts if text is not None)) is not None


def are_numbers(texts: Iterable[str | None], data_type: str) -> bool:
    """Whether many constants are surely of a numeric data type, which they mostly are; ``None`` is no constant."""
    if data_type not in NUMERIC_TYPES:
        return False
    return _NUMBERS.fullmatch("".join(f"{text}\n" for text in texts if text is not None)) is not None


def _is_date(text: str, data_type: str) -> bool:
    try:
        _CALENDAR[data_type].fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def number_of(text: str | None) -> float | None:
    """A number as XML Schema writes one; ``None`` for what is none."""
    if text is None:
        return None
    stripped = text.strip()
    special = {"INF": math.inf, "-INF": -math.inf, "NaN": math.nan}.get(stripped)
    if special is not None:
        return special
    if not stripped or stripped[-1] in "ynfYNF_":  # what float() takes and XML Schema does not: inf, nan, infinity
        return None
    try:
        return None if "_" in stripped else float(stripped)
    except ValueError:
        return None


def items_of(text: str | None) -> list[str]:
    """The items of an array, quotes left as they are."""
    if not text:
        return []
    return _ITEM.findall(text) if '"' in text else text.split()
