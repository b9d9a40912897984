"""NearestNeighborModel (PMML 4.4, Nearest Neighbors)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import (
    CategoricalScoringMethod,
    ContinuousScoringMethod,
    DataType,
    DerivedField,
    InstanceColumn,
    MiningFunction,
    NearestNeighborModel,
    NeighborTarget,
    OpType,
    Scalar,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._instances import Instances, read_instances
from modelport_runtime.pmml._measures import read_compared_field, read_measure
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import FieldType, Reading, Scope

__all__ = ["read_neighbors"]

_TEXT = FieldType(DataType.STRING, OpType.CATEGORICAL)


def read_neighbors(reading: Reading, element: Element, context: ModelContext) -> NearestNeighborModel | None:
    """Read the training instances of a ``NearestNeighborModel`` and how they vote.

    Raises:
        ArtifactError: There are no instances, a value is none of its field's type, or an input or a target is neither
            in the instances nor computed from what is.
    """
    inputs = element.require_child("KNNInputs")
    reading.expect(inputs, {"KNNInput"})
    if not inputs.all("KNNInput"):
        raise element.error("KNNInputs names no input; correct the document or export it again")
    n_neighbors = element.integer("numberOfNeighbors", 0)
    if n_neighbors < 1:
        raise element.error("numberOfNeighbors must be at least 1; correct the document or export it again")
    measure = read_measure(reading, element)
    fields = tuple(
        read_compared_field(reading, element, child, context.scope, measure) for child in inputs.all("KNNInput")
    )
    instances = read_instances(reading, element.require_child("TrainingInstances"))
    if instances is None or reading.causes:
        return None
    names = dict.fromkeys(field.field for field in fields)
    raw, derived = _sources(inputs, instances, context.scope, tuple(names))
    return NearestNeighborModel(
        measure=measure,
        fields=fields,
        columns=tuple(_column(instances, name, context.scope) for name in raw),
        derived_fields=derived,
        n_neighbors=n_neighbors,
        instance_ids=_identifiers(element, instances),
        targets=_targets(reading, element, instances, context),
        continuous_scoring_method=element.choice(
            "continuousScoringMethod", ContinuousScoringMethod, ContinuousScoringMethod.AVERAGE
        ),
        categorical_scoring_method=element.choice(
            "categoricalScoringMethod", CategoricalScoringMethod, CategoricalScoringMethod.MAJORITY_VOTE
        ),
        threshold=element.number("threshold", 0.001),
    )


def _sources(
    element: Element, instances: Instances, scope: Scope, names: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[DerivedField, ...]]:
    """Columns of the instances that inputs are made of, and the derived fields, each after those that it uses."""
    raw: dict[str, None] = {}
    derived: dict[str, DerivedField] = {}
    waiting = list(reversed(names))
    begun: set[str] = set()
    while waiting:
        name = waiting[-1]
        found = scope.find_derived(name)
        if name in raw or name in derived or name in instances.columns or found is None:
            if name not in instances.columns and name not in derived:
                raise element.error(f"no InstanceField gives field {name!r}; add it to the training instances")
            if name not in derived:
                raw[name] = None
            waiting.pop()
        elif name in begun:
            derived[name] = found[0]
            waiting.pop()
        else:
            begun.add(name)
            waiting.extend(sorted(use for use in found[1] if use not in begun))
    return tuple(raw), tuple(derived.values())


def _column(instances: Instances, name: str, scope: Scope) -> InstanceColumn:
    kind = scope.find(name) or _TEXT
    values = instances.values(name, kind.data_type)
    if kind.data_type.is_number or kind.data_type is DataType.BOOLEAN:
        numbers = np.array([math.nan if value is None else float(value) for value in values])
        return InstanceColumn(field=name, data_type=kind.data_type, values=numbers)
    categories = tuple(dict.fromkeys(str(value) for value in values if value is not None))
    return InstanceColumn(
        field=name, data_type=kind.data_type, values=_positions(values, categories), categories=categories
    )


def _positions(values: list[Scalar | None], categories: tuple[Scalar, ...]) -> NDArray[np.float64]:
    position = {category: float(index) for index, category in enumerate(categories)}
    return np.array([math.nan if value is None else position[value] for value in values])


def _identifiers(model: Element, instances: Instances) -> tuple[str, ...]:
    """Those of the instance id variable, which need be no field of the document; else positions from 1."""
    name = model.get("instanceIdVariable")
    if name is None:
        return tuple(str(index) for index in range(1, instances.n_rows + 1))
    if name not in instances.columns:
        raise model.error(f"no InstanceField gives the instanceIdVariable {name!r}; add it, or remove the attribute")
    texts = instances.texts(name)
    return tuple(str(index) if text is None else text for index, text in enumerate(texts, 1))


def _targets(
    reading: Reading, model: Element, instances: Instances, context: ModelContext
) -> tuple[NeighborTarget, ...]:
    names = [field.name for field in context.mining_fields if field.is_target]
    if context.function is MiningFunction.CLUSTERING:
        return ()
    known = (MiningFunction.CLASSIFICATION, MiningFunction.REGRESSION, MiningFunction.MIXED)
    if context.function not in known:
        raise model.error(f"functionName={context.function!s} of a NearestNeighborModel is unknown")
    if not names:
        raise model.error(f"a model for {context.function!s} must name its target in the MiningSchema")
    return tuple(_target(model, instances, context, name) for name in names)


def _target(model: Element, instances: Instances, context: ModelContext, name: str) -> NeighborTarget:
    if name not in instances.columns:
        raise model.error(f"no InstanceField gives the target {name!r}; add it to the training instances")
    kind = context.scope.find(name) or _TEXT
    declared = next((field.op_type for field in context.mining_fields if field.name == name), None) or kind.op_type
    is_continuous = context.function is MiningFunction.REGRESSION or (
        context.function is MiningFunction.MIXED and declared is OpType.CONTINUOUS
    )
    if is_continuous:
        data_type = kind.data_type if kind.data_type.is_number else DataType.DOUBLE
        numbers = [math.nan if value is None else float(value) for value in instances.values(name, data_type)]
        return NeighborTarget(field=name, values=np.array(numbers))
    values = instances.values(name, kind.data_type)
    found = sorted({value for value in values if value is not None} - set(kind.values), key=_sort_key)
    classes = (*kind.values, *found)
    return NeighborTarget(field=name, values=_positions(values, classes), classes=classes)


def _sort_key(value: Scalar) -> tuple[float, str]:
    return (0.0, value) if isinstance(value, str) else (float(value), "")
