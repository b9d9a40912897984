"""Expressions, one reader an element; a new kind is one row of the table at the end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modelport_runtime.hub import (
    Aggregate,
    Apply,
    Constant,
    DataType,
    Discretize,
    DiscretizeBin,
    Expression,
    FieldRef,
    InvalidValueTreatment,
    Lag,
    MapValues,
    NormContinuous,
    NormDiscrete,
    OutlierTreatment,
    Scalar,
)
from modelport_runtime.pmml._arrays import read_inline_table, refuse_table_locator
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._fields import data_type_of, read_interval
from modelport_runtime.pmml._functions import BUILT_IN_FUNCTIONS
from modelport_runtime.pmml._ordinal import ORDER_OPERATORS, is_ordered_by_values
from modelport_runtime.pmml._predicates import compare
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast, infer_scalar
from modelport_runtime.pmml._text_index import read_text_index
from modelport_runtime.pmml._validity import VALIDITY_FUNCTIONS, validity_of
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
    if declared is not DataType.STRING and text.strip() in ("", "NaN"):
        return Constant(value=None, data_type=declared)
    if declared.is_number and text.strip() in ("true", "false"):
        text = "1" if text.strip() == "true" else "0"
    value = cast(element, text, declared)
    if declared is DataType.INTEGER and not isinstance(value, int):
        raise element.error(f"{text!r} is no value of type integer; correct the document")
    return Constant(value=value, data_type=declared)


def _field_ref(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    kind = _field(reading, element, scope)
    return FieldRef(field=element.require("field"), map_missing_to=_untyped(element, "mapMissingTo", kind.data_type))


def _apply(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    name = element.require("function")
    arguments = tuple(read_expression(reading, child, scope) for child in element.children)
    if name in reading.endless_functions:
        reading.refuse(element, f"function {name!r} calls itself", "write it without recursion")
        return Apply(function=name, arguments=arguments)
    ordinal = _ordinal_comparison(element, name, arguments, scope)
    if ordinal is not None and name not in reading.functions:
        name, arguments = ordinal.function, ordinal.arguments
    if name not in reading.functions and name in VALIDITY_FUNCTIONS:
        spelled_out = validity_of(name, arguments, scope)
        if spelled_out is not None:
            name, arguments = spelled_out.function, spelled_out.arguments
    if name not in reading.functions and name in VENDOR_FUNCTIONS:
        expanded = expand_vendor_function(name, arguments)
        if expanded is not None:
            return expanded
    if name not in reading.functions and name.removeprefix("x-") in BUILT_IN_FUNCTIONS:
        name = name.removeprefix("x-")  # a producer's name for a function before PMML took it up
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


_MIRRORED = dict(zip(ORDER_OPERATORS, ("greaterThan", "greaterOrEqual", "lessThan", "lessOrEqual"), strict=True))


def _ordinal_comparison(element: Element, name: str, arguments: tuple[Expression, ...], scope: Scope) -> Apply | None:
    """A comparison of an ordinal field with a constant as a set of the field's values; ``None`` for any other."""
    match name, arguments:
        case str(operator), (FieldRef(map_missing_to=None) as field, Constant(value=value)):
            pass
        case str(operator), (Constant(value=value), FieldRef(map_missing_to=None) as field):
            operator = _MIRRORED.get(operator, operator)
        case _:
            return None
    kind = scope.find(field.field)
    if kind is None or value is None or operator not in ORDER_OPERATORS or not is_ordered_by_values(kind):
        return None
    return compare(element, operator, field, kind, [cast(element, str(value), kind.data_type)])


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
    reading.expect(element, {"DiscretizeBin"})
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
    reading.expect(element, {"FieldColumnPair", "InlineTable", "TableLocator"})
    pairs = element.all("FieldColumnPair")
    if not pairs:
        raise element.error("MapValues has no FieldColumnPair; correct the document or export it again")
    declared = data_type_of(element, data_type or DataType.STRING)
    output = element.require("outputColumn")
    types = [_field(reading, pair, scope).data_type for pair in pairs]
    table = element.require_child("InlineTable", "TableLocator")
    if table.tag == "TableLocator":
        refuse_table_locator(reading, table)
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


_LAG_AGGREGATES = ("none", "avg", "max", "median", "min", "product", "sum", "stddev")
_AGGREGATES = ("count", "sum", "average", "min", "max")


def _lag(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    kind = _field(reading, element, scope)
    reading.expect(element, {"BlockIndicator"})
    aggregate = element.get("aggregate") or "none"
    if aggregate not in _LAG_AGGREGATES:
        raise element.error(f"aggregate={aggregate!r} is unknown; known are {', '.join(_LAG_AGGREGATES)}")
    if aggregate != "none" and kind.data_type is DataType.STRING:
        raise element.error(f"aggregate={aggregate!r} of text; name a field of numbers, or correct its dataType")
    n = element.integer("n", 1)
    if n < 1:
        raise element.error(f"n={n} is no number of rows before; give 1 or more")
    blocks = element.all("BlockIndicator")
    for block in blocks:
        _field(reading, block, scope)
    return Lag(
        field=element.require("field"),
        n=n,
        aggregate=aggregate,
        block_fields=tuple(block.require("field") for block in blocks),
    )


def _aggregate(reading: Reading, element: Element, scope: Scope, data_type: DataType | None) -> Expression:
    kind = _field(reading, element, scope)
    function, group = element.require("function"), element.get("groupField")
    if "sqlWhere" in element.attributes:
        what = "attribute sqlWhere: PMML does not say which SQL its condition is in"
        reading.refuse(element, what, "select the rows before scoring")
    if function == "multiset":
        what = "function multiset gives a set of values, which is no column"
        reading.refuse(element, what, "use count, sum, min or max; for a model of rules a field of usageType group")
    elif function not in _AGGREGATES:
        raise element.error(f"function={function!r} is unknown; known are {', '.join((*_AGGREGATES, 'multiset'))}")
    elif function != "count" and kind.data_type is DataType.STRING:
        raise element.error(f"function={function!r} of text; name a field of numbers, or correct its dataType")
    if group is not None and scope.find(group) is None:
        raise element.error(f"field {group!r} is not defined; define it, or correct the name")
    return Aggregate(field=element.require("field"), function=function, group_field=group)


EXPRESSIONS: dict[str, Reader] = {
    "Constant": _constant,
    "FieldRef": _field_ref,
    "Apply": _apply,
    "NormContinuous": _norm_continuous,
    "NormDiscrete": _norm_discrete,
    "Discretize": _discretize,
    "MapValues": _map_values,
    "TextIndex": _text_index,
    "Lag": _lag,
    "Aggregate": _aggregate,
}
"""Element of an expression and its reader."""
