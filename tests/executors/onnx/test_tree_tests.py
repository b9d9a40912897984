"""Tests of tree nodes at the numbers where a rewritten comparison could go wrong."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

import numpy as np
import onnx
import pytest

from modelport_runtime.columns import NumberColumn, Table
from modelport_runtime.executors.onnx import OnnxExecutor, lower
from modelport_runtime.hub import (
    Card,
    DataField,
    DataType,
    Document,
    MiningField,
    MiningFunction,
    Model,
    OpType,
    TreeEnsemble,
    TreeTarget,
    TreeTest,
    UsageType,
)

OPERATORS: dict[TreeTest, Callable[[float, float], bool]] = {
    TreeTest.LESS_OR_EQUAL: operator.le,
    TreeTest.LESS_THAN: operator.lt,
    TreeTest.GREATER_OR_EQUAL: operator.ge,
    TreeTest.GREATER_THAN: operator.gt,
    TreeTest.EQUAL: operator.eq,
    TreeTest.NOT_EQUAL: operator.ne,
}
LARGEST = float(np.finfo(np.float64).max)
SINGLE_LARGEST = float(np.finfo(np.float32).max)
NUMBERS = [
    *(0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e-45, -1e-45, 0.1, -0.1),
    *(float(np.float32(0.1)), float(np.nextafter(np.float32(0.1), np.float32(1)))),
    *(LARGEST, -LARGEST, SINGLE_LARGEST, -SINGLE_LARGEST, np.inf, -np.inf),
    *np.nextafter([0.1, 1.0, -1.0], np.inf).tolist(),
    *np.nextafter([0.1, 1.0, -1.0], -np.inf).tolist(),
]
LEAVES = (1.0, 2.0, 4.0)
"""What a stump gives where its test is true, false, or unknown."""


def document(
    tests: Sequence[tuple[TreeTest, float]], missing: Sequence[int], single: bool, deeper: int = 0
) -> Document:
    """Stumps that are added up, each with a weight of its own in the sum, so that the sum tells all ways taken.

    Args:
        tests: The test of each stump.
        missing: Which of ``LEAVES`` a missing value leads to in each.
        single: Whether the input is rounded to float32.
        deeper: 1 or 2 puts a test without consequence on the way out of true or of false, which may turn the test.
    """
    count = len(tests)
    base = 5 * np.arange(count)
    never = np.full(count, -1)

    def nodes(root: object, extra: object = -1) -> np.ndarray:
        return np.stack([np.broadcast_to(value, count) for value in (root, -1, -1, -1, extra)], axis=1).ravel()

    same = base + max(deeper, 1)
    weight = 8.0 ** np.arange(count)
    ensemble = TreeEnsemble(
        features=("x",),
        feature=nodes(0, 0),
        test=np.maximum(nodes([test for test, _ in tests], TreeTest.LESS_OR_EQUAL), 0),
        threshold=nodes([threshold for _, threshold in tests], 0.0),
        when_true=nodes(base + (4 if deeper == 1 else 1), same),
        when_false=nodes(base + (4 if deeper == 2 else 2), same),
        when_missing=nodes(base + 1 + np.array(missing), same),
        leaf=np.stack([never, *(3 * np.arange(count) + way for way in range(3)), never], axis=1).ravel(),
        roots=base,
        leaf_values=(weight[:, None] * np.array(LEAVES)).reshape(-1, 1),
        input_type=DataType.FLOAT if single else DataType.DOUBLE,
        targets=(TreeTarget(),),
    )
    fields = (MiningField(name="x"), MiningField(name="y", usage_type=UsageType.TARGET))
    data_fields = [DataField(name=name, data_type=DataType.DOUBLE, op_type=OpType.CONTINUOUS) for name in ("x", "y")]
    model = Model(function=MiningFunction.REGRESSION, predictor=ensemble, mining_fields=fields)
    return Document(data_fields=tuple(data_fields), model=model, card=Card())


def ways(value: float, tests: Sequence[tuple[TreeTest, float]], missing: Sequence[int], single: bool) -> float:
    """The sum, by Python's own comparisons."""
    with np.errstate(over="ignore"):
        tested = float(np.float32(value)) if single else value
    total = 0.0
    for place, ((test, threshold), way) in enumerate(zip(tests, missing, strict=True)):
        taken = way if np.isnan(tested) else 0 if OPERATORS[test](tested, threshold) else 1
        total += 8.0**place * LEAVES[taken]
    return total


@pytest.mark.parametrize("single", [False, True], ids=["double", "float"])
@pytest.mark.parametrize("deeper", [0, 1, 2], ids=["stumps", "true-is-deeper", "false-is-deeper"])
@pytest.mark.parametrize("threshold", NUMBERS, ids=str)
@pytest.mark.parametrize("missing", [0, 1, 2], ids=["missing-is-true", "missing-is-false", "missing-apart"])
@pytest.mark.parametrize(
    "kinds",
    [list(OPERATORS), list(OPERATORS)[:4], [TreeTest.LESS_THAN, TreeTest.GREATER_OR_EQUAL]],
    ids=["all", "orders", "strict"],
)
def test_every_test_goes_the_way_that_its_comparison_says(
    kinds: list[TreeTest], missing: int, threshold: float, deeper: int, single: bool
) -> None:
    tests = [(kind, threshold) for kind in kinds]
    values = [*NUMBERS, float("nan")]
    expected = [ways(value, tests, [missing] * len(tests), single) for value in values]
    model = document(tests, [missing] * len(tests), single, deeper)
    rows = Table({"x": NumberColumn(np.array(values))}, len(values))
    for executor in (OnnxExecutor(model), OnnxExecutor(lower(model).SerializeToString())):
        column = executor.score(rows)["y"]
        assert isinstance(column, NumberColumn)
        assert column.values.tolist() == expected


@pytest.mark.parametrize("kinds", [list(OPERATORS)[:4], [TreeTest.LESS_THAN, TreeTest.GREATER_OR_EQUAL]], ids=str)
def test_order_tests_are_written_in_one_mode(kinds: list[TreeTest]) -> None:
    """ONNX Runtime takes half as long again for a tree of several modes."""
    model = lower(document([(kind, 0.5) for kind in kinds], [1] * len(kinds), single=False))
    modes = [
        onnx.numpy_helper.to_array(attribute.t).tolist()
        for node in model.graph.node
        for attribute in node.attribute
        if attribute.name == "nodes_modes"
    ]
    assert len(modes) == len(kinds)
    assert all(mode == modes[0] for mode in modes)


@pytest.mark.parametrize(("deeper", "expected"), [(1, 1), (2, 0)])
def test_the_larger_part_of_a_tree_is_where_a_test_is_false(deeper: int, expected: int) -> None:
    """There ONNX Runtime's next node stands, so a test whose true part is larger asks the column's negative."""
    model = lower(document([(TreeTest.LESS_OR_EQUAL, 0.5)] * 3, [1] * 3, single=False, deeper=deeper))
    assert [node.op_type for node in model.graph.node].count("Neg") == expected
