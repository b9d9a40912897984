"""Predicates as expressions of boolean result (PMML 4.4, TreeModel, PREDICATE)."""

from __future__ import annotations

from modelport_runtime.hub import Apply, Constant, DataType, Expression, FieldRef
from modelport_runtime.pmml._arrays import read_array
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._reading import Reading, Scope, cast, constant_type
from modelport_runtime.pmml._tree_predicates import OPERATORS

__all__ = ["PREDICATES", "read_predicate"]

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
    constants = [Constant(value=value, data_type=constant_type(value, kind.data_type)) for value in values]
    return Apply(function=operator, arguments=(FieldRef(field=name), *constants))


def _operator(element: Element, attribute: str, known: tuple[str, ...]) -> str:
    operator = element.require(attribute)
    if operator not in known:
        raise element.error(f"{attribute}={operator!r} is unknown; known are {', '.join(known)}")
    return operator
