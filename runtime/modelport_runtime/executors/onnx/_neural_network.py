"""Neural networks (PMML 4.4, Neural Network)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from modelport_runtime.executors.onnx._expressions import lower_cast, lower_expression
from modelport_runtime.executors.onnx._kernels import Precision
from modelport_runtime.executors.onnx._lowering import Lowering, RefusedError, Scope, ScopedValue
from modelport_runtime.executors.onnx._positions import gather_scalars
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, with_winner
from modelport_runtime.executors.onnx._special_functions import atan
from modelport_runtime.executors.onnx._values import Number, Text
from modelport_runtime.executors.reference._neural_network import NeuronGroup, group_neurons, way_back
from modelport_runtime.hub import (
    ActivationFunction,
    DataType,
    DerivedField,
    Model,
    NeuralLayer,
    NeuralNetwork,
    NeuralTarget,
    NormalizationMethod,
)

__all__ = ["lower_neural_network"]


def lower_neural_network(lowering: Lowering, model: Model, predictor: NeuralNetwork, scope: Scope) -> ModelResult:
    """One prediction a target.

    Raises:
        RefusedError: An input cannot be said by a graph.
    """
    precision = Precision(lowering.graph, model.math_type)
    columns: list[Number] = []
    for field in predictor.inputs:
        with lowering.at(f"NeuralInput[{field.name}]"), lowering.collecting():
            columns.append(_input(lowering, scope, field))
    if len(columns) < len(predictor.inputs):
        raise RefusedError("inputs")
    nodes = precision.matrix(lowering, columns)
    for layer in predictor.layers:
        sums = _sums(precision, layer, nodes)
        outputs = _normalized(precision, layer, _activated(precision, layer, sums))
        nodes = lowering.graph.op("Concat", nodes, outputs, axis=1)
    predictions = []
    for target in predictor.targets:
        taken = lowering.graph.op("Gather", nodes, lowering.graph.integers(target.nodes), axis=1)
        predictions.append(_prediction(lowering, target, precision.leave(taken)))
    return ModelResult(predictions=tuple(predictions))


def _input(lowering: Lowering, scope: Scope, field: DerivedField) -> Number:
    value = lower_cast(lowering, lower_expression(lowering, scope, field.expression), field.data_type)
    if isinstance(value, Text):
        raise lowering.refuse("text is used as a number")
    return value


def _sums(precision: Precision, layer: NeuralLayer, nodes: str) -> str:
    """Z of each neuron [N, n_neurons]."""
    graph = precision.graph
    groups = group_neurons(layer)
    parts = [_group_sums(precision, layer, group, nodes) for group in groups]
    if len(parts) == 1:
        return parts[0]
    order = np.argsort(np.concatenate([group.neurons for group in groups]))
    return graph.op("Gather", graph.op("Concat", *parts, axis=1), graph.integers(order), axis=1)


def _group_sums(precision: Precision, layer: NeuralLayer, group: NeuronGroup, nodes: str) -> str:
    graph = precision.graph
    sources = graph.op("Gather", nodes, graph.integers(group.sources), axis=1)
    if layer.activation_function is not ActivationFunction.RADIAL_BASIS:
        product = graph.op("MatMul", sources, precision.constant(group.weights))
        return graph.op("Add", product, precision.constant(layer.biases[group.neurons][None, :]))
    total = precision.constant(np.zeros((1, len(group.neurons))))
    for position, weights in enumerate(group.weights):
        source = graph.op("Gather", sources, graph.integers([position]), axis=1)
        difference = graph.op("Sub", precision.constant(weights[None, :]), source)
        total = graph.op("Add", total, graph.op("Mul", difference, difference))
    widths = layer.widths[group.neurons].astype(precision.dtype)
    return graph.op("Div", total, precision.constant((2 * widths**2)[None, :]))


def _activated(precision: Precision, layer: NeuralLayer, sums: str) -> str:
    graph = precision.graph
    if layer.activation_function in _OPERATORS:
        return graph.op(_OPERATORS[layer.activation_function], sums)
    one, zero = precision.number(1.0), precision.number(0.0)
    match layer.activation_function:
        case ActivationFunction.THRESHOLD:
            above = graph.op("Where", graph.op("Greater", sums, precision.number(layer.threshold)), one, zero)
            return graph.op("Where", graph.op("IsNaN", sums), sums, above)
        case ActivationFunction.LOGISTIC:
            return graph.op("Div", one, graph.op("Add", one, graph.op("Exp", graph.op("Neg", sums))))
        case ActivationFunction.IDENTITY:
            return sums
        case ActivationFunction.RECIPROCAL:
            return graph.op("Div", one, sums)
        case ActivationFunction.SQUARE:
            return graph.op("Mul", sums, sums)
        case ActivationFunction.GAUSS:
            return graph.op("Exp", graph.op("Neg", graph.op("Mul", sums, sums)))
        case ActivationFunction.ELLIOTT:
            return graph.op("Div", sums, graph.op("Add", one, graph.op("Abs", sums)))
        case ActivationFunction.RECTIFIER:
            below = graph.op("Mul", sums, precision.number(layer.leakage)) if layer.leakage else zero
            kept = graph.op("Where", graph.op("Greater", sums, zero), sums, below)
            return graph.op("Where", graph.op("IsNaN", sums), sums, kept)
        case ActivationFunction.RADIAL_BASIS:
            offsets = np.diff(layer.connection_offsets) * np.log(layer.altitudes)
            return graph.op("Exp", graph.op("Sub", precision.constant(offsets[None, :]), sums))
        case ActivationFunction.ARCTAN:
            is_single = precision.dtype == np.float32
            angle = graph.op("Atan", sums) if is_single else atan(graph, sums)
            return graph.op("Div", graph.op("Mul", precision.number(2.0), angle), precision.number(math.pi))
    raise TypeError(f"activation function {layer.activation_function!s} is unknown")


_OPERATORS = {
    ActivationFunction.TANH: "Tanh",
    ActivationFunction.EXPONENTIAL: "Exp",
    ActivationFunction.SINE: "Sin",
    ActivationFunction.COSINE: "Cos",
}


def _normalized(precision: Precision, layer: NeuralLayer, outputs: str) -> str:
    if layer.normalization_method is NormalizationMethod.NONE:
        return outputs
    graph = precision.graph
    axis = graph.integers([1])
    if layer.normalization_method is NormalizationMethod.SOFTMAX:
        greatest = graph.op("ReduceMax", outputs, axis, keepdims=1)
        outputs = graph.op("Exp", graph.op("Sub", outputs, greatest))
    return graph.op("Div", outputs, graph.op("ReduceSum", outputs, axis, keepdims=1))


def _prediction(lowering: Lowering, target: NeuralTarget, outputs: str) -> Prediction:
    graph = lowering.graph
    if not target.classes:
        value = Number(outputs)
        if target.norm is not None:
            back = way_back(target.norm)
            mapped = lower_expression(lowering, Scope(values={back.field: ScopedValue(value)}), back)
            value = Number(mapped.name)
        return Prediction(target=target.field, value=value)
    if len(target.nodes) == 1:
        outputs = graph.op("Concat", outputs, graph.op("Sub", graph.number(1.0), outputs), axis=1)
    prediction = Prediction(target=target.field, classes=target.classes, probabilities=outputs)
    prediction = with_winner(lowering, prediction, outputs)
    # The node of each class, and none where no class wins.
    node_ids = target.node_ids if len(target.node_ids) > 1 else target.node_ids * len(target.classes)
    entity_ids = gather_scalars(lowering, (*node_ids, None), str(prediction.winner), DataType.STRING)
    return replace(prediction, entity_ids=entity_ids)
