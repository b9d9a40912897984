"""GaussianProcessModel (PMML 4.4, Gaussian Process)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import DataType, GaussianProcessKernel, GaussianProcessModel
from modelport_runtime.pmml._arrays import read_inline_table
from modelport_runtime.pmml._element import Element, parse_number
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._number_arrays import check_count, read_numbers
from modelport_runtime.pmml._reading import Reading

__all__ = ["read_gaussian_process"]


def read_gaussian_process(reading: Reading, element: Element, context: ModelContext) -> GaussianProcessModel:
    """Read the kernel and the training instances of a ``GaussianProcessModel``.

    Raises:
        ArtifactError: Instances, fields and what the kernel says of them do not fit.
    """
    if context.is_classification:
        # "can be used for both regression and classification", but only regression is defined.
        reading.refuse(element, "a Gaussian process that predicts classes is not defined", "use regression")
    if context.math_type is DataType.FLOAT:
        reading.refuse(element, "x-mathContext='float' is not supported in GaussianProcessModel", "remove it")
    kernel = element.require_child(*GaussianProcessKernel)
    fields, instances, values = _read_instances(reading, element.require_child("TrainingInstances"), context)
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
        arrays = [read_numbers(child.require_child("Array", "REAL-Array")) for child in children]
        given = np.concatenate(arrays)
        if len(given) not in (1, n_fields):
            raise children[0].error(f"Lambda has {len(given)} numbers for {n_fields} fields; give one a field")
        lambdas = np.broadcast_to(given, n_fields)
    if not np.all(lambdas > 0):
        raise kernel.error("every lambda must be positive; correct them")
    return lambdas


def _read_instances(
    reading: Reading, element: Element, context: ModelContext
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Names of the fields, the instances, shape (number of instances, number of fields), and their values."""
    reading.expect(element, {"InstanceFields", "InlineTable", "TableLocator"})
    if element.child("TableLocator") is not None:
        reading.refuse(element, "TableLocator is not supported", "write the instances as an InlineTable")
    declared = element.require_child("InstanceFields")
    reading.expect(declared, {"InstanceField"})
    children = declared.all("InstanceField")
    names = [child.require("field") for child in children]
    target = context.target
    if target is None or names.count(target) != 1:
        raise declared.error(f"the target {target!r} is not one of the instances' fields; name it once")
    for child, name in zip(children, names, strict=True):
        if context.scope.find(name) is None:
            raise child.error(f"field {name!r} is not defined; define it, or correct the name")
    table = element.child("InlineTable")
    columns = tuple(child.get("column") or child.require("field") for child in children)
    rows = [] if table is None else read_inline_table(table, columns)
    check_count(element, "recordCount", len(rows))
    check_count(element, "fieldCount", len(children))
    if (not rows and table is not None) or len(names) < 2:
        raise element.error("a Gaussian process needs a training instance and a field; export the model again")
    matrix = np.array([[_number(element, cell) for cell in row] for row in rows]).reshape(len(rows), len(names))
    position = names.index(target)
    fields = tuple(name for name in names if name != target)
    if table is None:  # refused above; the document never leaves the reader
        matrix = np.zeros((1, len(names)))
    return fields, np.delete(matrix, position, axis=1), matrix[:, position]


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
