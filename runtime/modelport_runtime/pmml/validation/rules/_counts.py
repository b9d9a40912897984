"""Declared numbers of things against the things."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.pmml.validation._constants import items_of, number_of
from modelport_runtime.pmml.validation._document import Element, local_name
from modelport_runtime.pmml.validation._findings import Severity
from modelport_runtime.pmml.validation._rule import Problem, Rule
from modelport_runtime.pmml.validation._scopes import Scopes

__all__ = ["RULES"]

_COUNTED = {
    ("DataDictionary", "numberOfFields"): "DataField",
    ("ClusteringModel", "numberOfClusters"): "Cluster",
    ("AssociationModel", "numberOfItems"): "Item",
    ("AssociationModel", "numberOfItemsets"): "Itemset",
    ("AssociationModel", "numberOfRules"): "AssociationRule",
    ("Itemset", "numberOfItems"): "ItemRef",
    ("VectorDictionary", "numberOfVectors"): "VectorInstance",
    ("VectorFields", "numberOfFields"): "*",
    ("SupportVectors", "numberOfSupportVectors"): "SupportVector",
    ("Coefficients", "numberOfCoefficients"): "Coefficient",
    ("NeuralInputs", "numberOfInputs"): "NeuralInput",
    ("NeuralLayer", "numberOfNeurons"): "Neuron",
    ("NeuralOutputs", "numberOfOutputs"): "NeuralOutput",
    ("NeuralNetwork", "numberOfLayers"): "NeuralLayer",
    ("TrainingInstances", "fieldCount"): "InstanceField",
    ("SequenceModel", "numberOfItems"): "Item",
    ("TextDictionary", "numberOfTerms"): "",
}
"""Attributes that count, and the elements counted, among the children or those of one child that holds them."""


def _counts(scopes: Scopes) -> Iterator[Problem]:
    by_element: dict[str, list[tuple[str, str]]] = {}
    for (name, attribute), counted in _COUNTED.items():
        if counted:
            by_element.setdefault(name, []).append((attribute, counted))
    for element in scopes.document.all(*by_element):
        for attribute, counted in by_element[local_name(element)]:
            declared = number_of(element.get(attribute))
            if declared is None:
                continue
            tag = scopes.document.tag(counted) if counted != "*" else None
            found = sum(
                1
                for child in element.iterchildren(tag)
                if isinstance(child.tag, str) and local_name(child) != "Extension"
            )
            if found != declared:
                yield Problem(
                    element,
                    f"{attribute}={element.get(attribute)!r}, and there are {found}",
                    "correct the number, or export the document again: something may be lost",
                )


def _arrays(scopes: Scopes) -> Iterator[Problem]:
    for array in scopes.document.all("Array"):
        declared = array.get("n")
        if declared is None:
            continue
        found = len(items_of(array.text))
        if number_of(declared) != found:
            yield Problem(array, f"n={declared!r}, and the array has {found} items", "correct n, or the items")


def _array_items(scopes: Scopes) -> Iterator[Problem]:
    for array in scopes.document.all("Array", "REAL-Entries", "INT-Entries", "Indices"):
        kind = array.get("type") or {"REAL-Entries": "real"}.get(local_name(array), "int")
        if kind == "string":
            continue
        wrong = next((item for item in items_of(array.text) if not _is_item(item, kind)), None)
        if wrong is not None:
            what = "whole number" if kind == "int" else "number"
            yield Problem(array, f"{wrong!r} in an array of type {kind} is no {what}", "correct it")


def _is_item(text: str, kind: str) -> bool:
    number = number_of(text)
    return number is not None and (kind != "int" or number == int(number) if number is not None else False)


_ROWS = ("Array", "INT-SparseArray", "REAL-SparseArray")


def _matrices(scopes: Scopes) -> Iterator[Problem]:
    for matrix in scopes.document.all("Matrix"):
        rows = [
            child
            for child in matrix.iterchildren()
            if local_name(child) in ("Array", "INT-SparseArray", "REAL-SparseArray")
        ]
        declared_rows, declared_columns = number_of(matrix.get("nbRows")), number_of(matrix.get("nbCols"))
        kind = matrix.get("kind", "any")
        if rows and declared_rows is not None and len(rows) != declared_rows:
            yield Problem(matrix, f"nbRows={matrix.get('nbRows')!r}, and there are {len(rows)} rows", "correct it")
        if kind == "any" and declared_columns is not None:
            for row in rows:
                if local_name(row) == "Array" and len(items_of(row.text)) != declared_columns:
                    yield Problem(
                        row,
                        f"the row has {len(items_of(row.text))} items, nbCols={matrix.get('nbCols')!r}",
                        "correct it",
                    )
        yield from _cells(scopes, matrix, declared_rows, declared_columns)


def _cells(scopes: Scopes, matrix: Element, rows: float | None, columns: float | None) -> Iterator[Problem]:
    for cell in matrix.iterchildren(scopes.document.tag("MatCell")):
        row, column = number_of(cell.get("row")), number_of(cell.get("col"))
        beyond = (rows is not None and row is not None and not 1 <= row <= rows) or (
            columns is not None and column is not None and not 1 <= column <= columns
        )
        if beyond:
            yield Problem(cell, f"cell ({cell.get('row')}, {cell.get('col')}) is outside the matrix", "correct it")


def _vectors(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for model in document.all("SupportVectorMachineModel"):
        vectors = {vector.get("id") for vector in model.iter(document.tag("VectorInstance"))}
        for reference in model.iter(document.tag("SupportVector")):
            if reference.get("vectorId") not in vectors:
                remedy = "define the vector, or correct the id"
                yield Problem(reference, f"vector {reference.get('vectorId')!r} is not in the dictionary", remedy)
        for machine in model.iter(document.tag("SupportVectorMachine")):
            n_vectors = sum(1 for _ in machine.iter(document.tag("SupportVector")))
            n_coefficients = sum(1 for _ in machine.iter(document.tag("Coefficient")))
            if n_vectors and n_coefficients != n_vectors:
                remedy = "give one coefficient for each support vector"
                yield Problem(machine, f"{n_vectors} support vectors and {n_coefficients} coefficients", remedy)
    for model in document.all("ClusteringModel"):
        n_fields = sum(
            1
            for used in model.iterchildren(document.tag("ClusteringField"))
            if used.get("isCenterField", "true") != "false"
        )
        for cluster in model.iterchildren(document.tag("Cluster")):
            array = next(cluster.iterchildren(document.tag("Array")), None)
            if array is not None and n_fields and len(items_of(array.text)) != n_fields:
                remedy = "give a coordinate for each of them"
                yield Problem(
                    array, f"the centre has {len(items_of(array.text))} coordinates for {n_fields} fields", remedy
                )


def _neurons(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for model in document.all("NeuralNetwork"):
        known = {unit.get("id") for unit in model.iter(document.tag("NeuralInput"), document.tag("Neuron"))}
        for connection in model.iter(document.tag("Con")):
            if connection.get("from") not in known:
                yield Problem(connection, f"there is no neuron {connection.get('from')!r}", "correct the id")
        for output in model.iter(document.tag("NeuralOutput")):
            if output.get("outputNeuron") not in known:
                yield Problem(output, f"there is no neuron {output.get('outputNeuron')!r}", "correct the id")


RULES = (
    Rule(
        id="count/elements",
        severity=Severity.WARNING,
        section="General Structure",
        asks="an attribute that counts elements gives their number",
        check=_counts,
    ),
    Rule(
        id="count/array",
        severity=Severity.ERROR,
        section="General Structure, Array",
        asks="n is the number of items of the array",
        check=_arrays,
    ),
    Rule(
        id="count/array-items",
        severity=Severity.ERROR,
        section="General Structure, Array",
        asks="the items of an array are of its type",
        check=_array_items,
    ),
    Rule(
        id="count/matrix",
        severity=Severity.ERROR,
        section="General Structure, Matrix",
        asks="rows and columns are as many as declared, and cells lie within",
        check=_matrices,
    ),
    Rule(
        id="count/vectors",
        severity=Severity.ERROR,
        section="SupportVectorMachine; ClusteringModel",
        asks="vectors named are defined, with a coefficient each; centres have a coordinate for each field",
        check=_vectors,
    ),
    Rule(
        id="count/neurons",
        severity=Severity.ERROR,
        section="NeuralNetwork",
        asks="connections and outputs name neurons that are there",
        check=_neurons,
    ),
)
