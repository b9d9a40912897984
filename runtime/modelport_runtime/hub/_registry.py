"""The closed list of hub types that the native file and the dump know."""

from __future__ import annotations

from modelport_runtime.hub._association import (
    AssociationModel,
    Items,
)
from modelport_runtime.hub._baseline import (
    BaselineDistribution,
    BaselineModel,
)
from modelport_runtime.hub._bayesian_network import (
    BayesianNetworkModel,
    ContinuousNode,
    DiscreteNode,
    NodeDistribution,
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
    Aggregate,
    Apply,
    Cast,
    Constant,
    DerivedField,
    Discretize,
    DiscretizeBin,
    FieldRef,
    Function,
    FunctionParameter,
    Lag,
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
    GaussianProcessModel,
)
from modelport_runtime.hub._general_regression import (
    BaselineStratum,
    CovariateFactor,
    GeneralParameter,
    GeneralRegressionModel,
    IndicatorFactor,
)
from modelport_runtime.hub._measures import (
    ComparedField,
    ComparisonMeasure,
)
from modelport_runtime.hub._model import (
    AnomalyDetectionModel,
    Document,
    Ensemble,
    Model,
    OutputField,
    Segment,
    Target,
    TargetValue,
)
from modelport_runtime.hub._naive_bayes import (
    ContinuousBayesInput,
    DiscreteBayesInput,
    NaiveBayesModel,
)
from modelport_runtime.hub._neighbors import (
    InstanceColumn,
    NearestNeighborModel,
    NeighborTarget,
)
from modelport_runtime.hub._neural_network import (
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
)
from modelport_runtime.hub._rules import (
    RuleSet,
)
from modelport_runtime.hub._scorecard import (
    Characteristic,
    Scorecard,
    ScorecardAttribute,
)
from modelport_runtime.hub._sequences import (
    Sequence,
    SequenceModel,
    TimeConstraints,
)
from modelport_runtime.hub._support_vectors import (
    SupportVectorMachineModel,
)
from modelport_runtime.hub._text_model import (
    TextModel,
)
from modelport_runtime.hub._time_series import (
    ArimaModel,
    ExponentialSmoothing,
    GarchModel,
    Horizon,
    OutlierEffect,
    StateSpaceModel,
)
from modelport_runtime.hub._tree_parts import (
    LinearLeaves,
    TreeSplits,
)
from modelport_runtime.hub._trees import (
    TreeEnsemble,
    TreeTarget,
)

__all__ = ["HUB_TYPES"]

HUB_TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Aggregate,
        AnomalyDetectionModel,
        Apply,
        ArimaModel,
        AssociationModel,
        BaselineDistribution,
        BaselineModel,
        BaselineStratum,
        BayesianNetworkModel,
        Card,
        Cast,
        CategoricalTerm,
        Characteristic,
        ClusteringModel,
        ComparedField,
        ComparisonMeasure,
        Constant,
        ContinuousBayesInput,
        ContinuousNode,
        CovariateFactor,
        DataField,
        DerivedField,
        DiscreteBayesInput,
        DiscreteNode,
        Discretize,
        DiscretizeBin,
        Document,
        Ensemble,
        ExponentialSmoothing,
        FieldRef,
        Function,
        FunctionParameter,
        GarchModel,
        GaussianProcessModel,
        GeneralParameter,
        GeneralRegressionModel,
        GoldenColumn,
        GoldenRows,
        Horizon,
        IndicatorFactor,
        InstanceColumn,
        InteractionTerm,
        Interval,
        Items,
        Lag,
        LinearLeaves,
        MapValues,
        MiningField,
        Model,
        NaiveBayesModel,
        NearestNeighborModel,
        NeighborTarget,
        NeuralLayer,
        NeuralNetwork,
        NeuralTarget,
        NodeDistribution,
        NormContinuous,
        NormDiscrete,
        Notice,
        NumericTerm,
        OutlierEffect,
        OutputField,
        RegressionModel,
        RegressionTable,
        RuleSet,
        Scorecard,
        ScorecardAttribute,
        Segment,
        Sequence,
        SequenceModel,
        StateSpaceModel,
        SupportVectorMachineModel,
        Target,
        TargetValue,
        TextIndex,
        TextIndexNormalization,
        TextModel,
        TimeConstraints,
        TreeEnsemble,
        TreeSplits,
        TreeTarget,
    )
}
"""Name of each type as it stands in a file."""
