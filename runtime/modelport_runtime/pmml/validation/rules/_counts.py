"""Declared numbers of things against the things, and vectors against the fields that they are about."""

from __future__ import annotations

from collections.abc import Iterator

from modelport_runtime.findings import Severity
from modelport_runtime.pmml.validation._constants import items_of, number_of
from modelport_runtime.pmml.validation._document import Element, local_name
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
    ("Seasonality_ExpoSmooth", "period"): "items",
    ("TimeCycle", "length"): "items",
}
"""Attributes that count, and the children counted; ``items`` are those of the array inside."""

_COUNTED_WITHIN = {
    ("TrainingInstances", "fieldCount"): ("InstanceFields", "InstanceField"),
    ("TrainingInstances", "recordCount"): ("InlineTable", "row"),
}
"""Attributes that count children of a child; nothing is counted where that child is missing."""


def _counts(scopes: Scopes) -> Iterator[Problem]:
    by_element: dict[str, list[tuple[str, str, str]]] = {}
    for (name, attribute), counted in _COUNTED.items():
        by_element.setdefault(name, []).append((attribute, "", counted))
    for (name, attribute), (holder, counted) in _COUNTED_WITHIN.items():
        by_element.setdefault(name, []).append((attribute, holder, counted))
    for element in scopes.document.all(*by_element):
        for attribute, holder, counted in by_element[local_name(element)]:
            declared = number_of(element.get(attribute))
            found = None if declared is None else _found(scopes, element, holder, counted)
            if found is not None and found != declared:
                yield Problem(
                    element,
                    f"{attribute}={element.get(attribute)!r}, and there are {found}",
                    "correct the number, or export the document again: something may be lost",
                )


def _found(scopes: Scopes, element: Element, holder: str, counted: str) -> int | None:
    parent = next(element.iterchildren(scopes.document.tag(holder)), None) if holder else element
    if parent is None:
        return None
    if counted == "items":
        array = next(parent.iterchildren(scopes.document.tag("Array")), None)
        return None if array is None else len(items_of(array.text))
    tag = scopes.document.tag(counted) if counted != "*" else "*"
    return sum(1 for child in parent.iterchildren(tag) if local_name(child) != "Extension")


def _vectors(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for model in document.all("SupportVectorMachineModel"):
        vectors = {vector.get("id") for vector in model.iter(document.tag("VectorInstance"))}
        for reference in model.iter(document.tag("SupportVector")):
            if reference.get("vectorId") not in vectors:
                remedy = "define the vector, or correct the id"
                yield Problem(reference, f"vector {reference.get('vectorId')!r} is not in the dictionary", remedy)
        for fields in model.iter(document.tag("VectorFields")):
            yield from _vector_lengths(scopes, fields)
        for machine in model.iterchildren(document.tag("SupportVectorMachine")):
            yield from _coefficients(scopes, model, machine)


def _vector_lengths(scopes: Scopes, fields: Element) -> Iterator[Problem]:
    n_fields = sum(1 for child in fields.iterchildren("*") if local_name(child) != "Extension")
    for vector in fields.getparent().iterchildren(scopes.document.tag("VectorInstance")):
        for array in vector.iterchildren("*"):
            found = _length(array)
            if found is not None and found != n_fields:
                yield Problem(array, f"the vector has {found:g} coordinates for {n_fields} fields", "correct it")


def _length(array: Element) -> float | None:
    """Number of coordinates of a dense or sparse array; ``None`` where it is not told."""
    if local_name(array) == "Array":
        return len(items_of(array.text))
    return number_of(array.get("n"))


def _coefficients(scopes: Scopes, model: Element, machine: Element) -> Iterator[Problem]:
    document = scopes.document
    found = sum(1 for _ in machine.iter(document.tag("Coefficient")))
    if model.get("svmRepresentation") == "Coefficients":
        fields = next(model.iter(document.tag("VectorFields")), None)
        expected = 0 if fields is None else sum(local_name(child) != "Extension" for child in fields.iterchildren("*"))
        what = "fields"
    else:
        expected, what = sum(1 for _ in machine.iter(document.tag("SupportVector"))), "support vectors"
    if expected != found:
        remedy = "give one coefficient for each of them"
        yield Problem(machine, f"{found} coefficients for {expected} {what}", remedy)


def _centres(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for model in document.all("ClusteringModel"):
        used = list(model.iterchildren(document.tag("ClusteringField")))
        n_fields = sum(field.get("isCenterField", "true") != "false" for field in used)
        remedy = "give a number for each of them"
        for cluster in model.iterchildren(document.tag("Cluster")):
            array = next(cluster.iterchildren(document.tag("Array")), None)
            if array is not None and n_fields and len(items_of(array.text)) != n_fields:
                found = len(items_of(array.text))
                yield Problem(array, f"the centre has {found} coordinates for {n_fields} fields", remedy)
        for weights in model.iterchildren(document.tag("MissingValueWeights")):
            array = next(weights.iterchildren(document.tag("Array")), None)
            if array is not None and used and len(items_of(array.text)) != len(used):
                yield Problem(array, f"{len(items_of(array.text))} weights for {len(used)} fields", remedy)
        yield from _comparisons(scopes, used)


def _comparisons(scopes: Scopes, used: list[Element]) -> Iterator[Problem]:
    """A matrix of comparisons has a row and a column for each value of its field."""
    for field in used:
        found = scopes.dictionary.get(field.get("field", ""))
        for matrix in field.iter(scopes.document.tag("Matrix")) if found is not None and found.values else ():
            rows = number_of(matrix.get("nbRows")) or sum(1 for _ in matrix.iterchildren(scopes.document.tag("Array")))
            if found is not None and rows and rows != len(found.values):
                message = f"{rows:g} rows of comparisons for the {len(found.values)} values of {found.name!r}"
                yield Problem(matrix, message, "give a row and a column for each value")


def _neurons(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for model in document.all("NeuralNetwork"):
        known: set[str | None] = set()
        for unit in model.iter(*(document.tag(name) for name in ("NeuralInput", "Neuron", "NeuralOutput"))):
            if local_name(unit) == "NeuralOutput":
                if unit.get("outputNeuron") not in known:
                    yield Problem(unit, f"there is no neuron {unit.get('outputNeuron')!r}", "correct the id")
                continue
            if unit.get("id") in known:
                yield Problem(unit, f"two neurons have the id {unit.get('id')!r}", "number the neurons anew")
            for connection in unit.iterchildren(document.tag("Con")):
                if connection.get("from") not in known:
                    message = f"there is no neuron {connection.get('from')!r} in the layers before"
                    yield Problem(connection, message, "correct the id, or the order of the layers")
            known.add(unit.get("id"))


def _instances(scopes: Scopes) -> Iterator[Problem]:
    document = scopes.document
    for instances in document.all("TrainingInstances"):
        fields = next(instances.iterchildren(document.tag("InstanceFields")), None)
        columns = (
            {}
            if fields is None
            else {
                (field.get("column") or field.get("field", "")).rpartition(":")[2]: field
                for field in fields.iterchildren(document.tag("InstanceField"))
            }
        )
        unseen = set(columns)
        has_rows = False
        for row in instances.iter(document.tag("row")):
            has_rows = True
            unseen.difference_update(local_name(cell) for cell in row.iterchildren("*"))
            if not unseen:
                break
        for name in sorted(unseen) if has_rows else ():
            yield Problem(columns[name], f"no row has a column {name!r}", "correct the column's name")


RULES = (
    Rule(
        id="count/elements",
        severity=Severity.WARNING,
        section="General Structure",
        asks="an attribute that counts elements gives their number",
        check=_counts,
    ),
    Rule(
        id="count/vectors",
        severity=Severity.ERROR,
        section="SupportVectorMachine",
        asks="vectors named are defined, have a coordinate for each field and a coefficient each",
        check=_vectors,
    ),
    Rule(
        id="count/centres",
        severity=Severity.ERROR,
        section="ClusteringModel",
        asks="centres, weights and comparisons have as many numbers as there are fields, or values of the field",
        check=_centres,
    ),
    Rule(
        id="count/neurons",
        severity=Severity.ERROR,
        section="NeuralNetwork",
        asks="ids of neurons are unique; connections name neurons of earlier layers, outputs neurons that are there",
        check=_neurons,
    ),
    Rule(
        id="count/instances",
        severity=Severity.WARNING,
        section="KNN, TrainingInstances",
        asks="every instance field has a column in the table of instances",
        check=_instances,
    ),
)
