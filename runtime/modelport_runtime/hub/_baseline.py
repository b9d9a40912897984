"""Tests of a stream of values against a distribution that was known before (PMML 4.4, BaselineModel)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._types import Scalar

__all__ = ["BaselineDistribution", "BaselineModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineDistribution:
    """A distribution of numbers.

    Attributes:
        name: ``Any`` (of known mean and variance), ``Gaussian`` or ``Poisson``.
        mean: Its mean.
        variance: Its variance; that of a Poisson distribution is its mean.
    """

    name: str
    mean: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineModel:
    """A test statistic of each value, or of the values so far; the rows of one table stand in order.

    ``zValue`` is (x - mean) / standard deviation. ``CUSUM`` is ``max(reset_value, z + log(f1(x) / f0(x)))``, where z is
    that of the row before, 0 before the first, f0 the density of the baseline and f1 that of the alternate.
    ``scalarProduct`` compares the counts c of the values in the last ``window_size`` rows (0: in all so far) with those
    of the baseline b: ``c.b`` as it is, over ``sqrt(c.c b.b)`` (``Independent``) or over ``(c.c + b.b) / 2``
    (``SizeWeighted``). A row whose value
    is missing has no result and changes nothing.

    Attributes:
        field: Name of the field that is tested.
        test_statistic: ``zValue``, ``CUSUM`` or ``scalarProduct``.
        baseline: Distribution of a field of numbers.
        alternate: The other distribution, for ``CUSUM``.
        values: Values of the baseline, for ``scalarProduct``.
        counts: float64, shape (len(values),): how often each of them occurs.
        reset_value: Least value of ``CUSUM``.
        window_size: How many rows count, for ``scalarProduct``.
        weight_field: Field that says how often a row counts, for ``scalarProduct``.
        normalization_scheme: How ``scalarProduct`` is normalised; ``None``: it is not.
    """

    field: str
    test_statistic: str
    baseline: BaselineDistribution | None = None
    alternate: BaselineDistribution | None = None
    values: tuple[Scalar, ...] = ()
    counts: NDArray[np.float64]
    reset_value: float = 0.0
    window_size: int = 0
    weight_field: str | None = None
    normalization_scheme: str | None = None

    def __post_init__(self) -> None:
        if len(freeze_field(self, "counts", np.float64, 1)) != len(self.values):
            raise ValueError(f"{len(self.values)} values but {len(self.counts)} counts")

    @property
    def is_stateful(self) -> bool:
        """Whether a row's result depends on the rows before."""
        return self.test_statistic != "zValue"
