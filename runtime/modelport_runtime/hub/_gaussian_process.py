"""Gaussian process regression (PMML 4.4, Gaussian Process)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field

__all__ = ["GaussianProcessKernel", "GaussianProcessModel"]


class GaussianProcessKernel(StrEnum):
    """The kernel k(x, z) (PMML 4.4, Gaussian Process, kernel types), sums being over the fields."""

    RADIAL_BASIS = "RadialBasisKernel"
    """gamma exp(-1/2 sum((x - z)**2) / lambda**2)"""
    ARD_SQUARED_EXPONENTIAL = "ARDSquaredExponentialKernel"
    """gamma exp(-1/2 sum((x - z)**2 / lambda**2))"""
    ABSOLUTE_EXPONENTIAL = "AbsoluteExponentialKernel"
    """gamma exp(-sum(|x - z| / lambda))"""
    GENERALIZED_EXPONENTIAL = "GeneralizedExponentialKernel"
    """gamma exp(-sum((|x - z| / lambda)**degree))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianProcessModel:
    """The posterior of a process with mean zero, given noisy values of it.

    With k = k(x, instances), K = k(instances, instances) and A the inverse of K + noise_variance I: the prediction is
    k A values, its variance k(x, x) - k A k + noise_variance. A missing field makes both missing.

    Attributes:
        fields: Names of the D fields of x.
        kernel: The kernel.
        gamma: Its variance.
        noise_variance: Variance of the noise of the values.
        lambdas: float64, shape (D,): its length of scale in each field.
        degree: Its exponent, where it has one.
        instances: float64, shape (T, D): where the values are known.
        values: float64, shape (T,): the values.
    """

    fields: tuple[str, ...]
    kernel: GaussianProcessKernel
    gamma: float = 1.0
    noise_variance: float = 1.0
    lambdas: NDArray[np.float64]
    degree: float = 1.0
    instances: NDArray[np.float64]
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        lambdas = freeze_field(self, "lambdas", np.float64, 1)
        instances = freeze_field(self, "instances", np.float64, 2)
        values = freeze_field(self, "values", np.float64, 1)
        n_fields = len(self.fields)
        if len(lambdas) != n_fields or instances.shape != (len(values), n_fields) or not len(values) or not n_fields:
            shapes = f"{lambdas.shape}, {instances.shape} and {values.shape}"
            raise ValueError(f"lambdas, instances and values of {n_fields} fields have shapes {shapes}")
