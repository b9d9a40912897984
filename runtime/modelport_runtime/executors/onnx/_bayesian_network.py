"""Bayesian networks of discrete nodes (PMML 4.4, Bayesian Network): one elimination of variables for all rows.

The reference executor has a plan for each set of nodes that are missing together. Here every node that may be missing
is summed out in every row, after its distribution is multiplied by what is known of it: 1 for the value observed, or
for each value where it is missing. Which distributions bear on the target, that too depends on what is missing: those
that do not are 1 in all places in that row (see ``reference/_bayesian_graph.py``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors.onnx._expressions import define_fields
from modelport_runtime.executors.onnx._lowering import Lowering, Scope
from modelport_runtime.executors.onnx._positions import position_of
from modelport_runtime.executors.onnx._prediction import ModelResult, Prediction, with_winner
from modelport_runtime.executors.reference._bayesian_evidence import Network
from modelport_runtime.executors.reference._bayesian_graph import ancestors, elimination
from modelport_runtime.executors.reference._bayesian_network import LIKELY
from modelport_runtime.executors.reference._scalars import held
from modelport_runtime.hub import BayesianNetworkModel, DiscreteNode, Model, Scalar

__all__ = ["lower_bayesian_network"]

_LARGEST_TABLE = 1 << 10
"""Cells of the largest table of a row, of which a graph holds 16,384 at once."""
_MOST_CONDITIONS = 1 << 14
"""Conditions past which a graph takes longer to make than the reference takes to score."""

_Condition = str | bool
"""A condition [N, 1], or what it is in every row."""


def lower_bayesian_network(
    lowering: Lowering, model: Model, predictor: BayesianNetworkModel, scope: Scope
) -> ModelResult:
    """The likeliest value of each target, with the probabilities of all of them.

    Raises:
        RefusedError: A node is continuous or depends on others through expressions, or a table is too large.
    """
    nodes: dict[str, DiscreteNode] = {}
    for node in predictor.nodes:
        if not isinstance(node, DiscreteNode):
            raise lowering.refuse(f"continuous node {node.name!r} of a Bayesian network")
        if node.reads:
            raise lowering.refuse(f"node {node.name!r}, which depends on {node.reads[0]!r} through an expression")
        nodes[node.name] = node
    given = _Given(lowering, predictor, nodes, scope)
    return ModelResult(predictions=tuple(_predict(given, nodes[name]) for name in predictor.targets))


def _predict(given: _Given, node: DiscreteNode) -> Prediction:
    lowering, graph = given.lowering, given.lowering.graph
    shares = _Inference(given, node.name).shares()
    # Sums in another order may tell equal numbers apart.
    greatest = graph.op("ReduceMax", shares, graph.integers([1]), keepdims=1)
    is_likely = graph.op("GreaterOrEqual", shares, graph.op("Mul", greatest, graph.number(LIKELY)))
    likely = graph.op("Where", is_likely, graph.number(1.0), graph.op("Sub", shares, graph.number(1.0)))
    prediction = Prediction(target=node.name, classes=node.values, probabilities=shares)
    return with_winner(lowering, prediction, likely)


class _Given:
    """What is observed, and the tables of the nodes.

    Attributes:
        lowering: State of the lowering.
        nodes: The nodes by name.
        order: Position of each among all.
        network: Their tables, with one more place on every axis for values that are missing or unknown.
        observed: Names of those that are given.
        hidden: Where each node is not observed.
    """

    def __init__(
        self, lowering: Lowering, predictor: BayesianNetworkModel, nodes: Mapping[str, DiscreteNode], scope: Scope
    ) -> None:
        self.lowering, self.nodes, self._scope = lowering, nodes, scope
        self.order = {name: position for position, name in enumerate(nodes)}
        self.network = Network(predictor)
        self.observed = frozenset(predictor.observed)
        self.hidden: dict[str, _Condition] = dict.fromkeys(nodes, True)
        self._positions: dict[str, str] = {}
        for name in predictor.observed:
            value = lowering.read(scope, name)
            self.hidden[name] = lowering.is_missing(value) or False
            self._positions[name] = self._position(scope, name, nodes[name].values)
        for target in predictor.targets:
            if target in self.observed:
                raise lowering.refuse(f"target {target!r}, which is also given")

    def _position(self, scope: Scope, name: str, values: Sequence[Scalar]) -> str:
        """int64 [N, 1]: position of a field's value among some; their number for any other and a missing one."""
        lowering, graph = self.lowering, self.lowering.graph
        value = lowering.read(scope, name)
        keys = {key: index for index, known in enumerate(values) if (key := held(known, value.data_type)) is not None}
        places = graph.integers([*keys.values(), len(values)])
        return graph.op("Gather", places, lowering.rows_like(position_of(lowering, value, list(keys))))

    def position(self, node: DiscreteNode, name: str) -> str:
        """int64 [N, 1]: position of what is known under a name that a node's table has an axis for."""
        if name in self.nodes:
            return self._positions[name]
        inner = Scope(self._scope, self._scope.math_type)
        define_fields(self.lowering, inner, node.derived)
        return self._position(inner, name, self.network.parent_values[node.name, name])

    def is_other(self, name: str) -> str:
        """Where a node's value is none of those that it can have, or missing."""
        return self.lowering.graph.op(
            "Equal", self._positions[name], self.lowering.graph.integers([[len(self.nodes[name].values)]])
        )

    def likelihood(self, name: str) -> str:
        """[N, V]: 1 for the value observed, or for each where it is missing."""
        graph = self.lowering.graph
        labels = graph.integers([list(range(len(self.nodes[name].values)))])
        same = graph.op("Equal", self._positions[name], labels)
        return graph.op("Cast", graph.op("Or", same, self.is_other(name)), to=graph.real_type)

    # -- conditions that may be known before any row is ----------------------------------------------------------

    def either(self, *conditions: _Condition) -> _Condition:
        if any(condition is True for condition in conditions):
            return True
        return self.lowering.any_of(*(c for c in conditions if isinstance(c, str))) or False

    def both(self, *conditions: _Condition) -> _Condition:
        if any(condition is False for condition in conditions):
            return False
        known = [condition for condition in conditions if isinstance(condition, str)]
        return self.lowering.all_of(*known) if known else True

    def opposite(self, condition: _Condition) -> _Condition:
        return self.lowering.negate(condition) if isinstance(condition, str) else not condition


@dataclass(frozen=True, slots=True)
class _Factor:
    """A table of each row.

    Attributes:
        axes: The nodes that it has axes for, in the order of the network.
        name: Tensor [N or 1, values of the first node, values of the second, ...].
    """

    axes: tuple[str, ...]
    name: str


class _Inference:
    """The distribution of one target."""

    def __init__(self, given: _Given, target: str) -> None:
        self._given, self._target = given, target
        self._lowering, self._graph = given.lowering, given.lowering.graph
        relevant = ancestors(given.nodes, {target} | given.observed)
        self._scopes = {
            name: (name, *(parent for parent in given.nodes[name].parents if parent in given.nodes))
            for name in given.nodes
            if name in relevant
        }
        self._check_size()
        self._used = self._find_used()

    def _axes(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of some nodes that may be hidden, in the order of the network."""
        open_nodes = {name for name in names if self._given.hidden[name] is not False}
        return tuple(sorted(open_nodes, key=self._given.order.__getitem__))

    def _check_size(self) -> None:
        given = self._given
        tables = [set(self._axes(scope)) for scope in self._scopes.values()] + [{self._target}]
        sizes = {name: len(node.values) for name, node in given.nodes.items()}
        self._order, size = elimination(tables, set().union(*tables) - {self._target}, sizes)
        if size > _LARGEST_TABLE:
            what = f"inferring {self._target!r} takes a table of {size:,} cells a row, more than {_LARGEST_TABLE:,}"
            raise self._lowering.refuse(what)
        n_steps = len(self._scopes) * sum(len(scope) ** 2 for scope in self._scopes.values())
        if n_steps > _MOST_CONDITIONS and any(isinstance(hidden, str) for hidden in given.hidden.values()):
            raise self._lowering.refuse(f"a Bayesian network of {len(self._scopes):,} nodes that may be missing")

    def _find_used(self) -> dict[str, _Condition]:
        """Where each node's distribution bears on the target.

        A node is relevant where it is observed or something that depends on it is. Then hidden nodes are found from
        the target on, by relevant distributions that tie them together.
        """
        given, scopes = self._given, self._scopes
        relevant: dict[str, _Condition] = {
            name: True if name == self._target else given.opposite(given.hidden[name]) for name in scopes
        }
        parents = {name: scope[1:] for name, scope in scopes.items()}
        for name in reversed(tuple(TopologicalSorter(parents).static_order())):
            for parent in parents[name]:
                relevant[parent] = given.either(relevant[parent], relevant[name])
        found: dict[str, _Condition] = {name: name == self._target for name in scopes}
        for _ in scopes:
            before = dict(found)
            for name, scope in scopes.items():
                for node in scope:
                    tied = given.either(*(found[other] for other in scope if other != node))
                    tied = given.both(given.hidden[node], relevant[name], tied)
                    found[node] = given.either(found[node], tied)
            if found == before:
                break
        return {
            name: given.both(relevant[name], given.either(*(found[node] for node in scope)))
            for name, scope in scopes.items()
        }

    def shares(self) -> str:
        """[N, V]: probabilities of the target's values; missing where what is observed is impossible or unknown."""
        graph, given = self._graph, self._given
        factors: list[_Factor] = []
        unknown: list[_Condition] = []
        for name, used in self._used.items():
            if used is not False:
                factor, is_unknown = self._distribution(given.nodes[name])
                factors.append(self._where_used(factor, used))
                unknown.append(given.both(used, is_unknown))
        for name in self._axes(tuple(self._scopes)):
            if name in given.observed:
                factors.append(_Factor((name,), given.likelihood(name)))
        for name in self._order:
            concerned = [factor for factor in factors if name in factor.axes]
            if concerned:
                rest = [factor for factor in factors if name not in factor.axes]
                factors = [*rest, self._summed(self._product(concerned), name)]
        joint = self._product(factors).name
        total = graph.op("ReduceSum", joint, graph.integers([1]), keepdims=1)
        shares = graph.op("Div", joint, total)
        width = len(given.nodes[self._target].values)
        shape = graph.op("Mul", self._lowering.n_rows, graph.integers([1, width]))
        shares = graph.op("Expand", shares, shape)
        without = given.either(*unknown)
        if without is False:
            return shares
        condition = self._lowering.always() if without is True else str(without)
        return graph.op("Where", condition, graph.number(math.nan), shares)

    def _distribution(self, node: DiscreteNode) -> tuple[_Factor, _Condition]:
        """A node's distribution, and where it is unknown: of values that its table does not know."""
        given = self._given
        names = (*node.parents, node.name)
        axes = self._axes([name for name in names if name in given.nodes])
        known = np.concatenate([node.probabilities, np.full((1, len(node.values)), np.nan)])
        table = known[given.network.tables[node.name]]
        if node.name not in axes:
            table = np.concatenate([table, np.full((*table.shape[:-1], 1), np.nan)], axis=-1)
        else:
            table = np.concatenate([table, table[..., :1]], axis=-1)  # taken off again, as from parents
        by_row = [axis for axis, name in enumerate(names) if name not in axes]
        of_axes = [names.index(name) for name in axes]
        for axis in of_axes:
            table = table.take(range(table.shape[axis] - 1), axis=axis)
        table = table.transpose(*by_row, *of_axes)
        shape = table.shape[len(by_row) :]
        table = table.reshape(math.prod(table.shape[: len(by_row)]), *shape)
        row = self._row(node, [names[axis] for axis in by_row])
        own = axes.index(node.name) + 1 if node.name in axes else None
        gaps = np.isnan(table) if own is None else np.isnan(table).any(axis=own, keepdims=True)
        factor = _Factor(axes, self._taken(np.nan_to_num(table), row))
        conditions = [
            given.both(given.opposite(given.hidden[name]), given.is_other(name))
            for name in axes
            if name in given.observed
        ]
        if gaps.any():
            conditions.append(self._meets_gaps(_Factor(axes, self._taken(gaps.astype(np.float64), row)), node))
        return factor, given.either(*conditions)

    def _row(self, node: DiscreteNode, names: Sequence[str]) -> str | None:
        """int64 [N, 1]: which part of a node's table concerns a row, by what is known in every row; ``None``: all."""
        graph, row = self._graph, None
        for name in names:
            position = self._given.position(node, name)
            known = self._given.network.parent_values.get((node.name, name), node.values)
            size = len(known) + 1
            row = position if row is None else graph.op("Add", graph.op("Mul", row, graph.integers([[size]])), position)
        return row

    def _taken(self, table: NDArray[np.float64], row: str | None) -> str:
        graph = self._graph
        if row is None:
            return graph.reals(table)
        taken = graph.op("Gather", graph.reals(table.reshape(len(table), -1)), row)
        return graph.op("Reshape", taken, graph.integers([-1, *table.shape[1:]]))

    def _meets_gaps(self, gaps: _Factor, node: DiscreteNode) -> str:
        """Where a table has no distribution for some values of the parents that are possible."""
        graph, given = self._graph, self._given
        for name in gaps.axes:
            if name in given.observed and name != node.name:
                gaps = self._times(gaps, _Factor((name,), given.likelihood(name)), scaled=False)
        found = gaps.name
        if gaps.axes:
            found = graph.op("ReduceSum", found, graph.integers(range(1, 1 + len(gaps.axes))), keepdims=0)
        column = graph.op("Reshape", found, graph.integers([-1, 1]))
        return graph.op("Greater", column, graph.number(0.0))

    # -- tables --------------------------------------------------------------------------------------------------

    def _where_used(self, factor: _Factor, used: _Condition) -> _Factor:
        if not isinstance(used, str):
            return factor
        graph = self._graph
        condition = graph.op("Reshape", used, graph.integers([-1, *[1] * len(factor.axes)]))
        one = graph.reals(np.ones([1] * (1 + len(factor.axes))))
        return replace(factor, name=graph.op("Where", condition, factor.name, one))

    def _product(self, factors: Sequence[_Factor]) -> _Factor:
        result = factors[0]
        for factor in factors[1:]:
            result = self._times(result, factor)
        return result

    def _times(self, left: _Factor, right: _Factor, *, scaled: bool = True) -> _Factor:
        axes = self._axes((*left.axes, *right.axes))
        product = self._graph.op("Mul", self._aligned(left, axes), self._aligned(right, axes))
        return _Factor(axes, self._scaled(product, len(axes)) if scaled else product)

    def _aligned(self, factor: _Factor, axes: tuple[str, ...]) -> str:
        if factor.axes == axes:
            return factor.name
        sizes = [len(self._given.nodes[name].values) if name in factor.axes else 1 for name in axes]
        return self._graph.op("Reshape", factor.name, self._graph.integers([-1, *sizes]))

    def _summed(self, factor: _Factor, name: str) -> _Factor:
        axis = factor.axes.index(name)
        axes = (*factor.axes[:axis], *factor.axes[axis + 1 :])
        total = self._graph.op("ReduceSum", factor.name, self._graph.integers([1 + axis]), keepdims=0)
        return _Factor(axes, self._scaled(total, len(axes)))

    def _scaled(self, name: str, n_axes: int) -> str:
        """A table whose greatest cell is 1, as the reference scales it: many products would be lost."""
        graph = self._graph
        greatest = name
        if n_axes:
            greatest = graph.op("ReduceMax", name, graph.integers(list(range(1, 1 + n_axes))), keepdims=1)
        zero, one = (graph.reals(np.full([1] * (1 + n_axes), value)) for value in (0.0, 1.0))
        return graph.op("Div", name, graph.op("Where", graph.op("Equal", greatest, zero), one, greatest))
