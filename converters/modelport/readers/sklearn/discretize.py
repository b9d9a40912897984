"""Binarizer and binning."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature
from modelport.readers.sklearn._expressions import apply, array_type, either, number, number_value, numbers, rounded
from modelport_runtime.executors._precision import float32_field_threshold
from modelport_runtime.hub import Cast, DataType, Discretize, DiscretizeBin, Interval, TreeTest

__all__ = ["read_binarizer", "read_k_bins_discretizer"]


def read_binarizer(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """1 above the threshold, else 0 (sklearn/preprocessing/_data.py, binarize)."""
    kind = array_type(features)
    # numpy compares a float32 array with the threshold rounded to float32.
    threshold = float(np.float32(model.threshold) if kind is DataType.FLOAT else model.threshold)
    context.required.update(feature.name for feature in features)
    made = []
    for feature in features:
        bound = threshold
        if feature.data_type is DataType.FLOAT:
            bound = float(float32_field_threshold(TreeTest.GREATER_THAN, threshold))
        above = apply("greaterThan", number_value(feature, context, path), number(bound))
        value = either(above, number(1), number(0))
        name = f"binarize({feature.name})"
        made.append(context.derive(name, value, step=path, data_type=kind, label=feature.label))
    return made


def read_k_bins_discretizer(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """The bin of ``searchsorted(inner edges, x, "right")``, or one column a bin (preprocessing/_discretization.py)."""
    columns = numbers(features, context, path)
    context.required.update(feature.name for feature in columns)
    given = array_type(columns)
    kind = {None: given, np.float32: DataType.FLOAT}.get(model.dtype, DataType.DOUBLE)
    made = []
    for feature, edges in zip(columns, model.bin_edges_, strict=True):
        source = feature
        if kind is DataType.FLOAT and given is not DataType.FLOAT:
            cast = Cast(expression=feature.ref, data_type=DataType.FLOAT)
            source = context.derive(f"float({feature.name})", cast, step=path, data_type=kind, label=feature.label)
        inner = np.asarray(edges, dtype=np.float64)[1:-1]
        if source.data_type is DataType.FLOAT:
            inner = float32_field_threshold(np.full(len(inner), TreeTest.GREATER_OR_EQUAL), inner)
        binned = context.derive(
            f"bin({feature.name})", _bins(source.name, inner), step=path, data_type=kind, label=feature.label
        )
        if model.encode == "ordinal":
            made.append(binned)
        else:
            made.extend(_one_a_bin(binned, len(inner) + 1, kind, context, path))
    return made


def _bins(field: str, inner: NDArray[np.float64]) -> Discretize:
    """``[edge, next edge)``; a value on an edge is in the bin above it."""
    margins = [None, *(float(edge) for edge in inner), None]
    bins = tuple(
        DiscretizeBin(
            value=float(position),
            interval=Interval(left=left, right=right, left_closed=left is not None, right_closed=False),
        )
        for position, (left, right) in enumerate(pairwise(margins))
    )
    return Discretize(field=field, bins=bins, data_type=DataType.DOUBLE)


def _one_a_bin(binned: Feature, n_bins: int, kind: DataType, context: Context, path: str) -> list[Feature]:
    return [
        context.derive(
            f"{binned.name}={position}",
            rounded(either(apply("equal", binned.ref, number(position)), number(1), number(0)), kind),
            step=path,
            data_type=kind,
            label=f"{binned.label}_{float(position)}",
        )
        for position in range(n_bins)
    ]
