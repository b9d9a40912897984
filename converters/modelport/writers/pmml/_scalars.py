"""Constants as PMML text that reads back as the very same value."""

from __future__ import annotations

import math

from modelport_runtime.hub import DataType, Scalar

__all__ = ["data_type_of", "number_text", "optional_text", "scalar_text"]


def number_text(value: float) -> str:
    """Shortest decimal text of a double (XML Schema spells infinity ``INF``)."""
    number = float(value)
    if math.isinf(number):
        return "INF" if number > 0 else "-INF"
    return "NaN" if math.isnan(number) else repr(number)


def scalar_text(value: Scalar, data_type: DataType | None = None) -> str:
    """Text of a constant of a data type; ``None`` takes the constant's own type."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or data_type is DataType.BOOLEAN:
        return "true" if value else "false"
    if isinstance(value, int) or (data_type is DataType.INTEGER and float(value).is_integer()):
        return str(int(value))
    return number_text(value)


def optional_text(value: Scalar | None, data_type: DataType | None = None) -> str | None:
    """Like ``scalar_text``; ``None`` stays ``None``, an attribute that is left out."""
    return None if value is None else scalar_text(value, data_type)


def data_type_of(value: Scalar) -> DataType:
    """The data type of a constant."""
    if isinstance(value, bool):
        return DataType.BOOLEAN
    if isinstance(value, int):
        return DataType.INTEGER
    return DataType.DOUBLE if isinstance(value, float) else DataType.STRING
