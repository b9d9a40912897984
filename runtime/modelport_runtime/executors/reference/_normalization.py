"""From raw scores to predictions and probabilities (PMML 4.4, Regression, normalizationMethod)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.reference._functions._distributions import normal_cdf
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import DataType, NormalizationMethod

__all__ = ["class_probabilities", "inverse_link", "ordinal_probabilities", "softmax"]


def _as_is(scores: Numbers) -> Numbers:
    return scores


def _logit(scores: Numbers) -> Numbers:
    # Both forms are exact in their half; neither overflows.
    exponential = np.exp(-np.abs(scores))
    result: Numbers = np.where(scores >= 0, 1.0, exponential) / (1.0 + exponential)
    return result


def _complementary_log_log(scores: Numbers) -> Numbers:
    result: Numbers = -np.expm1(-np.exp(scores))
    return result


def _log_log(scores: Numbers) -> Numbers:
    result: Numbers = np.exp(-np.exp(-scores))
    return result


def _cauchit(scores: Numbers) -> Numbers:
    result: Numbers = 0.5 + np.arctan(scores) / math.pi
    return result


_INVERSE_LINKS: dict[NormalizationMethod, Callable[[Numbers], Numbers]] = {
    NormalizationMethod.NONE: _as_is,
    # "softmax" of a single regression table is the logistic function (PMML 4.4, Regression).
    NormalizationMethod.SOFTMAX: _logit,
    NormalizationMethod.LOGIT: _logit,
    NormalizationMethod.PROBIT: normal_cdf,
    NormalizationMethod.CLOGLOG: _complementary_log_log,
    NormalizationMethod.EXP: np.exp,
    NormalizationMethod.LOGLOG: _log_log,
    NormalizationMethod.CAUCHIT: _cauchit,
    NormalizationMethod.SIMPLEMAX: _as_is,
}


def inverse_link(scores: Numbers, method: NormalizationMethod, sum_type: DataType = DataType.DOUBLE) -> Numbers:
    """The method applied to each score by itself; in float32 under ``float``."""
    with np.errstate(all="ignore"):
        if sum_type is not DataType.FLOAT:
            return _INVERSE_LINKS[method](scores)
        single = scores.astype(np.float32)
        if method in (NormalizationMethod.LOGIT, NormalizationMethod.SOFTMAX):
            # XGBoost, common/math.h, Sigmoid: 1 / (exp(min(-x, 88.7)) + 1 + 1e-16), in float32.
            exponential = _float_exp(np.minimum(-single, np.float32(88.7)))
            return (np.float32(1.0) / (exponential + np.float32(1.0) + np.float32(1e-16))).astype(np.float64)
        if method is NormalizationMethod.EXP:
            return np.asarray(_float_exp(single), dtype=np.float64)
        return _INVERSE_LINKS[method](single.astype(np.float64)).astype(np.float32).astype(np.float64)


def _float_exp(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The float32 exponential, rounded once, as the C library's ``expf``; numpy's own is off by up to 3 ulp."""
    return np.exp(values.astype(np.float64)).astype(np.float32)


def softmax(scores: Numbers, sum_type: DataType = DataType.DOUBLE) -> Numbers:
    """exp(score) over the sum of them, row by row; shape (n_rows, n_classes)."""
    with np.errstate(all="ignore"):
        if sum_type is not DataType.FLOAT:
            exponential = np.exp(scores - scores.max(axis=1, keepdims=True))
            total = exponential[:, 0]
            for column in range(1, scores.shape[1]):
                total = total + exponential[:, column]
            result: Numbers = exponential / total[:, None]
            return result
        # XGBoost, common/math.h, Softmax: float32 exponentials, their sum in double, divided as float32.
        single = scores.astype(np.float32)
        parts = _float_exp(single - single.max(axis=1, keepdims=True))
        whole = parts.astype(np.float64).sum(axis=1).astype(np.float32)
        return np.asarray(parts / whole[:, None], dtype=np.float64)


def class_probabilities(
    scores: Numbers, method: NormalizationMethod, n_classes: int, sum_type: DataType = DataType.DOUBLE
) -> Numbers:
    """Probabilities of nominal classes, shape (n_rows, n_classes), from a score a class.

    ``none``: the last class has what the others leave. A sigmoid: with two classes the second has the complement of
    the first; with more each class is normalised by itself (PMML 4.4, Regression).
    """
    if method is NormalizationMethod.SOFTMAX:
        return softmax(scores, sum_type)
    with np.errstate(all="ignore"):
        if method is NormalizationMethod.SIMPLEMAX:
            simple: Numbers = scores / scores.sum(axis=1, keepdims=True)
            return simple
        probabilities = inverse_link(scores, method, sum_type)
    if method is NormalizationMethod.NONE or n_classes == 2:
        probabilities = np.array(probabilities)
        probabilities[:, -1] = 1.0 - probabilities[:, :-1].sum(axis=1)
    return probabilities


def ordinal_probabilities(scores: Numbers, method: NormalizationMethod) -> Numbers:
    """Probabilities of ordered classes: the scores are of "this class or one before it" (PMML 4.4, Regression)."""
    cumulative = np.array(inverse_link(scores, method))
    cumulative[:, -1] = 1.0
    return np.diff(cumulative, axis=1, prepend=0.0)
