"""Functions of the normal distribution (PMML 4.4, Built-in functions, normalCDF to stdNormalIDF)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from modelport_runtime.columns import Column, NumberColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._functions._signature import BuiltIn
from modelport_runtime.executors.reference._values import Numbers

__all__ = ["DISTRIBUTIONS", "normal_cdf"]

_erfc_elements = np.frompyfunc(math.erfc, 1, 1)
_STANDARD = NormalDist()


def normal_cdf(values: Numbers) -> Numbers:
    """The cumulative standard normal distribution, exact far into the lower tail too."""
    result: Numbers = 0.5 * np.asarray(_erfc_elements(-values / math.sqrt(2.0)), dtype=np.float64)
    return result


def _inverse(probability: float) -> float:
    if not 0.0 <= probability <= 1.0:
        return math.nan
    if probability in (0.0, 1.0):
        return math.inf if probability else -math.inf
    return _STANDARD.inv_cdf(probability)


_inverse_elements = np.frompyfunc(_inverse, 1, 1)


def _deviation(arguments: Sequence[Column]) -> Numbers:
    """The standard deviation; NaN where it is not above zero, as there is no such distribution."""
    given = numbers(arguments[2])
    result: Numbers = np.where(given > 0, given, np.nan)
    return result


def _standardised(arguments: Sequence[Column]) -> Numbers:
    values = numbers(arguments[0])
    if len(arguments) == 1:
        return values
    with np.errstate(all="ignore"):
        result: Numbers = (values - numbers(arguments[1])) / _deviation(arguments)
    return result


def _cdf(arguments: Sequence[Column]) -> Column:
    return NumberColumn(normal_cdf(_standardised(arguments)))


def _pdf(arguments: Sequence[Column]) -> Column:
    deviation = _deviation(arguments) if len(arguments) == 3 else 1.0
    density = np.exp(-0.5 * _standardised(arguments) ** 2) / (deviation * math.sqrt(2.0 * math.pi))
    return NumberColumn(density)


def _idf(arguments: Sequence[Column]) -> Column:
    quantile = np.asarray(_inverse_elements(numbers(arguments[0])), dtype=np.float64)
    if len(arguments) == 3:
        quantile = numbers(arguments[1]) + _deviation(arguments) * quantile
    return NumberColumn(quantile)


DISTRIBUTIONS: dict[str, BuiltIn] = {
    "normalCDF": BuiltIn(_cdf, 3, 3),
    "normalPDF": BuiltIn(_pdf, 3, 3),
    "normalIDF": BuiltIn(_idf, 3, 3),
    "stdNormalCDF": BuiltIn(_cdf, 1, 1),
    "stdNormalPDF": BuiltIn(_pdf, 1, 1),
    "stdNormalIDF": BuiltIn(_idf, 1, 1),
}
