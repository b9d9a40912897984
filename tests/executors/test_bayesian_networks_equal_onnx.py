"""Bayesian networks: the reference executor and ONNX Runtime agree on what is impossible, unknown or not connected."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelport_runtime.columns import NumberColumn, Table, TextColumn
from modelport_runtime.errors import UnsupportedModelError
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import (
    BayesianNetworkModel,
    Card,
    DataField,
    DataType,
    DerivedField,
    DiscreteNode,
    Document,
    FieldRef,
    MiningField,
    MiningFunction,
    Model,
    OpType,
    OutputField,
    ResultFeature,
    UsageType,
)
from tests.executors.test_reference_equals_onnx import PROPERTY, assert_equal, listed

VALUES = ("u", "v", "w")
TOLERANCE = 1e-12
"""Sums over the same numbers in another order."""


@st.composite
def networks(draw: st.DrawFn) -> BayesianNetworkModel:
    """Nodes with impossible values and with combinations of parents that no table lists; some depend on a field."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 6))
    names = [f"n{index}" for index in range(count)]
    with_gaps, with_zeros = draw(st.booleans()), draw(st.booleans())
    nodes = []
    for index, name in enumerate(names):
        size = int(random.integers(2, 4))
        parents = [names[at] for at in sorted(random.permutation(index)[: random.integers(0, 4)].tolist())]
        sizes = [len(node.values) for parent in parents for node in nodes if node.name == parent]
        pools = [VALUES[:width] for width in sizes]
        derived: tuple[DerivedField, ...] = ()
        if random.random() < 0.2:
            parents.append("own")
            pools.append(("f", "g"))
            derived = (
                DerivedField(
                    name="own",
                    data_type=DataType.STRING,
                    op_type=OpType.CATEGORICAL,
                    expression=FieldRef(field="field"),
                ),
            )
        combinations = list(itertools.product(*pools))
        if with_gaps and len(combinations) > 1:
            combinations = [values for values in combinations if random.random() < 0.9] or combinations
        table = random.integers(1, 9, (len(combinations), size)).astype(float)
        if with_zeros:
            table[random.random(table.shape) < 0.3] = 0.0
            table[table.sum(axis=1) == 0, 0] = 1.0
        nodes.append(
            DiscreteNode(
                name=name,
                values=VALUES[:size],
                parents=tuple(parents),
                parent_values=tuple(combinations),
                probabilities=table / table.sum(axis=1, keepdims=True),
                derived=derived,
            )
        )
    target = draw(st.sampled_from(names))
    observed = tuple(name for name in names if name != target and random.random() < 0.7)
    order = random.permutation(count)
    return BayesianNetworkModel(nodes=tuple(nodes[at] for at in order), targets=(target,), observed=observed)


def document(predictor: BayesianNetworkModel, replaced: frozenset[str] = frozenset()) -> Document:
    """A document; fields in ``replaced`` are never missing."""
    (target,) = predictor.targets
    shares = tuple(
        OutputField(name=f"p {value}", feature=ResultFeature.PROBABILITY, value=value) for value in predictor.classes
    )
    names = (*predictor.observed, "field", target)
    return Document(
        data_fields=tuple(
            DataField(name=name, data_type=DataType.STRING, op_type=OpType.CATEGORICAL) for name in names
        ),
        model=Model(
            function=MiningFunction.CLASSIFICATION,
            predictor=predictor,
            mining_fields=(
                *(
                    MiningField(name=name, missing_value_replacement="v" if name in replaced else None)
                    for name in names[:-1]
                ),
                MiningField(name=target, usage_type=UsageType.TARGET),
            ),
            outputs=shares,
        ),
        card=Card(),
    )


@st.composite
def tables(draw: st.DrawFn, names: tuple[str, ...]) -> Table:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_rows = draw(st.integers(1, 30))
    columns = {}
    for name in (*names, "field"):
        known = ("f", "g", "h") if name == "field" else (*VALUES, "unseen")
        shares = [0.3, *[0.64 / (len(known) - 1)] * (len(known) - 1), 0.06]
        codes = random.choice(np.arange(-1, len(known)), n_rows, p=np.array(shares) / sum(shares))
        columns[name] = TextColumn(codes.astype(np.int32), known)
    return Table({**columns, "flag": NumberColumn(np.zeros(n_rows), DataType.BOOLEAN)}, n_rows)


@PROPERTY
@given(st.data())
def test_networks(data: st.DataObject) -> None:
    predictor = data.draw(networks(), label="network")
    table = data.draw(tables(predictor.observed), label="table")
    replaced = frozenset(name for name in predictor.observed if data.draw(st.booleans()))
    assert_equal(document(predictor, replaced), table, TOLERANCE)


def test_equally_likely_values_are_told_apart_by_their_order() -> None:
    # Both have (2 * 6 + 5 * 6 + 3 * 4 + 1 * 1) / 110 = 1 / 2, but the sum of one engine is below it by a last digit.
    share, values = np.array([0.6, 0.6, 0.4, 0.1]), ("a", "b", "c", "d")
    hidden = DiscreteNode(name="h", values=values, probabilities=np.array([[2.0, 5.0, 3.0, 1.0]]) / 11)
    target = DiscreteNode(
        name="t",
        values=("u", "v"),
        parents=("h",),
        parent_values=tuple((value,) for value in values),
        probabilities=np.column_stack([share, 1 - share]),
    )
    network = document(BayesianNetworkModel(nodes=(target, hidden), targets=("t",)))
    rows = Table({"field": TextColumn(np.zeros(1, np.int32), ("f",))}, 1)
    for executor in (ReferenceExecutor(network), OnnxExecutor(network)):
        assert listed(executor.score(rows)["t"]) == ["u"]


def test_what_is_too_large_is_refused() -> None:
    names = [f"n{index}" for index in range(8)]
    nodes = [DiscreteNode(name=name, values=VALUES, probabilities=np.full((1, 3), 1 / 3)) for name in names]
    combinations = tuple(itertools.product(VALUES, repeat=8))
    nodes.append(
        DiscreteNode(
            name="t",
            values=("u", "v"),
            parents=tuple(names),
            parent_values=combinations,
            probabilities=np.full((len(combinations), 2), 0.5),
        )
    )
    network = BayesianNetworkModel(nodes=tuple(nodes), targets=("t",), observed=tuple(names))
    with pytest.raises(UnsupportedModelError, match="takes a table of 13,122 cells a row, more than 1,024"):
        OnnxExecutor(document(network))
    # Nothing is summed out where nothing may be missing.
    OnnxExecutor(document(network, frozenset(names)))
