"""Built-in functions whose result a graph gives exactly, or within a few units in the last place (PMML 4.4, Functions).

Not here, hence refused: case changes (ONNX ties them to a locale of the host), regular expressions (ONNX prescribes
another dialect), the other text functions and texts of dates (no operator).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from modelport_runtime.executors.onnx._aggregates import AGGREGATES
from modelport_runtime.executors.onnx._dates import DATES
from modelport_runtime.executors.onnx._graph import Graph
from modelport_runtime.executors.onnx._logic import LOGIC
from modelport_runtime.executors.onnx._lowering import Lowering
from modelport_runtime.executors.onnx._mathematics import cosh, expm1, log1p, log10, round_half_up, sinh, tan
from modelport_runtime.executors.onnx._promotion import in_type, number_arguments, promoted
from modelport_runtime.executors.onnx._special_functions import acos, asin, atan, erf, normal_cdf, normal_quantile
from modelport_runtime.executors.onnx._values import Number, Text, Value
from modelport_runtime.hub import DataType

__all__ = ["FUNCTIONS", "UNDEFINED_FUNCTIONS"]

BuiltIn = Callable[[Lowering, Sequence[Value]], Value]


def _binary(operator: str) -> BuiltIn:
    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        left, right = number_arguments(lowering, arguments, 2)
        return in_type(lowering, lowering.graph.op(operator, left.name, right.name), promoted((left, right)))

    return lower


def _subtract(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    if len(arguments) != 1:
        return _binary("Sub")(lowering, arguments)
    (operand,) = number_arguments(lowering, arguments, 1)
    return in_type(lowering, lowering.graph.op("Neg", operand.name), promoted((operand,)))


def _divide(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = number_arguments(lowering, arguments, 2)
    return in_type(lowering, lowering.graph.op("Div", left.name, right.name), _real((left, right)))


def _modulo(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = number_arguments(lowering, arguments, 2)
    graph = lowering.graph
    zero = graph.number(0.0)
    remainder = graph.op("Mod", left.name, right.name, fmod=1)
    # C's remainder takes the sign of the dividend, PMML's that of the divisor.
    other_sign = graph.op("Less", graph.op("Mul", graph.op("Sign", remainder), graph.op("Sign", right.name)), zero)
    name = graph.op("Where", other_sign, graph.op("Add", remainder, right.name), remainder)
    return in_type(lowering, name, promoted((left, right)))


def _pow(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = number_arguments(lowering, arguments, 2)
    power = in_type(lowering, lowering.graph.op("Pow", left.name, right.name), _real((left, right)))
    # pow(1, NaN) and pow(NaN, 0) are 1 in IEEE 754, but an operand is missing.
    return lowering.make_missing(power, lowering.any_missing(left, right))


def _threshold(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = number_arguments(lowering, arguments, 2)
    above = lowering.truth(lowering.compare("Greater", left.name, right.name), lowering.any_missing(left, right))
    return Number(above.name, DataType.INTEGER, above.can_miss)


def _hypot(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    left, right = number_arguments(lowering, arguments, 2)
    graph = lowering.graph
    sizes = graph.op("Abs", left.name), graph.op("Abs", right.name)
    larger, smaller = graph.op("Max", *sizes), graph.op("Min", *sizes)
    ratio = graph.op("Div", smaller, larger)  # scaled, so that squares neither overflow nor vanish
    root = graph.op("Sqrt", graph.op("Add", graph.number(1.0), graph.op("Mul", ratio, ratio)))
    extreme = graph.op("Or", graph.op("Equal", larger, graph.number(0.0)), graph.op("IsInf", larger))
    name = graph.op("Where", extreme, larger, graph.op("Mul", larger, root))
    length = in_type(lowering, name, _real((left, right)))
    return lowering.make_missing(length, lowering.any_missing(left, right))


def _real(arguments: Sequence[Number]) -> DataType:
    data_type = promoted(arguments)
    return DataType.DOUBLE if data_type is DataType.INTEGER else data_type


def _to_real(make: Callable[[Graph, str], str]) -> BuiltIn:
    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        (operand,) = number_arguments(lowering, arguments, 1)
        return in_type(lowering, make(lowering.graph, operand.name), _real((operand,)))

    return lower


def _to_whole(make: Callable[[Graph, str], str]) -> BuiltIn:
    def lower(lowering: Lowering, arguments: Sequence[Value]) -> Value:
        (operand,) = number_arguments(lowering, arguments, 1)
        return Number(make(lowering.graph, operand.name), DataType.INTEGER, operand.can_miss)

    return lower


def _op(operator: str) -> Callable[[Graph, str], str]:
    return lambda graph, name: graph.op(operator, name)


def _abs(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    (operand,) = number_arguments(lowering, arguments, 1)
    return in_type(lowering, lowering.graph.op("Abs", operand.name), promoted((operand,)))


def _normal_density(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    numbers = number_arguments(lowering, arguments, len(arguments))
    if len(numbers) not in (1, 3):
        raise lowering.refuse(f"{len(numbers)} arguments where 1 or 3 are defined")
    graph = lowering.graph
    deviation = numbers[2].name if len(numbers) == 3 else graph.number(1.0)
    centred = graph.op("Sub", numbers[0].name, numbers[1].name) if len(numbers) == 3 else numbers[0].name
    scaled = graph.op("Div", centred, deviation) if len(numbers) == 3 else centred
    exponent = graph.op("Mul", graph.number(-0.5), graph.op("Mul", scaled, scaled))
    scale = graph.op("Mul", deviation, graph.number(math.sqrt(2.0 * math.pi)))
    density = Number(graph.op("Div", graph.op("Exp", exponent), scale))
    if len(numbers) == 1:
        return density
    # There is no normal distribution of a deviation of zero or less.
    return lowering.make_missing(density, lowering.negate(graph.op("Greater", deviation, graph.number(0.0))))


def _normal_probability(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    numbers = number_arguments(lowering, arguments, 3 if len(arguments) > 1 else 1)
    graph = lowering.graph
    scaled = numbers[0].name
    if len(numbers) == 3:
        scaled = graph.op("Div", graph.op("Sub", scaled, numbers[1].name), numbers[2].name)
    return Number(normal_cdf(graph, scaled))


def _normal_percentile(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    numbers = number_arguments(lowering, arguments, 3 if len(arguments) > 1 else 1)
    graph = lowering.graph
    quantile = normal_quantile(graph, numbers[0].name)
    if len(numbers) == 3:
        quantile = graph.op("Add", numbers[1].name, graph.op("Mul", numbers[2].name, quantile))
    return Number(quantile)


def _concat(lowering: Lowering, arguments: Sequence[Value]) -> Value:
    texts = [_as_text(lowering, argument) for argument in arguments]
    lowering.require_text()
    result: Text = texts[0]
    for text in texts[1:]:
        result = Text(lowering.graph.op("StringConcat", result.name, text.name), False)
    return lowering.make_missing(result, lowering.any_missing(*texts))


def _as_text(lowering: Lowering, value: Value) -> Text:
    if isinstance(value, Text):
        return value
    raise lowering.refuse("text made from a number")


FUNCTIONS: dict[str, BuiltIn] = {
    **AGGREGATES,
    **LOGIC,
    **DATES,
    "+": _binary("Add"),
    "-": _subtract,
    "*": _binary("Mul"),
    "/": _divide,
    "modulo": _modulo,
    "pow": _pow,
    "threshold": _threshold,
    "hypot": _hypot,
    "abs": _abs,
    "rint": _to_real(_op("Round")),
    "floor": _to_whole(_op("Floor")),
    "ceil": _to_whole(_op("Ceil")),
    "round": _to_whole(round_half_up),
    "log10": _to_real(log10),
    "ln": _to_real(_op("Log")),
    "ln1p": _to_real(log1p),
    "exp": _to_real(_op("Exp")),
    "expm1": _to_real(expm1),
    "sqrt": _to_real(_op("Sqrt")),
    "sin": _to_real(_op("Sin")),
    "cos": _to_real(_op("Cos")),
    "tan": _to_real(tan),
    "asin": _to_real(asin),
    "acos": _to_real(acos),
    "atan": _to_real(atan),
    "sinh": _to_real(sinh),
    "cosh": _to_real(cosh),
    "tanh": _to_real(_op("Tanh")),
    "erf": _to_real(erf),
    "normalPDF": _normal_density,
    "stdNormalPDF": _normal_density,
    "normalCDF": _normal_probability,
    "stdNormalCDF": _normal_probability,
    "normalIDF": _normal_percentile,
    "stdNormalIDF": _normal_percentile,
    "concat": _concat,
}

UNDEFINED_FUNCTIONS = frozenset(FUNCTIONS) - frozenset(AGGREGATES) - frozenset(LOGIC) - {"concat"}
"""Functions that are undefined for some numbers, and missing where an argument is."""
