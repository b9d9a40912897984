"""NaiveBayesModel (PMML 4.4, NaiveBayes)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from modelport_runtime.hub import (
    ContinuousBayesInput,
    DataType,
    DerivedField,
    DiscreteBayesInput,
    Distribution,
    NaiveBayesModel,
    OpType,
    Scalar,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import find_expression
from modelport_runtime.pmml._fields import data_type_of
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading, cast

__all__ = ["read_naive_bayes"]

_DISTRIBUTIONS = {
    "GaussianDistribution": (Distribution.GAUSSIAN, ("mean", "variance")),
    "PoissonDistribution": (Distribution.POISSON, ("mean",)),
    "UniformDistribution": (Distribution.UNIFORM, ("lower", "upper")),
}


def read_naive_bayes(reading: Reading, element: Element, context: ModelContext) -> NaiveBayesModel:
    """Read the counts and distributions of each input within each class."""
    if context.math_type is DataType.FLOAT:
        reading.refuse(element, "naive Bayes in float32", "leave x-mathContext out")
    output = element.require_child("BayesOutput")
    counts = dict(_counts(output, context))
    if not counts:
        raise output.error("BayesOutput counts no class; correct the document or export it again")
    classes = tuple(counts)
    children = _inputs(reading, element.require_child("BayesInputs"))
    inputs = tuple(_read_input(reading, child, context, classes) for child in children)
    return NaiveBayesModel(
        classes=classes,
        class_counts=np.array(list(counts.values())),
        inputs=tuple(found for found in inputs if found is not None),
        threshold=element.number("threshold"),
    )


def _inputs(reading: Reading, element: Element) -> Iterator[Element]:
    """The inputs; before PMML 4.2 had them, R's pmml package put continuous ones into an Extension each."""
    reading.expect(element, {"BayesInput", "Extension"})
    for child in element.children:
        if child.tag == "BayesInput":
            yield child
        elif child.tag == "Extension":
            yield from child.all("BayesInput")


def _counts(element: Element, context: ModelContext) -> Iterator[tuple[Scalar, float]]:
    """Classes and their counts."""
    for child in element.require_child("TargetValueCounts").all("TargetValueCount"):
        yield cast(child, child.require("value"), context.class_type), child.number("count")


def _read_input(
    reading: Reading, element: Element, context: ModelContext, classes: tuple[Scalar, ...]
) -> DiscreteBayesInput | ContinuousBayesInput | None:
    reading.expect_content(element)
    name = element.require("fieldName")
    known = context.scope.find(name)
    if known is None:
        raise element.error(f"field {name!r} is not defined; define it, or correct the name")
    stats = element.child("TargetValueStats")
    if stats is not None:
        return _read_continuous(reading, stats, name, context, classes)
    derived = _read_derived(reading, element, name, context)
    data_type = known.data_type if derived is None else derived.data_type
    pairs = element.all("PairCounts")
    if not pairs:
        raise element.error("BayesInput has neither PairCounts nor TargetValueStats; correct the document")
    table = np.zeros((len(pairs), len(classes)))
    for row, pair in zip(table, pairs, strict=True):
        for label, count in _counts(pair, context):
            row[_class(pair, label, classes)] = count
    return DiscreteBayesInput(
        field=name if derived is None else derived.name,
        values=tuple(cast(pair, pair.require("value"), data_type) for pair in pairs),
        counts=table,
        derived=derived,
    )


def _class(element: Element, label: Scalar, classes: tuple[Scalar, ...]) -> int:
    if label not in classes:
        raise element.error(f"class {label!r} is not counted in BayesOutput; add it there, or correct it")
    return classes.index(label)


def _read_derived(reading: Reading, element: Element, name: str, context: ModelContext) -> DerivedField | None:
    child = element.child("DerivedField")
    if child is None:
        return None
    data_type = data_type_of(child)
    return DerivedField(
        name=child.get("name") or name,
        data_type=data_type,
        op_type=child.choice("optype", OpType, OpType.CATEGORICAL),
        expression=find_expression(reading, child, context.scope, data_type),
    )


def _read_continuous(
    reading: Reading, element: Element, name: str, context: ModelContext, classes: tuple[Scalar, ...]
) -> ContinuousBayesInput | None:
    reading.expect_content(element)
    distributions: list[Distribution | None] = [None] * len(classes)
    parameters = np.full((len(classes), 2), math.nan)
    for child in element.all("TargetValueStat"):
        position = _class(child, cast(child, child.require("value"), context.class_type), classes)
        found = child.child(*_DISTRIBUTIONS)
        if found is None:
            kinds = ", ".join(_DISTRIBUTIONS)
            reading.refuse(child, "TargetValueStat without a distribution that can be computed", f"known are {kinds}")
            continue
        distributions[position], names = _DISTRIBUTIONS[found.tag]
        for column, attribute in enumerate(names):
            parameters[position, column] = found.number(attribute)
        _check(found, parameters[position])
    # R's predict.naiveBayes (e1071), whose models stand in extensions, takes the threshold for densities of 0 alone.
    holder = element.parent.parent if element.parent is not None else None
    return ContinuousBayesInput(
        field=name,
        distributions=tuple(distributions),
        parameters=parameters,
        is_floored=holder is None or holder.tag != "Extension",
    )


def _check(element: Element, parameters: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    first, second = parameters
    bad = {
        "GaussianDistribution": not second > 0,
        "PoissonDistribution": not first > 0,
        "UniformDistribution": not second > first,
    }
    if bad[element.tag]:
        raise element.error(f"{element.tag} with such parameters has no density; correct them")
