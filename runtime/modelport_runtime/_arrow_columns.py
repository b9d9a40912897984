"""Single columns: from Arrow and numpy arrays into our two physical kinds, and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from modelport_runtime.columns import Column, ListColumn, NumberColumn, ResultColumn, TextColumn
from modelport_runtime.errors import InputError
from modelport_runtime.executors.reference import cast_checked
from modelport_runtime.hub import DataField, DataType, OpType

__all__ = ["column_from_arrow", "column_from_numpy", "column_to_arrow", "list_values", "text_values"]

_EXACT = 2**53
"""Beyond it not every integer is a double."""


def column_from_numpy(values: NDArray[Any], field: DataField) -> Column:
    """A numpy array of numbers or booleans as the field's type, as far as every value can be read so.

    Raises:
        InputError: An integer beyond 2**53 in a field that is not text.
    """
    if values.dtype.kind == "b":
        return _in_type(NumberColumn(values.astype(np.float64), DataType.BOOLEAN), field)
    if values.dtype.kind in "iu":
        if field.data_type is DataType.STRING:
            return column_from_arrow(pa.array(values), field)
        if values.dtype.itemsize > 4 and len(values):
            _refuse_inexact(int(values.min()), int(values.max()), field)
        return _in_type(NumberColumn(values.astype(np.float64), DataType.INTEGER), field)
    number_type = DataType.FLOAT if values.dtype == np.float32 else DataType.DOUBLE
    return _in_type(NumberColumn(np.ascontiguousarray(values, dtype=np.float64), number_type), field)


def column_from_arrow(values: Any, field: DataField) -> Column:
    """An Arrow array, or chunks of one, as the field's type, as far as every value can be read so.

    Raises:
        InputError: An integer beyond 2**53 in a field that is not text, or a type that no field can hold.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):  # Arrow keeps chunks that together are too long for one array
            values = pa.concat_arrays(values.chunks)
    kind = values.type
    if pa.types.is_null(kind):
        return NumberColumn(np.full(len(values), np.nan), field.data_type) if _is_number(field) else _no_text(values)
    if pa.types.is_dictionary(kind) or _is_text(kind):
        return _in_type(_text_column(values, field), field)
    if pa.types.is_boolean(kind):
        return _in_type(NumberColumn(_floats(values.cast(pa.int8())), DataType.BOOLEAN), field)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return _from_exact(values, field)
    if pa.types.is_floating(kind):
        number_type = DataType.FLOAT if kind == pa.float32() else DataType.DOUBLE
        return _in_type(NumberColumn(_floats(values), number_type), field)
    if pa.types.is_temporal(kind):
        return _in_type(_moments(values, field), field)
    raise InputError(f"column {field.name!r} has type {kind}, which no field can hold: give numbers or text")


def _is_number(field: DataField) -> bool:
    return field.data_type is not DataType.STRING


def _no_text(values: Any) -> TextColumn:
    return TextColumn(np.full(len(values), -1, dtype=np.int32), ())


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _from_exact(values: Any, field: DataField) -> Column:
    if field.data_type is DataType.STRING:
        return _text_column(values.cast(pa.string()), field)
    if pa.types.is_integer(values.type):
        if values.type.bit_width > 32 and len(values) > values.null_count:
            bounds: Any = pc.min_max(values)
            _refuse_inexact(bounds["min"].as_py(), bounds["max"].as_py(), field)
        return _in_type(NumberColumn(_floats(values), DataType.INTEGER), field)
    return _in_type(NumberColumn(_floats(values.cast(pa.float64())), DataType.DOUBLE), field)


def _refuse_inexact(low: int, high: int, field: DataField) -> None:
    if low < -_EXACT or high > _EXACT:
        worst = high if high > _EXACT else low
        raise InputError(
            f"column {field.name!r} holds {worst}, beyond 2**53, where a double no longer holds every integer: "
            "declare the field as text, or scale the column"
        )


def _floats(values: Any) -> NDArray[np.float64]:
    """float64 with NaN where the array is null."""
    as_double = values.cast(pa.float64(), safe=False)
    if as_double.null_count:
        as_double = pc.fill_null(as_double, math.nan)
    return np.asarray(as_double.to_numpy(zero_copy_only=False), dtype=np.float64)


def _text_column(values: Any, field: DataField) -> Column:
    if not pa.types.is_dictionary(values.type):
        values = pc.dictionary_encode(values)
    dictionary = values.dictionary
    codes = values.indices.cast(pa.int32())
    if codes.null_count:
        codes = pc.fill_null(codes, -1)
    table = codes.to_numpy(zero_copy_only=False)
    if not _is_text(dictionary.type):
        return _from_other_categories(table, dictionary, field.name)
    texts = dictionary.to_pylist()
    if None in texts or len(set(texts)) != len(texts):
        return _recoded(table, texts)
    return TextColumn(np.ascontiguousarray(table, dtype=np.int32), tuple(texts))


def _from_other_categories(codes: NDArray[np.int32], dictionary: Any, name: str) -> Column:
    """Categories that are not text (pandas lets them be numbers): the column that they stand for."""
    field = DataField(name=name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS)
    categories = column_from_arrow(dictionary, field)
    if isinstance(categories, TextColumn):
        return _recoded(codes, [*categories.categories])
    return NumberColumn(np.append(categories.values, np.nan)[codes], categories.data_type)


def _recoded(codes: NDArray[np.int32], texts: list[str | None]) -> TextColumn:
    """Categories made distinct, and a category that is null made missing."""
    position: dict[str, int] = {}
    table = [-1 if text is None else position.setdefault(text, len(position)) for text in texts]
    return TextColumn(np.array([*table, -1], dtype=np.int32)[codes], tuple(position))


def _moments(values: Any, field: DataField) -> NumberColumn:
    kind = values.type
    if field.data_type.is_number or field.data_type is DataType.BOOLEAN:
        raise InputError(f"column {field.name!r} holds {kind}, the field is {field.data_type}: give numbers")
    if pa.types.is_date(kind):
        return NumberColumn(_floats(values.cast(pa.date32()).cast(pa.int32())), DataType.DATE)
    if pa.types.is_time(kind):
        return NumberColumn(_floats(values.cast(pa.time64("us")).cast(pa.int64())) / 1e6, DataType.TIME)
    if pa.types.is_timestamp(kind):
        since = _floats(values.cast(pa.timestamp("us"), safe=False).cast(pa.int64())) / 1e6
        return NumberColumn(since, DataType.DATE_TIME)
    raise InputError(f"column {field.name!r} has type {kind}, which no field can hold: give its text or a number")


def _in_type(column: Column, field: DataField) -> Column:
    """The column in the field's type when all of it can be, else as it is: the field's treatment decides then."""
    if column.data_type is field.data_type:
        return column
    if field.data_type is DataType.STRING and isinstance(column, NumberColumn):
        return _numbers_as_text(column, field)
    cast, bad = cast_checked(column, field.data_type)
    return column if bad is not None else cast


def _numbers_as_text(column: NumberColumn, field: DataField) -> TextColumn:
    """Numbers for a text field: a whole number as an integer, unless the field's values are written as reals."""
    text, _ = cast_checked(column, DataType.STRING)
    if not isinstance(text, TextColumn):
        raise TypeError("a cast to string gives text")
    declared = set(field.values)
    shown = [
        category[:-2] if category.endswith(".0") and category not in declared else category
        for category in text.categories
    ]
    return TextColumn(text.codes, tuple(shown))


def text_values(column: TextColumn) -> NDArray[np.object_]:
    """object, shape (n_rows,): each row's text, ``None`` where it is missing."""
    table = np.empty(len(column.categories) + 1, dtype=object)
    table[:-1] = column.categories
    table[-1] = None
    values: NDArray[np.object_] = table[column.codes]
    return values


def list_values(column: ListColumn) -> list[list[Any] | None]:
    """Each row's list, with ``None`` for an item that is missing; ``None`` for a row without a list."""
    items = column_to_arrow(column.items).to_pylist()
    bounds = zip(column.offsets[:-1].tolist(), column.offsets[1:].tolist(), column.missing.tolist(), strict=True)
    return [None if missing else items[start:stop] for start, stop, missing in bounds]


def column_to_arrow(column: ResultColumn) -> Any:
    """A column as an Arrow array: string, int64, bool, double or lists of them, null where it is missing."""
    if isinstance(column, ListColumn):
        offsets = pa.array(column.offsets.astype(np.int32), mask=np.append(column.missing, False))
        return pa.ListArray.from_arrays(offsets, column_to_arrow(column.items))
    if isinstance(column, TextColumn):
        codes: Any = pa.array(column.codes, mask=column.codes < 0)
        dictionary = pa.array(column.categories, type=pa.string())
        return pa.DictionaryArray.from_arrays(codes, dictionary).cast(pa.string())
    missing = column.missing
    if column.data_type in (DataType.INTEGER, DataType.BOOLEAN):
        filled = np.where(missing, 0, column.values)
        dtype = np.int64 if column.data_type is DataType.INTEGER else np.bool_
        return pa.array(filled.astype(dtype), mask=missing)
    return pa.array(np.ascontiguousarray(column.values), mask=missing)
