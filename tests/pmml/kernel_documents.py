"""PMML text of support vector machines, neural networks and Gaussian processes, written from fitted models' attributes.

Not with our own writer: these documents are what the reader is tested with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["array", "gaussian_process", "machine", "neural_network", "pmml", "support_vector_machine", "vectors"]


def pmml(
    model: str,
    fields: Iterable[str] = (),
    target: str = '<DataField name="y" optype="continuous" dataType="double"/>',
    version: str = "4.4",
    header: str = "",
) -> bytes:
    """A document around a model's element; ``fields`` are of numbers."""
    numbers = "".join(f'<DataField name="{name}" optype="continuous" dataType="double"/>' for name in fields)
    return (
        f'<PMML xmlns="http://www.dmg.org/PMML-{version.replace(".", "_")}" version="{version}">'
        f"<Header>{header}</Header><DataDictionary>{numbers}{target}</DataDictionary>{model}</PMML>"
    ).encode()


def schema(fields: Iterable[str]) -> str:
    """The mining schema of some inputs and the target ``y``."""
    names = "".join(f'<MiningField name="{name}"/>' for name in fields)
    return f'<MiningSchema>{names}<MiningField name="y" usageType="target"/></MiningSchema>'


def array(values: Iterable[float]) -> str:
    """A dense array, each number with all its digits."""
    texts = [repr(float(value)) for value in values]
    return f'<Array n="{len(texts)}" type="real">{" ".join(texts)}</Array>'


def vectors(rows: Iterable[Sequence[float]], fields: Iterable[str]) -> str:
    """A vector dictionary of numeric fields; vectors are called v0, v1, ..."""
    instances = "".join(
        f'<VectorInstance id="v{index}">{array(row)}</VectorInstance>' for index, row in enumerate(rows)
    )
    names = "".join(f'<FieldRef field="{name}"/>' for name in fields)
    return f"<VectorDictionary><VectorFields>{names}</VectorFields>{instances}</VectorDictionary>"


def machine(
    coefficients: Iterable[float], intercept: float, support: Iterable[int] | None, attributes: str = ""
) -> str:
    """One machine; without ``support`` the coefficients are those of the fields."""
    values = "".join(f'<Coefficient value="{float(value)!r}"/>' for value in coefficients)
    references = "".join(f'<SupportVector vectorId="v{index}"/>' for index in support or ())
    support_vectors = "" if support is None else f"<SupportVectors>{references}</SupportVectors>"
    return (
        f"<SupportVectorMachine {attributes}>{support_vectors}"
        f'<Coefficients absoluteValue="{float(intercept)!r}">{values}</Coefficients></SupportVectorMachine>'
    )


def support_vector_machine(
    fields: Sequence[str], kernel: str, dictionary: str, machines: str, attributes: str = "", output: str = ""
) -> str:
    """The element of a model."""
    return (
        f"<SupportVectorMachineModel {attributes}>{schema(fields)}{output}{kernel}{dictionary}{machines}"
        "</SupportVectorMachineModel>"
    )


def neural_network(
    fields: Sequence[str],
    weights: Sequence[Any],
    biases: Sequence[Any],
    activations: Sequence[str],
    outputs: str,
    function: str,
    output: str = "",
) -> str:
    """A network of fully connected layers; ``activations`` are attributes of each. Neurons are called 1,0, 1,1, ..."""
    inputs = "".join(
        f'<NeuralInput id="0,{index}"><DerivedField optype="continuous" dataType="double"><FieldRef field="{name}"/>'
        "</DerivedField></NeuralInput>"
        for index, name in enumerate(fields)
    )
    layers = ""
    for number, (matrix, bias, activation) in enumerate(zip(weights, biases, activations, strict=True), 1):
        neurons = ""
        for neuron in range(matrix.shape[1]):
            connections = "".join(
                f'<Con from="{number - 1},{source}" weight="{float(matrix[source, neuron])!r}"/>'
                for source in range(matrix.shape[0])
            )
            neurons += f'<Neuron id="{number},{neuron}" bias="{float(bias[neuron])!r}">{connections}</Neuron>'
        layers += f"<NeuralLayer {activation}>{neurons}</NeuralLayer>"
    return (
        f'<NeuralNetwork functionName="{function}" activationFunction="identity">{schema(fields)}{output}'
        f"<NeuralInputs>{inputs}</NeuralInputs>{layers}<NeuralOutputs>{outputs}</NeuralOutputs></NeuralNetwork>"
    )


def gaussian_process(fields: Sequence[str], kernel: str, rows: Iterable[Sequence[float]], output: str = "") -> str:
    """A process whose instances end in the value of ``y``."""
    names = (*fields, "y")
    columns = "".join(f'<InstanceField field="{name}" column="{name}"/>' for name in names)
    table = ""
    for row in rows:
        cells = zip(names, row, strict=True)
        table += "<row>" + "".join(f"<{name}>{float(value)!r}</{name}>" for name, value in cells) + "</row>"
    return (
        f'<GaussianProcessModel functionName="regression">{schema(fields)}{output}{kernel}'
        f"<TrainingInstances><InstanceFields>{columns}</InstanceFields><InlineTable>{table}</InlineTable>"
        "</TrainingInstances></GaussianProcessModel>"
    )
