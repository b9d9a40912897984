"""Short ways to write expressions, with numpy's rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelport.readers._contract import Context, Feature
from modelport_runtime.hub import Apply, Cast, Constant, DataType, Expression

__all__ = ["apply", "array_type", "either", "framework_version", "join", "number", "number_value", "numbers", "rounded"]


def number(value: Any) -> Constant:
    """A constant of type double."""
    return Constant(value=float(value), data_type=DataType.DOUBLE)


def apply(function: str, *arguments: Expression) -> Apply:
    """A function of arguments."""
    return Apply(function=function, arguments=arguments)


def either(condition: Expression, yes: Expression, no: Expression) -> Apply:
    """``yes`` where the condition is true, else ``no``."""
    return apply("if", condition, yes, no)


def rounded(expression: Expression, kind: DataType) -> Expression:
    """The result as numpy stores it in an array of a type: one rounding to float32 under ``float``."""
    return Cast(expression=expression, data_type=DataType.FLOAT) if kind is DataType.FLOAT else expression


def array_type(features: Sequence[Feature]) -> DataType:
    """Type of the array that numpy makes of columns: float32 when all are, else float64."""
    every = bool(features) and all(feature.data_type is DataType.FLOAT for feature in features)
    return DataType.FLOAT if every else DataType.DOUBLE


def number_value(feature: Feature, context: Context, path: str) -> Expression:
    """A column as a number; true is 1, false 0."""
    if feature.data_type is DataType.STRING:
        context.unsupported(path, f"column {feature.label!r} is text", "encode text before this step")
    if feature.data_type is DataType.BOOLEAN:
        return either(feature.ref, number(1), number(0))
    return feature.ref


def numbers(features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """Columns as numbers; a boolean column becomes a new column of 1 and 0."""
    made = []
    for feature in features:
        value = number_value(feature, context, path)
        if feature.data_type is DataType.BOOLEAN:
            made.append(context.derive(f"number({feature.name})", value, step=path, label=feature.label))
        else:
            made.append(feature)
    return made


def join(path: str, step: str) -> str:
    """Path of a step inside another."""
    return f"{path}/{step}" if path else step


def framework_version() -> tuple[int, int]:
    """Major and minor number of the scikit-learn that is installed: fitted models are as that version computes."""
    import sklearn

    major, minor = sklearn.__version__.split(".")[:2]
    return int(major), int(minor)
