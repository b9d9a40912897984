"""``OrdinalEncoder``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature
from modelport.readers.sklearn._categories import category_feature, read_categories, restrict
from modelport_runtime.hub import DataType, MapValues

__all__ = ["read_ordinal_encoder"]


def read_ordinal_encoder(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """The position of each category (sklearn/preprocessing/_encoders.py, OrdinalEncoder.transform)."""
    kind = DataType.FLOAT if np.dtype(model.dtype) == np.float32 else DataType.DOUBLE
    refuses = model.handle_unknown == "error"
    unknown = None if refuses else _number_or_missing(model.unknown_value)
    made = []
    for position, given in enumerate(features):
        categories = read_categories(model, position, given, context, path)
        feature = category_feature(given, categories, context, path)
        if refuses:
            restrict(feature, categories, context)
        missing = unknown
        if position in model._missing_indices:
            missing = _number_or_missing(model.encoded_missing_value)
        elif categories.missing_code is not None:  # a category of None is one like any other
            missing = float(categories.missing_code)
        value = MapValues(
            fields=(feature.name,),
            keys=tuple((key,) for key in categories.values),
            results=tuple(float(code) for code in categories.codes),
            data_type=kind,
            default_value=unknown,
            map_missing_to=missing,
        )
        name = f"encode({feature.name})"
        made.append(context.derive(name, value, step=path, data_type=kind, label=feature.label))
    return made


def _number_or_missing(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
