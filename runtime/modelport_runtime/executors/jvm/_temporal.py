"""Dates and times, which cross into the JVM and back as ISO 8601 text."""

from __future__ import annotations

import numpy as np

from modelport_runtime.columns import NumberColumn, TextColumn
from modelport_runtime.hub import DataType

__all__ = ["TEMPORAL_TYPES", "is_temporal", "read_temporal", "write_temporal"]

TEMPORAL_TYPES = (DataType.DATE, DataType.TIME, DataType.DATE_TIME)
"""Types whose values are calendar dates or times, not counts of days or seconds."""


def is_temporal(data_type: DataType) -> bool:
    """Whether values are calendar dates or times, not counts of days or seconds."""
    return data_type in TEMPORAL_TYPES


def write_temporal(column: NumberColumn) -> TextColumn:
    """Days or seconds to text."""
    distinct, codes = np.unique(column.values, return_inverse=True)
    known = distinct[~np.isnan(distinct)]
    codes = np.where(column.missing, -1, codes)
    if column.data_type is DataType.DATE:
        texts = known.astype("datetime64[D]").astype(str)
    else:
        moments = (known * 1000).round().astype("datetime64[ms]").astype(str)
        texts = np.char.rpartition(moments, "T")[:, 2] if column.data_type is DataType.TIME else moments
    return TextColumn(np.asarray(codes, dtype=np.int32), tuple(texts.tolist()))


def read_temporal(column: TextColumn, data_type: DataType) -> NumberColumn:
    """Text to days or seconds."""
    day = "1970-01-01T" if data_type is DataType.TIME else ""
    moments = np.array([day + text for text in column.categories], dtype="datetime64[ms]")
    unit = 86_400_000 if data_type is DataType.DATE else 1000
    numbers = np.append(moments.astype(np.int64) / unit, np.nan)
    return NumberColumn(numbers[column.codes], data_type)
