"""TimeSeriesModel (PMML 4.4, Time Series Models): the element that ``bestFit`` names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import (
    ExponentialSmoothing,
    Horizon,
    MiningField,
    Predictor,
    Season,
    StateSpaceModel,
    TimeTransformation,
    Trend,
    UsageType,
)
from modelport_runtime.pmml._arima import read_arima, read_garch
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._matrices import NUMBER_ARRAYS, read_matrix, read_numbers
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_time_series"]

_Numbers = NDArray[np.float64]
_HORIZONS = ("h", "horizon")
_PLANNED = "PMML 4.4 plans it for a later version (TimeSeriesModel) and leaves the element empty"
_CAUSES = {"SpectralAnalysis": _PLANNED, "SeasonalTrendDecomposition": _PLANNED}


def read_time_series(reading: Reading, element: Element, context: ModelContext) -> Predictor | None:
    """Read the algorithm that fits best; the others of the document bear on no result."""
    name = element.get("bestFit") or next((child.tag for child in element if child.tag in _ALGORITHMS), None)
    if name is None:
        raise element.error("attribute 'bestFit' is missing; correct the document or export it again")
    known = (*_ALGORITHMS, *_CAUSES)
    if name not in known:
        raise element.error(f"bestFit={name!r} is unknown; known are {', '.join(known)}")
    algorithm = element.require_child(name)
    if name in _CAUSES:
        reading.refuse(algorithm, f"{name}: {_CAUSES[name]}", f"use one of {', '.join(_ALGORITHMS)}")
        return None
    series = element.child("TimeSeries")
    return _ALGORITHMS[name](reading, algorithm, _read_horizon(context, series), context)


def _read_horizon(context: ModelContext, series: Element | None) -> Horizon:
    """The field that says how many steps ahead a row asks.

    Producers (the R package pmml, Nyoka, JPMML-StatsModels) call it ``h`` or ``horizon``, of usage supplementary. A
    numeric field of usage order counts on from the end of the series. Without either, rows are the steps in order.
    """
    fields = [field for field in context.mining_fields if not field.is_target and _is_number(context, field)]
    named = [field for field in fields if field.name.lower() in _HORIZONS]
    chosen = named or [field for field in fields if field.usage_type is not UsageType.ORDER]
    if len(chosen) == 1:
        return Horizon(field=chosen[0].name)
    ordered = [field for field in fields if field.usage_type is UsageType.ORDER]
    if not chosen and len(ordered) == 1 and series is not None and "endTime" in series.attributes:
        return Horizon(field=ordered[0].name, origin=series.number("endTime"))
    return Horizon()


def _is_number(context: ModelContext, field: MiningField) -> bool:
    kind = context.scope.find(field.name)
    return kind is not None and kind.data_type.is_number


def _numbers_in(element: Element, length: int | None = None) -> _Numbers:
    values = read_numbers(element.require_child(*NUMBER_ARRAYS), length)
    if not np.isfinite(values).all():
        raise element.error("an item of the array is not finite; correct the document")
    return values


def _read_smoothing(
    reading: Reading, element: Element, horizon: Horizon, context: ModelContext
) -> ExponentialSmoothing | None:
    reading.expect(element, {"Level", "Trend_ExpoSmooth", "Seasonality_ExpoSmooth", "TimeValue"})
    level, trend = element.require_child("Level"), element.child("Trend_ExpoSmooth")
    season = element.child("Seasonality_ExpoSmooth")
    if trend is not None and trend.get("trend") == "polynomial_exponential":
        # Attributes quadraticSmoothedValue and cubicSmoothedValue of Level, in PMML 4.0 only.
        what = "trend='polynomial_exponential', whose smoothed values of higher order PMML 4.1 took out"
        reading.refuse(trend, what, "export an additive trend")
        return None
    seasonal_values = np.zeros(0)
    if season is not None:
        period = season.integer("period", 0)
        if period < 1:
            raise season.error(f"period={season.get('period')!r} is no length of a season; correct the document")
        if season.integer("phase", 0):
            remedy = "let the array begin with the value of the first step, and leave the phase out"
            reading.refuse(season, "attribute phase is not supported", remedy)
        seasonal_values = _numbers_in(season, period)
    return ExponentialSmoothing(
        horizon=horizon,
        level=level.number("smoothedValue"),
        trend=None if trend is None else trend.choice("trend", Trend, Trend.ADDITIVE),
        trend_value=0.0 if trend is None else trend.number("smoothedValue"),
        damping=1.0 if trend is None else trend.number("phi", 1.0),
        season=None if season is None else season.choice("type", Season),
        seasonal_values=seasonal_values,
        transformation=element.choice("transformation", TimeTransformation, TimeTransformation.NONE),
    )


def _read_state_space(
    reading: Reading, element: Element, horizon: Horizon, context: ModelContext
) -> StateSpaceModel | None:
    reading.expect(element, {*_MATRICES, "StateVector", "FinalStateVector", "InterceptVector", "PsiVector"})
    n_targets = max(sum(field.is_target for field in context.mining_fields), 1)
    state = _numbers_in(element.require_child("StateVector", "FinalStateVector"))
    n_states = len(state)
    covariances = {name: _matrix_in(element, name) for name in _MATRICES}
    transition, measurement = covariances["TransitionMatrix"], covariances["MeasurementMatrix"]
    if transition is None or measurement is None:
        raise element.error("TransitionMatrix or MeasurementMatrix is missing; correct the document")
    _expect_shape(element, "TransitionMatrix", transition, (n_states, n_states))
    _expect_shape(element, "MeasurementMatrix", measurement, (n_targets, n_states))
    intercepts = _intercepts(element, n_states, n_targets)
    state_covariance = covariances["PredictedStateCovarianceMatrix"]
    selected = covariances["SelectedStateCovarianceMatrix"]
    observed = covariances["ObservationVarianceMatrix"]
    for name, matrix, size in (
        ("PredictedStateCovarianceMatrix", state_covariance, n_states),
        ("SelectedStateCovarianceMatrix", selected, n_states),
        ("ObservationVarianceMatrix", observed, n_targets),
    ):
        if matrix is not None:
            _expect_shape(element, name, matrix, (size, size))
    psi = element.child("PsiVector")
    variance = element.number("variance", 1.0)
    if psi is not None and "variance" in psi.attributes:
        variance = psi.number("variance")
    return StateSpaceModel(
        horizon=horizon,
        state=state,
        transition=transition,
        measurement=measurement,
        state_intercept=intercepts[0],
        observation_intercept=intercepts[1],
        state_covariance=_predicted(state_covariance, transition, selected),
        selected_covariance=selected,
        observation_covariance=observed,
        psi=None if psi is None else _numbers_in(psi),
        variance=variance,
    )


_MATRICES = (
    "TransitionMatrix",
    "MeasurementMatrix",
    "PredictedStateCovarianceMatrix",
    "SelectedStateCovarianceMatrix",
    "ObservationVarianceMatrix",
)


def _matrix_in(element: Element, name: str) -> _Numbers | None:
    child = element.child(name)
    if child is None:
        return None
    matrix = read_matrix(child.require_child("Matrix"))
    if not np.isfinite(matrix).all():
        raise child.error("a cell of the matrix is not finite; correct the document")
    return matrix


def _expect_shape(element: Element, name: str, matrix: _Numbers, shape: tuple[int, int]) -> None:
    if matrix.shape != shape:
        found, wanted = " x ".join(map(str, matrix.shape)), " x ".join(map(str, shape))
        raise element.require_child(name).error(f"the matrix is {found}, expected {wanted}; correct the document")


def _intercepts(element: Element, n_states: int, n_targets: int) -> tuple[_Numbers, _Numbers]:
    """What is added to the state in each step, and to each observation."""
    state, observation = np.zeros(n_states), np.full(n_targets, element.number("intercept", 0.0))
    for vector in element.all("InterceptVector"):
        kind = vector.get("type") or "state"
        if kind == "state":
            state = state + _numbers_in(vector, n_states)
        elif kind == "observation":
            observation = observation + _numbers_in(vector, n_targets)
        else:
            raise vector.error(f"type={kind!r} is unknown; known are state, observation")
    return state, observation


def _predicted(covariance: _Numbers | None, transition: _Numbers, selected: _Numbers | None) -> _Numbers | None:
    """The covariance of the state predicted for step 1.

    That is never less than the noise which the step adds. Where the document's is (the R package pmml writes that of
    the last state, before the step), the step is taken here.
    """
    if covariance is None or selected is None:
        return covariance
    least = np.linalg.eigvalsh(covariance - selected).min()
    if least >= -1e-9 * max(np.abs(covariance).max(), np.abs(selected).max()):
        return covariance
    stepped: _Numbers = transition @ covariance @ transition.T + selected
    return stepped


_ALGORITHMS: dict[str, Callable[[Reading, Element, Horizon, ModelContext], Predictor | None]] = {
    "ExponentialSmoothing": _read_smoothing,
    "StateSpaceModel": _read_state_space,
    "ARIMA": read_arima,
    "GARCH": read_garch,
}
