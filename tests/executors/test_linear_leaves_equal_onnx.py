"""Linear functions in leaves: the reference executor and ONNX Runtime agree to the last bit, in float32 too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelport_runtime.columns import NumberColumn, Table
from modelport_runtime.executors.onnx import OnnxExecutor
from modelport_runtime.executors.reference import ReferenceExecutor
from modelport_runtime.hub import (
    AggregationMethod,
    Card,
    DataField,
    DataType,
    Document,
    LinearLeaves,
    MiningField,
    MiningFunction,
    Model,
    OpType,
    TreeEnsemble,
    TreeTest,
)
from tests import strategies
from tests.executors.reference.tree_arrays import Leaf, Node, ensemble
from tests.executors.test_reference_equals_onnx import PROPERTY, assert_equal


@st.composite
def linear_ensembles(draw: st.DrawFn) -> TreeEnsemble:
    trees = draw(strategies.tree_ensembles())
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lengths = random.integers(0, 4, len(trees.leaf_values))
    count = int(lengths.sum())
    return replace(
        trees,
        linear=LinearLeaves(
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            features=random.integers(0, len(strategies.NUMERIC_FEATURES), count),
            coefficients=random.choice([0.1, -0.3, 1.7, 2.0], count),
        ),
        sum_type=draw(st.sampled_from([DataType.FLOAT, DataType.DOUBLE])),
        input_type=draw(st.sampled_from([DataType.FLOAT, DataType.DOUBLE])),
    )


@PROPERTY
@given(st.data(), strategies.tables())
def test_linear_leaves(data: st.DataObject, table: Table) -> None:
    trees = data.draw(linear_ensembles(), label="trees")
    assert_equal(data.draw(strategies.documents(trees), label="document"), table)


def by_hand(x: np.ndarray, z: np.ndarray, kind: type[np.floating]) -> np.ndarray:
    """The sum of both trees of ``test_terms_are_added_in_the_type_of_the_sum``, number after number."""
    total = np.zeros(len(x), kind)
    for value, slope_x, slope_z in ((0.1, 0.3, -0.7), (0.2, 1.1, 0.0)):
        part = np.full(len(x), value, kind) + x.astype(kind) * kind(slope_x)
        total = total + (part + z.astype(kind) * kind(slope_z) if slope_z else part)
    return total.astype(np.float64)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_terms_are_added_in_the_type_of_the_sum(kind: type[np.floating]) -> None:
    # Both leaves of a tree are alike, so that the test has nothing to decide; z is in no test.
    trees = [
        Node(test=TreeTest.LESS_OR_EQUAL, feature=0, threshold=0.5, true=Leaf((value,)), false=Leaf((value,)))
        for value in (0.1, 0.2)
    ]
    linear = LinearLeaves(
        offsets=np.array([0, 2, 4, 5, 6]),
        features=np.array([0, 1, 0, 1, 0, 0]),
        coefficients=np.array([0.3, -0.7, 0.3, -0.7, 1.1, 1.1]),
    )
    sum_type = DataType.FLOAT if kind is np.float32 else DataType.DOUBLE
    predictor = ensemble(("x", "z"), *trees, linear=linear, sum_type=sum_type)
    assert predictor.aggregation_method is AggregationMethod.SUM
    fields = tuple(DataField(name=name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS) for name in "xz")
    document = Document(
        data_fields=fields,
        model=Model(
            function=MiningFunction.REGRESSION,
            predictor=predictor,
            mining_fields=tuple(MiningField(name=name) for name in "xz"),
        ),
        card=Card(),
    )
    x, z = np.random.default_rng(1).normal(size=(2, 200))
    table = Table({"x": NumberColumn(x), "z": NumberColumn(z)}, len(x))
    for executor in (ReferenceExecutor(document), OnnxExecutor(document)):
        (column,) = executor.score(table).values()
        np.testing.assert_array_equal(column.values, by_hand(x, z, kind))
