"""What is done to raw predictions (PMML 4.4, Targets)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from modelport_runtime.executors.reference._casts import round_half_up
from modelport_runtime.executors.reference._prediction import Prediction
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import DataType, Target

__all__ = ["adjust"]

_TO_INTEGER: dict[str, Callable[[Numbers], Numbers]] = {"round": round_half_up, "ceiling": np.ceil, "floor": np.floor}


def adjust(prediction: Prediction, target: Target, math_type: DataType) -> Prediction:
    """A prediction after its target's rules: defaults for what is missing, then the number's own.

    The order is that of PMML 4.4, Targets: min and max, rescaleFactor, rescaleConstant, castInteger.
    """
    if prediction.value is not None:
        return replace(prediction, value=_adjust_numbers(prediction.value, target, math_type))
    if prediction.winner is not None:
        return _with_priors(prediction, target)
    return prediction


def _adjust_numbers(values: Numbers, target: Target, math_type: DataType) -> Numbers:
    default = next((value.default_value for value in target.values if value.default_value is not None), None)
    missing = np.isnan(values)
    result = values
    if target.min is not None:
        result = np.maximum(result, target.min)
    if target.max is not None:
        result = np.minimum(result, target.max)
    if math_type is DataType.FLOAT:
        result = _rescale_float(result, target)
    else:
        if target.rescale_factor != 1.0:
            result = result * target.rescale_factor
        if target.rescale_constant != 0.0:
            result = result + target.rescale_constant
    if target.cast_integer is not None:
        result = _TO_INTEGER[target.cast_integer](result)
    return result if default is None else np.where(missing, default, result)


def _rescale_float(values: Numbers, target: Target) -> Numbers:
    single = values.astype(np.float32)
    if target.rescale_factor != 1.0:
        single = single * np.float32(target.rescale_factor)
    if target.rescale_constant != 0.0:
        single = single + np.float32(target.rescale_constant)
    return single.astype(np.float64)


def _with_priors(prediction: Prediction, target: Target) -> Prediction:
    """Where there is no prediction, the class with the highest prior and the priors as probabilities."""
    priors = {value.value: value.prior_probability for value in target.values if value.prior_probability is not None}
    missing = prediction.missing
    if not priors or prediction.winner is None or not missing.any():
        return prediction
    row = np.array([priors.get(label, 0.0) for label in prediction.classes])
    winner = np.where(missing, np.int32(np.argmax(row)), prediction.winner).astype(np.int32)
    probabilities = prediction.probabilities
    if probabilities is not None:
        probabilities = np.where(missing[:, None], row, probabilities)
    return replace(prediction, winner=winner, probabilities=probabilities)
