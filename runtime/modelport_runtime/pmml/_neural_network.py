"""NeuralNetwork (PMML 4.4, Neural Network)."""

from __future__ import annotations

import math

import numpy as np

from modelport_runtime.hub import (
    ActivationFunction,
    DerivedField,
    NeuralLayer,
    NeuralNetwork,
    NormalizationMethod,
    OpType,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import find_expression
from modelport_runtime.pmml._fields import data_type_of
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._neural_outputs import read_neural_outputs
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_neural_network"]

_NORMALIZATIONS = (NormalizationMethod.NONE, NormalizationMethod.SIMPLEMAX, NormalizationMethod.SOFTMAX)


def read_neural_network(reading: Reading, element: Element, context: ModelContext) -> NeuralNetwork:
    """Read the inputs, the layers and the outputs of a ``NeuralNetwork``.

    Raises:
        ArtifactError: Neurons do not fit together.
    """
    nodes: dict[str, int] = {}
    inputs = _read_inputs(reading, element, context, nodes)
    layers = tuple(_read_layer(reading, layer, element, nodes) for layer in element.all("NeuralLayer"))
    if not layers:
        raise element.error("NeuralNetwork has no NeuralLayer; correct the document or export it again")
    targets = read_neural_outputs(reading, element, context, nodes, layers[-1].neuron_ids)
    return NeuralNetwork(inputs=inputs, layers=layers, targets=targets)


def _add_node(element: Element, nodes: dict[str, int]) -> str:
    identifier = element.require("id")
    if identifier in nodes:
        raise element.error(f"node {identifier!r} is defined twice; give each its own id")
    nodes[identifier] = len(nodes)
    return identifier


def _read_inputs(
    reading: Reading, element: Element, context: ModelContext, nodes: dict[str, int]
) -> tuple[DerivedField, ...]:
    parent = element.require_child("NeuralInputs")
    reading.expect(parent, {"NeuralInput"})
    fields = []
    for child in parent.all("NeuralInput"):
        reading.expect(child, {"DerivedField"})
        derived = child.require_child("DerivedField")
        data_type = data_type_of(derived)
        fields.append(
            DerivedField(
                name=_add_node(child, nodes),
                data_type=data_type,
                op_type=derived.choice("optype", OpType, OpType.CONTINUOUS),
                expression=find_expression(reading, derived, context.scope, data_type),
            )
        )
    if not fields:
        raise parent.error("NeuralInputs has no NeuralInput; correct the document or export it again")
    return tuple(fields)


def _read_layer(reading: Reading, layer: Element, network: Element, nodes: dict[str, int]) -> NeuralLayer:
    """A layer; what it does not say itself the network says."""
    reading.expect(layer, {"Neuron"})
    neurons = layer.all("Neuron")
    if not neurons:
        raise layer.error("NeuralLayer has no Neuron; correct the document or export it again")
    activation = _says(layer, network, "activationFunction").choice("activationFunction", ActivationFunction)
    is_radial = activation is ActivationFunction.RADIAL_BASIS
    width = _says(layer, network, "width").number("width", math.nan)
    altitude = _says(layer, network, "altitude").number("altitude", 1.0)
    sources: list[int] = []
    weights: list[float] = []
    offsets = [0]
    for neuron in neurons:
        reading.expect(neuron, {"Con"})
        for connection in neuron.all("Con"):
            sources.append(_source(connection, nodes))
            weights.append(connection.number("weight"))
        offsets.append(len(sources))
        if is_radial and not neuron.number("width", width) > 0:
            raise neuron.error("radialBasis needs a positive width, of the neuron, its layer or the network; give one")
        if is_radial and not neuron.number("altitude", altitude) > 0:
            raise neuron.error("radialBasis needs a positive altitude; correct it")
    return NeuralLayer(
        activation_function=activation,
        normalization_method=_normalization(layer, network),
        threshold=_says(layer, network, "threshold").number("threshold", 0.0),
        leakage=_says(layer, network, "x-leakage").number("x-leakage", 0.0),
        # Only now, so that no neuron is connected to one of its own layer.
        neuron_ids=tuple(_add_node(neuron, nodes) for neuron in neurons),
        connection_offsets=np.array(offsets),
        sources=np.array(sources, dtype=np.int32),
        weights=np.array(weights, dtype=np.float64),
        biases=np.array([neuron.number("bias", 0.0) for neuron in neurons]),
        widths=np.array([neuron.number("width", width) if is_radial else math.nan for neuron in neurons]),
        altitudes=np.array([neuron.number("altitude", altitude) if is_radial else math.nan for neuron in neurons]),
    )


def _says(layer: Element, network: Element, attribute: str) -> Element:
    """The layer where it has the attribute, else the network."""
    return layer if attribute in layer.attributes else network


def _normalization(layer: Element, network: Element) -> NormalizationMethod:
    element = _says(layer, network, "normalizationMethod")
    method = element.choice("normalizationMethod", NormalizationMethod, NormalizationMethod.NONE)
    if method not in _NORMALIZATIONS:
        raise element.error(f"normalizationMethod={method!s} is unknown; known are {', '.join(_NORMALIZATIONS)}")
    return method


def _source(connection: Element, nodes: dict[str, int]) -> int:
    identifier = connection.require("from")
    if identifier not in nodes:
        raise connection.error(
            f"node {identifier!r} is not an input or a neuron of a layer before; correct it (networks that feed back "
            "into earlier layers cannot be scored)"
        )
    return nodes[identifier]
