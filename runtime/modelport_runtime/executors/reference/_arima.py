"""Forecasts of ARIMA and GARCH processes (PMML 4.4, TimeSeriesModel, ARIMA and GARCH).

Seasonal factors and differences are multiplied out: one recursion over the series itself remains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import ArimaModel, GarchModel, OutlierEffect, TimeTransformation

__all__ = ["arima_forecaster", "causes_of_arima", "garch_forecast"]

Forecaster = Callable[[int], tuple[Numbers, Numbers, Numbers]]
"""From a number of steps to means, variances of their errors and of the process, each of shape (n_steps,)."""

_DOUBLINGS = 60
_FORWARD = {TimeTransformation.LOGARITHMIC: np.log, TimeTransformation.SQUAREROOT: np.sqrt}


def _polynomial(coefficients: Numbers, sign: float, lag: int = 1) -> Numbers:
    """``1 + sign * (c_1 B^lag + c_2 B^(2 lag) + ...)``, lowest power first."""
    result = np.zeros(len(coefficients) * lag + 1)
    result[0] = 1.0
    result[lag::lag] = sign * coefficients
    return result


def _stationary_part(predictor: ArimaModel) -> Numbers:
    seasonal = _polynomial(predictor.seasonal_ar, -1.0, predictor.period)
    return np.convolve(_polynomial(predictor.ar, -1.0), seasonal)


def _moving_part(predictor: ArimaModel) -> Numbers:
    seasonal = _polynomial(predictor.seasonal_ma, 1.0, predictor.period)
    return np.convolve(_polynomial(predictor.ma, 1.0), seasonal)


def _differences(predictor: ArimaModel) -> Numbers:
    result = np.ones(1)
    for _ in range(predictor.difference):
        result = np.convolve(result, _polynomial(np.ones(1), -1.0))
    for _ in range(predictor.seasonal_difference):
        result = np.convolve(result, _polynomial(np.ones(1), -1.0, predictor.period))
    return result


def _shock_weights(autoregressive: Numbers, moving: Numbers, n_steps: int) -> Numbers:
    """Weights of a shock in the steps after it: the power series ``moving / autoregressive``."""
    weights = np.zeros(n_steps)
    for step in range(n_steps):
        own = moving[step] if step < len(moving) else 0.0
        back = min(step, len(autoregressive) - 1)
        weights[step] = own - autoregressive[1 : back + 1] @ weights[step - back : step][::-1]
    return weights


def causes_of_arima(predictor: ArimaModel, where: str) -> Iterator[UnsupportedCause]:
    """Too short a series, or a series or a process that its own words do not allow."""
    needed = len(np.convolve(_stationary_part(predictor), _differences(predictor))) - 1
    if len(predictor.series) < needed or (predictor.is_exact and len(predictor.series) == 0):
        what = f"an ARIMA of a series of {len(predictor.series)} values, where {max(needed, 1)} are needed"
        yield UnsupportedCause(where=where, what=what, remedy="write the whole series into the document")
    with np.errstate(all="ignore"):
        transformed = _transformed(predictor)
    if not np.isfinite(transformed).all():
        what = f"values of the series that have no {predictor.transformation} transformation"
        yield UnsupportedCause(where=where, what=what, remedy="correct the series")
    if predictor.is_exact and not _is_stationary(_stationary_part(predictor)):
        what = "exactLeastSquares of an autoregressive part that is not stationary"
        yield UnsupportedCause(where=where, what=what, remedy="use conditionalLeastSquares")


def _is_stationary(autoregressive: Numbers) -> bool:
    trimmed = np.trim_zeros(autoregressive, "b")
    # Roots in 1 / B; all inside the unit circle.
    return len(trimmed) < 2 or bool((np.abs(np.roots(trimmed)) < 1.0).all())


def _transformed(predictor: ArimaModel) -> Numbers:
    forward = _FORWARD.get(predictor.transformation)
    return predictor.series if forward is None else np.asarray(forward(predictor.series))


def arima_forecaster(predictor: ArimaModel) -> Forecaster:
    """All that does not depend on the number of steps is done once."""
    stationary, moving, differences = _stationary_part(predictor), _moving_part(predictor), _differences(predictor)
    whole = np.convolve(stationary, differences)
    series = _transformed(predictor) - _effects(predictor, whole, moving, len(predictor.series))
    state = _ExactState(stationary, moving, _differenced(series, differences) - predictor.mean)
    exact = state.filtered() if predictor.is_exact else None

    def forecast(n_steps: int) -> tuple[Numbers, Numbers, Numbers]:
        if exact is not None:
            steps = state.forecast(exact, n_steps) + predictor.mean
            means = _continued(series, differences, steps)
        else:
            constant = predictor.mean * stationary.sum()
            shocks = constant + _known_shocks(predictor.residuals, moving, n_steps)
            means = _continued(series, whole, shocks)
        effects = _effects(predictor, whole, moving, len(series) + n_steps)[len(series) :]
        weights = _shock_weights(whole, moving, n_steps)
        variances = predictor.variance * np.cumsum(weights * weights)
        return means + effects, variances, variances

    return forecast


def _differenced(series: Numbers, differences: Numbers) -> Numbers:
    return np.convolve(series, differences, "valid") if len(series) >= len(differences) else np.zeros(0)


def _known_shocks(residuals: Numbers, moving: Numbers, n_steps: int) -> Numbers:
    """What past residuals still add to each step; residuals before the given ones count as 0."""
    order = len(moving) - 1
    past = np.concatenate([np.zeros(order), residuals])[len(residuals) :] if order else np.zeros(0)
    result = np.zeros(n_steps)
    for step in range(min(order, n_steps)):
        # The residual i steps before the first forecast has weight moving[step + i].
        result[step] = moving[step + 1 :] @ past[step:][::-1][: order - step]
    return result


def _continued(series: Numbers, autoregressive: Numbers, inputs: Numbers) -> Numbers:
    """A series continued by ``autoregressive(B) y = input``."""
    order = len(autoregressive) - 1
    if not order:
        return inputs
    values = np.concatenate([series[len(series) - order :], np.zeros(len(inputs))])
    backwards = -autoregressive[:0:-1]
    for step, added in enumerate(inputs.tolist()):
        values[order + step] = added + backwards @ values[step : order + step]
    return values[order:]


def _effects(predictor: ArimaModel, autoregressive: Numbers, moving: Numbers, length: int) -> Numbers:
    """float64, shape (length,): what outliers add to the series and beyond."""
    total = np.zeros(length)
    for outlier in predictor.outliers:
        after = length - outlier.start
        if after > 0:
            total[outlier.start :] += outlier.magnitude * _effect(predictor, outlier, autoregressive, moving, after)
    return total


def _effect(
    predictor: ArimaModel, outlier: OutlierEffect, autoregressive: Numbers, moving: Numbers, length: int
) -> Numbers:
    """An effect of magnitude 1 from its start on."""
    steps = np.arange(length, dtype=np.float64)
    result: Numbers = (steps == 0).astype(np.float64)
    match outlier.outlier_type:
        case "level":
            result = np.ones(length)
        case "transient":
            result = outlier.damping**steps
        case "seasonalAdditive":
            result = (steps % predictor.period == 0).astype(np.float64)
        case "trend":
            result = steps + 1.0
        case "innovational":
            result = _shock_weights(autoregressive, moving, length)
    return result


class _ExactState:
    """The exact finite-sample predictor of a stationary ARMA series, by the Kalman filter (Harvey 1993, chapter 4)."""

    def __init__(self, autoregressive: Numbers, moving: Numbers, series: Numbers) -> None:
        size = max(len(autoregressive) - 1, len(moving))
        self.transition = np.eye(size, k=1)
        self.transition[: len(autoregressive) - 1, 0] = -autoregressive[1:]
        loading = np.zeros(size)
        loading[: len(moving)] = moving
        self.added = np.outer(loading, loading)
        self.series = series

    def filtered(self) -> Numbers:
        """The state predicted for the step after the series."""
        covariance = self._unconditional()
        state = np.zeros(len(self.added))
        for value in self.series.tolist():
            gain = covariance[:, 0] / covariance[0, 0]
            state = self.transition @ (state + gain * (value - state[0]))
            covariance = self.transition @ (covariance - np.outer(gain, covariance[0])) @ self.transition.T + self.added
        return state

    def _unconditional(self) -> Numbers:
        """The sum of ``T^k added T'^k``, doubled until nothing is added."""
        total, power = self.added, self.transition
        for _ in range(_DOUBLINGS):
            more = power @ total @ power.T
            total = total + more
            power = power @ power
            if np.abs(more).max() <= 1e-17 * np.abs(total).max():
                break
        return total

    def forecast(self, state: Numbers, n_steps: int) -> Numbers:
        result = np.zeros(n_steps)
        for step in range(n_steps):
            result[step] = state[0]
            state = self.transition @ state
        return result


def garch_forecast(predictor: GarchModel, n_steps: int) -> tuple[Numbers, Numbers, Numbers]:
    """Means, variances of the forecasts' errors, and variances of the process, each of shape (n_steps,)."""
    autoregressive, moving = _polynomial(predictor.ar, -1.0), _polynomial(predictor.ma, 1.0)
    shocks = predictor.constant + _known_shocks(predictor.residuals, moving, n_steps)
    means = _continued(predictor.series, autoregressive, shocks)
    own = _conditional_variances(predictor, n_steps)
    weights = _shock_weights(autoregressive, moving, n_steps)
    variances = np.convolve(weights * weights, own)[:n_steps]
    return means, variances, own


def _conditional_variances(predictor: GarchModel, n_steps: int) -> Numbers:
    """The variance of each step's shock; a future shock's square is expected to be its variance."""
    squares, lags = predictor.residual_square_coefficients, predictor.variance_coefficients
    past_squares = predictor.residuals[len(predictor.residuals) - len(squares) :] ** 2
    shocks = np.concatenate([past_squares, np.zeros(n_steps)])
    variances = np.concatenate([predictor.variances[len(predictor.variances) - len(lags) :], np.zeros(n_steps)])
    for step in range(n_steps):
        variance = (
            predictor.variance_constant
            + squares[::-1] @ shocks[step : step + len(squares)]
            + lags[::-1] @ variances[step : step + len(lags)]
        )
        shocks[len(squares) + step] = variances[len(lags) + step] = variance
    return variances[len(lags) :]
