"""Logical functions in three values, comparisons, branches and tests for missing (PMML 4.4, Built-in functions)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.hub import DataType

__all__ = ["LOGIC"]

BuiltIn = Callable[[Lowering, Sequence[Value]], Value]


def _truths(lowering: Lowering, arguments: Sequence[Value]) -> list[Number]:
    truths = []
    for argument in arguments:
        if isinstance(argument, Text) or argument.data_type is not DataType.BOOLEAN:
            raise lowering.refuse(f"a logical function of a {argument.data_type}")
        truths.append(argument)
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
    """Two columns of one kind; a constant text is read as the number that it is compared with."""
    if isinstance(left, Text) == isinstance(right, Text):
        return left, right
    if isinstance(left, Text):
        return _read_constant(lowering, left, right.data_type), right
    return left, _read_constant(lowering, right, left.data_type)


def _read_constant(lowering: Lowering, value: Value, data_type: DataType) -> Value:
    if isinstance(value, Text) and value.constant is not None:
        if value.can_miss:
            return lowering.missing_number(data_type)
        try:
            return lowering.scalar(value.constant, data_type)
        except ValueError:
            raise lowering.refuse(f"text {value.constant!r} compared with a {data_type}") from None
    raise lowering.refuse(f"text compared with a {data_type}")


def _equality(lowering: Lowering, left: Value, right: Value) -> str:
    """Condition that is true where both are present and equal."""
    left, right = _one_kind(lowering, left, right)
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Text) and isinstance(other, Text) and other.constant is not None:
            return lowering.text_equals(value, other.constant)
    same = lowering.graph.op("Equal", left.name, right.name)
    if isinstance(left, Text):
        absent = lowering.is_missing(left)
        return same if absent is None else lowering.all_of(same, lowering.negate(absent))
    return same


def _equal(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = arguments
    return lowering.truth(_equality(lowering, left, right), lowering.any_missing(left, right))


def _not_equal(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = arguments
    return lowering.truth(lowering.negate(_equality(lowering, left, right)), lowering.any_missing(left, right))


def _order(operator: str) -> BuiltIn:
    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        left, right = _one_kind(lowering, *arguments)
        if isinstance(left, Text):
            raise lowering.refuse("an order of texts")
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
