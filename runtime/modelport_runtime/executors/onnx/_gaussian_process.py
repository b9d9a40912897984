"""Gaussian process regression (PMML 4.4, Gaussian Process)."""

from __future__ import annotations

import numpy as np

from modelport_runtime.executors.onnx._kernels import Precision, squared_distances
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction
from modelport_runtime.executors.onnx._values import Number
from modelport_runtime.executors.reference._gaussian_process import SPREADS, posterior
from modelport_runtime.hub import DataType, GaussianProcessKernel, GaussianProcessModel, Model, OutputField

__all__ = ["lower_gaussian_process"]


def lower_gaussian_process(
    lowering: Lowering, model: Model, predictor: GaussianProcessModel, scope: Scope
) -> ModelResult:
    """The mean of the posterior, and its standard deviation where an output field asks for it.

    Raises:
        RefusedError: A field cannot be said by a graph.
    """
    graph = lowering.graph
    lowering.read_all(scope, predictor.fields)
    precision = Precision(graph, DataType.DOUBLE)
    rows = precision.matrix(lowering, [lowering.read_number(scope, name) for name in predictor.fields])
    kernel = _kernel(precision, predictor, rows)
    weights, inverse = posterior(predictor)
    mean = graph.op("MatMul", kernel, graph.reals(weights[:, None]))

    def spread(field: OutputField) -> Number:
        projected = graph.op("MatMul", kernel, graph.reals(inverse.T))
        squares = graph.op("Mul", projected, projected)
        explained = graph.op("ReduceSum", squares, graph.integers([1]), keepdims=1)
        unexplained = graph.op("Sub", graph.number(predictor.gamma), explained)
        zero = graph.number(0.0)
        unexplained = graph.op("Where", graph.op("Less", unexplained, zero), zero, unexplained)
        return Number(graph.op("Sqrt", graph.op("Add", unexplained, graph.number(predictor.noise_variance))))

    target = model.target_name
    prediction = Prediction(target=target, value=Number(mean), answers=dict.fromkeys(SPREADS, spread))
    return ModelResult(predictions=(prediction,))


def _kernel(precision: Precision, predictor: GaussianProcessModel, rows: str) -> str:
    graph = precision.graph
    near = graph.op("Div", rows, precision.constant(predictor.lambdas[None, :]))
    known = predictor.instances / predictor.lambdas
    if predictor.kernel in (GaussianProcessKernel.RADIAL_BASIS, GaussianProcessKernel.ARD_SQUARED_EXPONENTIAL):
        exponents = graph.op("Mul", precision.number(0.5), squared_distances(precision, near, known))
    else:
        exponents = precision.constant(np.zeros((1, len(known))))
        for position in range(known.shape[1]):
            column = graph.op("Gather", near, graph.integers([position]), axis=1)
            distance = graph.op("Abs", graph.op("Sub", column, precision.constant(known[None, :, position])))
            if predictor.kernel is GaussianProcessKernel.GENERALIZED_EXPONENTIAL and predictor.degree != 1.0:
                distance = graph.op("Pow", distance, precision.number(predictor.degree))
            exponents = graph.op("Add", exponents, distance)
    return graph.op("Mul", precision.number(predictor.gamma), graph.op("Exp", graph.op("Neg", exponents)))
