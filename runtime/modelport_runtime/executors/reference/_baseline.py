"""BaselineModel (PMML 4.4): z values, cumulative sums of log-likelihood ratios, and counts against counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, TextColumn
from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._row_history import known
from modelport_runtime.executors.reference._scalars import physical
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import BaselineDistribution, BaselineModel, DataField, Model

__all__ = ["causes_of_baseline", "make_baseline"]

_ROWS = 4096
"""Rows whose sums are taken together: a longer sum would lose digits of small steps."""

_log_factorial = np.frompyfunc(lambda value: math.lgamma(value + 1.0), 1, 1)


def make_baseline(
    predictor: BaselineModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A test ready to run; nothing of it outlives a table."""
    return lambda model, scope: _evaluate(model, predictor, scope)


def causes_of_baseline(predictor: BaselineModel, where: str) -> Iterable[UnsupportedCause]:
    """Distributions that a statistic has no use for."""
    for distribution in (predictor.baseline, predictor.alternate):
        if distribution is None:
            continue
        if not distribution.variance > 0.0:
            what = f"a {distribution.name} distribution of variance {distribution.variance!r}"
            yield UnsupportedCause(where=where, what=what, remedy="give a variance above 0")
        if predictor.test_statistic == "CUSUM" and distribution.name == "Any":
            what = "CUSUM of an AnyDistribution, which has no density"
            yield UnsupportedCause(where=where, what=what, remedy="use a GaussianDistribution")


def _evaluate(model: Model, predictor: BaselineModel, scope: Scope) -> ModelResult:
    column = scope.column(predictor.field)
    seen = known(scope.value(predictor.field))
    if predictor.test_statistic == "scalarProduct":
        weights = None if predictor.weight_field is None else numbers(scope.column(predictor.weight_field))
        value = _scalar_product(predictor, seen, weights)
    elif predictor.test_statistic == "CUSUM":
        value = _cumulative_sums(predictor, numbers(seen))
    else:
        baseline = predictor.baseline or BaselineDistribution(name="Any", mean=0.0, variance=1.0)
        value = (numbers(column) - baseline.mean) / math.sqrt(baseline.variance)
    target = model.target_name
    return ModelResult(predictions=(Prediction(target=target, value=value),))


def _log_density(distribution: BaselineDistribution, values: Numbers) -> Numbers:
    if distribution.name == "Poisson":
        good = (values >= 0) & (values == np.floor(values))
        factorials = np.asarray(_log_factorial(np.where(good, values, 0.0)), dtype=np.float64)
        return np.where(good, values * math.log(distribution.mean) - distribution.mean - factorials, np.nan)
    variance = distribution.variance
    return -0.5 * (values - distribution.mean) ** 2 / variance - 0.5 * math.log(2.0 * math.pi * variance)


def _cumulative_sums(predictor: BaselineModel, values: Numbers) -> Numbers:
    """``z = max(reset, z + ratio)`` from row to row; rows without a ratio are passed over."""
    if predictor.baseline is None or predictor.alternate is None:
        return np.full(len(values), np.nan)
    ratios = _log_density(predictor.alternate, values) - _log_density(predictor.baseline, values)
    rows = np.flatnonzero(np.isfinite(ratios))
    result = np.full(len(values), np.nan)
    last = 0.0
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        sums = np.cumsum(ratios[part])
        # Unrolled: the sum since the start, or since the last row where it fell to the reset value.
        least = np.maximum.accumulate(predictor.reset_value - sums)
        result[part] = sums + np.maximum(last, least)
        last = float(result[part[-1]])
    return result


def _scalar_product(predictor: BaselineModel, column: Column, weights: Numbers | None) -> Numbers:
    codes, n_codes, expected = _coded(predictor, column)
    given = np.ones(len(column)) if weights is None else weights
    rows = np.flatnonzero(~column.missing & ~np.isnan(given))
    codes, given = codes[rows], given[rows]
    window = predictor.window_size if predictor.window_size > 0 else len(rows)
    products = _windowed(np.append(expected, np.zeros(n_codes - len(expected)))[codes] * given, window)
    squares = _windowed_squares(codes, given, window)
    baseline = float(predictor.counts @ predictor.counts)
    with np.errstate(all="ignore"):
        match predictor.normalization_scheme:
            case "SizeWeighted":
                found = 2.0 * products / (squares + baseline)
            case "Independent":
                found = products / np.sqrt(squares * baseline)
            case _:
                found = products
    result = np.full(len(column), np.nan)
    result[rows] = found
    return result


def _coded(predictor: BaselineModel, column: Column) -> tuple[NDArray[np.int64], int, Numbers]:
    """Each row's value as a number, how many numbers there are, and the baseline's count for the first of them."""
    position: dict[float | str | None, int] = {}
    expected = np.zeros(len(predictor.values))
    for value, count in zip(predictor.values, predictor.counts.tolist(), strict=True):
        try:
            code = position.setdefault(physical(value, column.data_type), len(position))
        except ValueError:
            continue  # a value that the field cannot have
        expected[code] += count
    expected = expected[: len(position)]
    if isinstance(column, TextColumn):
        table = [position.setdefault(category, len(position)) for category in column.categories]
        return np.array([*table, 0], dtype=np.int64)[column.codes], len(position) + 1, expected
    distinct, inverse = np.unique(column.values, return_inverse=True)
    table = [position.setdefault(value, len(position)) for value in distinct.tolist()]
    return np.array([*table, 0], dtype=np.int64)[inverse], len(position) + 1, expected


def _windowed(values: Numbers, window: int) -> Numbers:
    """The sum of each value and those before it, ``window`` of them."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    windows: Numbers = sums[ends] - sums[np.maximum(ends - window, 0)]
    return windows


def _windowed_squares(codes: NDArray[np.int64], weights: Numbers, window: int) -> Numbers:
    """The sum over all codes of the square of their weight in the window that ends in each row."""
    n_rows = len(codes)
    rows = np.arange(n_rows)
    keys = codes * (n_rows + 1) + rows
    order = np.argsort(keys)
    ordered, sums = keys[order], np.concatenate([[0.0], np.cumsum(weights[order])])

    def within(code: NDArray[np.int64], first: NDArray[np.int64], end: NDArray[np.int64]) -> Numbers:
        """Weight of a code in the rows from ``first`` up to ``end``."""
        base = code * (n_rows + 1)
        found: Numbers = sums[np.searchsorted(ordered, base + end)] - sums[np.searchsorted(ordered, base + first)]
        return found

    # A row that enters finds its code's weight in the rest of the window; one that leaves takes it out again.
    entering = within(codes, np.maximum(rows - window + 1, 0), rows)
    change = 2.0 * entering * weights + weights**2
    leaving = rows[window:] - window
    weight = weights[leaving]
    total = within(codes[leaving], leaving, rows[window:])
    change[window:] += weight**2 - 2.0 * total * weight
    return np.cumsum(change)
