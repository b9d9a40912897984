"""Trees: which leaf a row reaches, and how leaves become predictions (PMML 4.4, TreeModel)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from modelport_runtime.executors.reference import ReferenceExecutor, tree_leaves
from modelport_runtime.hub import (
    AggregationMethod,
    DataType,
    MiningFunction,
    NormalizationMethod,
    OutputField,
    ResultFeature,
    TreeTarget,
    TreeTest,
)
from tests.executors.reference.hub_models import document, field, listed, model, number, table, text
from tests.executors.reference.tree_arrays import Leaf, Node, ensemble

YES, NO, LOST = Leaf((1.0,)), Leaf((0.0,)), Leaf((-1.0,))
BELOW, ABOVE = np.nextafter(0.1, -np.inf), np.nextafter(0.1, np.inf)


def reached(test, threshold, values, **options):
    """Value of the leaf that each number reaches: 1 true, 0 false, -1 missing."""
    members = options.pop("members", ())
    trees = ensemble(("x",), Node(test, 0, threshold, YES, NO, LOST, members), **options)
    leaves = tree_leaves(trees, table(x=number(*values)))
    assert leaves.dtype == np.int32
    return trees.leaf_values[leaves[:, 0], 0].tolist()


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (TreeTest.LESS_OR_EQUAL, [1, 1, 0, -1]),
        (TreeTest.LESS_THAN, [1, 0, 0, -1]),
        (TreeTest.GREATER_OR_EQUAL, [0, 1, 1, -1]),
        (TreeTest.GREATER_THAN, [0, 0, 1, -1]),
        (TreeTest.EQUAL, [0, 1, 0, -1]),
        (TreeTest.NOT_EQUAL, [1, 0, 1, -1]),
        (TreeTest.ALWAYS, [1, 1, 1, 1]),
        (TreeTest.IS_MISSING, [0, 0, 0, 1]),
    ],
)
def test_every_test_on_its_threshold_and_one_ulp_beside(test, expected):
    assert reached(test, 0.1, [BELOW, 0.1, ABOVE, None]) == expected


@pytest.mark.parametrize("test", [TreeTest.LESS_THAN, TreeTest.GREATER_OR_EQUAL])
@pytest.mark.parametrize("threshold", [-math.inf, math.inf, 0.0])
def test_strict_tests_at_infinities_and_zeros(test, threshold):
    values = [-math.inf, -1.0, -0.0, 0.0, math.inf]
    compare = {TreeTest.LESS_THAN: np.less, TreeTest.GREATER_OR_EQUAL: np.greater_equal}[test]
    assert reached(test, threshold, values) == compare(values, threshold).astype(float).tolist()


def test_float_features_round_before_a_test():
    # float32(0.1) is above 0.1, so a double just above 0.1 and 0.1 itself are the same feature.
    threshold = float(np.float32(0.1))
    values = [0.1, threshold, float(np.nextafter(np.float32(0.1), np.float32(1)))]
    assert reached(TreeTest.LESS_OR_EQUAL, 0.1, values, input_type=DataType.FLOAT) == [0, 0, 0]
    assert reached(TreeTest.LESS_OR_EQUAL, threshold, values, input_type=DataType.FLOAT) == [1, 1, 0]


def test_sets_of_numbers():
    assert reached(TreeTest.IN_SET, 0.0, [1.0, 2.5, 3.0, None, 7.0], members=(1.0, 3.0, -4.0)) == [1, 0, 1, -1, 0]


def test_texts_are_named_by_position_and_an_unseen_one_equals_none():
    is_red = Node(TreeTest.EQUAL, 0, 0, YES, Node(TreeTest.IN_SET, 0, 0, NO, Leaf((5.0,)), LOST, (1.0, 2.0)), LOST)
    trees = ensemble(("color",), is_red, feature_categories=(("red", "green", "blue"),))
    leaves = tree_leaves(trees, table(color=text("blue", "red", "mauve", None, "green")))
    assert trees.leaf_values[leaves[:, 0], 0].tolist() == [0.0, 1.0, 5.0, -1.0, 0.0]


def executor(trees, *names, classes=(), outputs=(), types=()):
    fields = tuple(field(name, kind) for name, kind in zip(names, types or [DataType.DOUBLE] * len(names), strict=True))
    function = MiningFunction.CLASSIFICATION if classes else MiningFunction.REGRESSION
    kind = DataType.STRING if classes else DataType.DOUBLE
    return ReferenceExecutor(
        document(model(trees, *names, function=function, outputs=outputs), (*fields, field("y", kind)))
    )


def stump(threshold, low, high):
    return Node(TreeTest.LESS_OR_EQUAL, 0, threshold, Leaf((low,)), Leaf((high,)))


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (AggregationMethod.SUM, [1.0 + 2.0 + 4.0, 10.0 + 2.0 + 4.0]),
        (AggregationMethod.AVERAGE, [7.0 / 3, 16.0 / 3]),
        (AggregationMethod.MEDIAN, [2.0, 4.0]),
    ],
)
def test_aggregation(method, expected):
    trees = ensemble(
        ("x",), stump(0.0, 1.0, 10.0), stump(5.0, 2.0, 0.0), stump(5.0, 4.0, 0.0), aggregation_method=method
    )
    assert listed(executor(trees, "x").score(table(x=number(-1.0, 1.0)))["y"]) == pytest.approx(expected)


def test_weighted_average_divides_by_the_weights():
    trees = ensemble(
        ("x",),
        stump(0.0, 1.0, 10.0),
        stump(0.0, 2.0, 20.0),
        aggregation_method=AggregationMethod.WEIGHTED_AVERAGE,
        tree_weights=np.array([1.0, 3.0]),
    )
    result = executor(trees, "x").score(table(x=number(-1.0, 1.0)))
    assert listed(result["y"]) == [(1.0 + 3 * 2.0) / 4, (10.0 + 3 * 20.0) / 4]


def test_base_scores_are_added_to_a_sum_in_double():
    trees = ensemble(("x",), stump(0.0, 1.0, 10.0), base_scores=np.array([0.5]))
    assert listed(executor(trees, "x").score(table(x=number(1.0)))["y"]) == [10.5]


def test_float_sums_begin_with_the_base_score_and_round_at_every_tree():
    # XGBoost keeps float32 margins and adds one tree after another to the base score.
    values = [1e-8, 1e-8, 0.3, 16777216.0, 1.0]
    trees = ensemble(
        ("x",), *(Leaf((value,)) for value in values), base_scores=np.array([1.0]), sum_type=DataType.FLOAT
    )
    total = np.float32(1.0)
    for value in values:
        total = np.float32(total + np.float32(value))
    assert listed(executor(trees, "x").score(table(x=number(0.0)))["y"]) == [float(total)]


def probability(label):
    return OutputField(name=f"p({label})", feature=ResultFeature.PROBABILITY, value=label)


def test_one_margin_for_two_classes():
    target = TreeTarget(field="y", classes=("n", "p"), normalization_method=NormalizationMethod.LOGIT)
    trees = ensemble(("x",), stump(0.0, -2.0, 0.5), targets=(target,))
    result = executor(trees, "x", classes=("n", "p"), outputs=(probability("n"), probability("p"))).score(
        table(x=number(-1.0, 1.0))
    )
    expected = [1 / (1 + math.exp(2.0)), 1 / (1 + math.exp(-0.5))]
    assert listed(result["p(p)"]) == pytest.approx(expected, rel=1e-15)
    assert listed(result["p(n)"]) == pytest.approx([1 - value for value in expected], rel=1e-15)
    assert listed(result["y"]) == ["n", "p"]


def test_trees_that_each_score_one_class():
    target = TreeTarget(
        field="y", classes=("a", "b", "c"), n_columns=3, normalization_method=NormalizationMethod.SOFTMAX
    )
    leaves = [Leaf((value,)) for value in (0.5, 1.0, -1.0, 0.25)]
    trees = ensemble(("x",), *leaves, targets=(target,), tree_columns=np.array([0, 1, 2, 0]))
    result = executor(trees, "x", classes=("a",), outputs=tuple(map(probability, "abc"))).score(table(x=number(0.0)))
    exponentials = [math.exp(0.75), math.exp(1.0), math.exp(-1.0)]
    expected = [e / sum(exponentials) for e in exponentials]
    assert [listed(result[f"p({label})"])[0] for label in "abc"] == pytest.approx(expected, rel=1e-14)
    assert listed(result["y"]) == ["b"]


@pytest.mark.parametrize(("last", "expected"), [(False, "a"), (True, "b")])
def test_votes_and_ties(last, expected):
    target = TreeTarget(field="y", classes=("a", "b"), n_columns=2, tie_goes_to_last=last)
    votes = [Leaf((0.9, 0.1)), Leaf((0.2, 0.8))]
    trees = ensemble(("x",), *votes, targets=(target,), aggregation_method=AggregationMethod.MAJORITY_VOTE)
    result = executor(trees, "x", classes=("a", "b"), outputs=(probability("a"),)).score(table(x=number(0.0)))
    assert listed(result["y"]) == [expected]
    assert listed(result["p(a)"]) == [0.5]


def test_several_targets_share_the_trees():
    targets = (TreeTarget(field="y"), TreeTarget(field="z", first_column=1))
    trees = ensemble(("x",), Leaf((1.5, 2.5)), targets=targets)
    from modelport_runtime.hub import MiningField, UsageType

    both = model(trees, "x", MiningField(name="y", usage_type=UsageType.TARGET), target="z")
    result = ReferenceExecutor(document(both, (field("x"), field("y"), field("z")))).score(table(x=number(0.0)))
    assert (listed(result["y"]), listed(result["z"])) == ([1.5], [2.5])


def test_a_leaf_without_a_prediction():
    trees = ensemble(("x",), stump(0.0, 1.0, math.nan))
    assert listed(executor(trees, "x").score(table(x=number(-1.0, 1.0)))["y"]) == [1.0, None]


def test_many_rows_and_trees_walk_in_blocks_as_one_row_does_alone():
    generator = np.random.default_rng(7)
    trees = ensemble(
        ("x", "z"),
        *(
            Node(
                TreeTest.LESS_THAN,
                tree % 2,
                float(generator.normal()),
                stump(0.0, 1.0, 2.0),
                stump(0.5, 3.0, 4.0),
                LOST,
            )
            for tree in range(9)
        ),
    )
    x, z = generator.normal(size=40_000), generator.normal(size=40_000)
    x[::7] = np.nan
    from modelport_runtime.columns import NumberColumn

    together = tree_leaves(trees, table(x=NumberColumn(x), z=NumberColumn(z)))
    for row in (0, 1, 16_383, 16_384, 39_999):
        alone = tree_leaves(trees, table(x=NumberColumn(x[row : row + 1]), z=NumberColumn(z[row : row + 1])))
        assert together[row].tolist() == alone[0].tolist()
