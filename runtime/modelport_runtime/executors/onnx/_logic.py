"""Logical functions in three values, comparisons, branches and tests for missing (PMML 4.4, Built-in functions)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.executors.reference._scalars import held, number_text
from modelport_runtime.hub import DataType

__all__ = ["LOGIC"]

BuiltIn = Callable[[Lowering, Sequence[Value]], Value]


def _truths(lowering: Lowering, arguments: Sequence[Value]) -> list[Number]:
    truths = []
    for argument in arguments:
        if not isinstance(argument, Text):
            truths.append(lowering.as_truth(argument))
            continue
        known = _read_constant(lowering, argument, DataType.BOOLEAN)
        truths.append(lowering.missing_number(DataType.BOOLEAN) if known is None else known)
    return truths


def _junction(decisive: float) -> BuiltIn:
    """``and`` (0 decides) or ``or`` (1 decides): the decisive value wins over an unknown one."""

    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        graph = lowering.graph
        truths = _truths(lowering, arguments)
        decided = lowering.any_of(*(graph.op("Equal", truth.name, graph.number(decisive)) for truth in truths))
        unknown = lowering.any_missing(*truths)
        undecided = lowering.make_missing(lowering.number(1.0 - decisive, DataType.BOOLEAN), unknown)
        result = lowering.choose(decided, lowering.number(decisive, DataType.BOOLEAN), undecided)
        return Number(result.name, DataType.BOOLEAN, unknown is not None)

    return lower


def _xor(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    result, *others = _truths(lowering, arguments)
    for truth in others:
        difference = lowering.graph.op("Abs", lowering.graph.op("Sub", result.name, truth.name))
        result = Number(difference, DataType.BOOLEAN, result.can_miss or truth.can_miss)
    return result


def _not(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    (truth,) = _truths(lowering, arguments)
    return Number(lowering.graph.op("Sub", lowering.graph.number(1.0), truth.name), DataType.BOOLEAN, truth.can_miss)


def _surrogate(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    result, *others = arguments
    for other in others:
        result, other = _one_kind(lowering, result, other)
        result = lowering.replace_missing(result, other)
    return result


def _one_kind(lowering: Lowering, left: Value, right: Value) -> tuple[Value, Value]:
    """Two columns of one kind; a constant text is read as the number that it stands beside, missing if it is none."""
    if isinstance(left, Text) == isinstance(right, Text):
        return left, right
    if isinstance(left, Text):
        return _read_constant(lowering, left, right.data_type) or lowering.missing_number(right.data_type), right
    return left, _read_constant(lowering, right, left.data_type) or lowering.missing_number(left.data_type)


def _read_constant(lowering: Lowering, value: Value, data_type: DataType) -> Number | None:
    """A constant text as a number; ``None`` for one that cannot be read so."""
    if not isinstance(value, Text) or value.constant is None:
        raise lowering.refuse(f"text beside a {data_type}")
    if value.can_miss or not value.constant.strip():
        return lowering.missing_number(data_type)
    known = held(value.constant, data_type)
    return None if known is None else lowering.number(float(known), data_type)


def _equality(lowering: Lowering, left: Value, right: Value) -> str:
    """Condition that is true where both are present and equal."""
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Text) and isinstance(other, Text) and other.constant is not None:
            return lowering.text_equals(value, other.constant)
        if isinstance(value, Number) and isinstance(other, Text):
            return _equals_text(lowering, value, other)
    same = lowering.graph.op("Equal", left.name, right.name)
    if isinstance(left, Text):
        absent = lowering.is_missing(left)
        return same if absent is None else lowering.all_of(same, lowering.negate(absent))
    return same


def _equals_text(lowering: Lowering, value: Number, text: Text) -> str:
    """Where a number's own text is a constant text, so that 1 is "1", and 1.0 is not; a date is read as one."""
    known = _read_constant(lowering, text, value.data_type)
    if known is None or not isinstance(known.constant, float):
        return lowering.never()
    is_plain = value.data_type.is_number or value.data_type is DataType.BOOLEAN
    if is_plain and not math.isnan(known.constant) and number_text(known.constant, value.data_type) != text.constant:
        return lowering.never()
    return lowering.graph.op("Equal", value.name, known.name)


def _equal(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = arguments
    return lowering.truth(_equality(lowering, left, right), lowering.any_missing(left, right))


def _not_equal(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = arguments
    return lowering.truth(lowering.negate(_equality(lowering, left, right)), lowering.any_missing(left, right))


def _order(operator: str) -> BuiltIn:
    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        left, right = arguments
        if isinstance(left, Text) and isinstance(right, Text):
            raise lowering.refuse("an order of texts")
        for value, other in ((left, right), (right, left)):
            if isinstance(value, Text) and _read_constant(lowering, value, other.data_type) is None:
                return lowering.number(0.0, DataType.BOOLEAN)  # what is no number is above and below none
        left, right = _one_kind(lowering, left, right)
        return lowering.truth(lowering.compare(operator, left.name, right.name), lowering.any_missing(left, right))

    return lower


def _is_missing(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    absent = lowering.is_missing(arguments[0])
    return lowering.number(0.0, DataType.BOOLEAN) if absent is None else lowering.truth(absent)


def _is_not_valid(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    # An invalid input is settled by its field's treatment before any expression sees it; a missing one is not invalid.
    return lowering.number(0.0, DataType.BOOLEAN)


def _is_not_missing(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    absent = lowering.is_missing(arguments[0])
    if absent is None:
        return lowering.number(1.0, DataType.BOOLEAN)
    return lowering.truth(lowering.negate(absent))


def _membership(wanted: bool) -> BuiltIn:
    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        first, *others = arguments
        found = str(lowering.any_of(*(_equality(lowering, first, other) for other in others)))
        return lowering.truth(found if wanted else lowering.negate(found), lowering.is_missing(first))

    return lower


LOGIC: dict[str, BuiltIn] = {
    "and": _junction(0.0),
    "or": _junction(1.0),
    "xor": _xor,
    "not": _not,
    "surrogate": _surrogate,
    "isMissing": _is_missing,
    "isNotMissing": _is_not_missing,
    # An invalid input is settled by its field's treatment before any expression sees it; what is left is missing.
    "isValid": _is_not_missing,
    "isNotValid": _is_not_valid,
    "equal": _equal,
    "notEqual": _not_equal,
    "lessThan": _order("Less"),
    "lessOrEqual": _order("LessOrEqual"),
    "greaterThan": _order("Greater"),
    "greaterOrEqual": _order("GreaterOrEqual"),
    "isIn": _membership(True),
    "isNotIn": _membership(False),
}
