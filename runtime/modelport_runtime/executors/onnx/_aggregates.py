"""Functions of many arguments that pass over missing ones (PMML 4.4, Built-in functions, min to product)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from onnx import TensorProto

from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._promotion import in_type, number_arguments, promoted
from modelport_runtime.executors.onnx._values import Number, Value
from modelport_runtime.hub import DataType

__all__ = ["AGGREGATES", "median_of", "middle_of"]


def _fold(operator: str, neutral: float) -> Callable[[Lowering, Sequence[Number]], str]:
    """An operator applied from the first argument to the last, missing ones counting as its neutral element."""

    def fold(lowering: Lowering, numbers: Sequence[Number]) -> str:
        result = lowering.graph.number(neutral)
        for number in numbers:
            present = lowering.replace_missing(number, lowering.number(neutral))
            result = lowering.graph.op(operator, result, present.name)
        return result

    return fold


def _count(lowering: Lowering, numbers: Sequence[Number]) -> str:
    graph = lowering.graph
    result = graph.number(0.0)
    for number in numbers:
        absent = lowering.is_missing(number)
        one = graph.number(1.0)
        present = one if absent is None else graph.op("Where", absent, graph.number(0.0), one)
        result = graph.op("Add", result, present)
    return result


def _average(lowering: Lowering, numbers: Sequence[Number]) -> str:
    # No argument present is 0 / 0, which is missing, as it should be.
    return lowering.graph.op("Div", _fold("Add", 0.0)(lowering, numbers), _count(lowering, numbers))


def _median(lowering: Lowering, numbers: Sequence[Number]) -> str:
    """The middle of the present arguments, or the mean of the two in the middle."""
    graph = lowering.graph
    rows = [lowering.rows_like(lowering.replace_missing(number, lowering.number(math.inf)).name) for number in numbers]
    return median_of(lowering, graph.op("Concat", *rows, axis=1), _count(lowering, numbers), len(numbers))


def median_of(lowering: Lowering, matrix: str, count: str, width: int) -> str:
    """Median of each row's ``count`` smallest numbers, [N, 1], from a matrix [N, width]; absent ones are infinite."""
    graph = lowering.graph
    low, high = middle_of(lowering, matrix, count, width)
    middle = graph.op("Div", graph.op("Add", low, high), graph.number(2.0))
    return graph.op("Where", graph.op("Equal", low, high), low, middle)


def middle_of(lowering: Lowering, matrix: str, count: str, width: int) -> tuple[str, str]:
    """The two numbers in the middle of each row, the same one twice where it has an odd number of them."""
    graph = lowering.graph
    ordered = graph.ops("TopK", matrix, graph.integers([width]), outputs=2, axis=1, largest=0)[0]
    half = graph.op("Div", count, graph.number(2.0))
    low = graph.op("Max", graph.op("Sub", graph.op("Ceil", half), graph.number(1.0)), graph.number(0.0))
    high = graph.op("Min", graph.op("Floor", half), graph.number(width - 1.0))
    return _pick(lowering, ordered, low), _pick(lowering, ordered, high)


def _pick(lowering: Lowering, matrix: str, position: str) -> str:
    index = lowering.graph.op("Cast", lowering.rows_like(position), to=TensorProto.INT64)
    return lowering.graph.op("GatherElements", matrix, index, axis=1)


def _aggregate(
    fold: Callable[[Lowering, Sequence[Number]], str], *, whole: bool
) -> Callable[[Lowering, Sequence[Value]], Value]:
    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        numbers = number_arguments(lowering, arguments, len(arguments))
        data_type = promoted(numbers)
        if data_type is DataType.INTEGER and not whole:
            data_type = DataType.DOUBLE
        result = in_type(lowering, fold(lowering, numbers), data_type)
        absent = [lowering.is_missing(number) for number in numbers]
        if any(condition is None for condition in absent):
            return result
        return lowering.make_missing(result, lowering.all_of(*(str(condition) for condition in absent)))

    return lower


AGGREGATES: dict[str, Callable[[Lowering, Sequence[Value]], Value]] = {
    "min": _aggregate(_fold("Min", math.inf), whole=True),
    "max": _aggregate(_fold("Max", -math.inf), whole=True),
    "sum": _aggregate(_fold("Add", 0.0), whole=True),
    "avg": _aggregate(_average, whole=False),
    "median": _aggregate(_median, whole=False),
    "product": _aggregate(_fold("Mul", 1.0), whole=True),
}
