"""Scores of the hub's reference executor beside scikit-learn's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline

from modelport.readers import read_model
from modelport_runtime.scorer import load

FLOAT64_SUM_ORDER = 1e-12
"""Relative to the largest magnitude of a column: BLAS and the executor add products in different orders."""

FLOAT32_SUM_ORDER = 2e-6
"""The same where scikit-learn itself adds in float32."""

EXACT = 0.0


def score(model, rows, sample=None, target=None):
    """Result frame of the reference executor for a model read with a sample of its training rows."""
    document = read_model(model, rows if sample is None else sample, target=target)
    return load(document, engine="reference").score(named(rows))


def named(rows):
    """Arrays as the frame that the reader's input names describe."""
    if isinstance(rows, pd.DataFrame):
        return rows
    return pd.DataFrame(rows, columns=[f"x{i + 1}" for i in range(rows.shape[1])])


def assert_close(expected, got, tolerance, what=""):
    expected, got = np.asarray(expected, dtype=float), np.asarray(got, dtype=float)
    missing = np.isnan(expected)
    np.testing.assert_array_equal(np.isnan(got), missing, err_msg=f"missing results of {what}")
    scale = np.abs(expected[~missing]).max(initial=0.0)
    np.testing.assert_allclose(got[~missing], expected[~missing], rtol=tolerance, atol=tolerance * scale, err_msg=what)


def assert_same_predictions(model, rows, *, sample=None, tolerance=FLOAT64_SUM_ORDER):
    """Labels equal with their types, probabilities, decision values and numbers within a tolerance."""
    result = score(model, rows, sample)
    expected = np.asarray(model.predict(rows))
    if not is_classifier(model):
        matrix = expected.reshape(len(expected), -1)
        names = ["y"] if matrix.shape[1] == 1 else [f"y{i + 1}" for i in range(matrix.shape[1])]
        assert list(result.columns) == names
        for name, column in zip(names, matrix.T, strict=True):
            assert_close(column, result[name], tolerance, name)
        return
    assert result["y"].tolist() == expected.tolist()
    assert {type(v) for v in result["y"].tolist()} == {type(v) for v in expected.tolist()}
    prefix, scores = _class_scores(model, rows)
    names = [f"{prefix}({str(c).lower() if isinstance(c, bool) else c})" for c in model.classes_.tolist()]
    assert set(result.columns) == {"y", *names}
    for name, column in zip(names, scores.T, strict=True):
        assert_close(column, result[name], tolerance, name)


def _class_scores(model, rows):
    if hasattr(model, "predict_proba"):
        return "probability", model.predict_proba(rows)
    scores = model.decision_function(rows)
    return "decisionFunction", scores if scores.ndim == 2 else np.column_stack([-scores, scores])


def assert_same_columns(transformer, rows, *, sample=None, tolerance=EXACT):
    """Every column that a fitted transformer makes, alone and in front of a linear model with known weights."""
    expected = transformer.transform(rows)
    expected = np.asarray(expected.toarray() if hasattr(expected, "toarray") else expected)
    result = score(transformer, rows, sample)
    assert result.shape == expected.shape
    if isinstance(rows, pd.DataFrame):
        assert list(result.columns) == [f"transform({label})" for label in transformer.get_feature_names_out()]
    for position, name in enumerate(result.columns):
        if expected.dtype == object and isinstance(expected[0, position], str):
            assert result[name].tolist() == expected[:, position].tolist()
        else:
            assert_close(expected[:, position], result[name], tolerance, name)
    if expected.dtype != object and not np.isnan(expected.astype(float)).any():
        assert_probe(transformer, rows, expected, max(tolerance, FLOAT64_SUM_ORDER), sample)


def assert_probe(transformer, rows, expected, tolerance, sample=None):
    """A linear model with known weights sees a wrong, swapped or lost column."""
    weights = np.linspace(0.5, 1.5, expected.shape[1]) * np.where(np.arange(expected.shape[1]) % 2, -1, 1)
    linear = LinearRegression().fit(expected.astype(float), np.arange(len(expected)))
    linear.coef_, linear.intercept_ = weights, 0.25
    result = score(Pipeline([("transformer", transformer), ("linear", linear)]), rows, sample)
    assert_close(expected.astype(float) @ weights + 0.25, result["y"], tolerance)


def beside(values, dtype=np.float64):
    """Each value, and the next representable numbers below and above it."""
    values = np.asarray(values, dtype=dtype)
    return np.concatenate([values, np.nextafter(values, dtype(-np.inf)), np.nextafter(values, dtype(np.inf))])
