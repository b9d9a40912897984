"""Columns inside the graph, and the operations from which everything else is made.

A column of numbers is a tensor [N, 1] of the graph's real type in which NaN is missing; truth is 1, falsehood 0. A
column of text is a string tensor [N, 1] in which ``MISSING_TEXT`` is missing. Constants are [1, 1] and broadcast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from modelport_runtime.executors.onnx._graph import Graph
from modelport_runtime.executors.reference._scalars import physical, text_of
from modelport_runtime.hub import DataType, Scalar

__all__ = ["MISSING_INTEGER", "MISSING_TEXT", "Number", "Text", "Value", "ValueOperations"]

MISSING_TEXT = "\ufdd0"
"""Stands for a missing text at the graph's boundary: a Unicode noncharacter, reserved for a program's internal use, so
that no genuine text, the empty one included, is taken for missing."""

MISSING_INTEGER = -(2**63)
"""Stands for a missing integer at the graph's boundary."""


@dataclass(frozen=True, slots=True)
class Number:
    """A column of numbers.

    Attributes:
        name: Its tensor, [N, 1] or [1, 1].
        data_type: What the numbers mean.
        can_miss: Whether a value may be missing.
        constant: The number when the column is a constant.
    """

    name: str
    data_type: DataType = DataType.DOUBLE
    can_miss: bool = True
    constant: float | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A column of text; fields as in ``Number``."""

    name: str
    can_miss: bool = True
    constant: str | None = None

    @property
    def data_type(self) -> DataType:
        """Always text."""
        return DataType.STRING


Value = Number | Text


class ValueOperations:
    """The elementary operations on columns, missing values included."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    # -- making columns ------------------------------------------------------------------------------------------

    def number(self, value: float, data_type: DataType = DataType.DOUBLE) -> Number:
        """A constant number."""
        value = float(value)
        return Number(self.graph.number(value), data_type, math.isnan(value), value)

    def missing_number(self, data_type: DataType = DataType.DOUBLE) -> Number:
        """A constant that is missing."""
        return self.number(math.nan, data_type)

    def text(self, value: str) -> Text:
        """A constant text."""
        return Text(self.graph.text(value), value == MISSING_TEXT, value)

    def scalar(self, value: Scalar | None, data_type: DataType) -> Value:
        """A constant of a data type; ``None`` is missing."""
        if data_type is DataType.STRING:
            return self.text(MISSING_TEXT if value is None else text_of(value))
        known = physical(value, data_type)
        return self.missing_number(data_type) if known is None else self.number(float(known), data_type)

    # -- conditions: bool tensors without missing values --------------------------------------------------------

    def is_missing(self, value: Value) -> str | None:
        """Condition that is true where the value is missing; ``None`` when it never is."""
        if not value.can_miss:
            return None
        if isinstance(value, Text):
            return self.graph.op("Equal", value.name, self.graph.text(MISSING_TEXT))
        return self.graph.op("IsNaN", value.name)

    def any_missing(self, *values: Value) -> str | None:
        """Condition that is true where one of the values is missing; ``None`` when none ever is."""
        return self.any_of(*(self.is_missing(value) for value in values))

    def any_of(self, *conditions: str | None) -> str | None:
        """Disjunction of conditions, where ``None`` is never true."""
        known = list(dict.fromkeys(condition for condition in conditions if condition is not None))
        if not known:
            return None
        result = known[0]
        for condition in known[1:]:
            result = self.graph.op("Or", result, condition)
        return result

    def all_of(self, *conditions: str) -> str:
        """Conjunction of conditions."""
        result, *others = dict.fromkeys(conditions)
        for condition in others:
            result = self.graph.op("And", result, condition)
        return result

    def negate(self, condition: str) -> str:
        """The opposite condition."""
        return self.graph.op("Not", condition)

    def compare(self, operator: str, left: str, right: str) -> str:
        """An ONNX comparison of two tensors of one type."""
        return self.graph.op(operator, left, right)

    def always(self) -> str:
        """A condition that holds in every row, shape [1, 1]."""
        return self.graph.constant(np.array([[True]]))

    def never(self) -> str:
        """A condition that never holds."""
        return self.graph.constant(np.array([[False]]))

    def is_true(self, value: Number) -> str:
        """Condition that is true where a truth value is 1; a missing one is not."""
        return self.graph.op("Equal", value.name, self.graph.number(1.0))

    def equals(self, value: Value, constant: Scalar) -> str:
        """Condition that is true where the value is present and equals a constant."""
        if isinstance(value, Text):
            return self.text_equals(value, text_of(constant))
        return self.graph.op("Equal", value.name, self.scalar(constant, value.data_type).name)

    def equals_or_never(self, value: Value, constant: Scalar) -> str:
        """As ``equals``; a constant that the column's type cannot hold equals nothing."""
        try:
            return self.equals(value, constant)
        except ValueError:
            return self.never()

    def text_equals(self, text: Text, constant: str) -> str:
        """Condition that is true where a text equals a constant."""
        return self.graph.op("Equal", text.name, self.graph.text(constant))

    # -- columns from columns ------------------------------------------------------------------------------------

    def truth(self, condition: str, missing: str | None = None) -> Number:
        """A truth value from a condition, missing where ``missing`` holds."""
        if missing is None:
            return Number(self.graph.op("Cast", condition, to=self.graph.real_type), DataType.BOOLEAN, False)
        known = self.graph.op("Where", condition, self.graph.number(1.0), self.graph.number(0.0))
        return Number(self.graph.op("Where", missing, self.graph.number(math.nan), known), DataType.BOOLEAN)

    def as_truth(self, value: Number) -> Number:
        """A number as a truth value; what is neither 0 nor 1 is missing."""
        if value.data_type is DataType.BOOLEAN:
            return value
        one, zero = (self.graph.op("Equal", value.name, self.graph.number(number)) for number in (1.0, 0.0))
        missing = self.make_missing(value, self.negate(str(self.any_of(one, zero))))
        return Number(missing.name, DataType.BOOLEAN)

    def choose(self, condition: str | None, chosen: Value, otherwise: Value) -> Value:
        """``chosen`` where the condition holds, else ``otherwise``; both of one kind."""
        if condition is None:
            return otherwise
        name = self.graph.op("Where", condition, chosen.name, otherwise.name)
        can_miss = chosen.can_miss or otherwise.can_miss
        if isinstance(otherwise, Text):
            return Text(name, can_miss)
        return Number(name, otherwise.data_type, can_miss)

    def replace_missing(self, value: Value, replacement: Value) -> Value:
        """The value, or the replacement where it is missing."""
        condition = self.is_missing(value)
        if condition is None:
            return value
        chosen = self.choose(condition, replacement, value)
        if isinstance(chosen, Text):
            return Text(chosen.name, replacement.can_miss)
        return Number(chosen.name, chosen.data_type, replacement.can_miss)

    def make_missing(self, value: Value, condition: str | None) -> Value:
        """The value, missing where the condition holds."""
        return self.choose(condition, self.scalar(None, value.data_type), value)

    def arithmetic(self, operator: str, *inputs: Number, data_type: DataType = DataType.DOUBLE) -> Number:
        """An ONNX operator on numbers for which NaN in is NaN out."""
        name = self.graph.op(operator, *(value.name for value in inputs))
        return Number(name, data_type, True)

    # -- casts ---------------------------------------------------------------------------------------------------

    def to_float32(self, name: str) -> str:
        """A tensor of the graph's real type, each number rounded to float32."""
        if self.graph.real is np.float32:
            return name
        rounded = self.graph.op("Cast", name, to=TensorProto.FLOAT)
        return self.graph.op("Cast", rounded, to=TensorProto.DOUBLE)
