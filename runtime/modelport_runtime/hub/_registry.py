"""The closed list of hub types that the native file and the dump know."""

from __future__ import annotations

from modelport_runtime.hub._association import AssociationModel, Items
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
from modelport_runtime.hub._model import Document, Ensemble, Model, OutputField, Segment, Target, TargetValue
from modelport_runtime.hub._regression import (
    CategoricalTerm,
    InteractionTerm,
    NumericTerm,
    RegressionModel,
    RegressionTable,
)
from modelport_runtime.hub._rules import RuleSet
from modelport_runtime.hub._scorecard import Characteristic, Scorecard, ScorecardAttribute
from modelport_runtime.hub._sequences import Sequence, SequenceModel, TimeConstraints
from modelport_runtime.hub._trees import TreeEnsemble, TreeTarget

__all__ = ["HUB_TYPES"]

HUB_TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Apply,
        AssociationModel,
        Card,
        Cast,
        CategoricalTerm,
        Characteristic,
        Constant,
        DataField,
        DerivedField,
        Discretize,
        DiscretizeBin,
        Document,
        Ensemble,
        FieldRef,
        Function,
        FunctionParameter,
        GoldenColumn,
        GoldenRows,
        InteractionTerm,
        Interval,
        Items,
        MapValues,
        MiningField,
        Model,
        NormContinuous,
        NormDiscrete,
        Notice,
        NumericTerm,
        OutputField,
        RegressionModel,
        RegressionTable,
        RuleSet,
        Scorecard,
        ScorecardAttribute,
        Segment,
        Sequence,
        SequenceModel,
        Target,
        TargetValue,
        TextIndex,
        TextIndexNormalization,
        TimeConstraints,
        TreeEnsemble,
        TreeTarget,
    )
}
"""Name of each type as it stands in a file."""
