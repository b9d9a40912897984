"""Expressions, one reader an element; a new kind is one row of the table at the end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modelport_runtime.hub import (
    Apply,
    Constant,
    DataType,
    Discretize,
    DiscretizeBin,
    Expression,
    FieldRef,
    InvalidValueTreatment,
    MapValues,
    NormContinuous,
    NormDiscrete,
    OutlierTreatment,
    Scalar,
)
from modelport_runtime.pmml._arrays import read_inline_table
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._fields import data_type_of, read_interval
from modelport_runtime.pmml._functions import BUILT_IN_FUNCTIONS
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast, constant_type, infer_scalar
from modelport_runtime.pmml._text_index import read_text_index
from modelport_runtime.pmml._vendor_functions import VENDOR_FUNCTIONS, expand_vendor_function

__all__ = ["EXPRESSIONS", "find_expression", "read_expression"]

Reader = Callable[[Reading, Element, Scope, DataType | None], Expression]

_PLACEHOLDER = Constant(value=None, data_type=DataType.STRING)
"""Stands where an expression was refused; the document never leaves the reader then."""


def find_expression(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    """Read the one expression inside an element.

    Raises:
        ArtifactError: There is none.
    """
    for child in element.children:
        if child.tag not in ("ParameterField", "Value", "Decisions", "Interval"):
            return read_expression(reading, child, scope, data_type)
    raise element.error(f"{element.tag} has no expression; correct the document or export it again")


def read_expression(reading: Reading, element: Element, scope: Scope, data_type: DataType | None = None) -> Expression:
    """Read an expression.

    Args:
        reading: The document being read.
        element: The expression's element.
        scope: The fields that it may name.
        data_type: The type that the result is cast to, if known; untyped constants are read as such.
    """
    reader = EXPRESSIONS.get(element.tag)
    if reader is None:
        reading.refuse(element, f"expression {element.tag} is not supported")
        return _PLACEHOLDER
    return reader(reading, element, scope, data_type)


def _field(reading: Reading, element: Element, scope: Scope) -> FieldType:
    name = element.require("field")
    kind = scope.find(name)
    if kind is None:
        raise element.error(f"field {name!r} is not defined, or is defined by itself; define it, or correct the name")
    return kind


def _untyped(element: Element, name: str, data_type: DataType | None) -> Scalar | None:
    text = element.get(name)
    if text is None:
        return None
    return infer_scalar(text)[0] if data_type is None else cast(element, text, data_type)


def _constant(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    text = element.text
    if element.boolean("missing", False):
        return Constant(value=None, data_type=data_type_of(element, data_type or DataType.STRING))
    if "dataType" not in element.attributes:
        if scope.is_function and scope.find(text.strip()) is not None:
            # SAS Enterprise Miner names a parameter of its format functions by a constant.
            return FieldRef(field=text.strip())
        value, inferred = infer_scalar(text)
        return Constant(value=value, data_type=inferred)
    declared = data_type_of(element)
    if declared.is_number and text.strip() == "NaN":
        return Constant(value=None, data_type=declared)
    value = cast(element, text, declared)
    return Constant(value=value, data_type=constant_type(value, declared))


def _field_ref(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    kind = _field(reading, element, scope)
    return FieldRef(field=element.require("field"), map_missing_to=_untyped(element, "mapMissingTo", kind.data_type))


def _apply(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    name = element.require("function")
    arguments = tuple(read_expression(reading, child, scope) for child in element.children)
    if name in reading.endless_functions:
        reading.refuse(element, f"function {name!r} calls itself", "write it without recursion")
        return Apply(function=name, arguments=arguments)
    if name not in reading.functions and name in VENDOR_FUNCTIONS:
        expanded = expand_vendor_function(name, arguments)
        if expanded is not None:
            return expanded
    if name not in reading.functions and name not in BUILT_IN_FUNCTIONS:
        reading.refuse(element, f"function {name!r} is unknown", "define it in the document, or use a built-in one")
    return Apply(
        function=name,
        arguments=arguments,
        map_missing_to=_untyped(element, "mapMissingTo", data_type),
        default_value=_untyped(element, "defaultValue", data_type),
        invalid_value_treatment=element.choice(
            "invalidValueTreatment", InvalidValueTreatment, InvalidValueTreatment.RETURN_INVALID
        ),
    )


def _norm_continuous(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    _field(reading, element, scope)
    points = element.all("LinearNorm")
    if len(points) < 2:
        raise element.error("NormContinuous needs two or more LinearNorm; correct the document")
    original = np.array([point.number("orig") for point in points])
    if np.any(np.diff(original) < 0):
        raise element.error("the LinearNorm elements are not in ascending order of orig; sort them")
    return NormContinuous(
        field=element.require("field"),
        original=original,
        norm=np.array([point.number("norm") for point in points]),
        outlier_treatment=element.choice("outliers", OutlierTreatment, OutlierTreatment.AS_IS),
        map_missing_to=element.optional_number("mapMissingTo"),
    )


def _norm_discrete(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    kind = _field(reading, element, scope)
    if element.get("method") == "thermometer":
        reading.refuse(element, "method thermometer (PMML 2) is not supported", "write one NormDiscrete a value")
    return NormDiscrete(
        field=element.require("field"),
        value=cast(element, element.require("value"), kind.data_type),
        map_missing_to=element.optional_number("mapMissingTo"),
    )


def _discretize(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    _field(reading, element, scope)
    declared = data_type_of(element, data_type or DataType.STRING)
    return Discretize(
        field=element.require("field"),
        bins=tuple(
            DiscretizeBin(
                value=cast(child, child.require("binValue"), declared),
                interval=read_interval(child.require_child("Interval")),
            )
            for child in element.all("DiscretizeBin")
        ),
        data_type=declared,
        default_value=_untyped(element, "defaultValue", declared),
        map_missing_to=_untyped(element, "mapMissingTo", declared),
    )


def _map_values(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    reading.expect(element, {"FieldColumnPair", "InlineTable"})
    pairs = element.all("FieldColumnPair")
    if not pairs:
        raise element.error("MapValues has no FieldColumnPair; correct the document or export it again")
    declared = data_type_of(element, data_type or DataType.STRING)
    output = element.require("outputColumn")
    types = [_field(reading, pair, scope).data_type for pair in pairs]
    table = element.child("InlineTable")
    if table is None:
        return _PLACEHOLDER
    rows = read_inline_table(table, (*(pair.require("column") for pair in pairs), output))
    keys = tuple(
        tuple(None if cell is None else cast(table, cell, kind) for cell, kind in zip(row[:-1], types, strict=True))
        for row in rows
    )
    return MapValues(
        fields=tuple(pair.require("field") for pair in pairs),
        keys=keys,
        results=tuple(None if row[-1] is None else cast(table, row[-1], declared) for row in rows),
        data_type=declared,
        default_value=_untyped(element, "defaultValue", declared),
        map_missing_to=_untyped(element, "mapMissingTo", declared),
    )


def _text_index(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    inner = next((child for child in element.children if child.tag != "TextIndexNormalization"), None)
    if inner is None:
        raise element.error("TextIndex has no term; correct the document or export it again")
    return read_text_index(reading, element, read_expression(reading, inner, scope))


EXPRESSIONS: dict[str, Reader] = {
    "Constant": _constant,
    "FieldRef": _field_ref,
    "Apply": _apply,
    "NormContinuous": _norm_continuous,
    "NormDiscrete": _norm_discrete,
    "Discretize": _discretize,
    "MapValues": _map_values,
    "TextIndex": _text_index,
}
"""Element of an expression and its reader."""
