"""The input fields of a model: names, order and types, from the model and a sample of its data."""

from __future__ import annotations

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
    types = None if data is None else _sample_types(data, context)
    if types is None:
        if names is None:
            raise InputError("the model does not say what its inputs are; pass a sample of its input rows as data=")
        context.undeclared.update(names)
        return [_feature(name, DataType.DOUBLE) for name in names]
    return [_feature(name, kind) for name, kind in _aligned(names, types, named=hasattr(model, "feature_names_in_"))]


def _aligned(
    names: tuple[str, ...] | None, types: list[tuple[str | None, DataType]], *, named: bool
) -> list[tuple[str, DataType]]:
    sample_names = [name for name, _ in types]
    if names is None:
        return [(name or f"x{i + 1}", kind) for i, (name, kind) in enumerate(types)]
    by_name = {name: kind for name, kind in types if name is not None}
    if set(names) <= set(by_name):
        return [(name, by_name[name]) for name in names]
    if named and None not in sample_names:
        lacking = [name for name in names if name not in by_name]
        raise InputError(f"the sample lacks columns that the model was trained on: {', '.join(map(repr, lacking))}")
    if len(types) != len(names):
        raise InputError(f"the sample has {len(types)} columns, the model was trained on {len(names)}")
    return [(name or own, kind) for own, (name, kind) in zip(names, types, strict=True)]


def _sample_types(data: Any, context: Context) -> list[tuple[str | None, DataType]]:
    """Name and type of each column of a sample; arrays have no names."""
    if isinstance(data, np.ndarray | list | tuple):
        array = np.asarray(data)
        if array.ndim != 2:
            raise InputError(f"the sample must have two dimensions (rows and columns), got {array.ndim}")
        return [(None, _array_type(array[:, i], f"column {i}", context)) for i in range(array.shape[1])]
    if not hasattr(data, "columns") and hasattr(data, "to_frame"):
        data = data.to_frame()
    frame = nw.from_native(data, eager_only=True)
    types: list[tuple[str | None, DataType]] = []
    for position, name in enumerate(frame.columns):
        series = frame.get_column(name) if frame.columns.count(name) == 1 else frame[:, position]
        types.append((str(name), _series_type(series, str(name), context)))
    return types


def _series_type(series: Any, name: str, context: Context) -> DataType:
    kind = series.dtype
    if kind in _TEXT:
        return DataType.STRING
    if kind == nw.Categorical:
        return _series_type(series.cat.get_categories(), name, context)
    if kind == nw.Boolean:
        return DataType.BOOLEAN
    if kind == nw.Float32:
        return DataType.FLOAT
    if kind.is_float() or kind.is_decimal():
        return DataType.DOUBLE
    if kind.is_integer():
        return DataType.INTEGER
    if kind == nw.Object or kind == nw.Unknown:
        return _array_type(series.to_numpy().astype(object), name, context)
    return _refuse_type(name, str(kind), context)


def _array_type(values: Any, name: str, context: Context) -> DataType:
    kind = values.dtype.kind
    if kind in "US":
        return DataType.STRING
    if kind == "b":
        return DataType.BOOLEAN
    if kind in "iu":
        return DataType.INTEGER
    if kind == "f":
        return DataType.FLOAT if values.dtype == np.float32 else DataType.DOUBLE
    if kind == "O":
        return _object_type(values, name, context)
    return _refuse_type(name, str(values.dtype), context)


def _object_type(values: Any, name: str, context: Context) -> DataType:
    present = {type(value) for value in values if not _is_missing(value)}
    if not present or all(issubclass(kind, str) for kind in present):
        return DataType.STRING
    if all(issubclass(kind, bool | np.bool_) for kind in present):
        return DataType.BOOLEAN
    numbers = (int, float, np.integer, np.floating)
    if all(issubclass(kind, numbers) and not issubclass(kind, bool) for kind in present):
        whole = all(issubclass(kind, int | np.integer) for kind in present)
        return DataType.INTEGER if whole else DataType.DOUBLE
    mixed = ", ".join(sorted(kind.__name__ for kind in present))
    return _refuse_type(name, f"values of mixed types ({mixed})", context)


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or bool(value != value)


def _refuse_type(name: str, what: str, context: Context) -> DataType:
    context.input_refusals[name] = what  # an error only if a step reads the column
    return DataType.DOUBLE


def _feature(name: str, kind: DataType) -> Feature:
    text = kind in (DataType.STRING, DataType.BOOLEAN)
    return Feature(name=name, data_type=kind, op_type=OpType.CATEGORICAL if text else OpType.CONTINUOUS, label=name)
