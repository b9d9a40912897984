"""``OneHotEncoder``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature
from modelport.readers.sklearn._categories import (
    Categories,
    category_constant,
    category_feature,
    read_categories,
    restrict,
)
from modelport.readers.sklearn._expressions import apply, either, framework_version, number
from modelport_runtime.hub import Constant, DataType, Expression, NormDiscrete, Scalar

__all__ = ["read_one_hot_encoder"]


def read_one_hot_encoder(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """One column of 1 and 0 for each category kept (sklearn/preprocessing/_encoders.py, OneHotEncoder.transform)."""
    kind = DataType.FLOAT if np.dtype(model.dtype) == np.float32 else DataType.DOUBLE
    made = []
    for position, given in enumerate(features):
        categories = read_categories(model, position, given, context, path)
        feature = category_feature(given, categories, context, path)
        guarded = model.handle_unknown == "error" and not restrict(feature, categories, context)
        dropped = None if model._drop_idx_after_grouping is None else model._drop_idx_after_grouping[position]
        unknown = _unknown_code(model, categories)
        for code in range(categories.n_codes):
            if code == dropped:
                continue
            title = _title(categories, code)
            value = _indicator(feature, categories, code, unknown, refuses=model.handle_unknown == "error")
            if guarded:
                value = either(_is_in(feature, categories.values), value, _MISSING)
            label = _label(model, feature.label, title)
            name = f"{feature.name}={title}"
            made.append(context.derive(name, value, step=path, data_type=kind, label=label))
    return made


_MISSING = Constant(value=None, data_type=DataType.DOUBLE)


def _unknown_code(model: Any, categories: Categories) -> int | None:
    """Code of a value that was not seen; ``None``: no column is 1."""
    # "warn" (from 1.6) is said to do the same and does so from 1.8 on (_map_infrequent_categories).
    grouped = model.handle_unknown == "infrequent_if_exist" or (
        model.handle_unknown == "warn" and framework_version() >= (1, 8)
    )
    return categories.infrequent_code if grouped else None


def _indicator(
    feature: Feature, categories: Categories, code: int, unknown: int | None, *, refuses: bool
) -> Expression:
    """1 where the column's value has the code, else 0."""
    members = categories.members.get(code, ())
    missing_code = categories.missing_code
    if missing_code is None and not refuses:
        missing_code = -1 if unknown is None else unknown
    when_missing = None if missing_code is None else float(missing_code == code)
    if code != unknown and len(members) == 1 and isinstance(members[0], str):
        return NormDiscrete(field=feature.name, value=members[0], map_missing_to=when_missing)
    if code == unknown:
        others = [value for its, values in categories.members.items() if its != code for value in values]
        inside = _membership(feature, others, inverted=True)
    else:
        inside = _membership(feature, members)
    if when_missing is None:
        return inside
    return either(apply("isMissing", feature.ref), number(when_missing), inside)


def _membership(feature: Feature, values: Sequence[Scalar], *, inverted: bool = False) -> Expression:
    """1 where the column has one of the values (or, inverted, none of them), else 0."""
    if not values:
        return number(float(inverted))
    yes, no = (0, 1) if inverted else (1, 0)
    return either(_is_in(feature, values), number(yes), number(no))


def _is_in(feature: Feature, values: Sequence[Scalar]) -> Expression:
    constants = [category_constant(value) for value in values]
    if len(constants) == 1:
        return apply("equal", feature.ref, constants[0])
    return apply("isIn", feature.ref, *constants)


def _title(categories: Categories, code: int) -> Scalar:
    if code == categories.infrequent_code:
        return "infrequent_sklearn"
    if code == categories.missing_code:
        return categories.missing_title
    return categories.members[code][0]


def _label(model: Any, column: str, title: Scalar) -> str:
    combiner = model.feature_name_combiner
    return str(combiner(column, title)) if callable(combiner) else f"{column}_{title}"
