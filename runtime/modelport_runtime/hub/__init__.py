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
from modelport_runtime.hub._model import (
    Document,
    Ensemble,
    Model,
    OutputField,
    Predictor,
    Segment,
    Target,
    TargetValue,
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
from modelport_runtime.hub._sequences import (
    Sequence,
    SequenceModel,
    TimeConstraints,
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
    "AggregationMethod",
    "Apply",
    "AssociationModel",
    "Card",
    "Cast",
    "CategoricalTerm",
    "Characteristic",
    "Constant",
    "DataField",
    "DataType",
    "DerivedField",
    "Discretize",
    "DiscretizeBin",
    "Document",
    "Ensemble",
    "Expression",
    "FieldRef",
    "Function",
    "FunctionParameter",
    "GoldenColumn",
    "GoldenRows",
    "InteractionTerm",
    "Interval",
    "InvalidValueTreatment",
    "Items",
    "MapValues",
    "MiningField",
    "MiningFunction",
    "MissingPath",
    "MissingPredictionTreatment",
    "MissingValueTreatment",
    "Model",
    "MultipleModelMethod",
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
    "Sequence",
    "SequenceModel",
    "Target",
    "TargetValue",
    "Term",
    "TextIndex",
    "TextIndexNormalization",
    "TimeConstraints",
    "TreeEnsemble",
    "TreeTarget",
    "TreeTest",
    "UsageType",
    "equal",
]
