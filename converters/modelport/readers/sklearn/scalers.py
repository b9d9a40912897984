"""Scalers: every column by itself, in the order in which numpy computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelport.readers._contract import Context, Feature
from modelport.readers.sklearn._expressions import (
    apply,
    array_type,
    either,
    framework_version,
    number,
    number_value,
    rounded,
)
from modelport_runtime.hub import DataType, Expression

__all__ = ["read_max_abs_scaler", "read_min_max_scaler", "read_robust_scaler", "read_standard_scaler"]


def read_standard_scaler(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """``(x - mean_) / scale_`` (sklearn/preprocessing/_data.py, StandardScaler.transform)."""
    kind = array_type(features)
    mean, scale = model.mean_ if model.with_mean else None, model.scale_ if model.with_std else None
    if kind is DataType.FLOAT and framework_version() >= (1, 8):
        # Since 1.8 the constants are rounded to float32 first (xp.astype(self.mean_, X.dtype)).
        mean, scale = (None if values is None else values.astype(np.float32) for values in (mean, scale))
    return _affine(features, context, path, "scale", (("-", mean), ("/", scale)))


def read_robust_scaler(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """``(x - center_) / scale_`` (RobustScaler.transform)."""
    center = model.center_ if model.with_centering else None
    scale = model.scale_ if model.with_scaling else None
    return _affine(features, context, path, "scale", (("-", center), ("/", scale)))


def read_max_abs_scaler(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """``x / scale_`` and, since 1.8, ``clip`` to [-1, 1] (MaxAbsScaler.transform)."""
    scaled = _affine(features, context, path, "scale", (("/", model.scale_),))
    return _clipped(scaled, context, path, -1.0, 1.0) if getattr(model, "clip", False) else scaled


def read_min_max_scaler(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """``x * scale_ + min_`` and ``clip`` to the range (MinMaxScaler.transform)."""
    scaled = _affine(features, context, path, "scale", (("*", model.scale_), ("+", model.min_)))
    low, high = model.feature_range
    return _clipped(scaled, context, path, low, high) if model.clip else scaled


def _affine(
    features: Sequence[Feature],
    context: Context,
    path: str,
    name: str,
    operations: Sequence[tuple[str, NDArray[np.floating[Any]] | None]],
) -> list[Feature]:
    kind = array_type(features)
    made = []
    for position, feature in enumerate(features):
        value: Expression = number_value(feature, context, path)
        for operator, constants in operations:
            if constants is not None:
                value = rounded(apply(operator, value, number(constants[position])), kind)
        made.append(context.derive(f"{name}({feature.name})", value, step=path, data_type=kind, label=feature.label))
    return made


def _clipped(features: Sequence[Feature], context: Context, path: str, low: float, high: float) -> list[Feature]:
    """``numpy.clip``; not ``min`` and ``max``, which in PMML skip a missing argument."""
    made = []
    for feature in features:
        low_bound, high_bound = (_bound(bound, feature.data_type) for bound in (low, high))
        value = either(
            apply("lessThan", feature.ref, low_bound),
            low_bound,
            either(apply("greaterThan", feature.ref, high_bound), high_bound, feature.ref),
        )
        made.append(
            context.derive(f"clip({feature.name})", value, step=path, data_type=feature.data_type, label=feature.label)
        )
    return made


def _bound(value: float, kind: DataType) -> Expression:
    return number(np.float32(value) if kind is DataType.FLOAT else value)
