"""Bayesian networks: a joint distribution as a product of one distribution a node (PMML 4.4, Bayesian Network)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.hub._arrays import freeze_field
from modelport_runtime.hub._expressions import DerivedField, Expression
from modelport_runtime.hub._types import Scalar

__all__ = ["BayesianNetworkModel", "ContinuousNode", "DiscreteNode", "NodeDistribution", "NodeDistributionType"]


class NodeDistributionType(StrEnum):
    """Kind of a continuous node's distribution (PMML 4.4, Bayesian Network, ContinuousDistribution)."""

    LOGNORMAL = "lognormal"
    """Parameters: mean and variance of the logarithm."""
    NORMAL = "normal"
    """Parameters: mean and variance."""
    TRIANGULAR = "triangular"
    """Parameters: mean, lower and upper bound; the mode is three times the mean less both bounds."""
    UNIFORM = "uniform"
    """Parameters: lower and upper bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDistribution:
    """A distribution whose parameters are expressions.

    Attributes:
        distribution_type: Which one.
        parameters: As many expressions as the type has parameters, in its order.
    """

    distribution_type: NodeDistributionType
    parameters: tuple[Expression, ...]

    def __post_init__(self) -> None:
        expected = 3 if self.distribution_type is NodeDistributionType.TRIANGULAR else 2
        if len(self.parameters) != expected:
            raise ValueError(f"{self.distribution_type} has {expected} parameters, got {len(self.parameters)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscreteNode:
    """A node with a probability for each of its values.

    With V values and C combinations of its parents' values:

    Attributes:
        name: The node's name, which is its field's.
        values: Its values.
        parents: What its distribution depends on: discrete nodes, or fields that are known.
        parent_values: For each combination a value of each parent.
        probabilities: float64, shape (C, V).
        reads: Names of the nodes that it depends on through fields and expressions, not as a parent.
        derived: Fields that only this node reads.
    """

    name: str
    values: tuple[Scalar, ...]
    parents: tuple[str, ...] = ()
    parent_values: tuple[tuple[Scalar, ...], ...] = ((),)
    probabilities: NDArray[np.float64]
    reads: tuple[str, ...] = ()
    derived: tuple[DerivedField, ...] = ()

    def __post_init__(self) -> None:
        shape = freeze_field(self, "probabilities", np.float64, 2).shape
        if shape != (len(self.parent_values), len(self.values)):
            raise ValueError(f"{len(self.parent_values)} combinations, {len(self.values)} values, but {shape}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousNode:
    """A node with a density.

    Attributes:
        name: The node's name, which is its field's.
        parents: What its distribution depends on: discrete nodes, or fields that are known.
        parent_values: For each combination a value of each parent.
        distributions: One a combination.
        reads: Names of the nodes that it depends on through fields and expressions, not as a parent.
        derived: Fields that only this node reads.
    """

    name: str
    parents: tuple[str, ...] = ()
    parent_values: tuple[tuple[Scalar, ...], ...] = ((),)
    distributions: tuple[NodeDistribution, ...]
    reads: tuple[str, ...] = ()
    derived: tuple[DerivedField, ...] = ()

    def __post_init__(self) -> None:
        if len(self.parent_values) != len(self.distributions):
            raise ValueError(f"{len(self.parent_values)} combinations but {len(self.distributions)} distributions")


@dataclass(frozen=True, slots=True, kw_only=True)
class BayesianNetworkModel:
    """Nodes whose distributions depend on each other without a circle.

    The prediction of a discrete target is its most likely value given all that is observed, with the probabilities of
    all of them; that of a continuous target is its mean. What is missing in a row is summed out.

    Attributes:
        nodes: The nodes, in any order.
        targets: Names of the nodes that are predicted.
        observed: Names of the nodes that are given.
    """

    nodes: tuple[DiscreteNode | ContinuousNode, ...]
    targets: tuple[str, ...]
    observed: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[Scalar, ...]:
        """Values of the first target that is discrete."""
        by_name = {node.name: node for node in self.nodes}
        found = (by_name[name] for name in self.targets)
        return next((node.values for node in found if isinstance(node, DiscreteNode)), ())
