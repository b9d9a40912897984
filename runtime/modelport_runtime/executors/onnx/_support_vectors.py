"""Support vector machines (PMML 4.4, Support Vector Machine)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modelport_runtime.executors.onnx._expressions import lower_expression
from modelport_runtime.executors.onnx._kernels import Precision, squared_distances
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, with_winner
from modelport_runtime.executors.onnx._values import Number, Text
from modelport_runtime.executors.reference._support_vectors import vote_matrices
from modelport_runtime.hub import (
    CategoricalTerm,
    FieldRef,
    MiningFunction,
    Model,
    SupportVectorMachineModel,
    SvmClassificationMethod,
    SvmKernel,
    SvmRepresentation,
)

__all__ = ["lower_support_vectors"]


def lower_support_vectors(
    lowering: Lowering, model: Model, predictor: SupportVectorMachineModel, scope: Scope
) -> ModelResult:
    """The number predicted, or the class with its share of the votes.

    Raises:
        RefusedError: A field cannot be said by a graph.
    """
    precision = Precision(lowering.graph, model.math_type)
    lowering.read_all(scope, [field.field for field in predictor.fields])
    scaled = zip(predictor.fields, predictor.scales.tolist(), strict=True)
    rows = precision.matrix(lowering, [_component(lowering, scope, field, scale) for field, scale in scaled])
    decisions = precision.leave(_decisions(lowering, precision, predictor, rows))
    target = model.target_name
    if model.function is not MiningFunction.CLASSIFICATION:
        first = lowering.graph.op("Gather", decisions, lowering.graph.integers([0]), axis=1)
        return ModelResult(predictions=(Prediction(target=target, value=Number(first)),))
    prediction = Prediction(target=target, classes=predictor.classes)
    if predictor.classification_method is SvmClassificationMethod.ONE_AGAINST_ONE:
        prediction = _one_against_one(lowering, prediction, predictor, decisions)
    else:
        order = decisions if predictor.max_wins else lowering.graph.op("Neg", decisions)
        prediction = with_winner(lowering, prediction, order)
    return ModelResult(predictions=(prediction,))


def _component(lowering: Lowering, scope: Scope, field: FieldRef | CategoricalTerm, scale: float) -> Number:
    graph = lowering.graph
    if isinstance(field, FieldRef):
        value = lower_expression(lowering, scope, field)
        if isinstance(value, Text):
            raise lowering.refuse(f"text field {field.field!r} is used as a number")
        component = value
    else:
        column = lowering.read(scope, field.field)
        component = lowering.truth(lowering.equals_or_never(column, field.value), lowering.is_missing(column))
    if scale == 1.0:
        return component
    return Number(graph.op("Mul", component.name, graph.number(scale)), can_miss=component.can_miss)


def _decisions(lowering: Lowering, precision: Precision, predictor: SupportVectorMachineModel, rows: str) -> str:
    """The value of each machine [N, n_machines]."""
    graph = precision.graph
    by_fields = predictor.representation is SvmRepresentation.COEFFICIENTS
    if by_fields or len(predictor.vectors):
        basis = rows if by_fields else _kernel(precision, predictor, rows)
        product = graph.op("MatMul", basis, precision.constant(predictor.coefficients.T))
    else:  # without vectors a machine is its constant, also where a field is missing
        product = graph.op("Expand", precision.number(0.0), lowering.n_rows)
    return graph.op("Add", product, precision.constant(predictor.intercepts[None, :]))


def _kernel(precision: Precision, predictor: SupportVectorMachineModel, rows: str) -> str:
    graph = precision.graph
    if predictor.kernel is SvmKernel.RADIAL_BASIS:
        distances = squared_distances(precision, rows, predictor.vectors)
        return graph.op("Exp", graph.op("Mul", distances, precision.number(-predictor.gamma)))
    inner = graph.op("MatMul", rows, precision.constant(predictor.vectors.T))
    if predictor.kernel is SvmKernel.LINEAR:
        return inner
    inner = graph.op("Mul", inner, precision.number(predictor.gamma))
    inner = graph.op("Add", inner, precision.number(predictor.coef0))
    if predictor.kernel is SvmKernel.SIGMOID:
        return graph.op("Tanh", inner)
    return inner if predictor.degree == 1.0 else graph.op("Pow", inner, precision.number(predictor.degree))


def _one_against_one(
    lowering: Lowering, prediction: Prediction, predictor: SupportVectorMachineModel, decisions: str
) -> Prediction:
    graph = lowering.graph
    operator = "Greater" if predictor.max_wins else "Less"
    speaks = graph.op(operator, decisions, graph.reals(predictor.thresholds[None, :]))
    base, change = vote_matrices(predictor)
    cast = graph.op("Cast", speaks, to=graph.real_type)
    votes = graph.op("Add", graph.op("MatMul", cast, graph.reals(change)), graph.reals(base[None, :]))
    missing = graph.op("IsNaN", graph.op("ReduceSum", decisions, graph.integers([1]), keepdims=1))
    votes = graph.op("Where", missing, graph.number(np.nan), votes)
    shares = graph.op("Div", votes, graph.number(len(predictor.intercepts)))
    return with_winner(lowering, replace(prediction, probabilities=shares), votes)
