"""Gaussian process regression (PMML 4.4, Gaussian Process)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from modelport_runtime.columns import NumberColumn
from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._kernels import blocks, squared_distances
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    DataField,
    GaussianProcessKernel,
    GaussianProcessModel,
    Model,
    OutputField,
    ResultFeature,
)

__all__ = ["SPREADS", "causes_of_gaussian_process", "make_gaussian_process", "posterior"]

SPREADS = (ResultFeature.STANDARD_DEVIATION, ResultFeature.STANDARD_ERROR)
"""Both are the standard deviation of the prediction."""


def causes_of_gaussian_process(predictor: GaussianProcessModel, where: str) -> Iterable[UnsupportedCause]:
    """A kernel matrix that has no Cholesky factor: nothing can be predicted from it."""
    try:
        posterior(predictor)
    except np.linalg.LinAlgError:
        remedy = "instances are equal or too near each other: give a greater noiseVariance, or leave some out"
        yield UnsupportedCause(where=where, what="a kernel matrix that is not positive definite", remedy=remedy)


def posterior(predictor: GaussianProcessModel) -> tuple[Numbers, Numbers]:
    """What does not depend on rows, once.

    Returns:
        float64, shape (T,): the weight of each instance in the prediction, A values; and float64, shape (T, T): the
        inverse of the Cholesky factor of K + noise_variance I, whose product with k has the length of k A k.

    Raises:
        LinAlgError: The matrix is not positive definite.
    """
    covariance = _kernel(predictor, predictor.instances)
    covariance[np.diag_indices_from(covariance)] = predictor.gamma + predictor.noise_variance
    if not np.isfinite(covariance).all():
        raise np.linalg.LinAlgError("the kernel matrix is not finite")
    factor = np.linalg.cholesky(covariance)
    inverse = np.linalg.solve(factor, np.eye(len(factor)))
    weights = inverse.T @ (inverse @ predictor.values)
    return weights, inverse


def make_gaussian_process(
    predictor: GaussianProcessModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A process ready to run."""
    weights, inverse = posterior(predictor)
    return lambda model, scope: _evaluate(model, predictor, weights, inverse, scope)


def _evaluate(
    model: Model, predictor: GaussianProcessModel, weights: Numbers, inverse: Numbers, scope: Scope
) -> ModelResult:
    """The mean of the posterior, and its standard deviation where an output field shows it."""
    rows = np.empty((scope.n_rows, len(predictor.fields)))
    for position, name in enumerate(predictor.fields):
        rows[:, position] = numbers(scope.column(name))
    shows_spread = any(field.feature in SPREADS for field in model.outputs)
    means, variances = np.empty((2, scope.n_rows))
    for block in blocks(scope.n_rows, len(weights)):
        kernel = _kernel(predictor, rows[block])
        with np.errstate(all="ignore"):
            means[block] = kernel @ weights
            if shows_spread:
                explained = np.square(kernel @ inverse.T).sum(axis=1)
                variances[block] = np.maximum(predictor.gamma - explained, 0.0) + predictor.noise_variance

    def spread(field: OutputField) -> NumberColumn:
        return NumberColumn(np.sqrt(variances))

    target = model.target_name
    answers = dict.fromkeys(SPREADS, spread) if shows_spread else {}
    return ModelResult(predictions=(Prediction(target=target, value=means, answers=answers),))


def _kernel(predictor: GaussianProcessModel, rows: Numbers) -> Numbers:
    """The kernel between rows and instances, shape (n_rows, T)."""
    near, known = rows / predictor.lambdas, predictor.instances / predictor.lambdas
    if predictor.kernel in (GaussianProcessKernel.RADIAL_BASIS, GaussianProcessKernel.ARD_SQUARED_EXPONENTIAL):
        exponents = 0.5 * squared_distances(near, known)
    else:
        exponents = np.zeros((len(near), len(known)))
        for column in range(near.shape[1]):
            distance = np.abs(near[:, column, None] - known[:, column])
            is_plain = predictor.kernel is GaussianProcessKernel.ABSOLUTE_EXPONENTIAL or predictor.degree == 1.0
            exponents += distance if is_plain else distance**predictor.degree
    result: Numbers = predictor.gamma * np.exp(-exponents)
    return result
