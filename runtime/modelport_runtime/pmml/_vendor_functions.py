"""Functions that a producer calls without defining them, written as built-in ones."""

from __future__ import annotations

from math import factorial

from modelport_runtime.hub import Apply, Constant, DataType, Expression

__all__ = ["VENDOR_FUNCTIONS", "expand_vendor_function"]

_MAXIMUM_COUNT = 100


def expand_vendor_function(name: str, arguments: tuple[Expression, ...]) -> Expression | None:
    """The same value by built-in functions, or ``None`` for arguments that have no such form."""
    if name == "stats::ppois" and len(arguments) == 2:
        return _poisson_log_survival(*arguments)
    return None


VENDOR_FUNCTIONS = frozenset({"stats::ppois"})
"""Names that ``expand_vendor_function`` knows. R's models (r2pmml) call R's own functions by package and name."""


def _poisson_log_survival(quantile: Expression, mean: Expression) -> Expression | None:
    """Logarithm of the chance that a Poisson count exceeds a number.

    JPMML-R writes the term ``ppois(q, lambda, lower.tail = FALSE, log.p = TRUE)`` of a hurdle model (R, pscl,
    predict.hurdle) without its last two arguments; R's own predictions agree with this reading and with no other.
    """
    if not isinstance(quantile, Constant) or not isinstance(quantile.value, int | float):
        return None
    count = int(quantile.value)
    if not 0 <= count <= _MAXIMUM_COUNT:
        return None
    terms = tuple(
        Apply(function="/", arguments=(Apply(function="pow", arguments=(mean, _number(i))), _number(factorial(i))))
        for i in range(count + 1)
    )
    negative = Apply(function="-", arguments=(_number(0), mean))
    density = Apply(function="exp", arguments=(negative,))
    at_most = Apply(function="*", arguments=(density, Apply(function="sum", arguments=terms)))
    return Apply(function="ln", arguments=(Apply(function="-", arguments=(_number(1), at_most)),))


def _number(value: int) -> Constant:
    return Constant(value=float(value), data_type=DataType.DOUBLE)
