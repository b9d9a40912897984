"""Elementary functions made of those for which ONNX Runtime has float64 kernels."""

from __future__ import annotations

import math

from onnx import TensorProto

from modelport_runtime.executors.onnx._graph import Graph

__all__ = ["cosh", "expm1", "log1p", "log10", "log_factorial", "round_half_up", "sinh", "tan"]


_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def round_half_up(graph: Graph, name: str) -> str:
    """Integers, halves towards positive infinity (as ``fn:round`` of XQuery)."""
    floor = graph.op("Floor", name)
    reaches_half = graph.op("GreaterOrEqual", graph.op("Sub", name, floor), graph.number(0.5))
    return graph.op("Where", reaches_half, graph.op("Add", floor, graph.number(1.0)), floor)


def log10(graph: Graph, name: str) -> str:
    """Decimal logarithm."""
    return graph.op("Div", graph.op("Log", name), graph.number(math.log(10.0)))


def log1p(graph: Graph, name: str) -> str:
    """log(1 + x), with the rounding of 1 + x taken out again (Goldberg 1991, theorem 4)."""
    one = graph.number(1.0)
    shifted = graph.op("Add", one, name)
    correction = graph.op("Div", name, graph.op("Sub", shifted, one))
    exact = graph.op("Mul", graph.op("Log", shifted), correction)
    unshifted = graph.op("Or", graph.op("Equal", shifted, one), graph.op("IsInf", name, detect_negative=0))
    return graph.op("Where", unshifted, name, exact)


def expm1(graph: Graph, name: str) -> str:
    """exp(x) - 1, with the rounding of exp(x) taken out again (Higham 2002, section 1.14.1)."""
    one = graph.number(1.0)
    power = graph.op("Exp", name)
    reduced = graph.op("Sub", power, one)
    exact = graph.op("Div", graph.op("Mul", reduced, name), graph.op("Log", power))
    # Far from zero exp(x) - 1 is exact enough as it stands; there the quotient would be infinite by infinite.
    far = graph.op("GreaterOrEqual", graph.op("Abs", name), one)
    near = graph.op("Where", graph.op("Equal", power, one), name, exact)
    return graph.op("Where", far, reduced, near)


_FACTORIALS = 32
"""Whole numbers whose factorials are looked up; from there on four terms of Stirling's series are enough."""


def log_factorial(graph: Graph, name: str) -> str:
    """Logarithm of the factorial of whole numbers from 0 on (Abramowitz and Stegun 1964, 6.1.41)."""
    table = graph.reals([math.lgamma(number + 1.0) for number in range(_FACTORIALS)])
    is_small = graph.op("Less", name, graph.number(_FACTORIALS))
    place = graph.op("Cast", graph.op("Where", is_small, name, graph.number(0.0)), to=TensorProto.INT64)
    inverse = graph.op("Div", graph.number(1.0), name)
    squared = graph.op("Mul", inverse, inverse)
    series = graph.number(-1.0 / 1680.0)
    for term in (1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0):
        series = graph.op("Add", graph.op("Mul", series, squared), graph.number(term))
    series = graph.op("Mul", series, inverse)
    logarithm = graph.op("Sub", graph.op("Log", name), graph.number(1.0))
    half = graph.op("Add", graph.op("Mul", graph.number(0.5), graph.op("Log", name)), graph.number(_HALF_LOG_TWO_PI))
    large = graph.op("Add", graph.op("Add", graph.op("Mul", name, logarithm), half), series)
    return graph.op("Where", is_small, graph.op("Gather", table, place), large)


def tan(graph: Graph, name: str) -> str:
    """Tangent."""
    return graph.op("Div", graph.op("Sin", name), graph.op("Cos", name))


def sinh(graph: Graph, name: str) -> str:
    """Hyperbolic sine, exact near zero and without overflow before its own."""
    size = graph.op("Abs", name)
    reduced = expm1(graph, size)
    other = graph.op("Div", reduced, graph.op("Add", reduced, graph.number(1.0)))
    near = graph.op("Div", graph.op("Add", reduced, other), graph.number(2.0))
    far = graph.op("Exp", graph.op("Sub", size, graph.number(math.log(2.0))))
    is_far = graph.op("GreaterOrEqual", size, graph.number(709.0))
    return graph.op("Mul", graph.op("Sign", name), graph.op("Where", is_far, far, near))


def cosh(graph: Graph, name: str) -> str:
    """Hyperbolic cosine."""
    half = graph.number(0.5)
    grown = graph.op("Mul", half, graph.op("Exp", name))
    return graph.op("Add", grown, graph.op("Mul", half, graph.op("Exp", graph.op("Neg", name))))
