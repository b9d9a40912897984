"""BayesianNetworkModel (PMML 4.4, Bayesian Network)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product

import numpy as np

from modelport_runtime.hub import (
    BayesianNetworkModel,
    ContinuousNode,
    DataType,
    DerivedField,
    DiscreteNode,
    NodeDistribution,
    NodeDistributionType,
    Scalar,
    UsageType,
)
from modelport_runtime.pmml._element import Element
from modelport_runtime.pmml._expressions import find_expression
from modelport_runtime.pmml._model_context import ModelContext
from modelport_runtime.pmml._reading import Reading, Scope, cast
from modelport_runtime.pmml._transformations import read_derived_fields

__all__ = ["read_bayesian_network"]

_Kind = NodeDistributionType
_DISTRIBUTIONS = {
    "LognormalDistributionForBN": (_Kind.LOGNORMAL, ("Mean", "Variance")),
    "NormalDistributionForBN": (_Kind.NORMAL, ("Mean", "Variance")),
    "TriangularDistributionForBN": (_Kind.TRIANGULAR, ("Mean", "Lower", "Upper")),
    "UniformDistributionForBN": (_Kind.UNIFORM, ("Lower", "Upper")),
}
_GIVEN = (UsageType.ACTIVE, UsageType.GROUP, UsageType.ORDER)


def read_bayesian_network(reading: Reading, element: Element, context: ModelContext) -> BayesianNetworkModel:
    """Read the nodes, and which of them are given and which predicted.

    Raises:
        ArtifactError: Nodes, parents and tables do not fit, depend on each other in a circle, or lack the target.
    """
    if context.math_type is DataType.FLOAT:
        reading.refuse(element, "a Bayesian network in float32", "leave x-mathContext out")
    parent = element.require_child("BayesianNetworkNodes")
    reading.expect(parent, {"DiscreteNode", "ContinuousNode"})
    elements = _by_name(parent)
    values = {name: _values(child, context) for name, child in elements.items() if child.tag == "DiscreteNode"}
    nodes = tuple(_Node(reading, child, context, elements, values).read() for child in elements.values())
    _refuse_circles(elements, nodes)
    targets = tuple(field.name for field in context.mining_fields if field.is_target)
    for name in targets or ("",):
        if name not in elements:
            raise element.error(f"the target {name!r} is no node of the network; make a node the target")
        if context.is_classification and name not in values:
            raise elements[name].error("a continuous node has no classes; set functionName='regression'")
    given = {field.name for field in context.mining_fields if field.usage_type in _GIVEN and not field.is_target}
    return BayesianNetworkModel(
        nodes=nodes, targets=targets, observed=tuple(name for name in elements if name in given)
    )


def _by_name(parent: Element) -> dict[str, Element]:
    elements: dict[str, Element] = {}
    for child in parent.all("DiscreteNode", "ContinuousNode"):
        name = child.require("name")
        if name in elements:
            raise child.error(f"node {name!r} is defined twice; rename one")
        elements[name] = child
    return elements


def _values(element: Element, context: ModelContext) -> tuple[Scalar, ...]:
    """Values of a discrete node, in the order in which its tables name them."""
    known = context.scope.find(element.require("name"))
    if known is None:
        raise element.error(f"field {element.get('name')!r} is not defined; define it, or correct the name")
    tables = [element, *element.all("DiscreteConditionalProbability")]
    cells = [cell for table in tables for cell in table.all("ValueProbability")]
    if not cells:
        raise element.error("DiscreteNode has no ValueProbability; give each value one")
    return tuple(dict.fromkeys(cast(cell, cell.require("value"), known.data_type) for cell in cells))


class _Node:
    """Reads one node."""

    def __init__(
        self,
        reading: Reading,
        element: Element,
        context: ModelContext,
        elements: dict[str, Element],
        values: dict[str, tuple[Scalar, ...]],
    ) -> None:
        self.reading = reading
        self.element = element
        self.elements = elements
        self.values = values
        self.name = element.require("name")
        if context.scope.find(self.name) is None:
            raise element.error(f"field {self.name!r} is not defined; define it, or correct the name")
        self.scope = Scope(context.scope)

    def read(self) -> DiscreteNode | ContinuousNode:
        discrete = self.element.tag == "DiscreteNode"
        conditional = "DiscreteConditionalProbability" if discrete else "ContinuousConditionalProbability"
        cell = "ValueProbability" if discrete else "ContinuousDistribution"
        self.reading.expect(self.element, {"DerivedField", conditional, cell})
        derived = self._derived()
        tables = self.element.all(conditional)
        if self.element.child(cell) is not None:
            if tables:
                raise self.element.error(f"{cell} and {conditional} exclude each other; remove one")
            tables = [self.element]
        if not tables:
            raise self.element.error(f"{self.element.tag} has neither {conditional} nor {cell}; give it one")
        for table in tables:
            self.reading.expect(table, {"ParentValue", "DerivedField", cell})
        parents = tuple(dict.fromkeys(child.require("parent") for child in tables[0].all("ParentValue")))
        parent_values = tuple(self._parent_values(table, parents) for table in tables)
        self._check_combinations(parents, parent_values)
        if discrete:
            return DiscreteNode(
                name=self.name,
                values=self.values[self.name],
                parents=parents,
                parent_values=parent_values,
                probabilities=np.array([self._probabilities(table) for table in tables]),
                reads=self._reads(name for name in parents if name not in self.values),
                derived=derived,
            )
        distributions = tuple(self._distribution(table) for table in tables)
        used = [name for table in tables for part in table.all("ContinuousDistribution") for name in _fields_used(part)]
        return ContinuousNode(
            name=self.name,
            parents=parents,
            parent_values=parent_values,
            distributions=distributions,
            reads=self._reads([*(name for name in parents if name not in self.values), *used]),
            derived=derived,
        )

    def _derived(self) -> tuple[DerivedField, ...]:
        """The node's own derived fields, which share its element with tables."""
        holder = Element(tag=self.element.tag, attributes={}, line=self.element.line, parent=self.element.parent)
        holder.children = self.element.all("DerivedField")
        return read_derived_fields(self.reading, holder, self.scope)

    def _parent_values(self, table: Element, parents: tuple[str, ...]) -> tuple[Scalar, ...]:
        found: dict[str, Scalar] = {}
        for child in table.all("ParentValue"):
            name = child.require("parent")
            known = self.scope.find(name)
            if known is None:
                raise child.error(f"parent {name!r} is no node and no field; define it, or correct the name")
            if name in found:
                raise child.error(f"parent {name!r} has two values; remove one")
            value = cast(child, child.require("value"), known.data_type)
            if name in self.values and value not in self.values[name]:
                raise child.error(f"{value!r} is no value of node {name!r}; correct it")
            found[name] = value
        if set(found) != set(parents):
            raise table.error(f"parents differ from those of the first table, {', '.join(parents)}; name the same ones")
        return tuple(found[name] for name in parents)

    def _check_combinations(self, parents: tuple[str, ...], given: tuple[tuple[Scalar, ...], ...]) -> None:
        twice = next((values for index, values in enumerate(given) if values in given[:index]), None)
        if twice is not None:
            raise self.element.error(f"parent values {_shown(twice)} have two tables; remove one")
        if all(name in self.values for name in parents):
            have = set(given)
            lacking = next((v for v in product(*(self.values[name] for name in parents)) if v not in have), None)
            if lacking is not None:
                raise self.element.error(f"parent values {_shown(lacking)} have no table; add it")

    def _probabilities(self, table: Element) -> list[float]:
        """The probability of each of the node's values; 0 for those that are not named."""
        known = self.scope.find(self.name)
        found: dict[Scalar, float] = {}
        for cell in table.all("ValueProbability"):
            value = cast(cell, cell.require("value"), known.data_type if known is not None else DataType.STRING)
            probability = cell.number("probability")
            if not 0 <= probability <= 1:
                raise cell.error(f"probability={probability} is not between 0 and 1; correct it")
            if value in found:
                raise cell.error(f"value {value!r} has two probabilities; remove one")
            found[value] = probability
        if not math.isclose(sum(found.values()), 1.0, abs_tol=0.01):
            raise table.error(f"the probabilities add up to {sum(found.values()):g}, not 1; correct them")
        return [found.get(value, 0.0) for value in self.values[self.name]]

    def _distribution(self, table: Element) -> NodeDistribution:
        parts = table.all("ContinuousDistribution")
        if not parts:
            raise table.error("ContinuousDistribution is missing; give each combination of parents one")
        if len(parts) > 1:
            raise parts[1].error("more than one ContinuousDistribution for the same parents; remove one")
        self.reading.expect(parts[0], set(_DISTRIBUTIONS))
        element = parts[0].require_child(*_DISTRIBUTIONS)
        kind, tags = _DISTRIBUTIONS[element.tag]
        parameters = (element.require_child(tag) for tag in tags)
        return NodeDistribution(
            distribution_type=kind,
            parameters=tuple(
                find_expression(self.reading, parameter, self.scope, DataType.DOUBLE) for parameter in parameters
            ),
        )

    def _reads(self, names: Iterable[str]) -> tuple[str, ...]:
        """Names of the nodes that fields stand for, directly or as what they are derived from."""
        found: dict[str, None] = {}
        waiting = list(names)
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            derived = self.scope.find_derived(name)
            if derived is not None:
                waiting.extend(derived[1])
            elif name in self.elements:
                found[name] = None
        return tuple(sorted(found))


def _shown(values: tuple[Scalar, ...]) -> str:
    return f"({', '.join(map(str, values))})"


def _fields_used(element: Element) -> set[str]:
    names = {element.attributes[key] for key in ("field", "textField") if key in element.attributes}
    return names.union(*(_fields_used(child) for child in element.children))


def _refuse_circles(elements: dict[str, Element], nodes: tuple[DiscreteNode | ContinuousNode, ...]) -> None:
    waiting = {node.name: {name for name in (*node.parents, *node.reads) if name in elements} for node in nodes}
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs & waiting.keys()]
        if not ready:
            name = next(iter(waiting))
            raise elements[name].error(f"nodes {', '.join(waiting)} depend on each other in a circle; remove a parent")
        for name in ready:
            del waiting[name]
