"""The typed hub: what every reader makes, every writer takes and every executor runs.

The hub imports numpy only. It never parses or prints a foreign format.
"""

from __future__ import annotations

from modelport_runtime.hub._arrays import (
    equal,
)
from modelport_runtime.hub._association import (
    AssociationModel,
    Items,
)
from modelport_runtime.hub._card import (
    Card,
    GoldenColumn,
    GoldenRows,
    Notice,
)
from modelport_runtime.hub._clustering import (
    ClusteringModel,
)
from modelport_runtime.hub._expressions import (
    Apply,
    Cast,
    Constant,
    DerivedField,
    Discretize,
    DiscretizeBin,
    Expression,
    FieldRef,
    Function,
    FunctionParameter,
    MapValues,
    NormContinuous,
    NormDiscrete,
    TextIndex,
    TextIndexNormalization,
)
from modelport_runtime.hub._fields import (
    DataField,
    Interval,
    MiningField,
)
from modelport_runtime.hub._gaussian_process import (
    GaussianProcessKernel,
    GaussianProcessModel,
)
from modelport_runtime.hub._general_regression import (
    BaselineStratum,
    CovariateFactor,
    GeneralParameter,
    GeneralRegressionModel,
    GeneralRegressionType,
    IndicatorFactor,
    LinkFunction,
)
from modelport_runtime.hub._measures import (
    ComparedField,
    CompareFunction,
    ComparisonMeasure,
    Measure,
)
from modelport_runtime.hub._model import (
    AnomalyAlgorithm,
    AnomalyDetectionModel,
    Document,
    Ensemble,
    Model,
    OutputField,
    Predictor,
    Segment,
    Target,
    TargetValue,
    inner_models,
)
from modelport_runtime.hub._naive_bayes import (
    ContinuousBayesInput,
    DiscreteBayesInput,
    Distribution,
    NaiveBayesModel,
)
from modelport_runtime.hub._neighbors import (
    CategoricalScoringMethod,
    ContinuousScoringMethod,
    InstanceColumn,
    NearestNeighborModel,
    NeighborTarget,
)
from modelport_runtime.hub._neural_network import (
    ActivationFunction,
    NeuralLayer,
    NeuralNetwork,
    NeuralTarget,
)
from modelport_runtime.hub._regression import (
    CategoricalTerm,
    InteractionTerm,
    NumericTerm,
    RegressionModel,
    RegressionTable,
    Term,
)
from modelport_runtime.hub._rules import (
    RuleSelectionMethod,
    RuleSet,
)
from modelport_runtime.hub._scorecard import (
    Characteristic,
    ReasonCodeAlgorithm,
    Scorecard,
    ScorecardAttribute,
)
from modelport_runtime.hub._support_vectors import (
    SupportVectorMachineModel,
    SvmClassificationMethod,
    SvmKernel,
    SvmRepresentation,
)
from modelport_runtime.hub._text_model import (
    DocumentNormalization,
    GlobalTermWeights,
    LocalTermWeights,
    SimilarityType,
    TextModel,
)
from modelport_runtime.hub._trees import (
    AggregationMethod,
    MissingPath,
    TreeEnsemble,
    TreeTarget,
    TreeTest,
)
from modelport_runtime.hub._types import (
    DataType,
    InvalidValueTreatment,
    MiningFunction,
    MissingPredictionTreatment,
    MissingValueTreatment,
    MultipleModelMethod,
    NormalizationMethod,
    OpType,
    OutlierTreatment,
    ResultFeature,
    Scalar,
    UsageType,
)

__all__ = [
    "ActivationFunction",
    "AggregationMethod",
    "AnomalyAlgorithm",
    "AnomalyDetectionModel",
    "Apply",
    "AssociationModel",
    "BaselineStratum",
    "Card",
    "Cast",
    "CategoricalScoringMethod",
    "CategoricalTerm",
    "Characteristic",
    "ClusteringModel",
    "CompareFunction",
    "ComparedField",
    "ComparisonMeasure",
    "Constant",
    "ContinuousBayesInput",
    "ContinuousScoringMethod",
    "CovariateFactor",
    "DataField",
    "DataType",
    "DerivedField",
    "DiscreteBayesInput",
    "Discretize",
    "DiscretizeBin",
    "Distribution",
    "Document",
    "DocumentNormalization",
    "Ensemble",
    "Expression",
    "FieldRef",
    "Function",
    "FunctionParameter",
    "GaussianProcessKernel",
    "GaussianProcessModel",
    "GeneralParameter",
    "GeneralRegressionModel",
    "GeneralRegressionType",
    "GlobalTermWeights",
    "GoldenColumn",
    "GoldenRows",
    "IndicatorFactor",
    "InstanceColumn",
    "InteractionTerm",
    "Interval",
    "InvalidValueTreatment",
    "Items",
    "LinkFunction",
    "LocalTermWeights",
    "MapValues",
    "Measure",
    "MiningField",
    "MiningFunction",
    "MissingPath",
    "MissingPredictionTreatment",
    "MissingValueTreatment",
    "Model",
    "MultipleModelMethod",
    "NaiveBayesModel",
    "NearestNeighborModel",
    "NeighborTarget",
    "NeuralLayer",
    "NeuralNetwork",
    "NeuralTarget",
    "NormContinuous",
    "NormDiscrete",
    "NormalizationMethod",
    "Notice",
    "NumericTerm",
    "OpType",
    "OutlierTreatment",
    "OutputField",
    "Predictor",
    "ReasonCodeAlgorithm",
    "RegressionModel",
    "RegressionTable",
    "ResultFeature",
    "RuleSelectionMethod",
    "RuleSet",
    "Scalar",
    "Scorecard",
    "ScorecardAttribute",
    "Segment",
    "SimilarityType",
    "SupportVectorMachineModel",
    "SvmClassificationMethod",
    "SvmKernel",
    "SvmRepresentation",
    "Target",
    "TargetValue",
    "Term",
    "TextIndex",
    "TextIndexNormalization",
    "TextModel",
    "TreeEnsemble",
    "TreeTarget",
    "TreeTest",
    "UsageType",
    "equal",
    "inner_models",
]
