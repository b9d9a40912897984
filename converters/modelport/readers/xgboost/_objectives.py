"""What XGBoost's objectives do to base scores and margins (xgboost/src/objective)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import NormalizationMethod

__all__ = ["HINGE", "LINKS", "base_margins", "is_multiclass"]

HINGE = "binary:hinge"

LINKS: dict[str, NormalizationMethod] = {
    "reg:squarederror": NormalizationMethod.NONE,
    "reg:linear": NormalizationMethod.NONE,
    "reg:squaredlogerror": NormalizationMethod.NONE,
    "reg:pseudohubererror": NormalizationMethod.NONE,
    "reg:absoluteerror": NormalizationMethod.NONE,
    "reg:quantileerror": NormalizationMethod.NONE,
    "reg:expectileerror": NormalizationMethod.NONE,
    "reg:logistic": NormalizationMethod.LOGIT,
    "reg:gamma": NormalizationMethod.EXP,
    "reg:tweedie": NormalizationMethod.EXP,
    "count:poisson": NormalizationMethod.EXP,
    "survival:cox": NormalizationMethod.EXP,
    "survival:aft": NormalizationMethod.EXP,
    "rank:pairwise": NormalizationMethod.NONE,
    "rank:ndcg": NormalizationMethod.NONE,
    "rank:map": NormalizationMethod.NONE,
    "binary:logistic": NormalizationMethod.LOGIT,
    "binary:logitraw": NormalizationMethod.NONE,
    HINGE: NormalizationMethod.NONE,
    "multi:softmax": NormalizationMethod.SOFTMAX,
    "multi:softprob": NormalizationMethod.SOFTMAX,
}
"""From margins to predictions (``PredTransform``)."""


def is_multiclass(objective: str) -> bool:
    """Whether there is one score a class."""
    return objective.startswith("multi:")


def base_margins(objective: str, base_scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Base scores in the space of margins (``ProbToMargin``), in float32.

    The library takes ``logf``; the logarithm here is rounded correctly, which differs from it by one float32 ulp for
    about three base scores in a thousand.

    Args:
        objective: Name of the objective.
        base_scores: float32, shape (K,), in the space of predictions.
    """
    one = np.float32(1)
    link = LINKS[objective]
    if link is NormalizationMethod.LOGIT:
        odds = (one / base_scores - one).astype(np.float64)
        return np.array([-math.log(value) for value in odds], dtype=np.float32)
    if link is NormalizationMethod.EXP:
        return np.array([math.log(value) for value in base_scores.astype(np.float64)], dtype=np.float32)
    return base_scores
