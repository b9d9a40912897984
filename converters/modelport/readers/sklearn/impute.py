"""Imputation of missing values, and indicators of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature
from modelport.readers._document import python_scalars
from modelport.readers.sklearn._categories import category_constant, refuse_other_mark
from modelport.readers.sklearn._expressions import apply, array_type, either, number
from modelport_runtime.hub import DataType, Expression, FieldRef, Scalar

__all__ = ["read_missing_indicator", "read_simple_imputer"]


def read_simple_imputer(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """A statistic or a constant where the value is missing (sklearn/impute/_base.py, SimpleImputer.transform)."""
    made = []
    for feature, statistic in zip(features, model.statistics_, strict=True):
        if _is_nan(statistic) and not model.keep_empty_features:
            continue  # nothing was observed when fitting: the column is left out
        fill = _fill(model, statistic)
        if isinstance(fill, str):
            feature = context.declare_text(feature)
        made.append(_imputed(model, feature, fill, features, context, path))
    if model.add_indicator:
        made.extend(_indicators(model.indicator_, features, context, path))
    return made


def read_missing_indicator(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """1 where the value is missing (sklearn/impute/_base.py, MissingIndicator.transform)."""
    if _is_nan(model.missing_values) or model.missing_values is None:
        for position in model.features_:
            refuse_other_mark(features[int(position)], model.missing_values, context, path)
    if model.features == "missing-only" and model.error_on_new:
        watched = set(model.features_)
        context.required.update(feature.name for i, feature in enumerate(features) if i not in watched)
    return _indicators(model, features, context, path)


def _imputed(
    model: Any, feature: Feature, fill: Scalar, features: Sequence[Feature], context: Context, path: str
) -> Feature:
    kind = _result_type(model, feature, fill, features)
    if isinstance(fill, str) is not (feature.data_type is DataType.STRING):
        context.unsupported(
            path,
            f"column {feature.label!r} of type {feature.data_type} is filled with {fill!r}",
            "fit the imputer on columns of one type",
        )
    expression: Expression
    takes_objects = np.dtype(model._fit_dtype).kind == "O"  # otherwise None becomes NaN before it is looked at
    if takes_objects and (_is_nan(model.missing_values) or model.missing_values is None):
        refuse_other_mark(feature, model.missing_values, context, path)
    if _is_nan(model.missing_values) or model.missing_values is None:
        expression = FieldRef(field=feature.name, map_missing_to=fill)
    else:
        test = _is_sentinel(model, feature, features)
        expression = feature.ref if test is None else either(test, category_constant(fill), feature.ref)
    return context.derive(
        f"impute({feature.name})",
        expression,
        step=path,
        data_type=kind,
        op_type=feature.op_type,
        label=feature.label,
    )


def _result_type(model: Any, feature: Feature, fill: Scalar, features: Sequence[Feature]) -> DataType:
    if feature.data_type in (DataType.STRING, DataType.BOOLEAN):
        return feature.data_type
    if feature.data_type is DataType.INTEGER and isinstance(fill, int) and _keeps_integers(model):
        return DataType.INTEGER
    return array_type(features)


def _keeps_integers(model: Any) -> bool:
    return model.strategy in ("most_frequent", "constant")


def _fill(model: Any, statistic: Any) -> Scalar:
    """The statistic in the type of the array that the imputer was fitted on."""
    dtype = getattr(model, "_fill_dtype", None) or model._fit_dtype
    (fill,) = python_scalars(np.array([statistic], dtype=object).astype(dtype))
    return fill


def _indicators(indicator: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    made = []
    for position in indicator.features_:
        feature = features[int(position)]
        if _is_nan(indicator.missing_values) or indicator.missing_values is None:
            test: Expression | None = apply("isMissing", feature.ref)
        else:
            test = _is_sentinel(indicator, feature, features)
        value = number(0) if test is None else either(test, number(1), number(0))
        name, label = f"missing({feature.name})", f"missingindicator_{feature.label}"
        made.append(context.derive(name, value, step=path, data_type=array_type(features), label=label))
    return made


def _is_sentinel(model: Any, feature: Feature, features: Sequence[Feature]) -> Expression | None:
    """Whether the value is the mark of missing ones; ``None`` where a float32 never is (sklearn/utils/_mask.py)."""
    (sentinel,) = python_scalars([model.missing_values])
    if feature.data_type is DataType.FLOAT and isinstance(sentinel, float | int):
        single = float(np.float32(sentinel))
        # numpy rounds Python's numbers to the type of the array that they are compared with, its own it does not.
        rounds = (
            array_type(features) is DataType.FLOAT and np.result_type(np.float32, model.missing_values) == np.float32
        )
        if single != sentinel and not rounds:
            return None
        sentinel = single
    return apply("equal", feature.ref, category_constant(sentinel))


def _is_nan(value: object) -> bool:
    if type(value).__name__ == "NAType":
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))
