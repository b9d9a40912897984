"""Predicates as expressions of boolean result (PMML 4.4, TreeModel, PREDICATE)."""

from __future__ import annotations

from collections.abc import Sequence

from modelport_runtime.hub import Apply, Constant, DataType, Expression, FieldRef, Scalar
from modelport_runtime.pmml._arrays import read_array
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._ordinal import ORDER_OPERATORS, is_ordered_by_values, values_that_compare
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast, constant_type
from modelport_runtime.pmml._tree_predicates import OPERATORS

__all__ = ["PREDICATES", "compare", "read_predicate"]

PREDICATES = ("SimplePredicate", "SimpleSetPredicate", "CompoundPredicate", "True", "False")
"""Elements that are predicates."""

_MISSING_OPERATORS = ("isMissing", "isNotMissing")
_COMPOUND_OPERATORS = ("and", "or", "xor", "surrogate")


def read_predicate(reading: Reading, element: Element, scope: Scope) -> Expression:
    """Read a predicate; its constants are cast to the type of the field that they meet.

    Raises:
        ArtifactError: An operator or a field is unknown.
    """
    if element.tag in ("True", "False"):
        return Constant(value=element.tag == "True", data_type=DataType.BOOLEAN)
    if element.tag == "CompoundPredicate":
        operator = _operator(element, "booleanOperator", _COMPOUND_OPERATORS)
        parts = tuple(read_predicate(reading, child, scope) for child in element.children)
        return Apply(function=operator, arguments=parts)
    name = element.require("field")
    kind = scope.find(name)
    if kind is None:
        raise element.error(f"field {name!r} is not defined; define it, or correct the name")
    if element.tag == "SimpleSetPredicate":
        operator = _operator(element, "booleanOperator", ("isIn", "isNotIn"))
        texts = read_array(element.require_child("Array"))
    else:
        operator = _operator(element, "operator", (*OPERATORS, *_MISSING_OPERATORS))
        texts = () if operator in _MISSING_OPERATORS else (element.require("value"),)
    values = [cast(element, text, kind.data_type) for text in texts]
    return compare(element, operator, FieldRef(field=name), kind, values)


def compare(element: Element, operator: str, field: FieldRef, kind: FieldType, values: Sequence[Scalar]) -> Apply:
    """A comparison of a field with constants; an order of ordinal values becomes a set of them.

    Raises:
        ArtifactError: The field declares no such value.
    """
    if operator in ORDER_OPERATORS and is_ordered_by_values(kind):
        try:
            values = values_that_compare(kind, operator, values[0])
        except ValueError:
            known = ", ".join(map(repr, kind.values))
            raise element.error(f"{values[0]!r} is no value of the ordinal field; known are {known}") from None
        operator = "isIn"
        if not values:
            # No value compares so: false, or unknown where the field is missing.
            own = Constant(value=kind.values[0], data_type=kind.data_type)
            unequal = Apply(function="notEqual", arguments=(field, own))
            return Apply(function="and", arguments=(Apply(function="equal", arguments=(field, own)), unequal))
    constants = (Constant(value=value, data_type=constant_type(value, kind.data_type)) for value in values)
    return Apply(function=operator, arguments=(field, *constants))


def _operator(element: Element, attribute: str, known: tuple[str, ...]) -> str:
    operator = element.require(attribute)
    if operator not in known:
        raise element.error(f"{attribute}={operator!r} is unknown; known are {', '.join(known)}")
    return operator
