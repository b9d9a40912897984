"""Derived fields and the document's own functions."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.hub import DataType, DerivedField, Function, FunctionParameter, OpType
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import find_expression
from modelport_runtime.pmml._fields import data_type_of
from modelport_runtime.pmml._function_calls import endless_functions
from modelport_runtime.pmml._reading import FieldType, Reading, Scope, cast

__all__ = ["read_derived_fields", "read_functions"]


def read_derived_fields(reading: Reading, parent: Element | None, scope: Scope) -> tuple[DerivedField, ...]:
    """Read the ``DerivedField`` elements of a dictionary or of local transformations, and make them known.

    A field may use any that stands before it (PMML 4.4, Transformations); one that uses a later field comes after it
    here. A field that is defined by itself, be it through others, has no value: it and those that need it are left out,
    so that a model that uses one of them is refused, and one that does not is read.
    """
    if parent is None:
        return ()
    reading.expect(parent, {"DerivedField", "DefineFunction"})
    found = parent.all("DerivedField")
    lost = _without_value(found, scope, reading.endless_functions)
    for element in found:
        if id(element) in lost:
            message = f"derived field {_name(element)!r} is defined by itself or by what has no end; left out"
            reading.notice(element, "field-without-value", message)
    kept = [element for element in found if id(element) not in lost]
    return tuple(_read_derived_field(reading, element, scope) for element in _in_order_of_use(kept, scope))


def _without_value(elements: list[Element], scope: Scope, endless: set[str]) -> set[int]:
    """Derived fields that use each other in a circle or call a function without an end, and those that need them."""
    by_name = {_name(element): element for element in reversed(elements)}
    needs: dict[int, set[int]] = {}
    users: dict[int, list[int]] = {}
    for element in elements:
        names = [name for name in _fields_used(element) if name in by_name and scope.find(name) is None]
        needs[id(element)] = {id(by_name[name]) for name in names}
        for need in needs[id(element)]:
            users.setdefault(need, []).append(id(element))
    calls_endless = {id(element) for element in elements if endless and not endless.isdisjoint(_called(element))}
    left = {own: len(own_needs) for own, own_needs in needs.items()}
    ready = [own for own, count in left.items() if not count and own not in calls_endless]
    grounded = set()
    while ready:
        own = ready.pop()
        grounded.add(own)
        for user in users.get(own, ()):
            left[user] -= 1
            if not left[user] and user not in calls_endless:
                ready.append(user)
    return set(needs) - grounded


def _in_order_of_use(elements: list[Element], scope: Scope) -> Iterator[Element]:
    """Derived fields, each after those that it uses, in document order otherwise; none is defined by itself.

    The caller makes each known before it asks for the next.
    """
    by_name = {_name(element): element for element in reversed(elements)}
    done: set[int] = set()
    for first in elements:
        waiting = [first]
        while waiting:
            element = waiting[-1]
            later = [by_name[name] for name in _fields_used(element) if name in by_name and scope.find(name) is None]
            later = [other for other in later if id(other) not in done]
            if later:
                waiting.extend(reversed(later))
                continue
            waiting.pop()
            if id(element) not in done:
                done.add(id(element))
                yield element


def _name(element: Element) -> str:
    return element.get("name") or element.get("displayName") or element.require("name")


def _fields_used(element: Element) -> set[str]:
    """Names of fields anywhere in an expression: an element names them by ``field``, ``textField`` or
    ``groupField``.
    """
    names: set[str] = set()
    waiting = list(element.children)
    while waiting:
        inner = waiting.pop()
        names.update(inner.attributes[key] for key in ("field", "textField", "groupField") if key in inner.attributes)
        waiting.extend(inner.children)
    return names


def _called(element: Element) -> set[str]:
    """Names of the functions called anywhere in an expression."""
    names: set[str] = set()
    waiting = list(element.children)
    while waiting:
        inner = waiting.pop()
        if inner.tag == "Apply" and "function" in inner.attributes:
            names.add(inner.attributes["function"])
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

    All names are known first, since a function may call one that is defined after it. A function that calls itself is
    left out: only its use is refused.
    """
    definitions = [] if dictionary is None else dictionary.all("DefineFunction")
    reading.endless_functions.update(endless_functions(reading, definitions))
    definitions = [item for item in definitions if item.require("name") not in reading.endless_functions]
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
    if wrapped is not None and any(child.tag not in ("ParameterField", "DerivedField") for child in element):
        reading.refuse(wrapped, "a field of its own in a function is not supported", "write its expression where used")
    return Function(
        name=element.require("name"),
        parameters=tuple(parameters),
        expression=find_expression(reading, body, scope, data_type),
        data_type=data_type,
        op_type=element.choice("optype", OpType) if "optype" in element.attributes else None,
    )
