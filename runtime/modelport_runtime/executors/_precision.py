"""Tests on float32 values as tests on doubles: the cast folded into the constant.

scikit-learn's trees and XGBoost round a feature to float32 before they compare it. PMML, SQL and most consumers compare
doubles. Rounding to nearest, ties to even, is monotone, so the doubles that pass a test after rounding form an
interval, and its end is a double: ``float32(x) <= t`` is exactly ``x <= t'`` where t' is the largest double that rounds
to a float32 at most t. (IEEE 754-2019, 4.3.1, roundTiesToEven.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelport_runtime.hub import DataType, TreeEnsemble, TreeTest

__all__ = ["float32_field_threshold", "fold_ensemble", "fold_float32_threshold"]

_UPPER_TESTS = (TreeTest.LESS_OR_EQUAL, TreeTest.GREATER_THAN)
_LOWER_TESTS = (TreeTest.LESS_THAN, TreeTest.GREATER_OR_EQUAL)
_FIRST_ROUNDED = 2.0**24
"""From here on several whole numbers round to one float32."""
_TWO_TO_128 = 2.0**128
"""Where the next float32 after the largest would lie; rounding treats infinity as if it stood there."""


def fold_float32_threshold(test: ArrayLike, threshold: ArrayLike) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Turn tests of ``float32(x)`` into tests of the double x with exactly the same outcome.

    Args:
        test: Values of ``TreeTest``, any shape. Leaves, ``ALWAYS`` and ``IS_MISSING`` come back as they are.
        threshold: Doubles, of the same shape.

    Returns:
        Tests and thresholds. A comparison keeps its operator. Equality with a number that is no float32 never holds,
        and becomes a comparison that never does.

    Raises:
        ValueError: A test of equality with a float32, or of set membership. An interval of doubles rounds to each
            float32, which one test cannot say; ``fold_ensemble`` uses several.
    """
    tests = np.array(test, dtype=np.uint8)
    thresholds = np.array(threshold, dtype=np.float64)
    for kinds, fold in ((_UPPER_TESTS, _largest_at_most), (_LOWER_TESTS, _smallest_at_least)):
        chosen = np.isin(tests, kinds)
        thresholds[chosen] = fold(thresholds[chosen])
    equality = np.isin(tests, (TreeTest.EQUAL, TreeTest.NOT_EQUAL))
    if np.any(tests == TreeTest.IN_SET) or np.any(equality & _is_float32(thresholds)):
        raise ValueError("equality with a float32 and set membership are no single test of a double")
    tests[equality] = np.where(tests[equality] == TreeTest.EQUAL, TreeTest.LESS_THAN, TreeTest.GREATER_OR_EQUAL)
    thresholds[equality] = -np.inf
    return tests, thresholds


def float32_field_threshold(test: ArrayLike, threshold: ArrayLike) -> NDArray[np.float64]:
    """Constants for order comparisons of a float32 field, the same to whoever reads them as doubles or as floats.

    JPMML-Evaluator reads the constant as a float; PMML4S computes in doubles, of which several print as one float. So
    the constant is the folded one, but not amid two float32, from where its decimal may be rounded past its own.

    Args:
        test: Values of ``TreeTest``, order comparisons only, any shape.
        threshold: Doubles, of the same shape.
    """
    tests, folded = fold_float32_threshold(test, threshold)
    beyond = np.where(np.isin(tests, _UPPER_TESTS), np.float32(np.inf), np.float32(-np.inf))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        own = folded.astype(np.float32)
        middle = (own.astype(np.float64) + np.nextafter(own, beyond).astype(np.float64)) / 2
    return np.where(folded == middle, np.nextafter(folded, own.astype(np.float64)), folded)


def fold_ensemble(ensemble: TreeEnsemble, whole: Sequence[bool] = ()) -> TreeEnsemble:
    """Return an equal ensemble whose ``input_type`` is ``double``.

    Comparisons keep their nodes. Numeric equality with a float32 becomes two comparisons, and membership in a set of
    numbers one pair for each member; the added nodes follow the old ones. Tests on text stay as they are, and so do
    equality and membership of whole numbers.

    Args:
        ensemble: Any ensemble; one that already compares doubles is returned as it is.
        whole: For each feature, whether it holds whole numbers only; by default none is known to.
    """
    if ensemble.input_type is not DataType.FLOAT:
        return ensemble
    exact = _asks_small_whole_numbers(ensemble, np.array([*whole, False] if whole else [False], dtype=np.bool_))
    expanded = _expand_equalities(_expand_sets(ensemble, exact), exact)
    numeric = _tests_number(expanded) & ~_grown(exact, expanded)
    test, threshold = expanded.test.copy(), expanded.threshold.copy()
    test[numeric], threshold[numeric] = fold_float32_threshold(test[numeric], threshold[numeric])
    return replace(expanded, test=test, threshold=threshold, input_type=DataType.DOUBLE)


def _round(values: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(over="ignore", under="ignore"):
        return values.astype(np.float32)


def _largest_at_most(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest double that rounds to a float32 at most ``threshold``; NaN stays NaN."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = threshold.astype(np.float32)
        below = np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)
        above = np.nextafter(below, np.float32(np.inf))
        low = np.clip(below.astype(np.float64), -_TWO_TO_128, _TWO_TO_128)
        high = np.clip(above.astype(np.float64), -_TWO_TO_128, _TWO_TO_128)
        middle = (low + high) / 2  # exact: 25 significant bits
        last = np.where(middle.astype(np.float32) <= below, middle, np.nextafter(middle, -np.inf))
    return np.where(np.isposinf(below) | np.isnan(below), below, last)


def _smallest_at_least(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smallest double that rounds to a float32 at least ``threshold``; rounding is symmetric about zero."""
    return -_largest_at_most(-threshold)


def _is_float32(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(_round(values).astype(np.float64) == values)


def _tests_number(ensemble: TreeEnsemble) -> NDArray[np.bool_]:
    """bool, shape (N,): nodes that test a feature held as a number."""
    is_number = np.array([categories is None for categories in ensemble.feature_categories] + [False], dtype=np.bool_)
    return is_number[ensemble.feature]  # -1, no feature, finds the last entry


def _asks_small_whole_numbers(ensemble: TreeEnsemble, whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool, shape (N,): nodes that ask whether a whole number is one of those that no other one rounds to."""
    of_whole = whole[np.where(ensemble.feature < len(whole), ensemble.feature, -1)]
    equality = np.isin(ensemble.test, (TreeTest.EQUAL, TreeTest.NOT_EQUAL))
    exact = of_whole & equality & _is_small_whole(ensemble.threshold)
    if ensemble.set_index is not None and ensemble.set_offsets is not None and ensemble.set_members is not None:
        strange = np.concatenate(([0], np.cumsum(~_is_small_whole(ensemble.set_members))))
        small = strange[ensemble.set_offsets[1:]] == strange[ensemble.set_offsets[:-1]]
        exact |= of_whole & (ensemble.test == TreeTest.IN_SET) & np.append(small, False)[ensemble.set_index]
    return exact


def _is_small_whole(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((np.floor(values) == values) & (np.abs(values) < _FIRST_ROUNDED))


def _grown(exact: NDArray[np.bool_], ensemble: TreeEnsemble) -> NDArray[np.bool_]:
    """The mask for nodes to which others were added behind."""
    return np.concatenate((exact, np.zeros(ensemble.n_nodes - len(exact), dtype=np.bool_)))


def _expand_sets(ensemble: TreeEnsemble, exact: NDArray[np.bool_]) -> TreeEnsemble:
    """Replace membership in a set of numbers by a chain of equalities."""
    nodes = np.flatnonzero(_tests_number(ensemble) & (ensemble.test == TreeTest.IN_SET) & ~exact)
    if len(nodes) == 0 or ensemble.set_index is None or ensemble.set_offsets is None or ensemble.set_members is None:
        return ensemble
    arrays = _NodeArrays(ensemble)
    for node in nodes:
        first, last = ensemble.set_offsets[ensemble.set_index[node] :][:2]
        members = ensemble.set_members[first:last]
        links = arrays.append_copies(np.repeat(node, max(len(members) - 1, 0)))
        chain = np.concatenate(([node], links))
        arrays.set_index[chain] = -1
        if len(members) == 0:
            arrays.test[node], arrays.threshold[node] = TreeTest.LESS_THAN, -np.inf
            continue
        arrays.test[chain] = TreeTest.EQUAL
        arrays.threshold[chain] = members
        arrays.when_false[chain[:-1]] = links
    return arrays.applied_to(ensemble)


def _expand_equalities(ensemble: TreeEnsemble, exact: NDArray[np.bool_]) -> TreeEnsemble:
    """Replace equality with a float32 by its two bounds, neither of them folded yet."""
    equality = np.isin(ensemble.test, (TreeTest.EQUAL, TreeTest.NOT_EQUAL))
    asked = _tests_number(ensemble) & equality & ~_grown(exact, ensemble)
    nodes = np.flatnonzero(asked & _is_float32(ensemble.threshold))
    if len(nodes) == 0:
        return ensemble
    arrays = _NodeArrays(ensemble)
    negated = arrays.test[nodes] == TreeTest.NOT_EQUAL
    inside = np.where(negated, arrays.when_false[nodes], arrays.when_true[nodes])
    outside = np.where(negated, arrays.when_true[nodes], arrays.when_false[nodes])
    upper = arrays.append_copies(nodes)
    arrays.test[nodes], arrays.when_true[nodes], arrays.when_false[nodes] = TreeTest.GREATER_OR_EQUAL, upper, outside
    arrays.test[upper], arrays.when_true[upper], arrays.when_false[upper] = TreeTest.LESS_OR_EQUAL, inside, outside
    return arrays.applied_to(ensemble)


class _NodeArrays:
    """Writable copies of an ensemble's node arrays, to which nodes can be added."""

    _NAMES = ("feature", "test", "threshold", "set_index", "when_true", "when_false", "when_missing", "leaf")

    def __init__(self, ensemble: TreeEnsemble) -> None:
        count = ensemble.n_nodes
        self.feature = ensemble.feature.copy()
        self.test = ensemble.test.copy()
        self.threshold = ensemble.threshold.copy()
        self.set_index = np.full(count, -1, np.int32) if ensemble.set_index is None else ensemble.set_index.copy()
        self.when_true = ensemble.when_true.copy()
        self.when_false = ensemble.when_false.copy()
        self.when_missing = ensemble.when_missing.copy()
        self.leaf = ensemble.leaf.copy()

    def append_copies(self, nodes: NDArray[np.intp]) -> NDArray[np.int32]:
        """Append a copy of each of the nodes and return where the copies stand."""
        first = len(self.feature)
        for name in self._NAMES:
            array = getattr(self, name)
            setattr(self, name, np.concatenate((array, array[nodes])))
        return np.arange(first, first + len(nodes), dtype=np.int32)

    def applied_to(self, ensemble: TreeEnsemble) -> TreeEnsemble:
        set_index = None if ensemble.set_index is None else self.set_index
        arrays = {name: getattr(self, name) for name in self._NAMES if name != "set_index"}
        return replace(ensemble, **arrays, set_index=set_index)
