"""Random support vector machines, neural networks and Gaussian processes over the inputs of ``tests.strategies``."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from modelport_runtime.hub import (
    ActivationFunction,
    CategoricalTerm,
    DataType,
    DerivedField,
    FieldRef,
    GaussianProcessKernel,
    GaussianProcessModel,
    NeuralLayer,
    NeuralNetwork,
    NeuralTarget,
    NormalizationMethod,
    NormContinuous,
    NormDiscrete,
    OpType,
    OutlierTreatment,
    SupportVectorMachineModel,
    SvmClassificationMethod,
    SvmKernel,
    SvmRepresentation,
)

__all__ = ["gaussian_processes", "neural_networks", "support_vectors"]


@st.composite
def _generators(draw: st.DrawFn) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


@st.composite
def support_vectors(draw: st.DrawFn, classes: tuple[object, ...] = ()) -> SupportVectorMachineModel:
    """Machines of every kernel and method, over numbers and categories."""
    random = draw(_generators())
    fields = (
        FieldRef(field="x0"),
        FieldRef(field="d0", map_missing_to=draw(st.none() | st.just(0.25))),
        CategoricalTerm(field="s0", value="a"),
        CategoricalTerm(field="whole", value=2),
    )
    pairs = [(i, j) for i in range(len(classes)) for j in range(i + 1, len(classes))]
    method = draw(st.sampled_from(SvmClassificationMethod))
    if not classes:
        method, pairs = SvmClassificationMethod.ONE_AGAINST_ALL, [(-1, -1)]
    elif method is SvmClassificationMethod.ONE_AGAINST_ALL:
        pairs = [(i, -1) for i in range(len(classes))]
    by_fields = draw(st.booleans())
    n_vectors = draw(st.integers(1, 6))
    return SupportVectorMachineModel(
        fields=fields,
        scales=np.array([1.0, 1.0, 1.0, 2.0]),
        kernel=SvmKernel.LINEAR if by_fields else draw(st.sampled_from(SvmKernel)),
        gamma=draw(st.sampled_from([0.25, 1.0])),
        coef0=draw(st.sampled_from([0.0, 1.0])),
        degree=draw(st.sampled_from([1.0, 2.0, 3.0])),
        representation=SvmRepresentation.COEFFICIENTS if by_fields else SvmRepresentation.SUPPORT_VECTORS,
        vectors=np.zeros((0, 4)) if by_fields else random.normal(size=(n_vectors, 4)),
        coefficients=random.normal(size=(len(pairs), 4 if by_fields else n_vectors)),
        intercepts=random.normal(size=len(pairs)),
        thresholds=random.normal(size=len(pairs)),
        classes=classes,
        class_of_machine=np.array([pair[0] for pair in pairs]),
        other_class_of_machine=np.array([pair[1] for pair in pairs]),
        classification_method=method,
        max_wins=draw(st.booleans()),
    )


@st.composite
def neural_networks(draw: st.DrawFn, classes: tuple[object, ...] = ()) -> NeuralNetwork:
    """Networks whose neurons are connected to any nodes before them, with every activation function of a graph."""
    random = draw(_generators())
    expressions = (
        FieldRef(field="x0"),
        NormContinuous(field="x1", original=np.array([-1.0, 2.0]), norm=np.array([0.0, 1.0]), map_missing_to=0.5),
        NormDiscrete(field="s0", value="a", map_missing_to=draw(st.none() | st.just(0.0))),
    )
    inputs = tuple(
        DerivedField(name=f"i{index}", data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS, expression=expression)
        for index, expression in enumerate(expressions)
    )
    n_outputs = 1 if len(classes) == 2 and draw(st.booleans()) else max(len(classes), 1)
    layers: list[NeuralLayer] = []
    n_nodes = len(inputs)
    for number, size in enumerate((*draw(st.lists(st.integers(1, 4), max_size=2)), n_outputs)):
        layers.append(draw(_layers(random, n_nodes, number, size)))
        n_nodes += size
    norm = NormContinuous(
        field="y",
        original=np.array([-2.0, 0.0, 5.0]),
        norm=np.array([0.0, 0.25, 1.0]),
        outlier_treatment=draw(st.sampled_from(OutlierTreatment)),
    )
    target = NeuralTarget(
        field="y",
        classes=classes,
        nodes=np.arange(n_nodes - n_outputs, n_nodes),
        node_ids=layers[-1].neuron_ids,
        norm=None if classes else draw(st.none() | st.just(norm)),
    )
    return NeuralNetwork(inputs=inputs, layers=tuple(layers), targets=(target,))


@st.composite
def _layers(draw: st.DrawFn, random: np.random.Generator, n_nodes: int, number: int, size: int) -> NeuralLayer:
    activation = draw(st.sampled_from(ActivationFunction))
    shared = draw(st.booleans())
    connected = [np.flatnonzero(random.random(n_nodes) < 0.7) for _ in range(size)]
    if shared:
        connected = [connected[0]] * size
    is_radial = activation is ActivationFunction.RADIAL_BASIS
    return NeuralLayer(
        activation_function=activation,
        normalization_method=draw(
            st.sampled_from([NormalizationMethod.NONE, NormalizationMethod.SOFTMAX, NormalizationMethod.SIMPLEMAX])
        ),
        threshold=draw(st.sampled_from([0.0, 0.3])),
        leakage=draw(st.sampled_from([0.0, 0.01])),
        neuron_ids=tuple(f"n{number}.{index}" for index in range(size)),
        connection_offsets=np.cumsum([0, *(len(sources) for sources in connected)]),
        sources=np.concatenate(connected),
        weights=random.normal(size=sum(len(sources) for sources in connected)),
        biases=random.normal(size=size),
        widths=random.uniform(0.5, 2.0, size) if is_radial else np.full(size, math.nan),
        altitudes=random.uniform(0.5, 2.0, size) if is_radial else np.full(size, math.nan),
    )


@st.composite
def gaussian_processes(draw: st.DrawFn) -> GaussianProcessModel:
    """Processes of every kernel."""
    random = draw(_generators())
    n_instances = draw(st.integers(1, 6))
    kernel = draw(st.sampled_from(GaussianProcessKernel))
    return GaussianProcessModel(
        fields=("x0", "d0"),
        kernel=kernel,
        gamma=draw(st.sampled_from([0.5, 2.0])),
        noise_variance=draw(st.sampled_from([0.1, 1.0])),
        lambdas=random.uniform(0.5, 2.0, 2),
        degree=draw(st.sampled_from([1.0, 1.5, 2.0])),
        instances=random.normal(size=(n_instances, 2)),
        values=random.normal(size=n_instances),
    )
