"""``FunctionTransformer`` of numpy's own functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modelport.readers._contract import Context, Feature
from modelport.readers.sklearn._expressions import apply, array_type, either, number, number_value
from modelport_runtime.hub import DataType, Expression, InvalidValueTreatment

__all__ = ["read_function_transformer"]


def _function(name: str) -> Callable[[Expression], Expression]:
    return lambda x: replace(apply(name, x), invalid_value_treatment=InvalidValueTreatment.AS_IS)


FUNCTIONS: dict[str, Callable[[Expression], Expression]] = {
    "absolute": _function("abs"),
    "arccos": _function("acos"),
    "arcsin": _function("asin"),
    "arctan": _function("atan"),
    "ceil": _function("ceil"),
    "cos": _function("cos"),
    "cosh": _function("cosh"),
    "exp": _function("exp"),
    "exp2": lambda x: apply("pow", number(2), x),
    "expm1": _function("expm1"),
    "fabs": _function("abs"),
    "floor": _function("floor"),
    "isnan": lambda x: either(apply("isMissing", x), number(1), number(0)),
    "log": _function("ln"),
    "log10": _function("log10"),
    "log1p": _function("ln1p"),
    "log2": lambda x: apply("/", _function("ln")(x), number(np.log(2.0))),
    "negative": lambda x: apply("*", number(-1), x),
    "positive": lambda x: x,
    "reciprocal": lambda x: apply("/", number(1), x),
    "rint": _function("rint"),
    "sign": lambda x: either(
        apply("greaterThan", x, number(0)), number(1), either(apply("lessThan", x, number(0)), number(-1), number(0))
    ),
    "sin": _function("sin"),
    "sinh": _function("sinh"),
    "sqrt": _function("sqrt"),
    "square": lambda x: apply("*", x, x),
    "tan": _function("tan"),
    "tanh": _function("tanh"),
}
"""numpy's functions of one array, by their names, as expressions (PMML 4.4, Functions)."""


def read_function_transformer(model: Any, features: Sequence[Feature], context: Context, path: str) -> list[Feature]:
    """The function on every column (sklearn/preprocessing/_function_transformer.py)."""
    if model.func is None:
        return list(features)
    name = getattr(model.func, "__name__", "")
    if name not in FUNCTIONS or getattr(np, name, None) is not model.func or model.kw_args:
        what = f"func={_describe(model.func)}" + (f" with kw_args={model.kw_args!r}" if model.kw_args else "")
        known = ", ".join(f"numpy.{known}" for known in FUNCTIONS)
        context.unsupported(path, what, f"use one of: {known}; or compute the column before the model")
        return list(features)
    if model.validate:
        context.required.update(feature.name for feature in features)
    kind = array_type(features)
    made = []
    for feature in features:
        if feature.data_type is DataType.BOOLEAN and (refusal := _refused_of_booleans(name)):
            what = f"func=numpy.{name} of the boolean column {feature.label!r}, which numpy {refusal}"
            context.unsupported(path, what, "make the column a number, as by astype(float), before training")
        value = FUNCTIONS[name](number_value(feature, context, path))
        own = DataType.FLOAT if kind is DataType.FLOAT or feature.data_type is DataType.FLOAT else DataType.DOUBLE
        made.append(context.derive(f"{name}({feature.name})", value, step=path, data_type=own, label=feature.label))
    return made


def _refused_of_booleans(name: str) -> str:
    """What numpy does with booleans that no data type of the hub can follow; empty when there is nothing."""
    try:
        result = getattr(np, name)(np.array([True]))
    except TypeError:
        return "refuses"
    return "computes in half precision" if result.dtype == np.float16 else ""


def _describe(function: Any) -> str:
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", repr(function))
    return f"{module}.{name}" if module else str(name)
