"""General regression: linear functions of products of factors and covariates (PMML 4.4, GeneralRegression)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._types import NormalizationMethod, Scalar

__all__ = [
    "BaselineStratum",
    "CovariateFactor",
    "GeneralParameter",
    "GeneralRegressionModel",
    "GeneralRegressionType",
    "IndicatorFactor",
    "LinkFunction",
]


class GeneralRegressionType(StrEnum):
    """How linear functions become the prediction (PMML 4.4, GeneralRegression, modelType)."""

    REGRESSION = "regression"
    GENERAL_LINEAR = "generalLinear"
    MULTINOMIAL_LOGISTIC = "multinomialLogistic"
    ORDINAL_MULTINOMIAL = "ordinalMultinomial"
    GENERALIZED_LINEAR = "generalizedLinear"
    COX_REGRESSION = "CoxRegression"


class LinkFunction(StrEnum):
    """Link of a generalized linear model (PMML 4.4, GeneralRegression, LINK-FUNCTION)."""

    CLOGLOG = "cloglog"
    IDENTITY = "identity"
    LOG = "log"
    LOGC = "logc"
    LOGIT = "logit"
    LOGLOG = "loglog"
    NEGBIN = "negbin"
    ODDSPOWER = "oddspower"
    POWER = "power"
    PROBIT = "probit"


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateFactor:
    """``field ** exponent``."""

    field: str
    exponent: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorFactor:
    """A number for each category of a field: 1 for one of them, or a column of a contrast matrix.

    Attributes:
        field: The field.
        categories: The categories that have a number of their own.
        values: float64, shape (len(categories),): their numbers.
        is_contrast: Whether the categories are all that there are, so that any other makes the result missing;
            otherwise any other counts 0.
    """

    field: str
    categories: tuple[Scalar, ...]
    values: NDArray[np.float64]
    is_contrast: bool = False

    def __post_init__(self) -> None:
        if len(freeze_field(self, "values", np.float64, 1)) != len(self.categories):
            raise ValueError(f"{len(self.categories)} categories but {len(self.values)} numbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralParameter:
    """A product; of nothing, it is 1 (PMML 4.4, GeneralRegression, PPMatrix).

    Attributes:
        name: Its name in the document.
        factors: What is multiplied.
        reference_point: What is taken off the product before it counts (Cox regression).
    """

    name: str
    factors: tuple[CovariateFactor | IndicatorFactor, ...] = ()
    reference_point: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineStratum:
    """The cumulative baseline hazard of one stratum, a step function of time.

    Attributes:
        value: The stratum; ``None`` when there is only one.
        max_time: Times after it have no prediction.
        times: float64, shape (T,), increasing.
        hazards: float64, shape (T,): the cumulative hazard from each time on.
    """

    value: Scalar | None = None
    max_time: float
    times: NDArray[np.float64]
    hazards: NDArray[np.float64]

    def __post_init__(self) -> None:
        if len(freeze_field(self, "times", np.float64, 1)) != len(freeze_field(self, "hazards", np.float64, 1)):
            raise ValueError(f"{len(self.times)} times but {len(self.hazards)} hazards")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralRegressionModel:
    """Linear functions of parameters, and what turns them into the prediction.

    With P parameters and E equations:

    Attributes:
        model_type: How the linear functions become the prediction.
        parameters: The products.
        coefficients: float64, shape (E, P): one linear function a row.
        classes: Class labels in order; empty for regression.
        equation_classes: int32, shape (E,): position in ``classes`` of the class that each equation scores.
        link_function: For generalized linear models.
        link_parameter: Parameter of ``power``, ``oddspower`` and ``negbin``.
        cumulative_link: For ordinal models: ``logit``, ``probit``, ``cloglog``, ``loglog`` or ``cauchit``.
        offset: Added to every linear function: a number, or the name of a field.
        trials: Number of trials of a binomial response: a number, or the name of a field; ``None`` for one.
        end_time: Field of the time at which the hazard is wanted (Cox regression).
        strata: Field of the stratum (Cox regression).
        baseline: The strata's cumulative baseline hazards (Cox regression).
        parameter_covariance: float64, shape (P, P), symmetric: that of the estimates of the one equation of a
            regression whose prediction is its linear function; ``None`` when unknown.
    """

    model_type: GeneralRegressionType
    parameters: tuple[GeneralParameter, ...]
    coefficients: NDArray[np.float64]
    classes: tuple[Scalar, ...] = ()
    equation_classes: NDArray[np.int32] | None = None
    link_function: LinkFunction = LinkFunction.IDENTITY
    link_parameter: float | None = None
    cumulative_link: NormalizationMethod = NormalizationMethod.LOGIT
    offset: float | str = 0.0
    trials: float | str | None = None
    end_time: str | None = None
    strata: str | None = None
    baseline: tuple[BaselineStratum, ...] = ()
    parameter_covariance: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        coefficients = freeze_field(self, "coefficients", np.float64, 2)
        if coefficients.shape[1] != len(self.parameters):
            raise ValueError(f"{len(self.parameters)} parameters but {coefficients.shape[1]} coefficients")
        if self.equation_classes is not None:
            positions = freeze_field(self, "equation_classes", np.int32, 1)
            if len(positions) != len(coefficients) or (len(positions) and positions.max() >= len(self.classes)):
                raise ValueError("GeneralRegressionModel.equation_classes does not fit its equations and classes")
        if self.parameter_covariance is not None:
            covariance = freeze_field(self, "parameter_covariance", np.float64, 2)
            if covariance.shape != (len(self.parameters),) * 2 or not self.is_linear:
                raise ValueError("GeneralRegressionModel.parameter_covariance does not fit its parameters and equation")

    @property
    def is_linear(self) -> bool:
        """Whether the prediction is the linear function of one equation itself."""
        kinds = (GeneralRegressionType.REGRESSION, GeneralRegressionType.GENERAL_LINEAR)
        is_identity = self.model_type is GeneralRegressionType.GENERALIZED_LINEAR and self.trials is None
        is_identity = is_identity and self.link_function is LinkFunction.IDENTITY
        return not self.classes and len(self.coefficients) == 1 and (self.model_type in kinds or is_identity)
