"""ARIMA and GARCH of a TimeSeriesModel (PMML 4.4, Time Series Models)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import ArimaModel, GarchModel, Horizon, OutlierEffect, TimeTransformation
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._matrices import NUMBER_ARRAYS, read_numbers
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_arima", "read_garch"]

_Numbers = NDArray[np.float64]
_NOTHING = np.zeros(0)
_OUTLIERS = ("additive", "level", "transient", "seasonalAdditive", "trend", "innovational")
_METHODS = ("conditionalLeastSquares", "exactLeastSquares")


def read_arima(reading: Reading, element: Element, horizon: Horizon, context: ModelContext) -> ArimaModel:
    """Read an ``ARIMA``.

    Moving-average coefficients count as they are written, ``w_t = e_t + ma_1 e_(t-1)``, and ``constantTerm`` is the
    mean of the differences: so the R package pmml and Nyoka write them.
    """
    reading.expect(
        element,
        {"NonseasonalComponent", "SeasonalComponent", "DynamicRegressor", "MaximumLikelihoodStat", "OutlierEffect"},
    )
    for regressor in element.all("DynamicRegressor"):
        what = "a DynamicRegressor, whose factors programs read with different signs and differences"
        reading.refuse(regressor, what, "export a model without regressors")
    own, seasonal = element.child("NonseasonalComponent"), element.child("SeasonalComponent")
    method = element.get("predictionMethod") or _METHODS[0]
    if method not in _METHODS:
        raise element.error(f"predictionMethod={method!r} is unknown; known are {', '.join(_METHODS)}")
    rmse = element.optional_number("RMSE")
    period = 1 if seasonal is None else seasonal.integer("period", 0)
    if period < 1:
        raise element.error(f"period={period} is no length of a season; correct the document")
    series, start = _read_series(element, context)
    return ArimaModel(
        horizon=horizon,
        ar=_autoregressive(reading, own, "p"),
        ma=_moving(reading, own, "q"),
        seasonal_ar=_autoregressive(reading, seasonal, "P"),
        seasonal_ma=_moving(reading, seasonal, "Q"),
        difference=_order(own, "d"),
        seasonal_difference=_order(seasonal, "D"),
        period=period,
        mean=element.number("constantTerm", 0.0),
        series=series,
        residuals=max((_residuals(own), _residuals(seasonal)), key=len),
        is_exact=method == "exactLeastSquares",
        transformation=element.choice("transformation", TimeTransformation, TimeTransformation.NONE),
        outliers=tuple(_read_outlier(child, start, len(series)) for child in element.all("OutlierEffect")),
        variance=float("nan") if rmse is None else rmse * rmse,
    )


def read_garch(reading: Reading, element: Element, horizon: Horizon, context: ModelContext) -> GarchModel:
    """Read a ``GARCH``: the process of the mean, and that of the variance."""
    reading.expect(element, {"ARMAPart", "GARCHPart"})
    mean, variance = element.require_child("ARMAPart"), element.require_child("GARCHPart")
    reading.expect(mean, {"AR", "MA"})
    reading.expect(variance, {"ResidualSquareCoefficients", "VarianceCoefficients"})
    squares, lags = variance.child("ResidualSquareCoefficients"), variance.child("VarianceCoefficients")
    ar = _autoregressive(reading, mean, "p")
    residuals = max((_residuals(mean), _array(squares, "Residuals")), key=len)
    model = GarchModel(
        horizon=horizon,
        constant=mean.number("constant", 0.0),
        ar=ar,
        ma=_moving(reading, mean, "q"),
        series=_read_series(element, context)[0] if len(ar) else _NOTHING,
        residuals=residuals,
        variance_constant=variance.number("constant", 0.0),
        residual_square_coefficients=_array(squares, "MACoefficients"),
        variance_coefficients=_array(lags, "MACoefficients"),
        variances=_array(lags, "PastVariances"),
    )
    for what, needed, given in (
        ("past residuals", model.residual_square_coefficients, residuals),
        ("past variances", model.variance_coefficients, model.variances),
        ("values of the series", ar, model.series),
    ):
        if len(given) < len(needed):
            raise variance.error(f"{len(given)} {what}, where {len(needed)} are needed; correct the document")
    return model


def _order(component: Element | None, name: str) -> int:
    order = 0 if component is None else component.integer(name, 0)
    if component is not None and order < 0:
        raise component.error(f"{name}={order} is negative; correct the document")
    return order


def _autoregressive(reading: Reading, component: Element | None, order: str) -> _Numbers:
    part = None if component is None else component.child("AR")
    return _counted(component, order, _NOTHING if part is None else _numbers_in(part))


def _moving(reading: Reading, component: Element | None, order: str) -> _Numbers:
    part = None if component is None else component.child("MA")
    if part is not None:
        reading.expect(part, {"MACoefficients", "Residuals"})
    return _counted(component, order, _array(part, "MACoefficients"))


def _residuals(component: Element | None) -> _Numbers:
    return _array(None if component is None else component.child("MA"), "Residuals")


def _counted(component: Element | None, order: str, values: _Numbers) -> _Numbers:
    if component is not None and _order(component, order) != len(values):
        declared = component.get(order)
        raise component.error(f"{order}={declared!r} but there are {len(values)} coefficients; correct the document")
    return values


def _array(parent: Element | None, name: str) -> _Numbers:
    child = None if parent is None else parent.child(name)
    return _NOTHING if child is None else _numbers_in(child)


def _numbers_in(element: Element) -> _Numbers:
    values = read_numbers(element.require_child(*NUMBER_ARRAYS))
    if not np.isfinite(values).all():
        raise element.error("an item of the array is not finite; correct the document")
    return values


def _read_series(element: Element, context: ModelContext) -> tuple[_Numbers, float]:
    """The original series, oldest first, and what the document calls its first place.

    Raises:
        ArtifactError: There is none, or values of it.
    """
    parent = element.parent
    found = [] if parent is None else parent.all("TimeSeries")
    original = [child for child in found if (child.get("usage") or "original") == "original"]
    own = [child for child in original if child.get("field") in (None, context.target)] or original
    if not own:
        raise element.error("the model has no TimeSeries of usage original, which forecasts go on from; add it")
    values = own[0].all("TimeValue")
    if not values:
        raise own[0].error("the TimeSeries has no TimeValue; correct the document")
    series = np.array([value.number("value") for value in values])
    if not np.isfinite(series).all():
        raise own[0].error("a value of the TimeSeries is not finite; correct the document")
    places = [value.number("index", position) for position, value in enumerate(values, 1)]
    order = np.argsort(places, kind="stable")
    return series[order], own[0].number("startTime", min(places))


def _read_outlier(element: Element, first: float, length: int) -> OutlierEffect:
    kind = element.require("type")
    if kind not in _OUTLIERS:
        raise element.error(f"type={kind!r} is unknown; known are {', '.join(_OUTLIERS)}")
    start = element.number("startTime") - first
    if not 0 <= start < length or start != int(start):
        raise element.error(f"startTime={element.get('startTime')!r} is not a place in the series; correct it")
    return OutlierEffect(
        outlier_type=kind,
        start=int(start),
        magnitude=element.number("magnitude"),
        damping=element.number("dampingCoefficient") if kind == "transient" else 1.0,
    )
