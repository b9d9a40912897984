"""SupportVectorMachineModel (PMML 4.4, Support Vector Machine)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import (
    CategoricalTerm,
    FieldRef,
    Scalar,
    SupportVectorMachineModel,
    SvmClassificationMethod,
    SvmKernel,
    SvmRepresentation,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import read_expression
from modelport_runtime.pmml._matrices import NUMBER_ARRAYS, read_numbers
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading, Scope, cast

__all__ = ["read_support_vectors"]

_KERNELS = {
    "LinearKernelType": SvmKernel.LINEAR,
    "PolynomialKernelType": SvmKernel.POLYNOMIAL,
    "RadialBasisKernelType": SvmKernel.RADIAL_BASIS,
    "SigmoidKernelType": SvmKernel.SIGMOID,
}

_OTHER = "alternateTargetCategory"
_OTHER_OF_MODEL = "alternateBinaryTargetCategory"
"""Attribute of the model that PMML 3 and 4.0 had in place of ``alternateTargetCategory`` of a machine."""


def read_support_vectors(reading: Reading, element: Element, context: ModelContext) -> SupportVectorMachineModel:
    """Read the kernel, the vectors and the machines of a ``SupportVectorMachineModel``.

    Raises:
        ArtifactError: Vectors, coefficients and what declares their number do not fit.
    """
    kernel = element.require_child(*_KERNELS)
    representation = element.choice("svmRepresentation", SvmRepresentation, SvmRepresentation.SUPPORT_VECTORS)
    dictionary = element.require_child("VectorDictionary")
    fields, scales = _read_fields(reading, dictionary, context.scope)
    by_fields = representation is SvmRepresentation.COEFFICIENTS
    if by_fields and _KERNELS[kernel.tag] is not SvmKernel.LINEAR:
        raise kernel.error("coefficients of fields need LinearKernelType; correct svmRepresentation or the kernel")
    positions, vectors = _read_vectors(reading, dictionary, len(fields))
    machines = element.all("SupportVectorMachine")
    if not machines:
        raise element.error("there is no SupportVectorMachine; correct the document or export it again")
    if not context.is_classification and len(machines) > 1:
        raise machines[1].error("regression takes one SupportVectorMachine; remove the others")
    read = [_read_machine(reading, machine, None if by_fields else positions, len(fields)) for machine in machines]
    classes = _read_classes(reading, element, context) if context.is_classification else _no_classes(machines)
    return SupportVectorMachineModel(
        fields=fields,
        scales=scales,
        kernel=_KERNELS[kernel.tag],
        gamma=kernel.number("gamma", 1.0),
        coef0=kernel.number("coef0", 1.0),
        degree=kernel.number("degree", 1.0),
        representation=representation,
        vectors=np.zeros((0, len(fields))) if by_fields else vectors,
        coefficients=np.stack([coefficients for coefficients, _ in read]),
        intercepts=np.array([intercept for _, intercept in read]),
        thresholds=classes.thresholds,
        classes=classes.labels,
        class_of_machine=classes.of_machine,
        other_class_of_machine=classes.other_of_machine,
        classification_method=classes.method,
        max_wins=classes.max_wins,
    )


def _check_count(element: Element, attribute: str, found: int) -> None:
    """Compare a count that an element declares, if it does, with what is there: lists may be cut off."""
    if element.integer(attribute, found) != found:
        declared = element.attributes[attribute]
        raise element.error(f"{attribute}={declared!r} but there are {found}; the document is truncated or damaged")


def _read_fields(
    reading: Reading, dictionary: Element, scope: Scope
) -> tuple[tuple[FieldRef | CategoricalTerm, ...], NDArray[np.float64]]:
    reading.expect(dictionary, {"VectorFields", "VectorInstance"})
    element = dictionary.require_child("VectorFields")
    reading.expect(element, {"FieldRef", "CategoricalPredictor"})
    fields: list[FieldRef | CategoricalTerm] = []
    for child in element.all("FieldRef", "CategoricalPredictor"):
        if child.tag == "FieldRef":
            read = read_expression(reading, child, scope)
            assert isinstance(read, FieldRef)
            fields.append(read)
            continue
        name = child.require("name")
        kind = scope.find(name)
        if kind is None:
            raise child.error(f"field {name!r} is not defined; define it, or correct the name")
        fields.append(CategoricalTerm(field=name, value=cast(child, child.require("value"), kind.data_type)))
    if not fields:
        raise element.error("VectorFields has no field; correct the document or export it again")
    scales = [
        child.number("coefficient", 1.0) if child.tag == "CategoricalPredictor" else 1.0
        for child in element.all("FieldRef", "CategoricalPredictor")
    ]
    return tuple(fields), np.array(scales)


def _read_vectors(reading: Reading, dictionary: Element, n_fields: int) -> tuple[dict[str, int], NDArray[np.float64]]:
    """Position of each vector by its identifier, and float64, shape (number of vectors, n_fields)."""
    instances = dictionary.all("VectorInstance")
    _check_count(dictionary, "numberOfVectors", len(instances))
    positions: dict[str, int] = {}
    vectors = np.zeros((len(instances), n_fields))
    for position, instance in enumerate(instances):
        reading.expect(instance, NUMBER_ARRAYS)
        identifier = instance.require("id")
        if identifier in positions:
            raise instance.error(f"vector {identifier!r} is defined twice; remove one")
        positions[identifier] = position
        vectors[position] = read_numbers(instance.require_child(*NUMBER_ARRAYS), n_fields)
    return positions, vectors


def _read_machine(
    reading: Reading, element: Element, vectors: dict[str, int] | None, n_fields: int
) -> tuple[NDArray[np.float64], float]:
    """Coefficients of all vectors of the dictionary, or of the fields where there are no vectors, and the constant."""
    reading.expect(element, {"SupportVectors", "Coefficients"})
    list_of_values = element.require_child("Coefficients")
    children = list_of_values.all("Coefficient")
    _check_count(list_of_values, "numberOfCoefficients", len(children))
    values = np.array([child.number("value", 0.0) for child in children])
    intercept = list_of_values.number("absoluteValue", 0.0)
    if vectors is None:
        if len(values) != n_fields:
            raise list_of_values.error(f"{len(values)} coefficients for {n_fields} fields; correct the document")
        return values, intercept
    support = element.child("SupportVectors")
    references = [] if support is None else support.all("SupportVector")
    if support is not None:
        _check_count(support, "numberOfSupportVectors", len(references))
    if len(values) != len(references):
        raise list_of_values.error(f"{len(values)} coefficients for {len(references)} support vectors; correct it")
    coefficients = np.zeros(len(vectors))
    for reference, value in zip(references, values.tolist(), strict=True):
        identifier = reference.require("vectorId")
        if identifier not in vectors:
            raise reference.error(f"vector {identifier!r} is not in the VectorDictionary; correct vectorId")
        coefficients[vectors[identifier]] += value
    return coefficients, intercept


@dataclass(frozen=True, slots=True, kw_only=True)
class _Classes:
    """How machines become a class; attributes as in ``SupportVectorMachineModel``."""

    method: SvmClassificationMethod
    max_wins: bool
    thresholds: NDArray[np.float64]
    of_machine: NDArray[np.int32]
    other_of_machine: NDArray[np.int32]
    labels: tuple[Scalar, ...]


def _no_classes(machines: list[Element]) -> _Classes:
    none = np.full(len(machines), -1, dtype=np.int32)
    return _Classes(
        method=SvmClassificationMethod.ONE_AGAINST_ALL,
        max_wins=False,
        thresholds=np.zeros(len(machines)),
        of_machine=none,
        other_of_machine=none,
        labels=(),
    )


def _read_classes(reading: Reading, element: Element, context: ModelContext) -> _Classes:
    machines = element.all("SupportVectorMachine")
    threshold = element.number("threshold", 0.0)
    thresholds = [machine.number("threshold", threshold) for machine in machines]
    max_wins = element.boolean("maxWins", False)
    method = _classification_method(reading, element, machines)
    pairs: list[tuple[Scalar, Scalar | None]] = []
    for machine in machines:
        label = _own_class(reading, element, machine, context)
        other = None
        if method is SvmClassificationMethod.ONE_AGAINST_ONE:
            other = _other_class(reading, element, machine, label, context)
        pairs.append((label, other))
    if len(machines) == 1 and pairs[0][1] is not None and _is_output_of_version_3(reading, element, machines[0]):
        # "the output is 1 for the target category and 0 for the alternate" (PMML 3.2, Support Vector Machine).
        thresholds, max_wins = [0.5], True
    labels = _in_order([label for pair in pairs for label in pair if label is not None], context)
    position = {label: index for index, label in enumerate(labels)}
    if method is SvmClassificationMethod.ONE_AGAINST_ALL and len(labels) != len(machines):
        raise element.error("two machines have one targetCategory, and name no alternateTargetCategory; correct them")
    return _Classes(
        method=method,
        max_wins=max_wins,
        thresholds=np.array(thresholds),
        of_machine=np.array([position[label] for label, _ in pairs], dtype=np.int32),
        other_of_machine=np.array([-1 if other is None else position[other] for _, other in pairs], dtype=np.int32),
        labels=labels,
    )


def _in_order(labels: list[Scalar], context: ModelContext) -> tuple[Scalar, ...]:
    """Labels in the order of the target's declared values, or else of appearance.

    "In case of a tie, the predicted class label is the first category with maximal number of votes." LIBSVM, and so R's
    e1071 and scikit-learn, take the first of the training data's, which is the declared order, whichever of the two
    classes of a machine their exporters write as its target.
    """
    distinct = tuple(dict.fromkeys(labels))
    declared = context.target_type.values if context.target_type is not None else ()
    return tuple(sorted(distinct, key=declared.index)) if set(distinct) <= set(declared) else distinct


def _classification_method(reading: Reading, element: Element, machines: list[Element]) -> SvmClassificationMethod:
    """The method that is declared, or else the one that the machines' categories are written for.

    A single machine decides between two classes. PMML 4.0 has no ``classificationMethod``, and Rattle wrote pairs of
    classes without it: machines that all name the class they speak against, and not each a class of its own, are pairs.
    """
    method = element.choice("classificationMethod", SvmClassificationMethod, SvmClassificationMethod.ONE_AGAINST_ALL)
    if len(machines) == 1:
        return SvmClassificationMethod.ONE_AGAINST_ONE
    names_pairs = all(_OTHER in machine.attributes for machine in machines)
    targets = {machine.get("targetCategory") for machine in machines}
    may_be_pairs = "classificationMethod" not in element.attributes or len(targets) < len(machines)
    if method is SvmClassificationMethod.ONE_AGAINST_ALL and names_pairs and may_be_pairs:
        reading.notice(element, "method-inferred", "machines are for pairs of classes; read as OneAgainstOne")
        return SvmClassificationMethod.ONE_AGAINST_ONE
    return method


def _own_class(reading: Reading, model: Element, machine: Element, context: ModelContext) -> Scalar:
    """The class that a machine speaks for; PMML 3 need only name the other one of the target's two values."""
    other = model.get(_OTHER_OF_MODEL)
    if "targetCategory" not in machine.attributes and other is not None:
        values = context.target_type.values if context.target_type is not None else ()
        others = [value for value in values if value != cast(model, other, context.class_type)]
        if len(values) == 2 and len(others) == 1:
            reading.notice(machine, "class-inferred", f"targetCategory is missing; read as {others[0]!r}")
            return others[0]
    return cast(machine, machine.require("targetCategory"), context.class_type)


def _other_class(
    reading: Reading, model: Element, machine: Element, label: Scalar, context: ModelContext
) -> Scalar | None:
    """The class that a machine speaks for when not for its own; that of the target's two values when none is named."""
    text = machine.get(_OTHER) or model.get(_OTHER_OF_MODEL)
    if text is not None:
        return cast(machine, text, context.class_type)
    values = context.target_type.values if context.target_type is not None else ()
    others = [value for value in values if value != label]
    if len(values) == 2 and len(others) == 1:
        reading.notice(machine, "class-inferred", f"{_OTHER} is missing; read as {others[0]!r}")
        return others[0]
    raise machine.error(f"attribute {_OTHER!r} is missing; name the class for which the machine does not speak")


def _is_output_of_version_3(reading: Reading, element: Element, machine: Element) -> bool:
    """Whether a machine's value is 0 or 1 for the two classes, as before PMML 4.0.

    Rattle wrote the convention of PMML 4.0 into documents of version 3 (as its authors told those of Weka, 2010).
    """
    if reading.version >= (4, 0) or _OTHER_OF_MODEL not in element.attributes or _OTHER in machine.attributes:
        return False
    root = element
    while root.parent is not None:
        root = root.parent
    header = root.child("Header")
    application = None if header is None else header.child("Application")
    return application is None or "rattle" not in (application.get("name") or "").lower()
