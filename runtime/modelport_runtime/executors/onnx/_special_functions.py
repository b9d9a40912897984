"""Inverse trigonometric functions, the error function and the normal distribution in operators with float64 kernels.

ONNX Runtime has ``Atan``, ``Asin``, ``Acos`` and ``Erf`` for float32 only. Each is within a few units in the last place
of the C library's, over the whole range. Every branch is computed for every row and ``Where`` takes one; what the
others make of a number that is not theirs (infinities, no number) is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from modelport_runtime.executors.onnx._graph import Graph

__all__ = ["acos", "asin", "atan", "erf", "normal_cdf", "normal_quantile"]

# (atan(t) / t - 1) / t² in powers of t², the highest first: Chebyshev interpolation of degree 10 over t² up to
# tan²(pi / 8), made for this file in 60 digits from the power series. Relative error of atan(t): 5e-18.
_ATAN = (
    *(-0.01917688711906226, 0.03923165829558719, -0.0508544973794026, 0.0585814891280221, -0.06664511447381948),
    *(0.07692183190826087, -0.09090904578123903, 0.11111111015256361, -0.14285714284666542, 0.1999999999999552),
    -0.3333333333333333,
)
_QUARTER_PI = (math.pi / 4, 3.061616997868383e-17)
_HALF_PI = (math.pi / 2, 6.123233995736766e-17)
"""Nearest doubles, and what they lack."""


def atan(graph: Graph, name: str) -> str:
    """Arctangent, of an argument reduced to at most tan(pi / 8).

    That of x is pi/4 more than that of (x - 1) / (x + 1), and pi/2 more than that of -1 / x.
    """
    size = graph.op("Abs", name)
    one = graph.number(1.0)
    middle = graph.op("Greater", size, graph.number(math.tan(math.pi / 8)))
    far = graph.op("Greater", size, graph.number(math.tan(3 * math.pi / 8)))

    def of_three(far_value: str, middle_value: str, near_value: str) -> str:
        return graph.op("Where", far, far_value, graph.op("Where", middle, middle_value, near_value))

    numerator = of_three(graph.number(-1.0), graph.op("Sub", size, one), size)
    reduced = graph.op("Div", numerator, of_three(size, graph.op("Add", size, one), one))
    turn, remainder = (
        of_three(*map(graph.number, (half, quarter, 0.0))) for half, quarter in zip(_HALF_PI, _QUARTER_PI, strict=True)
    )
    square = graph.op("Mul", reduced, reduced)
    bend = graph.op("Mul", graph.op("Mul", reduced, square), _polynomial(graph, square, _ATAN))
    angle = graph.op("Add", turn, graph.op("Add", reduced, graph.op("Add", bend, remainder)))
    return _odd(graph, name, angle)


def asin(graph: Graph, name: str) -> str:
    """Arcsine: 2 atan(x / (1 + sqrt(1 - x²)))."""
    one = graph.number(1.0)
    square = graph.op("Mul", graph.op("Sub", one, name), graph.op("Add", one, name))
    denominator = graph.op("Add", one, graph.op("Sqrt", square))
    return graph.op("Mul", graph.number(2.0), atan(graph, graph.op("Div", name, denominator)))


def acos(graph: Graph, name: str) -> str:
    """Arccosine: 2 atan(sqrt((1 - x) / (1 + x)))."""
    one = graph.number(1.0)
    ratio = graph.op("Div", graph.op("Sub", one, name), graph.op("Add", one, name))
    return graph.op("Mul", graph.number(2.0), atan(graph, graph.op("Sqrt", ratio)))


# W. J. Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation 23 (1969), 631-637:
# coefficients of numerator and denominator, the highest power first.
_ERF_SMALL = 0.46875
_ERF = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_ERFC_MIDDLE = (
    (
        *(2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1),
        *(2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3),
        1.23033935479799725e3,
    ),
    (
        *(1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3),
        *(3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
    ),
)
_ERFC_FAR = (
    (
        *(1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1),
        *(1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    ),
    (
        *(1.0, 2.56852019228982242, 1.87295284992346725),
        *(5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3),
    ),
)


def erf(graph: Graph, name: str) -> str:
    """The error function."""
    size = graph.op("Abs", name)
    outer = _odd(graph, name, graph.op("Sub", graph.number(1.0), _erfc_tail(graph, size)))
    return graph.op("Where", _is_small(graph, size), _erf_small(graph, name), outer)


def normal_cdf(graph: Graph, name: str) -> str:
    """The cumulative standard normal distribution, erfc(-x / sqrt(2)) / 2, exact far into the lower tail too."""
    argument = graph.op("Div", graph.op("Neg", name), graph.number(math.sqrt(2.0)))
    return graph.op("Mul", graph.number(0.5), _erfc(graph, argument))


def _erfc(graph: Graph, name: str) -> str:
    size = graph.op("Abs", name)
    tail = _erfc_tail(graph, size)
    is_negative = graph.op("Less", name, graph.number(0.0))
    outer = graph.op("Where", is_negative, graph.op("Sub", graph.number(2.0), tail), tail)
    inner = graph.op("Sub", graph.number(1.0), _erf_small(graph, name))
    return graph.op("Where", _is_small(graph, size), inner, outer)


def _is_small(graph: Graph, size: str) -> str:
    return graph.op("LessOrEqual", size, graph.number(_ERF_SMALL))


def _erf_small(graph: Graph, name: str) -> str:
    """erf(x) for |x| <= 0.46875."""
    return graph.op("Mul", name, _rational(graph, graph.op("Mul", name, name), _ERF))


def _erfc_tail(graph: Graph, size: str) -> str:
    """erfc(y) for y > 0.46875; 0 beyond 30, as in doubles it is from 27.3 on."""
    beyond = graph.number(30.0)
    bounded = graph.op("Where", graph.op("Greater", size, beyond), beyond, size)
    middle = _rational(graph, bounded, _ERFC_MIDDLE)
    inverse = graph.op("Div", graph.number(1.0), graph.op("Mul", bounded, bounded))
    correction = graph.op("Mul", inverse, _rational(graph, inverse, _ERFC_FAR))
    far = graph.op("Div", graph.op("Sub", graph.number(1 / math.sqrt(math.pi)), correction), bounded)
    scaled = graph.op("Where", graph.op("LessOrEqual", bounded, graph.number(4.0)), middle, far)
    return graph.op("Mul", _exp_of_negated_square(graph, bounded), scaled)


def _exp_of_negated_square(graph: Graph, name: str) -> str:
    """exp(-y²) without the rounding of y²: y² = s² + (y - s)(y + s), where s has few digits and s² is exact."""
    sixteen = graph.number(16.0)
    short = graph.op("Div", graph.op("Floor", graph.op("Mul", name, sixteen)), sixteen)
    rest = graph.op("Mul", graph.op("Sub", name, short), graph.op("Add", name, short))
    parts = (graph.op("Exp", graph.op("Neg", part)) for part in (graph.op("Mul", short, short), rest))
    return graph.op("Mul", *parts)


# M. J. Wichura, Algorithm AS 241: the percentage points of the normal distribution, Applied Statistics 37 (1988),
# 477-484, PPND16: coefficients of numerator and denominator, the highest power first.
_CENTRE = (
    (
        *(2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4),
        *(1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080),
    ),
    (
        *(5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4),
        *(5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
    ),
)
_NEAR_TAIL = (
    (
        *(7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258),
        *(3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734),
    ),
    (
        *(1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1),
        *(6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1.0),
    ),
)
_FAR_TAIL = (
    (
        *(2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2),
        *(2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720),
    ),
    (
        *(2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4),
        *(1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
    ),
)


def normal_quantile(graph: Graph, name: str) -> str:
    """The inverse of the cumulative standard normal distribution; no number outside 0 to 1."""
    zero, one = graph.number(0.0), graph.number(1.0)
    centred = graph.op("Sub", name, graph.number(0.5))
    square = graph.op("Mul", centred, centred)
    centre = graph.op("Mul", centred, _rational(graph, graph.op("Sub", graph.number(0.180625), square), _CENTRE))
    is_lower = graph.op("LessOrEqual", centred, zero)
    tail = graph.op("Where", is_lower, name, graph.op("Sub", one, name))
    depth = graph.op("Sqrt", graph.op("Neg", graph.op("Log", tail)))
    near = _rational(graph, graph.op("Sub", depth, graph.number(1.6)), _NEAR_TAIL)
    far = _rational(graph, graph.op("Sub", depth, graph.number(5.0)), _FAR_TAIL)
    size = graph.op("Where", graph.op("LessOrEqual", depth, graph.number(5.0)), near, far)
    size = graph.op("Where", graph.op("Equal", tail, zero), graph.number(math.inf), size)
    outer = _odd(graph, centred, size)
    is_central = graph.op("LessOrEqual", graph.op("Abs", centred), graph.number(0.425))
    return graph.op("Where", is_central, centre, outer)


def _odd(graph: Graph, name: str, of_size: str) -> str:
    """A number with the sign of another."""
    return graph.op("Where", graph.op("Less", name, graph.number(0.0)), graph.op("Neg", of_size), of_size)


def _rational(graph: Graph, name: str, coefficients: tuple[Sequence[float], Sequence[float]]) -> str:
    numerator, denominator = coefficients
    return graph.op("Div", _polynomial(graph, name, numerator), _polynomial(graph, name, denominator))


def _polynomial(graph: Graph, name: str, coefficients: Sequence[float]) -> str:
    """Horner's scheme; the highest power first."""
    value = graph.number(coefficients[0])
    for coefficient in coefficients[1:]:
        value = graph.op("Add", graph.op("Mul", value, name), graph.number(coefficient))
    return value
