"""Folding float32 rounding into thresholds, checked against numpy's own casts."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelport_runtime.executors._precision import fold_ensemble, fold_float32_threshold
from modelport_runtime.hub import DataType, TreeEnsemble, TreeTarget, TreeTest

COMPARISONS = {
    TreeTest.LESS_OR_EQUAL: operator.le,
    TreeTest.LESS_THAN: operator.lt,
    TreeTest.GREATER_OR_EQUAL: operator.ge,
    TreeTest.GREATER_THAN: operator.gt,
}
LARGEST = float(np.finfo(np.float32).max)
OVERFLOW = 2.0**128 - 2.0**103  # the smallest double that rounds to infinity
EDGES = [
    *(0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 5e-324, -5e-324, 2.0**-150, -(2.0**-150), 2.0**-149, -(2.0**-149)),
    *(3 * 2.0**-150, 2.0**-126, -(2.0**-126), 2.0**-126 - 2.0**-150, 16777216.0, 16777217.0, 16777219.0),
    *(LARGEST, -LARGEST, OVERFLOW, -OVERFLOW, 2.0**128, 1e300, -1e300, np.inf, -np.inf),
]


def to_float32(values):
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(values, dtype=np.float64).astype(np.float32)


def neighbours(value):
    """The value, the float32 numbers around it, their midpoints, and all of these one double up and down."""
    with np.errstate(over="ignore", under="ignore"):
        nearest = to_float32(value)
        floats = [nearest]
        for towards in (np.float32(-np.inf), np.float32(np.inf)):
            step = nearest
            for _ in range(2):
                step = np.nextafter(step, towards)
                floats.append(step)
        points = np.sort(np.array([value, *map(float, floats)]))
        finite = np.clip(points, -(2.0**128), 2.0**128)
        points = np.concatenate((points, (finite[1:] + finite[:-1]) / 2))
        return np.concatenate((points, np.nextafter(points, -np.inf), np.nextafter(points, np.inf), EDGES))


def assert_same_outcome(threshold, values):
    for test, compare in COMPARISONS.items():
        folded_test, folded = fold_float32_threshold([test], [threshold])
        expected = compare(to_float32(values).astype(np.float64), threshold)
        assert folded_test[0] == test
        np.testing.assert_array_equal(compare(values, folded[0]), expected, err_msg=f"{test!r} {threshold!r}")


@pytest.mark.parametrize("threshold", EDGES)
def test_edges_of_the_format(threshold):
    assert_same_outcome(threshold, neighbours(threshold))


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.floats(allow_nan=False), st.floats(width=32, allow_nan=False)), st.floats(allow_nan=False))
def test_any_threshold_and_any_value(threshold, value):
    assert_same_outcome(threshold, np.append(neighbours(threshold), value))


def test_every_rounding_pattern_of_the_low_bits():
    """Halfway cases round to even, so both parities of the last float32 bit matter, at many exponents."""
    exponents = np.array([-149, -148, -140, -127, -126, -125, -24, -1, 0, 1, 23, 24, 100, 127])
    mantissas = 1 + np.arange(64)[None, :] * 2.0**-26
    thresholds = np.unique(np.concatenate([(mantissas * 2.0**e).ravel() for e in exponents]))
    thresholds = np.concatenate((thresholds, -thresholds))
    values = np.concatenate((thresholds, np.nextafter(thresholds, -np.inf), np.nextafter(thresholds, np.inf)))
    rounded = to_float32(values).astype(np.float64)
    for test, compare in COMPARISONS.items():
        _, folded = fold_float32_threshold(np.full(len(thresholds), test), thresholds)
        np.testing.assert_array_equal(
            compare(values[:, None], folded[None, :]), compare(rounded[:, None], thresholds[None, :])
        )


def test_nothing_passes_a_threshold_that_is_nan():
    _, folded = fold_float32_threshold(list(COMPARISONS), [np.nan] * len(COMPARISONS))
    assert np.isnan(folded).all()


def test_equality_with_a_number_that_is_no_float32_never_holds():
    tests, folded = fold_float32_threshold([TreeTest.EQUAL, TreeTest.NOT_EQUAL], [0.1, 0.1])
    assert list(tests) == [TreeTest.LESS_THAN, TreeTest.GREATER_OR_EQUAL]
    assert list(folded) == [-np.inf, -np.inf]


@pytest.mark.parametrize("test", [TreeTest.EQUAL, TreeTest.NOT_EQUAL, TreeTest.IN_SET])
def test_equality_with_a_float32_is_refused_for_one_test(test):
    with pytest.raises(ValueError, match="no single test"):
        fold_float32_threshold([test], [0.5])


def test_tests_without_a_threshold_are_kept():
    tests = [TreeTest.LEAF, TreeTest.ALWAYS, TreeTest.IS_MISSING]
    folded_tests, folded = fold_float32_threshold(tests, [0.0, 0.1, 0.2])
    assert list(folded_tests) == tests
    assert list(folded) == [0.0, 0.1, 0.2]


def stump(test, threshold, members=(), categories=None):
    """One test with leaves 0 (true), 1 (false) and 2 (missing)."""
    is_set = test == TreeTest.IN_SET
    return TreeEnsemble(
        features=("x",),
        feature_categories=(categories,),
        feature=np.array([0, -1, -1, -1]),
        test=np.array([test, 0, 0, 0]),
        threshold=np.array([threshold, 0, 0, 0]),
        set_index=np.array([0, -1, -1, -1]) if is_set else None,
        set_offsets=np.array([0, len(members)]) if is_set else None,
        set_members=np.array(members, dtype=np.float64) if is_set else None,
        when_true=np.array([1, -1, -1, -1]),
        when_false=np.array([2, -1, -1, -1]),
        when_missing=np.array([3, -1, -1, -1]),
        leaf=np.array([-1, 0, 1, 2]),
        roots=np.array([0]),
        leaf_values=np.array([[0.0], [1.0], [2.0]]),
        targets=(TreeTarget(),),
        input_type=DataType.FLOAT,
    )


def walk(ensemble, value):
    node = int(ensemble.roots[0])
    while ensemble.test[node] != TreeTest.LEAF:
        test, threshold = TreeTest(ensemble.test[node]), ensemble.threshold[node]
        if np.isnan(value):
            node = ensemble.when_missing[node]
            continue
        passed = COMPARISONS[test](value, threshold)
        node = ensemble.when_true[node] if passed else ensemble.when_false[node]
    return int(ensemble.leaf[node])


@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.1, 3.0, -LARGEST, 2.0**-149])
@pytest.mark.parametrize("test", [TreeTest.EQUAL, TreeTest.NOT_EQUAL, TreeTest.LESS_THAN])
def test_an_ensemble_of_equalities_is_folded_into_comparisons(test, threshold):
    ensemble = stump(test, threshold)
    folded = fold_ensemble(ensemble)
    assert folded.input_type is DataType.DOUBLE
    compare = {TreeTest.EQUAL: operator.eq, TreeTest.NOT_EQUAL: operator.ne, **COMPARISONS}[test]
    for value in neighbours(threshold):
        assert walk(folded, value) == (0 if compare(float(to_float32(value)), threshold) else 1)
    assert walk(folded, np.nan) == 2


@pytest.mark.parametrize("members", [(), (3.0,), (0.1,), (1.0, 3.0, -2.5, 0.1)])
def test_membership_in_a_set_of_numbers_is_folded(members):
    folded = fold_ensemble(stump(TreeTest.IN_SET, 0.0, members))
    for value in np.concatenate([neighbours(member) for member in (*members, 0.0, 3.0)]):
        assert walk(folded, value) == (0 if float(to_float32(value)) in members else 1)
    assert walk(folded, np.nan) == 2


@pytest.mark.parametrize("test", [TreeTest.EQUAL, TreeTest.IN_SET])
def test_tests_on_text_stay(test):
    ensemble = stump(test, 1.0, (1.0, 2.0), ("a", "b", "c"))
    folded = fold_ensemble(ensemble)
    assert folded.input_type is DataType.DOUBLE
    np.testing.assert_array_equal(folded.test, ensemble.test)
    np.testing.assert_array_equal(folded.threshold, ensemble.threshold)


@pytest.mark.parametrize(
    ("test", "threshold"), [(TreeTest.EQUAL, 3.0), (TreeTest.NOT_EQUAL, -2.0), (TreeTest.IN_SET, 0)]
)
def test_tests_on_whole_numbers_stay(test, threshold):
    ensemble = stump(test, float(threshold), (1.0, 3.0, -2.0, 2.0**24 - 1))
    folded = fold_ensemble(ensemble, [True])
    assert folded.input_type is DataType.DOUBLE
    np.testing.assert_array_equal(folded.test, ensemble.test)
    np.testing.assert_array_equal(folded.threshold, ensemble.threshold)


@pytest.mark.parametrize("members", [(3.0, 2.0**24), (1.0, 0.5), (-(2.0**40),)])
def test_whole_numbers_that_others_round_to_are_folded(members):
    folded = fold_ensemble(stump(TreeTest.IN_SET, 0.0, members), [True])
    for value in (0.0, 1.0, 3.0, 2.0**24, 2.0**24 + 1, 2.0**24 + 2, -(2.0**40), -(2.0**40) + 1, -(2.0**40) - 2**18):
        assert walk(folded, value) == (0 if float(to_float32(value)) in members else 1)
