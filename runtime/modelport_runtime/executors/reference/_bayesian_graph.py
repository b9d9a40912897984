"""Which of a Bayesian network's distributions bear on a target, and in which order the others are summed out.

What is observed blocks influence, and what nothing observed depends on has none (d-separation: Lauritzen, Dawid, Larsen
and Leimer 1990, by the moral graph of the ancestors). The rest is summed out by variable elimination.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modelport_runtime.executors.reference._references import fields_of
from modelport_runtime.hub import (
    Apply,
    BayesianNetworkModel,
    Cast,
    ContinuousNode,
    DataType,
    DiscreteNode,
    Expression,
    FieldRef,
    NodeDistributionType,
)

__all__ = ["LARGEST_TABLE", "Node", "Plan", "ancestors", "elimination", "make_plan"]

Node = DiscreteNode | ContinuousNode
LARGEST_TABLE = 1 << 22
"""Cells of the largest table that is summed over for one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one target is inferred when certain nodes are observed.

    Attributes:
        factors: Nodes whose distributions are multiplied; for a continuous target not those of ``gaussian``.
        gaussian: For a continuous target: itself, and then the observed nodes that depend on it.
        order: Hidden discrete nodes in the order in which they are summed out.
        kept: Hidden discrete nodes that remain.
        size: Cells of the largest table.
        refusal: Why there is no exact answer; empty when there is one.
    """

    factors: tuple[str, ...] = ()
    gaussian: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    size: int = 1
    refusal: str = ""


def make_plan(network: BayesianNetworkModel, target: str, observed: frozenset[str]) -> Plan:
    """How a target is inferred when the given nodes are observed."""
    nodes = {node.name: node for node in network.nodes}
    relevant = ancestors(nodes, {target} | observed)
    scopes = {name: {name, *_links(nodes, nodes[name])} - observed for name in relevant}
    component = _connected(target, scopes.values())
    factors = tuple(name for name in nodes if name in scopes and scopes[name] & component)
    refusal = _obstacle(nodes, target, component, factors, observed)
    if refusal:
        return Plan(refusal=refusal)
    gaussian: tuple[str, ...] = ()
    kept: tuple[str, ...] = (target,)
    if isinstance(nodes[target], ContinuousNode):
        children = tuple(name for name in factors if name != target and target in scopes[name])
        gaussian = (target, *children)
        factors = tuple(name for name in factors if name not in gaussian)
        wanted = set().union(*(scopes[name] for name in gaussian)) - {target}
        kept = tuple(name for name in nodes if name in wanted)
    tables = [scopes[name] for name in factors] + [set(kept)]
    sizes = {name: len(node.values) for name, node in nodes.items() if isinstance(node, DiscreteNode)}
    order, size = elimination(tables, component - {target, *kept}, sizes)
    return Plan(factors=factors, gaussian=gaussian, order=order, kept=kept, size=size)


def _links(nodes: Mapping[str, Node], node: Node) -> set[str]:
    return {name for name in node.parents if name in nodes} | set(node.reads)


def ancestors(nodes: Mapping[str, Node], names: Iterable[str]) -> set[str]:
    """The nodes themselves and all that they depend on."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_links(nodes, nodes[name]))
    return found


def _connected(target: str, scopes: Iterable[set[str]]) -> set[str]:
    """Hidden nodes that some distribution ties to the target, directly or through others."""
    by_name: dict[str, list[set[str]]] = {}
    for scope in scopes:
        for name in scope:
            by_name.setdefault(name, []).append(scope)
    found = {target}
    waiting = [target]
    while waiting:
        for scope in by_name.get(waiting.pop(), ()):
            waiting.extend(scope - found)
            found |= scope
    return found


def elimination(tables: list[set[str]], hidden: set[str], sizes: Mapping[str, int]) -> tuple[tuple[str, ...], int]:
    """Next always the node that leaves the smallest table; and the cells of the largest table on the way."""
    order = []
    largest = max(math.prod(sizes[name] for name in table) for table in tables)
    while hidden:
        joined = {name: set().union(*(table for table in tables if name in table)) for name in sorted(hidden)}
        cells = {name: math.prod(sizes[other] for other in table) for name, table in joined.items()}
        name = min(cells, key=cells.__getitem__)
        largest = max(largest, cells[name])
        tables = [table for table in tables if name not in table] + [joined[name] - {name}]
        order.append(name)
        hidden = hidden - {name}
    largest = max(largest, math.prod(sizes[name] for name in set().union(*tables)))
    return tuple(order), largest


def _obstacle(
    nodes: Mapping[str, Node], target: str, component: set[str], factors: tuple[str, ...], observed: frozenset[str]
) -> str:
    """Why there is no exact answer; empty when there is one."""
    hidden = next((name for name in sorted(component) if name != target and _is_continuous(nodes[name])), None)
    if hidden is not None:
        return f"continuous node {hidden!r} is not observed, and no sum replaces its integral"
    children = []
    for name in factors:
        unknown = set(nodes[name].reads) - observed
        if not unknown:
            continue
        if unknown != {target} or not _is_continuous(nodes[target]):
            return f"node {name!r} depends on {min(unknown)!r} through an expression, and that is not observed"
        children.append(name)
    if not children:
        return ""
    if not _is_normal(nodes[target]):
        return f"nodes that depend on {target!r} are observed, and its own distribution is not normal"
    bad = next((name for name in children if not _is_linear_in(nodes[name], target, nodes)), None)
    if bad is not None:
        return f"node {bad!r} depends on {target!r} in another way than by a normal distribution with a linear mean"
    return ""


def _is_continuous(node: Node) -> bool:
    return isinstance(node, ContinuousNode)


def _is_normal(node: Node) -> bool:
    return isinstance(node, ContinuousNode) and all(
        distribution.distribution_type is NodeDistributionType.NORMAL for distribution in node.distributions
    )


def _is_linear_in(node: Node, name: str, nodes: Mapping[str, Node]) -> bool:
    """Whether a node is normal, its mean is linear in a field and its variance does not depend on it."""
    if not isinstance(node, ContinuousNode) or not _is_normal(node) or name in node.parents:
        return False
    return all(
        _degree(mean, name) <= 1
        and name not in fields_of(variance)
        # Whatever is no node may be derived from the field.
        and nodes.keys() >= {*fields_of(mean), *fields_of(variance)}
        for mean, variance in (distribution.parameters for distribution in node.distributions)
    )


def _degree(expression: Expression, name: str) -> float:
    """Degree of a polynomial in a field; infinite for all that is none."""
    if name not in fields_of(expression):
        return 0
    match expression:
        case FieldRef():
            return 1
        case Cast(data_type=DataType.DOUBLE):
            return _degree(expression.expression, name)
        case Apply(function="+" | "-" | "sum"):
            return max(_degree(argument, name) for argument in expression.arguments)
        case Apply(function="*"):
            return sum(_degree(argument, name) for argument in expression.arguments)
        case Apply(function="/") if name not in fields_of(expression.arguments[1]):
            return _degree(expression.arguments[0], name)
    return math.inf
