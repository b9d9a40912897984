"""Densities and means of the distributions of continuous nodes (PMML 4.4, Bayesian Network, ContinuousDistribution).

The specification does not say of which variable a lognormal distribution has the mean and the variance. Here it is the
logarithm, as in the exporter of its authors (usnistgov/pmml_pymcBN, which writes PyMC's ``mu`` as ``Mean``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import NodeDistributionType

__all__ = ["log_density", "mean_of"]

_Kind = NodeDistributionType


def log_density(kind: NodeDistributionType, values: Numbers, parameters: Sequence[Numbers]) -> Numbers:
    """Logarithm of the density; missing where the parameters make no distribution."""
    with np.errstate(all="ignore"):
        return _DENSITIES[kind](values, *parameters)


def mean_of(kind: NodeDistributionType, parameters: Sequence[Numbers]) -> Numbers:
    """The expected value."""
    with np.errstate(all="ignore"):
        if kind is _Kind.LOGNORMAL:
            result: Numbers = np.exp(parameters[0] + parameters[1] / 2)
            return result
        if kind is _Kind.UNIFORM:
            return (parameters[0] + parameters[1]) / 2
        return parameters[0]


def _normal(values: Numbers, mean: Numbers, variance: Numbers) -> Numbers:
    result: Numbers = -0.5 * ((values - mean) ** 2 / variance + np.log(2 * np.pi * variance))
    return np.where(variance > 0, result, np.nan)


def _lognormal(values: Numbers, mean: Numbers, variance: Numbers) -> Numbers:
    logarithm = np.log(values)
    return np.where(values <= 0, -np.inf, _normal(logarithm, mean, variance) - logarithm)


def _uniform(values: Numbers, lower: Numbers, upper: Numbers) -> Numbers:
    inside = np.where((values >= lower) & (values <= upper), -np.log(upper - lower), -np.inf)
    return np.where(np.isnan(values) | ~(upper > lower), np.nan, inside)


def _triangular(values: Numbers, mean: Numbers, lower: Numbers, upper: Numbers) -> Numbers:
    mode = 3 * mean - lower - upper
    width = upper - lower
    rising = 2 * (values - lower) / (width * (mode - lower))
    falling = 2 * (upper - values) / (width * (upper - mode))
    density = np.select([values < mode, values > mode], [rising, falling], 2 / width)
    inside = np.where((values >= lower) & (values <= upper), np.log(density), -np.inf)
    is_one = (width > 0) & (mode >= lower) & (mode <= upper)
    return np.where(np.isnan(values) | ~is_one, np.nan, inside)


_DENSITIES: dict[NodeDistributionType, Callable[..., Numbers]] = {
    _Kind.LOGNORMAL: _lognormal,
    _Kind.NORMAL: _normal,
    _Kind.TRIANGULAR: _triangular,
    _Kind.UNIFORM: _uniform,
}
