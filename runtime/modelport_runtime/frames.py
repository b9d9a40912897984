"""Frames in, tables inside, frames of the same kind out: pandas, polars, Arrow and whatever narwhals knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from modelport_runtime._arrow_columns import (
    column_from_arrow,
    column_from_numpy,
    column_to_arrow,
    list_values,
    text_values,
)
from modelport_runtime.columns import Column, ListColumn, ResultColumn, ResultTable, Table, TextColumn
from modelport_runtime.errors import InputError
from modelport_runtime.hub import DataField, DataType

__all__ = ["from_table", "refuse_repeated_columns", "refuse_repeated_names", "to_table"]


def to_table(frame: Any, data_fields: Sequence[DataField], expected: Sequence[str] | None = None) -> Table:
    """Columns of a frame that fields name, in the fields' types.

    A column that cannot wholly be read as its field's type stays text (or plain numbers), so that the field's own
    treatment of invalid values decides. Missing columns are left out; columns that no field names are ignored.

    Args:
        frame: A pandas or polars data frame, an Arrow table or record batch, or any eager frame that narwhals reads.
        data_fields: The fields to read.
        expected: Names of which at least one must be there; those of all fields by default.

    Raises:
        InputError: Not a frame, none of the expected columns is there, or an integer beyond 2**53 in a field that
            is not text.
    """
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    n_fields = len(data_fields)
    columns, n_rows = _pandas_columns(frame, n_fields) if _is_pandas(frame) else _narwhals_columns(frame)
    names = [field.name for field in data_fields] if expected is None else list(expected)
    if names and not any(name in columns for name in names):
        raise InputError(
            f"the data has none of the model's input columns: expected {_listed(names)}, found {_listed(list(columns))}"
        )
    return Table(
        {field.name: _read(columns[field.name], field) for field in data_fields if field.name in columns}, n_rows
    )


def from_table(table: ResultTable, like: Any) -> Any:
    """A table as a frame of the same kind as another, with its index where it has one.

    Text becomes ``str`` with ``None`` for missing; whole numbers and booleans keep their type (a nullable one where
    a value is missing); all else is double. Lists are lists: in pandas Python's own in a column of objects.

    Args:
        table: The results.
        like: The frame that was scored, of as many rows, or of those that make up the groups of a grouped table, which
            gets an index of its own.
    """
    if _is_pandas(like):
        return _to_pandas(table, like)
    arrow = pa.table({name: column_to_arrow(column) for name, column in table.items()})
    if isinstance(like, pa.RecordBatch):
        batches = arrow.combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=arrow.schema)
    if isinstance(like, pa.Table):
        return arrow
    native = nw.from_native(like, eager_only=True)
    return nw.from_arrow(arrow, backend=native.implementation).to_native()


def refuse_repeated_columns(frame: Any) -> None:
    """Check that no two columns of a frame have the same name; what has no names of columns passes.

    Args:
        frame: A pandas data frame, an Arrow table or record batch; polars refuses such columns itself.

    Raises:
        InputError: A name occurs twice.
    """
    if isinstance(frame, pa.Table | pa.RecordBatch):
        refuse_repeated_names(frame.schema.names)
    elif _is_pandas(frame) and frame.ndim == 2:
        refuse_repeated_names([str(name) for name in frame.columns])


def refuse_repeated_names(names: Sequence[str], data: str = "the data") -> None:
    """Check that no two columns have the same name.

    Args:
        names: Names of columns.
        data: What has them, for the error.

    Raises:
        InputError: A name occurs twice.
    """
    if len(set(names)) != len(names):
        repeated = next(name for position, name in enumerate(names) if name in names[:position])
        raise InputError(f"{data} has two columns named {repeated!r}: rename one or leave it out")


def _listed(names: Sequence[str], limit: int = 20) -> str:
    shown = ", ".join(repr(name) for name in names[:limit])
    return f"{shown}, ... ({len(names)} in all)" if len(names) > limit else shown or "no columns"


def _is_pandas(frame: Any) -> bool:
    return type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "iloc")


def _pandas_columns(frame: Any, n_fields: int) -> tuple[Mapping[str, Any], int]:
    if frame.ndim != 2:
        raise InputError("expected a data frame, got a pandas Series: use series.to_frame()")
    if frame.columns.nlevels > 1:
        raise InputError("a data frame with several levels of column names cannot be scored: flatten them")
    names = [str(label) for label in frame.columns]  # a label may be a number
    refuse_repeated_names(names)
    if len(names) <= 2 * n_fields and all(dtype == np.float64 for dtype in frame.dtypes):
        # One matrix, which pandas holds already as a rule: a series for each column costs more than its numbers.
        return dict(zip(names, frame.to_numpy().T, strict=True)), len(frame)
    return _PandasColumns(frame, dict(zip(names, frame.columns, strict=True))), len(frame)


class _PandasColumns(Mapping[str, Any]):
    """Columns of a pandas frame by name, taken out only when asked for."""

    def __init__(self, frame: Any, labels: dict[str, Any]) -> None:
        self._frame = frame
        self._labels = labels

    def __getitem__(self, name: str) -> Any:
        # By label, which pandas finds several times faster than by position.
        return self._frame[self._labels[name]]

    def __contains__(self, name: object) -> bool:
        return name in self._labels

    def __iter__(self) -> Any:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)


def _narwhals_columns(frame: Any) -> tuple[Mapping[str, Any], int]:
    refuse_repeated_columns(frame)
    try:
        native = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise InputError(
            f"cannot read a {type(frame).__name__} as a data frame: give a pandas or polars data frame "
            "(collect a lazy one first), or an Arrow table"
        ) from error
    return {name: native[name] for name in native.columns}, len(native)


def _read(values: Any, field: DataField) -> Column:
    try:
        return _column(values, field)
    except (pa.ArrowException, OverflowError, UnicodeError) as error:
        raise InputError(f"column {field.name!r} cannot be read as {field.data_type.value}: {error}") from error


def _column(values: Any, field: DataField) -> Column:
    if isinstance(values, np.ndarray):
        return column_from_numpy(values, field)
    if isinstance(values, nw.Series):
        return column_from_arrow(values.to_arrow(), field)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiub":
        return column_from_numpy(values.to_numpy(), field)
    return column_from_arrow(_arrow_of_pandas(values, field), field)


def _arrow_of_pandas(values: Any, field: DataField) -> Any:
    """A pandas column as Arrow; mixed objects, and integers too large for Arrow, as text, once a distinct value."""
    coded = _coded_texts(values)
    if coded is not None:
        return coded
    try:
        return pa.array(values, from_pandas=True)
    except OverflowError:
        if field.data_type is not DataType.STRING:
            raise
        return _texts_of_pandas(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return _texts_of_pandas(values)


def _coded_texts(values: Any) -> Any | None:
    """A column of text objects as codes: pandas hashes them in half the time that Arrow takes to copy and code them."""
    if values.dtype != object or not len(values) or not isinstance(values.iloc[0], str | None):
        return None
    try:
        codes, distinct = values.factorize()
    except TypeError:
        return None  # something among them has no hash: said below, of the whole column
    if not len(distinct) or not all(isinstance(value, str) for value in distinct):
        return None
    return _dictionary(codes, list(distinct))


def _texts_of_pandas(values: Any) -> Any:
    try:
        codes, distinct = values.factorize()
    except TypeError as error:
        raise InputError(f"column {str(values.name)!r} holds what is no number and no text: {error}") from error
    return _dictionary(codes, [_text_of(value) for value in distinct])


def _dictionary(codes: Any, texts: list[str]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(texts, type=pa.string()))


def _text_of(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _to_pandas(table: ResultTable, like: Any) -> Any:
    import pandas as pd

    index = pd.RangeIndex(table.n_rows) if table.is_grouped else like.index
    columns = {name: _pandas_values(column, index, pd) for name, column in table.items()}
    return pd.DataFrame(columns, index=index, copy=False)


def _pandas_values(column: ResultColumn, index: Any, pd: Any) -> Any:
    if isinstance(column, ListColumn):
        return pd.Series(list_values(column), index=index, dtype=object, copy=False)
    if isinstance(column, TextColumn):
        # A series that says object: pandas would otherwise look at every text, and show None as NaN.
        return pd.Series(text_values(column), index=index, dtype=object, copy=False)
    values, data_type = column.values, column.data_type
    if data_type not in (DataType.INTEGER, DataType.BOOLEAN):
        # A copy: a result may be an input passed through, and the caller's frame is not ours to share.
        return np.array(values)
    missing = column.missing
    dtype = np.int64 if data_type is DataType.INTEGER else np.bool_
    if not missing.any():
        return values.astype(dtype)
    filled: Any = np.where(missing, 0, values).astype(dtype)
    nullable = pd.arrays.IntegerArray if data_type is DataType.INTEGER else pd.arrays.BooleanArray
    return nullable(filled, missing)
