"""The closed list of hub types that the native file and the dump know."""

from __future__ import annotations

from modelport_runtime.hub._card import Card, GoldenColumn, GoldenRows, Notice
from modelport_runtime.hub._expressions import (
    Apply,
    Cast,
    Constant,
    DerivedField,
    Discretize,
    DiscretizeBin,
    FieldRef,
    Function,
    FunctionParameter,
    MapValues,
    NormContinuous,
    NormDiscrete,
    TextIndex,
    TextIndexNormalization,
)
from modelport_runtime.hub._fields import DataField, Interval, MiningField
from modelport_runtime.hub._general_regression import (
    BaselineStratum,
    CovariateFactor,
    GeneralParameter,
    GeneralRegressionModel,
    IndicatorFactor,
)
from modelport_runtime.hub._model import Document, Ensemble, Model, OutputField, Segment, Target, TargetValue
from modelport_runtime.hub._naive_bayes import ContinuousBayesInput, DiscreteBayesInput, NaiveBayesModel
from modelport_runtime.hub._regression import (
    CategoricalTerm,
    InteractionTerm,
    NumericTerm,
    RegressionModel,
    RegressionTable,
)
from modelport_runtime.hub._trees import TreeEnsemble, TreeTarget

__all__ = ["HUB_TYPES"]

HUB_TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Apply,
        BaselineStratum,
        Card,
        Cast,
        CategoricalTerm,
        Constant,
        ContinuousBayesInput,
        CovariateFactor,
        DataField,
        DerivedField,
        Discretize,
        DiscretizeBin,
        DiscreteBayesInput,
        Document,
        Ensemble,
        FieldRef,
        Function,
        FunctionParameter,
        GeneralParameter,
        GeneralRegressionModel,
        GoldenColumn,
        GoldenRows,
        IndicatorFactor,
        InteractionTerm,
        Interval,
        MapValues,
        MiningField,
        Model,
        NaiveBayesModel,
        NormContinuous,
        NormDiscrete,
        Notice,
        NumericTerm,
        OutputField,
        RegressionModel,
        RegressionTable,
        Segment,
        Target,
        TargetValue,
        TextIndex,
        TextIndexNormalization,
        TreeEnsemble,
        TreeTarget,
    )
}
"""Name of each type as it stands in a file."""
