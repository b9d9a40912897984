"""Golden rows: a few inputs with the source framework's own outputs, which travel with every artifact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import narwhals.stable.v1 as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from modelport.readers._inputs import input_names
from modelport.readers._source import score_source
from modelport_runtime.columns import Column, NumberColumn, Table
from modelport_runtime.frames import to_table
from modelport_runtime.hub import DataType, Document, GoldenColumn, GoldenRows, Scalar

__all__ = ["GOLDEN_ROW_COUNT", "named_frame", "with_golden_rows"]

GOLDEN_ROW_COUNT = 20


def with_golden_rows(document: Document, model: Any, data: Any, count: int = GOLDEN_ROW_COUNT) -> Document:
    """The document with golden rows in its card.

    Args:
        document: What ``read_model`` made of the model.
        model: The fitted model.
        data: Rows to choose from; half of those chosen have a missing value, where there are such rows.
        count: How many rows to keep.
    """
    frame = named_frame(model, data)
    fields = document.input_fields
    inputs = to_table(frame, fields)  # a target's actual values would pass for expected ones
    chosen = _choose(inputs, count)
    rows = nw.from_native(frame, eager_only=True)[chosen.tolist()].to_native()
    outputs = score_source(model, _as_given(data, rows, chosen), document)
    golden = GoldenRows(inputs=_golden_columns(to_table(rows, fields)), outputs=_golden_columns(outputs))
    return replace(document, card=replace(document.card, golden_rows=golden))


def named_frame(model: Any, data: Any) -> Any:
    """The rows with the names that the document gives to the model's inputs; arrays have none of their own."""
    if not isinstance(data, np.ndarray | list | tuple):
        return data
    array = np.asarray(data)
    names = input_names(model) or tuple(f"x{i + 1}" for i in range(array.shape[1]))
    return pa.table({name: pa.array(array[:, i]) for i, name in enumerate(names)})


def _as_given(data: Any, rows: Any, chosen: NDArray[np.int64]) -> Any:
    return np.asarray(data)[chosen] if isinstance(data, np.ndarray | list | tuple) else rows


def _choose(inputs: Table, count: int) -> NDArray[np.int64]:
    """Rows spread evenly over those with a missing value and over those without."""
    incomplete = np.zeros(inputs.n_rows, dtype=bool)
    for column in inputs.values():
        incomplete |= column.missing
    with_missing = _spread(np.flatnonzero(incomplete), count // 2)
    complete = _spread(np.flatnonzero(~incomplete), count - len(with_missing))
    return np.sort(np.concatenate([with_missing, complete])).astype(np.int64)


def _spread(positions: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    if len(positions) <= count:
        return positions
    return positions[np.linspace(0, len(positions) - 1, count).astype(np.int64)]


def _golden_columns(table: Table) -> tuple[GoldenColumn, ...]:
    return tuple(
        GoldenColumn(name=name, data_type=column.data_type, values=_values(column)) for name, column in table.items()
    )


def _values(column: Column) -> tuple[Scalar | None, ...]:
    if not isinstance(column, NumberColumn):
        return tuple(None if code < 0 else column.categories[code] for code in column.codes)
    plain = {DataType.INTEGER: int, DataType.BOOLEAN: bool}.get(column.data_type, float)
    return tuple(None if value != value else plain(value) for value in column.values.tolist())
