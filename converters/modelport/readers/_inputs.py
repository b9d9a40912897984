"""The input fields of a model: names, order and types, from the model and a sample of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v1 as nw
import numpy as np

from modelport.readers._contract import Context, Feature
from modelport.readers._dispatch import find
from modelport.readers._table import INPUT_NAMES
from modelport_runtime.errors import InputError
from modelport_runtime.hub import DataType, OpType

__all__ = ["input_features", "input_names"]

_TEXT = (nw.String, nw.Enum)


@dataclass(frozen=True, slots=True)
class _Type:
    """Type of a column, or why it has none.

    Attributes:
        data_type: The type.
        refusal: Why values of the column cannot be read.
        is_unseen: Whether every value of the sample is missing, so that the type is a guess.
        marks: Which of ``None`` and ``NaN`` a column of Python objects holds.
    """

    data_type: DataType = DataType.DOUBLE
    refusal: str = ""
    is_unseen: bool = False
    marks: frozenset[str] = frozenset()


_Columns = Sequence[tuple[str | None, _Type]]
"""Name and type of each column of a sample; columns of arrays have no name."""


def input_names(model: Any) -> tuple[str, ...] | None:
    """Names of the columns that a model was trained on, or ``x1`` to ``xn`` when it never saw names.

    ``None`` when the model does not even know how many there are.
    """
    own = find(INPUT_NAMES, model)
    if own is not None:
        return tuple(str(name) for name in own(model))
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        return tuple(str(name) for name in names)
    count = getattr(model, "n_features_in_", None)
    return None if count is None else tuple(f"x{i + 1}" for i in range(int(count)))


def input_features(model: Any, data: Any, context: Context) -> list[Feature]:
    """The columns that a model takes, in the order in which it takes them.

    Args:
        model: The fitted model.
        data: Rows as they were trained on (pandas, polars, Arrow or an array), or ``None``.
        context: Told which types no sample has shown, and what cannot be read.

    Raises:
        InputError: The sample lacks columns that the model was trained on, or nothing says what the inputs are.
    """
    names = input_names(model)
    if data is None:
        if names is None:
            raise InputError("the model does not say what its inputs are; pass a sample of its input rows as data=")
        context.undeclared.update(names)
        return [_feature(name, DataType.DOUBLE) for name in names]
    columns = _aligned(names, _sample_columns(data), named=hasattr(model, "feature_names_in_"))
    # An error only if a step reads the column.
    context.input_refusals.update({name: kind.refusal for name, kind in columns if kind.refusal})
    context.undeclared.update(name for name, kind in columns if kind.is_unseen)
    context.missing_marks.update({name: kind.marks for name, kind in columns if kind.marks})
    return [_feature(name, kind.data_type) for name, kind in columns]


def _aligned(names: tuple[str, ...] | None, columns: _Columns, *, named: bool) -> list[tuple[str, _Type]]:
    """The sample's columns that the model takes, in the model's order, by name or else by position."""
    if names is None:
        return [(name or f"x{i + 1}", kind) for i, (name, kind) in enumerate(columns)]
    by_name = {name: kind for name, kind in columns if name is not None}
    if set(names) <= set(by_name):
        return [(name, by_name[name]) for name in names]
    spelled = {name.replace(" ", "_"): name for name in by_name}  # LightGBM keeps names without blanks
    if set(names) <= set(spelled):
        return [(spelled[name], by_name[spelled[name]]) for name in names]
    if named and len(by_name) == len(columns):
        lacking = [name for name in names if name not in by_name]
        raise InputError(f"the sample lacks columns that the model was trained on: {', '.join(map(repr, lacking))}")
    if len(columns) != len(names):
        raise InputError(f"the sample has {len(columns)} columns, the model was trained on {len(names)}")
    return [(name or own, kind) for own, (name, kind) in zip(names, columns, strict=True)]


def _sample_columns(data: Any) -> _Columns:
    if isinstance(data, np.ndarray | list | tuple):
        array = np.asarray(data)
        if array.ndim != 2:
            raise InputError(f"the sample must have two dimensions (rows and columns), got {array.ndim}")
        return [(None, _array_type(array[:, i])) for i in range(array.shape[1])]
    if not hasattr(data, "columns") and hasattr(data, "to_frame"):
        data = data.to_frame()
    frame = nw.from_native(data, eager_only=True)
    return [(str(name), _series_type(frame.get_column(name))) for name in frame.columns]


def _series_type(series: Any) -> _Type:
    kind = series.dtype
    native = series.to_native()
    if hasattr(native, "iloc") and native.dtype == np.dtype(object):  # narwhals calls it text where it holds any
        return _object_type(native.to_numpy())
    if kind in _TEXT:
        return _Type(DataType.STRING)
    if kind == nw.Categorical:
        return _series_type(series.cat.get_categories())
    if kind == nw.Boolean:
        return _Type(DataType.BOOLEAN)
    if kind == nw.Float32:
        return _Type(DataType.FLOAT)
    if kind == nw.Float64 or kind.is_decimal():
        return _Type(DataType.DOUBLE)
    if kind.is_integer():
        return _Type(DataType.INTEGER)
    if kind == nw.Object:
        return _object_type(series.to_numpy().astype(object))
    if kind == nw.Unknown:  # Arrow's and polars' type of a column in which nothing but missing values was seen
        return _Type(is_unseen=True) if series.null_count() == len(series) else _array_type(series.to_numpy())
    return _Type(refusal=f"values of type {kind}")


def _array_type(values: Any) -> _Type:
    if values.dtype.kind == "O":
        return _object_type(values)
    if values.dtype.kind in "US":
        return _Type(DataType.STRING)
    if values.dtype.kind == "b":
        return _Type(DataType.BOOLEAN)
    if values.dtype.kind in "iu":
        return _Type(DataType.INTEGER)
    if values.dtype in (np.float32, np.float64):
        return _Type(DataType.FLOAT if values.dtype == np.float32 else DataType.DOUBLE)
    return _Type(refusal=f"values of type {values.dtype}")


def _object_type(values: Any) -> _Type:
    present = {type(value) for value in values if not _is_missing(value)}
    marks = frozenset("None" if value is None else "NaN" for value in values if _is_missing(value))
    if not present:
        return _Type(is_unseen=True, marks=marks)
    if all(issubclass(kind, str) for kind in present):
        return _Type(DataType.STRING, marks=marks)
    if all(issubclass(kind, bool | np.bool_) for kind in present):
        return _Type(DataType.BOOLEAN, marks=marks)
    numbers = (int, float, np.integer, np.floating)
    if all(issubclass(kind, numbers) and not issubclass(kind, bool) for kind in present):
        whole = all(issubclass(kind, int | np.integer) for kind in present)
        return _Type(DataType.INTEGER if whole else DataType.DOUBLE, marks=marks)
    mixed = ", ".join(sorted(kind.__name__ for kind in present))
    return _Type(refusal=f"values of mixed types ({mixed})")


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or bool(value != value)


def _feature(name: str, kind: DataType) -> Feature:
    text = kind in (DataType.STRING, DataType.BOOLEAN)
    return Feature(name=name, data_type=kind, op_type=OpType.CATEGORICAL if text else OpType.CONTINUOUS, label=name)
