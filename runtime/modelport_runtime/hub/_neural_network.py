"""Neural networks (PMML 4.4, Neural Network)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._expressions import DerivedField, NormContinuous
from modelport_runtime.hub._types import NormalizationMethod, Scalar

__all__ = ["ActivationFunction", "NeuralLayer", "NeuralNetwork", "NeuralTarget"]


class ActivationFunction(StrEnum):
    """From a neuron's sum Z to its output (PMML 4.4, ACTIVATION-FUNCTION)."""

    THRESHOLD = "threshold"
    """1 where Z > threshold, else 0"""
    LOGISTIC = "logistic"
    """1 / (1 + exp(-Z))"""
    TANH = "tanh"
    IDENTITY = "identity"
    EXPONENTIAL = "exponential"
    """exp(Z)"""
    RECIPROCAL = "reciprocal"
    """1 / Z"""
    SQUARE = "square"
    """Z**2"""
    GAUSS = "Gauss"
    """exp(-Z**2)"""
    SINE = "sine"
    COSINE = "cosine"
    ELLIOTT = "Elliott"
    """Z / (1 + |Z|)"""
    ARCTAN = "arctan"
    """2 arctan(Z) / pi"""
    RECTIFIER = "rectifier"
    """Z where it is positive, else leakage * Z"""
    RADIAL_BASIS = "radialBasis"
    """exp(f log(altitude) - Z), f being the number of connections, and Z = |weights - inputs|**2 / (2 width**2)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralLayer:
    """Neurons of one layer, each connected to whichever nodes come before it.

    Nodes are numbered: the network's inputs first, then the neurons, layer by layer. A neuron's sum is its bias and the
    weighted outputs of the nodes that it is connected to. With N neurons and C connections of them all:

    Attributes:
        activation_function: From sums to outputs.
        normalization_method: What is done to the outputs of the layer: ``none``, ``simplemax`` (divide them by their
            sum) or ``softmax``.
        threshold: Of the activation function ``threshold``.
        leakage: Of ``rectifier``: the slope on its left side (a vendor's ``x-leakage``).
        neuron_ids: Identifiers of the neurons.
        connection_offsets: int64, shape (N + 1,): the connections of neuron i are those from
            ``connection_offsets[i]`` up to ``connection_offsets[i + 1]``.
        sources: int32, shape (C,): the node that a connection comes from.
        weights: float64, shape (C,).
        biases: float64, shape (N,).
        widths: float64, shape (N,): of ``radialBasis``; NaN elsewhere.
        altitudes: float64, shape (N,): of ``radialBasis``; NaN elsewhere.
    """

    activation_function: ActivationFunction
    normalization_method: NormalizationMethod = NormalizationMethod.NONE
    threshold: float = 0.0
    leakage: float = 0.0
    neuron_ids: tuple[str, ...]
    connection_offsets: NDArray[np.int64]
    sources: NDArray[np.int32]
    weights: NDArray[np.float64]
    biases: NDArray[np.float64]
    widths: NDArray[np.float64]
    altitudes: NDArray[np.float64]

    def __post_init__(self) -> None:
        offsets = freeze_field(self, "connection_offsets", np.int64, 1)
        sources = freeze_field(self, "sources", np.int32, 1)
        n_connections = len(freeze_field(self, "weights", np.float64, 1))
        n_neurons = len(self.neuron_ids)
        for name in ("biases", "widths", "altitudes"):
            if len(freeze_field(self, name, np.float64, 1)) != n_neurons:
                raise ValueError(f"{name} has {len(getattr(self, name))} numbers, expected {n_neurons}")
        if len(sources) != n_connections:
            raise ValueError(f"{len(sources)} sources but {n_connections} weights")
        fits = len(offsets) == n_neurons + 1 and offsets[0] == 0 and offsets[-1] == n_connections
        if not fits or np.any(np.diff(offsets) < 0):
            raise ValueError("connection_offsets do not divide the connections among the neurons")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralTarget:
    """A target and the nodes whose outputs predict it.

    Attributes:
        field: Its name; ``None`` when the model names none.
        classes: Class labels in order; empty for regression.
        nodes: int32: the node of each class; of regression the only one. With two classes one node will do: its output
            is the first one's probability, and the second has the complement.
        node_ids: Identifiers of the nodes.
        norm: For regression: how the target was normalised. The node's output is mapped back, outliers treated as
            ``outlier_treatment`` says (PMML 4.4, Neural Network, NeuralOutputs).
    """

    field: str | None = None
    classes: tuple[Scalar, ...] = ()
    nodes: NDArray[np.int32]
    node_ids: tuple[str, ...]
    norm: NormContinuous | None = None

    def __post_init__(self) -> None:
        nodes = freeze_field(self, "nodes", np.int32, 1)
        if len(nodes) != len(self.node_ids):
            raise ValueError(f"{len(nodes)} nodes but {len(self.node_ids)} identifiers")
        if not len(nodes) or (len(nodes) != max(len(self.classes), 1) and (len(nodes), len(self.classes)) != (1, 2)):
            raise ValueError(f"{len(nodes)} nodes for {len(self.classes)} classes")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralNetwork:
    """A feed-forward network. A missing input makes missing whatever is connected to it.

    The class of the greatest output wins, the first one among equals, and outputs are the probabilities.

    Attributes:
        inputs: The network's inputs, each named by its node's identifier.
        layers: In the order in which they are computed.
        targets: What the outputs mean.
    """

    inputs: tuple[DerivedField, ...]
    layers: tuple[NeuralLayer, ...]
    targets: tuple[NeuralTarget, ...]

    def __post_init__(self) -> None:
        n_nodes = len(self.inputs)
        for layer in self.layers:
            if np.any((layer.sources < 0) | (layer.sources >= n_nodes)):
                raise ValueError("sources name a node that does not come before its layer")
            n_nodes += len(layer.neuron_ids)
        for target in self.targets:
            if np.any((target.nodes < 0) | (target.nodes >= n_nodes)):
                raise ValueError(f"nodes of a target are not among the {n_nodes} nodes")
        if not self.targets:
            raise ValueError("a network needs a target")

    @property
    def classes(self) -> tuple[Scalar, ...]:
        """Class labels of the first target."""
        return self.targets[0].classes
