"""Training instances that vote (PMML 4.4, NearestNeighborModel)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._expressions import DerivedField
from modelport_runtime.hub._measures import ComparedField, ComparisonMeasure
from modelport_runtime.hub._types import DataType, Scalar

__all__ = [
    "CategoricalScoringMethod",
    "ContinuousScoringMethod",
    "InstanceColumn",
    "NearestNeighborModel",
    "NeighborTarget",
]


class ContinuousScoringMethod(StrEnum):
    """How neighbours' numbers become the prediction (PMML 4.4, CONT-SCORING-METHOD)."""

    MEDIAN = "median"
    AVERAGE = "average"
    WEIGHTED_AVERAGE = "weightedAverage"


class CategoricalScoringMethod(StrEnum):
    """How neighbours' categories become the prediction (PMML 4.4, CAT-SCORING-METHOD)."""

    MAJORITY_VOTE = "majorityVote"
    WEIGHTED_MAJORITY_VOTE = "weightedMajorityVote"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceColumn:
    """The values of one field in all training instances.

    Attributes:
        field: Name of the field.
        data_type: Its type.
        values: float64, shape (n_instances,): numbers, or positions in ``categories``; NaN is missing.
        categories: The distinct texts of a field that holds no numbers; empty for numbers and booleans.
    """

    field: str
    data_type: DataType
    values: NDArray[np.float64]
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze_field(self, "values", np.float64, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighborTarget:
    """A target and its values in the training instances.

    Attributes:
        field: Name of the target.
        values: float64, shape (n_instances,): numbers, or positions in ``classes``; NaN is missing.
        classes: The classes in order; empty for a continuous target.
    """

    field: str
    values: NDArray[np.float64]
    classes: tuple[Scalar, ...] = ()

    def __post_init__(self) -> None:
        freeze_field(self, "values", np.float64, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestNeighborModel:
    """The ``n_neighbors`` training instances nearest to a record predict by vote or average.

    Equally near instances come in their order. Among classes with equally many votes, the one most frequent in the
    training instances wins, then the smallest. A neighbour's weight is ``1 / (distance + threshold)``, or its
    similarity; where the threshold is 0 and some distances are 0 too, those neighbours alone count. A model without
    targets predicts the identifier of the nearest instance.

    Attributes:
        measure: What near means.
        fields: The inputs that are compared; ``categories`` only under ``table``, else texts are compared as such.
        columns: The training instances' values of inputs, or of the fields that ``derived_fields`` compute them from.
        derived_fields: How inputs that have no column are computed from those that have, in order.
        n_neighbors: How many neighbours count.
        instance_ids: Identifiers: those of the document, or the position from 1.
        targets: What is predicted, in order; none for a model that finds neighbours only.
        continuous_scoring_method: For continuous targets.
        categorical_scoring_method: For categorical targets.
        threshold: Added to distances before they are inverted.
    """

    measure: ComparisonMeasure
    fields: tuple[ComparedField, ...]
    columns: tuple[InstanceColumn, ...]
    derived_fields: tuple[DerivedField, ...] = ()
    n_neighbors: int
    instance_ids: tuple[str, ...]
    targets: tuple[NeighborTarget, ...] = ()
    continuous_scoring_method: ContinuousScoringMethod = ContinuousScoringMethod.AVERAGE
    categorical_scoring_method: CategoricalScoringMethod = CategoricalScoringMethod.MAJORITY_VOTE
    threshold: float = 0.001

    def __post_init__(self) -> None:
        n_instances = len(self.instance_ids)
        given = [(column.field, column.values) for column in self.columns]
        for field, values in [*given, *((target.field, target.values) for target in self.targets)]:
            if len(values) != n_instances:
                raise ValueError(f"{n_instances} instances but {len(values)} values of {field!r}")
        if self.n_neighbors < 1 or n_instances < 1:
            raise ValueError(f"{self.n_neighbors} neighbours of {n_instances} instances")

    @property
    def classes(self) -> tuple[Scalar, ...]:
        """Classes of the first categorical target, in order."""
        return next((target.classes for target in self.targets if target.classes), ())
