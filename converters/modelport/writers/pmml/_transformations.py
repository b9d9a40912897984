"""TransformationDictionary and LocalTransformations: functions, casts and derived fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from modelport.writers.pmml._context import Context
from modelport.writers.pmml._expressions import write_expression
from modelport.writers.pmml._missing import may_be_missing
from modelport.writers.pmml._scalars import scalar_text
from modelport_runtime.hub import (
    Apply,
    Cast,
    Constant,
    DataType,
    DerivedField,
    Document,
    Expression,
    FieldRef,
    Function,
    FunctionParameter,
    OpType,
)

__all__ = ["document_parts", "write_local_transformations", "write_transformation_dictionary"]

_SPLITTER = 2.0**29 + 1
"""Dekker and Veltkamp's constant: ``c - (c - x)`` with ``c = x * _SPLITTER`` is x rounded to the 24 bits of a float32
(T. J. Dekker, A floating-point technique for extending the available precision, 1971)."""
_FLOAT32_LIMIT = 2.0**128
_PARAMETER = "value"


def write_transformation_dictionary(context: Context, document: Document) -> None:
    """Write the document's functions (PMML 4.4, TransformationDictionary); derived fields stand in its model."""
    casts = _cast_functions(document)
    context.cast_functions = {data_type: function.name for data_type, function in casts.items()}
    functions = (*casts.values(), *document.functions)
    if not functions:
        return
    with context.xml.element("TransformationDictionary"):
        for function in functions:
            _write_function(context, function)


def write_local_transformations(context: Context, derived_fields: tuple[DerivedField, ...]) -> None:
    """Write the derived fields of one model (PMML 4.4, LocalTransformations)."""
    if not derived_fields:
        return
    with context.xml.element("LocalTransformations"):
        for field in derived_fields:
            with context.within(f"DerivedField[{field.name}]"):
                _write_derived_field(context, field)


def _write_derived_field(context: Context, field: DerivedField) -> None:
    data_type, expression = _written_type(field.data_type), field.expression
    if field.data_type is DataType.FLOAT and not _is_float(expression):
        expression = Cast(expression=expression, data_type=DataType.FLOAT)
    elif isinstance(expression, Cast) and expression.data_type is data_type is not DataType.INTEGER:
        expression = expression.expression
    context.data_types[field.name] = data_type
    if not may_be_missing(expression, context.never_missing):
        context.never_missing.add(field.name)
    attributes = {"name": field.name, "optype": field.op_type.value, "dataType": data_type.value}
    with context.xml.element("DerivedField", attributes):
        write_expression(context, expression)
        for value in field.values:
            context.xml.empty("Value", {"value": scalar_text(value, field.data_type)})


def _is_float(expression: Expression) -> bool:
    return isinstance(expression, Cast) and expression.data_type is DataType.FLOAT


def _written_type(data_type: DataType) -> DataType:
    """Float32 values are written as doubles: consumers then agree, whether they know float32 or not."""
    return DataType.DOUBLE if data_type is DataType.FLOAT else data_type


def _write_function(context: Context, function: Function) -> None:
    data_type = _written_type(function.data_type) if function.data_type else None
    op_type = function.op_type or (OpType.CATEGORICAL if data_type is DataType.STRING else OpType.CONTINUOUS)
    attributes = {
        "name": function.name,
        "optype": op_type.value,
        "dataType": data_type.value if data_type else None,
    }
    outer, context.never_missing = context.never_missing, set()
    with context.within(f"DefineFunction[{function.name}]"), context.xml.element("DefineFunction", attributes):
        for parameter in function.parameters:
            kind = parameter.data_type
            given = {"optype": parameter.op_type.value if parameter.op_type else None}
            context.xml.empty(
                "ParameterField", {"name": parameter.name, **given, "dataType": kind.value if kind else None}
            )
        write_expression(context, function.expression)
    context.never_missing = outer


def _cast_functions(document: Document) -> dict[DataType, Function]:
    """One function for each type that something is cast to, under names that the document does not use."""
    taken = {function.name for function in document.functions}
    needed = set()
    for part in document_parts(document):
        if isinstance(part, Cast):
            needed.add(part.data_type)
        elif isinstance(part, DerivedField) and part.data_type is DataType.FLOAT:
            needed.add(DataType.FLOAT)
    functions = {}
    for data_type in sorted(needed):
        name = f"to_{data_type.value}"
        while name in taken:
            name += "_"
        functions[data_type] = _cast_function(name, data_type)
    return functions


def _cast_function(name: str, data_type: DataType) -> Function:
    value = FieldRef(field=_PARAMETER)
    expression: Expression = value
    if data_type is DataType.FLOAT:
        data_type, expression = DataType.DOUBLE, _rounded_to_float32(value)
    elif data_type is DataType.INTEGER:
        expression = Apply(function="round", arguments=(value,))
    is_number = data_type.is_number
    return Function(
        name=name,
        parameters=(FunctionParameter(name=_PARAMETER),),
        expression=expression,
        data_type=data_type,
        op_type=OpType.CONTINUOUS if is_number else OpType.CATEGORICAL,
    )


def _rounded_to_float32(value: Expression) -> Expression:
    """Doubles only: PMML4S does not round to ``float``, and JPMML-Evaluator goes on in float32 once it has."""
    scaled = Apply(function="*", arguments=(value, _double(_SPLITTER)))
    low = Apply(function="-", arguments=(scaled, value))
    rounded = Apply(function="-", arguments=(scaled, low))
    in_range = Apply(
        function="lessThan", arguments=(Apply(function="abs", arguments=(value,)), _double(_FLOAT32_LIMIT))
    )
    return Apply(function="if", arguments=(in_range, rounded, value))


def _double(value: float) -> Constant:
    return Constant(value=value, data_type=DataType.DOUBLE)


def document_parts(document: Document) -> Iterator[object]:
    """Everything that a document computes with, each part once for each place where it stands."""
    waiting: list[object] = [document.derived_fields, document.functions, document.model]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting.extend(part)
            continue
        kind: Any = type(part)
        names = _attribute_names(kind)
        if names:
            yield part
            waiting.extend(getattr(part, name) for name in names)


@cache
def _attribute_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
