"""Bayesian networks (PMML 4.4, Bayesian Network): exact inference by variable elimination.

Rows in which the same nodes are missing are inferred together. A factor is a table with an axis for each hidden
discrete node, and one for the rows where it depends on what is observed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from modelport_runtime.errors import UnsupportedCause
from modelport_runtime.executors.reference._bayesian_densities import mean_of
from modelport_runtime.executors.reference._bayesian_evidence import Evidence, Network, Rows
from modelport_runtime.executors.reference._bayesian_graph import LARGEST_TABLE, Node, Plan, make_plan
from modelport_runtime.executors.reference._prediction import ModelResult, Prediction, winners
from modelport_runtime.executors.reference._predictors import PredictorEvaluator, TreeScorers
from modelport_runtime.executors.reference._scope import Scope
from modelport_runtime.executors.reference._values import Numbers
from modelport_runtime.hub import (
    BayesianNetworkModel,
    ContinuousNode,
    DataField,
    DiscreteNode,
    Model,
)

__all__ = ["LIKELY", "causes_of_bayesian_network", "make_bayesian_network"]

LIKELY = 1 - 1e-12
"""The share of the highest probability from which on a value is as likely: sums in another order differ by less. The
first of equally likely values is the predicted one."""

_Factor = tuple[tuple[str, ...], Numbers]
"""Hidden nodes, and a table of shape (n_rows or 1, values of the first, values of the second, ...)."""


def causes_of_bayesian_network(predictor: BayesianNetworkModel, where: str) -> Iterable[UnsupportedCause]:
    """Targets that have no exact answer when all that is given is there, or need too large a table when nothing is."""
    for target in predictor.targets:
        plan = make_plan(predictor, target, frozenset(predictor.observed))
        none = make_plan(predictor, target, frozenset())
        if plan.refusal:
            remedy = "make the nodes around the target active fields, or discrete"
            yield UnsupportedCause(where=where, what=f"inferring {target!r}: {plan.refusal}", remedy=remedy)
        elif max(plan.size, none.size) > LARGEST_TABLE:
            what = f"inferring {target!r} takes a table of {max(plan.size, none.size):,} cells"
            remedy = f"at most {LARGEST_TABLE:,} are computed: give nodes fewer parents or fewer values"
            yield UnsupportedCause(where=where, what=what, remedy=remedy)


def make_bayesian_network(
    predictor: BayesianNetworkModel, data_fields: Mapping[str, DataField], tree_scorers: TreeScorers | None
) -> PredictorEvaluator:
    """A network with its tables made."""
    network = Network(predictor)
    return lambda model, scope: _evaluate(network, model, scope)


def _evaluate(network: Network, model: Model, scope: Scope) -> ModelResult:
    evidence = Evidence(network, scope)
    return ModelResult(predictions=tuple(_predict(network, evidence, name) for name in network.predictor.targets))


def _predict(network: Network, evidence: Evidence, target: str) -> Prediction:
    node = network.nodes[target]
    shape = (evidence.n_rows, len(node.values)) if isinstance(node, DiscreteNode) else (evidence.n_rows,)
    result = np.full(shape, np.nan)
    for observed, rows in evidence.patterns():
        plan = network.plan(target, observed)
        if plan.refusal:
            continue  # Something is missing that no sum replaces, and so is the prediction.
        step = max(1, LARGEST_TABLE // plan.size)
        for start in range(0, len(rows), step):
            block = rows[start : start + step]
            with np.errstate(all="ignore"):
                result[block] = _infer(network, evidence, plan, node, block)
    if isinstance(node, DiscreteNode):
        likely = np.where(result >= LIKELY * result.max(axis=1, keepdims=True), 1.0, result - 1.0)
        return Prediction(target=target, classes=node.values, winner=winners(likely), probabilities=result)
    return Prediction(target=target, value=result)


def _infer(network: Network, evidence: Evidence, plan: Plan, node: Node, rows: Rows) -> Numbers:
    """Probabilities of a discrete target, shape (n_rows, V), or means of a continuous one, shape (n_rows,)."""
    hidden = frozenset((*plan.order, *plan.kept))
    factors = [_factor(network, evidence, name, rows, hidden) for name in plan.factors]
    means: Numbers | None = None
    if isinstance(node, ContinuousNode):
        means, likelihood = _gaussian(network, evidence, plan, node, rows)
        if likelihood is not None:
            factors.append((plan.kept, likelihood))
    for name in plan.order:
        concerned = [factor for factor in factors if name in factor[0]]
        left = dict.fromkeys(other for factor in concerned for other in factor[0] if other != name)
        merged = _multiply(concerned, tuple(left))
        factors = [factor for factor in factors if name not in factor[0]] + [(tuple(left), merged)]
    joint = _multiply(factors, plan.kept)
    joint = np.broadcast_to(joint, (len(rows), *joint.shape[1:]))
    total = joint.reshape(len(rows), -1).sum(axis=1)
    if means is None:
        shares: Numbers = joint / total[:, None]
        return shares
    weighted = np.where(joint == 0, 0.0, joint * means)
    return np.asarray(weighted.reshape(len(rows), -1).sum(axis=1) / total)


def _factor(network: Network, evidence: Evidence, name: str, rows: Rows, hidden: frozenset[str]) -> _Factor:
    """The distribution of one node."""
    node = network.nodes[name]
    axes, combinations = evidence.combinations(node, rows, hidden)
    if isinstance(node, ContinuousNode):
        own = rows.reshape(-1, *[1] * len(axes))
        logarithms = evidence.log_densities(node)[own, combinations]
        return axes, _exponential(logarithms)
    unknown = np.full((1, len(node.values)), np.nan)
    table = np.concatenate([node.probabilities, unknown])
    if name in hidden:
        return (*axes, name), table[combinations]
    table = np.concatenate([table, np.full((len(table), 1), np.nan)], axis=1)
    own = evidence.positions(node, name)[rows].reshape(-1, *[1] * len(axes))
    return axes, table[combinations, own]


def _exponential(logarithms: Numbers) -> Numbers:
    """Densities, scaled so that the greatest of each row is 1: many small ones would be lost in a product."""
    flat = logarithms.reshape(len(logarithms), -1)
    greatest = flat.max(axis=1)
    greatest[np.isneginf(greatest)] = 0.0
    result: Numbers = np.exp(logarithms - greatest.reshape(-1, *[1] * (logarithms.ndim - 1)))
    return result


def _multiply(factors: Sequence[_Factor], names: tuple[str, ...]) -> Numbers:
    """The product of factors, summed over all nodes but those named.

    It is scaled at each step as ``_exponential`` does, or the product of many would be 0 in every place.
    """
    if not factors:
        return np.ones((1,))
    axes, product = factors[0]
    for others, values in factors[1:]:
        together = tuple(dict.fromkeys((*axes, *others)))
        product = _scaled(_einsum(together, (axes, product), (others, values)))
        axes = together
    return _scaled(_einsum(names, (axes, product)))


def _einsum(names: tuple[str, ...], *factors: _Factor) -> Numbers:
    """The product of one or two factors as a table over the nodes named, and over rows where any has them."""
    labels = {name: 1 + index for index, name in enumerate(dict.fromkeys(name for axes, _ in factors for name in axes))}
    operands: list[Any] = []
    for axes, values in factors:
        with_rows = len(values) > 1
        operands += [values if with_rows else values[0], [0] * with_rows + [labels[name] for name in axes]]
    with_rows = any(len(values) > 1 for _, values in factors)
    product: Numbers = np.einsum(*operands, [0] * with_rows + [labels[name] for name in names])
    return product if with_rows else product[None]


def _scaled(table: Numbers) -> Numbers:
    greatest = table.reshape(len(table), -1).max(axis=1)
    greatest[greatest == 0] = 1.0
    result: Numbers = table / greatest.reshape(-1, *[1] * (table.ndim - 1))
    return result


def _gaussian(
    network: Network, evidence: Evidence, plan: Plan, node: ContinuousNode, rows: Rows
) -> tuple[Numbers, Numbers | None]:
    """A continuous target for each combination of the nodes that are kept.

    Returns:
        Its mean given the observed nodes that depend on it, and the likelihood of these where there are any, each of
        shape (n_rows or 1, values of the first node that is kept, ...).
    """
    own = evidence.parameters(node)
    if len(plan.gaussian) == 1:
        means = [
            mean_of(distribution.distribution_type, p) for distribution, p in zip(node.distributions, own, strict=True)
        ]
        return _aligned(evidence, plan, node, rows, means), None
    # Bayes' rule for a normal prior and normal observations y with mean a + b x: precisions add up.
    prior = _aligned(evidence, plan, node, rows, [mean for mean, _ in own])
    variance = _aligned(evidence, plan, node, rows, [variance for _, variance in own])
    precision, weighted, logarithm = 1 / variance, prior / variance, -0.5 * (np.log(variance) + prior**2 / variance)
    for name in plan.gaussian[1:]:
        child = network.nodes[name]
        if not isinstance(child, ContinuousNode):
            raise TypeError(f"{name} is no continuous node")
        at_zero = evidence.parameters(child, evidence.scope_with(node.name, 0.0))
        at_one = evidence.parameters(child, evidence.scope_with(node.name, 1.0))
        slopes = [one[0] - zero[0] for one, zero in zip(at_one, at_zero, strict=True)]
        rests = [evidence.numbers_of(name) - zero[0] for zero in at_zero]
        slope, rest = (_aligned(evidence, plan, child, rows, given) for given in (slopes, rests))
        noise = _aligned(evidence, plan, child, rows, [zero[1] for zero in at_zero])
        precision, weighted = precision + slope**2 / noise, weighted + slope * rest / noise
        logarithm = logarithm - 0.5 * (np.log(noise) + rest**2 / noise)
    logarithm = logarithm + 0.5 * (weighted**2 / precision - np.log(precision))
    return weighted / precision, _exponential(logarithm)


def _aligned(evidence: Evidence, plan: Plan, node: Node, rows: Rows, given: Sequence[Numbers]) -> Numbers:
    """A number for each combination of a node's parents as a table over the nodes that are kept."""
    axes, combinations = evidence.combinations(node, rows, frozenset(plan.kept))
    unknown = np.full(len(given[0]), np.nan)
    table = np.column_stack([*given, unknown])
    taken = table[rows.reshape(-1, *[1] * len(axes)), combinations]
    order = sorted(range(len(axes)), key=lambda index: plan.kept.index(axes[index]))
    taken = taken.transpose(0, *(1 + index for index in order))
    shape = [len(evidence.values_of(name)) if name in axes else 1 for name in plan.kept]
    return taken.reshape(len(taken), *shape)
