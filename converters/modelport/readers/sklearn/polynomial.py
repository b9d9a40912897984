"""``PolynomialFeatures``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature
from modelport.readers.sklearn._expressions import apply, array_type, number, numbers, rounded
from modelport_runtime.hub import DataType, Expression

__all__ = ["read_polynomial_features"]


def read_polynomial_features(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """Products of powers (sklearn/preprocessing/_polynomial.py, PolynomialFeatures.transform)."""
    columns = numbers(features, context, path)
    context.required.update(feature.name for feature in columns)
    kind = array_type(columns)
    factors_of = columns if kind is DataType.FLOAT else [_as_double(column, context, path) for column in columns]
    made = []
    for powers in model.powers_:
        factors = [factors_of[i] for i in np.repeat(np.arange(len(columns)), powers)]
        label = " ".join(
            columns[i].label if power == 1 else f"{columns[i].label}^{power}" for i, power in enumerate(powers) if power
        )
        if len(factors) == 1:
            made.append(factors[0])
            continue
        name = "*".join(f"{factor.name}" for factor in factors) or "1"
        made.append(context.derive(name, _product(factors, kind), step=path, data_type=kind, label=label or "1"))
    return made


def _as_double(column: Feature, context: Context, path: str) -> Feature:
    """The column as numpy holds it beside float64 ones: products of float32 columns are then not rounded to float32."""
    if column.data_type is not DataType.FLOAT:
        return column
    return context.derive(f"double({column.name})", column.ref, step=path, label=column.label)


def _product(factors: Sequence[Feature], kind: DataType) -> Expression:
    """scikit-learn multiplies the first factor onto the product of the others, so the last two come first."""
    if not factors:
        return number(1)
    product: Expression = factors[-1].ref
    for factor in reversed(factors[:-1]):
        product = rounded(apply("*", product, factor.ref), kind)
    return product
