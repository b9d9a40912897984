"""Derived fields and the document's own functions."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.hub import DataType, DerivedField, Function, FunctionParameter, OpType
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import find_expression
from modelport_runtime.pmml._fields import data_type_of
from modelport_runtime.pmml._function_calls import refuse_endless_calls
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast

__all__ = ["read_derived_fields", "read_functions"]


def read_derived_fields(reading: Reading, parent: Element | None, scope: Scope) -> tuple[DerivedField, ...]:
    """Read the ``DerivedField`` elements of a dictionary or of local transformations, and make them known.

    A field may use any that stands before it (PMML 4.4, Transformations); one that uses a later field comes after it
    here. A field that is defined by itself has no value: it is left out, so that whatever uses it is refused.
    """
    if parent is None:
        return ()
    reading.expect(parent, {"DerivedField", "DefineFunction"})
    fields = []
    for element in _in_order_of_use(parent.all("DerivedField"), scope):
        name = _name(element)
        if scope.find(name) is None and name in _fields_used(element):
            reading.notice(element, "field-without-value", f"derived field {name!r} is defined by itself; left out")
            continue
        fields.append(_read_derived_field(reading, element, scope))
    return tuple(fields)


def _in_order_of_use(elements: list[Element], scope: Scope) -> Iterator[Element]:
    """Derived fields, each after those that it uses, in document order otherwise.

    The caller makes each known before it asks for the next. Fields that use each other in a circle come in some order;
    reading the first of them then fails.
    """
    by_name = {_name(element): element for element in reversed(elements)}
    begun: set[int] = set()
    done: set[int] = set()
    for first in elements:
        waiting = [first]
        while waiting:
            element = waiting[-1]
            later = [by_name[name] for name in _fields_used(element) if name in by_name and scope.find(name) is None]
            later = [other for other in later if id(other) not in done and other is not element]
            if id(element) not in begun and later:
                begun.add(id(element))
                waiting.extend(reversed(later))
                continue
            waiting.pop()
            if id(element) not in done:
                done.add(id(element))
                yield element


def _name(element: Element) -> str:
    return element.get("name") or element.get("displayName") or element.require("name")


def _fields_used(element: Element) -> set[str]:
    """Names of fields anywhere in an expression: each element that reads one names it by ``field`` or ``textField``."""
    names: set[str] = set()
    waiting = list(element.children)
    while waiting:
        inner = waiting.pop()
        names.update(inner.attributes[key] for key in ("field", "textField") if key in inner.attributes)
        waiting.extend(inner.children)
    return names


def _read_derived_field(reading: Reading, element: Element, scope: Scope) -> DerivedField:
    data_type = data_type_of(element)
    default = OpType.CONTINUOUS if data_type.is_number else OpType.CATEGORICAL
    op_type = element.choice("optype", OpType, default)
    values = tuple(cast(child, child.require("value"), data_type) for child in element.all("Value"))
    name = _name(element)
    field = DerivedField(
        name=name,
        data_type=data_type,
        op_type=op_type,
        expression=find_expression(reading, element, scope, data_type),
        values=values,
    )
    scope.add(name, FieldType(data_type, op_type, values))
    scope.add_derived(field, frozenset(_fields_used(element)))
    return field


def read_functions(reading: Reading, dictionary: Element | None) -> tuple[Function, ...]:
    """Read the ``DefineFunction`` elements of the transformation dictionary.

    All names are known first, since a function may call one that is defined after it.
    """
    definitions = [] if dictionary is None else dictionary.all("DefineFunction")
    for definition in definitions:
        reading.functions.add(definition.require("name"))
    refuse_endless_calls(reading, definitions)
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
    if wrapped is not None and any(child.tag not in ("ParameterField", "DerivedField") for child in element):
        reading.refuse(wrapped, "a field of its own in a function is not supported", "write its expression where used")
    return Function(
        name=element.require("name"),
        parameters=tuple(parameters),
        expression=find_expression(reading, body, scope, data_type),
        data_type=data_type,
        op_type=element.choice("optype", OpType) if "optype" in element.attributes else None,
    )
