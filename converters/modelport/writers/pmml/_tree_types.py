"""Tests rewritten for the type of the tested field, because consumers read a constant as that type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modelport_runtime.executors._precision import float32_field_threshold, fold_ensemble
from modelport_runtime.hub import DataType, TreeEnsemble, TreeTest

__all__ = ["typed_tests"]

_ORDERED = (TreeTest.LESS_OR_EQUAL, TreeTest.LESS_THAN, TreeTest.GREATER_OR_EQUAL, TreeTest.GREATER_THAN)
_COMPARED = (*_ORDERED, TreeTest.EQUAL, TreeTest.NOT_EQUAL)


def typed_tests(
    ensemble: TreeEnsemble, data_types: Sequence[DataType], whole: Sequence[bool] | None = None
) -> TreeEnsemble:
    """An equal ensemble that compares each field with constants of the field's own type, and doubles with doubles.

    Tests that no value passes, or every one, come back as comparisons with minus infinity.

    Args:
        ensemble: Any ensemble.
        data_types: Data type of each of its features.
        whole: For each feature whether it holds whole numbers only; by default where its type says so.
    """
    ensemble = fold_ensemble(ensemble, whole or [kind is DataType.INTEGER for kind in data_types])
    numeric = [categories is None for categories in ensemble.feature_categories]
    test, threshold = ensemble.test.copy(), ensemble.threshold.copy()
    for data_type, rewrite in (
        (DataType.FLOAT, _on_floats),
        (DataType.INTEGER, _on_integers),
        (DataType.BOOLEAN, _on_truths),
    ):
        of_type = [is_number and kind is data_type for is_number, kind in zip(numeric, data_types, strict=True)]
        nodes = np.array([*of_type, False], dtype=np.bool_)[ensemble.feature] & np.isin(test, _COMPARED)
        test[nodes], threshold[nodes] = rewrite(test[nodes], threshold[nodes])
    return replace(ensemble, test=test, threshold=threshold)


Tests = tuple[NDArray[np.uint8], NDArray[np.float64]]


def _on_floats(test: NDArray[np.uint8], threshold: NDArray[np.float64]) -> Tests:
    """The field is float32 by its type; PMML4S does not round what it gets, JPMML-Evaluator rounds the constant too."""
    ordered = np.isin(test, _ORDERED)
    threshold[ordered] = float32_field_threshold(test[ordered], threshold[ordered])
    return test, threshold


def _on_integers(test: NDArray[np.uint8], threshold: NDArray[np.float64]) -> Tests:
    """``x <= 2.5`` is ``x <= 2``; equality with a fraction never holds."""
    below, above = np.floor(threshold), np.ceil(threshold)
    rounded = np.where(np.isin(test, (TreeTest.LESS_OR_EQUAL, TreeTest.GREATER_THAN)), below, above)
    fraction = below != above
    never, always = (test == TreeTest.EQUAL) & fraction, (test == TreeTest.NOT_EQUAL) & fraction
    return _decided(test, rounded, never, always)


def _on_truths(test: NDArray[np.uint8], threshold: NDArray[np.float64]) -> Tests:
    """Truth values have no order in PMML: a comparison that tells 0 from 1 is equality with one of them."""
    when_false, when_true = (_outcome(value, test, threshold) for value in (0.0, 1.0))
    equal = np.full_like(test, TreeTest.EQUAL)
    return _decided(equal, when_true.astype(np.float64), ~when_false & ~when_true, when_false & when_true)


def _decided(
    test: NDArray[np.uint8], threshold: NDArray[np.float64], never: NDArray[np.bool_], always: NDArray[np.bool_]
) -> Tests:
    test = np.where(never, TreeTest.LESS_THAN, np.where(always, TreeTest.GREATER_OR_EQUAL, test)).astype(np.uint8)
    return test, np.where(never | always, -np.inf, threshold)


def _outcome(value: float, test: NDArray[np.uint8], threshold: NDArray[np.float64]) -> NDArray[np.bool_]:
    conditions: list[NDArray[np.bool_]] = [
        test == TreeTest.LESS_OR_EQUAL,
        test == TreeTest.LESS_THAN,
        test == TreeTest.GREATER_OR_EQUAL,
        test == TreeTest.GREATER_THAN,
        test == TreeTest.EQUAL,
    ]
    outcomes: list[NDArray[np.bool_]] = [
        value <= threshold,
        value < threshold,
        value >= threshold,
        value > threshold,
        np.equal(value, threshold),
    ]
    return np.select(conditions, outcomes, default=value != threshold)
