"""GaussianProcessModel (PMML 4.4, Gaussian Process)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import DataType, GaussianProcessKernel, GaussianProcessModel
from modelport_runtime.pmml._element import Element, parse_number
from modelport_runtime.pmml._instances import read_instances
from modelport_runtime.pmml._matrices import read_numbers
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_gaussian_process"]


def read_gaussian_process(reading: Reading, element: Element, context: ModelContext) -> GaussianProcessModel | None:
    """Read the kernel and the training instances of a ``GaussianProcessModel``; ``None`` without instances.

    Raises:
        ArtifactError: Instances, fields and what the kernel says of them do not fit.
    """
    if context.is_classification:
        # "can be used for both regression and classification", but only regression is defined.
        reading.refuse(element, "a Gaussian process that predicts classes is not defined", "use regression")
    if context.math_type is DataType.FLOAT:
        reading.refuse(element, "x-mathContext='float' is not supported in GaussianProcessModel", "remove it")
    kernel = element.require_child(*GaussianProcessKernel)
    read = _read_instances(reading, element.require_child("TrainingInstances"), context)
    if read is None:
        return None
    fields, instances, values = read
    noise_variance, gamma = kernel.number("noiseVariance", 1.0), kernel.number("gamma", 1.0)
    if not (noise_variance >= 0 and gamma > 0):
        raise kernel.error("noiseVariance must not be negative, and gamma must be positive; correct them")
    _read_spread_outputs(reading, element)
    return GaussianProcessModel(
        fields=fields,
        kernel=GaussianProcessKernel(kernel.tag),
        gamma=gamma,
        noise_variance=noise_variance,
        lambdas=_read_lambdas(reading, kernel, len(fields)),
        degree=kernel.number("degree", 1.0),
        instances=instances,
        values=values,
    )


def _read_lambdas(reading: Reading, kernel: Element, n_fields: int) -> NDArray[np.float64]:
    """One length of scale a field; those that are not given are 1."""
    reading.expect(kernel, {"Lambda"})
    lambdas = np.full(n_fields, kernel.number("lambda", 1.0))
    children = kernel.all("Lambda")
    if children:
        arrays = [read_numbers(child.require_child("Array")) for child in children]
        given = np.concatenate(arrays)
        if len(given) not in (1, n_fields):
            raise children[0].error(f"Lambda has {len(given)} numbers for {n_fields} fields; give one a field")
        lambdas = np.broadcast_to(given, n_fields)
    if not np.all(lambdas > 0):
        raise kernel.error("every lambda must be positive; correct them")
    return lambdas


def _read_instances(
    reading: Reading, element: Element, context: ModelContext
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]] | None:
    """Names of the fields, the instances, shape (number of instances, number of fields), and their values."""
    read = read_instances(reading, element)
    if read is None:
        return None
    target = context.target
    if target is None or target not in read.columns:
        raise element.error(f"the target {target!r} is not one of the instances' fields; add it")
    fields = tuple(name for name in read.columns if name != target)
    if not fields:
        raise element.error("the instances have no field besides the target; export the model again")
    for name in fields:
        if context.scope.find(name) is None:
            raise element.error(f"field {name!r} of the instances is not defined; define it, or correct the name")
    columns = {name: [_number(element, text) for text in read.texts(name)] for name in (*fields, target)}
    return fields, np.array([columns[name] for name in fields]).T, np.array(columns[target])


def _number(element: Element, cell: str | None) -> float:
    try:
        return parse_number(cell or "")
    except ValueError:
        raise element.error(f"{cell!r} in the training instances is no number; correct it") from None


def _read_spread_outputs(reading: Reading, element: Element) -> None:
    """Read an output of the specification's own example for what it is meant to be.

    There, and in what its authors' exporters write, ``StandardDeviation`` is declared as a second ``predictedValue``
    (PMML 4.4, Gaussian Process, example); the feature ``standardDeviation`` is what Output has for it.
    """
    output = element.child("Output")
    for field in [] if output is None else output.all("OutputField"):
        if field.get("name") == "StandardDeviation" and (field.get("feature") or "predictedValue") == "predictedValue":
            reading.notice(field, "feature-inferred", "predictedValue is read as standardDeviation")
            field.attributes["feature"] = "standardDeviation"
