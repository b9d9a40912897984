"""What is observed of a Bayesian network in the rows of a scope, and its tables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.columns import Column, NumberColumn, TextColumn
from modelport_runtime.executors.reference._bayesian_densities import log_density
from modelport_runtime.executors.reference._bayesian_graph import Node, Plan, make_plan
from modelport_runtime.executors.reference._casts import numbers
from modelport_runtime.executors.reference._expressions import evaluate, evaluate_derived
from modelport_runtime.executors.reference._references import fields_of
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import BayesianNetworkModel, ContinuousNode, DiscreteNode, Scalar

__all__ = ["Evidence", "Network", "Rows"]

Rows = NDArray[np.intp]
"""Positions of some rows."""

_MOST_PLANS = 4096
"""Plans that are kept: there may be one for each set of nodes that can be missing together."""


class Network:
    """Tables by node, with one more place on every axis for values that are missing or unknown."""

    def __init__(self, predictor: BayesianNetworkModel) -> None:
        self.predictor = predictor
        self.nodes: dict[str, Node] = {node.name: node for node in predictor.nodes}
        self.values = {node.name: node.values for node in predictor.nodes if isinstance(node, DiscreteNode)}
        self.parent_values: dict[tuple[str, str], tuple[Scalar, ...]] = {}
        self.tables = {node.name: self._table(node) for node in predictor.nodes}
        self._plans: dict[tuple[str, frozenset[str]], Plan] = {}

    def plan(self, target: str, observed: frozenset[str]) -> Plan:
        """How a target is inferred, worked out once."""
        key = target, observed
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = make_plan(self.predictor, target, observed)
        return plan

    def _table(self, node: Node) -> NDArray[np.intp]:
        """Position of each combination of parents among those given, one axis a parent; -1 where there is none."""
        for axis, parent in enumerate(node.parents):
            named = tuple(dict.fromkeys(values[axis] for values in node.parent_values))
            self.parent_values[node.name, parent] = self.values.get(parent, named)
        axes = [self.parent_values[node.name, parent] for parent in node.parents]
        table = np.full([len(values) + 1 for values in axes], -1, dtype=np.intp)
        for index, combination in enumerate(node.parent_values):
            table[tuple(values.index(value) for values, value in zip(axes, combination, strict=True))] = index
        return table


class Evidence:
    """What is observed in the rows of a scope, looked up once."""

    def __init__(self, network: Network, scope: Scope) -> None:
        self._network = network
        self._scope = scope
        self._positions: dict[tuple[str, str], NDArray[np.intp]] = {}
        self._logarithms: dict[str, Numbers] = {}
        self.n_rows = scope.n_rows

    def patterns(self) -> Iterator[tuple[frozenset[str], Rows]]:
        """Nodes that are observed together, and the rows in which just they are."""
        given = self._network.predictor.observed
        missing = np.zeros((self.n_rows, len(given)), dtype=np.bool_)
        for index, name in enumerate(given):
            missing[:, index] = self._scope.column(name).missing
        if not missing.any():
            yield frozenset(given), np.arange(self.n_rows)
            return
        kinds, kind_of = np.unique(missing, axis=0, return_inverse=True)
        for index, kind in enumerate(kinds):
            names = frozenset(name for name, absent in zip(given, kind, strict=True) if not absent)
            yield names, np.flatnonzero(kind_of.reshape(-1) == index)

    def positions(self, node: Node, parent: str) -> NDArray[np.intp]:
        """Position of each row's value of a parent among the values that its table knows; -1 where it is none."""
        is_node = parent in self._network.values
        key = ("" if is_node else node.name), parent
        if key not in self._positions:
            values = self._network.values[parent] if is_node else self._network.parent_values[node.name, parent]
            scope = self._scope if is_node else self.scope_of(node)
            self._positions[key] = _positions(scope.column(parent), values)
            self._scope.mark(scope.invalid)
        return self._positions[key]

    def scope_of(self, node: Node) -> Scope:
        """Names as a node sees them, with derived fields of its own."""
        scope = self._scope.on_all_rows()
        for field in node.derived:
            scope.define_derived(field, tuple(dict.fromkeys(fields_of(field.expression))), evaluate_derived)
        return scope

    def parameters(self, node: ContinuousNode, scope: Scope | None = None) -> list[list[Numbers]]:
        """For each combination of parents the parameters of the distribution, each of shape (n_rows,)."""
        scope = self.scope_of(node) if scope is None else scope
        found = []
        for distribution in node.distributions:
            values = [evaluate(expression, scope) for expression in distribution.parameters]
            for value in values:
                self._scope.mark(value.invalid)
            found.append([numbers(value.column) for value in values])
        return found

    def log_densities(self, node: ContinuousNode) -> Numbers:
        """Shape (n_rows, C + 1): of each row's value for each combination of parents; the last is missing."""
        if node.name not in self._logarithms:
            values = numbers(self._scope.column(node.name))
            result = np.full((self.n_rows, len(node.distributions) + 1), np.nan)
            for index, parameters in enumerate(self.parameters(node)):
                result[:, index] = log_density(node.distributions[index].distribution_type, values, parameters)
            self._logarithms[node.name] = result
        return self._logarithms[node.name]

    def combinations(self, node: Node, rows: Rows, hidden: frozenset[str]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """Position of the combination of parents, with an axis for each hidden parent."""
        axes = tuple(parent for parent in node.parents if parent in hidden)
        index = tuple(
            _along(1 + axes.index(parent), 1 + len(axes), np.arange(len(self._network.values[parent])))
            if parent in hidden
            else _along(0, 1 + len(axes), self.positions(node, parent)[rows])
            for parent in node.parents
        )
        table = self._network.tables[node.name]
        taken = table[index] if index else table
        return axes, taken if taken.ndim == 1 + len(axes) else taken.reshape(1, *taken.shape)

    def values_of(self, name: str) -> tuple[Scalar, ...]:
        """The values of a discrete node."""
        return self._network.values[name]

    def numbers_of(self, name: str) -> Numbers:
        """The values of a field as numbers."""
        return numbers(self._scope.column(name))

    def scope_with(self, name: str, value: float) -> Scope:
        """Names with one number in every row of one field."""
        scope = self._scope.on_all_rows()
        scope.define(name, NumberColumn(np.full(self.n_rows, value)))
        return scope


def _along(axis: int, dimensions: int, values: NDArray[np.intp]) -> NDArray[np.intp]:
    return values.reshape([-1 if position == axis else 1 for position in range(dimensions)])


def _positions(column: Column, values: tuple[Scalar, ...]) -> NDArray[np.intp]:
    keys = [held(value, column.data_type) for value in values]
    if isinstance(column, TextColumn):
        position = {text: index for index, text in enumerate(keys)}
        table = np.array([*(position.get(category, -1) for category in column.categories), -1], dtype=np.intp)
        return np.asarray(table[column.codes])
    result = np.full(len(column), -1, dtype=np.intp)
    for index, key in enumerate(keys):
        if key is not None:
            result[column.values == key] = index
    return result
