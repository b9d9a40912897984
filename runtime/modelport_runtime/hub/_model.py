"""The model and the document: fields, derived columns, a predictor, targets, outputs and the card."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._association import AssociationModel
from modelport_runtime.hub._baseline import BaselineModel
from modelport_runtime.hub._bayesian_network import BayesianNetworkModel
from modelport_runtime.hub._card import Card
from modelport_runtime.hub._clustering import ClusteringModel
from modelport_runtime.hub._expressions import DerivedField, Expression, Function
from modelport_runtime.hub._fields import DataField, MiningField
from modelport_runtime.hub._gaussian_process import GaussianProcessModel
from modelport_runtime.hub._general_regression import GeneralRegressionModel
from modelport_runtime.hub._naive_bayes import NaiveBayesModel
from modelport_runtime.hub._neighbors import NearestNeighborModel
from modelport_runtime.hub._neural_network import NeuralNetwork
from modelport_runtime.hub._regression import RegressionModel
from modelport_runtime.hub._rules import RuleSet
from modelport_runtime.hub._scorecard import Scorecard
from modelport_runtime.hub._sequences import SequenceModel
from modelport_runtime.hub._support_vectors import SupportVectorMachineModel
from modelport_runtime.hub._text_model import TextModel
from modelport_runtime.hub._time_series import ArimaModel, ExponentialSmoothing, GarchModel, StateSpaceModel
from modelport_runtime.hub._trees import TreeEnsemble
from modelport_runtime.hub._types import (
    DataType,
    MiningFunction,
    MissingPredictionTreatment,
    MultipleModelMethod,
    OpType,
    ResultFeature,
    Scalar,
    UsageType,
)

__all__ = [
    "AnomalyAlgorithm",
    "AnomalyDetectionModel",
    "Document",
    "Ensemble",
    "Model",
    "OutputField",
    "Predictor",
    "Segment",
    "Target",
    "TargetValue",
    "inner_models",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetValue:
    """Properties of one value of a target (PMML 4.4, Targets, TargetValue)."""

    value: Scalar | None = None
    display_value: str | None = None
    prior_probability: float | None = None
    default_value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is done to a raw prediction (PMML 4.4, Targets).

    In this order: ``min``/``max``, ``* rescale_factor``, ``+ rescale_constant``, ``cast_integer`` (``round``,
    ``ceiling`` or ``floor``). A missing prediction becomes the prior's most likely category, or the default value.
    """

    field: str | None = None
    op_type: OpType | None = None
    cast_integer: str | None = None
    min: float | None = None
    max: float | None = None
    rescale_constant: float = 0.0
    rescale_factor: float = 1.0
    values: tuple[TargetValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputField:
    """One result column (PMML 4.4, Output, OutputField).

    Attributes:
        name: Name of the column.
        feature: What it shows.
        target_field: Which target, when there are several.
        value: The class, for ``probability``, ``confidence``, ``affinity``.
        rank: Position in the ranking, from 1.
        rank_order: ``descending`` or ``ascending``.
        rank_basis: What rules are ranked by: ``confidence``, ``support``, ``lift``, ``leverage`` or ``affinity``.
        algorithm: Which rules apply: ``recommendation``, ``exclusiveRecommendation`` or ``ruleAssociation``.
        rule_feature: What of a rule ``ruleValue`` shows: ``antecedent``, ``consequent``, ``rule``, ``ruleId``, ...
        is_multi_valued: Whether the result is a list.
        segment_id: Take the feature of this member of the ensemble.
        data_type: Type that the value is cast to, when given.
        op_type: Operational type, when given.
        expression: For ``transformedValue`` and ``decision``; may name earlier output fields and the target.
        is_final: Whether users see it, or only later output fields.
        report_field: Name of the field reported on (``x-report``).
    """

    name: str
    feature: ResultFeature = ResultFeature.PREDICTED_VALUE
    target_field: str | None = None
    value: Scalar | None = None
    rank: int = 1
    rank_order: str = "descending"
    rank_basis: str = "confidence"
    algorithm: str = "exclusiveRecommendation"
    rule_feature: str | None = None
    is_multi_valued: bool = False
    segment_id: str | None = None
    data_type: DataType | None = None
    op_type: OpType | None = None
    expression: Expression | None = None
    is_final: bool = True
    display_name: str | None = None
    report_field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One member of an ensemble (PMML 4.4, MultipleModels, Segment).

    Attributes:
        model: The member.
        predicate: Expression of boolean result; the member counts where it is true. ``None``: always.
        weight: Its weight: a number, or the name of a field that holds it (``VariableWeight``).
        id: Its identifier; numbered from 1 where the document gives none.
    """

    model: Model
    predicate: Expression | None = None
    weight: float | str = 1.0
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """Members and how their results are combined (PMML 4.4, MultipleModels, Segmentation)."""

    method: MultipleModelMethod
    segments: tuple[Segment, ...]
    missing_prediction_treatment: MissingPredictionTreatment = MissingPredictionTreatment.CONTINUE
    missing_threshold: float = 1.0


class AnomalyAlgorithm(StrEnum):
    """What the score of an anomaly detection model is made of (PMML 4.4, ALGORITHM-TYPE)."""

    IFOREST = "iforest"
    OCSVM = "ocsvm"
    CLUSTER_MEAN_DIST = "clusterMeanDist"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyDetectionModel:
    """An anomaly score computed from another model's prediction (PMML 4.4, AnomalyDetectionModel).

    Attributes:
        algorithm: Under ``iforest`` the score is ``2 ** (-path / c)``, path being the prediction and c the mean path
            length of a search tree of ``sample_data_size`` items; under ``clusterMeanDist`` the distance to the nearest
            cluster divided by that cluster's mean distance; else the prediction itself.
        model: The other model.
        sample_data_size: Training rows of one tree, for ``iforest``.
        mean_cluster_distances: float64, shape (n_clusters,), for ``clusterMeanDist``; else empty.
    """

    algorithm: AnomalyAlgorithm
    model: Model
    sample_data_size: float | None = None
    mean_cluster_distances: NDArray[np.float64]

    def __post_init__(self) -> None:
        freeze_field(self, "mean_cluster_distances", np.float64, 1)
        if self.algorithm is AnomalyAlgorithm.IFOREST and self.sample_data_size is None:
            raise ValueError("an isolation forest without a sample data size")
        if self.algorithm is AnomalyAlgorithm.CLUSTER_MEAN_DIST:
            clusters = self.model.predictor
            if not isinstance(clusters, ClusteringModel) or len(clusters.cluster_ids) != len(
                self.mean_cluster_distances
            ):
                raise ValueError("mean cluster distances that do not belong to the clusters")


Predictor = (
    RegressionModel  # one kind a line
    | TreeEnsemble
    | ClusteringModel
    | NearestNeighborModel
    | TextModel
    | AnomalyDetectionModel
    | Ensemble
    | BaselineModel
    | ExponentialSmoothing
    | StateSpaceModel
    | ArimaModel
    | GarchModel
    | GeneralRegressionModel
    | NaiveBayesModel
    | BayesianNetworkModel
    | GaussianProcessModel
    | NeuralNetwork
    | SupportVectorMachineModel
    | AssociationModel
    | SequenceModel
    | RuleSet
    | Scorecard
)
"""Any predictor. A new kind is added here, in ``hub/_registry.py`` and in the executors' tables.

Kinds that can predict a class have ``classes``, their labels in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A predictor with the fields that it uses and the results that it gives.

    Attributes:
        function: What it does.
        predictor: How; ``None`` for a model that only transforms its inputs into outputs.
        mining_fields: The fields it uses, with their treatments, its targets included.
        derived_fields: Columns computed for it alone, in order of definition.
        targets: What is done to raw predictions.
        outputs: Result columns besides the targets.
        name: Its name.
        math_type: ``float`` where its arithmetic is in float32 (``x-mathContext``).
    """

    function: MiningFunction
    predictor: Predictor | None
    mining_fields: tuple[MiningField, ...]
    derived_fields: tuple[DerivedField, ...] = ()
    targets: tuple[Target, ...] = ()
    outputs: tuple[OutputField, ...] = ()
    name: str | None = None
    math_type: DataType = DataType.DOUBLE

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the fields that the model predicts, in order."""
        return tuple(field.name for field in self.mining_fields if field.is_target)

    @property
    def target_name(self) -> str | None:
        """Name of the first field that the model predicts; ``None`` where it names none."""
        return next(iter(self.target_names), None)

    @property
    def group_field(self) -> str | None:
        """Name of the field whose equal values make rows one record; ``None`` where every row is one by itself.

        Only models of rules over items score groups; any other model scores row by row, whatever its fields say.
        """
        if not isinstance(self.predictor, AssociationModel | SequenceModel):
            return None
        return next((field.name for field in self.mining_fields if field.usage_type is UsageType.GROUP), None)


def inner_models(predictor: Predictor | None) -> tuple[Model, ...]:
    """The models directly inside a predictor: members of an ensemble, the model that an anomaly score is made of."""
    if isinstance(predictor, Ensemble):
        return tuple(segment.model for segment in predictor.segments)
    return (predictor.model,) if isinstance(predictor, AnomalyDetectionModel) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A model with everything that it needs: what readers make, writers take and executors run.

    Attributes:
        data_fields: The data dictionary: inputs and targets.
        model: The model.
        functions: Functions that expressions may call.
        derived_fields: Columns computed from data fields, in order of definition.
        card: Where the model comes from, and golden rows.
    """

    data_fields: tuple[DataField, ...]
    model: Model
    functions: tuple[Function, ...] = ()
    derived_fields: tuple[DerivedField, ...] = ()
    card: Card

    @property
    def input_fields(self) -> tuple[DataField, ...]:
        """The data fields that the model does not predict, in order."""
        targets = set(self.model.target_names)
        return tuple(field for field in self.data_fields if field.name not in targets)
