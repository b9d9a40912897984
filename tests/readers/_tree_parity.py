"""Trees of the hub beside the framework's own, on the rows that hurt: on a threshold and beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from modelport.readers import read_model
from modelport_runtime.executors._precision import fold_ensemble
from modelport_runtime.executors.reference import tree_leaves
from modelport_runtime.frames import to_table
from modelport_runtime.hub import TreeTest
from modelport_runtime.scorer import load

BIT_FOR_BIT = 0.0

BASE_SCORE_LAST = 4e-15
"""Relative to the largest magnitude: the framework adds its base score first, the hub last, both in float64."""

FLOAT32_ULPS = 4 * 2.0**-24
"""Exponentials in float32 differ in their last bits between mathematical libraries."""

SPECIAL = (0.0, -0.0, 1e-35, -1e-35, float(np.float32(1e-35)), -float(np.float32(1e-35)), 1e-38, 5e-324, 1e30, -1e30)


def names_of(width):
    return [f"x{i + 1}" for i in range(width)]


def as_frame(rows):
    """An array as a frame with the names that the readers give to columns without names."""
    return rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=names_of(rows.shape[1]))


def beside(threshold):
    """A threshold and the numbers next to it: one double, one float32 and half a float32 away."""
    single = np.float32(threshold)
    below, above = (np.nextafter(single, np.float32(end)) for end in (-np.inf, np.inf))
    points = np.array([threshold, single, below, above, (float(single) + above) / 2, (float(single) + below) / 2])
    return np.concatenate([points, np.nextafter(points, -np.inf), np.nextafter(points, np.inf)])


def boundary_rows(document, frame, *, special=SPECIAL, limit=60, seed=0):
    """Rows of a frame with one tested column set to a value on or beside one of its thresholds, or a special value.

    Args:
        document: The model; its numeric tests give the thresholds.
        frame: Rows to start from, columns of numbers.
        special: Further values for every tested column.
        limit: Most thresholds taken of each column.
        seed: Of the choice of rows.
    """
    ensemble, rng = document.model.predictor, np.random.default_rng(seed)
    compared = ~np.isin(ensemble.test, (TreeTest.LEAF, TreeTest.IN_SET, TreeTest.IS_MISSING))
    made = [frame.astype(np.float64)]
    for position, name in enumerate(ensemble.features):
        column = name if name in frame.columns else name[name.index("(") + 1 : -1]
        thresholds = np.unique(ensemble.threshold[compared & (ensemble.feature == position)])
        if not len(thresholds):
            continue
        chosen = rng.permutation(thresholds)[:limit]
        values = np.concatenate([*(beside(threshold) for threshold in chosen), np.array(special)])
        rows = made[0].iloc[rng.integers(0, len(frame), len(values))].copy()
        rows[column] = values
        made.append(rows)
    return pd.concat(made, ignore_index=True)


def hub_leaves(document, ensemble, frame):
    """int, shape (n_rows, n_trees): position of the leaf reached among its tree's leaves, in node order."""
    reached = tree_leaves(ensemble, to_table(frame, document.data_fields))
    leaves = np.flatnonzero(ensemble.leaf >= 0)
    first = ensemble.leaf[leaves[np.searchsorted(leaves, ensemble.roots)]]
    return reached - first[None, :]


def assert_same_leaves(document, frame, expected):
    """Every row reaches the framework's leaf in every tree, also with float32 casts folded into the thresholds."""
    ensemble = document.model.predictor
    for kind in (ensemble, fold_ensemble(ensemble)):
        got = hub_leaves(document, kind, frame)
        differing = np.argwhere(got != np.asarray(expected).reshape(got.shape))
        assert len(differing) == 0, f"{len(differing)} of {got.size} leaves differ, first at (row, tree) {differing[0]}"


def score(document, rows):
    return load(document, engine="reference").score(as_frame(rows))


def assert_numbers(got, expected, tolerance):
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if tolerance == BIT_FOR_BIT:
        np.testing.assert_array_equal(got, expected)
        return
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * scale)


def assert_labels(got, expected):
    """Equal labels of equal Python types."""
    got, expected = got.tolist(), np.asarray(expected).tolist()
    assert got == expected
    assert {type(label) for label in got} == {type(label) for label in expected}


def assert_same_classification(document, model, rows, tolerance=BIT_FOR_BIT):
    """No label flips, and probabilities within a tolerance."""
    result = score(document, rows)
    assert_labels(result["y"], model.predict(rows))
    probabilities = model.predict_proba(rows)
    for column, label in enumerate(np.asarray(model.classes_).tolist()):
        name = str(label).lower() if isinstance(label, bool) else label
        assert_numbers(result[f"probability({name})"], probabilities[:, column], tolerance)


def assert_same_regression(document, model, rows, tolerance=BIT_FOR_BIT):
    """Every number within a tolerance."""
    result = score(document, rows)
    expected = np.asarray(model.predict(rows)).reshape(len(result), -1)
    assert result.shape == expected.shape
    for column, name in enumerate(result.columns):
        assert_numbers(result[name], expected[:, column], tolerance)


def read(model, rows):
    """The document of a model, read with its training rows."""
    return read_model(model, as_frame(rows) if isinstance(rows, pd.DataFrame) else rows)
