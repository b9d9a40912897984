"""ClusteringModel (PMML 4.4, Clustering Models)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub import ClusteringModel, ComparedField, MiningFunction, Scalar
from modelport_runtime.pmml._arrays import read_array
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._matrices import NUMBER_ARRAYS, read_numbers
from modelport_runtime.pmml._measures import is_text, read_compared_field, read_measure
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import FieldType, Reading

__all__ = ["read_clustering"]

_DESCRIPTIONS = ("KohonenMap", "Partition", "Covariances")
"""What describes a cluster to people and takes no part in scoring."""


def read_clustering(reading: Reading, element: Element, context: ModelContext) -> ClusteringModel | None:
    """Read the clusters of a ``ClusteringModel``.

    Raises:
        ArtifactError: A center does not have one number for each center field, a field is unknown, or two clusters
            have the same identifier.
    """
    if context.function is not MiningFunction.CLUSTERING:
        raise element.error(f"functionName={context.function!s} of a ClusteringModel; it must be clustering")
    measure = read_measure(reading, element)
    fields = _center_fields(element)
    if not fields:
        raise element.error("ClusteringModel has no ClusteringField that is a center field; correct the document")
    clusters = element.all("Cluster")
    if not clusters:
        raise element.error("ClusteringModel has no Cluster; correct the document or export it again")
    for child in clusters:
        reading.expect(child, (*_DESCRIPTIONS, *NUMBER_ARRAYS))
    if not _has_centers(reading, element, clusters):
        return None
    kinds = [context.scope.find(child.require("field")) for child in fields]
    rows = [_read_center(child, kinds) for child in clusters]
    compared = tuple(
        read_compared_field(reading, element, child, context.scope, measure, tuple(row[index] for row in rows))
        for index, child in enumerate(fields)
    )
    if reading.causes:
        return None
    ids = _identifiers(clusters)
    return ClusteringModel(
        measure=measure,
        fields=compared,
        centers=_centers(clusters, compared, rows),
        cluster_ids=ids,
        cluster_names=tuple(child.get("name") or ids[index] for index, child in enumerate(clusters)),
        missing_value_weights=_missing_value_weights(element, fields),
    )


def _center_fields(model: Element) -> list[Element]:
    """The elements that describe the coordinates of a center, in order.

    PMML 3.0 and 3.1 define them in ``CenterFields``; a ``ClusteringField`` of the same name may then add its weight.
    """
    own = model.child("CenterFields")
    by_name = {child.get("field"): child for child in model.all("ClusteringField")}
    if own is None:
        return [child for child in model.all("ClusteringField") if child.boolean("isCenterField", True)]
    names = [child.get("name") or child.require("displayName") for child in own.all("DerivedField")]
    return [by_name.get(name) or Element("ClusteringField", {"field": name}, own.line, own) for name in names]


def _has_centers(reading: Reading, element: Element, clusters: list[Element]) -> bool:
    """Whether clusters are given by centers; a model of distributions may give them besides."""
    model_class = element.get("modelClass") or "centerBased"
    if model_class not in ("centerBased", "distributionBased"):
        raise element.error(f"modelClass={model_class!r} is unknown; known are centerBased, distributionBased")
    without = next((child for child in clusters if child.child(*NUMBER_ARRAYS) is None), None)
    if model_class == "distributionBased":
        if without is not None:
            remedy = "export a model with centers; PMML does not say how distributions are compared"
            reading.refuse(element, "modelClass distributionBased without centers", remedy)
            return False
        reading.notice(element, "centers-approximate", "the clusters are distributions; their centers only approximate")
    elif without is not None:
        raise without.error("Cluster has no center; add its Array, or export the model again")
    return True


def _read_center(cluster: Element, kinds: list[FieldType | None]) -> tuple[Scalar, ...]:
    array = cluster.require_child(*NUMBER_ARRAYS)
    if array.tag != "Array" or not any(kind is not None and is_text(kind) for kind in kinds):
        return tuple(read_numbers(array, len(kinds)).tolist())
    items = read_array(array)
    if len(items) != len(kinds):
        raise array.error(f"the array has {len(items)} items, expected {len(kinds)}; correct the document")
    return items


def _centers(
    clusters: list[Element], fields: tuple[ComparedField, ...], rows: list[tuple[Scalar, ...]]
) -> NDArray[np.float64]:
    """float64, shape (n_clusters, n_fields): numbers, and positions of categories."""
    centers = np.empty((len(clusters), len(fields)))
    for index, field in enumerate(fields):
        positions = {category: float(position) for position, category in enumerate(field.categories)}
        for row, cluster in enumerate(clusters):
            value = rows[row][index]
            try:
                centers[row, index] = positions[value] if positions else float(value)
            except (KeyError, ValueError):
                raise cluster.error(f"center {value!r} is no value of field {field.field!r}") from None
    return centers


def _identifiers(clusters: list[Element]) -> tuple[str, ...]:
    """Explicit identifiers, and positions from 1 for clusters without (PMML 4.4, Output, entityId)."""
    ids: dict[str, None] = {}
    for index, cluster in enumerate(clusters, 1):
        identifier = cluster.get("id") or str(index)
        if identifier in ids:
            raise cluster.error(f"cluster {identifier!r} is defined twice; give each cluster its own id")
        ids[identifier] = None
    return tuple(ids)


def _missing_value_weights(model: Element, fields: list[Element]) -> NDArray[np.float64]:
    """One weight a center field; a document may give them for all fields (PMML 4.4, MissingValueWeights)."""
    element = model.child("MissingValueWeights")
    if element is None:
        return np.ones(len(fields))
    weights = read_numbers(element.require_child(*NUMBER_ARRAYS))
    every = model.all("ClusteringField")
    if len(weights) == len(every) != len(fields):
        weights = weights[[child.boolean("isCenterField", True) for child in every]]
    if len(weights) != len(fields):
        raise element.error(f"{len(weights)} missing value weights but {len(fields)} center fields")
    return weights
