"""Neural networks (PMML 4.4, Neural Network)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import NumberColumn, TextColumn
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._expressions import evaluate, evaluate_derived
from modelport_runtime.executors.reference._kernels import Reals, blocks
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction, winners
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    ActivationFunction,
    DataField,
    DataType,
    Model,
    NeuralLayer,
    NeuralNetwork,
    NeuralTarget,
    NormalizationMethod,
    NormContinuous,
)

__all__ = ["NeuronGroup", "group_neurons", "make_neural_network", "way_back"]


@dataclass(frozen=True, slots=True)
class NeuronGroup:
    """Neurons of a layer that are connected to the same nodes.

    Attributes:
        neurons: Positions in the layer.
        sources: Numbers of the nodes, in the order of the connections.
        weights: float64, shape (number of sources, number of neurons).
    """

    neurons: NDArray[np.intp]
    sources: NDArray[np.int32]
    weights: Numbers


def group_neurons(layer: NeuralLayer) -> list[NeuronGroup]:
    """The neurons of a layer by the nodes that they are connected to, so that each group is one matrix product.

    A neuron must not see nodes that it is not connected to, not even with weight zero: they may be missing.
    """
    by_sources: dict[bytes, list[int]] = {}
    starts = layer.connection_offsets
    for neuron in range(len(layer.neuron_ids)):
        by_sources.setdefault(layer.sources[starts[neuron] : starts[neuron + 1]].tobytes(), []).append(neuron)
    groups = []
    for key, neurons in by_sources.items():
        sources = np.frombuffer(key, dtype=np.int32)
        weights = np.stack([layer.weights[starts[n] : starts[n + 1]] for n in neurons], axis=1)
        groups.append(NeuronGroup(np.array(neurons), sources, weights))
    return groups


def make_neural_network(
    predictor: NeuralNetwork, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A network ready to run."""
    groups = [group_neurons(layer) for layer in predictor.layers]
    return lambda model, scope: _evaluate(model, predictor, groups, scope)


def _evaluate(model: Model, predictor: NeuralNetwork, groups: list[list[NeuronGroup]], scope: Scope) -> ModelResult:
    """One prediction a target."""
    dtype = np.float32 if model.math_type is DataType.FLOAT else np.float64
    inputs = np.empty((scope.n_rows, len(predictor.inputs)), dtype=dtype)
    for position, field in enumerate(predictor.inputs):
        value = evaluate_derived(field, scope)
        scope.mark(value.invalid)
        with np.errstate(over="ignore"):
            inputs[:, position] = numbers(value.column)
    wanted = np.concatenate([target.nodes for target in predictor.targets])
    outputs = np.empty((scope.n_rows, len(wanted)))
    n_nodes = inputs.shape[1] + sum(len(layer.neuron_ids) for layer in predictor.layers)
    for block in blocks(scope.n_rows, n_nodes):
        outputs[block] = _run(predictor, groups, inputs[block], n_nodes)[:, wanted]
    predictions, first = [], 0
    for target in predictor.targets:
        predictions.append(_prediction(target, outputs[:, first : first + len(target.nodes)]))
        first += len(target.nodes)
    return ModelResult(predictions=tuple(predictions))


def _run(predictor: NeuralNetwork, groups: list[list[NeuronGroup]], inputs: Reals, n_nodes: int) -> Reals:
    """The output of every node, shape (n_rows, n_nodes), computed in the type of ``inputs``."""
    nodes = np.empty((len(inputs), n_nodes), dtype=inputs.dtype)
    nodes[:, : inputs.shape[1]] = inputs
    first = inputs.shape[1]
    for layer, own in zip(predictor.layers, groups, strict=True):
        last = first + len(layer.neuron_ids)
        with np.errstate(all="ignore"):
            sums = _sums(layer, own, nodes)
            nodes[:, first:last] = _NORMALIZATIONS[layer.normalization_method](_activate(layer, sums))
        first = last
    return nodes


def _sums(layer: NeuralLayer, groups: list[NeuronGroup], nodes: Reals) -> Reals:
    """Z of each neuron of a layer, shape (n_rows, n_neurons)."""
    sums = np.empty((len(nodes), len(layer.neuron_ids)), dtype=nodes.dtype)
    for group in groups:
        sources = nodes[:, _columns(group.sources)]
        weights = group.weights.astype(nodes.dtype)
        if layer.activation_function is ActivationFunction.RADIAL_BASIS:
            sums[:, group.neurons] = _radial_sums(sources, weights, layer.widths[group.neurons].astype(nodes.dtype))
        else:
            sums[:, group.neurons] = sources @ weights + layer.biases[group.neurons].astype(nodes.dtype)
    return sums


def _columns(sources: NDArray[np.int32]) -> slice | NDArray[np.int32]:
    """The sources as a slice, which copies nothing, where they follow each other."""
    first = int(sources[0]) if len(sources) else 0
    follow = bool(np.array_equal(sources, np.arange(first, first + len(sources))))
    return slice(first, first + len(sources)) if follow else sources


def _radial_sums(sources: Reals, weights: Reals, widths: Reals) -> Reals:
    """|weights - sources|**2 / (2 width**2), the squares added one by one: they may be small beside the numbers."""
    total = np.zeros((len(sources), weights.shape[1]), dtype=sources.dtype)
    for column in range(sources.shape[1]):
        total += (weights[column] - sources[:, column, None]) ** 2
    quotients: Reals = total / (2 * widths**2)
    return quotients


def _activate(layer: NeuralLayer, sums: Reals) -> Reals:
    match layer.activation_function:
        case ActivationFunction.THRESHOLD:
            return np.where(np.isnan(sums), sums, (sums > layer.threshold).astype(sums.dtype))
        case ActivationFunction.RECTIFIER:
            # A missing sum is not positive, and stays missing by the product; zero times infinity would be.
            below = layer.leakage * sums if layer.leakage else np.where(np.isnan(sums), sums, sums.dtype.type(0))
            return np.where(sums > 0, sums, below)
        case ActivationFunction.RADIAL_BASIS:
            fan_in = np.diff(layer.connection_offsets)
            return np.exp((fan_in * np.log(layer.altitudes)).astype(sums.dtype) - sums)
    return _ACTIVATIONS[layer.activation_function](sums)


_ACTIVATIONS: dict[ActivationFunction, Callable[[Reals], Reals]] = {
    ActivationFunction.LOGISTIC: lambda z: 1 / (1 + np.exp(-z)),
    ActivationFunction.TANH: np.tanh,
    ActivationFunction.IDENTITY: lambda z: z,
    ActivationFunction.EXPONENTIAL: np.exp,
    ActivationFunction.RECIPROCAL: lambda z: 1 / z,
    ActivationFunction.SQUARE: np.square,
    ActivationFunction.GAUSS: lambda z: np.exp(-np.square(z)),
    ActivationFunction.SINE: np.sin,
    ActivationFunction.COSINE: np.cos,
    ActivationFunction.ELLIOTT: lambda z: z / (1 + np.abs(z)),
    ActivationFunction.ARCTAN: lambda z: 2 * np.arctan(z) / math.pi,
}


def _softmax(outputs: Reals) -> Reals:
    exponentials = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    quotients: Reals = exponentials / exponentials.sum(axis=1, keepdims=True)
    return quotients


def _simplemax(outputs: Reals) -> Reals:
    quotients: Reals = outputs / outputs.sum(axis=1, keepdims=True)
    return quotients


_NORMALIZATIONS: dict[NormalizationMethod, Callable[[Reals], Reals]] = {
    NormalizationMethod.NONE: lambda outputs: outputs,
    NormalizationMethod.SIMPLEMAX: _simplemax,
    NormalizationMethod.SOFTMAX: _softmax,
}


def _prediction(target: NeuralTarget, outputs: Numbers) -> Prediction:
    if not target.classes:
        value = outputs[:, 0].copy()
        return Prediction(target=target.field, value=value if target.norm is None else _mapped_back(target.norm, value))
    if outputs.shape[1] == 1:
        outputs = np.concatenate([outputs, 1.0 - outputs], axis=1)
    winner = winners(outputs)
    entity = winner if len(target.node_ids) > 1 else np.minimum(winner, 0)
    return Prediction(
        target=target.field,
        classes=target.classes,
        winner=winner,
        probabilities=outputs,
        entity_ids=TextColumn(entity, target.node_ids),
    )


def _mapped_back(norm: NormContinuous, values: Numbers) -> Numbers:
    scope = Scope(len(values))
    back = way_back(norm)
    scope.define(back.field, NumberColumn(values))
    return numbers(evaluate(back, scope).column)


def way_back(norm: NormContinuous) -> NormContinuous:
    """The inverse of a normalisation: from normalised values to original ones, over a field called ``output``."""
    order = slice(None) if norm.norm[0] <= norm.norm[-1] else slice(None, None, -1)
    return NormContinuous(
        field="output",
        original=norm.norm[order],
        norm=norm.original[order],
        outlier_treatment=norm.outlier_treatment,
    )
