"""Clusters given by their centers (PMML 4.4, ClusteringModel)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._measures import ComparedField, ComparisonMeasure

__all__ = ["ClusteringModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteringModel:
    """The cluster whose center is nearest is the predicted one; of equally near ones the first.

    Attributes:
        measure: What near means.
        fields: The fields of the centers, in order.
        centers: float64, shape (n_clusters, n_fields): numbers, or positions in a field's categories.
        cluster_ids: Identifiers, the predicted values: explicit, or the position from 1.
        cluster_names: Texts to show for them; the identifier of a cluster without a name.
        missing_value_weights: float64, shape (n_fields,): what each field counts when others are missing.
    """

    measure: ComparisonMeasure
    fields: tuple[ComparedField, ...]
    centers: NDArray[np.float64]
    cluster_ids: tuple[str, ...]
    cluster_names: tuple[str, ...]
    missing_value_weights: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = (len(self.cluster_ids), len(self.fields))
        if freeze_field(self, "centers", np.float64, 2).shape != shape:
            raise ValueError(f"{shape[0]} clusters of {shape[1]} fields but centers of shape {self.centers.shape}")
        if len(freeze_field(self, "missing_value_weights", np.float64, 1)) != len(self.fields):
            raise ValueError(f"{len(self.fields)} fields but {len(self.missing_value_weights)} missing value weights")
        if len(self.cluster_names) != len(self.cluster_ids):
            raise ValueError(f"{len(self.cluster_ids)} clusters but {len(self.cluster_names)} names")
        if len(set(self.cluster_ids)) != len(self.cluster_ids):
            raise ValueError("two clusters have the same identifier")

    @property
    def classes(self) -> tuple[str, ...]:
        """The identifiers, in order."""
        return self.cluster_ids
