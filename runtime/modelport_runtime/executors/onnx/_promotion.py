"""Types of arguments and results of arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.hub import DataType

__all__ = ["in_type", "number_arguments", "promoted"]


def promoted(arguments: Sequence[Number]) -> DataType:
    """The type that arithmetic gives: integer before float before double."""
    types = {argument.data_type for argument in arguments}
    if types <= {DataType.INTEGER, DataType.BOOLEAN}:
        return DataType.INTEGER
    if types <= {DataType.INTEGER, DataType.BOOLEAN, DataType.FLOAT}:
        return DataType.FLOAT
    return DataType.DOUBLE


def in_type(lowering: Lowering, name: str, data_type: DataType) -> Number:
    """A tensor as a column; under ``float`` each number is rounded to float32."""
    rounded = lowering.to_float32(name) if data_type is DataType.FLOAT else name
    return Number(rounded, data_type)


def number_arguments(lowering: Lowering, arguments: Sequence[Value], count: int) -> list[Number]:
    """The arguments as numbers.

    Raises:
        RefusedError: There are more or fewer than ``count``, or one of them is text.
    """
    if len(arguments) != count:
        raise lowering.refuse(f"{len(arguments)} arguments where {count} are defined")
    return [_as_number(lowering, argument) for argument in arguments]


def _as_number(lowering: Lowering, value: Value) -> Number:
    if not isinstance(value, Text):
        return value
    if value.constant is not None and value.can_miss:
        return lowering.missing_number()
    raise lowering.refuse("text used as a number")
