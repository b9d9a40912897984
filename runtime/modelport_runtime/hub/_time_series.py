"""Forecasts of time series that were fitted before (PMML 4.4, TimeSeriesModel).

A row asks for one step ahead of the fitted series: step 1 is the first value after its last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field

__all__ = [
    "ArimaModel",
    "ExponentialSmoothing",
    "GarchModel",
    "Horizon",
    "OutlierEffect",
    "Season",
    "StateSpaceModel",
    "TimeTransformation",
    "Trend",
]


class TimeTransformation(StrEnum):
    """What was done to a series before the model was fitted; forecasts are taken back (PMML 4.4, ARIMA)."""

    NONE = "none"
    LOGARITHMIC = "logarithmic"
    SQUAREROOT = "squareroot"


class Trend(StrEnum):
    """How a trend goes on (PMML 4.4, Trend_ExpoSmooth)."""

    ADDITIVE = "additive"
    DAMPED_ADDITIVE = "damped_additive"
    MULTIPLICATIVE = "multiplicative"
    DAMPED_MULTIPLICATIVE = "damped_multiplicative"


class Season(StrEnum):
    """How seasonal values count (PMML 4.4, Seasonality_ExpoSmooth)."""

    ADDITIVE = "additive"
    MULTIPLICATIVE = "multiplicative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Which step a row asks for.

    Attributes:
        field: Name of the field that says so; ``None``: the rows of one table are the steps, in order.
        origin: What the field says at the last value of the fitted series.
    """

    field: str | None = None
    origin: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialSmoothing:
    """Level, trend and season at the end of a series (PMML 4.4, ExponentialSmoothing).

    With h the step, b the trend and p the damping, the forecast is the level plus h b (``additive``), plus
    (p + p^2 + ... + p^h) b (``damped_additive``), times b^h or b to that sum (``multiplicative`` and
    ``damped_multiplicative``); then plus or times the season's value.

    Attributes:
        horizon: Which step a row asks for.
        level: Smoothed level.
        trend: Kind of trend; ``None`` without one.
        trend_value: Smoothed trend.
        damping: Damping of the trend in each step (``phi``).
        season: Kind of season; ``None`` without one.
        seasonal_values: float64, shape (period,): those of the coming steps, in order; they repeat.
        transformation: What was done to the series before.
    """

    horizon: Horizon
    level: float
    trend: Trend | None = None
    trend_value: float = 0.0
    damping: float = 1.0
    season: Season | None = None
    seasonal_values: NDArray[np.float64]
    transformation: TimeTransformation = TimeTransformation.NONE

    def __post_init__(self) -> None:
        if not len(freeze_field(self, "seasonal_values", np.float64, 1)) and self.season is not None:
            raise ValueError("a season without values")

    @property
    def is_stateful(self) -> bool:
        """Whether rows are told apart by where they stand."""
        return self.horizon.field is None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpaceModel:
    """A linear state space (PMML 4.4, StateSpaceModel).

    The state of step 1 is given; that of the next step is ``transition @ state + state_intercept``. The forecast is
    ``measurement @ state + observation_intercept``. Its variance is ``variance`` times ``measurement @ P @
    measurement.T + observation_covariance``, where P goes on as ``transition @ P @ transition.T +
    selected_covariance``; or ``variance`` times the sum of the squares of the first h of ``psi``.

    Attributes:
        horizon: Which step a row asks for.
        state: float64, shape (n_states,): the state predicted for step 1.
        transition: float64, shape (n_states, n_states).
        measurement: float64, shape (n_targets, n_states).
        state_intercept: float64, shape (n_states,).
        observation_intercept: float64, shape (n_targets,).
        state_covariance: float64, shape (n_states, n_states): that of the state predicted for step 1.
        selected_covariance: float64, shape (n_states, n_states): of the noise that a step adds to the state.
        observation_covariance: float64, shape (n_targets, n_targets): of the noise of an observation.
        psi: float64, shape (n,): weights of the past shocks, for models of one target.
        variance: Factor of all covariances.
    """

    horizon: Horizon
    state: NDArray[np.float64]
    transition: NDArray[np.float64]
    measurement: NDArray[np.float64]
    state_intercept: NDArray[np.float64]
    observation_intercept: NDArray[np.float64]
    state_covariance: NDArray[np.float64] | None = None
    selected_covariance: NDArray[np.float64] | None = None
    observation_covariance: NDArray[np.float64] | None = None
    psi: NDArray[np.float64] | None = None
    variance: float = 1.0

    def __post_init__(self) -> None:
        n_states = len(freeze_field(self, "state", np.float64, 1))
        n_targets = len(freeze_field(self, "measurement", np.float64, 2))
        shapes = {
            "transition": (n_states, n_states),
            "measurement": (n_targets, n_states),
            "state_intercept": (n_states,),
            "observation_intercept": (n_targets,),
            "state_covariance": (n_states, n_states),
            "selected_covariance": (n_states, n_states),
            "observation_covariance": (n_targets, n_targets),
        }
        for name, shape in shapes.items():
            if getattr(self, name) is not None and freeze_field(self, name, np.float64, len(shape)).shape != shape:
                raise ValueError(f"StateSpaceModel.{name} must have shape {shape}")
        if self.psi is not None:
            freeze_field(self, "psi", np.float64, 1)

    @property
    def is_stateful(self) -> bool:
        """Whether rows are told apart by where they stand."""
        return self.horizon.field is None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlierEffect:
    """A change of a series beyond its process (PMML 4.4, OutlierEffect).

    Attributes:
        outlier_type: ``additive`` (of one value), ``level`` (of all from there on), ``transient`` (dying away),
            ``seasonalAdditive`` (once a season), ``trend`` (growing with each step) or ``innovational`` (a shock that
            the process passes on).
        start: Position in the series where it begins, from 0.
        magnitude: Its size, in the transformed series.
        damping: Factor from one step to the next, of a transient one.
    """

    outlier_type: str
    start: int
    magnitude: float
    damping: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArimaModel:
    """An autoregressive integrated moving average, seasons included (PMML 4.4, ARIMA).

    With B the backshift, s the period, y the transformed series less its outliers' effects and w its differences
    ``(1 - B)^difference (1 - B^s)^seasonal_difference y``::

        (1 - ar_1 B - ...) (1 - sar_1 B^s - ...) (w - mean) = (1 + ma_1 B + ...) (1 + sma_1 B^s + ...) e

    Forecasts take future e as 0. Those of the past are the given residuals (``is_exact`` false), or what the exact
    finite-sample predictor makes of the series (true).

    Attributes:
        horizon: Which step a row asks for.
        ar: float64, shape (p,).
        ma: float64, shape (q,).
        seasonal_ar: float64, shape (P,).
        seasonal_ma: float64, shape (Q,).
        difference: d.
        seasonal_difference: D.
        period: Length of a season.
        mean: Mean of the differences (``constantTerm``).
        series: float64, shape (n,): the fitted series, as given, oldest first.
        residuals: float64, shape (m,): the last residuals, oldest first.
        is_exact: Whether the predictor is exact rather than conditional (``predictionMethod``).
        transformation: What was done to the series before.
        outliers: What changed the series beyond the process.
        variance: Variance of e; NaN when unknown.
    """

    horizon: Horizon
    ar: NDArray[np.float64]
    ma: NDArray[np.float64]
    seasonal_ar: NDArray[np.float64]
    seasonal_ma: NDArray[np.float64]
    difference: int = 0
    seasonal_difference: int = 0
    period: int = 1
    mean: float = 0.0
    series: NDArray[np.float64]
    residuals: NDArray[np.float64]
    is_exact: bool = False
    transformation: TimeTransformation = TimeTransformation.NONE
    outliers: tuple[OutlierEffect, ...] = ()
    variance: float = float("nan")

    def __post_init__(self) -> None:
        for name in ("ar", "ma", "seasonal_ar", "seasonal_ma", "series", "residuals"):
            freeze_field(self, name, np.float64, 1)
        if self.period < 1 or self.difference < 0 or self.seasonal_difference < 0:
            raise ValueError("the period must be 1 or more, and differences not negative")

    @property
    def is_stateful(self) -> bool:
        """Whether rows are told apart by where they stand."""
        return self.horizon.field is None


@dataclass(frozen=True, slots=True, kw_only=True)
class GarchModel:
    """A mean that is an ARMA process and a variance that depends on the past (PMML 4.4, GARCH).

    ``y_t = constant + sum(ar_i y_(t-i)) + e_t + sum(ma_j e_(t-j))``, where the variance of e_t is
    ``variance_constant + sum(residual_square_coefficients_i e_(t-i)^2) + sum(variance_coefficients_j v_(t-j))``.

    Attributes:
        horizon: Which step a row asks for.
        constant: Constant of the mean.
        ar: float64, shape (p,).
        ma: float64, shape (q,).
        series: float64, shape (n,): the fitted series, oldest first.
        residuals: float64, shape (m,): the last residuals, oldest first.
        variance_constant: Constant of the variance.
        residual_square_coefficients: float64, shape (gq,).
        variance_coefficients: float64, shape (gp,).
        variances: float64, shape (k,): the last variances, oldest first.
    """

    horizon: Horizon
    constant: float = 0.0
    ar: NDArray[np.float64]
    ma: NDArray[np.float64]
    series: NDArray[np.float64]
    residuals: NDArray[np.float64]
    variance_constant: float = 0.0
    residual_square_coefficients: NDArray[np.float64]
    variance_coefficients: NDArray[np.float64]
    variances: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("ar", "ma", "series", "residuals", "residual_square_coefficients", "variance_coefficients"):
            freeze_field(self, name, np.float64, 1)
        freeze_field(self, "variances", np.float64, 1)

    @property
    def is_stateful(self) -> bool:
        """Whether rows are told apart by where they stand."""
        return self.horizon.field is None
