"""Time series (PMML 4.4, TimeSeriesModel): each row asks for one step ahead of the fitted series."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn
from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._arima import arima_forecaster, causes_of_arima, garch_forecast
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._prediction import Answer, ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    ArimaModel,
    DataField,
    ExponentialSmoothing,
    GarchModel,
    Horizon,
    Model,
    OutputField,
    ResultFeature,
    Season,
    StateSpaceModel,
    TimeTransformation,
    Trend,
)

__all__ = ["causes_of_time_series", "make_time_series"]

MAXIMUM_STEP = 100_000
"""A step beyond this one has no forecast: each step is computed from the one before."""

_Steps = NDArray[np.int64]
TimeSeriesPredictor = ExponentialSmoothing | StateSpaceModel | ArimaModel | GarchModel


@dataclass(frozen=True, slots=True)
class _Forecast:
    """Forecasts of the first steps.

    Attributes:
        means: float64, shape (n_steps, n_targets), in the transformed series.
        variances: float64, shape (n_steps, n_targets): of the errors of the forecasts; NaN when unknown.
        deviations: float64, shape (n_steps, n_targets): of the process itself in each step.
        transformation: What takes the means back to the series.
    """

    means: Numbers
    variances: Numbers
    deviations: Numbers
    transformation: TimeTransformation


_Forecaster = Callable[[int], _Forecast]


def make_time_series(
    predictor: TimeSeriesPredictor, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A fitted series ready to be asked for steps."""
    forecaster = _forecaster(predictor)
    return lambda model, scope: _evaluate(model, predictor, forecaster, scope)


def causes_of_time_series(predictor: TimeSeriesPredictor, where: str) -> Iterable[UnsupportedCause]:
    """Why a series cannot be forecast."""
    return causes_of_arima(predictor, where) if isinstance(predictor, ArimaModel) else ()


def _evaluate(model: Model, predictor: TimeSeriesPredictor, forecaster: _Forecaster, scope: Scope) -> ModelResult:
    steps = _steps(predictor.horizon, scope)
    forecast = forecaster(int(steps.max(initial=0)))
    n_targets = forecast.means.shape[1]
    names = (*model.target_names, *[None] * n_targets)[: max(n_targets, 1)]
    return ModelResult(
        predictions=tuple(_prediction(forecast, steps, target, index) for index, target in enumerate(names))
    )


def _steps(horizon: Horizon, scope: Scope) -> _Steps:
    """int64, shape (n_rows,): which step each row asks for; 0 where it asks for none that there is."""
    if horizon.field is None:
        asked = np.arange(1.0, scope.n_rows + 1)
    else:
        asked = numbers(scope.column(horizon.field)) - horizon.origin
    with np.errstate(invalid="ignore"):
        good = (asked >= 1) & (asked <= MAXIMUM_STEP) & (asked == np.floor(asked))
    return np.where(good, asked, 0).astype(np.int64)


def _prediction(forecast: _Forecast, steps: _Steps, target: str | None, index: int) -> Prediction:
    def per_row(values: Numbers) -> Numbers:
        """The value of each row's step; missing where there is none."""
        return np.concatenate([[np.nan], values[:, index]])[steps]

    means, errors = per_row(forecast.means), per_row(_roots(forecast.variances))
    back = _BACK[forecast.transformation]

    def bound(sign: float) -> Answer:
        def answer(field: OutputField) -> Column:
            return NumberColumn(back(means + sign * _quantile(field) * errors))

        return answer

    return Prediction(
        target=target,
        value=back(means),
        answers={
            ResultFeature.STANDARD_ERROR: lambda field: NumberColumn(errors),
            ResultFeature.STANDARD_DEVIATION: lambda field: NumberColumn(per_row(forecast.deviations)),
            ResultFeature.CONFIDENCE_INTERVAL_LOWER: bound(-1.0),
            ResultFeature.CONFIDENCE_INTERVAL_UPPER: bound(1.0),
        },
    )


def _quantile(field: OutputField) -> float:
    """How many standard errors a bound lies from the forecast; the field's value is the confidence in percent."""
    confidence = 95.0 if field.value is None else float(field.value)
    return NormalDist().inv_cdf(0.5 + confidence / 200.0)


def _roots(variances: Numbers) -> Numbers:
    """Square roots; what is below 0 is no variance."""
    return np.sqrt(np.where(variances >= 0.0, variances, np.nan))


def _square(values: Numbers) -> Numbers:
    return values * values


def _exp(values: Numbers) -> Numbers:
    with np.errstate(over="ignore"):
        result: Numbers = np.exp(values)
    return result


_BACK: Mapping[TimeTransformation, Callable[[Numbers], Numbers]] = {
    TimeTransformation.NONE: lambda values: values,
    TimeTransformation.LOGARITHMIC: _exp,
    TimeTransformation.SQUAREROOT: _square,
}


def _forecaster(predictor: TimeSeriesPredictor) -> _Forecaster:
    match predictor:
        case ExponentialSmoothing():
            return lambda n_steps: _smoothed(predictor, n_steps)
        case StateSpaceModel():
            return lambda n_steps: _state_space(predictor, n_steps)
        case ArimaModel():
            arima = arima_forecaster(predictor)
            return lambda n_steps: _of_one(*arima(n_steps), predictor.transformation)
        case GarchModel():
            return lambda n_steps: _of_one(*garch_forecast(predictor, n_steps), TimeTransformation.NONE)


def _of_one(means: Numbers, variances: Numbers, own: Numbers, transformation: TimeTransformation) -> _Forecast:
    return _Forecast(means[:, None], variances[:, None], _roots(own)[:, None], transformation)


def _smoothed(predictor: ExponentialSmoothing, n_steps: int) -> _Forecast:
    steps = np.arange(1, n_steps + 1)
    with np.errstate(all="ignore"):
        means = np.full(n_steps, predictor.level)
        damped = np.cumsum(predictor.damping**steps)
        match predictor.trend:
            case Trend.ADDITIVE:
                means = means + steps * predictor.trend_value
            case Trend.DAMPED_ADDITIVE:
                means = means + damped * predictor.trend_value
            case Trend.MULTIPLICATIVE:
                means = means * predictor.trend_value**steps
            case Trend.DAMPED_MULTIPLICATIVE:
                means = means * predictor.trend_value**damped
        if predictor.season is not None:
            seasonal = predictor.seasonal_values[(steps - 1) % len(predictor.seasonal_values)]
            means = means + seasonal if predictor.season is Season.ADDITIVE else means * seasonal
    unknown = np.full(n_steps, np.nan)
    return _of_one(means, unknown, unknown, predictor.transformation)


def _state_space(predictor: StateSpaceModel, n_steps: int) -> _Forecast:
    n_targets = len(predictor.measurement)
    means = np.empty((n_steps, n_targets))
    state = predictor.state
    for step in range(n_steps):
        means[step] = predictor.measurement @ state + predictor.observation_intercept
        state = predictor.transition @ state + predictor.state_intercept
    variances = _state_variances(predictor, n_steps)
    return _Forecast(means, variances, _roots(variances), TimeTransformation.NONE)


def _state_variances(predictor: StateSpaceModel, n_steps: int) -> Numbers:
    """float64, shape (n_steps, n_targets)."""
    n_targets = len(predictor.measurement)
    variances = np.full((n_steps, n_targets), np.nan)
    covariance = predictor.state_covariance
    if covariance is None:
        if predictor.psi is not None and n_targets == 1:
            weights = np.zeros(n_steps)
            weights[: len(predictor.psi)] = predictor.psi[:n_steps]
            variances[:, 0] = predictor.variance * np.cumsum(weights * weights)
        return variances
    zero = np.zeros_like(covariance)
    added = zero if predictor.selected_covariance is None else predictor.selected_covariance
    observed = np.zeros(n_targets)
    if predictor.observation_covariance is not None:
        observed = np.diagonal(predictor.observation_covariance)
    for step in range(n_steps):
        own = np.einsum("ij,jk,ik->i", predictor.measurement, covariance, predictor.measurement)
        variances[step] = predictor.variance * np.maximum(own + observed, 0.0)
        covariance = predictor.transition @ covariance @ predictor.transition.T + added
    return variances
