"""Naive Bayes: independent inputs given the class (PMML 4.4, NaiveBayes)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._expressions import DerivedField
from modelport_runtime.hub._types import Scalar

__all__ = ["ContinuousBayesInput", "DiscreteBayesInput", "Distribution", "NaiveBayesModel"]


class Distribution(StrEnum):
    """Distribution of a continuous input within one class (PMML 4.4, BaselineModel, distributions)."""

    GAUSSIAN = "Gaussian"
    """Parameters: mean and variance."""
    POISSON = "Poisson"
    """Parameter: mean."""
    UNIFORM = "Uniform"
    """Parameters: lower and upper bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscreteBayesInput:
    """An input of which counts are known.

    With V values and C classes:

    Attributes:
        field: Name of the field; of the derived one, where there is one.
        values: Its values.
        counts: float64, shape (V, C): how often each value occurs with each class.
        derived: How the value is computed, where that is part of the model.
    """

    field: str
    values: tuple[Scalar, ...]
    counts: NDArray[np.float64]
    derived: DerivedField | None = None

    def __post_init__(self) -> None:
        if len(freeze_field(self, "counts", np.float64, 2)) != len(self.values):
            raise ValueError(f"{len(self.values)} values but counts of {len(self.counts)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousBayesInput:
    """An input with a distribution in each class.

    Attributes:
        field: Name of the field.
        distributions: One a class; ``None`` where nothing is known.
        parameters: float64, shape (C, 2): parameters of the distributions, NaN where there is none.
        is_floored: Whether the model's threshold is taken for every density below it, rather than for 0 alone.
    """

    field: str
    distributions: tuple[Distribution | None, ...]
    parameters: NDArray[np.float64]
    is_floored: bool = True

    def __post_init__(self) -> None:
        if freeze_field(self, "parameters", np.float64, 2).shape != (len(self.distributions), 2):
            raise ValueError(f"{len(self.distributions)} distributions but parameters {self.parameters.shape}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NaiveBayesModel:
    """Classes, how often each occurs, and the inputs.

    The likelihood of a class is its count times, for every input that is present and known, the probability of the
    input's value within the class; the class probabilities are the likelihoods divided by their sum.

    Attributes:
        classes: Class labels in order.
        class_counts: float64, shape (C,).
        inputs: The inputs.
        threshold: Probability taken for a value that never occurs with a class, and the least one of a distribution.
    """

    classes: tuple[Scalar, ...]
    class_counts: NDArray[np.float64]
    inputs: tuple[DiscreteBayesInput | ContinuousBayesInput, ...]
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if len(freeze_field(self, "class_counts", np.float64, 1)) != len(self.classes):
            raise ValueError(f"{len(self.classes)} classes but {len(self.class_counts)} counts")
