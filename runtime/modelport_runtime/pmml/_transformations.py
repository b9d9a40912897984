"""Derived fields and the document's own functions."""

from __future__ import annotations

from modelport_runtime.hub import DataType, DerivedField, Function, FunctionParameter, OpType
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import find_expression
from modelport_runtime.pmml._fields import data_type_of
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast

__all__ = ["read_derived_fields", "read_functions"]


def read_derived_fields(reading: Reading, parent: Element | None, scope: Scope) -> tuple[DerivedField, ...]:
    """Read the ``DerivedField`` elements of a dictionary or of local transformations, and make them known.

    A field may use any that stands before it (PMML 4.4, Transformations).
    """
    if parent is None:
        return ()
    reading.expect(parent, {"DerivedField", "DefineFunction"})
    return tuple(_read_derived_field(reading, child, scope) for child in parent.all("DerivedField"))


def _read_derived_field(reading: Reading, element: Element, scope: Scope) -> DerivedField:
    data_type = data_type_of(element)
    default = OpType.CONTINUOUS if data_type.is_number else OpType.CATEGORICAL
    op_type = element.choice("optype", OpType, default)
    values = tuple(cast(child, child.require("value"), data_type) for child in element.all("Value"))
    name = element.get("name") or element.get("displayName") or element.require("name")
    field = DerivedField(
        name=name,
        data_type=data_type,
        op_type=op_type,
        expression=find_expression(reading, element, scope, data_type),
        values=values,
    )
    scope.add(name, FieldType(data_type, op_type, values))
    return field


def read_functions(reading: Reading, dictionary: Element | None) -> tuple[Function, ...]:
    """Read the ``DefineFunction`` elements of the transformation dictionary.

    All names are known first, since a function may call one that is defined after it.
    """
    definitions = [] if dictionary is None else dictionary.all("DefineFunction")
    for definition in definitions:
        reading.functions.add(definition.require("name"))
    return tuple(_read_function(reading, definition) for definition in definitions)


def _read_function(reading: Reading, element: Element) -> Function:
    scope = Scope(is_function=True)
    parameters = []
    for child in element.all("ParameterField"):
        parameter = FunctionParameter(
            name=child.require("name"),
            data_type=child.choice("dataType", DataType) if "dataType" in child.attributes else None,
            op_type=child.choice("optype", OpType) if "optype" in child.attributes else None,
        )
        parameters.append(parameter)
        scope.add(
            parameter.name,
            FieldType(parameter.data_type or DataType.STRING, parameter.op_type or OpType.CATEGORICAL),
        )
    data_type = element.choice("dataType", DataType) if "dataType" in element.attributes else None
    # Documents of version 3 wrap the expression of a function in a derived field.
    wrapped = element.child("DerivedField")
    body = element if wrapped is None else wrapped
    return Function(
        name=element.require("name"),
        parameters=tuple(parameters),
        expression=find_expression(reading, body, scope, data_type),
        data_type=data_type,
        op_type=element.choice("optype", OpType) if "optype" in element.attributes else None,
    )
